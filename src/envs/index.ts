/** All worlds, and the ways into and out of them. */
import { neverEnds } from '../engine/rules.ts';
import { acrobot, acrobotDiscount, acrobotReward } from './acrobot.ts';
import { cartPole, cartPoleDiscount, cartPoleReward } from './cart-pole.ts';
import { catchBall } from './catch.ts';
import { continuousCartPole, continuousCartPoleDynamics } from './continuous-cart-pole.ts';
import {
  continuousMountainCar,
  continuousMountainCarDiscount,
  continuousMountainCarDynamics,
  continuousMountainCarReward,
} from './continuous-mountain-car.ts';
import type { EnvironmentEntry } from './entry.ts';
import { gameEnvironments } from './games/index.ts';
import { limitedPendulum, limitedPendulumCost } from './limited-pendulum.ts';
import { memoryLength } from './memory-length.ts';
import { mountainCar, mountainCarDiscount, mountainCarReward } from './mountain-car.ts';
import { mujocoEnvironments } from './mujoco/index.ts';
import { pendulum, pendulumDynamics, pendulumReward } from './pendulum.ts';
import { pixels } from './pixels.ts';
import { shortRailCartPole, shortRailCost } from './short-rail-cart-pole.ts';
import { survival } from './survival/index.ts';
import { tMaze } from './t-maze.ts';

export { type AcrobotState, acrobot, acrobotDiscount, acrobotReward } from './acrobot.ts';
export { type CartPoleState, cartPole, cartPoleDiscount, cartPoleReward } from './cart-pole.ts';
export { type CatchState, catchBall } from './catch.ts';
export { checked } from './checked.ts';
export { type CostRule, constrained } from './constrained.ts';
export { continuousCartPole, continuousCartPoleDynamics } from './continuous-cart-pole.ts';
export {
  continuousMountainCar,
  continuousMountainCarDiscount,
  continuousMountainCarDynamics,
  continuousMountainCarReward,
} from './continuous-mountain-car.ts';
export type { EnvironmentEntry } from './entry.ts';
export * from './games/index.ts';
export {
  type FromGymOptions,
  fromGym,
  type Gym,
  type GymInfo,
  type GymLike,
  type GymReset,
  type GymState,
  type GymStep,
  toGym,
} from './gym.ts';
export { limitedPendulum, limitedPendulumCost, PENDULUM_SPEED_LIMIT } from './limited-pendulum.ts';
export {
  MEMORY_LENGTH_DEFAULTS,
  type MemoryLengthOptions,
  type MemoryLengthState,
  memoryLength,
  memoryLengthOptions,
} from './memory-length.ts';
export {
  type MountainCarState,
  mountainCar,
  mountainCarDiscount,
  mountainCarReward,
} from './mountain-car.ts';
export * from './mujoco/index.ts';
export { type PendulumState, pendulum, pendulumDynamics, pendulumReward } from './pendulum.ts';
export { type PixelOptions, pixels } from './pixels.ts';
export { type Raster, rasteriser } from './rasteriser.ts';
export { repeated } from './repeated.ts';
export { SHORT_RAIL, shortRailCartPole, shortRailCost } from './short-rail-cart-pole.ts';
export * from './survival/index.ts';
export {
  type Arm,
  T_MAZE_DEFAULTS,
  type TMazeOptions,
  type TMazeState,
  tMaze,
  tMazeOptions,
} from './t-maze.ts';

/** The worlds that come with the library, by name. */
export const environments: Readonly<Record<string, EnvironmentEntry>> = {
  'cart-pole': {
    summary: 'Keep a pole upright on a cart with pushes to the left or right (CartPole-v1).',
    make: cartPole,
    reward: cartPoleReward,
    discount: cartPoleDiscount,
  },
  'continuous-cart-pole': {
    summary: 'Keep a pole upright on a cart, pushed as strongly as you like, for 200 steps.',
    make: continuousCartPole,
    reward: cartPoleReward,
    discount: cartPoleDiscount,
    dynamics: continuousCartPoleDynamics,
  },
  pendulum: {
    summary: 'Swing up a rod with a motor too weak to lift it, and hold it there (Pendulum-v1).',
    make: pendulum,
    reward: pendulumReward,
    discount: neverEnds,
    dynamics: pendulumDynamics,
  },
  'mountain-car': {
    summary: 'Rock a weak car out of its valley in as few steps as possible (MountainCar-v0).',
    make: mountainCar,
    reward: mountainCarReward,
    discount: mountainCarDiscount,
  },
  'continuous-mountain-car': {
    summary:
      'Rock a weak car out of its valley with as little effort as possible (MountainCarContinuous-v0).',
    make: continuousMountainCar,
    reward: continuousMountainCarReward,
    discount: continuousMountainCarDiscount,
    dynamics: continuousMountainCarDynamics,
  },
  acrobot: {
    summary: 'Swing two links above the bar they hang from, with torque at the hips alone (Acrobot-v1).',
    make: acrobot,
    reward: acrobotReward,
    discount: acrobotDiscount,
  },
  'limited-pendulum': {
    summary: 'Swing up a hanging rod without ever turning faster than 6 rad/s: a world with costs.',
    make: () => limitedPendulum(),
    reward: pendulumReward,
    discount: neverEnds,
    cost: limitedPendulumCost(),
  },
  'short-rail-cart-pole': {
    summary: 'Keep a pole upright on a cart that must not leave a short rail: a world with costs.',
    make: () => shortRailCartPole(),
    reward: cartPoleReward,
    discount: cartPoleDiscount,
    cost: shortRailCost(),
  },
  't-maze': {
    summary: 'Remember a sign at the beginning of a corridor, and turn as it told at its end.',
    make: () => tMaze(),
  },
  'memory-length': {
    summary: 'Remember a bit that was shown at the beginning, and tell it when asked (bsuite).',
    make: () => memoryLength(),
  },
  survival: {
    summary: 'Stay alive on a small map, and get from wood by way of tools to ore.',
    make: () => survival(),
  },
  catch: {
    summary: 'Move a paddle under a ball that falls through a grid of 10 x 5 (bsuite).',
    make: catchBall,
  },
  'pixel-catch': {
    summary: 'Catch the ball, seen as a grey picture of 32 x 32.',
    make: () => pixels(catchBall(), { size: [32, 32] }),
  },
  'pixel-cart-pole': {
    summary: 'Keep a pole upright on a cart, seen as a grey picture of 48 x 48.',
    make: () => pixels(cartPole(), { size: [48, 48] }),
  },
  'pixel-pendulum': {
    summary: 'Swing up a rod and hold it there, seen as a grey picture of 32 x 32.',
    make: () => pixels(pendulum(), { size: [32, 32] }),
  },
  ...mujocoEnvironments,
  ...gameEnvironments,
};
