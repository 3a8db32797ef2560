/**
 * Inverted pendulum: a pole on a cart is kept from falling.
 *
 * Constants and rules as in Gymnasium's InvertedPendulum-v5. A step is 0.04 s, two of the simulator's; an episode at most
 * 1000 steps.
 */
import { numpy as np } from '@jax-js/jax';
import { box } from '../../core/spaces.ts';
import { feature, type TracedDiscount, type TracedReward } from '../../engine/rules.ts';
import { ink, mjcf, tag } from './mjcf.ts';
import { type SimulatedEnvironment, type SimulatedRules, simulated } from './simulated.ts';
import { loadMujoco } from './simulator.ts';

const TIME_STEP = 0.02; // s
const DAMPING = 1; // N·s/m and N·m·s/rad
const RAIL_END = 1; // m to either side
const FORCE = 100; // N at a control of 1
const LARGEST = 3; // control
const FALLEN = 0.2; // rad
const NOISE = 0.01;

// bodies weigh 1000 kg/m³, as MuJoCo has it; nothing collides
const MODEL = mjcf(
  'inverted pendulum',
  tag('option', { timestep: TIME_STEP, integrator: 'RK4', gravity: [0, 0, -9.81] }),
  tag(
    'default',
    {},
    tag('joint', { damping: DAMPING, limited: 'true' }),
    tag('geom', { type: 'capsule', contype: 0 }),
  ),
  tag(
    'worldbody',
    {},
    tag('geom', { fromto: [-RAIL_END, 0, 0, RAIL_END, 0, 0], size: 0.02, group: ink('ground') }),
    tag(
      'body',
      { name: 'cart' },
      tag('joint', { name: 'slide', type: 'slide', axis: [1, 0, 0], range: [-RAIL_END, RAIL_END] }),
      tag('geom', { fromto: [-0.1, 0, 0, 0.1, 0, 0], size: 0.1 }),
      tag(
        'body',
        { name: 'pole' },
        tag('joint', { name: 'hinge', type: 'hinge', axis: [0, 1, 0], range: [-90, 90] }),
        // a millimetre out of the vertical at its tip, as published
        tag('geom', { fromto: [0, 0, 0, 0.001, 0, 0.6], size: 0.049, group: ink('accent') }),
      ),
    ),
  ),
  tag(
    'actuator',
    {},
    tag('motor', { joint: 'slide', gear: FORCE, ctrllimited: 'true', ctrlrange: [-LARGEST, LARGEST] }),
  ),
);

const RULES: SimulatedRules = {
  name: 'inverted-pendulum',
  mjcf: MODEL,
  frameSkip: 2,
  maxSteps: 1000,
  observation: 4,
  action: box(-LARGEST, LARGEST),
  reads: 'joints',
  sensed: 4,
  sense({ qpos, qvel }, out) {
    for (let i = 0; i < 2; i++) {
      out[i] = qpos[i];
      out[2 + i] = qvel[i];
    }
  },
  begin({ qpos, qvel }, rng) {
    for (let i = 0; i < 2; i++) qpos[i] = NOISE * (2 * rng.uniform() - 1);
    for (let i = 0; i < 2; i++) qvel[i] = NOISE * (2 * rng.uniform() - 1);
  },
  reward: (_sensed, _action, next) => (Math.abs(next[1]) > FALLEN ? 0 : 1),
  ended: (next) => Math.abs(next[1]) > FALLEN,
  place({ qpos, qvel }, seen) {
    for (let i = 0; i < 2; i++) {
      qpos[i] = seen[i];
      qvel[i] = seen[2 + i];
    }
  },
  vista: { from: 'side', view: { left: -1.3, right: 1.3, bottom: -0.4, top: 0.9 } },
};

/**
 * Inverted pendulum. One action, the push on the cart in [-3, 3] of 100 N. A step is worth 1; the episode ends, with 0,
 * where the pole leans more than 0.2 rad.
 *
 * | index | observation                               |
 * |-------|-------------------------------------------|
 * | 0     | position of the cart, m                   |
 * | 1     | lean of the pole, rad                     |
 * | 2, 3  | their velocities                          |
 */
export async function invertedPendulum(): Promise<SimulatedEnvironment> {
  return simulated(await loadMujoco(), RULES);
}

export const invertedPendulumDiscount: TracedDiscount = (next) =>
  np.where(np.greater(np.abs(feature(next, 1)), FALLEN), 0, 1);

export const invertedPendulumReward: TracedReward = (_observation, _action, next) =>
  invertedPendulumDiscount(next);
