/**
 * A logarithm for numbers of either sign: near the identity around zero, and never large.
 * Hafner et al. (2023), Mastering Diverse Domains through World Models, "Robust predictions".
 */

/** sign(x) · ln(1 + |x|). */
export function symlog(x: number): number {
  return Math.sign(x) * Math.log1p(Math.abs(x));
}

/** sign(x) · (exp |x| - 1): undoes {@link symlog}. */
export function symexp(x: number): number {
  return Math.sign(x) * Math.expm1(Math.abs(x));
}
