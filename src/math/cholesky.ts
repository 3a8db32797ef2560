/**
 * Cholesky's factorisation of small symmetric matrices, dense, row-major, in float64: A = L L' with L lower triangular
 * (Golub and Van Loan, Matrix Computations, section 4.2). Only the lower triangle of A is read.
 */

/**
 * Writes L over the lower triangle of `out`, which may be `a` itself; above it nothing is touched.
 * @param size numbers in a row, n
 * @returns whether A is positive definite; if not, `out` is of no use
 */
export function cholesky(a: Float64Array, out: Float64Array, size: number): boolean {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * size + j];
      for (let k = 0; k < j; k++) sum -= out[i * size + k] * out[j * size + k];
      if (i !== j) out[i * size + j] = sum / out[j * size + j];
      else if (sum > 0 && sum < Infinity) out[i * size + i] = Math.sqrt(sum);
      else return false;
    }
  }
  return true;
}

/** Solves L L' x = b in place: `x` holds b, at `x[from + i * stride]` for i below n. */
export function choleskySolve(
  factor: Float64Array, // L [n, n]
  x: Float64Array,
  size: number,
  from = 0,
  stride = 1,
): void {
  for (let i = 0; i < size; i++) {
    let sum = x[from + i * stride];
    for (let k = 0; k < i; k++) sum -= factor[i * size + k] * x[from + k * stride];
    x[from + i * stride] = sum / factor[i * size + i];
  }
  for (let i = size - 1; i >= 0; i--) {
    let sum = x[from + i * stride];
    for (let k = i + 1; k < size; k++) sum -= factor[k * size + i] * x[from + k * stride];
    x[from + i * stride] = sum / factor[i * size + i];
  }
}
