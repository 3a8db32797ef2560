/** Rules of a world as traced functions: what a learned model needs when it is given a reward or an ending, not taught. */
import { numpy as np } from '@jax-js/jax';
import type { Traced } from './tree.ts';

/**
 * The reward of a step. Shapes: observation [..., D], action [..., F] as features (one-hot where discrete),
 * next observation [..., D] -> rewards [...].
 */
export type TracedReward = (observation: Traced, action: Traced, next: Traced) => Traced;

/** How far a step broke what must be kept, 0 where it kept it; shapes as of {@link TracedReward}. */
export type TracedCost = (observation: Traced, action: Traced, next: Traced) => Traced;

/** What multiplies the value of the observation stepped into: [..., D] -> [...], 1 to go on, 0 at the end. */
export type TracedDiscount = (next: Traced) => Traced;

/** The numbers at one place of the last axis: [..., D] -> [...]. */
export function feature(x: Traced, index: number): Traced {
  const all = Array.from({ length: x.ndim - 1 }, (): [] => []);
  return x.slice(...all, index);
}

/** The discount of a world without an ending: 1. */
export const neverEnds: TracedDiscount = (next) => np.onesLike(feature(next, 0));
