/** PETS on cartpole swing-up: from nothing, in twenty episodes of 1000 steps, each decision held for eight of them. */
import { z } from 'zod';
import { cartpoleReward, cartpoleSwingup } from '../src/envs/mujoco/cartpole.ts';
import { repeated } from '../src/envs/repeated.ts';
import { icemOptions } from '../src/planners/icem.ts';
import { withDefaults } from '../src/run/options.ts';
import { bestEvaluation, finalEvaluation, meanReturn, recipe } from '../src/run/recipe.ts';
import { cartpoleNames } from './observation-names.ts';
import { petsIn, physicsEnsemble, quickPets } from './pets-physics.ts';

export const petsCartpoleSwingup = recipe({
  name: 'pets-cartpole-swingup',
  summary: 'PETS learns to swing up a pole that hangs from a cart, from nothing, in twenty episodes.',
  environment: 'cartpole-swingup',
  agent: 'pets',
  options: z.strictObject({
    actionRepeat: z.number().int().min(1).default(8).describe('environment steps that a decision is held'),
    // rows are decisions: an episode has 125
    model: physicsEnsemble({
      batch: 64,
      firstTraining: 125,
      trainEvery: 125,
      epochs: 200,
      gradientSteps: 3000,
      patience: 20,
    }).prefault({}),
    // 20 decisions are 1.6 s
    planner: withDefaults(icemOptions, { horizon: 20, population: 128, iterations: 3 }).prefault({}),
  }),
  async build({ actionRepeat, ...options }, seed) {
    return petsIn(repeated(await cartpoleSwingup(), actionRepeat), { reward: cartpoleReward }, options, seed);
  },
  budget: { steps: 20_000, evaluateEvery: 4000, evaluationEpisodes: 5, checkpointEvery: 4000 },
  scores: {
    random: 129,
    best: 863,
    source:
      'random: 100 episodes, each action held for 8 steps; best: one episode of the same planner on the true dynamics; TD-MPC2 has 839 at 100,000 steps',
  },
  expected: { seeds: 3, checks: [{ ...finalEvaluation, atLeast: 800 }, bestEvaluation] },
  quick: {
    budget: { steps: 1200, evaluateEvery: 0, evaluationEpisodes: 1, checkpointEvery: 400 },
    options: { ...quickPets, model: { ...quickPets.model, firstTraining: 100 } },
    checks: [{ ...meanReturn(1, 1), atLeast: 0 }],
  },
  observationNames: cartpoleNames,
});
