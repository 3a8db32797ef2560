/**
 * Reacher of the DeepMind Control Suite: an arm of two links in a plane brings its finger to a target.
 *
 * Tassa et al. (2018), DeepMind Control Suite, section 5; constants as in dm_control's suite/reacher, task easy.
 * A step is 0.02 s, an episode 1000 steps.
 */
import { numpy as np } from '@jax-js/jax';
import { box } from '../../core/spaces.ts';
import { feature, type TracedReward } from '../../engine/rules.ts';
import { ink, mjcf, motor, tag } from './mjcf.ts';
import { type SimulatedEnvironment, type SimulatedRules, simulated } from './simulated.ts';
import { loadMujoco } from './simulator.ts';

const TIME_STEP = 0.02; // s
const UPPER = 0.12; // m, from shoulder to wrist
const LOWER = 0.12; // m, from wrist to finger
const RADIUS = 0.01; // m, of links and finger
const DAMPING = 0.01; // N·m·s/rad
const WRIST_RANGE = 160; // ° to either side
const TORQUE = 0.05; // N·m at a control of 1
const TARGET_RADIUS = 0.05; // m

const PLANE = 0.01; // m above the floor

const MODEL = mjcf(
  'two-link reacher',
  tag('option', { timestep: TIME_STEP }, tag('flag', { contact: 'disable' })),
  tag('default', {}, tag('joint', { type: 'hinge', axis: [0, 0, 1], damping: DAMPING })),
  tag(
    'worldbody',
    {},
    // a target that no force moves: its place is a part of the state, but not of the motion
    tag(
      'body',
      { name: 'target', mocap: 'true', pos: [0, 0, PLANE] },
      tag('geom', { type: 'sphere', size: TARGET_RADIUS, mass: 0, group: ink('goal') }),
    ),
    tag(
      'body',
      { name: 'upper', pos: [0, 0, PLANE] },
      tag('joint', { name: 'shoulder' }),
      tag('geom', { type: 'capsule', fromto: [0, 0, 0, UPPER, 0, 0], size: RADIUS }),
      tag(
        'body',
        { name: 'lower', pos: [UPPER, 0, 0] },
        tag('joint', { name: 'wrist', limited: 'true', range: [-WRIST_RANGE, WRIST_RANGE] }),
        // the link ends short of the finger
        tag('geom', { type: 'capsule', fromto: [0, 0, 0, 0.1, 0, 0], size: RADIUS }),
        tag(
          'body',
          { name: 'finger', pos: [LOWER, 0, 0] },
          tag('geom', { type: 'sphere', size: RADIUS, group: ink('accent') }),
        ),
      ),
    ),
  ),
  tag('actuator', {}, motor('shoulder', TORQUE), motor('wrist', TORQUE)),
);

/** Finger and target touch. */
const REACH = TARGET_RADIUS + RADIUS;

/** Lengths of the links and the distance of a touch, in m, for other rules on this arm. */
export const REACHER_ARM = { upper: UPPER, lower: LOWER, reach: REACH } as const;

/** Of links `UPPER` and `LOWER` at these angles, in m. */
export const fingerX = (shoulder: number, wrist: number) =>
  UPPER * Math.cos(shoulder) + LOWER * Math.cos(shoulder + wrist);
export const fingerY = (shoulder: number, wrist: number) =>
  UPPER * Math.sin(shoulder) + LOWER * Math.sin(shoulder + wrist);

/** What makes the arm a task, for others on the same arm. */
export const REACHER_RULES: SimulatedRules = {
  name: 'reacher-easy',
  mjcf: MODEL,
  frameSkip: 1,
  maxSteps: 1000,
  observation: 6,
  action: box(-1, 1, [2]),
  reads: 'joints',
  sensed: 6,
  sense({ qpos, qvel, mocap }, out) {
    out[0] = qpos[0];
    out[1] = qpos[1];
    out[2] = mocap[0] - fingerX(qpos[0], qpos[1]);
    out[3] = mocap[1] - fingerY(qpos[0], qpos[1]);
    out[4] = qvel[0];
    out[5] = qvel[1];
  },
  begin({ qpos, mocap }, rng) {
    qpos[0] = Math.PI * (2 * rng.uniform() - 1);
    qpos[1] = ((WRIST_RANGE * Math.PI) / 180) * (2 * rng.uniform() - 1);
    const angle = 2 * Math.PI * rng.uniform();
    const radius = 0.05 + 0.15 * rng.uniform();
    mocap[0] = radius * Math.sin(angle);
    mocap[1] = radius * Math.cos(angle);
  },
  reward: (_sensed, _action, next) => (Math.hypot(next[2], next[3]) <= REACH ? 1 : 0),
  place({ qpos, qvel, mocap }, seen) {
    qpos[0] = seen[0];
    qpos[1] = seen[1];
    mocap[0] = seen[2] + fingerX(qpos[0], qpos[1]);
    mocap[1] = seen[3] + fingerY(qpos[0], qpos[1]);
    qvel[0] = seen[4];
    qvel[1] = seen[5];
  },
  vista: { from: 'above', view: { left: -0.3, right: 0.3, bottom: -0.3, top: 0.3 } },
};

/**
 * Reacher easy. Two actions, the torques of shoulder and wrist in [-1, 1] of 0.05 N·m. A step is worth 1 where the finger
 * touches the target, 5 cm in radius, and 0 elsewhere.
 *
 * | index | observation                                |
 * |-------|--------------------------------------------|
 * | 0, 1  | angles of shoulder and wrist, rad          |
 * | 2, 3  | from the finger to the target, m           |
 * | 4, 5  | angular velocities of both, rad/s          |
 */
export async function reacherEasy(): Promise<SimulatedEnvironment> {
  return simulated(await loadMujoco(), REACHER_RULES);
}

export const reacherEasyReward: TracedReward = (_observation, _action, next) => {
  const [x, y] = [feature(next, 2), feature(next, 3)];
  return np.where(np.lessEqual(np.sqrt(x.mul(x).add(y.mul(y))), REACH), 1, 0);
};
