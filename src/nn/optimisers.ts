/**
 * Optimisers: gradients in, changes of the parameters out, as pure traced functions.
 *
 * Adam: Kingma and Ba, Adam: A Method for Stochastic Optimization (2014), algorithm 1 in the order of section 2's end.
 * AdamW: Loshchilov and Hutter, Decoupled Weight Decay Regularization (2017), algorithm 2.
 * LaProp: Ziyin et al., LaProp: Separating Momentum and Adaptivity in Adam (2020), algorithm 1.
 * Clipping by global norm: Pascanu et al., On the difficulty of training recurrent neural networks (2012), algorithm 1.
 * Adaptive clipping: Brock et al., High-Performance Large-Scale Image Recognition Without Normalization (2021), eq. 3.
 *
 * Differs from the papers: the corrections 1 - beta^t are not computed as a power but carried along as
 * c <- beta c + (1 - beta), which does not cancel in float32.
 */
import { numpy as np } from '@jax-js/jax';
import { demand } from '../core/errors.ts';
import { isTensor, type Tensor, tensor, zeros } from '../engine/tensor.ts';
import { flatten, isTraced, type Traced, type TracedTree, type Tree, unflatten } from '../engine/tree.ts';

/** What an optimiser remembers: by the quantity's name, then by the parameter's path (`layers.0.dense.weight`). */
export interface OptimiserState {
  readonly [quantity: string]: { readonly [path: string]: Tensor };
}

/** What a traced function sees of it. */
export type TracedState = TracedTree<OptimiserState>;

/** Turns gradients into updates: numbers to be added to the parameters. */
export interface Optimiser {
  init<P>(params: P): OptimiserState;
  /** Traced. `gradients` and `params` have one form, and so have the updates. */
  update<T>(gradients: T, state: TracedState, params: T): { updates: T; state: TracedState };
}

/** A number, or a traced function of the steps taken before this one (0 at the first). */
export type Schedule = number | ((step: Traced) => Traced);

/** From 0 to `rate` in a straight line over the first `steps` steps, then constant. Already positive at the first. */
export function linearWarmup(rate: number, steps: number): Schedule {
  return (step) => np.minimum(step.add(1).mul(1 / steps), 1).mul(rate);
}

/**
 * One step: the parameters after it, and what the optimiser remembers.
 * @example
 * const train = compile((params: TracedTree<MlpParams>, state: TracedState, batch: Batch) => {
 *   const [loss, gradients] = valueAndGrad(lossOf)(params, batch);
 *   return { loss, ...optimise(optimiser, gradients, state, params) };
 * });
 */
export function optimise<T>(
  optimiser: Optimiser,
  gradients: T,
  state: TracedState,
  params: T,
): { params: T; state: TracedState } {
  const { updates, state: next } = optimiser.update(gradients, state, params);
  return { params: mapLeaves((_path, param, update) => param.add(update), params, updates), state: next };
}

export interface AdamOptions {
  readonly learningRate: Schedule;
  /** Decay of the mean of gradients. Default 0.9. */
  readonly beta1?: number;
  /** Decay of the mean of their squares. Default 0.999. */
  readonly beta2?: number;
  /** Added to the root of the mean square. Default 1e-8. */
  readonly epsilon?: number;
}

/** Adam: steps of the mean gradient over the root of its mean square. */
export function adam(options: AdamOptions): Optimiser {
  return adamW({ ...options, weightDecay: 0 });
}

export interface AdamWOptions extends AdamOptions {
  /** Each step also takes learningRate * weightDecay of the parameters away. */
  readonly weightDecay: number;
}

/** Adam with decoupled weight decay. */
export function adamW({
  learningRate,
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-8,
  weightDecay,
}: AdamWOptions): Optimiser {
  checkDecays('adam', beta1, beta2);
  return {
    init: initMoments,
    update(gradients, state, params) {
      const { step, counts } = advance(state, beta1, beta2);
      const rate = rateAt(learningRate, step);
      const root = np.sqrt(counts.squares);
      const scale = np.negative(root.mul(rate).div(counts.mean));
      const floor = root.mul(epsilon);
      const { updates, ...moments } = moveMoments(gradients, state, params, (gradient, before, param) => {
        const mean = average(before.mean, gradient, beta1);
        const squares = average(before.squares, np.square(gradient), beta2);
        const update = mean.mul(scale).div(np.sqrt(squares).add(floor));
        const decayed = weightDecay === 0 ? update : update.sub(param.mul(np.multiply(rate, weightDecay)));
        return { update: decayed, mean, squares };
      });
      return { updates, state: { counts, ...moments } };
    },
  };
}

export interface LapropOptions extends AdamOptions {
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.99. */
  readonly beta2?: number;
  /** Default 1e-15; DreamerV3 has 1e-20. */
  readonly epsilon?: number;
}

