/**
 * MPPI, model predictive path integral control: sample action sequences around the last plan, and move it to their mean,
 * weighed by how well they did.
 *
 * Williams, Wagener, Goldfain, Drews, Rehg, Boots, Theodorou, Information Theoretic MPC for Model-Based Reinforcement
 * Learning (2017), algorithm 2 and the importance weights, with S a candidate's cost, here its return negated:
 * w = exp(-(S + gamma sum_t u_t' Sigma^-1 v_t - rho) / lambda) / eta, u_t <- sum_k w_k v_t^k, where u is the plan,
 * v = u + noise a candidate, rho the least cost and eta what makes the weights sum to 1. The choice of gamma between 0
 * and lambda: Williams, Drews, Goldfain, Rehg, Theodorou, Information-Theoretic Model Predictive Control: Theory and
 * Applications to Autonomous Driving (2018).
 * Shapes: K candidates, H steps, A numbers an action.
 *
 * Differs from the paper:
 * - Candidates are moved onto the bounds before they are tried, and what is averaged is what was tried: a mean of
 *   sequences within the bounds lies within the bounds.
 * - Several rounds a call where one likes, in which the spread may follow the weighted candidates: the covariance
 *   adaptation of Stulp and Sigaud, Path Integral Policy Improvement with Covariance Matrix Adaptation (2012), its diagonal.
 * - A temperature relative to the returns, which needs no tuning to a world's rewards.
 * - Noise may be coloured or smooth. Smoothing is done to the plan's change, by local parabolas.
 * - A limit on costs: candidates that break it weigh nothing ({@link weightsWithin}), and a mean that breaks it where the
 *   best candidate does not is not followed.
 */
import { z } from 'zod';
import { demand } from '../core/errors.ts';
import { checkOptions } from '../core/options.ts';
import type { Planner, Planning, Thinking } from '../core/planner.ts';
import { type Box, readElement } from '../core/spaces.ts';
import { demandRoom, proposalsOption, proposed } from './sequences/candidates.ts';
import { colouring, interpolating } from './sequences/coloured-noise.ts';
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
import { aboveMedian, importanceWeights, weightsWithin } from './sequences/importance.ts';
import { SequenceNormals, shifted } from './sequences/normals.ts';
import { parabolic } from './sequences/savitzky-golay.ts';

export interface MppiOptions extends ConstraintOptions {
  /** Steps looked ahead, H. */
  readonly horizon: number;
  /** Sequences a round, K. */
  readonly candidates: number;
  /** Rounds of sampling and averaging. */
  readonly iterations: number;
  /** How much worse a candidate may be and still count: lambda, in units of {@link temperatureUnit}. */
  readonly temperature: number;
  /** Temperature in units of return, as in the paper, or of how far the best return is above the median. */
  readonly temperatureUnit: 'return' | 'spread';
  /**
   * Standard deviation of the noise, in halves of the bounds' distance (in units of the action where it has no bounds):
   * one for all elements of an action or one for each.
   */
  readonly spread: number | readonly number[];
  /** Share by which each round's variance follows the weighted candidates; 0 keeps it. Every call begins with `spread`. */
  readonly adaptation: number;
  /** What an adapted standard deviation never falls below, in the unit of `spread`. */
  readonly minimumSpread: number;
  /** Each step's noise its own; with power that falls with frequency; or drawn at a few points and interpolated. */
  readonly noise: 'white' | 'coloured' | 'smooth';
  /** How fast the power of coloured noise falls with frequency: 0 white, 1 pink, 2 red. */
  readonly noiseExponent: number;
  /** Control points of smooth noise over the horizon. */
  readonly controlPoints: number;
  /** Neighbours on either side by which the plan's change at a step is smoothed; 0 and 1 smooth nothing. */
  readonly smoothing: number;
  /**
   * Weight of the control cost, gamma, in units of lambda: 1 is lambda itself, 0 leaves it out. Sigma is diagonal here,
   * also where the noise of one step tells something of the next.
   */
  readonly controlCost: number;
  /** Candidates of each round that the model's policy proposes. The model must have one. */
  readonly proposals: number;
  /**
   * The plan is the weighted mean, or the best sequence seen. With a `costLimit` the mean is followed where it keeps the
   * limit itself, or breaks it less than all that was seen.
   */
  readonly execute: 'mean' | 'best';
}

export const mppiDefaults: MppiOptions = {
  horizon: 20,
  candidates: 200,
  iterations: 1,
  temperature: 0.1,
  temperatureUnit: 'spread',
  spread: 0.5,
  adaptation: 0,
  minimumSpread: 0,
  noise: 'white',
  noiseExponent: 2,
  controlPoints: 5,
  smoothing: 0,
  controlCost: 0,
  proposals: 0,
  execute: 'mean',
};

