/** PETS under a speed limit: swing up a pendulum and learn to, without turning too fast on the way. */
import { z } from 'zod';
import { pets } from '../src/agents/pets.ts';
import { Rng } from '../src/core/rng.ts';
import { limitedPendulum, limitedPendulumCost } from '../src/envs/limited-pendulum.ts';
import { pendulumReward } from '../src/envs/pendulum.ts';
import { ensembleOptions } from '../src/models/ensemble/index.ts';
import { icem, icemOptions } from '../src/planners/icem.ts';
import { withDefaults } from '../src/run/options.ts';
import {
  finalEvaluation,
  ofTwin,
  recipe,
  returnOfTwin,
  type Scores,
  trainingViolations,
  violationsOfTwin,
} from '../src/run/recipe.ts';

const scores: Scores = {
  random: -1721,
  best: -348,
  source: 'random: 2,000 episodes; best: planning on the true dynamics without the limit (-356 within it)',
};

export const safePendulum = recipe({
  name: 'safe-pendulum',
  summary: 'PETS learns to swing a pendulum up without turning faster than 6 rad/s, also while it learns.',
  environment: 'limited-pendulum',
  agent: 'pets',
  options: z.strictObject({
    constrained: z.boolean().default(true).describe('keep the limit; false plans as if there were none'),
    speedLimit: z.number().gt(0).default(6).describe('rad/s above which turning has a cost'),
    margin: z.number().min(0).default(0.75).describe('rad/s that plans stay below the limit'),
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
    planner: withDefaults(icemOptions, {
      horizon: 30,
      population: 128,
      iterations: 3,
      costLimit: 0,
    }).prefault({}),
  }),
  build({ constrained, speedLimit, margin, model, planner }, seed) {
    const environment = limitedPendulum(speedLimit);
    const { observation, action } = environment;
    const cost = limitedPendulumCost(Math.max(speedLimit - margin, speedLimit / 2));
    const world = { observation, action, reward: pendulumReward };
    const { costLimit, ...free } = planner;
    const agent = pets(
      constrained
        ? { world: { ...world, cost }, model, planner: icem({ ...free, costLimit }) }
        : { world, model, planner: icem(free) },
      Rng.from(seed).fork('agent'),
    );
    return { environment, agent };
  },
  budget: { steps: 2000, evaluateEvery: 2000, evaluationEpisodes: 5, checkpointEvery: 200 },
  scores,
  twin: { name: 'unconstrained', assignments: [['constrained', 'false']] },
  expected: {
    seeds: 3,
    checks: [
      trainingViolations,
      ofTwin('unconstrained', trainingViolations),
      { ...violationsOfTwin, atMost: 10 },
      finalEvaluation,
      ofTwin('unconstrained', finalEvaluation),
      { ...returnOfTwin(scores), atLeast: 90 },
    ],
  },
  quick: {
    budget: { steps: 250, evaluateEvery: 0, evaluationEpisodes: 1, checkpointEvery: 100 },
    options: {
      model: { hidden: [32, 32], members: 2, elites: 2, particles: 2 },
      planner: { population: 32, iterations: 2, horizon: 8 },
    },
    checks: [{ ...trainingViolations, atMost: 5 }],
  },
  observationNames: ['cos of the angle', 'sin of the angle', 'angular velocity (rad/s)'],
});
