/**
 * Safe reacher: the arm of {@link reacherEasy} has to bring its finger to a target around what it must not touch.
 *
 * Rules of {@link reacherEasy} with four changes: a step that ends with the finger in the forbidden zone costs how deep
 * it is in it; episodes begin with the zone between the finger and the target, which reaches into it; they are 200 steps
 * long, as all that happens later is to stay; and what is observed of the target is its place, beside which the zone
 * lies still, instead of the way to it. The target is larger than the zone, so that it can always be touched from outside.
 */
import { numpy as np } from '@jax-js/jax';
import type { Environment } from '../../core/environment.ts';
import type { Box } from '../../core/spaces.ts';
import { feature, type TracedCost, type TracedReward } from '../../engine/rules.ts';
import type { Traced } from '../../engine/tree.ts';
import { constrained } from '../constrained.ts';
import { disc, type Point } from '../shapes.ts';
import { fingerX, fingerY, REACHER_ARM, reacherEasy } from './reacher-easy.ts';
import type { SimulatedState } from './simulated.ts';

/** Where the finger must not be: a disc halfway along the stretched arm. The arm's finger comes from 0.04 to 0.24 m. */
export const FORBIDDEN_ZONE = { x: 0.13, y: 0, radius: 0.05 } as const; // m

/**
 * Actions and rewards are those of {@link reacherEasy}.
 *
 * | index | observation                                |
 * |-------|--------------------------------------------|
 * | 0, 1  | angles of shoulder and wrist, rad          |
 * | 2, 3  | place of the target, m                     |
 * | 4, 5  | angular velocities of both, rad/s          |
 *
 * With each action held for 4 steps, random play
 * returns 6 (300 episodes); planning in the true dynamics (iCEM, 64 sequences of 12 decisions) returns 175 where the zone
 * is ignored, which 9 of 10 episodes then enter, for 12 of 50 decisions on average, and 170 without entering it.
 */
export async function safeReacher(): Promise<Environment<SimulatedState, Box>> {
  const arm = await reacherEasy();
  const { x, y, radius } = FORBIDDEN_ZONE;
  return {
    ...constrained(arm, (_state, _action, next) => {
      const [fromX, fromY] = fingerAt(next);
      return Math.max(0, radius - Math.hypot(fromX - x, fromY - y));
    }),
    name: 'safe-reacher',
    maxSteps: 200,
    reset: (rng) => inTheWay(() => arm.reset(rng)),
    observe: (state) => withTarget(arm.observe(state), 1),
    stateFrom: (seen) => arm.stateFrom!(withTarget(seen, -1)),
    picture(state) {
      const { view, shapes } = arm.picture!(state);
      return { view, shapes: [disc([x, y], radius, 'muted'), ...shapes] };
    },
  };
}

/** Worth 1 where the finger touches the target, 0 elsewhere. */
export const safeReacherReward: TracedReward = (_observation, _action, next) => {
  const [x, y] = tracedFinger(next);
  const gap = lengthOf(feature(next, 2).sub(x), feature(next, 3).sub(y));
  return np.where(np.lessEqual(gap, REACHER_ARM.reach), 1, 0);
};

/** What a step costs: how deep the finger is in the zone after it, in m. @param margin m by which the zone is taken to be larger */
export function safeReacherCost(margin = 0): TracedCost {
  return (_observation, _action, next) => {
    const [x, y] = tracedFinger(next);
    const distance = lengthOf(x.sub(FORBIDDEN_ZONE.x), y.sub(FORBIDDEN_ZONE.y));
    return np.maximum(distance.neg().add(FORBIDDEN_ZONE.radius + margin), 0);
  };
}

function tracedFinger(observation: Traced): [x: Traced, y: Traced] {
  const { upper, lower } = REACHER_ARM;
  const shoulder = feature(observation, 0);
  const both = shoulder.add(feature(observation, 1));
  return [
    np.cos(shoulder).mul(upper).add(np.cos(both).mul(lower)),
    np.sin(shoulder).mul(upper).add(np.sin(both).mul(lower)),
  ];
}

function lengthOf(x: Traced, y: Traced): Traced {
  return np.sqrt(x.mul(x).add(y.mul(y)));
}

/** What {@link reacherEasy} shows, with the way to the target made its place by `sign` 1, and the other way round by -1. */
function withTarget(seen: Float32Array, sign: 1 | -1): Float32Array {
  const out = seen.slice();
  out[2] += sign * fingerX(seen[0], seen[1]);
  out[3] += sign * fingerY(seen[0], seen[1]);
  return out;
}

/** How far from the zone's centre targets lie, in m. A finger touches them 0.06 m from their centres. */
const TARGETS = { from: 0.03, to: 0.08 } as const;

/** How far outside the zone fingers begin, at least. */
const CLEARANCE = 0.02; // m

/** Draws until a finger outside the zone has to touch a target behind it. */
function inTheWay(draw: () => SimulatedState): SimulatedState {
  for (;;) {
    const state = draw();
    const from = fingerAt(state);
    const to: Point = [from[0] + state.sensed[2], from[1] + state.sensed[3]];
    const apart = FORBIDDEN_ZONE.radius - depth(to);
    if (
      apart >= TARGETS.from &&
      apart <= TARGETS.to &&
      depth(from) <= -CLEARANCE &&
      depth(nearest(from, to)) > FORBIDDEN_ZONE.radius / 2
    )
      return state;
  }
}

function fingerAt({ sensed }: SimulatedState): Point {
  return [fingerX(sensed[0], sensed[1]), fingerY(sensed[0], sensed[1])];
}

/** How far inside the zone a place is; below 0 outside. */
function depth([x, y]: Point): number {
  return FORBIDDEN_ZONE.radius - Math.hypot(x - FORBIDDEN_ZONE.x, y - FORBIDDEN_ZONE.y);
}

/** The place between two that is nearest to the zone's centre. */
function nearest(from: Point, to: Point): Point {
  const [alongX, alongY] = [to[0] - from[0], to[1] - from[1]];
  const share =
    ((FORBIDDEN_ZONE.x - from[0]) * alongX + (FORBIDDEN_ZONE.y - from[1]) * alongY) /
    (alongX ** 2 + alongY ** 2);
  const held = Math.min(1, Math.max(0, share));
  return [from[0] + held * alongX, from[1] + held * alongY];
}
