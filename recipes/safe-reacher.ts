/** PETS around a forbidden zone: bring an arm's finger to a target, and learn to, without touching what lies before it. */
import { z } from 'zod';
import { pets } from '../src/agents/pets.ts';
import { Rng } from '../src/core/rng.ts';
import { safeReacher, safeReacherCost, safeReacherReward } from '../src/envs/mujoco/safe-reacher.ts';
import { repeated } from '../src/envs/repeated.ts';
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
  random: 58,
  best: 192,
  source:
    'random: 300 episodes; best: planning on the true dynamics without the zone (189 around it), 20 episodes',
};

export const safeReacherRecipe = recipe({
  name: 'safe-reacher',
  summary:
    'PETS learns to bring a finger to a target without touching the zone before it, also while it learns.',
  environment: 'safe-reacher',
  agent: 'pets',
  options: z.strictObject({
    constrained: z
      .boolean()
      .default(true)
      .describe('keep out of the zone; false plans as if there were none'),
    actionRepeat: z.number().int().min(1).default(4).describe('steps that each action is held'),
    margin: z.number().min(0).default(0.015).describe('m that plans stay away from the zone'),
    model: withDefaults(ensembleOptions, {
      members: 5,
      elites: 3,
      hidden: [64, 64, 64],
      particles: 3,
      batch: 64,
      firstTraining: 50,
      trainEvery: 50,
      epochs: 100,
      threads: 1,
    }).prefault({}),
    planner: withDefaults(icemOptions, {
      horizon: 12,
      population: 128,
      iterations: 3,
      costLimit: 0,
    }).prefault({}),
  }),
  async build({ constrained, actionRepeat, margin, model, planner }, seed) {
    const environment = repeated(await safeReacher(), actionRepeat);
    const { observation, action } = environment;
    const world = { observation, action, reward: safeReacherReward };
    const { costLimit, ...free } = planner;
    const agent = pets(
      constrained
        ? {
            world: { ...world, cost: safeReacherCost(margin) },
            model,
            planner: icem({ ...free, costLimit }),
          }
        : { world, model, planner: icem(free) },
      Rng.from(seed).fork('agent'),
    );
    return { environment, agent };
  },
  budget: { steps: 4000, evaluateEvery: 4000, evaluationEpisodes: 20, checkpointEvery: 800 },
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
    budget: { steps: 480, evaluateEvery: 0, evaluationEpisodes: 1, checkpointEvery: 200 },
    options: {
      model: { hidden: [32, 32], members: 2, elites: 2, particles: 2 },
      planner: { population: 32, iterations: 2, horizon: 8 },
    },
    checks: [{ ...trainingViolations, atMost: 40 }],
  },
  observationNames: [
    'angle of the shoulder (rad)',
    'angle of the wrist (rad)',
    'place of the target, x (m)',
    'place of the target, y (m)',
    'angular velocity of the shoulder (rad/s)',
    'angular velocity of the wrist (rad/s)',
  ],
});
