/**
 * Rewards between 0 and 1 that fall off smoothly outside an interval, and the same as traced code.
 *
 * Tassa et al. (2018), DeepMind Control Suite, section 4.2 (the function `tolerance`); its kinds of fall are curves g(d) of
 * the distance d in margins, with g(0) = 1 and g(1) = the value at the margin.
 */
import { numpy as np } from '@jax-js/jax';
import { demand } from '../../core/errors.ts';
import type { Traced } from '../../engine/tree.ts';

/** How the reward falls with distance: `linear`, `quadratic` and `cosine` reach 0, the others never do. */
export type Fall =
  | 'gaussian'
  | 'hyperbolic'
  | 'long-tail'
  | 'reciprocal'
  | 'tanh-squared'
  | 'linear'
  | 'quadratic'
  | 'cosine';

export interface ToleranceOptions {
  /** Where the reward is 1, both included; may be infinite. Default: 0 alone. */
  readonly bounds?: readonly [low: number, high: number];
  /** The distance from the bounds at which the reward is `valueAtMargin`; 0: there is no reward outside. Default 0. */
  readonly margin?: number;
  /** Default gaussian. */
  readonly fall?: Fall;
  /** Default 0.1. */
  readonly valueAtMargin?: number;
}

export const toleranceDefaults = {
  bounds: [0, 0],
  margin: 0,
  fall: 'gaussian',
  valueAtMargin: 0.1,
} as const satisfies Required<ToleranceOptions>;

/** The number that stretches a curve so that it goes through the value at the margin. */
const STRETCH: Readonly<Record<Fall, (value: number) => number>> = {
  gaussian: (value) => Math.sqrt(-2 * Math.log(value)),
  hyperbolic: (value) => Math.acosh(1 / value),
  'long-tail': (value) => Math.sqrt(1 / value - 1),
  reciprocal: (value) => 1 / value - 1,
  'tanh-squared': (value) => Math.atanh(Math.sqrt(1 - value)),
  linear: (value) => 1 - value,
  quadratic: (value) => Math.sqrt(1 - value),
  cosine: (value) => Math.acos(2 * value - 1) / Math.PI,
};

/** The curves, of the stretched distance. */
const CURVE: Readonly<Record<Fall, (s: number) => number>> = {
  gaussian: (s) => Math.exp(-0.5 * s * s),
  hyperbolic: (s) => 1 / Math.cosh(s),
  'long-tail': (s) => 1 / (s * s + 1),
  reciprocal: (s) => 1 / (s + 1),
  'tanh-squared': (s) => 1 - Math.tanh(s) ** 2,
  linear: (s) => Math.max(0, 1 - s),
  quadratic: (s) => Math.max(0, 1 - s * s),
  cosine: (s) => (s < 1 ? (1 + Math.cos(Math.PI * s)) / 2 : 0),
};

const TRACED_CURVE: Readonly<Record<Fall, (s: Traced) => Traced>> = {
  gaussian: (s) => np.exp(s.mul(s).mul(-0.5)),
  hyperbolic: (s) => np.divide(2, np.exp(s).add(np.exp(s.neg()))),
  'long-tail': (s) => np.divide(1, s.mul(s).add(1)),
  reciprocal: (s) => np.divide(1, s.add(1)),
  'tanh-squared': (s) => np.tanh(s).mul(np.tanh(s)).neg().add(1),
  linear: (s) => np.maximum(s.neg().add(1), 0),
  quadratic: (s) => np.maximum(s.mul(s).neg().add(1), 0),
  cosine: (s) => np.cos(np.minimum(s, 1).mul(Math.PI)).add(1).mul(0.5),
};

/** A reward function: 1 inside the bounds, less outside. The options are looked at once, here. */
export function tolerance(options: ToleranceOptions = {}): (x: number) => number {
  const { bounds, margin, fall, stretch } = settled(options);
  const [low, high] = bounds;
  const curve = CURVE[fall];
  return (x) => {
    if (x >= low && x <= high) return 1;
    if (margin === 0) return Number.isNaN(x) ? x : 0;
    return curve((stretch * (x < low ? low - x : x - high)) / margin);
  };
}

/** {@link tolerance} as traced code: [...] -> [...]. */
export function tracedTolerance(options: ToleranceOptions = {}): (x: Traced) => Traced {
  const { bounds, margin, fall, stretch } = settled(options);
  const [low, high] = bounds;
  return (x) => {
    const [below, above] = [Number.isFinite(low), Number.isFinite(high)];
    const zero = np.zerosLike(x);
    const under = below ? np.maximum(x.neg().add(low), 0) : zero;
    const over = above ? np.maximum(x.sub(high), 0) : zero;
    const distance = under.add(over);
    if (margin === 0) return np.where(np.greater(distance, 0), zero, np.onesLike(x));
    return TRACED_CURVE[fall](distance.mul(stretch / margin));
  };
}

function settled(options: ToleranceOptions) {
  const { bounds, margin, fall, valueAtMargin } = { ...toleranceDefaults, ...options };
  const [low, high] = bounds;
  demand(low <= high, () => `tolerance: the lower bound must not be above the upper, got [${bounds}].`);
  demand(margin >= 0, () => `tolerance: margin must not be negative, got ${margin}.`);
  const reaches = fall === 'linear' || fall === 'quadratic' || fall === 'cosine';
  demand(
    (reaches ? valueAtMargin >= 0 : valueAtMargin > 0) && valueAtMargin < 1,
    () =>
      `tolerance: valueAtMargin must be ${reaches ? 'at least' : 'above'} 0 and below 1 for the fall ${fall}, got ${valueAtMargin}.`,
  );
  return { bounds, margin, fall, stretch: STRETCH[fall](valueAtMargin) };
}
