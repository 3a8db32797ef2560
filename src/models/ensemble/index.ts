/**
 * Ensemble: several networks, each trained on its own bootstrap of experience, that predict how an observation changes
 * and what the step earns. Where they disagree, or are unsure, there were no data.
 *
 * Chua et al., Deep Reinforcement Learning in a Handful of Trials using Probabilistic Dynamics Models (2018), section 4;
 * elites by hold-out error as in Janner et al., When to Trust Your Model (2019), appendix.
 */

import type { Metrics, NetworkExport } from '../../core/agent.ts';
import { demand } from '../../core/errors.ts';
import type {
  Expansion,
  Feedback,
  Model,
  Rollout,
  RolloutGradient,
  Steps,
  Tracked,
  View,
} from '../../core/model.ts';
import { checkOptions } from '../../core/options.ts';
import type { Replay } from '../../core/replay.ts';
import type { Rng } from '../../core/rng.ts';
import type { Saved, SavedArray } from '../../core/saved.ts';
import {
  type Box,
  type Element,
  elementSize,
  featureSize,
  type Space,
  writeFeatures,
} from '../../core/spaces.ts';
import { exportOnnx } from '../../engine/export.ts';
import { compile, type Tensor, tensor } from '../../engine/index.ts';
import type { Traced } from '../../engine/tree.ts';
import { mean } from '../../math/statistics.ts';
import {
  adamW,
  chain,
  clipByGlobalNorm,
  fromArrays,
  type OptimiserState,
  stack,
  toArrays,
  unstack,
} from '../../nn/index.ts';
import { noScaling, rowsOf } from './data.ts';
import { expanding } from './expansion.ts';
import { type Imagined, imagination } from './imagine.ts';
import {
  type NetworkParams,
  network,
  type Rules,
  type Scaling,
  type TracedParams,
  type TracedScaling,
} from './network.ts';
import { type EnsembleOptions, ensembleOptions } from './options.ts';
import {
  everyStepReturns,
  fixedMemberReturns,
  meanGradient,
  meanReturns,
  stepEverywhere,
} from './rollout.ts';
import { trainer } from './training.ts';

export type { Imagined } from './imagine.ts';
export type { Rules } from './network.ts';
export { type EnsembleOptions, ensembleDefaults, ensembleOptions } from './options.ts';

/** The world as a model needs to know it: its spaces, and what of its rules is given. */
export interface EnsembleWorld<A extends Space> extends Rules {
  readonly observation: Box;
  readonly action: A;
}

/** What the ensemble believes: an observation, and, for a particle, the elite that moves it. */
export interface EnsembleState {
  readonly observation: Float32Array; // [D]
  /** 0 .. elites - 1. Without one the state is moved by the mean of all elites, without noise, and the most anxious of them tells the cost. */
  readonly member?: number;
}

export interface Ensemble<A extends Space> extends Model<EnsembleState, A> {
  infer(view: View): EnsembleState;
  step(
    states: readonly EnsembleState[],
    actions: readonly Element<A>[],
    rng: Rng,
  ): Promise<Steps<EnsembleState>>;
  rollout(root: EnsembleState, actions: Float32Array, horizon: number, rng: Rng): Promise<Rollout>;
  /** By the mean of all elites, whatever moves the particles of `rollout`. Continuous actions only. */
  gradient(root: EnsembleState, actions: Float32Array, horizon: number, rng: Rng): Promise<RolloutGradient>;
  /** The trajectory of the mean of all elites, and what lies around it. Only where actions are continuous. */
  expand?(root: EnsembleState, actions: Float64Array, horizon: number): Promise<Expansion>;
  /** By the mean of all elites. Only where actions are continuous. */
  track?(root: EnsembleState, feedback: Feedback, scales: readonly number[]): Promise<readonly Tracked[]>;
  observe(states: readonly EnsembleState[]): Float32Array[];
  /** `count` particles of one observation, each with an elite of its own drawn evenly. */
  particles(observation: Float32Array, count: number, rng: Rng): EnsembleState[];
  /**
   * N steps at once, each moved by an elite drawn for it, with noise.
   * @param observations [N, D]
   * @param actions [N, element size]
   */
  imagine(observations: Float32Array, actions: Float32Array, rng: Rng): Promise<Imagined>;
  /** Whether it has been trained at least once. */
  readonly trained: boolean;
  /** Trains when `firstTraining` rows are there, and then every `trainEvery` rows. */
  learn(replay: Replay, rng: Rng): Promise<Metrics | undefined>;
  /** `world`: from observation [1, D] and action features [1, F] to what the elites expect of the step, on average. */
  networks(): Promise<Readonly<Record<string, NetworkExport>>>;
  save(): Saved;
  load(saved: Saved): void;
}

