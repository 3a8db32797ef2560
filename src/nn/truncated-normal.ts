/**
 * Normal numbers of which only those between two bounds are drawn.
 *
 * Draws invert the cumulative distribution: Giles, Approximating the erfinv function (2010), in single precision. Their gradients
 * come from what keeps a draw's cumulative probability as it is: Figurnov, Mohamed, Mnih, Implicit Reparameterization Gradients
 * (2018).
 *
 * m and s: mean and standard deviation of the whole normal distribution. a = (low - m) / s, b = (high - m) / s. phi and Phi: the
 * standard normal density and its integral.
 */
import { lax, numpy as np } from '@jax-js/jax';
import type { Traced } from '../engine/tree.ts';
import type { Distribution } from './distribution.ts';
import { normal } from './normal.ts';

/** Noise: standard normal numbers of the shape of the variables. Samples carry gradients to mean and std. */
export interface TruncatedNormal extends Distribution {
  mode(): Traced;
  /** In nats. */
  entropy(): Traced;
}

const stop = lax.stopGradient;

/**
 * @param mean of the whole, within the bounds or not far beyond: where less than about 1e-4 of the whole is between them,
 *   single precision does not suffice. [...]
 * @param std of the whole [...]
 */
export function truncatedNormalDistribution(
  mean: Traced,
  std: Traced,
  low: number,
  high: number,
): TruncatedNormal {
  const whole = normal(mean, std);
  const a = np.subtract(low, mean).div(std);
  const b = np.subtract(high, mean).div(std);
  const below = cumulative(a);
  const inside = cumulative(b).sub(below);
  return {
    mode: () => np.clip(mean, low, high),
    mean: () => mean.add(std.mul(density(a).sub(density(b)).div(inside))),
    logProbability: (value) => whole.logProbability(value).sub(np.log(inside)),
    entropy: () => {
      const edges = a.mul(density(a)).sub(b.mul(density(b)));
      return whole
        .entropy()
        .add(np.log(inside))
        .add(edges.div(inside.mul(2)));
    },
    sample(noise) {
      const share = cumulative(noise);
      const z = stop(np.clip(quantile(below.add(share.mul(inside))), a, b));
      // of Phi(z) = (1 - share) Phi(a) + share Phi(b): dz = (1 - share) phi(a) / phi(z) da + share phi(b) / phi(z) db
      const ratio = (bound: Traced) => np.exp(np.square(z).sub(np.square(bound)).mul(0.5));
      const moved = (bound: Traced, weight: Traced) => bound.sub(stop(bound)).mul(stop(weight));
      const shift = moved(a, np.subtract(1, share).mul(ratio(a))).add(moved(b, share.mul(ratio(b))));
      return mean.add(std.mul(z.add(shift)));
    },
  };
}

/** phi. */
const density = (z: Traced) => np.exp(np.square(z).mul(-0.5)).mul(1 / Math.sqrt(2 * Math.PI));

/** Phi. */
const cumulative = (z: Traced) => lax.erf(z.mul(Math.SQRT1_2)).add(1).mul(0.5);

/** Coefficients of Giles (2010), in single precision, highest power first: of the middle, and of the tails. */
const MIDDLE = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164,
  0.246640727, 1.50140941,
];
const TAILS = [
  -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047,
  1.00167406, 2.83297682,
];
/** Nearer to 1 than this, single precision does not tell. */
const NEAREST = 1 - 2 ** -23;

/** The inverse of Phi, within ±5.2. */
function quantile(p: Traced): Traced {
  const x = np.clip(p.mul(2).sub(1), -NEAREST, NEAREST);
  const w = np.log(np.subtract(1, x).mul(x.add(1))).neg();
  const polynomial = (coefficients: readonly number[], at: Traced) =>
    coefficients.slice(1).reduce((sum, c) => sum.mul(at).add(c), np.full(at.shape, coefficients[0]));
  const middle = polynomial(MIDDLE, w.sub(2.5));
  const tails = polynomial(TAILS, np.sqrt(np.maximum(w, 5)).sub(3));
  return np.where(np.less(w, 5), middle, tails).mul(x).mul(Math.SQRT2);
}
