/** The learner in soft actor-critic: acts, learns from batches wherever they come from, and keeps count. */
import { numpy as np } from '@jax-js/jax';
import type { Metrics, Mode, NetworkExport } from '../../core/agent.ts';
import { demand, demandFinite } from '../../core/errors.ts';
import type { Batch } from '../../core/replay.ts';
import type { Rng } from '../../core/rng.ts';
import type { Saved } from '../../core/saved.ts';
import { type Box, clip, elementSize, type Space } from '../../core/spaces.ts';
import { exportOnnx } from '../../engine/export.ts';
import { compile, tensor, zeros } from '../../engine/index.ts';
import type { Traced, TracedTree } from '../../engine/tree.ts';
import { fromArrays, type MlpParams, toArrays } from '../../nn/index.ts';
import { sacNetworks } from './networks.ts';
import type { SacOptions } from './options.ts';
import { type SacState, sacUpdate, type TracedSac, type TracedTransitions } from './update.ts';

/** The world as a policy needs to know it. */
export interface SacWorld {
  readonly observation: Box;
  readonly action: Space;
}

export interface SacLearner {
  /** Whether it has practised at all. */
  readonly begun: boolean;
  /** Actions [B, A] at observations [B, D], drawn in `train`, the policy's median in `evaluate`. */
  actions(observations: Float32Array, rng: Rng, mode: Mode): Promise<Float32Array>;
  /**
   * Called after each environment step that is to be learned from: makes all updates due on batches of the caller's, and
   * tells of them when it is time to report.
   * @param at environment steps so far
   */
  practise(at: number, draw: () => Batch, rng: Rng): Promise<Metrics | undefined>;
  /** One update. */
  update(batch: Batch, rng: Rng): Promise<void>;
  /** `policy`: from observation [1, D] to its median action [1, A]. */
  networks(): Promise<Readonly<Record<string, NetworkExport>>>;
  save(): Saved;
  load(saved: Saved): void;
}

/** Rows in one program call of `actions`. */
const ACTING_ROWS = [1, 32, 1024];
const METRICS = {
  criticLoss: 'critic/loss',
  policyLoss: 'actor/loss',
  entropy: 'policy/entropy',
  temperature: 'temperature',
} as const;
type Measured = keyof typeof METRICS;

/** @throws InputError for actions that are not a box with finite bounds, naming `where` */
export function demandBoundedBox(where: string, space: Space): asserts space is Box {
  demand(
    space.kind === 'box',
    () => `${where}: actions must be a box, got ${space.kind}(${space.kind === 'discrete' ? space.n : ''}).`,
  );
  space.low.forEach((low, i) => {
    const high = space.high[i];
    demand(
      Number.isFinite(low) && Number.isFinite(high),
      () =>
        `${where}: bounds of actions must be finite, got [${low}, ${high}] at element ${i}. Give the world bounds within which it is worth acting.`,
    );
  });
}

/**
 * A learner for a world of a certain form.
 * @param rng draws the first weights
 */
