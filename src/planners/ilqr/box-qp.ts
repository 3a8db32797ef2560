/**
 * Quadratic programs with bounds, min_x x'Hx / 2 + g'x with low <= x <= high, by projected Newton steps.
 *
 * Tassa, Mansard, Todorov, Control-Limited Differential Dynamic Programming (2014), section III-B, algorithm 1; after
 * Bertsekas, Projected Newton Methods for Optimization Problems with Simple Constraints (1982).
 * Shapes: m numbers in x, f of them free.
 *
 * Differs from the paper: how small the gradient must be is counted in the size of the terms that it is the sum of.
 */
import { cholesky, choleskySolve } from '../../math/cholesky.ts';

/** Least decrease of a step, as a share of what its slope promises (paper: gamma), and how steps shrink. */
const ARMIJO = 0.1;
const SHRINK = 0.6;
const LEAST_STEP = 1e-20;
const MOST_STEPS = 100;
/** Gradient over the size of its terms, below which it is rounding. */
const TOLERANCE = 1e-13;

/** A solver of programs of one size, whose arrays are its answer until the next call. */
export class BoxQp {
  readonly x: Float64Array; // [m]
  /** The elements that no bound holds, ascending; the first `freeCount` count. [m] */
  readonly free: Int32Array;
  freeCount = 0;
  /** Cholesky's factor of H among the free elements. [f, f] */
  readonly factor: Float64Array;
  private readonly gradient: Float64Array; // [m]
  private readonly direction: Float64Array; // [m]
  private readonly trial: Float64Array; // [m]

  constructor(size: number) {
    this.x = new Float64Array(size);
    this.free = new Int32Array(size);
    this.factor = new Float64Array(size * size);
    this.gradient = new Float64Array(size);
    this.direction = new Float64Array(size);
    this.trial = new Float64Array(size);
  }

  /**
   * Solves from where `x` is.
   * @returns false where H is not positive definite among the free elements
   */
  solve(
    hessian: Float64Array, // [m, m]
    linear: Float64Array, // g [m]
    low: Float64Array, // [m]
    high: Float64Array, // [m]
  ): boolean {
    const { x, free, gradient, direction, trial } = this;
    const m = x.length;
    for (let i = 0; i < m; i++) x[i] = Math.min(high[i], Math.max(low[i], x[i]));
    let value = programValue(hessian, linear, x);
    this.freeCount = -1;
    for (let step = 0; step < MOST_STEPS; step++) {
      let count = 0;
      let changed = this.freeCount === -1;
      let small = true;
      for (let i = 0; i < m; i++) {
        let sum = linear[i];
        let size = Math.abs(sum);
        for (let j = 0; j < m; j++) {
          const term = hessian[i * m + j] * x[j];
          sum += term;
          size += Math.abs(term);
        }
        gradient[i] = sum;
        if ((x[i] === low[i] && sum > 0) || (x[i] === high[i] && sum < 0)) continue;
        if (!(Math.abs(sum) <= TOLERANCE * size)) small = false;
        if (count >= this.freeCount || free[count] !== i) changed = true;
        free[count++] = i;
      }
      changed ||= count !== this.freeCount;
      this.freeCount = count;
      if (changed && !this.factorFree(hessian)) return false;
      if (small) return true;

      for (let a = 0; a < count; a++) direction[a] = -gradient[free[a]];
      choleskySolve(this.factor, direction, count);
      let slope = 0;
      for (let a = 0; a < count; a++) slope += direction[a] * gradient[free[a]];
      let length = 1;
      let next = value;
      for (; length > LEAST_STEP; length *= SHRINK) {
        trial.set(x);
        for (let a = 0; a < count; a++) {
          const i = free[a];
          trial[i] = Math.min(high[i], Math.max(low[i], x[i] + length * direction[a]));
        }
        next = programValue(hessian, linear, trial);
        if (next - value <= ARMIJO * length * slope) break;
      }
      // what is left to gain is less than rounding
      if (length <= LEAST_STEP) return true;
      x.set(trial);
      value = next;
    }
    return true;
  }

  private factorFree(hessian: Float64Array): boolean {
    const { free, factor, freeCount } = this;
    const m = free.length;
    for (let a = 0; a < freeCount; a++)
      for (let b = 0; b <= a; b++) factor[a * freeCount + b] = hessian[free[a] * m + free[b]];
    return cholesky(factor, factor, freeCount);
  }
}

/** x'Hx / 2 + g'x */
function programValue(hessian: Float64Array, linear: Float64Array, x: Float64Array): number {
  const m = x.length;
  let value = 0;
  for (let i = 0; i < m; i++) {
    let sum = 0;
    for (let j = 0; j < m; j++) sum += hessian[i * m + j] * x[j];
    value += x[i] * (linear[i] + 0.5 * sum);
  }
  return value;
}