/** LaProp: the mean of gradients that were each divided by their root mean square first. */
export function laprop({
  learningRate,
  beta1 = 0.9,
  beta2 = 0.99,
  epsilon = 1e-15,
}: LapropOptions): Optimiser {
  checkDecays('laprop', beta1, beta2);
  return {
    init: initMoments,
    update(gradients, state, params) {
      const { step, counts } = advance(state, beta1, beta2);
      const root = np.sqrt(counts.squares);
      const floor = root.mul(epsilon);
      const share = root.mul(1 - beta1);
      const scale = np.negative(np.multiply(rateAt(learningRate, step), np.reciprocal(counts.mean)));
      const { updates, ...moments } = moveMoments(gradients, state, params, (gradient, before) => {
        const squares = average(before.squares, np.square(gradient), beta2);
        const normalised = gradient.mul(share).div(np.sqrt(squares).add(floor));
        const mean = before.mean.mul(beta1).add(normalised);
        return { update: mean.mul(scale), mean, squares };
      });
      return { updates, state: { counts, ...moments } };
    },
  };
}

/** Scales all gradients by one number, so that their length together is at most `limit`. */
export function clipByGlobalNorm(limit: number): Optimiser {
  demand(limit > 0, () => `clipByGlobalNorm: the limit must be positive, got ${limit}.`);
  return {
    init: () => ({}),
    update(gradients, state) {
      const scale = np.reciprocal(np.maximum(globalNorm(gradients).div(limit), 1));
      return { updates: mapLeaves((_path, gradient) => gradient.mul(scale), gradients), state };
    },
  };
}

export interface AdaptiveClipOptions {
  /** The largest length of a gradient, relative to that of its parameters. DreamerV3: 0.3. */
  readonly limit: number;
  /** What lengths of parameters count as at least. Default 1e-3. */
  readonly epsilon?: number;
  /**
   * What a length is taken over. `unit`, as in the paper: the weights into one output; of parameters not called
   * `weight`, the whole vector. `tensor`, as in DreamerV3: each tensor as a whole. Default `unit`.
   */
  readonly over?: 'unit' | 'tensor';
}

/** Limits the length of each gradient to a share of the length of its parameters. */
export function adaptiveClip({ limit, epsilon = 1e-3, over = 'unit' }: AdaptiveClipOptions): Optimiser {
  demand(limit > 0, () => `adaptiveClip: the limit must be positive, got ${limit}.`);
  return {
    init: () => ({}),
    update(gradients, state, params) {
      const updates = mapLeaves(
        (path, gradient, param) => {
          const axes = over === 'tensor' ? everyAxis(param) : unitAxes(path, param);
          // lengths are compared by their squares; a gradient of 0 is infinitely far from its limit
          const longest = np.maximum(squaresOver(param, axes).mul(limit ** 2), (epsilon * limit) ** 2);
          return gradient.mul(np.minimum(np.sqrt(longest.div(squaresOver(gradient, axes))), 1));
        },
        gradients,
        params,
      );
      return { updates, state };
    },
  };
}

/** Optimisers in a row, each given the updates of the one before as its gradients. */
export function chain(...parts: readonly Optimiser[]): Optimiser {
  return {
    init: (params) =>
      Object.assign({}, ...parts.map((part, i) => prefixed(part.init(params), i))) as OptimiserState,
    update(gradients, state, params) {
      let updates = gradients;
      let next: TracedState = {};
      parts.forEach((part, i) => {
        const step = part.update(updates, unprefixed(state, i), params);
        updates = step.updates;
        next = { ...next, ...prefixed(step.state, i) };
      });
      return { updates, state: next };
    },
  };
}

/** The root of the sum of squares of all leaves. */
export function globalNorm(tree: unknown): Traced {
  const { leaves } = flatten(tree as Tree<Traced>, isTraced);
  return np.sqrt(leaves.map((leaf) => np.sum(np.square(leaf))).reduce((sum, square) => sum.add(square)));
}

/** Moves every number of `average` a share `rate` of the way towards `params`: slow copies of a network. */
export function exponentialAverage<T>(average: T, params: T, rate: number | Traced): T {
  return mapLeaves((_path, slow, fast) => slow.add(fast.sub(slow).mul(rate)), average, params);
}

function initMoments(params: unknown): OptimiserState {
  const { leaves, paths } = flatten(params as Tree<Tensor>, isTensor);
  const still = () => Object.fromEntries(leaves.map((leaf, i) => [paths[i], zeros(leaf.shape)]));
  return {
    counts: { step: tensor(new Int32Array(1), []), mean: zeros([]), squares: zeros([]) },
    mean: still(),
    squares: still(),
  };
}

interface Moments {
  readonly mean: Traced;
  readonly squares: Traced;
}

/**
 * One step of all tensors, each number by itself. Vectors are joined into one meanwhile: many small ones take no more operators than
 * one.
 */
