/**
 * Half-cheetah: a two-legged body in a vertical plane learns to run, fast and with little torque.
 *
 * Constants and rules as in Gymnasium's HalfCheetah-v5. A step is 0.05 s, five of the simulator's; an episode 1000 steps.
 */
import { box } from '../../core/spaces.ts';
import { CHEETAH_MASS, cheetahBody, LEGS } from './cheetah-body.ts';
import { ink, mjcf, motor, tag } from './mjcf.ts';
import { type SimulatedEnvironment, type SimulatedRules, simulated } from './simulated.ts';
import { loadMujoco } from './simulator.ts';

const TIME_STEP = 0.01; // s
const FRAME_SKIP = 5;
const FRICTION = [0.4, 0.1, 0.1];
const CONTROL_COST = 0.1;
const NOISE = 0.1;

/** rad */
const VERSION = {
  headSlant: 0.87,
  slants: [-3.8, -2.03, -0.27, 0.52, -0.6, -0.6],
  ranges: [
    [-0.52, 1.05],
    [-0.785, 0.785],
    [-0.4, 0.785],
    [-1, 0.7],
    [-1.2, 0.87],
    [-0.5, 0.5],
  ],
  gears: [120, 90, 60, 120, 60, 30],
} as const;

const MODEL = mjcf(
  'half-cheetah',
  tag('compiler', { angle: 'radian', settotalmass: CHEETAH_MASS }),
  tag('option', { timestep: TIME_STEP, gravity: [0, 0, -9.81] }),
  tag(
    'default',
    {},
    tag('joint', { solimplimit: [0, 0.8, 0.03], solreflimit: [0.02, 1] }),
    // the body meets the floor alone, not itself
    tag('geom', {
      contype: 1,
      conaffinity: 0,
      condim: 3,
      friction: FRICTION,
      solimp: [0, 0.8, 0.01],
      solref: [0.02, 1],
    }),
  ),
  tag(
    'worldbody',
    {},
    tag('geom', { type: 'plane', size: [1, 1, 1], conaffinity: 1, group: ink('ground') }),
    cheetahBody(VERSION),
  ),
  tag('actuator', {}, ...LEGS.flat().map(({ name }, i) => motor(name, VERSION.gears[i]))),
);

const X = 17; // where the position along x lies, beyond the observation

const RULES: SimulatedRules = {
  name: 'half-cheetah',
  mjcf: MODEL,
  frameSkip: FRAME_SKIP,
  maxSteps: 1000,
  observation: 17,
  action: box(-1, 1, [6]),
  reads: 'joints',
  sensed: 18,
  sense({ qpos, qvel }, out) {
    for (let i = 0; i < 8; i++) out[i] = qpos[1 + i];
    for (let i = 0; i < 9; i++) out[8 + i] = qvel[i];
    out[X] = qpos[0];
  },
  begin({ qpos, qvel }, rng) {
    for (let i = 0; i < 9; i++) qpos[i] = NOISE * (2 * rng.uniform() - 1);
    for (let i = 0; i < 9; i++) qvel[i] = NOISE * rng.normal();
  },
  reward(sensed, action, next) {
    let effort = 0;
    for (let i = 0; i < 6; i++) effort += action[i] * action[i];
    return (next[X] - sensed[X]) / (FRAME_SKIP * TIME_STEP) - CONTROL_COST * effort;
  },
  place({ qpos, qvel }, seen) {
    for (let i = 0; i < 8; i++) qpos[1 + i] = seen[i];
    for (let i = 0; i < 9; i++) qvel[i] = seen[8 + i];
  },
  vista: { from: 'side', follow: 'torso', view: { left: -1.5, right: 1.5, bottom: -0.3, top: 1.7 } },
};

/**
 * Half-cheetah. Six actions, torques in [-1, 1] of 120, 90, 60, 120, 60 and 30 N·m: back thigh, shin and foot, then the
 * front's. The reward of a step is the mean speed along x in m/s, minus a tenth of the sum of squared actions.
 *
 * | index | observation                                                         |
 * |-------|---------------------------------------------------------------------|
 * | 0     | height of the torso, m from where it starts                         |
 * | 1     | pitch of the torso, rad                                             |
 * | 2-7   | angles: back thigh, shin, foot, front thigh, shin, foot             |
 * | 8-16  | velocities: along x, z and pitch, then of the six joints            |
 */
export async function halfCheetah(): Promise<SimulatedEnvironment> {
  return simulated(await loadMujoco(), RULES);
}