const reach = z.number().gt(0).max(1);

export const mppiOptions = z.strictObject({
  horizon: z.number().int().min(1).default(mppiDefaults.horizon).describe('steps looked ahead'),
  candidates: z.number().int().min(2).default(mppiDefaults.candidates).describe('sequences a round'),
  iterations: z
    .number()
    .int()
    .min(1)
    .default(mppiDefaults.iterations)
    .describe('rounds of sampling and averaging'),
  temperature: z
    .number()
    .gt(0)
    .default(mppiDefaults.temperature)
    .describe('how much worse a sequence may be and still count'),
  temperatureUnit: z
    .enum(['return', 'spread'])
    .default(mppiDefaults.temperatureUnit)
    .describe('temperature in units of return, or of the best above the median'),
  spread: z
    .union([reach, z.array(reach).min(1)])
    .default(mppiDefaults.spread as number)
    .describe('standard deviation of the noise, in halves of the range'),
  adaptation: z
    .number()
    .min(0)
    .max(1)
    .default(mppiDefaults.adaptation)
    .describe('share by which variance follows the weighted sequences'),
  minimumSpread: z
    .number()
    .min(0)
    .max(1)
    .default(mppiDefaults.minimumSpread)
    .describe('least standard deviation, in halves of the range'),
  noise: z
    .enum(['white', 'coloured', 'smooth'])
    .default(mppiDefaults.noise)
    .describe('each step its own, falling with frequency, or interpolated'),
  noiseExponent: z
    .number()
    .min(0)
    .default(mppiDefaults.noiseExponent)
    .describe('fall of coloured noise with frequency'),
  controlPoints: z
    .number()
    .int()
    .min(1)
    .default(mppiDefaults.controlPoints)
    .describe('points that smooth noise is drawn at'),
  smoothing: z
    .number()
    .int()
    .min(0)
    .default(mppiDefaults.smoothing)
    .describe("neighbours by which the plan's change is smoothed"),
  controlCost: z
    .number()
    .min(0)
    .default(mppiDefaults.controlCost)
    .describe('weight of the control cost, in units of the temperature'),
  costLimit: costLimitOption,
  proposals: proposalsOption,
  execute: z
    .enum(['mean', 'best'])
    .default(mppiDefaults.execute)
    .describe('follow the weighted mean, or the best sequence seen'),
}) satisfies z.ZodType<MppiOptions>;

export interface MppiCarry {
  /** The last mean, not yet shifted; under a limit the sequence followed. */
  readonly mean: Float64Array; // [H, A]
}

/**
 * A planner for continuous actions that begins where its last plan left off, one step later, its last action held.
 *
 * `value` is the weighted mean of the last round's returns, with `execute: 'best'` the best return seen, and with a
 * `costLimit` the return of the sequence followed. Its trace has the last round's `weights` [K] and the `mean` [H, A] and `spread` [H, A] it led to.
 * @throws InputError listing all options that cannot be used, or where actions are discrete
 * @example decideSync(exact(world), mppi({ horizon: 30, candidates: 500 }), { root, action: world.action, rng })
 */
export function mppi(options: Partial<MppiOptions> = {}): Planner<Box, MppiCarry> {
  const settings = checkOptions('mppi', mppiOptions, options);
  const { horizon, candidates: K, iterations, proposals, execute, costLimit } = settings;
  demandRoom('mppi', proposals, K);
  const matrix = noiseMatrix(settings);
  const filter = settings.smoothing > 1 ? parabolic(horizon, settings.smoothing) : undefined;
  return {
    name: 'mppi',
    *plan<Z>({ root, action: space, carry, rng }: Planning<Z, Box, MppiCarry>): Thinking<Box, MppiCarry, Z> {
      checkRequest(space, carry, settings);
      const length = horizon * space.low.length;
      const normals = new SequenceNormals(
        space,
        horizon,
        settings.spread,
        settings.minimumSpread,
        carry && shifted(carry.mean, carry.mean.subarray(length - space.low.length)),
      );
      const candidates = new Float32Array(K * length); // [K, H, A]
      candidates.set(yield* proposed<Z, Box>('mppi', space, root, proposals, horizon, rng));
      const own = candidates.subarray(proposals * length);
      const request = { root, action: space, rng };
      let ranked: Ranked | undefined;
      let best: Scored | undefined;
      let weights: Float64Array = new Float64Array(0); // [K]
      for (let iteration = 1; iteration <= iterations; iteration++) {
        if (matrix) normals.sampleColoured(own, matrix, rng);
        else normals.sampleClipped(own, rng);
        const place = `mppi, iteration ${iteration} of ${iterations}`;
        ranked = yield* rank<Z, Box>(place, request, candidates, horizon, costLimit);
        const found = scoredAt(ranked, candidates, ranked.best(1)[0]);
        best = best ? preferred(best, found, costLimit) : found;
        weights = weigh(ranked, candidates, normals, settings);
        const before = filter && normals.mean.slice();
        normals.fitWeighted(candidates, weights, settings.adaptation);
        if (filter && before) smoothChange(normals, before, filter);
      }
      const { mean, spread } = normals;
      const { returns, costs } = ranked!;
      let chosen = best!;
      if (execute === 'mean') {
        const actions = normals.centre();
        chosen =
          costLimit === undefined
            ? { actions, value: returns.reduce((sum, value, k) => sum + weights[k] * value, 0) }
            : yield* meanWithin<Z, Box>('mppi', request, actions, best!, horizon, costLimit);
      }
      const { actions, value, cost } = chosen;
      return {
        action: readElement(space, actions),
        value,
        // the spread is as wide at every call: around a mean that breaks the limit most candidates would break it again
        carry: { mean: costLimit === undefined ? mean : Float64Array.from(actions) },
        trace: { actions, candidates, returns, weights, mean, spread, ...(costs && { costs, cost }) },
      };
    },
  };
}

