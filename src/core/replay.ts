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

/**
 * Columns of B stretches of T consecutive moments. An episode of L rows is L + 1 moments, its last one being what its last
 * row led to; a stretch may run from one episode into the next. A moment tells what led to it.
 */
export interface StretchBatch {
  readonly B: number;
  readonly T: number;
  readonly observations: Float32Array; // [B, T, D]
  /** The action taken at the moment before; 0 at the first of an episode. */
  readonly actions: Float32Array; // [B, T, element size]
  /** What that action earned; 0 at the first moment of an episode. */
  readonly rewards: Float32Array; // [B, T]
  /** Of this moment: 0 only where the episode truly ended here. */
  readonly discounts: Float32Array; // [B, T]
  /** 1 at the first moment of an episode, or of what a ring still holds of it. */
  readonly first: Uint8Array; // [B, T]
  /** 1 at the last moment of an episode, or the newest of one that is running. */
  readonly last: Uint8Array; // [B, T]
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
  /** B stretches of T moments, uniformly over all places where T moments begin. */
  sampleStretches(B: number, T: number, rng: Rng): StretchBatch;
  /** All rows, oldest first. */
  all(): Batch;
}
