/**
 * Acrobot of the DeepMind Control Suite: two links hang from a bar, and only the joint between them has a motor.
 *
 * Tassa et al. (2018), DeepMind Control Suite, section 5, after Coulom (2002); constants as in dm_control's suite/acrobot,
 * task swingup. A step is 0.01 s, an episode 1000 steps.
 */
import { numpy as np } from '@jax-js/jax';
import { box } from '../../core/spaces.ts';
import { feature, type TracedReward } from '../../engine/rules.ts';
import { ink, mjcf, motor, tag } from './mjcf.ts';
import { type SimulatedEnvironment, type SimulatedRules, simulated } from './simulated.ts';
import { loadMujoco } from './simulator.ts';
import { tolerance, tracedTolerance } from './tolerance.ts';

const TIME_STEP = 0.01; // s
const LENGTH = 1; // m, of each link
const MASS = 1; // kg, of each link
const UPPER_RADIUS = 0.05; // m
const LOWER_RADIUS = 0.049; // m
const DAMPING = 0.05; // N·m·s/rad
const TORQUE = 2; // N·m at a control of 1
const BAR = 2; // m above the floor
const TARGET_RADIUS = 0.2; // m, around the place of a tip straight up

const joint = (name: string) => tag('joint', { name, type: 'hinge', axis: [0, 1, 0], damping: DAMPING });
const link = (size: number, group: number) =>
  tag('geom', { type: 'capsule', fromto: [0, 0, 0, 0, 0, LENGTH], size, mass: MASS, group });

const MODEL = mjcf(
  'acrobot',
  tag('option', { timestep: TIME_STEP, integrator: 'RK4' }, tag('flag', { constraint: 'disable' })),
  tag(
    'worldbody',
    {},
    tag('geom', {
      type: 'sphere',
      pos: [0, 0, BAR + 2 * LENGTH],
      size: TARGET_RADIUS,
      group: ink('goal'),
    }),
    tag(
      'body',
      { name: 'upper', pos: [0, 0, BAR] },
      joint('shoulder'),
      link(UPPER_RADIUS, ink('body')),
      tag('body', { name: 'lower', pos: [0, 0, LENGTH] }, joint('elbow'), link(LOWER_RADIUS, ink('accent'))),
    ),
  ),
  tag('actuator', {}, motor('elbow', TORQUE)),
);

const NEAR = { bounds: [0, TARGET_RADIUS], margin: 1 } as const;
const near = tolerance(NEAR);

const RULES: SimulatedRules = {
  name: 'acrobot-swingup',
  mjcf: MODEL,
  frameSkip: 1,
  maxSteps: 1000,
  observation: 6,
  action: box(-1, 1),
  reads: 'joints',
  sensed: 6,
  sense({ qpos, qvel }, out) {
    const lower = qpos[0] + qpos[1];
    out[0] = Math.sin(qpos[0]);
    out[1] = Math.sin(lower);
    out[2] = Math.cos(qpos[0]);
    out[3] = Math.cos(lower);
    out[4] = qvel[0];
    out[5] = qvel[1];
  },
  begin({ qpos }, rng) {
    qpos[0] = Math.PI * (2 * rng.uniform() - 1);
    qpos[1] = Math.PI * (2 * rng.uniform() - 1);
  },
  reward: (_sensed, _action, next) =>
    near(Math.hypot(LENGTH * (next[0] + next[1]), LENGTH * (next[2] + next[3] - 2))),
  place({ qpos, qvel }, seen) {
    qpos[0] = Math.atan2(seen[0], seen[2]);
    qpos[1] = Math.atan2(seen[1], seen[3]) - qpos[0];
    qvel[0] = seen[4];
    qvel[1] = seen[5];
  },
  vista: { from: 'side', view: { left: -2.3, right: 2.3, bottom: -0.2, top: 4.4 } },
};

/**
 * Acrobot swing-up. One action, the torque of the elbow in [-1, 1] of 2 N·m. A step is worth 1 with the tip within 0.2 m of
 * its place straight up, and less further off: 0.1 at 1.2 m.
 *
 * | index | observation                                             |
 * |-------|---------------------------------------------------------|
 * | 0, 1  | sines of the upper and the lower link's lean            |
 * | 2, 3  | their cosines, 1 is upright                             |
 * | 4, 5  | angular velocities of the shoulder and the elbow, rad/s |
 */
export async function acrobotSwingup(): Promise<SimulatedEnvironment> {
  return simulated(await loadMujoco(), RULES);
}

export const acrobotSwingupReward: TracedReward = (_observation, _action, next) => {
  const across = feature(next, 0).add(feature(next, 1)).mul(LENGTH);
  const down = feature(next, 2).add(feature(next, 3)).sub(2).mul(LENGTH);
  return tracedTolerance(NEAR)(np.sqrt(across.mul(across).add(down.mul(down))));
};
