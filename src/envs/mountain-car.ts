/**
 * Mountain car: a car too weak for the hill rocks back and forth in its valley until it is fast enough.
 *
 * Task: Moore (1990), Efficient Memory-based Learning for Robot Control; dynamics: Sutton and Barto (2018),
 * Reinforcement Learning, example 10.1. Rules as in Gymnasium's MountainCar-v0: reward -1 a step, the end at the flag at
 * 0.5, cut off after 200 steps.
 */
import { numpy as np } from '@jax-js/jax';
import type { Coordinates, Environment } from '../core/environment.ts';
import type { Picture } from '../core/picture.ts';
import type { Rng } from '../core/rng.ts';
import { type Box, box, type Discrete, discrete } from '../core/spaces.ts';
import { feature, features, type TracedDiscount, type TracedReward } from '../engine/rules.ts';
import type { Traced } from '../engine/tree.ts';
import { corners, disc, type Point, placed, polygon } from './shapes.ts';

/** Where the car is and how fast. The world has lengths of its own, and a step is its unit of time. */
export interface MountainCarState {
  /** along the horizontal axis; the valley's bottom is at -π/6 */
  readonly position: number;
  /** per step, to the right */
  readonly velocity: number;
}

const LEFT_WALL = -1.2;
const RIGHT_END = 0.6;
const MAX_SPEED = 0.07; // per step
const GRAVITY = 0.0025; // per step²
const PUSH = 0.001; // per step²
const GOAL = 0.5;

/** What is seen of the car. */
export const mountainCarObservation: Box = box([LEFT_WALL, -MAX_SPEED], [RIGHT_END, MAX_SPEED]);

/**
 * Mountain car with three actions: 0 accelerates to the left, 1 lets it roll, 2 accelerates to the right.
 *
 * | index | observation | min   | max  | unit     |
 * |-------|-------------|-------|------|----------|
 * | 0     | position    | -1.2  | 0.6  |          |
 * | 1     | velocity    | -0.07 | 0.07 | per step |
 *
 * Random play returns -200, as it never arrives; Gymnasium calls -110 solved.
 */
export function mountainCar(): Environment<MountainCarState, Discrete> {
  return {
    name: 'mountain-car',
    observation: mountainCarObservation,
    action: discrete(3),
    maxSteps: 200,
    reset: resetMountainCar,
    step(state, action) {
      const next = rollCar(state, (action - 1) * PUSH);
      return { state: next, reward: -1, discount: arrived(next, GOAL) ? 0 : 1 };
    },
    observe: observeMountainCar,
    picture: (state) => mountainCarPicture(state, GOAL),
    stateFrom: mountainCarStateFrom,
  };
}

/** At rest, the position uniform in [-0.6, -0.4). */
export function resetMountainCar(rng: Rng): MountainCarState {
  return { position: 0.2 * rng.uniform() - 0.6, velocity: 0 };
}

/** One step on the hill: v + push - 0.0025 cos 3x, then x + v. The left wall stops the car. @param push per step² */
export function rollCar({ position, velocity }: MountainCarState, push: number): MountainCarState {
  const free = velocity + push - GRAVITY * Math.cos(3 * position);
  const speed = Math.max(-MAX_SPEED, Math.min(MAX_SPEED, free));
  const place = Math.max(LEFT_WALL, Math.min(RIGHT_END, position + speed));
  return { position: place, velocity: place === LEFT_WALL && speed < 0 ? 0 : speed };
}

/** Whether the car has passed `goal` and does not roll back. */
export function arrived({ position, velocity }: MountainCarState, goal: number): boolean {
  return position >= goal && velocity >= 0;
}

/** Position and velocity. [2] */
export function observeMountainCar({ position, velocity }: MountainCarState): Float32Array {
  return Float32Array.of(position, velocity);
}

/** The state seen as `observation`. */
export function mountainCarStateFrom([position, velocity]: Float32Array): MountainCarState {
  return { position, velocity };
}

/** Position and velocity. */
export const mountainCarCoordinates: Coordinates<MountainCarState> = {
  size: 2,
  read: ({ position, velocity }) => Float64Array.of(position, velocity),
  write: ([position, velocity]) => ({ position, velocity }),
};

/** {@link rollCar}, traced: state [B, 2], push per step² [B] -> [B, 2]. */
export function rollCarTraced(state: Traced, push: Traced): Traced {
  const [position, velocity] = [feature(state, 0), feature(state, 1)];
  const free = velocity.add(push).sub(np.cos(position.mul(3)).mul(GRAVITY));
  const speed = np.clip(free, -MAX_SPEED, MAX_SPEED);
  const place = position.add(speed);
  // the left wall stops the car
  const after = np.where(np.lessEqual(place, LEFT_WALL), np.maximum(speed, 0), speed);
  return features(np.clip(place, LEFT_WALL, RIGHT_END), after);
}

/** -1 a step. */
export const mountainCarReward: TracedReward = (_observation, _action, next) =>
  np.zerosLike(feature(next, 0)).sub(1);

/** 0 where the car has passed the flag. */
export const mountainCarDiscount: TracedDiscount = (next) => goingOn(next, GOAL);

/** 1 where the car has not {@link arrived}, else 0. Traced. */
export function goingOn(next: Traced, goal: number): Traced {
  const there = np.where(np.greaterEqual(feature(next, 0), goal), 1, 0);
  const forwards = np.where(np.greaterEqual(feature(next, 1), 0), 1, 0);
  return there.mul(forwards).neg().add(1);
}

/** The valley, the car on its slope, and the flag. */
export function mountainCarPicture({ position }: MountainCarState, goal: number): Picture {
  const view = { left: LEFT_WALL - 0.1, right: RIGHT_END + 0.1, bottom: -0.1, top: 1.3 };
  const hill: Point[] = Array.from({ length: 61 }, (_, i) => {
    const x = view.left + ((view.right - view.left) * i) / 60;
    return [x, height(x)];
  });
  const slope = Math.atan(3 * 0.45 * Math.cos(3 * position));
  const car = (points: readonly Point[]) => placed(points, slope, [position, height(position)]);
  const [rear, front] = car([
    [-0.05, 0.028],
    [0.05, 0.028],
  ]);
  const foot = height(goal);
  return {
    view,
    shapes: [
      polygon([...hill, [view.right, view.bottom], [view.left, view.bottom]], 'ground'),
      polygon(corners(goal - 0.006, goal + 0.006, foot, foot + 0.22), 'muted'),
      polygon(
        [
          [goal, foot + 0.22],
          [goal - 0.11, foot + 0.18],
          [goal, foot + 0.14],
        ],
        'goal',
      ),
      polygon(car(corners(-0.09, 0.09, 0.03, 0.08)), 'accent'),
      polygon(car(corners(-0.05, 0.04, 0.08, 0.115)), 'accent'),
      disc(rear, 0.028, 'body'),
      disc(front, 0.028, 'body'),
    ],
  };
}

/** Of the road, for drawing: the slope that pulls is along cos 3x. */
function height(x: number): number {
  return 0.45 * Math.sin(3 * x) + 0.55;
}
