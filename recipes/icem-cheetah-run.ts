/** iCEM on the true cheetah of the DeepMind Control Suite. */
import { cheetahRun } from '../src/envs/mujoco/cheetah.ts';
import { trueModelRecipe } from './true-model.ts';

/** The joints of the back leg, then of the front leg. */
const JOINTS = ['back thigh', 'back shin', 'back foot', 'front thigh', 'front shin', 'front foot'];

export const icemCheetahRun = trueModelRecipe({
  name: 'icem-cheetah-run',
  summary: 'Make a cheetah run by planning in the true simulator (iCEM): nothing is learned.',
  environment: 'cheetah-run',
  world: cheetahRun,
  actionRepeat: 4,
  planner: {
    // 0.6 s: about two strides
    horizon: 15,
    population: 64,
    iterations: 3,
    initialSpread: 1,
    keepFraction: 1,
    momentum: 0,
  },
  scores: {
    random: 14,
    best: 824,
    source: 'random: 50 episodes; best: TD-MPC at 500,000 steps',
  },
  atLeast: 600,
  quick: { planner: { population: 20, iterations: 1 }, atLeast: 100 },
  observationNames: [
    'height (m)',
    'pitch (rad)',
    ...JOINTS.map((joint) => `${joint} (rad)`),
    'speed along x (m/s)',
    'speed along z (m/s)',
    'pitch speed (rad/s)',
    ...JOINTS.map((joint) => `${joint} speed (rad/s)`),
  ],
});
