/**
 * Normal distributions, and the learned bounds that keep their variance sane where there are no data.
 *
 * Bounds: Chua et al., Deep Reinforcement Learning in a Handful of Trials using Probabilistic Dynamics Models (2018),
 * appendix A.1.
 */
import { numpy as np } from '@jax-js/jax';
import { full, type Tensor } from '../engine/tensor.ts';
import type { Traced, TracedTree } from '../engine/tree.ts';
import { softplus } from './activations.ts';
import type { Distribution } from './distribution.ts';

/** Noise: standard normal numbers of the shape of the variables. Samples carry gradients to mean and std. */
export interface Normal extends Distribution {
  std(): Traced;
  /** log std. */
  logStd(): Traced;
  mode(): Traced;
  /** In nats. */
  entropy(): Traced;
}

const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/** A normal distribution with a given standard deviation. All [...]. */
export function normal(mean: Traced, std: Traced): Normal {
  return normalOf(mean, {
    std: () => std,
    logStd: () => np.log(std),
    squaredDistance: (value) => np.square(value.sub(mean).div(std)),
  });
}

/** A normal distribution with a given log variance. All [...]. */
export function normalOfLogVariance(mean: Traced, logVariance: Traced): Normal {
  const logStd = () => logVariance.mul(0.5);
  return normalOf(mean, {
    std: () => np.exp(logStd()),
    logStd,
    squaredDistance: (value) => np.square(value.sub(mean)).mul(np.exp(logVariance.neg())),
  });
}

interface Spread {
  std(): Traced;
  logStd(): Traced;
  /** ((value - mean) / std)^2. */
  squaredDistance(value: Traced): Traced;
}

function normalOf(mean: Traced, { std, logStd, squaredDistance }: Spread): Normal {
  return {
    mean: () => mean,
    mode: () => mean,
    std,
    logStd,
    logProbability: (value) => squaredDistance(value).mul(-0.5).sub(logStd()).sub(HALF_LOG_TWO_PI),
    sample: (noise) => mean.add(std().mul(noise)),
    entropy: () => logStd().add(HALF_LOG_TWO_PI + 0.5),
  };
}

/** KL(p || q), one number a variable: log(s_q / s_p) + (s_p^2 + (m_p - m_q)^2) / (2 s_q^2) - 1/2. In nats. */
export function klNormal(p: Normal, q: Normal): Traced {
  const logRatio = p.logStd().sub(q.logStd());
  const distance = p.mean().sub(q.mean()).mul(np.exp(q.logStd().neg()));
  return np.exp(logRatio.mul(2)).add(np.square(distance)).sub(1).mul(0.5).sub(logRatio);
}

/** Learned bounds of the log variance, one pair an output. */
export interface VarianceBounds {
  lowest: Tensor; // [D]
  highest: Tensor; // [D]
}

/** Where the bounds start: log variances in [-10, 1/2], as in the published program of PETS. */
export function varianceBounds(D: number, lowest = -10, highest = 0.5): VarianceBounds {
  return { lowest: full([D], lowest), highest: full([D], highest) };
}

/**
 * Squeezes log variances smoothly between the bounds: first from above, then from below.
 * @param logVariance what the network says, any number [..., D]
 */
export function boundLogVariance(
  logVariance: Traced,
  { lowest, highest }: TracedTree<VarianceBounds>,
): Traced {
  const below = highest.sub(softplus(highest.sub(logVariance)));
  return lowest.add(softplus(below.sub(lowest)));
}

/** What the bounds cost, to be added to the loss with a small weight (PETS: 0.01), so that they close in. */
export function varianceBoundsCost({ lowest, highest }: TracedTree<VarianceBounds>): Traced {
  return np.sum(highest).sub(np.sum(lowest));
}

/** A normal distribution whose log variance is kept between learned bounds. All [..., D]. */
export function boundedNormal(mean: Traced, logVariance: Traced, bounds: TracedTree<VarianceBounds>): Normal {
  return normalOfLogVariance(mean, boundLogVariance(logVariance, bounds));
}
