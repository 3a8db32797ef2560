/**
 * Smoothing by local parabolas: Savitzky and Golay, Smoothing and Differentiation of Data by Simplified Least Squares
 * Procedures (1964). Near the ends the window is cut off, and the parabola is fitted to what is left.
 */

/**
 * The matrix that smooths H numbers: each becomes the value, at its place, of the parabola fitted to itself and up to
 * `reach` neighbours on either side. A parabola stays as it is. [H, H]
 */
export function parabolic(horizon: number, reach: number): Float64Array {
  const H = horizon;
  const matrix = new Float64Array(H * H); // [H, H]
  for (let h = 0; h < H; h++) {
    const from = Math.max(0, h - reach);
    const places = Array.from({ length: Math.min(H, h + reach + 1) - from }, (_, i) => from + i - h);
    // the projection onto polynomials is a sum over an orthonormal basis of them, evaluated here and there
    for (const basis of orthonormal(places)) {
      const here = basis[places.indexOf(0)];
      basis.forEach((there, i) => {
        matrix[h * H + from + i] += here * there;
      });
    }
  }
  return matrix;
}

/** Polynomials of degree 0, 1, 2 at some places, made orthonormal (Gram and Schmidt); fewer for fewer places. */
function orthonormal(places: readonly number[]): number[][] {
  const basis: number[][] = [];
  for (let degree = 0; degree <= Math.min(2, places.length - 1); degree++) {
    let column = places.map((place) => place ** degree);
    for (const other of basis) {
      const along = column.reduce((sum, x, i) => sum + x * other[i], 0);
      column = column.map((x, i) => x - along * other[i]);
    }
    const norm = Math.hypot(...column);
    basis.push(column.map((x) => x / norm));
  }
  return basis;
}
