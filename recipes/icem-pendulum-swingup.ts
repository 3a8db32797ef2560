/** iCEM on the true pendulum of the DeepMind Control Suite, whose reward is 0 all the way up. */
import { pendulumSwingup } from '../src/envs/mujoco/pendulum.ts';
import { trueModelRecipe } from './true-model.ts';

export const icemPendulumSwingup = trueModelRecipe({
  name: 'icem-pendulum-swingup',
  summary:
    'Swing up a pendulum rewarded near upright alone, by planning in the true simulator (iCEM): nothing is learned.',
  environment: 'pendulum-swingup',
  world: pendulumSwingup,
  actionRepeat: 8,
  planner: {
    // 3.2 s: the slowest way up, through several swings, takes 2.3 s
    horizon: 20,
    population: 200,
    iterations: 3,
    initialSpread: 1,
    noiseExponent: 1,
    // Upright, a plan survives only whole: all the elites go on, and the next are drawn around them alone.
    keepFraction: 1,
    momentum: 0,
  },
  scores: {
    random: 0.7,
    best: 842,
    source: 'random: 200 episodes; best: TD-MPC2 at 500,000 steps',
  },
  atLeast: 800,
  quick: { planner: { population: 60 }, atLeast: 400 },
  observationNames: ['cos θ', 'sin θ', 'angular velocity (rad/s)'],
});
