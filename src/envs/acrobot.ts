/**
 * Acrobot: two links hang from a bar like a gymnast, who bends at the hips until the feet swing above the bar.
 *
 * Sutton (1996), Generalization in Reinforcement Learning; dynamics: Sutton and Barto (1998), Reinforcement Learning,
 * section 11.3, figure 11.5. Rules as in Gymnasium's Acrobot-v1: the book's dynamics, one classical Runge-Kutta step of
 * 0.2 s with the torque held, reward -1 a step and 0 for the one that arrives, cut off after 500 steps.
 */
import { numpy as np } from '@jax-js/jax';
import type { Environment } from '../core/environment.ts';
import type { Picture } from '../core/picture.ts';
import { box, type Discrete, discrete } from '../core/spaces.ts';
import { feature, type TracedDiscount, type TracedReward } from '../engine/rules.ts';
import type { Traced } from '../engine/tree.ts';
import { wrapAngle } from '../math/angle.ts';
import { disc, line, type Point } from './shapes.ts';

/** How the links hang and turn. */
export interface AcrobotState {
  /** rad, of the first link from hanging down, in [-π, π] */
  readonly angle1: number;
  /** rad, of the second link against the first, in [-π, π] */
  readonly angle2: number;
  /** rad/s */
  readonly velocity1: number;
  /** rad/s */
  readonly velocity2: number;
}

const GRAVITY = 9.8; // m/s²
const MASS = 1; // kg, of each link
const LENGTH = 1; // m, of each link
const CENTER = 0.5; // m, from a link's upper end to its centre of mass
const INERTIA = 1; // kg·m², of each link
const TIME_STEP = 0.2; // s
const MAX_VELOCITY_1 = 4 * Math.PI; // rad/s
const MAX_VELOCITY_2 = 9 * Math.PI; // rad/s
const GOAL_HEIGHT = 1; // m above the bar

/**
 * Acrobot with three actions: a torque of -1, 0 or 1 N·m at the hips.
 *
 * | index | observation                    | min | max | unit  |
 * |-------|--------------------------------|-----|-----|-------|
 * | 0     | cos of the first link's angle  | -1  | 1   |       |
 * | 1     | sin of the first link's angle  | -1  | 1   |       |
 * | 2     | cos of the second link's angle | -1  | 1   |       |
 * | 3     | sin of the second link's angle | -1  | 1   |       |
 * | 4     | velocity of the first angle    | -4π | 4π  | rad/s |
 * | 5     | velocity of the second angle   | -9π | 9π  | rad/s |
 *
 * Random play returns about -500, Gymnasium calls -100 solved.
 */
export function acrobot(): Environment<AcrobotState, Discrete> {
  const high = [1, 1, 1, 1, MAX_VELOCITY_1, MAX_VELOCITY_2];
  return {
    name: 'acrobot',
    observation: box(
      high.map((limit) => -limit),
      high,
    ),
    action: discrete(3),
    maxSteps: 500,
    reset(rng) {
      const small = () => 0.2 * rng.uniform() - 0.1;
      return { angle1: small(), angle2: small(), velocity1: small(), velocity2: small() };
    },
    step(state, action) {
      const next = swing(state, action - 1);
      const there = -Math.cos(next.angle1) - Math.cos(next.angle1 + next.angle2) > GOAL_HEIGHT;
      return { state: next, reward: there ? 0 : -1, discount: there ? 0 : 1 };
    },
    observe: ({ angle1, angle2, velocity1, velocity2 }) =>
      Float32Array.of(
        Math.cos(angle1),
        Math.sin(angle1),
        Math.cos(angle2),
        Math.sin(angle2),
        velocity1,
        velocity2,
      ),
    picture: acrobotPicture,
    stateFrom: ([cosine1, sine1, cosine2, sine2, velocity1, velocity2]) => ({
      angle1: Math.atan2(sine1, cosine1),
      angle2: Math.atan2(sine2, cosine2),
      velocity1,
      velocity2,
    }),
  };
}

