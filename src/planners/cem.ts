/**
 * The cross-entropy method: sample action sequences, keep the best, sample again around them.
 *
 * Botev, Kroese, Rubinstein, L'Ecuyer, The Cross-Entropy Method for Optimization (2013); bounds and warm start as in
 * Chua et al., Deep Reinforcement Learning in a Handful of Trials using Probabilistic Dynamics Models (PETS, 2018),
 * algorithm 1.
 * Shapes: K candidates, H steps, A numbers an action, n discrete actions.
 */
import { z } from 'zod';
import { demand } from '../core/errors.ts';
import { checkOptions } from '../core/options.ts';
import type { Planner, Planning, Thinking } from '../core/planner.ts';
import type { Rng } from '../core/rng.ts';
import { elementSize, readElement, type Space } from '../core/spaces.ts';
import { demandRoom, proposalsOption, proposed, reachOf } from './sequences/candidates.ts';
import { SequenceCategoricals } from './sequences/categoricals.ts';
import {
  type ConstraintOptions,
  costLimitOption,
  meanWithin,
  preferred,
  type Ranked,
  rank,
  type Scored,
  scoredAt,
} from './sequences/constraint.ts';
import { SequenceNormals, shifted } from './sequences/normals.ts';

export interface CemOptions extends ConstraintOptions {
  /** Steps looked ahead, H. */
  readonly horizon: number;
  /** Sequences an iteration, K. */
  readonly population: number;
  /** Rounds of sampling and fitting. */
  readonly iterations: number;
  /** Share of the population that the next round is fitted to; at least one sequence. */
  readonly eliteFraction: number;
  /** Share of the old mean and variance (or probabilities) that stays at each fit: PETS's alpha. */
  readonly momentum: number;
  /**
   * Standard deviation of the first round, in halves of the bounds' distance (in units of the action where it has no
   * bounds). Discrete actions: share of chance mixed into the warm start.
   */
  readonly initialSpread: number;
  /** What the standard deviation never falls below, same unit. Discrete actions: share of chance that stays mixed in. */
  readonly minimumSpread: number;
  /**
   * How samples stay within the bounds: `clip` cuts normals off at the bounds, so that the bounds themselves are often
   * tried; `truncate` narrows them until the bounds are two deviations away, as PETS does, which holds back a mean that
   * comes near a bound. No meaning with discrete actions.
   */
  readonly bounds: 'clip' | 'truncate';
  /**
   * The plan is the last mean (or the likeliest actions), or the best sequence seen. With a `costLimit` the mean is
   * followed where it keeps the limit itself.
   */
  readonly execute: 'mean' | 'best';
  /** Sequences of each round that the model's policy proposes, within the population. The model must have a policy. */
  readonly proposals: number;
}

/** mbrl-lib's settings for PETS. */
export const cemDefaults: CemOptions = {
  horizon: 15,
  population: 500,
  iterations: 5,
  eliteFraction: 0.1,
  momentum: 0.1,
  initialSpread: 0.5,
  minimumSpread: 0,
  bounds: 'clip',
  execute: 'mean',
  proposals: 0,
};

export const cemOptions = z.strictObject({
  horizon: z.number().int().min(1).default(cemDefaults.horizon).describe('steps looked ahead'),
  population: z.number().int().min(2).default(cemDefaults.population).describe('sequences an iteration'),
  iterations: z
    .number()
    .int()
    .min(1)
    .default(cemDefaults.iterations)
    .describe('rounds of sampling and fitting'),
  eliteFraction: z
    .number()
    .gt(0)
    .max(1)
    .default(cemDefaults.eliteFraction)
    .describe('share of sequences fitted to'),
  momentum: z
    .number()
    .min(0)
    .lt(1)
    .default(cemDefaults.momentum)
    .describe('share of the old mean and variance kept'),
  initialSpread: z
    .number()
    .gt(0)
    .max(1)
    .default(cemDefaults.initialSpread)
    .describe('first standard deviation, in halves of the range'),
  minimumSpread: z
    .number()
    .min(0)
    .max(1)
    .default(cemDefaults.minimumSpread)
    .describe('least standard deviation, in halves of the range'),
  bounds: z
    .enum(['clip', 'truncate'])
    .default(cemDefaults.bounds)
    .describe('cut samples off at the bounds, or narrow them as PETS does'),
  execute: z
    .enum(['mean', 'best'])
    .default(cemDefaults.execute)
    .describe('follow the last mean, or the best sequence seen'),
  costLimit: costLimitOption,
  proposals: proposalsOption,
}) satisfies z.ZodType<CemOptions>;

