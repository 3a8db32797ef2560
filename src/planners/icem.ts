/**
 * iCEM, the improved cross-entropy method: coloured noise, remembered elites, fewer candidates each round.
 *
 * Pinneri, Sawant, Blaes, Achterhold, Stueckler, Rolinek, Martius, Sample-efficient Cross-Entropy Method for
 * Real-time Planning (2020), algorithm 1.
 * Shapes: K candidates, H steps, A numbers an action.
 *
 * Differs from the paper:
 * - Kept elites and the mean take places within a round's population instead of coming on top, so that a learned
 *   model is asked for the same few batch sizes at every call.
 */
import { z } from 'zod';
import { demand } from '../core/errors.ts';
import { checkOptions } from '../core/options.ts';
import type { Planner, Planning, Thinking } from '../core/planner.ts';
import type { Rng } from '../core/rng.ts';
import { type Box, readElement } from '../core/spaces.ts';
import { candidateAt, demandRoom, proposalsOption, proposed, reachOf } from './sequences/candidates.ts';
import { colouring } from './sequences/coloured-noise.ts';
import {
  type ConstraintOptions,
  costLimitOption,
  meanWithin,
  type Ranked,
  rank,
  type Scored,
  scoredAt,
} from './sequences/constraint.ts';
import { SequenceNormals, shifted } from './sequences/normals.ts';

export interface IcemOptions extends ConstraintOptions {
  /** Steps looked ahead, H: the paper's h. */
  readonly horizon: number;
  /** Sequences in the first round: N. */
  readonly population: number;
  /** Rounds of sampling and fitting. */
  readonly iterations: number;
  /** Share of the first population that is fitted to; at least one sequence: K / N. */
  readonly eliteFraction: number;
  /** Share of the old mean and variance that stays at each fit: alpha. */
  readonly momentum: number;
  /** Standard deviation of the first round, in halves of the bounds' distance (in units of the action where it has no bounds). */
  readonly initialSpread: number;
  /** What the standard deviation never falls below, same unit. */
  readonly minimumSpread: number;
  /** How fast the noise's power falls with frequency: beta. 0 is white; higher values try slower, wider movements. */
  readonly noiseExponent: number;
  /** Each round has this many times fewer sequences than the one before, but at least two for each elite: gamma. */
  readonly decay: number;
  /** Share of the elites that is tried again in the next round, and one step later in the next call: xi. */
  readonly keepFraction: number;
  /**
   * The plan is the best sequence of the last round, as in the paper, or the last mean, which is steadier where many
   * sequences are equally good. With a `costLimit` the mean is followed where it keeps the limit itself.
   */
  readonly execute: 'best' | 'mean';
  /** Sequences of each round that the model's policy proposes, within its population. The model must have a policy. */
  readonly proposals: number;
}

/** mbrl-lib's settings for iCEM on cart-pole. */
export const icemDefaults: IcemOptions = {
  horizon: 10,
  population: 200,
  iterations: 5,
  eliteFraction: 0.1,
  momentum: 0.1,
  initialSpread: 0.5,
  minimumSpread: 0,
  noiseExponent: 2,
  decay: 1.3,
  keepFraction: 0.3,
  execute: 'best',
  proposals: 0,
};

export const icemOptions = z.strictObject({
  horizon: z.number().int().min(1).default(icemDefaults.horizon).describe('steps looked ahead'),
  population: z
    .number()
    .int()
    .min(2)
    .default(icemDefaults.population)
    .describe('sequences in the first round'),
  iterations: z
    .number()
    .int()
    .min(1)
    .default(icemDefaults.iterations)
    .describe('rounds of sampling and fitting'),
  eliteFraction: z
    .number()
    .gt(0)
    .max(0.5)
    .default(icemDefaults.eliteFraction)
    .describe('share of sequences fitted to'),
  momentum: z
    .number()
    .min(0)
    .lt(1)
    .default(icemDefaults.momentum)
    .describe('share of the old mean and variance kept'),
  initialSpread: z
    .number()
    .gt(0)
    .max(1)
    .default(icemDefaults.initialSpread)
    .describe('first standard deviation, in halves of the range'),
  minimumSpread: z
    .number()
    .min(0)
    .max(1)
    .default(icemDefaults.minimumSpread)
    .describe('least standard deviation, in halves of the range'),
  noiseExponent: z
    .number()
    .min(0)
    .default(icemDefaults.noiseExponent)
    .describe('fall of the noise with frequency; 0 is white'),
  decay: z
    .number()
    .min(1)
    .default(icemDefaults.decay)
    .describe('how many times fewer sequences each round has'),
  keepFraction: z
    .number()
    .min(0)
    .max(1)
    .default(icemDefaults.keepFraction)
    .describe('share of elites tried again'),
  execute: z
    .enum(['best', 'mean'])
    .default(icemDefaults.execute)
    .describe('follow the best sequence, or the last mean'),
  costLimit: costLimitOption,
  proposals: proposalsOption,
}) satisfies z.ZodType<IcemOptions>;

export interface IcemCarry {
  /** The last mean, not yet shifted. */
  readonly mean: Float64Array; // [H, A]
  /** The elites kept, best first, not yet shifted. */
  readonly elites: Float32Array; // [kept, H, A]
}