/** One Runge-Kutta step of the fourth order. @param torque N·m */
function swing(state: AcrobotState, torque: number): AcrobotState {
  const half = TIME_STEP / 2;
  const k1 = slope(state, torque);
  const k2 = slope(moved(state, k1, half), torque);
  const k3 = slope(moved(state, k2, half), torque);
  const k4 = slope(moved(state, k3, TIME_STEP), torque);
  const ahead = (part: keyof AcrobotState) =>
    state[part] + (TIME_STEP / 6) * (k1[part] + 2 * k2[part] + 2 * k3[part] + k4[part]);
  return {
    angle1: wrapAngle(ahead('angle1')),
    angle2: wrapAngle(ahead('angle2')),
    velocity1: clamp(ahead('velocity1'), MAX_VELOCITY_1),
    velocity2: clamp(ahead('velocity2'), MAX_VELOCITY_2),
  };
}

/** Time derivatives of all four numbers, each under the number's own name. Names as in the book's figure 11.5. */
function slope({ angle1, angle2, velocity1, velocity2 }: AcrobotState, torque: number): AcrobotState {
  const [sine2, cosine2] = [Math.sin(angle2), Math.cos(angle2)];
  const d1 =
    MASS * CENTER ** 2 + MASS * (LENGTH ** 2 + CENTER ** 2 + 2 * LENGTH * CENTER * cosine2) + 2 * INERTIA;
  const d2 = MASS * (CENTER ** 2 + LENGTH * CENTER * cosine2) + INERTIA;
  // the book's cos(θ - π/2) is sin θ
  const phi2 = MASS * CENTER * GRAVITY * Math.sin(angle1 + angle2);
  const phi1 =
    -MASS * LENGTH * CENTER * velocity2 ** 2 * sine2 -
    2 * MASS * LENGTH * CENTER * velocity2 * velocity1 * sine2 +
    (MASS * CENTER + MASS * LENGTH) * GRAVITY * Math.sin(angle1) +
    phi2;
  const acceleration2 =
    (torque + (d2 / d1) * phi1 - MASS * LENGTH * CENTER * velocity1 ** 2 * sine2 - phi2) /
    (MASS * CENTER ** 2 + INERTIA - d2 ** 2 / d1);
  return {
    angle1: velocity1,
    angle2: velocity2,
    velocity1: -(d2 * acceleration2 + phi1) / d1,
    velocity2: acceleration2,
  };
}

function moved(state: AcrobotState, along: AcrobotState, time: number): AcrobotState {
  return {
    angle1: state.angle1 + time * along.angle1,
    angle2: state.angle2 + time * along.angle2,
    velocity1: state.velocity1 + time * along.velocity1,
    velocity2: state.velocity2 + time * along.velocity2,
  };
}

/** -1, and 0 for the step that arrives. */
export const acrobotReward: TracedReward = (_observation, _action, next) => acrobotDiscount(next).neg();

/** 0 where the feet are 1 m above the bar. */
export const acrobotDiscount: TracedDiscount = (next) =>
  np.where(np.greater(feetHeight(next), GOAL_HEIGHT), 0, 1);

/** -cos θ1 - cos(θ1 + θ2), from the observed sines and cosines. */
function feetHeight(next: Traced): Traced {
  const [cosine1, sine1, cosine2, sine2] = [0, 1, 2, 3].map((i) => feature(next, i));
  return sine1.mul(sine2).sub(cosine1.mul(cosine2)).sub(cosine1);
}

/** Both links, the bar they hang from, and the line to swing above. Metres. */
function acrobotPicture({ angle1, angle2 }: AcrobotState): Picture {
  const hips: Point = [LENGTH * Math.sin(angle1), -LENGTH * Math.cos(angle1)];
  const feet: Point = [
    hips[0] + LENGTH * Math.sin(angle1 + angle2),
    hips[1] - LENGTH * Math.cos(angle1 + angle2),
  ];
  const side = 2.2;
  return {
    view: { left: -side, right: side, bottom: -side, top: side },
    shapes: [
      line(
        [
          [-side, GOAL_HEIGHT],
          [side, GOAL_HEIGHT],
        ],
        0.03,
        'goal',
      ),
      line(
        [
          [-0.4, 0],
          [0.4, 0],
        ],
        0.05,
        'ground',
      ),
      line([[0, 0], hips], 0.16, 'body'),
      line([hips, feet], 0.16, 'accent'),
      disc([0, 0], 0.09, 'muted'),
      disc(hips, 0.09, 'muted'),
      disc(feet, 0.08, 'accent'),
    ],
  };
}

function clamp(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, value));
}
