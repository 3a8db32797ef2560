/**
 * Hopper: a one-legged body in a vertical plane hops forwards, and must not fall.
 *
 * Constants and rules as in Gymnasium's Hopper-v5. A step is 0.008 s, four of the simulator's; an episode at most 1000 steps.
 */
import { numpy as np } from '@jax-js/jax';
import { box } from '../../core/spaces.ts';
import { feature, type TracedDiscount } from '../../engine/rules.ts';
import { ink, mjcf, motor, tag } from './mjcf.ts';
import { type SimulatedEnvironment, type SimulatedRules, simulated } from './simulated.ts';
import { loadMujoco } from './simulator.ts';

const TIME_STEP = 0.002; // s
const FRAME_SKIP = 4;
const HEIGHT = 1.25; // m, of the torso at the start
const ARMATURE = 1; // kg·m²
const DAMPING = 1; // N·m·s/rad
const FRICTION = 0.9;
const FOOT_FRICTION = 2;
const TORQUE = 200; // N·m at a control of 1
const HEALTHY_HEIGHT = 0.7; // m, at least
const HEALTHY_PITCH = 0.2; // rad to either side
const HEALTHY_STATE = 100; // every position and velocity from the pitch on, to either side
const CONTROL_COST = 1e-3;
const LARGEST_SEEN = 10; // velocities are clipped to it when seen
const NOISE = 5e-3;

const joint = (name: string, range: readonly number[], pos?: readonly number[]) =>
  tag('joint', { name, axis: [0, -1, 0], pos, limited: 'true', range, armature: ARMATURE, damping: DAMPING });
const root = (name: string, axis: readonly number[], more: object) => tag('joint', { name, axis, ...more });

// bodies weigh 1000 kg/m³, as MuJoCo has it
const MODEL = mjcf(
  'hopper',
  tag('option', { timestep: TIME_STEP, integrator: 'RK4' }),
  tag(
    'default',
    {},
    tag('geom', {
      type: 'capsule',
      contype: 1,
      conaffinity: 1,
      condim: 1,
      margin: 0.001,
      friction: FRICTION,
      solimp: [0.8, 0.8, 0.01],
      solref: [0.02, 1],
    }),
  ),
  tag(
    'worldbody',
    {},
    tag('geom', { type: 'plane', size: [1, 1, 1], condim: 3, friction: 1, group: ink('ground') }),
    tag(
      'body',
      { name: 'torso', pos: [0, 0, HEIGHT] },
      root('x', [1, 0, 0], { type: 'slide' }),
      root('z', [0, 0, 1], { type: 'slide', ref: HEIGHT }),
      root('pitch', [0, 1, 0], { type: 'hinge' }),
      tag('geom', { size: [0.05, 0.2] }),
      tag(
        'body',
        { name: 'thigh', pos: [0, 0, -0.2] },
        joint('hip', [-150, 0]),
        tag('geom', { pos: [0, 0, -0.225], size: [0.05, 0.225], group: ink('accent') }),
        tag(
          'body',
          { name: 'leg', pos: [0, 0, -0.7] },
          joint('knee', [-150, 0], [0, 0, 0.25]),
          tag('geom', { size: [0.04, 0.25], group: ink('accent') }),
          tag(
            'body',
            { name: 'foot', pos: [0.13, 0, -0.35] },
            joint('ankle', [-45, 45], [-0.13, 0, 0.1]),
            tag('geom', {
              pos: [-0.065, 0, 0.1],
              zaxis: [-1, 0, 0],
              size: [0.06, 0.195],
              friction: FOOT_FRICTION,
              group: ink('accent'),
            }),
          ),
        ),
      ),
    ),
  ),
  tag('actuator', {}, ...['hip', 'knee', 'ankle'].map((name) => motor(name, TORQUE))),
);

// beyond the observation: the position along x, and 1 where the hopper is healthy
const X = 11;
const HEALTHY = 12;

const RULES: SimulatedRules = {
  name: 'hopper',
  mjcf: MODEL,
  frameSkip: FRAME_SKIP,
  maxSteps: 1000,
  observation: 11,
  action: box(-1, 1, [3]),
  reads: 'joints',
  sensed: 13,
  sense({ qpos, qvel }, out) {
    let healthy = qpos[1] > HEALTHY_HEIGHT && Math.abs(qpos[2]) < HEALTHY_PITCH;
    for (let i = 0; i < 5; i++) out[i] = qpos[1 + i];
    for (let i = 0; i < 6; i++) {
      out[5 + i] = Math.max(-LARGEST_SEEN, Math.min(LARGEST_SEEN, qvel[i]));
      healthy &&= Math.abs(qvel[i]) < HEALTHY_STATE && (i < 3 || Math.abs(qpos[i]) < HEALTHY_STATE);
    }
    out[X] = qpos[0];
    out[HEALTHY] = healthy ? 1 : 0;
  },
  begin({ qpos, qvel }, rng) {
    for (let i = 0; i < 6; i++) qpos[i] += NOISE * (2 * rng.uniform() - 1);
    for (let i = 0; i < 6; i++) qvel[i] = NOISE * (2 * rng.uniform() - 1);
  },
  reward(sensed, action, next) {
    let effort = 0;
    for (let i = 0; i < 3; i++) effort += action[i] * action[i];
    return (next[X] - sensed[X]) / (FRAME_SKIP * TIME_STEP) + next[HEALTHY] - CONTROL_COST * effort;
  },
  ended: (next) => next[HEALTHY] === 0,
  place({ qpos, qvel }, seen) {
    for (let i = 0; i < 5; i++) qpos[1 + i] = seen[i];
    for (let i = 0; i < 6; i++) qvel[i] = seen[5 + i];
  },
  vista: { from: 'side', follow: 'torso', view: { left: -1.2, right: 1.2, bottom: -0.2, top: 1.8 } },
};

/**
 * Hopper. Three actions, torques in [-1, 1] of 200 N·m: hip, knee and ankle. The reward of a step is the mean speed along x
 * in m/s, plus 1, minus a thousandth of the sum of squared actions. The episode ends where the torso is below 0.7 m or leans
 * more than 0.2 rad.
 *
 * | index | observation                                                        |
 * |-------|--------------------------------------------------------------------|
 * | 0     | height of the torso, m                                             |
 * | 1     | pitch of the torso, rad                                            |
 * | 2-4   | angles: hip, knee, ankle, rad                                      |
 * | 5-10  | velocities, within ±10: along x, z and pitch, then of the joints   |
 */
export async function hopper(): Promise<SimulatedEnvironment> {
  return simulated(await loadMujoco(), RULES);
}

/** Where observations show it: a velocity beyond ±100 also ends an episode, and is seen as ±10. */
export const hopperDiscount: TracedDiscount = (next) => {
  const low = np.lessEqual(feature(next, 0), HEALTHY_HEIGHT);
  const leaning = np.greaterEqual(np.abs(feature(next, 1)), HEALTHY_PITCH);
  return np.where(low, 0, np.where(leaning, 0, 1));
};
