/** Worlds in the MuJoCo simulator. They need the optional package `@mujoco/mujoco`, and ask for it only when one is made. */
import { neverEnds } from '../../engine/rules.ts';
import type { EnvironmentEntry } from '../entry.ts';
import { acrobotSwingup, acrobotSwingupReward } from './acrobot.ts';
import { ballInCupCatch, ballInCupCatchReward } from './ball-in-cup.ts';
import {
  cartpoleBalance,
  cartpoleReward,
  cartpoleSparseReward,
  cartpoleSwingup,
  cartpoleSwingupSparse,
} from './cartpole.ts';
import { cheetahRun } from './cheetah.ts';
import { fingerSpin, fingerSpinReward } from './finger.ts';
import { halfCheetah } from './half-cheetah.ts';
import { hopper, hopperDiscount } from './hopper.ts';
import { hopperHop } from './hopper-hop.ts';
import { invertedPendulum, invertedPendulumDiscount, invertedPendulumReward } from './inverted-pendulum.ts';
import { pendulumSwingup, pendulumSwingupReward } from './pendulum.ts';
import { reacher, reacherReward } from './reacher.ts';
import { reacherEasy, reacherEasyReward } from './reacher-easy.ts';
import { safeReacher, safeReacherCost, safeReacherReward } from './safe-reacher.ts';
import { walkerWalk } from './walker.ts';

export { acrobotSwingup, acrobotSwingupReward } from './acrobot.ts';
export { ballInCupCatch, ballInCupCatchReward } from './ball-in-cup.ts';
export {
  cartpoleBalance,
  cartpoleReward,
  cartpoleSparseReward,
  cartpoleSwingup,
  cartpoleSwingupSparse,
} from './cartpole.ts';
export { cheetahRun } from './cheetah.ts';
export { fingerSpin, fingerSpinReward } from './finger.ts';
export { halfCheetah } from './half-cheetah.ts';
export { hopper, hopperDiscount } from './hopper.ts';
export { hopperHop } from './hopper-hop.ts';
export { invertedPendulum, invertedPendulumDiscount, invertedPendulumReward } from './inverted-pendulum.ts';
export { pendulumSwingup, pendulumSwingupReward } from './pendulum.ts';
export { reacher, reacherReward } from './reacher.ts';
export { reacherEasy, reacherEasyReward } from './reacher-easy.ts';
export { FORBIDDEN_ZONE, safeReacher, safeReacherCost, safeReacherReward } from './safe-reacher.ts';
export {
  type SimulatedEnvironment,
  type SimulatedRules,
  type SimulatedState,
  simulated,
} from './simulated.ts';
export { loadMujoco, type Mujoco, Simulator } from './simulator.ts';
export { type Fall, type ToleranceOptions, tolerance, tracedTolerance } from './tolerance.ts';
export { walkerWalk } from './walker.ts';

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
  'pendulum-swingup': {
    summary: 'Swing up a ball on a rod with a motor too weak to lift it (DeepMind Control).',
    make: pendulumSwingup,
    reward: pendulumSwingupReward,
    discount: neverEnds,
  },
  'acrobot-swingup': {
    summary: 'Swing two links up to a target, with torque at the elbow alone (DeepMind Control).',
    make: acrobotSwingup,
    reward: acrobotSwingupReward,
    discount: neverEnds,
  },
  'ball-in-cup-catch': {
    summary: 'Swing a ball on a string into a cup, and keep it there (DeepMind Control).',
    make: ballInCupCatch,
    reward: ballInCupCatchReward,
    discount: neverEnds,
  },
  'reacher-easy': {
    summary: 'Bring the finger of a two-link arm to a large target (DeepMind Control).',
    make: reacherEasy,
    reward: reacherEasyReward,
    discount: neverEnds,
  },
  'safe-reacher': {
    summary: 'Bring the finger of a two-link arm to a target around a forbidden zone: a world with costs.',
    make: safeReacher,
    reward: safeReacherReward,
    discount: neverEnds,
    cost: safeReacherCost(),
  },
  'finger-spin': {
    summary: 'Flick a body on a hinge with a finger, to keep it spinning (DeepMind Control).',
    make: fingerSpin,
    reward: fingerSpinReward,
    discount: neverEnds,
  },
  'cheetah-run': {
    summary: 'Run on two legs as fast as 10 m/s (DeepMind Control).',
    make: cheetahRun,
    discount: neverEnds,
  },
  'walker-walk': {
    summary: 'Stand up on two legs, and walk (DeepMind Control).',
    make: walkerWalk,
    discount: neverEnds,
  },
  'hopper-hop': {
    summary: 'Stand up on one leg, and hop forwards (DeepMind Control).',
    make: hopperHop,
    discount: neverEnds,
  },
  'inverted-pendulum': {
    summary: 'Keep a pole on a cart from falling (InvertedPendulum-v5).',
    make: invertedPendulum,
    reward: invertedPendulumReward,
    discount: invertedPendulumDiscount,
  },
  reacher: {
    summary: 'Bring the tip of a two-link arm to a target with little torque (Reacher-v5).',
    make: reacher,
    reward: reacherReward,
    discount: neverEnds,
  },
  'half-cheetah': {
    summary: 'Run on two legs, fast and with little torque (HalfCheetah-v5).',
    make: halfCheetah,
    discount: neverEnds,
  },
  hopper: {
    summary: 'Hop forwards on one leg without falling (Hopper-v5).',
    make: hopper,
    discount: hopperDiscount,
  },
};
