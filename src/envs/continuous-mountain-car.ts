/**
 * Continuous mountain car: the car pushed as strongly as one likes, at a price.
 *
 * Rules as in Gymnasium's MountainCarContinuous-v0: the valley of mountain car, a push of 0.0015 times an action in
 * [-1, 1], reward 100 at the flag at 0.45 less 0.1 u² for each step, cut off after 999 steps.
 */
import type { Environment } from '../core/environment.ts';
import { type Box, box } from '../core/spaces.ts';
import { feature, type TracedDiscount, type TracedDynamics, type TracedReward } from '../engine/rules.ts';
import {
  arrived,
  goingOn,
  type MountainCarState,
  mountainCarCoordinates,
  mountainCarObservation,
  mountainCarPicture,
  mountainCarStateFrom,
  observeMountainCar,
  resetMountainCar,
  rollCar,
  rollCarTraced,
} from './mountain-car.ts';

const PUSH = 0.0015; // per step²
const GOAL = 0.45;

/**
 * Mountain car with one action in [-1, 1], times 0.0015 to the right. What is seen is what {@link mountainCar} shows.
 * Random play returns about -33; Gymnasium calls 90 solved.
 */
export function continuousMountainCar(): Environment<MountainCarState, Box> {
  return {
    name: 'continuous-mountain-car',
    observation: mountainCarObservation,
    action: box(-1, 1),
    maxSteps: 999,
    reset: resetMountainCar,
    step(state, action) {
      const next = rollCar(state, PUSH * Math.max(-1, Math.min(1, action[0])));
      const there = arrived(next, GOAL);
      return {
        state: next,
        reward: (there ? 100 : 0) - 0.1 * action[0] * action[0],
        discount: there ? 0 : 1,
      };
    },
    observe: observeMountainCar,
    picture: (state) => mountainCarPicture(state, GOAL),
    coordinates: mountainCarCoordinates,
    stateFrom: mountainCarStateFrom,
  };
}

/** 100 where the car has passed the flag, less 0.1 u². */
export const continuousMountainCarReward: TracedReward = (_observation, action, next) => {
  const push = feature(action, 0);
  return goingOn(next, GOAL).neg().add(1).mul(100).sub(push.mul(push).mul(0.1));
};

/** 0 where the car has passed the flag. */
export const continuousMountainCarDiscount: TracedDiscount = (next) => goingOn(next, GOAL);

/** The step of {@link continuousMountainCar} in its coordinates. Nothing in its reward points uphill. */
export const continuousMountainCarDynamics: TracedDynamics = (state, action) => {
  const next = rollCarTraced(state, feature(action, 0).mul(PUSH));
  return {
    next,
    reward: continuousMountainCarReward(state, action, next),
    discount: continuousMountainCarDiscount(next),
  };
};
