/**
 * Categorical and Bernoulli distributions.
 *
 * Straight-through samples: Bengio et al., Estimating or Propagating Gradients Through Stochastic Neurons (2013).
 * The mixture with the uniform ("unimix"): Hafner et al., Mastering Diverse Domains through World Models (2023).
 */
import { lax, nn, numpy as np } from '@jax-js/jax';
import { demand } from '../core/errors.ts';
import type { Traced } from '../engine/tree.ts';
import { sigmoid, softplus } from './activations.ts';
import type { Distribution } from './distribution.ts';

/**
 * Values are one-hot [..., C], or any weights over the classes: log p of weights w is the sum of w log p, which makes
 * it a negative cross-entropy. Noise: one number in [0, 1) a variable, [...]. Samples are one-hot and carry no gradient.
 */
export interface Categorical extends Distribution {
  /** [..., C] */
  readonly probabilities: Traced;
  /** [..., C] */
  readonly logProbabilities: Traced;
  /** A one-hot draw whose gradient is that of the probabilities. [..., C] */
  straightThrough(noise: Traced): Traced;
  /** The likeliest class, the first of equals, one-hot. [..., C] */
  mode(): Traced;
  /** In nats. [...] */
  entropy(): Traced;
}

export interface CategoricalOptions {
  /** Share of the uniform distribution mixed in, so that no class is ever ruled out. Default 0. */
  readonly unimix?: number;
}

/**
 * A choice of one in C classes.
 * @param logits [..., C], finite; see {@link maskLogits} for classes that are not allowed
 */
export function categorical(logits: Traced, { unimix = 0 }: CategoricalOptions = {}): Categorical {
  const C = logits.shape[logits.ndim - 1];
  const probabilities = mixedSoftmax(logits, unimix);
  const logProbabilities = unimix === 0 ? nn.logSoftmax(logits, -1) : np.log(probabilities);
  const sample = (noise: Traced) => oneHotByInverse(lax.stopGradient(probabilities), noise);
  return {
    probabilities,
    logProbabilities,
    logProbability: (value) => np.sum(value.mul(logProbabilities), -1),
    sample,
    straightThrough: (noise) => sample(noise).add(probabilities.sub(lax.stopGradient(probabilities))),
    mean: () => probabilities,
    mode: () => oneHot(np.argmax(logits, -1), C),
    entropy: () => np.sum(probabilities.mul(logProbabilities), -1).neg(),
  };
}

/**
 * The softmax p over the last axis, a share of the uniform distribution mixed in. Its first and second derivative are written in terms of
 * p as a Taylor series around x itself, as activations write theirs: dp = p (dx - p.dx).
 */
function mixedSoftmax(x: Traced, unimix: number): Traced {
  const at = lax.stopGradient(x);
  const softmax = nn.softmax(at, -1);
  const own = unimix === 0 ? softmax : softmax.mul(1 - unimix);
  const value = unimix === 0 ? softmax : own.add(unimix / x.shape[x.ndim - 1]);
  const centred = (y: Traced): Traced => y.sub(np.sum(softmax.mul(y), -1, { keepdims: true }));
  const first = centred(x.sub(at));
  const second = centred(np.square(first));
  return value.add(own.mul(first.add(second.mul(0.5))));
}

/** KL(p || q) of categoricals, one number a variable [...]. In nats. */
export function klCategorical(p: Categorical, q: Categorical): Traced {
  return np.sum(p.probabilities.mul(p.logProbabilities.sub(q.logProbabilities)), -1);
}

/**
 * Logits with the classes that are not allowed put out of reach: their probability is exactly 0, yet everything stays
 * finite, entropy and gradients included.
 * @param allowed 1 or true = allowed, shaped like the logits
 */
export function maskLogits(logits: Traced, allowed: Traced): Traced {
  return np.where(np.notEqual(allowed, 0), logits, -1e9);
}

/** Noise: one number in [0, 1) a variable. Samples are 0 or 1 and carry no gradient. */
export interface Bernoulli extends Distribution {
  mode(): Traced;
  /** In nats. */
  entropy(): Traced;
}

/**
 * Yes or no. Values between 0 and 1 are taken as a wish for that probability: log p is the negative cross-entropy.
 * @param logits log(p / (1 - p)), [...]
 */
export function bernoulli(logits: Traced): Bernoulli {
  const probability = () => sigmoid(logits);
  return {
    logProbability: (value) => value.mul(logits).sub(softplus(logits)),
    sample: (noise) => np.less(noise, lax.stopGradient(probability())).astype(np.float32),
    mean: probability,
    mode: () => np.greater(logits, 0).astype(np.float32),
    entropy: () => softplus(logits).sub(logits.mul(probability())),
  };
}

/**
 * The class where the cumulative probability first exceeds the noise, one-hot. Exactly one class is chosen whatever the
 * rounding, and never one of probability 0: the noise is scaled by the sum that rounding left.
 * @param probabilities [..., C]
 * @param noise in [0, 1), [...]
 */
export function oneHotByInverse(probabilities: Traced, noise: Traced): Traced {
  const C = probabilities.shape[probabilities.ndim - 1];
  demand(
    noise.ndim === probabilities.ndim - 1,
    () =>
      `categorical: noise must have one number a variable, got shapes [${noise.shape}] for [${probabilities.shape}].`,
  );
  // sums over classes as products with ones, so that every class has its own
  const rows = probabilities.reshape([-1, C]);
  const ones = np.ones([C, C]);
  const total = np.dot(rows, ones);
  const passed = np.lessEqual(np.dot(rows, np.triu(ones)), noise.reshape([-1, 1]).mul(total));
  const index = np.dot(passed.astype(np.float32), ones).reshape(probabilities.shape);
  return np.equal(index, np.arange(0, C, 1, { dtype: np.float32 })).astype(np.float32);
}

/**
 * 1 at the index, 0 elsewhere; all 0 for an index outside 0 .. C-1. float32 [..., C]
 * @param index whole numbers of any dtype, [...]
 */
export function oneHot(index: Traced, C: number): Traced {
  return np.equal(np.arange(0, C, 1, { dtype: index.dtype }), np.expandDims(index, -1)).astype(np.float32);
}
