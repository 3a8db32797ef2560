/**
 * Ball-in-cup of the DeepMind Control Suite: a cup moves in a plane and swings a ball on a string into itself.
 *
 * Tassa et al. (2018), DeepMind Control Suite, section 5; constants as in dm_control's suite/ball_in_cup, task catch.
 * A step is 0.02 s, ten of the simulator's; an episode 1000 steps.
 */
import { numpy as np } from '@jax-js/jax';
import { box } from '../../core/spaces.ts';
import { feature, type TracedReward } from '../../engine/rules.ts';
import { ink, mjcf, motor, tag } from './mjcf.ts';
import { type SimulatedEnvironment, type SimulatedRules, simulated } from './simulated.ts';
import { loadMujoco } from './simulator.ts';

const TIME_STEP = 0.002; // s
const CUP_HEIGHT = 0.6; // m, where the springs hold the cup's rim
const CUP_STIFFNESS = 20; // N/m
const CUP_DAMPING = 3; // N·s/m
const WALL_RADIUS = 0.008; // m
const BALL_HEIGHT = 0.2; // m, where the ball's coordinates are 0
const BALL_RADIUS = 0.025; // m
const STRING = 0.3; // m at most, from the ball's centre to below the cup's floor
const FORCE = 5; // N at a control of 1
const TARGET_DEPTH = 0.05; // m below the rim, the middle of the inside
const TARGET_HALF = 0.05; // m, half its width and its height

/** The walls' corners, from rim to rim: x and z in the cup. */
const WALL = [
  [-0.05, 0],
  [-0.05, -0.075],
  [-0.025, -0.1],
  [0.025, -0.1],
  [0.05, -0.075],
  [0.05, 0],
] as const;

const slide = (name: string, axis: readonly number[], spring: object = {}) =>
  tag('joint', { name, type: 'slide', axis, ...spring });
const SPRING = { damping: CUP_DAMPING, stiffness: CUP_STIFFNESS };

const MODEL = mjcf(
  'ball in cup',
  tag('option', { timestep: TIME_STEP }),
  tag(
    'worldbody',
    {},
    tag('geom', { type: 'plane', size: [1, 1, 1], group: ink('ground') }),
    tag(
      'body',
      { name: 'cup', pos: [0, 0, CUP_HEIGHT] },
      slide('cup x', [1, 0, 0], SPRING),
      slide('cup z', [0, 0, 1], SPRING),
      ...WALL.slice(1).map(([x, z], i) =>
        tag('geom', {
          type: 'capsule',
          fromto: [WALL[i][0], 0, WALL[i][1], x, 0, z],
          size: WALL_RADIUS,
        }),
      ),
      tag('site', { name: 'knot', pos: [0, 0, -0.108] }),
    ),
    tag(
      'body',
      { name: 'ball', pos: [0, 0, BALL_HEIGHT] },
      slide('ball x', [1, 0, 0]),
      slide('ball z', [0, 0, 1]),
      tag('geom', { type: 'sphere', size: BALL_RADIUS, group: ink('accent') }),
      tag('site', { name: 'ball' }),
    ),
  ),
  tag('actuator', {}, motor('cup x', FORCE), motor('cup z', FORCE)),
  tag(
    'tendon',
    {},
    tag(
      'spatial',
      { limited: 'true', range: [0, STRING] },
      tag('site', { site: 'ball' }),
      tag('site', { site: 'knot' }),
    ),
  ),
);

/** How far the ball's centre may be from the middle of the inside, in x and in z. */
const SLACK = TARGET_HALF - BALL_RADIUS;
/** From the difference of coordinates to the difference in height. */
const OFFSET = CUP_HEIGHT - TARGET_DEPTH - BALL_HEIGHT;

const RULES: SimulatedRules = {
  name: 'ball-in-cup-catch',
  mjcf: MODEL,
  frameSkip: 10,
  maxSteps: 1000,
  observation: 8,
  action: box(-1, 1, [2]),
  reads: 'joints',
  sensed: 8,
  sense({ qpos, qvel }, out) {
    for (let i = 0; i < 4; i++) {
      out[i] = qpos[i];
      out[4 + i] = qvel[i];
    }
  },
  begin(simulator, rng) {
    // anywhere around the cup where the ball touches nothing; the string may be tight
    do {
      simulator.qpos[2] = 0.2 * (2 * rng.uniform() - 1);
      simulator.qpos[3] = 0.2 + 0.3 * rng.uniform();
      simulator.settle();
    } while (simulator.data.ncon > 0);
  },
  reward: (_sensed, _action, next) =>
    Math.abs(next[0] - next[2]) < SLACK && Math.abs(next[1] - next[3] + OFFSET) < SLACK ? 1 : 0,
  place({ qpos, qvel }, seen) {
    for (let i = 0; i < 4; i++) {
      qpos[i] = seen[i];
      qvel[i] = seen[4 + i];
    }
  },
  vista: { from: 'side', view: { left: -0.6, right: 0.6, bottom: -0.05, top: 1.15 } },
};

/**
 * Ball-in-cup catch. Two actions, forces on the cup along x and z in [-1, 1] of 5 N. A step is worth 1 where the ball is
 * inside the cup, and 0 elsewhere.
 *
 * | index | observation                                             |
 * |-------|---------------------------------------------------------|
 * | 0, 1  | the cup's x and z, m from where the springs hold it      |
 * | 2, 3  | the ball's x and z, z from 0.2 m above the floor         |
 * | 4-7   | their velocities, m/s                                   |
 */
export async function ballInCupCatch(): Promise<SimulatedEnvironment> {
  return simulated(await loadMujoco(), RULES);
}

export const ballInCupCatchReward: TracedReward = (_observation, _action, next) => {
  const across = np.abs(feature(next, 0).sub(feature(next, 2)));
  const up = np.abs(feature(next, 1).sub(feature(next, 3)).add(OFFSET));
  return np.where(np.less(np.maximum(across, up), SLACK), 1, 0);
};
