/**
 * Planner: chooses an action by looking ahead in a model.
 *
 * A planner is a generator that asks its model questions and returns a plan. Whoever drives it decides how to
 * answer: at once, awaited, or gathered from many games into one network call. So each planner is written once.
 */
import type { Codec } from './environment.ts';
import type {
  Evaluation,
  Expansion,
  Feedback,
  Rollout,
  RolloutGradient,
  Steps,
  Tracked,
  Visits,
} from './model.ts';
import type { Rng } from './rng.ts';
import type { Element, Space } from './spaces.ts';

export type Question<Z, A extends Space> =
  | {
      readonly ask: 'step' | 'visit';
      readonly states: readonly Z[];
      readonly actions: readonly Element<A>[];
      readonly rng: Rng;
    }
  | { readonly ask: 'evaluate'; readonly states: readonly Z[]; readonly rng: Rng }
  | {
      readonly ask: 'rollout' | 'gradient';
      readonly root: Z;
      readonly actions: Float32Array; // [K, H, element size]
      readonly horizon: number;
      readonly rng: Rng;
    }
  | { readonly ask: 'expand'; readonly root: Z; readonly actions: Float64Array; readonly horizon: number }
  | {
      readonly ask: 'track';
      readonly root: Z;
      readonly feedback: Feedback;
      readonly scales: readonly number[];
    }
  | {
      readonly ask: 'propose';
      readonly root: Z;
      readonly count: number;
      readonly horizon: number;
      readonly rng: Rng;
    };

export type Answer<Z> =
  | Steps<Z>
  | Evaluation
  | Visits<Z>
  | Rollout
  | RolloutGradient
  | Expansion
  | readonly Tracked[]
  | Float32Array;

/** A planner's arrays, for whoever wants to draw them. */
export interface PlanTrace {
  /** The sequence the plan follows. [H, element size] */
  readonly actions?: Float32Array;
  /** The last candidates and their returns. [K, H, element size], [K] */
  readonly candidates?: Float32Array;
  readonly returns?: Float32Array;
  /** Other arrays of the planner's own. */
  readonly [name: string]: unknown;
}

export interface Plan<A extends Space = Space, C = unknown> {
  readonly action: Element<A>;
  /** Expected return of following the plan. */
  readonly value: number;
  /** Probabilities over discrete actions, where the planner has them. [n] */
  readonly policy?: Float32Array;
  /** Handed back at the next call of the same episode: warm-started means, the reused subtree. */
  readonly carry: C;
  readonly trace: PlanTrace;
}

export interface Planning<Z, A extends Space, C> {
  readonly root: Z;
  readonly action: A;
  /** From the previous plan of the same episode; undefined at its first step. */
  readonly carry?: C;
  readonly rng: Rng;
  /** The model's, for planners that keep many states; {@link decide} hands it on. */
  readonly codec?: Codec<Z>;
}

/** What a planner asks while it thinks. */
export type Thinking<A extends Space, C, Z> = Generator<Question<Z, A>, Plan<A, C>, Answer<Z>>;

export interface Planner<A extends Space = Space, C = unknown> {
  readonly name: string;
  plan<Z>(request: Planning<Z, A, C>): Thinking<A, C, Z>;
}

/** Asks for the scores of K sequences: `const { returns } = yield* ask.rollout(...)`. */
export const ask = {
  *rollout<Z, A extends Space>(
    root: Z,
    actions: Float32Array,
    horizon: number,
    rng: Rng,
  ): Generator<Question<Z, A>, Rollout, Answer<Z>> {
    return (yield { ask: 'rollout', root, actions, horizon, rng }) as Rollout;
  },
  *step<Z, A extends Space>(
    states: readonly Z[],
    actions: readonly Element<A>[],
    rng: Rng,
  ): Generator<Question<Z, A>, Steps<Z>, Answer<Z>> {
    return (yield { ask: 'step', states, actions, rng }) as Steps<Z>;
  },
  *evaluate<Z, A extends Space>(
    states: readonly Z[],
    rng: Rng,
  ): Generator<Question<Z, A>, Evaluation, Answer<Z>> {
    return (yield { ask: 'evaluate', states, rng }) as Evaluation;
  },
  *visit<Z, A extends Space>(
    states: readonly Z[],
    actions: readonly Element<A>[],
    rng: Rng,
  ): Generator<Question<Z, A>, Visits<Z>, Answer<Z>> {
    return (yield { ask: 'visit', states, actions, rng }) as Visits<Z>;
  },
  *gradient<Z, A extends Space>(
    root: Z,
    actions: Float32Array,
    horizon: number,
    rng: Rng,
  ): Generator<Question<Z, A>, RolloutGradient, Answer<Z>> {
    return (yield { ask: 'gradient', root, actions, horizon, rng }) as RolloutGradient;
  },
  *expand<Z, A extends Space>(
    root: Z,
    actions: Float64Array,
    horizon: number,
  ): Generator<Question<Z, A>, Expansion, Answer<Z>> {
    return (yield { ask: 'expand', root, actions, horizon }) as Expansion;
  },
  *track<Z, A extends Space>(
    root: Z,
    feedback: Feedback,
    scales: readonly number[],
  ): Generator<Question<Z, A>, readonly Tracked[], Answer<Z>> {
    return (yield { ask: 'track', root, feedback, scales }) as readonly Tracked[];
  },
  *propose<Z, A extends Space>(
    root: Z,
    count: number,
    horizon: number,
    rng: Rng,
  ): Generator<Question<Z, A>, Float32Array, Answer<Z>> {
    return (yield { ask: 'propose', root, count, horizon, rng }) as Float32Array;
  },
};
