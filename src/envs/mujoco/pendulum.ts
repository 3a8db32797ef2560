/**
 * Pendulum of the DeepMind Control Suite: a ball on a rod, swung up by a motor too weak to lift it.
 *
 * Tassa et al. (2018), DeepMind Control Suite, section 5; constants as in dm_control's suite/pendulum, task swingup.
 * A step is 0.02 s, an episode 1000 steps.
 */
import { box } from '../../core/spaces.ts';
import { feature, type TracedReward } from '../../engine/rules.ts';
import { ink, mjcf, motor, tag } from './mjcf.ts';
import { type SimulatedEnvironment, type SimulatedRules, simulated } from './simulated.ts';
import { loadMujoco } from './simulator.ts';
import { tolerance, tracedTolerance } from './tolerance.ts';

const TIME_STEP = 0.02; // s
const LENGTH = 0.5; // m
const BALL_MASS = 1; // kg; the rod has none
const BALL_RADIUS = 0.05; // m
const DAMPING = 0.1; // N·m·s/rad
const TORQUE = 1; // N·m at a control of 1
const HEIGHT = 0.6; // m

const MODEL = mjcf(
  'pendulum',
  tag('option', { timestep: TIME_STEP }, tag('flag', { contact: 'disable' })),
  tag(
    'worldbody',
    {},
    tag(
      'body',
      { name: 'rod', pos: [0, 0, HEIGHT] },
      tag('joint', { name: 'hinge', type: 'hinge', axis: [0, 1, 0], damping: DAMPING }),
      tag('geom', { type: 'capsule', fromto: [0, 0, 0, 0, 0, LENGTH], size: 0.02, mass: 0 }),
      tag('geom', {
        type: 'sphere',
        pos: [0, 0, LENGTH],
        size: BALL_RADIUS,
        mass: BALL_MASS,
        group: ink('accent'),
      }),
    ),
    tag('geom', { type: 'sphere', pos: [0, 0, HEIGHT], size: 0.025, group: ink('ground') }),
  ),
  tag('actuator', {}, motor('hinge', TORQUE)),
);

/** Within 8° of upright. */
const UPRIGHT = { bounds: [Math.cos((8 * Math.PI) / 180), 1] } as const;
const upright = tolerance(UPRIGHT);

const RULES: SimulatedRules = {
  name: 'pendulum-swingup',
  mjcf: MODEL,
  frameSkip: 1,
  maxSteps: 1000,
  observation: 3,
  action: box(-1, 1),
  reads: 'joints',
  sensed: 3,
  sense({ qpos, qvel }, out) {
    out[0] = Math.cos(qpos[0]);
    out[1] = Math.sin(qpos[0]);
    out[2] = qvel[0];
  },
  begin({ qpos }, rng) {
    qpos[0] = Math.PI * (2 * rng.uniform() - 1);
  },
  reward: (_sensed, _action, next) => upright(next[0]),
  place({ qpos, qvel }, [cosine, sine, velocity]) {
    qpos[0] = Math.atan2(sine, cosine);
    qvel[0] = velocity;
  },
  vista: { from: 'side', view: { left: -0.7, right: 0.7, bottom: -0.1, top: 1.3 } },
};

/**
 * Pendulum swing-up. One action, the torque in [-1, 1] N·m. A step is worth 1 within 8° of upright, and 0 elsewhere.
 *
 * | index | observation                       |
 * |-------|-----------------------------------|
 * | 0, 1  | cos θ and sin θ, θ = 0 is upright |
 * | 2     | angular velocity, rad/s           |
 */
export async function pendulumSwingup(): Promise<SimulatedEnvironment> {
  return simulated(await loadMujoco(), RULES);
}

export const pendulumSwingupReward: TracedReward = (_observation, _action, next) =>
  tracedTolerance(UPRIGHT)(feature(next, 0));