/** Sequences in each round. [iterations] */
export function icemPopulations(settings: IcemOptions): number[] {
  const least = 2 * eliteCountOf(settings);
  return Array.from({ length: settings.iterations }, (_, i) =>
    Math.max(least, Math.round(settings.population * settings.decay ** -i)),
  );
}

function eliteCountOf({ population, eliteFraction }: IcemOptions): number {
  return Math.max(1, Math.round(population * eliteFraction));
}

/**
 * A planner for continuous actions. `value` is the return of the sequence it follows, or with `execute: 'mean'` the mean
 * return of the last elites (with a `costLimit`, the return of the sequence followed).
 * @throws InputError listing all options that cannot be used, or where actions are discrete
 */
export function icem(options: Partial<IcemOptions> = {}): Planner<Box, IcemCarry> {
  const settings = checkOptions('icem', icemOptions, options);
  const { horizon, iterations, momentum, initialSpread, minimumSpread, execute, costLimit } = settings;
  const populations = icemPopulations(settings);
  const eliteCount = eliteCountOf(settings);
  const keptCount = Math.round(settings.keepFraction * eliteCount);
  // the last round tries the mean too
  demandRoom('icem', settings.proposals, populations[populations.length - 1] - keptCount - 1);
  const matrix = colouring(horizon, settings.noiseExponent);
  return {
    name: 'icem',
    *plan<Z>({ root, action: space, carry, rng }: Planning<Z, Box, IcemCarry>): Thinking<Box, IcemCarry, Z> {
      demand(
        space.kind === 'box',
        () =>
          'icem: actions must be continuous, got discrete ones, which have no colour. Use cem or randomShooting.',
      );
      const A = space.low.length;
      const length = horizon * A;
      checkCarry(carry, keptCount, length);
      const normals = new SequenceNormals(
        space,
        horizon,
        initialSpread,
        minimumSpread,
        carry && shifted(carry.mean, carry.mean.subarray(length - A)),
      );
      const request = { root, action: space, rng };
      let kept = carry ? shiftElites(carry.elites, normals, initialSpread, rng) : new Float32Array(0); // [kept, H, A]
      const guides = yield* proposed<Z, Box>('icem', space, root, settings.proposals, horizon, rng);
      let candidates = new Float32Array(0); // [K, H, A]
      let ranked: Ranked | undefined;
      let elites: Int32Array = new Int32Array(0);
      for (let i = 0; i < iterations; i++) {
        candidates = new Float32Array(populations[i] * length);
        candidates.set(kept);
        candidates.set(guides, kept.length);
        let filled = kept.length + guides.length;
        if (i === iterations - 1) {
          candidates.set(normals.centre(), filled);
          filled += length;
        }
        normals.sampleColoured(candidates.subarray(filled), matrix, rng);
        const place = `icem, iteration ${i + 1} of ${iterations}`;
        ranked = yield* rank<Z, Box>(place, request, candidates, horizon, costLimit);
        elites = ranked.best(eliteCount);
        kept = new Float32Array(keptCount * length);
        for (let e = 0; e < keptCount; e++) kept.set(candidateAt(candidates, elites[e], length), e * length);
        normals.fit(candidates, elites, momentum);
      }
      const { returns, costs } = ranked!;
      let chosen: Scored = scoredAt(ranked!, candidates, elites[0]);
      if (execute === 'mean') {
        const actions = normals.centre();
        chosen =
          costLimit === undefined
            ? { actions, value: elites.reduce((sum, k) => sum + returns[k], 0) / eliteCount }
            : yield* meanWithin<Z, Box>('icem', request, actions, chosen, horizon, costLimit);
      }
      const { actions, value, cost } = chosen;
      const { mean, spread } = normals;
      return {
        action: readElement(space, actions),
        value,
        carry: { mean, elites: kept },
        trace: { actions, candidates, returns, mean, spread, ...(costs && { costs, cost }) },
      };
    },
  };
}

function checkCarry(carry: IcemCarry | undefined, keptCount: number, length: number): void {
  demand(
    carry === undefined || (carry.mean.length === length && carry.elites.length === keptCount * length),
    () =>
      `icem: the carry must be of a plan of ${length} numbers and ${keptCount} elites, got ${carry?.mean.length} and ${(carry?.elites.length ?? 0) / length}. Start the episode without one.`,
  );
}

/** The last call's elites one step later; each gets a last action of its own, drawn as in a first round. */
function shiftElites(
  elites: Float32Array, // [kept, H, A]
  { space, mean }: SequenceNormals,
  initialSpread: number,
  rng: Rng,
): Float32Array<ArrayBuffer> {
  const A = space.low.length;
  const length = mean.length;
  const { half } = reachOf(space);
  const out = new Float32Array(elites.length);
  for (let from = 0; from < out.length; from += length) {
    const last = half.map((reach, a) => {
      const drawn = mean[length - A + a] + initialSpread * reach * rng.normal();
      return Math.min(space.high[a], Math.max(space.low[a], drawn));
    });
    out.set(shifted(elites.subarray(from, from + length), last), from);
  }
  return out;
}
