/**
 * Normal numbers pressed through tanh: actions within (-1, 1) whose density is known and whose samples carry gradients.
 *
 * Haarnoja et al., Soft Actor-Critic Algorithms and Applications (2018), appendix C.
 *
 * Differs from the paper: log(1 - tanh² u) is computed as 2 (log 2 - u - softplus(-2u)), which does not cancel.
 */
import { numpy as np } from '@jax-js/jax';
import type { Traced } from '../engine/tree.ts';
import { softplus, tanh } from './activations.ts';

export interface SquashedNormal {
  /** tanh of the mean: the median, and what to do when doing one's best. */
  median(): Traced;
  /** One draw of standard normal noise, and log of its density, one number a variable. All [...]. */
  sample(noise: Traced): { value: Traced; logProbability: Traced };
}

const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/** tanh(mean + exp(logStd) noise). All [...]. */
export function squashedNormal(mean: Traced, logStd: Traced): SquashedNormal {
  return {
    median: () => tanh(mean),
    sample: (noise) => {
      const u = mean.add(np.exp(logStd).mul(noise));
      // log N(u): (u - mean) / std is the noise itself, through which no gradient flows
      const ofU = np.square(noise).mul(-0.5).sub(logStd).sub(HALF_LOG_TWO_PI);
      // log |d tanh(u) / du| = log(1 - tanh² u)
      const stretch = u
        .add(softplus(u.mul(-2)))
        .sub(Math.log(2))
        .mul(-2);
      return { value: tanh(u), logProbability: ofU.sub(stretch) };
    },
  };
}
