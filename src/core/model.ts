/** Model: an environment imagined. It infers a state from what was seen, and steps many states at once. */
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
}

/** What a model thinks of B states. */
export interface Evaluation {
  readonly values: Float32Array; // [B]
  /** -Infinity where an action is not legal. */
  readonly logits?: Float32Array; // [B, n]
}

/** K imagined action sequences, scored. */
export interface Rollout {
  /** Sum of rewards, each multiplied by the discounts before it; averaged over particles where a model has them. */
  readonly returns: Float32Array; // [K]
}

/** `Z` is the model's own kind of state. Methods are pure but for the random stream they are handed. */
export interface Model<Z = unknown, A extends Space = Space> {
  readonly action: A;
  /** What the model believes after a view; recurrent models use what they believed before. */
  infer(view: View, before?: { readonly state: Z; readonly action: Element<A> }): Awaitable<Z>;
  /** B steps at once. */
  step(states: readonly Z[], actions: readonly Element<A>[], rng: Rng): Awaitable<Steps<Z>>;
  /** Values and action preferences, where the model has learned them. */
  evaluate?(states: readonly Z[]): Awaitable<Evaluation>;
  /**
   * Scores K sequences of H actions from one state, fused; equals repeated `step`.
   * @param actions [K, H, element size of the action space]
   */
  rollout?(root: Z, actions: Float32Array, horizon: number, rng: Rng): Awaitable<Rollout>;
  /** What each state would look like. [B] observations */
  observe?(states: readonly Z[]): Float32Array[];
}
