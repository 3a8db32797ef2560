/**
 * The learner of AlphaZero: one step moves the policy to the search's and the value to the game's outcome.
 *
 * Silver et al., Mastering the Game of Go without Human Knowledge (2017), equation 1: l = (z - v)^2 - pi^T log p + c |theta|^2.
 * Shapes: B rows, n actions.
 *
 * Differs from the paper:
 * - AdamW instead of momentum and L2 regularisation.
 * - The weights that play may be an exponential average of those that learn, as in Wu, Accelerating Self-Play Learning in Go
 *   (2019), appendix D; until it has seen enough of them, the mean of all.
 */
import { nn as jaxNn, numpy as np, valueAndGrad } from '@jax-js/jax';
import { demandFinite } from '../../core/errors.ts';
import type { Rng } from '../../core/rng.ts';
import { joinSaved, partOf, type Saved } from '../../core/saved.ts';
import { compile, tensor } from '../../engine/index.ts';
import type { Traced, TracedTree } from '../../engine/tree.ts';
import {
  adamW,
  exponentialAverage,
  fromArrays,
  linearWarmup,
  type OptimiserState,
  optimise,
  type TracedState,
  toArrays,
} from '../../nn/index.ts';
import type { PolicyValueNetwork, PolicyValueParams } from './network.ts';
import type { TrainingOptions } from './options.ts';
import type { PositionBatch } from './window.ts';

interface TracedBatch {
  readonly planes: Traced; // [B, ...]
  readonly policies: Traced; // [B, n]
  readonly values: Traced; // [B]
}

/** Both losses, means over the batch. */
export type TracedLosses = {
  /** Cross-entropy. */
  readonly policy: Traced;
  /** Squared error. */
  readonly value: Traced;
};

/** Equation 1's first two terms. */
export function alphaZeroLosses(
  network: PolicyValueNetwork,
  params: TracedTree<PolicyValueParams>,
  { planes, policies, values }: TracedBatch,
): TracedLosses {
  const { logits, value } = network.apply(params, planes);
  const likelihood = np.sum(policies.mul(jaxNn.logSoftmax(logits, -1)), -1);
  return { policy: np.negative(np.mean(likelihood)), value: np.mean(np.square(values.sub(value))) };
}

export interface AlphaZeroLearner {
  /** What plays: the average of what was learned. */
  readonly params: PolicyValueParams;
  readonly updates: number;
  /** One step. @returns both losses before it */
  update(batch: PositionBatch): Promise<{ readonly policy: number; readonly value: number }>;
  /** Plays by these from now on; not to be learned on from. */
  adopt(params: PolicyValueParams): void;
  save(): Saved;
  load(saved: Saved): void;
}

/** @param rng draws the first weights */
export function alphaZeroLearner(
  network: PolicyValueNetwork,
  { learningRate, warmup, weightDecay, averageRate, valueWeight, threads }: TrainingOptions,
  rng: Rng,
): AlphaZeroLearner {
  const optimiser = adamW({ learningRate: linearWarmup(learningRate, warmup), weightDecay });
  let params = network.init(rng);
  let average = params;
  let memory: OptimiserState = optimiser.init(params);
  let updates = 0;

  const step = compile(
    function alphaZeroUpdate(
      now: TracedTree<PolicyValueParams>,
      before: TracedTree<PolicyValueParams>,
      rate: Traced,
      state: TracedState,
      batch: TracedBatch,
    ) {
      const [[, losses], gradients] = valueAndGrad(
        (at: TracedTree<PolicyValueParams>) => {
          const each = alphaZeroLosses(network, at, batch);
          return [each.policy.add(each.value.mul(valueWeight)), each] as [Traced, TracedLosses];
        },
        { hasAux: true },
      )(now);
      const next = optimise(optimiser, gradients, state, now);
      return {
        losses,
        ...next,
        average: averageRate < 1 ? exponentialAverage(before, next.params, rate) : {},
      };
    },
    { threads },
  );

  return {
    get params() {
      return average;
    },
    get updates() {
      return updates;
    },
    async update({ observations, policies, values }) {
      const B = values.length;
      const rate = Math.max(averageRate, 1 / (updates + 1));
      const out = await step(params, average, rate, memory, {
        planes: tensor(observations, [B, ...network.shape]),
        policies: tensor(policies, [B, policies.length / B]),
        values: tensor(values),
      });
      const losses = { policy: out.losses.policy.data[0], value: out.losses.value.data[0] };
      for (const [name, loss] of Object.entries(losses))
        demandFinite([loss], `alphazero, update ${updates + 1}: ${name} loss`);
      // only an update that ended well takes effect
      params = out.params as unknown as PolicyValueParams;
      average = averageRate < 1 ? (out.average as unknown as PolicyValueParams) : params;
      memory = out.state as OptimiserState;
      updates++;
      return losses;
    },
    adopt(params) {
      average = params;
    },
    save: () =>
      joinSaved({
        params: { arrays: toArrays(params), facts: {} },
        ...(averageRate < 1 && { average: { arrays: toArrays(average), facts: {} } }),
        memory: { arrays: toArrays(memory), facts: { updates } },
      }),
    load(saved) {
      params = fromArrays(partOf(saved, 'params').arrays, params);
      average = averageRate < 1 ? fromArrays(partOf(saved, 'average').arrays, params) : params;
      const remembered = partOf(saved, 'memory');
      memory = fromArrays(remembered.arrays, memory);
      updates = (remembered.facts as unknown as { updates: number }).updates;
    },
  };
}
