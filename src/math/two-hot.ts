/**
 * Two-hot codes: a number as weights on the two bins beside it.
 *
 * Bellemare, Dabney and Munos (2017), A Distributional Perspective on Reinforcement Learning, eq. 7 (projection);
 * Hafner et al. (2023), Mastering Diverse Domains through World Models, "Robust predictions" (bins spaced by symexp).
 *
 * N bins, in increasing order.
 */
import { demand, demandFinite } from '../core/errors.ts';
import { symexp } from './symlog.ts';

/**
 * Bins at symexp of equal steps: fine around zero, coarse far out. [N]
 * @param count N, at least 2; odd, to have a bin at zero. Default 255.
 * @param reach the outermost bins lie at ± symexp(reach). Default 20.
 */
export function symexpBins(count = 255, reach = 20): Float64Array {
  return evenBins(count, -reach, reach).map(symexp);
}

/** N bins at equal steps from `low` to `high`. [N] */
export function evenBins(count: number, low: number, high: number): Float64Array {
  demand(
    Number.isInteger(count) && count >= 2,
    () => `evenBins: there must be at least two bins, got ${count}.`,
  );
  demand(low < high, () => `evenBins: low must be below high, got ${low} and ${high}.`);
  // counted from both ends, so that bins around zero are exactly symmetric
  return Float64Array.from({ length: count }, (_, i) => (low * (count - 1 - i) + high * i) / (count - 1));
}

/**
 * Writes the weights of `value` at `out[offset ...]` and returns `out`: all zero but for the two bins beside it, whose
 * weighted mean is the value. A value beyond the outermost bin is coded as that bin. Throws a NumericalError for NaN.
 * @param out default: a new array. [N]
 */
export function twoHot(
  value: number,
  bins: ArrayLike<number>,
  out: Float32Array = new Float32Array(bins.length),
  offset = 0,
): Float32Array {
  if (Number.isNaN(value)) demandFinite([value], 'twoHot');
  const last = bins.length - 1;
  out.fill(0, offset, offset + bins.length);
  if (value <= bins[0]) out[offset] = 1;
  else if (value >= bins[last]) out[offset + last] = 1;
  else {
    let below = 0;
    let above = last;
    while (above - below > 1) {
      const middle = (below + above) >> 1;
      if (bins[middle] <= value) below = middle;
      else above = middle;
    }
    const share = (value - bins[below]) / (bins[above] - bins[below]);
    out[offset + below] = 1 - share;
    out[offset + above] = share;
  }
  return out;
}

/**
 * The mean of the bins under `weights[offset ...]`, which sum to 1.
 * Summed from the outermost pair inwards, so that even weights on symmetric bins give exactly 0.
 */
export function fromTwoHot(weights: ArrayLike<number>, bins: ArrayLike<number>, offset = 0): number {
  const N = bins.length;
  let sum = 0;
  for (let i = 0; i < N >> 1; i++) {
    sum += weights[offset + i] * bins[i] + weights[offset + N - 1 - i] * bins[N - 1 - i];
  }
  return N % 2 === 1 ? sum + weights[offset + (N >> 1)] * bins[N >> 1] : sum;
}
