/** A tightrope: a line from whose middle everything drifts away, with rewards while one stays on and an end beyond. */
import { numpy as np } from '@jax-js/jax';
import type { Environment, Rng } from '../../src/core/index.ts';
import { type Box, box, type Discrete, discrete } from '../../src/core/index.ts';
import { feature, type TracedDiscount, type TracedReward } from '../../src/engine/rules.ts';

const STEPS = 20;

const swayed = (x: number, push: number, rng: Rng) => {
  const next = 1.2 * x + 0.3 * push + 0.02 * rng.normal();
  return {
    state: next,
    reward: Math.max(0, 1 - next * next),
    discount: Math.abs(next) > 1 ? 0 : 1,
  };
};

const start = (rng: Rng) => rng.uniform() - 0.5;

/**
 * x' = 1.2 x + 0.3 a + 0.02 noise from x in ±0.5, a in ±1; reward max(0, 1 - x'²), the end beyond ±1, cut off after 20.
 * Where one stands is worth the more the nearer to 0, so that the best is always to go as near as can be: a = -4 x.
 */
export function tightrope(): Environment<number, Box> {
  return {
    name: 'tightrope',
    observation: box(-Infinity, Infinity, [1]),
    action: box(-1, 1, [1]),
    maxSteps: STEPS,
    reset: start,
    step: (x, [push], rng) => swayed(x, push, rng),
    observe: (x) => Float32Array.of(x),
  };
}

/** The same with three pushes: left, none, right. */
export function tightropeInSteps(): Environment<number, Discrete> {
  return {
    name: 'tightrope-in-steps',
    observation: box(-Infinity, Infinity, [1]),
    action: discrete(3),
    maxSteps: STEPS,
    reset: start,
    step: (x, push, rng) => swayed(x, push - 1, rng),
    observe: (x) => Float32Array.of(x),
  };
}

/** The reward, for models that are given it. */
export const tightropeReward: TracedReward = (_observation, _action, next) =>
  np.maximum(np.square(feature(next, 0)).neg().add(1), 0);

/** 0 beyond ±1, for models that are given it. */
export const tightropeDiscount: TracedDiscount = (next) =>
  np.where(np.lessEqual(np.abs(feature(next, 0)), 1), 1, 0);
