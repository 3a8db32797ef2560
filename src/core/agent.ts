/** Agent: acts from what it is shown, and may learn from replay. */
import type { Awaitable, Model, View } from './model.ts';
import type { Plan } from './planner.ts';
import type { Replay } from './replay.ts';
import type { Rng } from './rng.ts';
import type { Saved, SavedArray } from './saved.ts';
import type { Element, Space } from './spaces.ts';

/** `train` may explore; `evaluate` does its best. */
export type Mode = 'train' | 'evaluate';

export interface Decision<A extends Space = Space, C = unknown> {
  readonly action: Element<A>;
  /** Handed back at the agent's next act of the same episode. */
  readonly carry: C;
  /** How the action was chosen, where it was planned. */
  readonly plan?: Plan<A>;
  /** What the plan asked of the model. */
  readonly effort?: Effort;
  /**
   * What the model expects to see along the plan, and along so many of the planner's candidates. It costs model steps,
   * so nothing is computed until it is asked for; ask before the agent acts or learns again.
   */
  foresee?(candidates: number, rng: Rng): Awaitable<Foresight>;
}

/** What planning costs, in what every machine counts alike. */
export interface Effort {
  /** Questions put to the model. */
  readonly questions: number;
  /** Steps that the model imagined to answer them: candidates times horizon, all rounds together. */
  readonly steps: number;
}

/** Futures of one moment: observations step by step, the first being now; shorter where an end is foreseen. */
export interface Foresight {
  readonly plan: readonly Float32Array[]; // [H + 1]
  /** Evenly spread over the planner's ranking, from the best to the worst; empty where there is no ranking. */
  readonly candidates: readonly Candidate[];
}

/** A sequence that the planner weighed. */
export interface Candidate {
  readonly return: number;
  readonly observations: readonly Float32Array[]; // [H + 1]
}

/** What an agent went through by itself. */
export interface Collected {
  /** Environment steps. */
  readonly steps: number;
  /** Episodes that ended. */
  readonly episodes: readonly {
    /** As the player who began counts, where there are two. */
    readonly return: number;
    /** Environment steps. */
    readonly length: number;
    readonly terminated: boolean;
  }[];
  /** What went wrong and was made good, told to people. */
  readonly warnings?: readonly string[];
}

/** Numbers worth logging, by name: `model/loss`. */
export type Metrics = Readonly<Record<string, number>>;

/** One of an agent's networks as other programs read it, with an example to check it by wherever it arrives. */
export interface NetworkExport {
  /** The bytes of an ONNX model. */
  readonly onnx: Uint8Array;
  /** Inputs by the model's names for them. */
  readonly inputs: Readonly<Record<string, SavedArray>>;
  /** What our own engine makes of these inputs, by the model's names. */
  readonly outputs: Readonly<Record<string, SavedArray>>;
}

export interface Agent<A extends Space = Space, C = unknown> {
  readonly name: string;
  /** @param carry undefined at the first step of an episode */
  act(view: View, carry: C | undefined, rng: Rng, mode: Mode): Awaitable<Decision<A, C>>;
  /**
   * {@link act} in many episodes at once, where that is cheaper than one after the other: a network is then called once
   * for all. One view, carry and stream an episode; decisions in their order.
   */
  actMany?(
    views: readonly View[],
    carries: readonly (C | undefined)[],
    rngs: readonly Rng[],
    mode: Mode,
  ): Awaitable<readonly Decision<A, C>[]>;
  /**
   * Gathers experience of its own, in place of `act` in training: many games at once, or elsewhere. What it learns from it
   * keeps itself. All its dice fork from what it was made with.
   */
  collect?(): Awaitable<Collected>;
  /**
   * Called after every training step; the agent decides whether it is time to learn.
   * Returns what to log, or undefined when nothing was learned.
   */
  learn?(replay: Replay, rng: Rng): Awaitable<Metrics | undefined>;
  /**
   * What it has learned, or knows, of the world: to look around and dream in. Absent where there is nothing of the kind.
   * One that cannot `observe` shows nothing of what it imagines.
   */
  readonly model?: Model<unknown, A>;
  /**
   * Acts from a state that its model imagined. Absent where an action depends on nothing but what such a state looks
   * like: then {@link act} will do.
   */
  actFrom?(state: unknown, legal: Uint8Array | undefined, rng: Rng, mode: Mode): Awaitable<Element<A>>;
  /** Its networks as they are now, by name: what `forethought export` writes. Absent where there are none. */
  networks?(): Awaitable<Readonly<Record<string, NetworkExport>>>;
  /**
   * What acting alone needs: little enough to be kept for many times of one run. Absent where that is all that is saved.
   */
  readonly acting?: { save(): Saved; load(saved: Saved): void };
  /** Everything needed to continue exactly. */
  save(): Saved;
  load(saved: Saved): void;
}
