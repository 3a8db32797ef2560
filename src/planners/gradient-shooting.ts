/**
 * Gradient shooting: several action sequences climb the gradient of their return, side by side; the best of all that was
 * seen is followed.
 *
 * Ascent by Adam: Kingma and Ba, Adam: A Method for Stochastic Optimization (2015), algorithm 1. Gradients through a model
 * for planning: Henaff, Whitney, LeCun, Model-Based Planning with Discrete and Continuous Actions (2018), section 3;
 * several starts, as a return has many local maxima: Betts, Survey of Numerical Methods for Trajectory Optimization (1998).
 * Shapes: K sequences, H steps, A numbers an action.
 *
 * Bounds are kept by projection after each step. A tanh would do so too, but reaches a bound nowhere and forgets its slope
 * near one, where the best plans of weak motors lie.
 * Differs from Adam: steps are in halves of the bounds' distance and become shorter, evenly, towards the last.
 */
import { z } from 'zod';
import { demand, NumericalError } from '../core/errors.ts';
import { checkOptions } from '../core/options.ts';
import { ask, type Planner, type Planning, type Thinking } from '../core/planner.ts';
import type { Rng } from '../core/rng.ts';
import { type Box, readElement } from '../core/spaces.ts';
import { candidateAt, checkReturns, type Reach, reachOf } from './sequences/candidates.ts';
import { refuseCostLimit } from './sequences/constraint.ts';
import { eliteIndices } from './sequences/elites.ts';
import { shifted } from './sequences/normals.ts';

export interface GradientShootingOptions {
  /** Steps looked ahead, H. */
  readonly horizon: number;
  /** Sequences that climb side by side, K. The first begins where the last plan left off, the others afresh. */
  readonly starts: number;
  /** Gradients asked for. */
  readonly iterations: number;
  /** How far a number moves in the first step, in halves of the bounds' distance (in units of the action where it has none). */
  readonly learningRate: number;
  /** Standard deviation of fresh starts around the middle of the space, same unit. */
  readonly initialSpread: number;
}

export const gradientShootingDefaults: GradientShootingOptions = {
  horizon: 15,
  starts: 8,
  iterations: 20,
  learningRate: 0.2,
  initialSpread: 0.5,
};

export const gradientShootingOptions = z.strictObject({
  horizon: z.number().int().min(1).default(gradientShootingDefaults.horizon).describe('steps looked ahead'),
  starts: z
    .number()
    .int()
    .min(1)
    .default(gradientShootingDefaults.starts)
    .describe('sequences that climb side by side'),
  iterations: z
    .number()
    .int()
    .min(1)
    .default(gradientShootingDefaults.iterations)
    .describe('gradients asked for'),
  learningRate: z
    .number()
    .gt(0)
    .max(1)
    .default(gradientShootingDefaults.learningRate)
    .describe('first step of each number, in halves of the range'),
  initialSpread: z
    .number()
    .gt(0)
    .max(1)
    .default(gradientShootingDefaults.initialSpread)
    .describe('standard deviation of fresh starts, in halves of the range'),
}) satisfies z.ZodType<GradientShootingOptions>;

export interface GradientShootingCarry {
  /** The sequence followed, not yet shifted. */
  readonly actions: Float32Array; // [H, A]
}

/** Adam's decays and the number that keeps it from dividing by 0. */
const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-8];

/**
 * A planner for continuous actions and models that answer `gradient`. `value` is the return of the sequence it follows.
 * @throws InputError listing all options that cannot be used, or where actions are discrete, or a limit on costs is set
 * @example await decide(traced(world, dynamics), gradientShooting(), { root, action: world.action, rng })
 */
