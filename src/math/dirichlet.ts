/** Gamma and Dirichlet random numbers: Marsaglia and Tsang, A Simple Method for Generating Gamma Variables (2000). */
import type { Rng } from '../core/rng.ts';

/** A gamma variable of this shape and scale 1. @param shape above 0 */
export function sampleGamma(shape: number, rng: Rng): number {
  // section 6: a smaller shape from a greater one
  if (shape < 1) return sampleGamma(shape + 1, rng) * (1 - rng.uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = rng.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - rng.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Shares that sum to 1, from the symmetric Dirichlet distribution. [count] @param concentration alpha, above 0 */
export function sampleDirichlet(concentration: number, count: number, rng: Rng): Float64Array {
  for (;;) {
    const shares = Float64Array.from({ length: count }, () => sampleGamma(concentration, rng));
    const sum = shares.reduce((total, share) => total + share, 0);
    // with a tiny concentration all may be too small for a number
    if (sum > 0) return shares.map((share) => share / sum);
  }
}