function moveMoments<T>(
  gradients: T,
  state: TracedState,
  params: T,
  move: (gradient: Traced, before: Moments, param: Traced) => Moments & { readonly update: Traced },
) {
  const { leaves, paths, structure } = flatten(gradients as Tree<Traced>, isTraced);
  const own = flatten(params as Tree<Traced>, isTraced).leaves;
  const after = { update: [] as Traced[], mean: [] as Traced[], squares: [] as Traced[] };
  const quantities = ['update', 'mean', 'squares'] as const;
  const vectors = [...leaves.keys()].filter((i) => leaves[i].ndim === 1);
  const groups = [vectors, ...[...leaves.keys()].filter((i) => leaves[i].ndim !== 1).map((i) => [i])];
  for (const group of groups.filter(({ length }) => length > 0)) {
    const joined = (of: (i: number) => Traced): Traced =>
      group.length === 1 ? of(group[0]) : np.concatenate(group.map(of), 0);
    const before = {
      mean: joined((i) => state.mean[paths[i]]),
      squares: joined((i) => state.squares[paths[i]]),
    };
    const moved = move(
      joined((i) => leaves[i]),
      before,
      joined((i) => own[i]),
    );
    const ends = group.map((_, k) => group.slice(0, k + 1).reduce((sum, i) => sum + leaves[i].shape[0], 0));
    for (const quantity of quantities) {
      const parts = group.length === 1 ? [moved[quantity]] : np.split(moved[quantity], ends.slice(0, -1), 0);
      group.forEach((i, k) => {
        after[quantity][i] = parts[k];
      });
    }
  }
  const named = (values: readonly Traced[]) => Object.fromEntries(paths.map((path, i) => [path, values[i]]));
  return {
    updates: unflatten(structure, after.update) as T,
    mean: named(after.mean),
    squares: named(after.squares),
  };
}

/** The step's number, counted from 0, and how much of each average is not its start at 0: 1 - beta^t. */
function advance(state: TracedState, beta1: number, beta2: number) {
  const { step, mean, squares } = state.counts;
  const one = np.ones([]);
  return {
    step,
    counts: {
      step: step.add(1),
      mean: average(mean, one, beta1),
      squares: average(squares, one, beta2),
    },
  };
}

function average(before: Traced, now: Traced, beta: number): Traced {
  return before.mul(beta).add(now.mul(1 - beta));
}

function rateAt(schedule: Schedule, step: Traced): Traced | number {
  return typeof schedule === 'number' ? schedule : schedule(step.astype(np.float32));
}

function checkDecays(where: string, beta1: number, beta2: number): void {
  for (const beta of [beta1, beta2]) {
    demand(beta >= 0 && beta < 1, () => `${where}: beta1 and beta2 must be in [0, 1), got ${beta}.`);
  }
}

function squaresOver(x: Traced, axes: number[]): Traced {
  const squares = np.square(x);
  return axes.length === 0 ? squares : np.sum(squares, axes, { keepdims: true });
}

function everyAxis(x: Traced): number[] {
  return Array.from({ length: x.ndim }, (_, axis) => axis);
}

/** Dense weights are [..., in, out], convolutions' [out, in, height, width]; all others are vectors [..., F]. */
function unitAxes(path: string, x: Traced): number[] {
  if (x.ndim === 0) return [];
  if (!/(^|\.)weight$/.test(path)) return [x.ndim - 1];
  return x.ndim === 4 ? [1, 2, 3] : [x.ndim - 2];
}

function prefixed<L>(state: Readonly<Record<string, L>>, i: number): Record<string, L> {
  return Object.fromEntries(Object.entries(state).map(([quantity, value]) => [`${i}.${quantity}`, value]));
}

function unprefixed(state: TracedState, i: number): TracedState {
  const own = `${i}.`;
  return Object.fromEntries(
    Object.entries(state)
      .filter(([quantity]) => quantity.startsWith(own))
      .map(([quantity, value]) => [quantity.slice(own.length), value]),
  );
}

/** Applies `f` to the leaves of traced trees of one form, with each leaf's path. */
function mapLeaves<T>(f: (path: string, ...leaves: Traced[]) => Traced, first: T, ...rest: T[]): T {
  const { leaves, paths, structure } = flatten(first as Tree<Traced>, isTraced);
  const others = rest.map((tree) => flatten(tree as Tree<Traced>, isTraced));
  for (const other of others) {
    demand(
      other.paths.length === paths.length && other.paths.every((path, i) => path === paths[i]),
      () => `optimiser: trees must have one form, got leaves [${paths}] and [${other.paths}].`,
    );
  }
  const mapped = leaves.map((leaf, i) => f(paths[i], leaf, ...others.map((other) => other.leaves[i])));
  return unflatten(structure, mapped) as T;
}
