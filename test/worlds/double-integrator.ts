/** A cart on ice: the smallest world with inertia, whose best return is known from Riccati's equation. */
import { numpy as np } from '@jax-js/jax';
import type { Environment } from '../../src/core/index.ts';
import { type Box, box } from '../../src/core/index.ts';
import { feature, type TracedReward } from '../../src/engine/rules.ts';

export interface CartOnIce {
  /** m */
  readonly x: number;
  /** m/s */
  readonly v: number;
}

const DT = 0.4; // s
const STEPS = 20;
const FORCE = 2; // N on 1 kg: the best controller never asks for more
const VELOCITY_COST = 0.1;
const FORCE_COST = 0.2;
const NOISE = 0.01; // m and m/s

/**
 * x' = x + v dt + a dt²/2, v' = v + a dt, each with noise of 0.01, from x = ±1 at rest; reward
 * -(x'² + 0.1 v'² + 0.2 a²), 20 steps.
 */
export function doubleIntegrator(): Environment<CartOnIce, Box> {
  return {
    name: 'double-integrator',
    observation: box(-Infinity, Infinity, [2]),
    action: box(-FORCE, FORCE, [1]),
    maxSteps: STEPS,
    reset: (rng) => ({ x: rng.integer(2) === 0 ? -1 : 1, v: 0 }),
    step({ x, v }, [a], rng) {
      const next = {
        x: x + DT * v + 0.5 * DT * DT * a + NOISE * rng.normal(),
        v: v + DT * a + NOISE * rng.normal(),
      };
      const cost = next.x * next.x + VELOCITY_COST * next.v * next.v + FORCE_COST * a * a;
      return { state: next, reward: -cost, discount: 1 };
    },
    observe: ({ x, v }) => Float32Array.of(x, v),
  };
}

/** The reward, for models that are given it. */
export const doubleIntegratorReward: TracedReward = (_observation, action, next) => {
  const cost = np
    .square(feature(next, 0))
    .add(np.square(feature(next, 1)).mul(VELOCITY_COST))
    .add(np.square(feature(action, 0)).mul(FORCE_COST));
  return cost.neg();
};

/**
 * The return of the best controller, on average over noise: a linear-quadratic regulator whose cost to go from step t is
 * s' P_t s + c_t (Bertsekas, Dynamic Programming and Optimal Control, volume 1, section 3.1).
 */
export function bestReturn(): number {
  // P = [[p, q], [q, r]], and what noise has cost so far
  let [p, q, r, noise] = [0, 0, 0, 0];
  for (let t = 0; t < STEPS; t++) {
    const [mp, mq, mr] = [p + 1, q, r + VELOCITY_COST]; // M = Q + P
    noise += NOISE * NOISE * (mp + mr);
    const [b0, b1] = [0.5 * DT * DT, DT]; // B; A = [[1, dt], [0, 1]]
    const [g0, g1] = [mp * b0 + mq * b1, mq * b0 + mr * b1]; // M B
    const curvature = FORCE_COST + b0 * g0 + b1 * g1; // R + B' M B
    const [h0, h1] = [g0, DT * g0 + g1]; // A' M B
    p = mp - (h0 * h0) / curvature;
    const cross = DT * mp + mq; // (A' M A)_01
    const last = DT * DT * mp + 2 * DT * mq + mr; // (A' M A)_11
    q = cross - (h0 * h1) / curvature;
    r = last - (h1 * h1) / curvature;
  }
  return -(p + noise);
}
