/**
 * Finger of the DeepMind Control Suite: a finger of two links flicks a body on a hinge, to keep it spinning.
 *
 * Tassa et al. (2018), DeepMind Control Suite, section 5; constants as in dm_control's suite/finger, task spin.
 * A step is 0.02 s, two of the simulator's; an episode 1000 steps.
 */
import { numpy as np } from '@jax-js/jax';
import { InputError } from '../../core/errors.ts';
import { box } from '../../core/spaces.ts';
import { feature, type TracedReward } from '../../engine/rules.ts';
import { ink, mjcf, motor, tag } from './mjcf.ts';
import { type SimulatedEnvironment, type SimulatedRules, simulated } from './simulated.ts';
import { loadMujoco } from './simulator.ts';

const TIME_STEP = 0.01; // s
const HEIGHT = 0.4; // m, of the finger's root and of the hinge
const FINGER_DAMPING = 2.5; // N·m·s/rad
const FINGER_RANGE = 110; // ° to either side
const TORQUES = { proximal: 30, distal: 15 } as const; // N·m at a control of 1
const HINGE_FRICTION = 0.1; // N·m
const HINGE_DAMPING = 0.03; // N·m·s/rad; the task spin turns the model's 0.5 down to it
const TIP = 0.13; // m from the hinge
const SPIN = 15; // rad/s

const TOUCH = { type: 'ellipsoid', size: [0.025, 0.03, 0.025], group: 5 };
const bone = (end: number, size: number) => ({ type: 'capsule', fromto: [0, 0, 0, 0, 0, -end], size });
/** A cylinder across a joint. It is there to be seen, yet weighs and touches as everything else. */
const pin = (half: number, size: number) => ({
  type: 'cylinder',
  fromto: [0, -half, 0, 0, half, 0],
  size,
  group: ink('muted'),
});
const knuckle = (name: string, more: object = {}) =>
  tag('joint', {
    name,
    damping: FINGER_DAMPING,
    limited: 'true',
    range: [-FINGER_RANGE, FINGER_RANGE],
    ...more,
  });

const MODEL = mjcf(
  'finger',
  tag(
    'option',
    { timestep: TIME_STEP, cone: 'elliptic', iterations: 200 },
    tag('flag', { gravity: 'disable' }),
  ),
  tag(
    'default',
    {},
    tag('geom', { solimp: [0, 0.9, 0.01], solref: [0.02, 1] }),
    tag('joint', { type: 'hinge', axis: [0, -1, 0] }),
  ),
  tag(
    'worldbody',
    {},
    tag('geom', { type: 'plane', size: [1, 1, 1], group: ink('ground') }),
    tag(
      'body',
      { name: 'proximal', pos: [-0.2, 0, HEIGHT] },
      knuckle('proximal', { ref: -90 }),
      tag('geom', pin(0.033, 0.034)),
      tag('geom', bone(0.17, 0.03)),
      tag(
        'body',
        { name: 'distal', pos: [0, 0, -0.18] },
        knuckle('distal'),
        tag('geom', { ...bone(0.16, 0.028), contype: 0, conaffinity: 0 }),
        tag('geom', {
          type: 'capsule',
          fromto: [0, 0, -0.13, 0, 0, -0.161],
          size: 0.03,
          group: ink('accent'),
        }),
        tag('site', { name: 'top', pos: [0.01, 0, -0.17], ...TOUCH }),
        tag('site', { name: 'bottom', pos: [-0.01, 0, -0.17], ...TOUCH }),
      ),
    ),
    tag(
      'body',
      { name: 'spinner', pos: [0.2, 0, HEIGHT] },
      tag('joint', { name: 'hinge', frictionloss: HINGE_FRICTION, damping: HINGE_DAMPING }),
      tag('geom', { type: 'capsule', size: [0.04, 0.09], pos: [0.02, 0, 0] }),
      tag('geom', { type: 'capsule', size: [0.04, 0.09], pos: [-0.02, 0, 0] }),
      tag('geom', pin(0.045, 0.02)),
    ),
  ),
  tag('actuator', {}, motor('proximal', TORQUES.proximal), motor('distal', TORQUES.distal)),
  tag('sensor', {}, tag('touch', { site: 'top' }), tag('touch', { site: 'bottom' })),
);

const HINGE_VELOCITY = 6; // its place in an observation
const ATTEMPTS = 1000;

const RULES: SimulatedRules = {
  name: 'finger-spin',
  mjcf: MODEL,
  frameSkip: 2,
  maxSteps: 1000,
  observation: 9,
  action: box(-1, 1, [2]),
  reads: 'joints',
  sensed: 9,
  sense({ qpos, qvel, sensors }, out) {
    out[0] = qpos[0];
    out[1] = qpos[1];
    // the hinge turns about -y
    out[2] = -TIP * Math.sin(qpos[2]);
    out[3] = TIP * Math.cos(qpos[2]);
    for (let i = 0; i < 3; i++) out[4 + i] = qvel[i];
    out[7] = Math.log1p(sensors[0]);
    out[8] = Math.log1p(sensors[1]);
  },
  begin(simulator, rng) {
    const range = (FINGER_RANGE * Math.PI) / 180;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      simulator.qpos[0] = range * (2 * rng.uniform() - 1);
      simulator.qpos[1] = range * (2 * rng.uniform() - 1);
      simulator.qpos[2] = Math.PI * (2 * rng.uniform() - 1);
      simulator.settle();
      if (simulator.data.ncon === 0) return;
    }
    throw new InputError(`finger-spin: a start without contacts must be found, got none in ${ATTEMPTS}.`);
  },
  reward: (_sensed, _action, next) => (next[HINGE_VELOCITY] <= -SPIN ? 1 : 0),
  place({ qpos, qvel }, seen) {
    qpos[0] = seen[0];
    qpos[1] = seen[1];
    qpos[2] = Math.atan2(-seen[2], seen[3]);
    for (let i = 0; i < 3; i++) qvel[i] = seen[4 + i];
  },
  given: [7, 8],
  vista: { from: 'side', view: { left: -0.6, right: 0.6, bottom: -0.1, top: 0.9 } },
};

/**
 * Finger spin. Two actions, the torques of the finger's joints in [-1, 1] of 30 and 15 N·m. A step is worth 1 where the
 * hinge turns at -15 rad/s or faster, and 0 elsewhere.
 *
 * | index | observation                                                  |
 * |-------|--------------------------------------------------------------|
 * | 0, 1  | angles of the proximal and the distal joint, rad             |
 * | 2, 3  | x and z of the spinner's tip, m from the hinge               |
 * | 4-6   | angular velocities: proximal, distal, hinge, rad/s           |
 * | 7, 8  | log(1 + force) felt at the top and the bottom of the finger  |
 */
export async function fingerSpin(): Promise<SimulatedEnvironment> {
  return simulated(await loadMujoco(), RULES);
}

export const fingerSpinReward: TracedReward = (_observation, _action, next) =>
  np.where(np.lessEqual(feature(next, HINGE_VELOCITY), -SPIN), 1, 0);
