/**
 * Short-rail cart-pole: the pole is balanced where only the middle of the track may be used.
 *
 * Rules of {@link continuousCartPole}; beyond the short rail each step costs the distance to it. The track itself goes
 * on to ±2.4 m, so that leaving the rail does not end an episode: a cart that rolls about is as good as one that stands.
 */
import { numpy as np } from '@jax-js/jax';
import type { Environment } from '../core/environment.ts';
import { demand } from '../core/errors.ts';
import type { Picture } from '../core/picture.ts';
import type { Box } from '../core/spaces.ts';
import { feature, type TracedCost } from '../engine/rules.ts';
import { type CartPoleState, cartPolePicture } from './cart-pole.ts';
import { constrained } from './constrained.ts';
import { continuousCartPole } from './continuous-cart-pole.ts';
import { corners, polygon } from './shapes.ts';

/** Half the rail's length, in m. */
export const SHORT_RAIL = 0.5;

/** Continuous cart-pole whose cart must stay within ±`rail` m. Observations, actions, reward and ending are its own. */
export function shortRailCartPole(rail = SHORT_RAIL): Environment<CartPoleState, Box> {
  demandRail(rail);
  return {
    ...constrained(continuousCartPole(), (_state, _action, next) =>
      Math.max(0, Math.abs(next.position) - rail),
    ),
    name: 'short-rail-cart-pole',
    picture: (state) => railPicture(state, rail),
  };
}

/** What a step costs: how far beyond ±`rail` m the cart stands after it. */
export function shortRailCost(rail = SHORT_RAIL): TracedCost {
  demandRail(rail);
  return (_observation, _action, next) => np.maximum(np.abs(feature(next, 0)).sub(rail), 0);
}

/** The cart-pole, with posts where the rail ends. Metres. */
function railPicture(state: CartPoleState, rail: number): Picture {
  const { view, shapes } = cartPolePicture(state);
  const post = (at: number) => polygon(corners(at - 0.02, at + 0.02, -0.14, 0), 'goal');
  return {
    view,
    shapes: [polygon(corners(-rail, rail, -0.06, -0.03), 'goal'), post(-rail), post(rail), ...shapes],
  };
}

function demandRail(rail: number): void {
  demand(
    rail > 0 && rail <= 2.4,
    () => `shortRailCartPole: the rail must reach between 0 and 2.4 m to either side, got ${rail}.`,
  );
}