export function sacLearner(where: string, world: SacWorld, options: SacOptions, rng: Rng): SacLearner {
  const { action } = world;
  demandBoundedBox(where, action);
  const D = elementSize(world.observation);
  const A = elementSize(action);
  const { batch: B, threads } = options;
  const nets = sacNetworks({ D, A, hidden: options.hidden });
  const learning = sacUpdate(nets, { ...options, targetEntropy: options.targetEntropy ?? -A });
  const middle = Array.from(action.low, (low, i) => (low + action.high[i]) / 2);
  const reach = Array.from(action.low, (low, i) => (action.high[i] - low) / 2);

  let state: SacState = learning.init(
    nets.initPolicy(rng.fork('policy')),
    nets.initCritics(rng.fork('critics')),
  );
  let steps = 0; // practised after
  let updates = 0;
  let sums = emptySums();

  const rowOf = (numbers: readonly number[]) => np.array(Float32Array.from(numbers));
  const median = (policy: TracedTree<MlpParams>, observation: Traced) =>
    outward(nets.policy(policy, observation).median());
  /** From [-1, 1] to the world's bounds. */
  const outward = (scaled: Traced) => scaled.mul(rowOf(reach)).add(rowOf(middle));

  const acting = compile(
    function sacAct(policy: TracedTree<MlpParams>, observations: Traced, noise: Traced) {
      return outward(nets.policy(policy, observations).sample(noise).value);
    },
    { threads },
  );
  const best = compile(
    function sacBest(policy: TracedTree<MlpParams>, observations: Traced) {
      return median(policy, observations);
    },
    { threads },
  );
  const updating = compile(
    function sacUpdate(state: TracedSac, batch: TracedTransitions, noise: Traced) {
      const actions = batch.actions.sub(rowOf(middle)).div(rowOf(reach));
      return learning.update(state, { ...batch, actions }, noise);
    },
    { threads },
  );

  const update = async (batch: Batch, rng: Rng): Promise<void> => {
    const { observations, actions, rewards, nextObservations, discounts } = batch;
    const out = await updating(
      state,
      {
        observations: tensor(observations, [B, D]),
        actions: tensor(actions, [B, A]),
        rewards: tensor(rewards),
        nextObservations: tensor(nextObservations, [B, D]),
        discounts: tensor(discounts),
      },
      tensor(rng.fillNormal(new Float32Array(2 * B * A)), [2, B, A]),
    );
    for (const [key, name] of Object.entries(METRICS) as [Measured, string][])
      demandFinite(out.metrics[key].data, `${where}, update ${updates + 1}: ${name}`);
    // only an update that ended well takes effect
    state = out.state as SacState;
    updates++;
    sums.updates++;
    for (const key of Object.keys(METRICS) as Measured[]) sums[key] += out.metrics[key].data[0];
  };

  const report = (): Metrics | undefined => {
    const { updates: since, ...totals } = sums;
    sums = emptySums();
    if (since === 0) return undefined;
    const means = Object.entries(METRICS).map(([key, name]) => [name, totals[key as Measured] / since]);
    return Object.fromEntries(means) as Metrics;
  };

  return {
    get begun() {
      return steps > 0;
    },
    async actions(observations, rng, mode) {
      const N = observations.length / D;
      const out = new Float32Array(N * A);
      for (let start = 0; start < N; ) {
        const rows = ACTING_ROWS.find((size) => size >= N - start) ?? ACTING_ROWS[ACTING_ROWS.length - 1];
        const here = Math.min(rows, N - start);
        const seen = new Float32Array(rows * D);
        seen.set(observations.subarray(start * D, (start + here) * D));
        const noise = new Float32Array(rows * A);
        if (mode === 'train') rng.fillNormal(noise.subarray(0, here * A));
        const shown = tensor(seen, [rows, D]);
        const acted =
          mode === 'train'
            ? await acting(state.policy, shown, tensor(noise, [rows, A]))
            : await best(state.policy, shown);
        out.set((acted.data as Float32Array).subarray(0, here * A), start * A);
        start += here;
      }
      // scaling rounds: an action may leave its bounds by the last bit
      for (let n = 0; n < N; n++) clip(action, out.subarray(n * A, (n + 1) * A));
      return out;
    },
    update,
    async practise(at, draw, rng) {
      steps++;
      if (at % options.updateEvery === 0) {
        // the small number mends sums such as 10 times 0.1
        const due = Math.floor(steps * options.updatesPerStep + 1e-9);
        while (updates < due) await update(draw(), rng);
      }
      return at % options.reportEvery === 0 ? report() : undefined;
    },
    async networks() {
      const observation = zeros([1, D]);
      const onnx = await exportOnnx(median, [state.policy, observation], {
        name: 'policy',
        constants: [0],
        inputNames: ['observation'],
        outputNames: ['action'],
      });
      return {
        policy: { onnx, inputs: { observation }, outputs: { action: await best(state.policy, observation) } },
      };
    },
    save: () => ({ arrays: toArrays(state), facts: { steps, updates, sums: { ...sums } } }),
    load({ arrays, facts }) {
      const told = facts as unknown as { steps?: number; updates?: number; sums?: Sums };
      demand(
        told.steps !== undefined && told.updates !== undefined && told.sums !== undefined,
        () =>
          `${where}: what was saved must tell steps, updates and sums, got ${Object.keys(facts).join(', ') || 'nothing'}. Was this saved by another agent?`,
      );
      state = fromArrays(arrays, state);
      ({ steps, updates } = told);
      sums = { ...told.sums };
    },
  };
}

type Sums = { updates: number } & Record<Measured, number>;

/** Of metrics since the last report. */
function emptySums(): Sums {
  return { updates: 0, criticLoss: 0, policyLoss: 0, entropy: 0, temperature: 0 };
}
