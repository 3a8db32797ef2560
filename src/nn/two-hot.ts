/**
 * Two-hot regression: a number as a choice between bins, so that loss and gradient do not grow with its size.
 *
 * Bellemare et al., A Distributional Perspective on Reinforcement Learning (2017); Schrittwieser et al., Mastering
 * Atari, Go, chess and shogi by planning with a learned model (2020), appendix F, for squashed values; Hafner et al.,
 * Mastering Diverse Domains through World Models (2023), "Robust predictions", for symlog and two-hot.
 *
 * C is the number of bins.
 */
import { lax, nn, numpy as np } from '@jax-js/jax';
import { demand } from '../core/errors.ts';
import type { Traced } from '../engine/tree.ts';
import { oneHot } from './categorical.ts';

/** A pair of inverse functions: values are squashed, then put into bins. */
export interface Squash {
  squash(x: Traced): Traced;
  unsquash(y: Traced): Traced;
}

/** sign(x) log(1 + |x|). */
function symlog(x: Traced): Traced {
  return signOf(x).mul(np.log(np.absolute(x).add(1)));
}

/** sign(x) (e^|x| - 1). */
function symexp(x: Traced): Traced {
  return signOf(x).mul(np.exp(np.absolute(x)).sub(1));
}

/** Values are binned on the scale of sign(x) log(1 + |x|). */
export const symlogSquash: Squash = { squash: symlog, unsquash: symexp };

const unsquashed: Squash = { squash: (x) => x, unsquash: (y) => y };

/** A number expressed by a choice between bins. It has no samples of its own: its mean is what is meant. */
export interface TwoHot {
  /** The negative cross-entropy between the two-hot value and the bins. Values beyond the bins count as the last. */
  logProbability(value: Traced): Traced;
  mean(): Traced;
  /** The bin of the highest logit, the first of equals. */
  mode(): Traced;
  /** [..., C] */
  readonly probabilities: Traced;
}

/**
 * @param logits [..., C]
 * @param bins increasing, on the squashed scale where there is one; as made by `evenBins` or `symexpBins`. [C]
 */
export function twoHotDistribution(
  logits: Traced,
  bins: ArrayLike<number>,
  { squash, unsquash }: Squash = unsquashed,
): TwoHot {
  const C = bins.length;
  demand(
    logits.shape[logits.ndim - 1] === C,
    () => `twoHotDistribution: the logits' last axis must have ${C} bins, got shape [${logits.shape}].`,
  );
  const probabilities = nn.softmax(logits, -1);
  return {
    probabilities,
    logProbability: (value) => np.sum(twoHotWeights(squash(value), bins).mul(nn.logSoftmax(logits, -1)), -1),
    mean: () => unsquash(expectation(probabilities, bins)),
    mode: () => unsquash(np.dot(oneHot(np.argmax(logits, -1), C), constant(bins))),
  };
}

/**
 * Weights of the two bins beside each value, by nearness; they add up to 1. No gradient.
 * @param value on the scale of the bins, [...]
 * @returns [..., C]
 */
export function twoHotWeights(value: Traced, bins: ArrayLike<number>): Traced {
  const at = Float32Array.from(bins); // the scale must be the one the program computes in
  const last = at.length - 1;
  // Each bin is a tent: 1 at the bin, 0 at its neighbours. The outermost lack one: any line that passes 1 at the bin
  // and rises inwards will do for it.
  const before = at.map((bin, i) => (i > 0 ? at[i - 1] : bin - Math.abs(bin) - 1));
  const after = at.map((bin, i) => (i < last ? at[i + 1] : bin + Math.abs(bin) + 1));
  const rise = at.map((bin, i) => 1 / (bin - before[i]));
  const fall = at.map((bin, i) => 1 / (after[i] - bin));
  const within = np.expandDims(np.clip(lax.stopGradient(value), at[0], at[last]), -1);
  const rising = within.sub(constant(before)).mul(constant(rise));
  const falling = constant(after).sub(within).mul(constant(fall));
  return np.maximum(np.minimum(rising, falling), 0);
}

/**
 * The sum of probability times bin. Where bins mirror each other around 0, as DreamerV3's do, and so add up to 0, what all
 * probabilities have in common is taken off first: then equal logits give exactly 0 however large the outer bins are.
 */
function expectation(probabilities: Traced, bins: ArrayLike<number>): Traced {
  const C = bins.length;
  const mirrored = Array.from(bins).every((bin, i) => bin === -bins[C - 1 - i]);
  const least = (): Traced => lax.stopGradient(np.min(probabilities, -1, { keepdims: true }));
  return np.dot(mirrored ? probabilities.sub(least()) : probabilities, constant(bins));
}

function signOf(x: Traced): Traced {
  return np.where(np.less(x, 0), -1, 1);
}

function constant(values: ArrayLike<number>): Traced {
  return np.array(Float32Array.from(values));
}
