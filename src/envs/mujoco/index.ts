/** Worlds in the MuJoCo simulator. They need the optional package `@mujoco/mujoco`, and ask for it only when one is made. */
import { neverEnds } from '../../engine/rules.ts';
import type { EnvironmentEntry } from '../entry.ts';
import {
  cartpoleBalance,
  cartpoleReward,
  cartpoleSparseReward,
  cartpoleSwingup,
  cartpoleSwingupSparse,
} from './cartpole.ts';

export {
  cartpoleBalance,
  cartpoleReward,
  cartpoleSparseReward,
  cartpoleSwingup,
  cartpoleSwingupSparse,
} from './cartpole.ts';
export type { Jacobians } from './linearise.ts';
export {
  type SimulatedEnvironment,
  type SimulatedRules,
  type SimulatedState,
  simulated,
} from './simulated.ts';
export { loadMujoco, type Mujoco, Simulator } from './simulator.ts';
export { type Fall, type ToleranceOptions, tolerance, tracedTolerance } from './tolerance.ts';

/** The MuJoCo worlds that come with the library, by name. */
export const mujocoEnvironments: Readonly<Record<string, EnvironmentEntry>> = {
  'cartpole-balance': {
    summary: 'Balance a pole on a cart in the middle of its rail (DeepMind Control).',
    make: cartpoleBalance,
    reward: cartpoleReward,
    discount: neverEnds,
  },
  'cartpole-swingup': {
    summary: 'Swing up a pole that hangs from a cart, and balance it in the middle (DeepMind Control).',
    make: cartpoleSwingup,
    reward: cartpoleReward,
    discount: neverEnds,
  },
  'cartpole-swingup-sparse': {
    summary: 'Swing up a pole on a cart, and be paid only where it stands in the middle (DeepMind Control).',
    make: cartpoleSwingupSparse,
    reward: cartpoleSparseReward,
    discount: neverEnds,
  },
};
