/** iCEM on the true walker of the DeepMind Control Suite. */
import { walkerWalk } from '../src/envs/mujoco/walker.ts';
import { trueModelRecipe } from './true-model.ts';

const BODIES = ['torso', 'right thigh', 'right shin', 'right foot', 'left thigh', 'left shin', 'left foot'];

export const icemWalkerWalk = trueModelRecipe({
  name: 'icem-walker-walk',
  summary: 'Make a walker stand up and walk by planning in the true simulator (iCEM): nothing is learned.',
  environment: 'walker-walk',
  world: walkerWalk,
  actionRepeat: 2,
  planner: {
    // 1 s
    horizon: 20,
    population: 32,
    iterations: 2,
  },
  scores: {
    random: 42,
    best: 979,
    source: 'random: 50 episodes; best: TD-MPC2 at 500,000 steps',
  },
  atLeast: 900,
  quick: { planner: { horizon: 10, population: 8, iterations: 1 }, atLeast: 100 },
  observationNames: [
    ...BODIES.flatMap((body) => [`cos of ${body}`, `sin of ${body}`]),
    'height (m)',
    'speed along z (m/s)',
    'speed along x (m/s)',
    'pitch speed (rad/s)',
    ...BODIES.slice(1).map((body) => `${body} speed (rad/s)`),
  ],
});
