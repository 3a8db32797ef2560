/**
 * Coloured noise: random sequences whose power falls with frequency as 1 / f^beta, each number standard normal.
 *
 * Timmer and König, On generating power law noise (1995); its use in planning: Pinneri et al., Sample-efficient
 * Cross-Entropy Method for Real-time Planning (2020), section 3.1.
 *
 * A sequence is a sum of cosines and sines with normal coefficients, written as a matrix applied to H standard
 * normals. At every step the squares of a row's entries sum to 1, so the variance is 1 exactly, for every H and beta.
 */
import type { Rng } from '../../core/rng.ts';

/**
 * The matrix that colours H white numbers. [H, H], row h gives the noise at step h.
 *
 * The constant has the frequency of the slowest wave, 1 / H. The constant and, where H is even, the fastest wave
 * come without a sine and count half, so that beta = 0 is white noise.
 * @param exponent beta: 0 white, 1 pink, 2 red
 */
export function colouring(horizon: number, exponent: number): Float64Array {
  const H = horizon;
  const waves: { frequency: number; power: number; sine: boolean }[] = [
    { frequency: 0, power: 0.5, sine: false },
  ];
  for (let f = 1; f <= H / 2; f++) {
    const fastest = 2 * f === H;
    const power = f ** -exponent * (fastest ? 0.5 : 1);
    waves.push({ frequency: f, power, sine: false });
    if (!fastest) waves.push({ frequency: f, power, sine: true });
  }
  // A cosine and its sine share one power: cos^2 + sin^2 = 1.
  const total = waves.reduce((sum, { power, sine }) => sum + (sine ? 0 : power), 0);
  const matrix = new Float64Array(H * H); // [H, H]
  for (let h = 0; h < H; h++) {
    waves.forEach(({ frequency, power, sine }, j) => {
      const angle = (2 * Math.PI * frequency * h) / H;
      matrix[h * H + j] = Math.sqrt(power / total) * (sine ? Math.sin(angle) : Math.cos(angle));
    });
  }
  return matrix;
}

/**
 * The matrix that makes a smooth sequence of M white numbers. [H, M], row h gives the noise at step h.
 *
 * M control points lie evenly from the first step to the last, each the top of a bell as wide as their distance: what
 * Miura, Akai, Honda, Hara, Spline-Interpolated Model Predictive Path Integral Control with Stein Variational Inference
 * for Reactive Navigation (2024), do with splines, but scaled so that the variance is 1 between control points too.
 */
export function interpolating(horizon: number, points: number): Float64Array {
  const [H, M] = [horizon, points];
  const distance = M > 1 ? (H - 1) / (M - 1) : H;
  const matrix = new Float64Array(H * M); // [H, M]
  for (let h = 0; h < H; h++) {
    const row = matrix.subarray(h * M, (h + 1) * M);
    for (let m = 0; m < M; m++) row[m] = Math.exp(-0.5 * ((h - m * distance) / distance) ** 2);
    const norm = Math.hypot(...row);
    for (let m = 0; m < M; m++) row[m] /= norm;
  }
  return matrix;
}

/**
 * Fills `out` with one coloured sequence.
 * @param matrix from {@link colouring} or {@link interpolating} [H, M]
 * @param white room for M numbers
 */
export function fillColoured(
  matrix: Float64Array,
  out: Float64Array, // [H]
  white: Float64Array, // [M]
  rng: Rng,
): void {
  const [H, M] = [out.length, white.length];
  rng.fillNormal(white);
  for (let h = 0; h < H; h++) {
    let sum = 0;
    for (let j = 0; j < M; j++) sum += matrix[h * M + j] * white[j];
    out[h] = sum;
  }
}
