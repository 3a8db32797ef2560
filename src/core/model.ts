/** Model: an environment imagined. It infers a state from what was seen, and steps many states at once. */
import type { Codec } from './environment.ts';
import type { Rng } from './rng.ts';
import type { Element, Space } from './spaces.ts';

/** A value now, or later: exact models answer at once, networks may not. */
export type Awaitable<T> = T | Promise<T>;

/** What an agent or a model is shown of the world. */
export interface View {
  readonly observation: Float32Array;
  /** 1 = allowed. */
  readonly legal?: Uint8Array;
  /** The world's true state: only exact models look at it. */
  readonly state?: unknown;
}

/** The outcome of B imagined steps. */
export interface Steps<Z> {
  readonly states: Z[]; // [B]
  readonly rewards: Float32Array; // [B]
  readonly discounts: Float32Array; // [B]
  /** Where the world reports costs. [B] */
  readonly costs?: Float32Array;
}

/** What a model thinks of B states. */
export interface Evaluation {
  readonly values: Float32Array; // [B]
  /** -Infinity where an action is not legal. */
  readonly logits?: Float32Array; // [B, n]
}

/** B steps, and what the model thinks of the states they lead to. What it thinks of states past the end means nothing. */
export interface Visits<Z> extends Steps<Z>, Evaluation {}

/** K imagined action sequences, scored. */
export interface Rollout {
  /** Sum of rewards, each multiplied by the discounts before it; averaged over particles where a model has them. */
  readonly returns: Float32Array; // [K]
  /**
   * Sum of costs, each multiplied by the size of the discounts before it, where the world reports them. A model that
   * is unsure tells the worst that it thinks likely: the greatest over its members.
   */
  readonly costs?: Float32Array; // [K]
}

/** How the returns of K sequences change with each action. */
export interface RolloutGradient {
  readonly returns: Float32Array; // [K]
  readonly gradients: Float32Array; // [K, H, A]
}

/**
 * A trajectory of H steps and, to second order in the rewards and first order in the dynamics, what lies around it.
 * n numbers a state, m an action; row-major. Rewards and their derivatives are multiplied by the discounts before them,
 * which count as constant.
 */
export interface Expansion {
  readonly states: Float64Array; // [H + 1, n]
  readonly rewards: Float64Array; // [H]
  readonly stateByState: Float64Array; // [H, n, n] how the next state changes with the state
  readonly stateByAction: Float64Array; // [H, n, m]
  readonly rewardByState: Float64Array; // [H, n]
  readonly rewardByAction: Float64Array; // [H, m]
  readonly rewardByStateState: Float64Array; // [H, n, n]
  readonly rewardByActionState: Float64Array; // [H, m, n]
  readonly rewardByActionAction: Float64Array; // [H, m, m]
}

/** Actions along a trajectory, corrected as the state strays from it: u = clip(actions + scale offsets + gains (x - states)). */
export interface Feedback {
  readonly actions: Float64Array; // [H, m]
  readonly states: Float64Array; // [H + 1, n]
  readonly offsets: Float64Array; // [H, m]
  readonly gains: Float64Array; // [H, m, n]
}

/** What came of following a {@link Feedback}. */
export interface Tracked {
  /** As they were taken: within the bounds, and rounded as the model rounds actions. */
  readonly actions: Float64Array; // [H, m]
  readonly states: Float64Array; // [H + 1, n]
  /** Sum of rewards, each multiplied by the discounts before it. */
  readonly value: number;
}

/** `Z` is the model's own kind of state. Methods are pure but for the random stream they are handed. */
export interface Model<Z = unknown, A extends Space = Space> {
  readonly action: A;
  /** What the model believes after a view; recurrent models use what they believed before. */
  infer(view: View, before?: { readonly state: Z; readonly action: Element<A> }): Awaitable<Z>;
  /** B steps at once. */
  step(states: readonly Z[], actions: readonly Element<A>[], rng: Rng): Awaitable<Steps<Z>>;
  /** Values and action preferences, where the model has learned them, or finds them by playing on. */
  evaluate?(states: readonly Z[], rng: Rng): Awaitable<Evaluation>;
  /**
   * `step`, then `evaluate`, in one: what tree searches ask. The arrays of numbers may be the model's own, which its
   * next answer overwrites.
   */
  visit?(states: readonly Z[], actions: readonly Element<A>[], rng: Rng): Awaitable<Visits<Z>>;
  /**
   * What `visit` would answer, or without actions `evaluate`, where the model knows it already; undefined where it must think.
   * It draws nothing. A search among many goes on with it at once, while others await their answers.
   */
  recall?(states: readonly Z[], actions?: readonly Element<A>[]): Visits<Z> | Evaluation | undefined;
  /** States in a few integers, where the model has such a form and steps draw nothing from the stream. */
  readonly codec?: Codec<Z>;
  /**
   * Scores K sequences of H actions from one state, fused; equals repeated `step`. A model with values adds that of the
   * state at the end of each sequence.
   * @param actions [K, H, element size of the action space]
   */
  rollout?(root: Z, actions: Float32Array, horizon: number, rng: Rng): Awaitable<Rollout>;
  /** {@link rollout}, and how its returns change with the actions. */
  gradient?(root: Z, actions: Float32Array, horizon: number, rng: Rng): Awaitable<RolloutGradient>;
  /** The trajectory of H actions from one state, and what lies around it. @param actions [H, m] */
  expand?(root: Z, actions: Float64Array, horizon: number): Awaitable<Expansion>;
  /** Follows a feedback from one state with its offsets scaled, once for each scale. */
  track?(root: Z, feedback: Feedback, scales: readonly number[]): Awaitable<readonly Tracked[]>;
  /** Sequences of a policy's own, worth trying beside others. [count, H, element size] */
  propose?(root: Z, count: number, horizon: number, rng: Rng): Awaitable<Float32Array>;
  /** What each state would look like. [B] observations */
  observe?(states: readonly Z[]): Float32Array[];
}
