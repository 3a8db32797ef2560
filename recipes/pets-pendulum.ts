/** PETS on pendulum: swing-up from nothing in fifteen episodes of 200 steps. */
import { z } from 'zod';
import { pets } from '../src/agents/pets.ts';
import { Rng } from '../src/core/rng.ts';
import { pendulum, pendulumReward } from '../src/envs/pendulum.ts';
import { ensembleOptions } from '../src/models/ensemble/index.ts';
import { icem, icemOptions } from '../src/planners/icem.ts';
import { withDefaults } from '../src/run/options.ts';
import { meanReturn, recipe } from '../src/run/recipe.ts';

export const petsPendulum = recipe({
  name: 'pets-pendulum',
  summary: 'PETS learns to swing a pendulum up and hold it, from nothing, in fifteen episodes.',
  environment: 'pendulum',
  agent: 'pets',
  options: z.strictObject({
    model: withDefaults(ensembleOptions, {
      members: 5,
      elites: 3,
      hidden: [64, 64, 64],
      particles: 3,
      batch: 64,
      firstTraining: 200,
      trainEvery: 50,
      epochs: 100,
      threads: 1,
    }).prefault({}),
    // swinging up twice takes 40 steps: with 25 the best starts are lost on the true dynamics too
    planner: withDefaults(icemOptions, { horizon: 45, population: 192, iterations: 4 }).prefault({}),
  }),
  build({ model, planner }, seed) {
    const environment = pendulum();
    const { observation, action } = environment;
    const agent = pets(
      { world: { observation, action, reward: pendulumReward }, model, planner: icem(planner) },
      Rng.from(seed).fork('agent'),
    );
    return { environment, agent };
  },
  budget: { steps: 3000, evaluateEvery: 1500, evaluationEpisodes: 3, checkpointEvery: 500 },
  scores: { random: -1250, best: -150, source: 'random measured; best as of planning on the true dynamics' },
  expected: { seeds: 5, checks: [{ ...meanReturn(11, 15), atLeast: -200 }] },
  quick: {
    budget: { steps: 250, evaluateEvery: 0, evaluationEpisodes: 1, checkpointEvery: 100 },
    options: {
      model: { hidden: [32, 32], members: 2, elites: 2, particles: 2 },
      planner: { population: 32, iterations: 2, horizon: 8 },
    },
    checks: [{ ...meanReturn(1, 1), atLeast: -2000 }],
  },
  observationNames: ['cos of the angle', 'sin of the angle', 'angular velocity (rad/s)'],
});
