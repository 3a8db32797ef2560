/**
 * Mixtures of normal distributions, as mixture density networks predict them.
 *
 * Bishop, Mixture Density Networks (1994); Ha and Schmidhuber, World Models (2018), for one mixture a variable.
 */
import { lax, nn, numpy as np } from '@jax-js/jax';
import type { Traced } from '../engine/tree.ts';
import { oneHotByInverse } from './categorical.ts';
import type { Distribution } from './distribution.ts';
import { normal } from './normal.ts';

/** Each of K components, on the last axis. */
export interface MixtureParts {
  readonly logits: Traced; // [..., K]
  readonly mean: Traced; // [..., K]
  readonly std: Traced; // [..., K]
}

/** Both shaped like the variables, [...]. */
export interface MixtureNoise {
  /** In [0, 1): chooses the component. */
  readonly uniform: Traced;
  /** Standard normal. */
  readonly normal: Traced;
}

/** Samples carry gradients to the chosen component's mean and std, none to the choice. */
export type Mixture = Distribution<MixtureNoise>;

/** One variable from K normal distributions. */
export function mixtureOfNormals({ logits, mean, std }: MixtureParts): Mixture {
  const weights = nn.softmax(logits, -1);
  return {
    logProbability: (value) => {
      const each = normal(mean, std).logProbability(np.expandDims(value, -1));
      return nn.logsumexp(nn.logSoftmax(logits, -1).add(each), -1);
    },
    sample: (noise) => {
      const chosen = oneHotByInverse(lax.stopGradient(weights), noise.uniform);
      const at = (parts: Traced) => np.sum(chosen.mul(parts), -1);
      return at(mean).add(at(std).mul(noise.normal));
    },
    mean: () => np.sum(weights.mul(mean), -1),
  };
}
