/**
 * Reacher: an arm of two links in a plane brings its fingertip to a target, with little torque.
 *
 * Constants and rules as in Gymnasium's Reacher-v5. A step is 0.02 s, two of the simulator's; an episode 50 steps.
 * Differs from it: the target is a place, not a body that nothing pushes; and the fingertip is where the joints have it
 * after the step, not where the integrator looked last.
 */
import { numpy as np } from '@jax-js/jax';
import { box } from '../../core/spaces.ts';
import { feature, type TracedReward } from '../../engine/rules.ts';
import { ink, mjcf, tag } from './mjcf.ts';
import { type SimulatedEnvironment, type SimulatedRules, simulated } from './simulated.ts';
import { loadMujoco } from './simulator.ts';

const TIME_STEP = 0.01; // s
const UPPER = 0.1; // m
const LOWER = 0.11; // m, from elbow to fingertip
const RADIUS = 0.01; // m
const ARMATURE = 1; // kg·m²
const DAMPING = 1; // N·m·s/rad
const ELBOW_RANGE = 3; // rad to either side
const TORQUE = 200; // N·m at a control of 1
const TARGET_DISC = 0.2; // m, where targets are
const PLANE = 0.01; // m above the floor

// bodies weigh 1000 kg/m³, as MuJoCo has it; nothing collides
const MODEL = mjcf(
  'reacher',
  tag('compiler', { angle: 'radian' }),
  tag('option', { timestep: TIME_STEP, integrator: 'RK4', gravity: [0, 0, -9.81] }),
  tag(
    'default',
    {},
    tag('joint', { type: 'hinge', axis: [0, 0, 1], armature: ARMATURE, damping: DAMPING }),
    tag('geom', { type: 'capsule', contype: 0, size: RADIUS }),
  ),
  tag(
    'worldbody',
    {},
    tag(
      'body',
      { name: 'target', mocap: 'true', pos: [0.1, -0.1, PLANE] },
      tag('geom', { type: 'sphere', size: 0.012, mass: 0, group: ink('goal') }),
    ),
    tag(
      'body',
      { name: 'upper', pos: [0, 0, PLANE] },
      tag('joint', { name: 'shoulder' }),
      tag('geom', { fromto: [0, 0, 0, UPPER, 0, 0] }),
      tag(
        'body',
        { name: 'lower', pos: [UPPER, 0, 0] },
        tag('joint', { name: 'elbow', limited: 'true', range: [-ELBOW_RANGE, ELBOW_RANGE] }),
        tag('geom', { fromto: [0, 0, 0, 0.1, 0, 0] }),
        tag(
          'body',
          { name: 'fingertip', pos: [LOWER, 0, 0] },
          tag('geom', { type: 'sphere', group: ink('accent') }),
        ),
      ),
    ),
  ),
  tag(
    'actuator',
    {},
    ...['shoulder', 'elbow'].map((joint) =>
      tag('motor', { joint, gear: TORQUE, ctrllimited: 'true', ctrlrange: [-1, 1] }),
    ),
  ),
);

// places in an observation
const TARGET = 4;
const VELOCITY = 6;
const GAP = 8;

const RULES: SimulatedRules = {
  name: 'reacher',
  mjcf: MODEL,
  frameSkip: 2,
  maxSteps: 50,
  observation: 10,
  action: box(-1, 1, [2]),
  reads: 'joints',
  sensed: 10,
  sense({ qpos, qvel, mocap }, out) {
    const [shoulder, elbow] = [qpos[0], qpos[1]];
    out[0] = Math.cos(shoulder);
    out[1] = Math.cos(elbow);
    out[2] = Math.sin(shoulder);
    out[3] = Math.sin(elbow);
    out[TARGET] = mocap[0];
    out[TARGET + 1] = mocap[1];
    out[VELOCITY] = qvel[0];
    out[VELOCITY + 1] = qvel[1];
    out[GAP] = UPPER * out[0] + LOWER * Math.cos(shoulder + elbow) - mocap[0];
    out[GAP + 1] = UPPER * out[2] + LOWER * Math.sin(shoulder + elbow) - mocap[1];
  },
  begin({ qpos, qvel, mocap }, rng) {
    for (let i = 0; i < 2; i++) qpos[i] = 0.1 * (2 * rng.uniform() - 1);
    for (let i = 0; i < 2; i++) qvel[i] = 0.005 * (2 * rng.uniform() - 1);
    do {
      mocap[0] = TARGET_DISC * (2 * rng.uniform() - 1);
      mocap[1] = TARGET_DISC * (2 * rng.uniform() - 1);
    } while (Math.hypot(mocap[0], mocap[1]) >= TARGET_DISC);
  },
  reward: (_sensed, action, next) =>
    -Math.hypot(next[GAP], next[GAP + 1]) - action[0] * action[0] - action[1] * action[1],
  place({ qpos, qvel, mocap }, seen) {
    for (let i = 0; i < 2; i++) {
      qpos[i] = Math.atan2(seen[2 + i], seen[i]);
      qvel[i] = seen[VELOCITY + i];
      mocap[i] = seen[TARGET + i];
    }
  },
  vista: { from: 'above', view: { left: -0.25, right: 0.25, bottom: -0.25, top: 0.25 } },
};

/**
 * Reacher. Two actions, the torques of shoulder and elbow in [-1, 1] of 200 N·m. The reward of a step is minus the
 * distance from fingertip to target in m, minus the sum of squared actions.
 *
 * | index | observation                                |
 * |-------|--------------------------------------------|
 * | 0, 1  | cosines of shoulder and elbow              |
 * | 2, 3  | their sines                                |
 * | 4, 5  | the target's x and y, m                    |
 * | 6, 7  | angular velocities, rad/s                  |
 * | 8, 9  | from the target to the fingertip, m        |
 */
export async function reacher(): Promise<SimulatedEnvironment> {
  return simulated(await loadMujoco(), RULES);
}

export const reacherReward: TracedReward = (_observation, action, next) => {
  const [x, y] = [feature(next, GAP), feature(next, GAP + 1)];
  const clipped = np.clip(action, -1, 1);
  return np
    .sqrt(x.mul(x).add(y.mul(y)))
    .add(np.sum(clipped.mul(clipped), -1))
    .neg();
};
