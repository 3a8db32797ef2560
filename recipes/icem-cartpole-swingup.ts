/** iCEM on the true cartpole of the DeepMind Control Suite, swung up from hanging. */
import { cartpoleSwingup } from '../src/envs/mujoco/cartpole.ts';
import { trueModelRecipe } from './true-model.ts';

export const icemCartpoleSwingup = trueModelRecipe({
  name: 'icem-cartpole-swingup',
  summary:
    'Swing up and balance a pole on a cart by planning in the true simulator (iCEM): nothing is learned.',
  environment: 'cartpole-swingup',
  world: cartpoleSwingup,
  actionRepeat: 4,
  planner: {
    // 1.6 s: a whole swing
    horizon: 40,
    population: 100,
    iterations: 3,
    initialSpread: 1,
    noiseExponent: 1,
  },
  scores: {
    random: 91,
    best: 876,
    source: 'random: 100 episodes; best: TD-MPC2 at 500,000 steps',
  },
  atLeast: 850,
  quick: { planner: { population: 24, iterations: 1 }, atLeast: 400 },
  observationNames: ['position (m)', 'cos θ', 'sin θ', 'speed (m/s)', 'angular velocity (rad/s)'],
});
