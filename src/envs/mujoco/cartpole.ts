/**
 * Cartpole of the DeepMind Control Suite: a pole on a cart on a rail, to be swung up and balanced in the middle.
 *
 * Tassa et al. (2018), DeepMind Control Suite, section 5; constants as in dm_control's suite/cartpole, tasks balance, swingup
 * and swingup_sparse. A step is 0.01 s, an episode 1000 steps.
 */
import { numpy as np } from '@jax-js/jax';
import { box } from '../../core/spaces.ts';
import { feature, type TracedReward } from '../../engine/rules.ts';
import { ink, mjcf, motor, tag } from './mjcf.ts';
import { type SimulatedEnvironment, type SimulatedRules, simulated } from './simulated.ts';
import { loadMujoco } from './simulator.ts';
import { tolerance, tracedTolerance } from './tolerance.ts';

const RAIL_HEIGHT = 1; // m
const RAIL_END = 1.8; // m to either side
const CART_MASS = 1; // kg
const CART_DAMPING = 5e-4; // N·s/m
const POLE_LENGTH = 1; // m, between the centres of the capsule's ends
const POLE_RADIUS = 0.045; // m
const POLE_MASS = 0.1; // kg
const POLE_DAMPING = 2e-6; // N·m·s/rad
const FORCE = 10; // N at a control of 1
const TIME_STEP = 0.01; // s

const MODEL = mjcf(
  'cartpole',
  tag('option', { timestep: TIME_STEP, integrator: 'RK4' }, tag('flag', { contact: 'disable' })),
  tag(
    'worldbody',
    {},
    tag('geom', {
      type: 'capsule',
      fromto: [-RAIL_END - 0.2, 0, RAIL_HEIGHT, RAIL_END + 0.2, 0, RAIL_HEIGHT],
      size: 0.02,
      group: ink('ground'),
    }),
    tag(
      'body',
      { name: 'cart', pos: [0, 0, RAIL_HEIGHT] },
      tag('joint', {
        name: 'slide',
        type: 'slide',
        axis: [1, 0, 0],
        limited: 'true',
        range: [-RAIL_END, RAIL_END],
        solreflimit: [0.08, 1],
        damping: CART_DAMPING,
      }),
      tag('geom', { type: 'box', size: [0.2, 0.15, 0.1], mass: CART_MASS }),
      tag(
        'body',
        { name: 'pole' },
        tag('joint', { name: 'hinge', type: 'hinge', axis: [0, 1, 0], damping: POLE_DAMPING }),
        tag('geom', {
          type: 'capsule',
          fromto: [0, 0, 0, 0, 0, POLE_LENGTH],
          size: POLE_RADIUS,
          mass: POLE_MASS,
          group: ink('accent'),
        }),
      ),
    ),
  ),
  tag('actuator', {}, motor('slide', FORCE)),
);

const CENTRED = { margin: 2 } as const;
const GENTLE = { margin: 1, fall: 'quadratic', valueAtMargin: 0 } as const;
const SLOW = { margin: 5 } as const;
/** The sparse task's target: near the middle, and all but upright. */
const IN_THE_MIDDLE = { bounds: [-0.25, 0.25] } as const;
const UPRIGHT = { bounds: [0.995, 1] } as const;

// places in an observation
const POSITION = 0;
const COSINE = 1;
const SINE = 2;
const VELOCITY = 3;
const ANGULAR_VELOCITY = 4;

const centred = tolerance(CENTRED);
const gentle = tolerance(GENTLE);
const slow = tolerance(SLOW);
const inTheMiddle = tolerance(IN_THE_MIDDLE);
const upright = tolerance(UPRIGHT);

