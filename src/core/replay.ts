/** Replay as agents see it: what happened, in rows, sampled alone or in sequences. */
import type { Rng } from './rng.ts';

/** Columns of transitions. `first` marks the rows that begin an episode. */
export interface Batch {
  readonly observations: Float32Array; // [B, D]
  readonly actions: Float32Array; // [B, element size]
  readonly rewards: Float32Array; // [B]
  readonly nextObservations: Float32Array; // [B, D]
  /** Of the state stepped into: 0 only where the episode truly ended, 1 also where it was cut off. */
  readonly discounts: Float32Array; // [B]
  /** Where the world reports costs. [B] */
  readonly costs?: Float32Array;
}

/** Columns of B sequences of T consecutive rows of one episode each. */
export interface SequenceBatch extends Batch {
  readonly B: number;
  readonly T: number;
  /** 1 where a row is the first of its episode. */
  readonly first: Uint8Array; // [B, T]
}

export interface Replay {
  /** Rows held. */
  readonly size: number;
  /** Rows ever added: grows even when a ring forgets. */
  readonly added: number;
  /** B transitions, uniformly, with replacement. */
  sample(B: number, rng: Rng): Batch;
  /** B sequences of T rows, uniformly over all places where T rows of one episode begin. */
  sampleSequences(B: number, T: number, rng: Rng): SequenceBatch;
  /** All rows, oldest first. */
  all(): Batch;
}
