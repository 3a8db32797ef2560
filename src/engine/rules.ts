/**
 * Rules of a world as traced functions: what a learned model needs when it is given a reward or an ending, not taught,
 * and what a planner needs that asks for derivatives of the true dynamics.
 */
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

/** What B steps lead to, in the world's coordinates. */
export interface TracedStep {
  readonly next: Traced; // [B, n]
  readonly reward: Traced; // [B]
  /** Absent where the world never ends. */
  readonly discount?: Traced; // [B]
}

/**
 * The steps of a world in its `coordinates`: state [B, n], action features [B, m] -> {@link TracedStep}.
 *
 * Actions lie in the action space, so they are not clamped: the derivative at a bound is the one from inside.
 */
export type TracedDynamics = (state: Traced, action: Traced) => TracedStep;

/** The numbers at one place of the last axis: [..., D] -> [...]. */
export function feature(x: Traced, index: number): Traced {
  const all = Array.from({ length: x.ndim - 1 }, (): [] => []);
  return x.slice(...all, index);
}

/** Numbers next to one another on a new last axis, the opposite of {@link feature}: n of [B] -> [B, n]. */
export function features(...columns: Traced[]): Traced {
  return np.stack(columns, -1);
}

/** The discount of a world without an ending: 1. */
export const neverEnds: TracedDiscount = (next) => np.onesLike(feature(next, 0));
