/**
 * Cart-pole: a pole hinged on a cart is kept upright by pushing the cart left or right.
 *
 * Task: Barto, Sutton and Anderson (1983), Neuronlike Adaptive Elements That Can Solve Difficult Learning Control
 * Problems. Dynamics without friction: Florian (2007), Correct Equations for the Dynamics of the Cart-Pole System,
 * eq. 23 and 24. Rules as in Gymnasium's CartPole-v1: explicit Euler, 0.02 s a step, reward 1 a step including the one
 * that falls, the end beyond ±2.4 m or ±12°, cut off after 500 steps.
 */
import { numpy as np } from '@jax-js/jax';
import type { Coordinates, Environment, Transition } from '../core/environment.ts';
import type { Picture } from '../core/picture.ts';
import type { Rng } from '../core/rng.ts';
import { type Box, box, type Discrete, discrete } from '../core/spaces.ts';
import {
  feature,
  features,
  type TracedDiscount,
  type TracedDynamics,
  type TracedReward,
} from '../engine/rules.ts';
import { corners, disc, line, type Point, polygon } from './shapes.ts';

/** Where cart and pole are and how they move. */
export interface CartPoleState {
  /** m, to the right of the track's middle */
  readonly position: number;
  /** m/s */
  readonly velocity: number;
  /** rad from upright, clockwise */
  readonly angle: number;
  /** rad/s */
  readonly angularVelocity: number;
}

const GRAVITY = 9.8; // m/s²
const CART_MASS = 1; // kg
const POLE_MASS = 0.1; // kg
const TOTAL_MASS = CART_MASS + POLE_MASS;
const HALF_LENGTH = 0.5; // m, from the hinge to the pole's centre of mass
const TIME_STEP = 0.02; // s
const POSITION_LIMIT = 2.4; // m
const ANGLE_LIMIT = (12 * 2 * Math.PI) / 360; // rad

/** Force of a full push, in N. */
export const CART_POLE_FORCE = 10;

/** What is seen of a cart and a pole; twice the limits, so that the step that falls is still inside. */
export const cartPoleObservation: Box = box(
  [-2 * POSITION_LIMIT, -Infinity, -2 * ANGLE_LIMIT, -Infinity],
  [2 * POSITION_LIMIT, Infinity, 2 * ANGLE_LIMIT, Infinity],
);

/**
 * Cart-pole with two actions: 0 pushes left, 1 pushes right, with 10 N.
 *
 * | index | observation      | min   | max  | unit  |
 * |-------|------------------|-------|------|-------|
 * | 0     | cart position    | -4.8  | 4.8  | m     |
 * | 1     | cart velocity    | -∞    | ∞    | m/s   |
 * | 2     | pole angle       | -0.42 | 0.42 | rad   |
 * | 3     | angular velocity | -∞    | ∞    | rad/s |
 *
 * Random play returns about 22, the best 500.
 */
export function cartPole(): Environment<CartPoleState, Discrete> {
  return {
    name: 'cart-pole',
    observation: cartPoleObservation,
    action: discrete(2),
    maxSteps: 500,
    reset: resetCartPole,
    step: (state, action) => pushCart(state, action === 1 ? CART_POLE_FORCE : -CART_POLE_FORCE),
    observe: observeCartPole,
    picture: cartPolePicture,
    stateFrom: cartPoleStateFrom,
  };
}

/** All four numbers uniform in ±0.05. */
export function resetCartPole(rng: Rng): CartPoleState {
  const small = () => 0.1 * rng.uniform() - 0.05;
  return { position: small(), velocity: small(), angle: small(), angularVelocity: small() };
}

/** One step under a force on the cart. @param force N, to the right */
export function pushCart(state: CartPoleState, force: number): Transition<CartPoleState> {
  const { position, velocity, angle, angularVelocity } = state;
  const sine = Math.sin(angle);
  const cosine = Math.cos(angle);
  const thrust = (force + POLE_MASS * HALF_LENGTH * angularVelocity * angularVelocity * sine) / TOTAL_MASS;
  const angularAcceleration =
    (GRAVITY * sine - cosine * thrust) / (HALF_LENGTH * (4 / 3 - (POLE_MASS * cosine * cosine) / TOTAL_MASS)); // Florian, eq. 23
  const acceleration = thrust - (POLE_MASS * HALF_LENGTH * angularAcceleration * cosine) / TOTAL_MASS; // eq. 24
  const next: CartPoleState = {
    position: position + TIME_STEP * velocity,
    velocity: velocity + TIME_STEP * acceleration,
    angle: angle + TIME_STEP * angularVelocity,
    angularVelocity: angularVelocity + TIME_STEP * angularAcceleration,
  };
  const stands = Math.abs(next.position) <= POSITION_LIMIT && Math.abs(next.angle) <= ANGLE_LIMIT;
  return { state: next, reward: 1, discount: stands ? 1 : 0 };
}

