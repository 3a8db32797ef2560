/** Environment: the rules of a world, as pure functions of an explicit state. */
import type { Picture } from './picture.ts';
import type { Rng } from './rng.ts';
import type { Box, Element, Space } from './spaces.ts';

/** What one step leads to. */
export interface Transition<S> {
  readonly state: S;
  readonly reward: number;
  /** Multiplies the value of `state`: 1 go on, 0 the end, -1 the turn passes to the opponent. */
  readonly discount: number;
  /**
   * How far the step broke what must be kept, 0 where it kept it: an arm in a forbidden zone, a speed above its limit.
   * Absent in worlds that forbid nothing.
   */
  readonly cost?: number;
}

/**
 * A world. `S` is its whole state: nothing is hidden, so any state can be branched, rewound and replayed.
 * All methods are pure: they change neither the state they are given nor anything outside it.
 */
export interface Environment<S = unknown, A extends Space = Space> {
  readonly name: string;
  readonly observation: Box;
  readonly action: A;
  /** Decisions after which an episode is cut off. This truncates, it does not terminate: discount stays 1. */
  readonly maxSteps: number;
  /** Environment steps that one decision takes, the action held: runs count environment steps. Absent: 1. */
  readonly actionRepeat?: number;
  reset(rng: Rng): S;
  /** Defined past the end too, with finite numbers: planners roll on there, and multiply what comes by 0. */
  step(state: S, action: Element<A>, rng: Rng): Transition<S>;
  /** The world's own way to score sequences, where it is faster than making every state on the way. */
  readonly rollout?: OwnRollout<S>;
  /** What the player to move sees. A fresh array. */
  observe(state: S): Float32Array;
  /** 1 = allowed, 0 = not; absent where everything is allowed. [action.n] */
  legal?(state: S): Uint8Array;
  /**
   * Whether the world cuts the episode off at `state` for a reason outside its rules, as a simulator with its own time
   * limit does. The episode stops there without having ended: discount stays 1. Absent where only maxSteps does so.
   */
  truncated?(state: S): boolean;
  /** The state as shapes in world units: data, not drawing. */
  picture?(state: S): Picture;
  /** A state that looks like `observation`, where an observation determines one: lets imagination be drawn. */
  stateFrom?(observation: Float32Array): S;
  /** The state as numbers that change smoothly, for planners that need derivatives. Absent where there is no such form. */
  readonly coordinates?: Coordinates<S>;
  /** The world's own way to play on at random, where it is faster than making every state on the way: games have one. */
  readonly playout?: OwnPlayout<S>;
  /** The state in a few integers, so that a search can keep millions. Absent where it does not fit. */
  readonly codec?: Codec<S>;
  /** Turns and mirrorings under which the rules stay as they are, the identity left out. */
  readonly symmetries?: readonly Symmetry[];
  /** How people write it down: boards and moves as text. */
  readonly notation?: Notation<S>;
}

/** A world's state as numbers, and back. `write(read(state))` moves on as `state` does. */
export interface Coordinates<S> {
  readonly size: number;
  read(state: S): Float64Array; // [size]
  write(numbers: Float64Array): S;
  /** How the next state's numbers change, where the world knows better than by trying steps. m numbers an action. */
  jacobians?(state: S, action: Float32Array): Jacobians;
  /**
   * The reward of a step, from the numbers of the state before and after it: worth having where a step is slow, since
   * second derivatives take many rewards. It must not depend on anything else.
   */
  reward?(numbers: Float64Array, action: Float32Array, next: Float64Array): number;
}

/** The first derivatives of a step. Row-major. */
export interface Jacobians {
  readonly stateByState: Float64Array; // [size, size]
  readonly stateByAction: Float64Array; // [size, m]
}

/** A way to score sequences without dice. */
export interface OwnRollout<S> {
  /** The `step` that it equals: a world made from another by changing its `step` cannot go on using it by mistake. */
  readonly equals: unknown;
  /**
   * @param actions [K, horizon, element size of the action space]
   * @param times steps that each action is held for, 1 where absent; their rewards are added in double precision
   * @returns [K] sums of rewards, each multiplied by the discounts before it, in single precision; not finite where a
   * number went wrong
   */
  run(state: S, actions: Float32Array, horizon: number, times?: number): Float32Array;
}

/** A way to play on with uniformly random legal actions until the end, or until `maxSteps` decisions more. */
export interface OwnPlayout<S> {
  /** The `step` that it equals: a world made from another by changing its `step` cannot go on using it by mistake. */
  readonly equals: unknown;
  /**
   * The sum of rewards, each multiplied by the discounts before it, as the player to move at `state` counts them.
   * `state` has not ended. Its dice need not fall in the order of repeated steps, only with the same probabilities.
   */
  run(state: S, rng: Rng): number;
}

/** A state in `words` 32-bit integers, and back: `read` gives an equal state, past included where the rules need it. */
export interface Codec<S> {
  readonly words: number;
  write(state: S, out: Int32Array, offset: number): void;
  read(from: Int32Array, offset: number): S;
}

/**
 * A change of view. Where action a was taken, the changed world takes `actions[a]`, and what was seen at element i is
 * seen at `observation[i]`: both are permutations. It holds from every first state on, and changes no reward.
 */
export interface Symmetry {
  readonly name: string;
  readonly actions: Int32Array; // [n]
  readonly observation: Int32Array; // [D]
}

/** A game as text. */
export interface Notation<S> {
  /** Lines of equal width; `x` and `o` are the players, the one who began being `x`. */
  board(state: S): string;
  /** A move as it is written: `e3`, `pass`, `4`. Lower case, without spaces, one to one with the actions. */
  action(action: number): string;
}
