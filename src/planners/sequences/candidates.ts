/** Sequences of actions, K candidates of H steps of A numbers each: drawn at large, picked out and checked. */
import { z } from 'zod';
import { demand, demandFinite, NumericalError } from '../../core/errors.ts';
import { type Answer, ask, type Question } from '../../core/planner.ts';
import type { Rng } from '../../core/rng.ts';
import { type Box, clip, elementSize, type Space, sample, writeElement } from '../../core/spaces.ts';

/** The middle of an action space and its reach to either side: the unit in which planners count spread. */
export interface Reach {
  /** The mean of finite bounds; beside one bound or none the number nearest to 0. */
  readonly centre: Float64Array; // [A]
  /** Half the distance between finite bounds; 1 where there is no such distance. */
  readonly half: Float64Array; // [A]
}

/** Where a box's elements lie, and how far they reach. */
export function reachOf(space: Box): Reach {
  const A = space.low.length;
  const centre = new Float64Array(A);
  const half = new Float64Array(A);
  for (let a = 0; a < A; a++) {
    const low = space.low[a];
    const high = space.high[a];
    const bounded = Number.isFinite(low) && Number.isFinite(high);
    centre[a] = bounded ? (low + high) / 2 : Math.min(high, Math.max(low, 0));
    half[a] = bounded ? (high - low) / 2 : 1;
  }
  return { centre, half };
}

/** Fills `out` with random actions, as {@link sample} draws them: uniform between finite bounds. */
export function fillRandom(space: Space, out: Float32Array /* [K, H, A] */, rng: Rng): void {
  if (space.kind === 'discrete') {
    for (let i = 0; i < out.length; i++) out[i] = rng.integer(space.n);
    return;
  }
  const { low, high } = space;
  const A = low.length;
  if (low.every(Number.isFinite) && high.every(Number.isFinite)) {
    for (let i = 0; i < out.length; i += A) {
      for (let a = 0; a < A; a++) out[i + a] = low[a] + rng.uniform() * (high[a] - low[a]);
    }
  } else {
    for (let i = 0; i < out.length; i += A) writeElement(space, sample(space, rng), out, i);
  }
}

/**
 * Stops where a model's answer cannot be used.
 * @param place names the planner and the round, as "cem, iteration 2 of 5"
 * @throws NumericalError naming the first candidate whose return is NaN or infinite
 */
export function checkReturns(
  place: string,
  space: Space,
  candidates: Float32Array, // [K, H, A]
  horizon: number,
  returns: Float32Array, // [K]
): void {
  const A = elementSize(space);
  const K = candidates.length / (horizon * A);
  demand(
    returns.length === K,
    () => `${place}: the model must return one number for each of ${K} candidates, got ${returns.length}.`,
  );
  for (let k = 0; k < K; k++) {
    if (Number.isFinite(returns[k])) continue;
    const first = Array.from(candidates.subarray(k * horizon * A, k * horizon * A + A)).join(', ');
    throw new NumericalError(
      `${place}: the return of candidate ${k} of ${K} must be finite, got ${returns[k]}; its first action is [${first}].`,
    );
  }
}

/** A copy of candidate `k`. [H, A] */
export function candidateAt(candidates: Float32Array, k: number, length: number): Float32Array {
  return candidates.slice(k * length, (k + 1) * length);
}

/** The field of a planner's schema. */
export const proposalsOption = z.number().int().min(0).default(0).describe("sequences of the model's policy");

/** @throws InputError unless a round has room for a candidate beside `proposals`. @param room candidates of the planner's own and proposals */
export function demandRoom(place: string, proposals: number, room: number): void {
  demand(
    proposals < room,
    () =>
      `${place}: proposals must leave room for a sequence of the planner's own among ${room}, got ${proposals}. Propose fewer, or try more.`,
  );
}

/**
 * Sequences that the model's policy proposes, moved into the bounds; none without asking where `count` is 0. [count, H, A]
 * @param place names the planner, as "cem"
 */
export function* proposed<Z, A extends Space>(
  place: string,
  space: A,
  root: Z,
  count: number,
  horizon: number,
  rng: Rng,
): Generator<Question<Z, A>, Float32Array, Answer<Z>> {
  if (count === 0) return new Float32Array(0);
  const sequences = yield* ask.propose<Z, A>(root, count, horizon, rng);
  const length = count * horizon * elementSize(space);
  demand(
    sequences.length === length,
    () =>
      `${place}: the model must propose ${count} sequences, ${length} numbers, got ${sequences.length}. Correct its \`propose\`.`,
  );
  demandFinite(sequences, `${place}, proposed actions`);
  const within = sequences.slice();
  if (space.kind === 'box') {
    const A = space.low.length;
    for (let i = 0; i < within.length; i += A) clip(space, within.subarray(i, i + A));
  }
  return within;
}
