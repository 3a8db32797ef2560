/** iCEM on the true reacher of the DeepMind Control Suite: a two-link arm, a large target. */
import { reacherEasy } from '../src/envs/mujoco/reacher-easy.ts';
import { trueModelRecipe } from './true-model.ts';

export const icemReacherEasy = trueModelRecipe({
  name: 'icem-reacher-easy',
  summary: 'Reach a target with a two-link arm by planning in the true simulator (iCEM): nothing is learned.',
  environment: 'reacher-easy',
  world: reacherEasy,
  actionRepeat: 2,
  planner: {
    // 1 s
    horizon: 25,
    population: 64,
    iterations: 2,
    initialSpread: 1,
  },
  scores: {
    random: 57,
    best: 987,
    source: 'random: 200 episodes; best: TD-MPC at 500,000 steps',
  },
  atLeast: 970,
  quick: { planner: { population: 24, iterations: 1 }, atLeast: 800 },
  observationNames: [
    'shoulder (rad)',
    'wrist (rad)',
    'target along x (m)',
    'target along y (m)',
    'shoulder speed (rad/s)',
    'wrist speed (rad/s)',
  ],
});
