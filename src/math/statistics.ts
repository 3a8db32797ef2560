/**
 * Means, spreads and Student's t interval, of a whole sample or as numbers come in.
 *
 * Running moments: Welford (1962), Note on a Method for Calculating Corrected Sums of Squares and Products; merging two
 * of them: Chan, Golub and LeVeque (1979), Updating Formulae, eq. 2.1. Student's t distribution for whole degrees of
 * freedom: Abramowitz and Stegun (1964), Handbook of Mathematical Functions, eq. 26.7.3 and 26.7.4. Proportions: Wilson (1927),
 * Probable Inference, the Law of Succession, and Statistical Inference.
 */
import { demand, demandFinite } from '../core/errors.ts';
import type { Saved } from '../core/saved.ts';

/** The mean of a sample and the interval that holds the true mean. */
export interface Interval {
  readonly mean: number;
  /** -Infinity for a single value, which tells nothing about its spread. */
  readonly low: number;
  /** Infinity for a single value. */
  readonly high: number;
}

/** The arithmetic mean. Throws an InputError for an empty sample. */
export function mean(values: ArrayLike<number>): number {
  demand(values.length > 0, () => 'mean: there must be at least one value, got none.');
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

/** The sample standard deviation, with n - 1 below. Throws an InputError for fewer than two values. */
export function standardDeviation(values: ArrayLike<number>): number {
  demand(
    values.length > 1,
    () => `standardDeviation: there must be at least two values, got ${values.length}.`,
  );
  const centre = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] - centre) ** 2;
  return Math.sqrt(sum / (values.length - 1));
}

/**
 * The mean and its 95 % interval: mean ± t · s / √n with Student's t of n - 1 degrees of freedom.
 * Throws an InputError for an empty sample.
 */
export function interval95(values: ArrayLike<number>): Interval {
  const centre = mean(values);
  if (values.length === 1) return { mean: centre, low: -Infinity, high: Infinity };
  const n = values.length;
  const reach = (studentQuantile(0.975, n - 1) * standardDeviation(values)) / Math.sqrt(n);
  return { mean: centre, low: centre - reach, high: centre + reach };
}

/** What a standard normal variable stays below with probability 0.975. */
export const NORMAL_975 = 1.959963984540054;

/**
 * A proportion and its 95 % interval by Wilson's score, which is of use also where all or none succeeded. Where a trial may
 * succeed in part, as a drawn game, the interval is wider than it need be.
 * Throws an InputError where there are no trials, or more successes than trials.
 */
export function proportion95(successes: number, trials: number): Interval {
  demand(
    trials > 0 && successes >= 0 && successes <= trials,
    () =>
      `proportion95: there must be trials and no more successes than these, got ${successes} of ${trials}.`,
  );
  const share = successes / trials;
  const square = NORMAL_975 ** 2;
  const centre = (successes + square / 2) / (trials + square);
  const reach = (NORMAL_975 * Math.sqrt(trials * share * (1 - share) + square / 4)) / (trials + square);
  return { mean: share, low: Math.max(0, centre - reach), high: Math.min(1, centre + reach) };
}

/**
 * The value that a Student-t variable stays below with the given probability.
 * @param probability in (0, 1)
 * @param degrees degrees of freedom, a whole number from 1
 */
export function studentQuantile(probability: number, degrees: number): number {
  demand(
    probability > 0 && probability < 1,
    () => `studentQuantile: the probability must lie between 0 and 1, got ${probability}.`,
  );
  demand(
    Number.isInteger(degrees) && degrees >= 1,
    () => `studentQuantile: degrees of freedom must be a whole number from 1, got ${degrees}.`,
  );
  const central = Math.abs(2 * probability - 1);
  // in angles, where t = √ν tan θ, the whole half line is an interval that bisection can halve
  let low = 0;
  let high = Math.PI / 2;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (centralProbability(middle, degrees) < central) low = middle;
    else high = middle;
  }
  return Math.sign(probability - 0.5) * Math.sqrt(degrees) * Math.tan((low + high) / 2);
}

/** P(|T| < √ν tan θ). Abramowitz and Stegun, eq. 26.7.3 (odd ν) and 26.7.4 (even ν). */
function centralProbability(theta: number, degrees: number): number {
  const cosine = Math.cos(theta);
  const square = cosine * cosine;
  const odd = degrees % 2 === 1;
  let term = odd ? cosine : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let k = odd ? 3 : 2; k < degrees; k += 2) {
    term *= ((k - 1) / k) * square;
    sum += term;
  }
  return odd ? (2 / Math.PI) * (theta + Math.sin(theta) * sum) : Math.sin(theta) * sum;
}

/** Mean and variance of D quantities as rows of them come in. */
export class RunningStatistics {
  /** Rows taken in so far. */
  count = 0;
  private readonly means: Float64Array; // [D]
  /** Sums of squared distances from the mean. */
  private readonly squares: Float64Array; // [D]

  /** @param size D, how many quantities a row has */
  constructor(size: number) {
    this.means = new Float64Array(size);
    this.squares = new Float64Array(size);
  }

  /** D. */
  get size(): number {
    return this.means.length;
  }

  /** Takes in rows laid end to end: [N, D]. Throws a NumericalError at a NaN or infinite number. */
  add(rows: ArrayLike<number>): void {
    const D = this.size;
    demand(
      rows.length % D === 0,
      () => `RunningStatistics.add: rows must have ${D} numbers each, got ${rows.length} in all.`,
    );
    demandFinite(rows, 'RunningStatistics.add');
    for (let start = 0; start < rows.length; start += D) {
      this.count++;
      for (let d = 0; d < D; d++) {
        const distance = rows[start + d] - this.means[d];
        this.means[d] += distance / this.count;
        this.squares[d] += distance * (rows[start + d] - this.means[d]);
      }
    }
  }

  /** Takes in all that another has seen. */
  merge(other: RunningStatistics): void {
    demand(
      other.size === this.size,
      () => `RunningStatistics.merge: both must have ${this.size} quantities, got ${other.size}.`,
    );
    const total = this.count + other.count;
    if (total === 0) return;
    for (let d = 0; d < this.size; d++) {
      const distance = other.means[d] - this.means[d];
      this.means[d] += (distance * other.count) / total;
      this.squares[d] += other.squares[d] + (distance * distance * this.count * other.count) / total;
    }
    this.count = total;
  }

  /** The means so far, 0 before the first row. [D] */
  mean(): Float64Array {
    return this.means.slice();
  }

  /** The variances so far with n below, as normalisation wants them; 0 before the second row. [D] */
  variance(): Float64Array {
    return this.squares.map((square) => square / Math.max(1, this.count));
  }

  save(): Saved {
    return {
      arrays: {
        means: { shape: [this.size], data: this.means.slice() },
        squares: { shape: [this.size], data: this.squares.slice() },
      },
      facts: { count: this.count },
    };
  }

  /** Continues where {@link save} was. Throws an InputError if what is given was saved from another size. */
  load(saved: Saved): void {
    const { means, squares } = saved.arrays;
    const { count } = saved.facts;
    demand(
      means?.data.length === this.size && squares?.data.length === this.size && typeof count === 'number',
      () => `RunningStatistics.load: must be given the saved statistics of ${this.size} quantities.`,
    );
    this.means.set(means.data);
    this.squares.set(squares.data);
    this.count = count;
  }
}
