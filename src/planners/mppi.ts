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
 */
import { z } from 'zod';
import { demand } from '../core/errors.ts';
import { checkOptions } from '../core/options.ts';
import { ask, type Planner, type Planning, type Thinking } from '../core/planner.ts';
import { type Box, readElement } from '../core/spaces.ts';
import { candidateAt, checkReturns, demandRoom, proposalsOption, proposed } from './sequences/candidates.ts';
import { colouring, interpolating } from './sequences/coloured-noise.ts';
import { eliteIndices } from './sequences/elites.ts';
import { SequenceNormals, shifted } from './sequences/normals.ts';
import { parabolic } from './sequences/savitzky-golay.ts';

export interface MppiOptions {
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
  /** The plan is the weighted mean, or the best sequence seen. */
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
  proposals: proposalsOption,
  execute: z
    .enum(['mean', 'best'])
    .default(mppiDefaults.execute)
    .describe('follow the weighted mean, or the best sequence seen'),
}) satisfies z.ZodType<MppiOptions>;

export interface MppiCarry {
  /** The last mean, not yet shifted. */
  readonly mean: Float64Array; // [H, A]
}

/**
 * A planner for continuous actions that begins where its last plan left off, one step later, its last action held.
 *
 * `value` is the weighted mean of the last round's returns, or with `execute: 'best'` the best return seen. Its trace
 * has the last round's `weights` [K] and the `mean` [H, A] and `spread` [H, A] it led to.
 * @throws InputError listing all options that cannot be used, or where actions are discrete
 * @example decideSync(exact(world), mppi({ horizon: 30, candidates: 500 }), { root, action: world.action, rng })
 */
export function mppi(options: Partial<MppiOptions> = {}): Planner<Box, MppiCarry> {
  const settings = checkOptions('mppi', mppiOptions, options);
  const { horizon, candidates: K, iterations, temperature, proposals, controlCost, execute } = settings;
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
      let best: { value: number; actions: Float32Array } = { value: -Infinity, actions: new Float32Array(0) };
      let returns: Float32Array = new Float32Array(0); // [K]
      let weights: Float64Array = new Float64Array(0); // [K]
      for (let iteration = 1; iteration <= iterations; iteration++) {
        if (matrix) normals.sampleColoured(own, matrix, rng);
        else normals.sampleClipped(own, rng);
        ({ returns } = yield* ask.rollout<Z, Box>(root, candidates, horizon, rng));
        checkReturns(`mppi, iteration ${iteration} of ${iterations}`, space, candidates, horizon, returns);
        const first = bestOf(returns);
        if (returns[first] > best.value)
          best = { value: returns[first], actions: candidateAt(candidates, first, length) };
        const lambda =
          settings.temperatureUnit === 'return' ? temperature : temperature * aboveMedian(returns);
        const scores =
          controlCost === 0 ? returns : lessControlCost(returns, candidates, normals, controlCost * lambda);
        weights = importanceWeights(scores, lambda);
        const before = filter && normals.mean.slice();
        normals.fitWeighted(candidates, weights, settings.adaptation);
        if (filter && before) smoothChange(normals, before, filter);
      }
      const { mean, spread } = normals;
      const followsBest = execute === 'best';
      const actions = followsBest ? best.actions : normals.centre();
      return {
        action: readElement(space, actions),
        value: followsBest ? best.value : returns.reduce((sum, value, k) => sum + weights[k] * value, 0),
        carry: { mean },
        trace: { actions, candidates, returns, weights, mean, spread },
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

/** The index of the greatest number, the first among equals. */
function bestOf(values: Float32Array): number {
  let best = 0;
  for (let k = 1; k < values.length; k++) if (values[k] > values[best]) best = k;
  return best;
}

/** How far the best return is above the median: a measure of spread that hopeless candidates do not change. */
function aboveMedian(returns: Float32Array): number {
  const half = eliteIndices(returns, Math.ceil((returns.length + 1) / 2));
  return returns[half[0]] - returns[half[half.length - 1]];
}

/** exp((score - best) / lambda), scaled to sum to 1; lambda 0 shares all weight among the best. [K] */
export function importanceWeights(scores: ArrayLike<number>, lambda: number): Float64Array {
  const K = scores.length;
  let best = -Infinity;
  for (let k = 0; k < K; k++) if (scores[k] > best) best = scores[k];
  const weights = new Float64Array(K);
  let sum = 0;
  for (let k = 0; k < K; k++) {
    weights[k] = scores[k] === best ? 1 : Math.exp((scores[k] - best) / lambda);
    sum += weights[k];
  }
  for (let k = 0; k < K; k++) weights[k] /= sum;
  return weights;
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
