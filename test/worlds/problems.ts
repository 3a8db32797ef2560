/** Worlds small enough that the best plan is known by arithmetic; for tests of planners. */
import { type Box, box, type Discrete, discrete, type Environment } from '../../src/core/index.ts';

/** Where the cart is and how fast it goes. */
export interface IntegratorState {
  readonly position: number;
  readonly velocity: number;
}

/** x' = F x + G a and the reward -(x' Q x + R a^2) of the double integrator below. */
export const linearQuadratic = { F: [1, 0.2, 0, 1], G: [0, 0.2], Q: [1, 0.1], R: 0.01 } as const;

/** A cart on rails, pushed: linear with a quadratic cost, so that Riccati's equation gives the best return. Begins at 1, at rest. */
export function doubleIntegrator(): Environment<IntegratorState, Box> {
  const { F, G, Q, R } = linearQuadratic;
  return {
    name: 'double-integrator',
    observation: box(-100, 100, [2]),
    action: box(-20, 20),
    maxSteps: 10,
    reset: () => ({ position: 1, velocity: 0 }),
    step: ({ position, velocity }, [push]) => ({
      state: {
        position: F[0] * position + F[1] * velocity + G[0] * push,
        velocity: F[2] * position + F[3] * velocity + G[1] * push,
      },
      reward: -(Q[0] * position ** 2 + Q[1] * velocity ** 2 + R * push ** 2),
      discount: 1,
    }),
    observe: ({ position, velocity }) => Float32Array.of(position, velocity),
    coordinates: {
      size: 2,
      read: ({ position, velocity }) => Float64Array.of(position, velocity),
      write: ([position, velocity]) => ({ position, velocity }),
    },
  };
}

/**
 * A point on a line that moves by at most 1 a step; the reward is minus its distance from 4.5 after the step. Begins
 * at 0. Best: full speed, then half a step, then rest; ten steps return -(3.5 + 2.5 + 1.5 + 0.5) = -8.
 */
export function line(): Environment<number, Box> {
  return {
    name: 'line',
    observation: box(-100, 100),
    action: box(-1, 1),
    maxSteps: 10,
    reset: () => 0,
    step(x, [move]) {
      const next = x + move;
      return { state: next, reward: -Math.abs(next - 4.5), discount: 1 };
    },
    observe: (x) => Float32Array.of(x),
    coordinates: { size: 1, read: (x) => Float64Array.of(x), write: ([x]) => x },
  };
}

/**
 * Places 0 .. 6 in a row. Action 0 goes back to the beginning and earns 0.2; action 1 goes on and earns nothing, but
 * from the last place it earns 10 and the world ends. Best in seven steps: always 1, which returns 10; always 0 returns
 * 1.4. Of random sequences of seven one in 128 gets there.
 */
export function chain(): Environment<number, Discrete> {
  const last = 6;
  return {
    name: 'chain',
    observation: box(0, last, [1]),
    action: discrete(2),
    maxSteps: 7,
    reset: () => 0,
    step: (place, action) => {
      if (action === 0) return { state: 0, reward: 0.2, discount: 1 };
      return place === last
        ? { state: last, reward: 10, discount: 0 }
        : { state: place + 1, reward: 0, discount: 1 };
    },
    observe: (place) => Float32Array.of(place),
  };
}
