/** MBPO on InvertedPendulum: balance for 1000 steps. Beside it: sac-inverted-pendulum, without a model. */
import { z } from 'zod';
import { mbpo, mbpoModelDefaults, mbpoOptions, mbpoPolicyDefaults } from '../src/agents/mbpo/index.ts';
import { sacOptions } from '../src/agents/sac/index.ts';
import { Rng } from '../src/core/rng.ts';
import {
  invertedPendulum,
  invertedPendulumDiscount,
  invertedPendulumReward,
} from '../src/envs/mujoco/inverted-pendulum.ts';
import { ensembleOptions } from '../src/models/ensemble/index.ts';
import { withDefaults } from '../src/run/options.ts';
import { bestEvaluation, meanReturn, recipe } from '../src/run/recipe.ts';

export const mbpoInvertedPendulum = recipe({
  name: 'mbpo-inverted-pendulum',
  summary: 'MBPO learns to keep a pole on a cart from falling, its policy practising in a learned model.',
  environment: 'inverted-pendulum',
  agent: 'mbpo',
  options: z.strictObject({
    agent: withDefaults(mbpoOptions, { branches: 10_000 }).prefault({}),
    // few rows: small batches and patience, or training stops before the model is any good, and the policy with it
    model: withDefaults(ensembleOptions, {
      ...mbpoModelDefaults,
      members: 5,
      elites: 3,
      particles: 3,
      hidden: [64, 64, 64],
      firstTraining: 500,
      batch: 64,
      patience: 25,
      gradientSteps: 2000,
    }).prefault({}),
    policy: withDefaults(sacOptions, {
      ...mbpoPolicyDefaults,
      hidden: [128, 128],
      updatesPerStep: 10,
      batch: 128,
    }).prefault({}),
  }),
  async build({ agent, model, policy }, seed) {
    const environment = await invertedPendulum();
    const { observation, action } = environment;
    const world = { observation, action, reward: invertedPendulumReward, discount: invertedPendulumDiscount };
    return {
      environment,
      agent: mbpo({ world, model, policy, options: agent }, Rng.from(seed).fork('agent')),
    };
  },
  budget: { steps: 5000, evaluateEvery: 1000, evaluationEpisodes: 10, checkpointEvery: 1000 },
  scores: { random: 6, best: 1000, source: 'random measured; best: the rules of InvertedPendulum-v5' },
  expected: { seeds: 3, checks: [{ ...bestEvaluation, atLeast: 1000 }] },
  quick: {
    budget: { steps: 300, evaluateEvery: 0, evaluationEpisodes: 1, checkpointEvery: 100 },
    options: {
      agent: { branches: 200 },
      model: { hidden: [32, 32], members: 2, elites: 2, particles: 2, firstTraining: 200, gradientSteps: 20 },
      policy: { hidden: [32, 32], batch: 32, updatesPerStep: 1 },
    },
    checks: [{ ...meanReturn(1, 2), atLeast: 0 }],
  },
  observationNames: [
    'cart position (m)',
    'pole angle (rad)',
    'cart velocity (m/s)',
    'angular velocity (rad/s)',
  ],
});
