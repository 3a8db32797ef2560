/**
 * Pendulum: a rod hanging from a motor too weak to lift it is swung up and held upright.
 *
 * Rules as in Gymnasium's Pendulum-v1: a uniform rod of 1 kg and 1 m, g = 10 m/s², torque within ±2 N·m,
 * semi-implicit Euler with 0.05 s a step, speed held within ±8 rad/s; the reward -(θ² + 0.1 θ̇² + 0.001 u²) is of the
 * state before the step, θ in [-π, π]; never ends, cut off after 200 steps.
 */
import { lax, numpy as np } from '@jax-js/jax';
import type { Coordinates, Environment, Transition } from '../core/environment.ts';
import type { Picture } from '../core/picture.ts';
import { type Box, box } from '../core/spaces.ts';
import { feature, features, type TracedDynamics, type TracedReward } from '../engine/rules.ts';
import { wrapAngle } from '../math/angle.ts';
import { disc, line, type Point } from './shapes.ts';

/** How the rod hangs and turns. */
export interface PendulumState {
  /** rad from upright, counterclockwise; not wrapped */
  readonly angle: number;
  /** rad/s */
  readonly angularVelocity: number;
}

const GRAVITY = 10; // m/s²
const MASS = 1; // kg
const LENGTH = 1; // m
const TIME_STEP = 0.05; // s
const MAX_SPEED = 8; // rad/s
const MAX_TORQUE = 2; // N·m

/**
 * Pendulum. One action: the torque in N·m, within ±2.
 *
 * | index | observation      | min | max | unit  |
 * |-------|------------------|-----|-----|-------|
 * | 0     | cos θ            | -1  | 1   |       |
 * | 1     | sin θ            | -1  | 1   |       |
 * | 2     | angular velocity | -8  | 8   | rad/s |
 *
 * Random play returns about -1250, good play about -150: it depends on where the rod starts.
 */
export function pendulum(): Environment<PendulumState, Box> {
  const step = (
    { angle, angularVelocity }: PendulumState,
    action: Float32Array,
  ): Transition<PendulumState> => {
    const torque = clamp(action[0], MAX_TORQUE);
    const speed = speedAfter(angle, angularVelocity, torque);
    return {
      state: { angle: angle + TIME_STEP * speed, angularVelocity: speed },
      reward: -costOf(angle, angularVelocity, torque),
      discount: 1,
    };
  };
  return {
    name: 'pendulum',
    observation: box([-1, -1, -MAX_SPEED], [1, 1, MAX_SPEED]),
    action: box(-MAX_TORQUE, MAX_TORQUE),
    maxSteps: 200,
    reset: (rng) => ({
      angle: Math.PI * (2 * rng.uniform() - 1),
      angularVelocity: 2 * rng.uniform() - 1,
    }),
    step,
    rollout: { equals: step, run: rollout },
    observe: ({ angle, angularVelocity }) =>
      Float32Array.of(Math.cos(angle), Math.sin(angle), angularVelocity),
    picture: pendulumPicture,
    coordinates: pendulumCoordinates,
    stateFrom: ([cosine, sine, angularVelocity]) => ({ angle: Math.atan2(sine, cosine), angularVelocity }),
  };
}

/** θ² + 0.1 θ̇² + 0.001 u². */
function costOf(angle: number, speed: number, torque: number): number {
  const lean = wrapAngle(angle);
  return lean * lean + 0.1 * speed * speed + 0.001 * torque * torque;
}

/** rad/s a step later. */
function speedAfter(angle: number, speed: number, torque: number): number {
  // the moment of inertia of a rod about its end is m l² / 3
  const acceleration =
    ((3 * GRAVITY) / (2 * LENGTH)) * Math.sin(angle) + (3 / (MASS * LENGTH * LENGTH)) * torque;
  return clamp(speed + TIME_STEP * acceleration, MAX_SPEED);
}

/** Candidates that are rolled out side by side, since one alone would wait for its sines: it takes half the time. */
const ABREAST = 8;

