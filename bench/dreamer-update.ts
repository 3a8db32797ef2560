/**
 * One update of DreamerV3 as the agent does it: model, dreams, actor and critic, LaProp with adaptive clipping.
 *
 * The program is that of src/agents/dreamer, where the papers are named. Ours also computes the figures that it reports; the
 * peer leaves them out.
 *
 * B sequences of T moments, N = T B states, H imagined steps; D numbers in h, S variables of C classes, Z = S C.
 */
import { behaviourNetworks } from '../src/agents/dreamer/behaviour.ts';
import { dreamerOptions } from '../src/agents/dreamer/options.ts';
import { policyForm } from '../src/agents/dreamer/policy.ts';
import { type DreamerParams, dreamerUpdate } from '../src/agents/dreamer/update.ts';
import { Rng } from '../src/core/rng.ts';
import { box } from '../src/core/spaces.ts';
import { compile, full, isTensor, type Tensor, zeros } from '../src/engine/index.ts';
import { flatten, unflatten } from '../src/engine/tree.ts';
import { rssmNetwork } from '../src/models/rssm/index.ts';
import type { Benchmark } from './benchmark.ts';
import { contest, demandSameLosses } from './contest.ts';
import { spread, uniform } from './numbers.ts';
import { type LayerRun, multiplications, type Product, productsOfLayers, timedProducts } from './products.ts';

export interface UpdateSizes {
  readonly [name: string]: number;
  readonly batch: number;
  readonly time: number;
  readonly horizon: number;
  readonly deterministic: number;
  readonly variables: number;
  readonly classes: number;
  readonly blocks: number;
  readonly hidden: number;
  readonly units: number;
  readonly layers: number;
  readonly observation: number;
  readonly action: number;
  readonly bins: number;
}

/** Hafner et al. 2023, "Model sizes" and its published program: the smallest size, as it learns from proprioception. */
export const smallestSizes: UpdateSizes = {
  batch: 16,
  time: 64,
  horizon: 15,
  deterministic: 512,
  variables: 32,
  classes: 4,
  blocks: 8,
  hidden: 64,
  units: 64,
  layers: 3,
  observation: 8,
  action: 2,
  bins: 255,
};

/** Those of engine/dreamer-step. */
export const stepSizes: UpdateSizes = {
  ...smallestSizes,
  time: 32,
  deterministic: 256,
  variables: 16,
  classes: 16,
  hidden: 256,
  units: 256,
  layers: 2,
};

const PRIOR_LAYERS = 2;

/** The agent's options of these sizes; all else is as in the paper. */
export function updateOptions(sizes: UpdateSizes) {
  const { batch, time, horizon, units, layers, bins, deterministic, variables, classes, blocks, hidden } =
    sizes;
  return dreamerOptions.parse({
    model: {
      ...{ deterministic, variables, classes, blocks, hidden, units, layers, bins },
      priorLayers: PRIOR_LAYERS,
    },
    ...{ units, layers, bins, batch, horizon },
    length: time,
    starts: time,
    // published for the train ratios of one environment step an update and more
    learningRate: 4e-5,
    warmup: 1000,
  });
}

/** The whole update, ready to be compiled, and what it starts from. */
export function dreamerLesson(sizes: UpdateSizes) {
  const { batch: B, time: T, horizon: H, variables: S, action: F, observation: D } = sizes;
  const N = T * B;
  const options = updateOptions(sizes);
  const net = rssmNetwork({ D, F }, options.model);
  const nets = behaviourNetworks(
    net,
    policyForm('dreamer/update', box(-1, 1, [F]), options) as never,
    options,
  );
  const { init, update } = dreamerUpdate(net, nets, options);
  const rng = Rng.from(0);
  const params = numbered({
    world: net.init(rng),
    actor: nets.initActor(rng),
    critic: nets.initCritic(rng),
  });
  const chosen = (seed: number, chance: number): Tensor => {
    const numbers = uniform(seed, [T, B]);
    return { ...numbers, data: numbers.data.map((number) => (number < chance ? 1 : 0)) };
  };
  const lesson = {
    observations: spread(1001, [T, B, D]),
    actions: spread(1002, [T, B, F]),
    rewards: spread(1003, [T, B]),
    continues: chosen(1004, 0.95),
    first: chosen(1005, 0.05),
    last: chosen(1006, 0.05),
    dice: uniform(1007, [T, B, S]),
    dream: { model: uniform(1008, [H, N, S]), action: spread(1009, [H, N, F]) },
  };
  return { update, state: init(params), lesson };
}

/**
 * Weights as the peer makes them too: each leaf, in the order of its path, has a number as its seed. Heads that the agent begins at zero do
 * so here.
 */
function numbered(params: DreamerParams): DreamerParams {
  const { leaves, paths, structure } = flatten<Tensor>(params as never, isTensor);
  const weights = leaves.map((leaf, i): Tensor => {
    if (paths[i].endsWith('scale')) return full(leaf.shape, 1);
    if (!paths[i].endsWith('weight') || leaf.data.every((number) => number === 0)) return zeros(leaf.shape);
    return spread(i + 1, leaf.shape, leaf.shape[leaf.shape.length - 2] ** -0.5);
  });
  return unflatten(structure, weights) as unknown as DreamerParams;
}

