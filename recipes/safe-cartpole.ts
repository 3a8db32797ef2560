/** PETS on a short rail: balance a pole, and learn to, without leaving the middle of the track. */
import { z } from 'zod';
import { pets } from '../src/agents/pets.ts';
import { Rng } from '../src/core/rng.ts';
import { cartPoleDiscount, cartPoleReward } from '../src/envs/cart-pole.ts';
import { shortRailCartPole, shortRailCost } from '../src/envs/short-rail-cart-pole.ts';
import { ensembleOptions } from '../src/models/ensemble/index.ts';
import { cem, cemOptions } from '../src/planners/cem.ts';
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
  random: 28,
  best: 200,
  source: 'rules of the world; random: 2,000 episodes',
};

export const safeCartpole = recipe({
  name: 'safe-cartpole',
  summary: 'PETS learns to balance a pole within half a metre of rail, and leaves it as seldom as it can.',
  environment: 'short-rail-cart-pole',
  agent: 'pets',
  options: z.strictObject({
    constrained: z.boolean().default(true).describe('keep to the rail; false plans as if there were none'),
    rail: z.number().gt(0).max(2.4).default(0.5).describe('half the length of the rail, in m'),
    margin: z.number().min(0).default(0.1).describe('m that plans stay away from the ends of the rail'),
    model: withDefaults(ensembleOptions, {
      members: 5,
      elites: 5,
      hidden: [64, 64, 64],
      particles: 5,
      batch: 32,
      firstTraining: 50,
      trainEvery: 10,
      epochs: 150,
      patience: 15,
      threads: 1,
    }).prefault({}),
    // a cart that rolls towards the end of the rail can be stopped, and the pole saved, if that is seen 40 steps before;
    // with 25 the pole falls on the true dynamics too, since a fall costs nothing
    planner: withDefaults(cemOptions, {
      horizon: 40,
      population: 100,
      iterations: 3,
      costLimit: 0,
    }).prefault({}),
  }),
  build({ constrained, rail, margin, model, planner }, seed) {
    const environment = shortRailCartPole(rail);
    const { observation, action } = environment;
    const cost = shortRailCost(Math.max(rail - margin, rail / 2));
    const world = { observation, action, reward: cartPoleReward, discount: cartPoleDiscount };
    const { costLimit, ...free } = planner;
    const agent = pets(
      constrained
        ? { world: { ...world, cost }, model, planner: cem({ ...free, costLimit }) }
        : { world, model, planner: cem(free) },
      Rng.from(seed).fork('agent'),
    );
    return { environment, agent };
  },
  budget: { steps: 1200, evaluateEvery: 1200, evaluationEpisodes: 3, checkpointEvery: 100 },
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
    budget: { steps: 120, evaluateEvery: 0, evaluationEpisodes: 1, checkpointEvery: 50 },
    options: {
      model: { hidden: [32, 32], members: 2, elites: 2, particles: 2 },
      planner: { population: 64, iterations: 2, horizon: 15 },
    },
    checks: [{ ...trainingViolations, atMost: 40 }],
  },
  observationNames: [
    'cart position (m)',
    'cart velocity (m/s)',
    'pole angle (rad)',
    'angular velocity (rad/s)',
  ],
});