export function gradientShooting(
  options: Partial<GradientShootingOptions> = {},
): Planner<Box, GradientShootingCarry> {
  refuseCostLimit('gradientShooting', options);
  const settings = checkOptions('gradientShooting', gradientShootingOptions, options);
  const { horizon, starts: K, iterations, learningRate } = settings;
  return {
    name: 'gradient shooting',
    *plan<Z>({
      root,
      action: space,
      carry,
      rng,
    }: Planning<Z, Box, GradientShootingCarry>): Thinking<Box, GradientShootingCarry, Z> {
      checkRequest(space, carry, horizon);
      const length = horizon * space.low.length;
      const candidates = begin(space, carry, settings, rng); // [K, H, A]
      const ascent = adamWithin(space, candidates);
      let best: { value: number; actions: Float32Array } = { value: -Infinity, actions: new Float32Array(0) };
      let returns: Float32Array = new Float32Array(0); // [K]
      let tried = candidates;
      for (let i = 0; i < iterations; i++) {
        const place = `gradient shooting, iteration ${i + 1} of ${iterations}`;
        // whoever answers may keep what it was asked about
        tried = candidates.slice();
        const told = yield* ask.gradient<Z, Box>(root, tried, horizon, rng);
        returns = told.returns;
        checkReturns(place, space, tried, horizon, returns);
        const [first] = eliteIndices(returns, 1);
        if (returns[first] > best.value)
          best = { value: returns[first], actions: candidateAt(tried, first, length) };
        if (i === iterations - 1) break;
        checkGradients(place, told.gradients, tried, horizon, K);
        ascent(told.gradients, learningRate * (1 - i / (iterations - 1)));
      }
      const { actions, value } = best;
      return {
        action: readElement(space, actions),
        value,
        carry: { actions },
        trace: { actions, candidates: tried, returns },
      };
    },
  };
}

function checkRequest(space: Box, carry: GradientShootingCarry | undefined, horizon: number): void {
  demand(
    space.kind === 'box',
    () =>
      'gradient shooting: actions must be continuous, got discrete ones, which have no gradient. Use cem or randomShooting.',
  );
  const A = space.low.length;
  demand(
    carry === undefined || carry.actions.length === horizon * A,
    () =>
      `gradient shooting: the carry must be of a plan of ${horizon} x ${A} numbers, got ${carry?.actions.length}. Start the episode without one.`,
  );
}

/** The last plan one step later, its last action held (the middle of the space without one), and fresh starts. [K, H, A] */
function begin(
  space: Box,
  carry: GradientShootingCarry | undefined,
  { horizon, starts, initialSpread }: GradientShootingOptions,
  rng: Rng,
): Float32Array {
  const A = space.low.length;
  const length = horizon * A;
  const { centre, half } = reachOf(space);
  const candidates = Float32Array.from({ length: starts * length }, (_, i) => {
    const a = i % A;
    const noise = i < length ? 0 : initialSpread * half[a] * rng.normal();
    return Math.min(space.high[a], Math.max(space.low[a], centre[a] + noise));
  });
  if (carry) candidates.set(shifted(carry.actions, carry.actions.subarray(length - A)));
  return candidates;
}

/** Moves sequences up their gradients, in place, and back into the bounds. */
function adamWithin(space: Box, candidates: Float32Array): (gradients: Float32Array, rate: number) => void {
  const { half }: Reach = reachOf(space);
  const A = half.length;
  const mean = new Float64Array(candidates.length);
  const square = new Float64Array(candidates.length);
  let [left1, left2] = [1, 1]; // beta ^ steps
  return (gradients, rate) => {
    left1 *= BETA1;
    left2 *= BETA2;
    for (let i = 0; i < candidates.length; i++) {
      const a = i % A;
      const slope = gradients[i] * half[a];
      mean[i] = BETA1 * mean[i] + (1 - BETA1) * slope;
      square[i] = BETA2 * square[i] + (1 - BETA2) * slope * slope;
      const step = mean[i] / (1 - left1) / (Math.sqrt(square[i] / (1 - left2)) + EPSILON);
      const moved = candidates[i] + rate * half[a] * step;
      candidates[i] = Math.min(space.high[a], Math.max(space.low[a], moved));
    }
  };
}

/** @throws NumericalError naming the candidate, the step and the action where a gradient is NaN or infinite */
function checkGradients(
  place: string,
  gradients: Float32Array,
  candidates: Float32Array, // [K, H, A]
  horizon: number,
  K: number,
): void {
  demand(
    gradients.length === candidates.length,
    () =>
      `${place}: the model must return one gradient for each of ${candidates.length} numbers, got ${gradients.length}.`,
  );
  const wrong = gradients.findIndex((slope) => !Number.isFinite(slope));
  if (wrong < 0) return;
  const A = candidates.length / (K * horizon);
  const at = Math.floor(wrong / A);
  const action = Array.from(candidates.subarray(at * A, (at + 1) * A)).join(', ');
  throw new NumericalError(
    `${place}: the gradient of candidate ${Math.floor(at / horizon)} of ${K} must be finite, got ${gradients[wrong]} at step ${at % horizon}, action [${action}].`,
  );
}