/** What a program says of a chunk of candidates. */
interface Scores {
  readonly returns: Tensor; // [C]
  readonly costs?: Tensor; // [C]
}

/** Rows of a member in one program call: so many that a call's overhead is small, so few that they stay in cache. */
const CHUNK_ROWS = 512;
/** Candidates in a program call are a multiple of this, so that few sizes are ever compiled. */
const CHUNK_STEP = 32;
/** Rows in one program call of `step` and of hold-out errors. */
const STEP_ROWS = [1, 16, 256];

/**
 * An ensemble for a world of a certain form.
 * @param rng draws the first weights
 * @example ensemble({ ...pendulum(), reward: pendulumReward }, { members: 5 }, Rng.from(1))
 */
export function ensemble<A extends Space>(
  world: EnsembleWorld<A>,
  given: Partial<EnsembleOptions>,
  rng: Rng,
): Ensemble<A> {
  const options = checkOptions('ensemble', ensembleOptions, given);
  const { members: E, elites, propagation, threads } = options;
  const D = elementSize(world.observation);
  const F = featureSize(world.action);
  const width = elementSize(world.action);
  const Q = propagation === 'mean' ? 1 : options.particles / elites;
  const probabilistic = options.kind === 'probabilistic';
  const net = network({
    D,
    F,
    hidden: options.hidden,
    probabilistic,
    rules: world,
  });
  const steps = adamW({ learningRate: options.learningRate, weightDecay: options.weightDecay });
  const { gradientLimit } = options;
  const optimiser = gradientLimit === null ? steps : chain(clipByGlobalNorm(gradientLimit), steps);

  let params = net.init(rng, E);
  let memory: OptimiserState = optimiser.init(params);
  let scaling: Scaling = noScaling(D + F, net.T);
  let best = Array.from({ length: elites }, (_, e) => e);
  let planned = select(params, best);
  let trainedAt = 0; // rows ever added when last trained; 0 before the first training

  const train = trainer(net, optimiser, options);
  const fixedMember = compile(fixedMemberReturns(net, Q), { name: 'ensembleFixedMember', threads });
  const everyStep = compile(everyStepReturns(net, Q), { name: 'ensembleEveryStep', threads });
  const byMean = compile(meanReturns(net), { name: 'ensembleMean', threads });
  const meanSlopes = compile(meanGradient(net), { name: 'ensembleGradient', threads });
  const stepAll = compile(stepEverywhere(net), { name: 'ensembleStep', threads });
  const imagine = imagination(net, { D, action: world.action, elites, probabilistic, threads });

  /** Of smooth actions: answers by the networks of the moment. */
  const derivatives = (action: Box): Pick<Ensemble<A>, 'expand' | 'track'> => {
    const { expand, track } = expanding(net, D, action, threads);
    return {
      expand: (root, actions, horizon) => expand(planned, scaling, root.observation, actions, horizon),
      track: (root, feedback, scales) => track(planned, scaling, root.observation, feedback, scales),
    };
  };

  /** How many candidates to score in one call, given how many there are. */
  const chunkFor = (K: number): number => {
    const most = Math.max(1, Math.floor(CHUNK_ROWS / Q / CHUNK_STEP)) * CHUNK_STEP;
    const calls = Math.ceil(K / most);
    return Math.ceil(K / calls / CHUNK_STEP) * CHUNK_STEP;
  };

  /** Action features of C candidates from the k-th on, the last repeated to fill up. [C, H, F] */
  const chunkOf = (
    actions: Float32Array,
    from: number,
    C: number,
    K: number,
    H: number,
  ): Tensor<'float32'> => {
    const out = new Float32Array(C * H * F);
    for (let c = 0; c < C; c++) {
      const k = Math.min(from + c, K - 1);
      if (world.action.kind === 'box') {
        out.set(actions.subarray(k * H * F, (k + 1) * H * F), c * H * F);
      } else {
        for (let h = 0; h < H; h++) writeFeatures(world.action, actions[k * H + h], out, (c * H + h) * F);
      }
    }
    return tensor(out, [C, H, F]);
  };

  const scoreChunk = (root: Tensor, actions: Tensor, H: number, rng: Rng): Promise<Scores> => {
    if (propagation === 'mean') return byMean(planned, scaling, root, actions);
    const rows = actions.shape[0] * Q;
    const drawn = new Float32Array(H * elites * rows * D);
    const noise = tensor(options.kind === 'probabilistic' ? rng.fillNormal(drawn) : drawn, [
      H,
      elites,
      rows,
      D,
    ]);
    if (propagation === 'fixedMember') return fixedMember(planned, scaling, root, actions, noise);
    const order = new Int32Array(H * elites * rows);
    const back = new Int32Array(order.length);
    for (let h = 0; h < H; h++) {
      const permutation = rng.permutation(elites * rows);
      order.set(permutation, h * elites * rows);
      permutation.forEach((from, to) => {
        back[h * elites * rows + from] = to;
      });
    }
    const shape = [H, elites * rows];
    return everyStep(planned, scaling, root, actions, noise, tensor(order, shape), tensor(back, shape));
  };

  return {
    action: world.action,
    get trained() {
      return trainedAt > 0;
    },
    infer: (view) => ({ observation: view.observation }),
    observe: (states) => states.map(({ observation }) => observation),
    particles: (observation, count, rng) => {
      const order = rng.permutation(count);
      return Array.from(order, (place) => ({ observation, member: place % elites }));
    },

    imagine(observations, actions, rng) {
      const N = observations.length / D;
      demand(
        Number.isInteger(N) && actions.length === N * width,
        () =>
          `ensemble: imagine must be given N x ${D} numbers of observations and N x ${width} of actions, got ${observations.length} and ${actions.length}.`,
      );
      return imagine(planned, scaling, observations, actions, rng);
    },

    async rollout(root, actions, horizon, rng) {
      const K = actions.length / (horizon * width);
      demand(
        Number.isInteger(K),
        () =>
          `ensemble: actions must hold K sequences of ${horizon} x ${width} numbers, got ${actions.length}.`,
      );
      const from = tensor(root.observation);
      const returns = new Float32Array(K);
      const costs = net.tellsCosts ? new Float32Array(K) : undefined;
      const C = chunkFor(K);
      for (let k = 0; k < K; k += C) {
        const scores = await scoreChunk(from, chunkOf(actions, k, C, K, horizon), horizon, rng);
        const wanted = Math.min(C, K - k);
        returns.set((scores.returns.data as Float32Array).subarray(0, wanted), k);
        if (scores.costs) costs?.set((scores.costs.data as Float32Array).subarray(0, wanted), k);
      }
      return costs ? { returns, costs } : { returns };
    },

    async gradient(root, actions, horizon) {
      const K = actions.length / (horizon * width);
      demand(
        world.action.kind === 'box',
        () => 'ensemble: returns have gradients by continuous actions only, got discrete ones. Use cem.',
      );
      demand(
        Number.isInteger(K),
        () =>
          `ensemble: actions must hold K sequences of ${horizon} x ${width} numbers, got ${actions.length}.`,
      );
      const sequences = tensor(actions, [K, horizon, width]);
      const { returns, gradients } = await meanSlopes(planned, scaling, tensor(root.observation), sequences);
      return { returns: returns.data as Float32Array, gradients: gradients.data as Float32Array };
    },

    ...(world.action.kind === 'box' && derivatives(world.action)),

    async step(states, actions, rng) {
      const B = states.length;
      const next: EnsembleState[] = [];
      const rewards = new Float32Array(B);
      const discounts = new Float32Array(B);
      const costs = net.tellsCosts ? new Float32Array(B) : undefined;
      for (let start = 0; start < B; ) {
        const left = B - start;
        const rows = STEP_ROWS.find((size) => size >= left) ?? STEP_ROWS[STEP_ROWS.length - 1];
        const here = Math.min(rows, left);
        const observations = new Float32Array(rows * D);
        const features = new Float32Array(rows * F);
        const noise = new Float32Array(elites * rows * D);
        for (let b = 0; b < here; b++) {
          const { observation, member } = states[start + b];
          observations.set(observation, b * D);
          writeFeatures(world.action, actions[start + b], features, b * F);
          if (member === undefined || options.kind === 'deterministic') continue;
          for (let i = 0; i < D; i++) noise[(member * rows + b) * D + i] = rng.normal();
        }
        const out = await stepAll(
          planned,
          scaling,
          tensor(observations, [rows, D]),
          tensor(features, [rows, F]),
          tensor(noise, [elites, rows, D]),
        );
        for (let b = 0; b < here; b++) {
          const { member } = states[start + b];
          const at = (member ?? elites) * rows + b;
          const observation = (out.next.data as Float32Array).slice(at * D, (at + 1) * D);
          next.push(member === undefined ? { observation } : { observation, member });
          rewards[start + b] = out.reward.data[at];
          discounts[start + b] = out.discount.data[at];
          if (costs && out.cost) costs[start + b] = out.cost.data[at];
        }
        start += here;
      }
      return { states: next, rewards, discounts, ...(costs && { costs }) };
    },

    async learn(replay, rng) {
      const due = trainedAt === 0 ? options.firstTraining : trainedAt + options.trainEvery;
      if (replay.added < due) return undefined;
      const rows = rowsOf(replay.all(), world.action, D, { reward: net.learnsReward, cost: net.learnsCost });
      const fitted = await train(
        rows,
        { params, memory },
        rng,
        `ensemble at ${replay.added} environment steps`,
      );
      // only a training that ended well takes effect
      ({ params, memory, scaling } = fitted);
      best = leastOf(fitted.errors, elites);
      planned = select(params, best);
      trainedAt = replay.added;
      return { ...fitted.metrics, 'model/hold-out error': mean(best.map((e) => fitted.errors[e])) };
    },

    async networks() {
      const world = (p: TracedParams, s: TracedScaling, observation: Traced, action: Traced) => {
        const { next, reward, discount, cost } = net.meanStep(p, s, observation, action);
        return { next, reward, ...(discount && { discount }), ...(cost && { cost }) };
      };
      const middle = scaling.inputMean.data as Float32Array;
      const observation = tensor(middle.slice(0, D), [1, D]);
      const action = tensor(middle.slice(D), [1, F]);
      const onnx = await exportOnnx(world, [planned, scaling, observation, action], {
        constants: [0, 1],
        inputNames: ['observation', 'action'],
      });
      const program = compile(world);
      const outputs = (await program(planned, scaling, observation, action)) as Record<string, SavedArray>;
      program.dispose();
      return { world: { onnx, inputs: { observation, action }, outputs } };
    },

    save: () => ({
      arrays: {
        ...toArrays(params, 'params'),
        ...toArrays(memory, 'optimiser'),
        ...toArrays(scaling, 'scaling'),
      },
      facts: { best, trainedAt },
    }),
    load(saved) {
      const facts = saved.facts as { best?: readonly number[]; trainedAt?: number };
      const { best: elite, trainedAt: at } = facts;
      demand(
        elite?.length === elites && elite.every((e) => e >= 0 && e < E) && at !== undefined,
        () =>
          `ensemble: what was saved must name ${elites} of ${E} members as elites, got [${elite ?? ''}]. Restore with the options it was saved with.`,
      );
      const loaded = {
        params: fromArrays(saved.arrays, params, 'params'),
        memory: fromArrays(saved.arrays, memory, 'optimiser'),
        scaling: fromArrays(saved.arrays, scaling, 'scaling'),
      };
      ({ params, memory, scaling } = loaded);
      best = [...elite];
      trainedAt = at;
      planned = select(params, best);
    },
  };
}

/** The members of least error, best first. */
function leastOf(errors: Float64Array, count: number): number[] {
  return Array.from(errors.keys())
    .sort((a, b) => errors[a] - errors[b])
    .slice(0, count);
}

/** Some members' parameters; bounds are shared. */
function select(params: NetworkParams, members: readonly number[]): NetworkParams {
  return { layers: stack(members.map((e) => unstack(params.layers, e))), bounds: params.bounds };
}