/** What the three tasks share, beginning nearly upright or hanging. */
function rules(name: string, hanging: boolean, reward: SimulatedRules['reward']): SimulatedRules {
  return {
    name,
    mjcf: MODEL,
    frameSkip: 1,
    maxSteps: 1000,
    observation: 5,
    action: box(-1, 1),
    reads: 'joints',
    sensed: 5,
    sense({ qpos, qvel }, out) {
      out[POSITION] = qpos[0];
      out[COSINE] = Math.cos(qpos[1]);
      out[SINE] = Math.sin(qpos[1]);
      out[VELOCITY] = qvel[0];
      out[ANGULAR_VELOCITY] = qvel[1];
    },
    begin({ qpos, qvel }, rng) {
      qpos[0] = hanging ? 0.01 * rng.normal() : 0.1 * (2 * rng.uniform() - 1);
      qpos[1] = hanging ? Math.PI + 0.01 * rng.normal() : 0.034 * (2 * rng.uniform() - 1);
      qvel[0] = 0.01 * rng.normal();
      qvel[1] = 0.01 * rng.normal();
    },
    reward,
    place({ qpos, qvel }, seen) {
      qpos[0] = seen[POSITION];
      qpos[1] = Math.atan2(seen[SINE], seen[COSINE]);
      qvel[0] = seen[VELOCITY];
      qvel[1] = seen[ANGULAR_VELOCITY];
    },
    vista: { from: 'side', view: { left: -2.2, right: 2.2, bottom: -0.2, top: 2.2 } },
  };
}

const smooth: SimulatedRules['reward'] = (_sensed, action, next) =>
  ((next[COSINE] + 1) / 2) *
  ((4 + gentle(action[0])) / 5) *
  ((1 + slow(next[ANGULAR_VELOCITY])) / 2) *
  ((1 + centred(next[POSITION])) / 2);

const sparse: SimulatedRules['reward'] = (_sensed, _action, next) =>
  inTheMiddle(next[POSITION]) * upright(next[COSINE]);

/**
 * Cartpole balance: the pole begins nearly upright. One action, the push in [-1, 1] of 10 N.
 *
 * | index | observation                       |
 * |-------|-----------------------------------|
 * | 0     | position of the cart, m           |
 * | 1, 2  | cos θ and sin θ, θ = 0 is upright |
 * | 3     | velocity of the cart, m/s         |
 * | 4     | angular velocity, rad/s           |
 *
 * The reward of a step, at most 1, is high where the pole is upright, at rest, in the middle and pushed little.
 */
export async function cartpoleBalance(): Promise<SimulatedEnvironment> {
  return simulated(await loadMujoco(), rules('cartpole-balance', false, smooth));
}

/** As {@link cartpoleBalance}, but the pole begins hanging. */
export async function cartpoleSwingup(): Promise<SimulatedEnvironment> {
  return simulated(await loadMujoco(), rules('cartpole-swingup', true, smooth));
}

/** As {@link cartpoleSwingup}, but a step is worth 1 where the pole is upright in the middle, and 0 elsewhere. */
export async function cartpoleSwingupSparse(): Promise<SimulatedEnvironment> {
  return simulated(await loadMujoco(), rules('cartpole-swingup-sparse', true, sparse));
}

/** The reward of balance and swing-up. */
export const cartpoleReward: TracedReward = (_observation, action, next) =>
  feature(next, COSINE)
    .add(1)
    .mul(0.5)
    .mul(
      tracedTolerance(GENTLE)(np.clip(feature(action, 0), -1, 1))
        .add(4)
        .mul(0.2),
    )
    .mul(tracedTolerance(SLOW)(feature(next, ANGULAR_VELOCITY)).add(1).mul(0.5))
    .mul(tracedTolerance(CENTRED)(feature(next, POSITION)).add(1).mul(0.5));

/** The reward of sparse swing-up. */
export const cartpoleSparseReward: TracedReward = (_observation, _action, next) =>
  tracedTolerance(IN_THE_MIDDLE)(feature(next, POSITION)).mul(
    tracedTolerance(UPRIGHT)(feature(next, COSINE)),
  );
