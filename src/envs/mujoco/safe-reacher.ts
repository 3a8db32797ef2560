/**
 * Safe reacher: the arm of {@link reacherEasy} has to bring its finger to a target around what it must not touch.
 *
 * Rules of {@link reacherEasy} with five changes: a step that ends with the finger in the forbidden zone costs how deep
 * it is in it; episodes begin with the zone between the finger and the target, whose centre lies 4 cm or more beyond the
 * zone; away from the target a step is worth less the further the finger is, so that plans of a second know where to go;
 * episodes are 200 steps long, as all that happens later is to stay; and what is observed of the target is its place,
 * beside which the zone lies still, instead of the way to it.
 */
import { numpy as np } from '@jax-js/jax';
import type { Environment } from '../../core/environment.ts';
import type { Box } from '../../core/spaces.ts';
import { feature, type TracedCost, type TracedReward } from '../../engine/rules.ts';
import type { Traced } from '../../engine/tree.ts';
import { constrained } from '../constrained.ts';
import { disc, type Point } from '../shapes.ts';
import { fingerX, fingerY, REACHER_ARM, REACHER_RULES } from './reacher-easy.ts';
import { type SimulatedState, simulated } from './simulated.ts';
import { loadMujoco } from './simulator.ts';
import { type ToleranceOptions, tolerance, tracedTolerance } from './tolerance.ts';

/** Where the finger must not be: a disc halfway along the stretched arm. The arm's finger comes from 0.04 to 0.24 m. */
export const FORBIDDEN_ZONE = { x: 0.13, y: 0, radius: 0.05 } as const; // m

/**
 * Actions are those of {@link reacherEasy}. A step is worth 1 where the finger touches the target, and falls evenly from
 * there to 0 at 20 cm.
 *
 * | index | observation                                |
 * |-------|--------------------------------------------|
 * | 0, 1  | angles of shoulder and wrist, rad          |
 * | 2, 3  | place of the target, m                     |
 * | 4, 5  | angular velocities of both, rad/s          |
 *
 * With each action held for 4 steps, random play returns 58 (300 episodes); planning in the true dynamics (iCEM, 64
 * sequences of 12 decisions, 20 episodes) returns 192 where the zone is ignored, which 12 of 20 episodes then enter, and 189
 * without entering it.
 */
export async function safeReacher(): Promise<Environment<SimulatedState, Box>> {
  const arm = simulated(await loadMujoco(), {
    ...REACHER_RULES,
    name: 'safe-reacher',
    maxSteps: 200,
    reward: (_sensed, _action, next) => near(Math.hypot(next[2], next[3])),
  });
  const { x, y, radius } = FORBIDDEN_ZONE;
  return {
    ...constrained(arm, (_state, _action, next) => {
      const [fromX, fromY] = fingerAt(next);
      return Math.max(0, radius - Math.hypot(fromX - x, fromY - y));
    }),
    reset: (rng) => inTheWay(() => arm.reset(rng)),
    observe: (state) => withTarget(arm.observe(state), 1),
    stateFrom: (seen) => arm.stateFrom!(withTarget(seen, -1)),
    picture(state) {
      const { view, shapes } = arm.picture!(state);
      return { view, shapes: [disc([x, y], radius, 'muted'), ...shapes] };
    },
  };
}

/** 1 where the finger touches the target; from there it falls, evenly, to 0. Metres. */
const NEAR: ToleranceOptions = {
  bounds: [0, REACHER_ARM.reach],
  margin: 0.2,
  fall: 'linear',
  valueAtMargin: 0,
};
const near = tolerance(NEAR);
const tracedNear = tracedTolerance(NEAR);

/** The reward of a step, from the observation after it. */
export const safeReacherReward: TracedReward = (_observation, _action, next) => {
  const [x, y] = tracedFinger(next);
  return tracedNear(lengthOf(feature(next, 2).sub(x), feature(next, 3).sub(y)));
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

/** How far from the zone's centre targets' centres lie, in m: 0.04 beyond its edge or more. A finger touches them at 0.06. */
const TARGETS = { from: 0.09, to: 0.13 } as const;

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