/** What the update must multiply. */
export function updateProducts(sizes: UpdateSizes): Product[] {
  const { batch: B, time: T, horizon: H, deterministic: D, variables, classes, blocks: G } = sizes;
  const { hidden, units: U, layers, observation: O, action: F, bins } = sizes;
  const N = T * B;
  const Z = variables * classes;
  const wide = new Array<number>(layers).fill(U);
  const learned = { weights: true, inputs: true };
  const first = { weights: true, inputs: false };
  const prior = [D, ...new Array<number>(PRIOR_LAYERS).fill(hidden), Z];
  const reward = [D + Z, U, bins];
  const continuation = [D + Z, U, 1];
  const actor = [D + Z, ...wide, 2 * F];
  const critic = [D + Z, ...wide, bins];
  /** What moves h on, but for the layer that actions meet. */
  const core = (run: Omit<LayerRun, 'sizes'>): LayerRun[] => [
    { ...run, sizes: [D, hidden] },
    { ...run, sizes: [Z, hidden] },
    { ...run, sizes: [3 * hidden, D] },
    { ...run, batch: G, sizes: [D / G, D / G] },
    { ...run, batch: G, sizes: [D / G, (3 * D) / G] },
  ];
  const runs: LayerRun[] = [
    // the world model: the sequence goes moment by moment, all else at once
    { sizes: [O, ...wide], rows: N, derivatives: first },
    { sizes: [U, hidden], rows: N, derivatives: learned },
    { sizes: [F, hidden], rows: N, derivatives: first },
    ...core({ rows: B, count: T, derivatives: learned }),
    { sizes: [D, hidden, Z], rows: B, count: T, derivatives: learned },
    ...[prior, [D + Z, ...wide, O], reward, continuation].map((sizes) => ({
      ...{ sizes, rows: N, derivatives: learned },
    })),
    // imagination: only the actor and the critic learn from it
    { sizes: actor, rows: N, count: H, derivatives: first },
    { sizes: [F, hidden], rows: N, count: H },
    ...core({ rows: N, count: H }),
    { sizes: prior, rows: N, count: H },
    { sizes: reward, rows: H * N },
    { sizes: continuation, rows: H * N },
    // the critic, of what was dreamt, at its end, and of what was seen; and its slow copy
    { sizes: critic, rows: H * N, derivatives: first },
    { sizes: critic, rows: N },
    { sizes: critic, rows: (T - 1) * B, derivatives: first },
    { sizes: critic, rows: H * N },
    { sizes: critic, rows: (T - 1) * B },
  ];
  return runs.flatMap(productsOfLayers);
}

/** Terms of the whole loss and their weights. */
const LOSS = {
  'model/loss': 1,
  'behaviour/actor': 1,
  'behaviour/critic': 1,
  'behaviour/replayed critic': 0.3,
} as const;

function ours(sizes: UpdateSizes) {
  return async (threads: number): Promise<() => Promise<number>> => {
    const { update, state: first, lesson } = dreamerLesson(sizes);
    const program = compile(update, { name: 'dreamer update', threads });
    let state = first;
    await program.prepare(state, lesson);
    return async () => {
      const after = await program(state, lesson);
      state = after.state as typeof state;
      const metrics = after.metrics as Record<string, Tensor>;
      return Object.entries(LOSS).reduce((sum, [term, weight]) => sum + weight * metrics[term].data[0], 0);
    };
  };
}

function updateBenchmark(
  name: string,
  sizes: UpdateSizes,
  summary: string,
  speedup: string,
  rounds: number,
): Benchmark {
  return {
    name,
    summary,
    target: `at least ${speedup} times as fast as PyTorch, and at most 1.6 times its matrix products alone`,
    run() {
      const products = updateProducts(sizes);
      return contest({
        name,
        program: 'dreamer_update',
        sizes,
        ours: ours(sizes),
        products: (threads) => timedProducts(products, threads),
        multiplications: multiplications(products),
        agree: (own, theirs) => demandSameLosses(name, 5e-3, own, theirs),
        measuring: { warmUp: 2, rounds, repetitions: 2 },
      });
    },
  };
}

export const dreamerUpdateBenchmark = updateBenchmark(
  'dreamer/train-step',
  stepSizes,
  'One update of DreamerV3: 16 sequences of 32 moments, RSSM of 256 units and 16x16 classes, 15 imagined steps.',
  '4.5',
  5,
);

export const smallestUpdateBenchmark = updateBenchmark(
  'dreamer/train-step-1m',
  smallestSizes,
  'One update of DreamerV3 at its smallest published size: 16 sequences of 64 moments, RSSM of 512 units and 32x4 classes, 15 imagined steps.',
  '4',
  4,
);
