/**
 * A limit on costs as a constraint: plans that keep it come before all that break it, and among those that break it the
 * one of least cost comes first. So a planner never trades a violation for a greater return, and where none can be
 * avoided it makes the least of it.
 *
 * Order of candidates as in Wen and Topcu, Constrained Cross-Entropy Method for Safe Reinforcement Learning (2018),
 * algorithm 1.
 * Shapes: K candidates, H steps, A numbers an action.
 *
 * Differs from the paper: whatever breaks the limit comes after whatever keeps it, also where fewer candidates keep the
 * limit than there are elites; equal costs are ordered by return.
 */
import { z } from 'zod';
import { demand, NumericalError } from '../../core/errors.ts';
import type { Rollout } from '../../core/model.ts';
import { type Answer, ask, type Question } from '../../core/planner.ts';
import type { Rng } from '../../core/rng.ts';
import type { Space } from '../../core/spaces.ts';
import { candidateAt, checkReturns } from './candidates.ts';
import { eliteIndices } from './elites.ts';

/** What planners of sequences know of costs. */
export interface ConstraintOptions {
  /**
   * The sum of costs over the horizon that a plan may have. Absent: costs are ignored. The model must tell costs; where it
   * is learned, they are those of its pessimistic member.
   */
  readonly costLimit?: number;
}

/** The field of a planner's schema. */
export const costLimitOption = z
  .number()
  .min(0)
  .optional()
  .describe('sum of costs over the horizon that a plan may have; without one costs are ignored');

/**
 * Refuses a limit, for planners that climb returns by their derivatives: they would climb into what is forbidden.
 * @param where names the planner
 * @throws InputError where `options` have a `costLimit`
 */
export function refuseCostLimit(where: string, options: object): void {
  const { costLimit } = options as ConstraintOptions;
  demand(
    costLimit === undefined,
    () =>
      `${where}: there can be no costLimit, as it follows the derivatives of returns alone, got ${costLimit}. Use mppi, icem, cem or randomShooting.`,
  );
}

/** Candidates with what a model said of them. */
export interface Ranked {
  readonly returns: Float32Array; // [K]
  /** Where a limit is set. */
  readonly costs?: Float32Array; // [K]
  /** The best few, best first. */
  best(count: number): Int32Array;
}

/** A sequence, and what the model said of it. */
export interface Scored {
  readonly actions: Float32Array; // [H, A]
  readonly value: number;
  /** Where a limit is set. */
  readonly cost?: number;
}

/** What a question to the model is about. */
interface Asked<Z, A extends Space> {
  readonly root: Z;
  readonly action: A;
  readonly rng: Rng;
}

/**
 * Asks for the scores of candidates, and checks them.
 * @param place names the planner and the round, as "cem, iteration 2 of 5"
 * @throws NumericalError naming the first candidate whose return or cost is NaN or infinite; InputError where a limit is
 * set and the model tells no costs
 */
export function* rank<Z, A extends Space>(
  place: string,
  { root, action, rng }: Asked<Z, A>,
  candidates: Float32Array, // [K, H, A]
  horizon: number,
  limit: number | undefined,
): Generator<Question<Z, A>, Ranked, Answer<Z>> {
  const rollout = yield* ask.rollout<Z, A>(root, candidates, horizon, rng);
  const { returns } = rollout;
  checkReturns(place, action, candidates, horizon, returns);
  if (limit === undefined) return { returns, best: (count) => eliteIndices(returns, count) };
  const costs = costsOf(place, rollout, limit);
  const compare = (i: number, j: number) => order(returns[i], costs[i], returns[j], costs[j], limit);
  return { returns, costs, best: (count) => eliteIndices(returns, count, compare) };
}

/** Candidate `k` of those ranked. */
export function scoredAt({ returns, costs }: Ranked, candidates: Float32Array, k: number): Scored {
  const length = candidates.length / returns.length;
  return {
    actions: candidateAt(candidates, k, length),
    value: returns[k],
    ...(costs && { cost: costs[k] }),
  };
}

/** The one to prefer of two; the first among equals. */
export function preferred(first: Scored, second: Scored, limit: number | undefined): Scored {
  const { cost: a = 0 } = first;
  const { cost: b = 0 } = second;
  return order(first.value, a, second.value, b, limit ?? 0) <= 0 ? first : second;
}

/**
 * The mean of elites where it may be followed, else the best sequence seen. Elites that pass an obstacle on either side
 * have a mean that runs into it: so the mean is scored by itself, and followed only where it keeps the limit, or breaks
 * it less than all that was seen.
 */
export function* meanWithin<Z, A extends Space>(
  place: string,
  request: Asked<Z, A>,
  mean: Float32Array, // [H, A]
  best: Scored,
  horizon: number,
  limit: number,
): Generator<Question<Z, A>, Scored, Answer<Z>> {
  const ranked = yield* rank(`${place}, the mean`, request, mean, horizon, limit);
  const scored = scoredAt(ranked, mean, 0);
  return scored.cost! <= limit ? scored : preferred(best, scored, limit);
}

/** Below 0 where the first is to be preferred, above 0 where the second is, 0 where neither. */
function order(returnA: number, costA: number, returnB: number, costB: number, limit: number): number {
  const [keepsA, keepsB] = [costA <= limit, costB <= limit];
  if (keepsA !== keepsB) return keepsA ? -1 : 1;
  if (!keepsA && costA !== costB) return costA - costB;
  return returnB - returnA;
}

function costsOf(place: string, { returns, costs }: Rollout, limit: number): Float32Array {
  demand(
    costs !== undefined,
    () =>
      `${place}: with a costLimit of ${limit} the model must tell costs, got none. Give the world a \`cost\`, as constrained(world, cost) does, and an ensemble the rule \`cost\`; or leave costLimit out.`,
  );
  demand(
    costs.length === returns.length,
    () =>
      `${place}: the model must tell one cost for each of ${returns.length} candidates, got ${costs.length}.`,
  );
  for (let k = 0; k < costs.length; k++) {
    if (Number.isFinite(costs[k])) continue;
    throw new NumericalError(
      `${place}: the cost of candidate ${k} of ${costs.length} must be finite, got ${costs[k]}.`,
    );
  }
  return costs;
}
