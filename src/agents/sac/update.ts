/**
 * One update of soft actor-critic as one traced function: critics, policy, temperature, slow critics.
 *
 * Haarnoja et al., Soft Actor-Critic Algorithms and Applications (2018): algorithm 1, with the losses of eq. 5 and 6
 * (critics), 7 and 9 (policy, reparameterised) and 18 (temperature).
 * Shapes as in networks.ts.
 *
 * Differs from the paper: the temperature's logarithm is what is learned, as in the published program.
 */
import { lax, numpy as np, valueAndGrad } from '@jax-js/jax';
import { scalar, type Tensor } from '../../engine/tensor.ts';
import type { Traced, TracedTree } from '../../engine/tree.ts';
import {
  adam,
  exponentialAverage,
  type MlpParams,
  type OptimiserState,
  optimise,
  type TracedState,
} from '../../nn/index.ts';
import type { CriticParams, SacNetworks } from './networks.ts';
import type { SacOptions } from './options.ts';

/** All that learning changes. */
export interface SacState {
  readonly policy: MlpParams;
  readonly critics: CriticParams;
  /** The slow critics, which targets are made of. */
  readonly targets: CriticParams;
  readonly temperature: { readonly log: Tensor }; // []
  readonly memory: {
    readonly policy: OptimiserState;
    readonly critics: OptimiserState;
    readonly temperature: OptimiserState;
  };
}

export type TracedSac = TracedTree<SacState>;

/** Transitions, actions scaled to [-1, 1]. */
export interface TracedTransitions {
  observations: Traced; // [B, D]
  actions: Traced; // [B, A]
  rewards: Traced; // [B]
  nextObservations: Traced; // [B, D]
  discounts: Traced; // [B]
}

type Policy = TracedTree<MlpParams>;
type Critics = TracedTree<CriticParams>;

/** The losses, each a function of what it is differentiated by first. */
export function sacLosses(networks: SacNetworks, gamma: number) {
  return {
    /** r + gamma d (min Q(s', a') - alpha log pi(a' | s')), a' drawn now (eq. 3 and 5). [B] */
    wanted(
      state: Pick<TracedSac, 'policy' | 'targets' | 'temperature'>,
      { rewards, discounts, nextObservations }: TracedTransitions,
      noise: Traced, // [B, A]
    ): Traced {
      const next = networks.policy(state.policy, nextObservations).sample(noise);
      const surprise = np.sum(next.logProbability, -1).mul(np.exp(state.temperature.log));
      const value = np.minimum(...networks.values(state.targets, nextObservations, next.value)).sub(surprise);
      return lax.stopGradient(rewards.add(discounts.mul(gamma).mul(value)));
    },
    /** Half the squared error, summed over both critics (eq. 5). */
    critics(critics: Critics, { observations, actions }: TracedTransitions, wanted: Traced): Traced {
      const [one, other] = networks
        .values(critics, observations, actions)
        .map((value) => np.mean(np.square(value.sub(wanted))));
      return one.add(other).mul(0.5);
    },
    /** alpha log pi(a | s) - min Q(s, a) (eq. 9), and the policy's mean log-probability. */
    policy(
      policy: Policy,
      critics: Critics,
      temperature: Traced,
      observations: Traced,
      noise: Traced, // [B, A]
    ): [loss: Traced, logProbability: Traced] {
      const drawn = networks.policy(policy, observations).sample(noise);
      const logProbability = np.sum(drawn.logProbability, -1);
      const value = np.minimum(...networks.values(critics, observations, drawn.value));
      const loss = np.mean(logProbability.mul(temperature).sub(value));
      return [loss, lax.stopGradient(np.mean(logProbability))];
    },
    /** -alpha (log pi + target entropy), in the mean (eq. 18). */
    temperature(log: Traced, logProbability: Traced, targetEntropy: number): Traced {
      return np.exp(log).mul(logProbability.add(targetEntropy)).neg();
    },
  };
}

/** What an update needs to know of its options. */
export type UpdateOptions = Pick<
  SacOptions,
  'policyRate' | 'criticRate' | 'temperatureRate' | 'gamma' | 'tau' | 'temperature'
> & { readonly targetEntropy: number };

/** The whole update, and the state it starts from. */
export function sacUpdate(networks: SacNetworks, options: UpdateOptions) {
  const losses = sacLosses(networks, options.gamma);
  const optimisers = {
    policy: adam({ learningRate: options.policyRate }),
    critics: adam({ learningRate: options.criticRate }),
    temperature: adam({ learningRate: options.temperatureRate }),
  };
  return {
    init(policy: MlpParams, critics: CriticParams): SacState {
      const temperature = { log: scalar(Math.log(options.temperature)) };
      return {
        policy,
        critics,
        targets: critics,
        temperature,
        memory: {
          policy: optimisers.policy.init(policy),
          critics: optimisers.critics.init(critics),
          temperature: optimisers.temperature.init(temperature),
        },
      };
    },
    /** @param noise standard normal, for the next actions and the present ones [2, B, A] */
    update(state: TracedSac, batch: TracedTransitions, noise: Traced) {
      const { memory } = state;
      const wanted = losses.wanted(state, batch, noise.slice(0));
      const [criticLoss, criticGradients] = valueAndGrad((p: Critics) => losses.critics(p, batch, wanted))(
        state.critics,
      );
      const critics = step(optimisers.critics, criticGradients, memory.critics, state.critics);

      const alpha = np.exp(state.temperature.log);
      const [[policyLoss, logProbability], policyGradients] = valueAndGrad(
        (p: Policy) => losses.policy(p, critics.params, alpha, batch.observations, noise.slice(1)),
        { hasAux: true },
      )(state.policy);
      const policy = step(optimisers.policy, policyGradients, memory.policy, state.policy);

      const [, temperatureGradients] = valueAndGrad((p: { log: Traced }) =>
        losses.temperature(p.log, logProbability as Traced, options.targetEntropy),
      )(state.temperature);
      const temperature = step(
        optimisers.temperature,
        temperatureGradients,
        memory.temperature,
        state.temperature,
      );

      return {
        state: {
          policy: policy.params,
          critics: critics.params,
          targets: exponentialAverage(state.targets, critics.params, options.tau),
          temperature: temperature.params,
          memory: { policy: policy.state, critics: critics.state, temperature: temperature.state },
        },
        metrics: {
          criticLoss: criticLoss as Traced,
          policyLoss: policyLoss as Traced,
          entropy: (logProbability as Traced).neg(),
          temperature: alpha,
        },
      };
    },
  };
}

function step<T>(optimiser: ReturnType<typeof adam>, gradients: unknown, state: TracedState, params: T) {
  return optimise(optimiser, gradients as T, state, params);
}
