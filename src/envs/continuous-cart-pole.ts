/**
 * Continuous cart-pole: cart-pole pushed as strongly as one likes.
 *
 * Rules as in mbrl-lib's cartpole_continuous (Pineda et al. 2021, MBRL-Lib): the dynamics, the limits and the reward of
 * CartPole-v1 with the force 10 N times an action in [-1, 1], cut off after 200 steps.
 */
import type { Environment } from '../core/environment.ts';
import { type Box, box } from '../core/spaces.ts';
import type { TracedDynamics } from '../engine/rules.ts';
import {
  CART_POLE_FORCE,
  type CartPoleState,
  cartPoleCoordinates,
  cartPoleObservation,
  cartPolePicture,
  cartPoleStateFrom,
  observeCartPole,
  pushCart,
  pushCartDynamics,
  resetCartPole,
} from './cart-pole.ts';

/**
 * Cart-pole with one action in [-1, 1], times 10 N to the right. What is seen is what {@link cartPole} shows, reward
 * and ending are {@link cartPoleReward} and {@link cartPoleDiscount}. Random play returns about 28, the best 200.
 */
export function continuousCartPole(): Environment<CartPoleState, Box> {
  return {
    name: 'continuous-cart-pole',
    observation: cartPoleObservation,
    action: box(-1, 1),
    maxSteps: 200,
    reset: resetCartPole,
    step: (state, action) => pushCart(state, CART_POLE_FORCE * action[0]),
    observe: observeCartPole,
    picture: cartPolePicture,
    coordinates: cartPoleCoordinates,
    stateFrom: cartPoleStateFrom,
  };
}

/** The step of {@link continuousCartPole} in its coordinates. */
export const continuousCartPoleDynamics: TracedDynamics = (state, action) =>
  pushCartDynamics(state, action.mul(CART_POLE_FORCE));