/** What white numbers are multiplied by; undefined where they stay white. [H, M] */
function noiseMatrix({
  noise,
  horizon,
  noiseExponent,
  controlPoints,
}: MppiOptions): Float64Array | undefined {
  if (noise === 'white') return undefined;
  return noise === 'coloured' ? colouring(horizon, noiseExponent) : interpolating(horizon, controlPoints);
}

function checkRequest(space: Box, carry: MppiCarry | undefined, { horizon, spread }: MppiOptions): void {
  demand(
    space.kind === 'box',
    () =>
      'mppi: actions must be continuous, got discrete ones, which have no mean. Use cem or randomShooting.',
  );
  const A = space.low.length;
  demand(
    typeof spread === 'number' || spread.length === A,
    () =>
      `mppi: spread must be one number or one for each of ${A} elements of an action, got ${(spread as readonly number[]).length}.`,
  );
  demand(
    carry === undefined || carry.mean.length === horizon * A,
    () =>
      `mppi: the carry must be of a plan of ${horizon} x ${A} numbers, got ${carry?.mean.length}. Start the episode without one.`,
  );
}

/** What each candidate counts in the mean. [K] */
function weigh(
  { returns, costs }: Ranked,
  candidates: Float32Array, // [K, H, A]
  normals: SequenceNormals,
  { temperature, temperatureUnit, controlCost, costLimit }: MppiOptions,
): Float64Array {
  const byReturn = (own: Float32Array, sequences: Float32Array) => {
    const lambda = temperatureUnit === 'return' ? temperature : temperature * aboveMedian(own);
    const scores = controlCost === 0 ? own : lessControlCost(own, sequences, normals, controlCost * lambda);
    return importanceWeights(scores, lambda);
  };
  if (costLimit === undefined || !costs) return byReturn(returns, candidates);
  // a temperature in units of return says nothing of costs
  const relative = temperatureUnit === 'spread' ? temperature : mppiDefaults.temperature;
  const length = candidates.length / returns.length;
  return weightsWithin(costs, costLimit, relative, (those) => {
    const sequences = new Float32Array(those.length * length);
    those.forEach((k, i) => {
      sequences.set(candidates.subarray(k * length, (k + 1) * length), i * length);
    });
    return byReturn(
      Float32Array.from(those, (k) => returns[k]),
      sequences,
    );
  });
}

/** Returns less gamma sum_t u_t' Sigma^-1 v_t: what it takes to move noise of spread Sigma to a plan u. [K] */
function lessControlCost(
  returns: Float32Array,
  candidates: Float32Array, // [K, H, A]
  { mean, spread }: SequenceNormals,
  gamma: number,
): Float64Array {
  const pull = mean.map((u, i) => (gamma * u) / spread[i] ** 2); // [H, A]
  return Float64Array.from(returns, (value, k) => {
    let cost = 0;
    for (let i = 0; i < pull.length; i++) cost += pull[i] * candidates[k * pull.length + i];
    return value - cost;
  });
}

/** Smooths how the mean has moved, each element of the action by itself. */
function smoothChange(
  { mean }: SequenceNormals,
  before: Float64Array,
  filter: Float64Array /* [H, H] */,
): void {
  const H = Math.sqrt(filter.length);
  const A = mean.length / H;
  const change = mean.map((now, i) => now - before[i]);
  for (let h = 0; h < H; h++) {
    for (let a = 0; a < A; a++) {
      let smooth = 0;
      for (let j = 0; j < H; j++) smooth += filter[h * H + j] * change[j * A + a];
      mean[h * A + a] = before[h * A + a] + smooth;
    }
  }
}