/** Position, velocity, angle, angular velocity. [4] */
export function observeCartPole({ position, velocity, angle, angularVelocity }: CartPoleState): Float32Array {
  return Float32Array.of(position, velocity, angle, angularVelocity);
}

/** The state seen as `observation`. */
export function cartPoleStateFrom(observation: Float32Array): CartPoleState {
  const [position, velocity, angle, angularVelocity] = observation;
  return { position, velocity, angle, angularVelocity };
}

/** 1 a step, also for the step that falls. */
export const cartPoleReward: TracedReward = (_observation, _action, next) => np.onesLike(feature(next, 0));

/** 0 where the cart has left the track or the pole leans too far. */
export const cartPoleDiscount: TracedDiscount = (next) => {
  const onTrack = np.lessEqual(np.abs(feature(next, 0)), POSITION_LIMIT);
  const upright = np.lessEqual(np.abs(feature(next, 2)), ANGLE_LIMIT);
  return np.where(onTrack, np.where(upright, 1, 0), 0);
};

/** Position, velocity, angle, angular velocity. */
export const cartPoleCoordinates: Coordinates<CartPoleState> = {
  size: 4,
  read: ({ position, velocity, angle, angularVelocity }) =>
    Float64Array.of(position, velocity, angle, angularVelocity),
  write: ([position, velocity, angle, angularVelocity]) => ({ position, velocity, angle, angularVelocity }),
};

/** {@link pushCart}, traced. The action is the force in N. */
export const pushCartDynamics: TracedDynamics = (state, action) => {
  const [position, velocity, angle, angularVelocity] = [0, 1, 2, 3].map((i) => feature(state, i));
  const force = feature(action, 0);
  const [sine, cosine] = [np.sin(angle), np.cos(angle)];
  const swing = angularVelocity.mul(angularVelocity).mul(sine);
  const thrust = force.add(swing.mul(POLE_MASS * HALF_LENGTH)).mul(1 / TOTAL_MASS);
  const inertia = cosine
    .mul(cosine)
    .mul((-HALF_LENGTH * POLE_MASS) / TOTAL_MASS)
    .add((HALF_LENGTH * 4) / 3);
  const angularAcceleration = sine.mul(GRAVITY).sub(cosine.mul(thrust)).div(inertia); // Florian, eq. 23
  const reaction = angularAcceleration.mul(cosine).mul((POLE_MASS * HALF_LENGTH) / TOTAL_MASS);
  const acceleration = thrust.sub(reaction); // eq. 24
  const next = features(
    position.add(velocity.mul(TIME_STEP)),
    velocity.add(acceleration.mul(TIME_STEP)),
    angle.add(angularVelocity.mul(TIME_STEP)),
    angularVelocity.add(angularAcceleration.mul(TIME_STEP)),
  );
  return { next, reward: np.onesLike(force), discount: cartPoleDiscount(next) };
};

/** The cart on its track, the pole, and the lean at which it counts as fallen. Metres. */
export function cartPolePicture({ position, angle }: CartPoleState): Picture {
  const axle = 0.34; // height of the hinge above the track
  const end = POSITION_LIMIT + 0.3;
  const along = (lean: number, length: number): Point => [
    position + length * Math.sin(lean),
    axle + length * Math.cos(lean),
  ];
  return {
    view: { left: -2.8, right: 2.8, bottom: -0.2, top: 1.5 },
    shapes: [
      polygon(corners(-end, end, -0.03, 0), 'ground'),
      polygon(corners(-POSITION_LIMIT - 0.015, -POSITION_LIMIT + 0.015, -0.1, 0.1), 'ground'),
      polygon(corners(POSITION_LIMIT - 0.015, POSITION_LIMIT + 0.015, -0.1, 0.1), 'ground'),
      line([along(-ANGLE_LIMIT, 0.88), along(-ANGLE_LIMIT, 1.1)], 0.025, 'muted'),
      line([along(ANGLE_LIMIT, 0.88), along(ANGLE_LIMIT, 1.1)], 0.025, 'muted'),
      polygon(corners(position - 0.34, position + 0.34, 0.11, axle), 'body'),
      disc([position - 0.19, 0.09], 0.09, 'body'),
      disc([position + 0.19, 0.09], 0.09, 'body'),
      line([[position, axle], along(angle, 2 * HALF_LENGTH)], 0.1, 'accent'),
      disc([position, axle], 0.06, 'muted'),
    ],
  };
}