/** Repeated steps without the states between. */
function rollout(
  root: PendulumState,
  actions: Float32Array, // [K, H]
  horizon: number,
  times = 1,
): Float32Array {
  const K = actions.length / horizon;
  const returns = new Float32Array(K);
  const angles = new Float64Array(ABREAST);
  const speeds = new Float64Array(ABREAST);
  for (let first = 0; first < K; first += ABREAST) {
    const count = Math.min(ABREAST, K - first);
    angles.fill(root.angle);
    speeds.fill(root.angularVelocity);
    for (let h = 0; h < horizon; h++) {
      for (let i = 0; i < count; i++) {
        const torque = clamp(actions[(first + i) * horizon + h], MAX_TORQUE);
        let angle = angles[i];
        let speed = speeds[i];
        let cost = 0;
        for (let n = 0; n < times; n++) {
          cost += costOf(angle, speed, torque);
          speed = speedAfter(angle, speed, torque);
          angle += TIME_STEP * speed;
        }
        angles[i] = angle;
        speeds[i] = speed;
        returns[first + i] = returns[first + i] - Math.fround(cost);
      }
    }
  }
  return returns;
}

/** -(θ² + 0.1 θ̇² + 0.001 u²) of the observation before the step, in which cos θ and sin θ need not be of length 1. */
export const pendulumReward: TracedReward = (observation, action) => {
  const lean = np.arctan2(feature(observation, 1), feature(observation, 0));
  const speed = feature(observation, 2);
  const torque = np.clip(feature(action, 0), -MAX_TORQUE, MAX_TORQUE);
  return lean.mul(lean).add(speed.mul(speed).mul(0.1)).add(torque.mul(torque).mul(0.001)).neg();
};

/** The angle, not wrapped, and the angular velocity. */
const pendulumCoordinates: Coordinates<PendulumState> = {
  size: 2,
  read: ({ angle, angularVelocity }) => Float64Array.of(angle, angularVelocity),
  write: ([angle, angularVelocity]) => ({ angle, angularVelocity }),
};

/** The pendulum's step in its coordinates. */
export const pendulumDynamics: TracedDynamics = (state, action) => {
  const [angle, speed] = [feature(state, 0), feature(state, 1)];
  const torque = feature(action, 0);
  // wrapping moves an angle by whole turns, whatever its derivative
  const turns = lax.stopGradient(np.floor(angle.add(Math.PI).mul(0.5 / Math.PI)));
  const lean = angle.sub(turns.mul(2 * Math.PI));
  const cost = lean.mul(lean).add(speed.mul(speed).mul(0.1)).add(torque.mul(torque).mul(0.001));
  const acceleration = np
    .sin(angle)
    .mul((3 * GRAVITY) / (2 * LENGTH))
    .add(torque.mul(3 / (MASS * LENGTH * LENGTH)));
  const faster = np.clip(speed.add(acceleration.mul(TIME_STEP)), -MAX_SPEED, MAX_SPEED);
  return { next: features(angle.add(faster.mul(TIME_STEP)), faster), reward: cost.neg() };
};

/** The rod on its motor, and a mark where it should stand. Metres. */
function pendulumPicture({ angle }: PendulumState): Picture {
  const tip: Point = [-LENGTH * Math.sin(angle), LENGTH * Math.cos(angle)];
  return {
    view: { left: -1.35, right: 1.35, bottom: -1.35, top: 1.35 },
    shapes: [
      line(arc(0, 2 * Math.PI, 1.2), 0.015, 'ground'),
      line(
        [
          [0, 1.14],
          [0, 1.28],
        ],
        0.05,
        'goal',
      ),
      line([[0, 0], tip], 0.16, 'body'),
      disc([0, 0], 0.08, 'body'),
      disc(tip, 0.08, 'body'),
      disc([0, 0], 0.05, 'accent'),
    ],
  };
}

/** Points of a circle around the origin. */
function arc(from: number, to: number, radius: number): Point[] {
  return Array.from({ length: 49 }, (_, i) => {
    const at = from + ((to - from) * i) / 48;
    return [radius * Math.sin(at), radius * Math.cos(at)];
  });
}

function clamp(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, value));
}