export interface CemCarry {
  /** The last mean [H, A], or the last probabilities [H, n]; not yet shifted. */
  readonly mean: Float64Array;
}

/** What is sampled from and fitted to elites. */
interface Search {
  sample(out: Float32Array /* [K, H, A] */, rng: Rng): void;
  fit(candidates: Float32Array /* [K, H, A] */, elites: Int32Array, momentum: number): void;
  centre(): Float32Array; // [H, A]
}

/**
 * A planner that begins where its last plan left off, one step later, and never leaves the bounds.
 *
 * `value` is the best return seen, or with `execute: 'mean'` the mean return of the last elites (with a `costLimit`, the
 * return of the sequence followed). With discrete actions it keeps probabilities for each step, and gives the first step's as the plan's policy.
 * @throws InputError listing all options that cannot be used
 */
export function cem<A extends Space = Space>(options: Partial<CemOptions> = {}): Planner<A, CemCarry> {
  const settings = checkOptions('cem', cemOptions, options);
  const { horizon, population, iterations, momentum, execute, costLimit } = settings;
  const eliteCount = Math.max(1, Math.round(population * settings.eliteFraction));
  demandRoom('cem', settings.proposals, population);
  return {
    name: 'cem',
    *plan<Z>({ root, action: space, carry, rng }: Planning<Z, A, CemCarry>): Thinking<A, CemCarry, Z> {
      const length = horizon * elementSize(space);
      const { search, mean, spread } = begin(space, settings, carry);
      const candidates = new Float32Array(population * length); // [K, H, A]
      const request = { root, action: space, rng };
      candidates.set(yield* proposed<Z, A>('cem', space, root, settings.proposals, horizon, rng));
      const own = candidates.subarray(settings.proposals * length);
      let ranked: Ranked | undefined;
      let best: Scored | undefined;
      let eliteMean = 0;
      for (let iteration = 1; iteration <= iterations; iteration++) {
        search.sample(own, rng);
        const place = `cem, iteration ${iteration} of ${iterations}`;
        ranked = yield* rank<Z, A>(place, request, candidates, horizon, costLimit);
        const elites = ranked.best(eliteCount);
        const found = scoredAt(ranked, candidates, elites[0]);
        best = best ? preferred(best, found, costLimit) : found;
        const { returns } = ranked;
        eliteMean = elites.reduce((sum, k) => sum + returns[k], 0) / eliteCount;
        search.fit(candidates, elites, momentum);
      }
      let chosen = best!;
      if (execute === 'mean') {
        const actions = search.centre();
        chosen =
          costLimit === undefined
            ? { actions, value: eliteMean }
            : yield* meanWithin<Z, A>('cem', request, actions, best!, horizon, costLimit);
      }
      const { actions, value, cost } = chosen;
      const { returns, costs } = ranked!;
      return {
        action: readElement(space, actions),
        value,
        ...(space.kind === 'discrete' && { policy: Float32Array.from(mean.subarray(0, space.n)) }),
        carry: { mean },
        trace: {
          actions,
          candidates,
          returns,
          mean,
          ...(spread && { spread }),
          ...(costs && { costs, cost }),
        },
      };
    },
  };
}

/** The search at the start of a call: at large, or around the last plan one step later. */
function begin(
  space: Space,
  { horizon, initialSpread, minimumSpread, bounds }: CemOptions,
  carry: CemCarry | undefined,
): { search: Search; mean: Float64Array; spread?: Float64Array } {
  const width = space.kind === 'discrete' ? space.n : elementSize(space);
  demand(
    carry === undefined || carry.mean.length === horizon * width,
    () =>
      `cem: the carry must be of a plan of ${horizon} x ${width} numbers, got ${carry?.mean.length}. Start the episode without one.`,
  );
  if (space.kind === 'discrete') {
    const uniform = new Float64Array(space.n).fill(1 / space.n);
    const search = new SequenceCategoricals(
      space.n,
      horizon,
      initialSpread,
      minimumSpread,
      carry && shifted(carry.mean, uniform),
    );
    return { search, mean: search.probabilities };
  }
  const normals = new SequenceNormals(
    space,
    horizon,
    initialSpread,
    minimumSpread,
    carry && shifted(carry.mean, reachOf(space).centre),
  );
  const search: Search = {
    sample: (out, rng) =>
      bounds === 'clip' ? normals.sampleClipped(out, rng) : normals.sampleTruncated(out, rng),
    fit: (candidates, elites, share) => normals.fit(candidates, elites, share),
    centre: () => normals.centre(),
  };
  return { search, mean: normals.mean, spread: normals.spread };
}
