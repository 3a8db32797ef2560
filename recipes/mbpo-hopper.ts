/** MBPO on Hopper: a policy learned in short branches of a learned model. Beside it: sac-hopper, without a model. */
import { z } from 'zod';
import { mbpo, mbpoModelDefaults, mbpoOptions, mbpoPolicyDefaults } from '../src/agents/mbpo/index.ts';
import { sacOptions } from '../src/agents/sac/index.ts';
import { Rng } from '../src/core/rng.ts';
import { hopper, hopperDiscount } from '../src/envs/mujoco/hopper.ts';
import { ensembleOptions } from '../src/models/ensemble/index.ts';
import { withDefaults } from '../src/run/options.ts';
import { bestEvaluation, meanReturn, recipe } from '../src/run/recipe.ts';

export const mbpoHopper = recipe({
  name: 'mbpo-hopper',
  summary: 'MBPO learns to hop from 30,000 steps, its policy practising in a learned model.',
  environment: 'hopper',
  agent: 'mbpo',
  options: z.strictObject({
    agent: withDefaults(mbpoOptions, {
      branches: 20_000,
      // the paper's schedule for Hopper: 1 step until 20,000, then longer until 15 at 100,000
      schedule: [20_000, 100_000, 1, 15],
      retain: 6,
    }).prefault({}),
    model: withDefaults(ensembleOptions, {
      ...mbpoModelDefaults,
      members: 5,
      elites: 3,
      particles: 3,
      hidden: [200, 200, 200],
      gradientSteps: 250,
    }).prefault({}),
    policy: withDefaults(sacOptions, {
      ...mbpoPolicyDefaults,
      updatesPerStep: 8,
      targetEntropy: -1,
    }).prefault({}),
  }),
  async build({ agent, model, policy }, seed) {
    const environment = await hopper();
    const { observation, action } = environment;
    const world = { observation, action, discount: hopperDiscount };
    return {
      environment,
      agent: mbpo({ world, model, policy, options: agent }, Rng.from(seed).fork('agent')),
    };
  },
  budget: { steps: 30_000, evaluateEvery: 5000, evaluationEpisodes: 10, checkpointEvery: 5000 },
  scores: {
    random: 18,
    best: 3800,
    source: "random measured; best: Gymnasium's reward threshold of Hopper",
  },
  expected: { seeds: 1, checks: [{ ...bestEvaluation, atLeast: 1000 }] },
  quick: {
    budget: { steps: 300, evaluateEvery: 0, evaluationEpisodes: 1, checkpointEvery: 100 },
    options: {
      agent: { branches: 200 },
      model: { hidden: [32, 32], members: 2, elites: 2, particles: 2, firstTraining: 200, gradientSteps: 20 },
      policy: { hidden: [32, 32], batch: 32, updatesPerStep: 1 },
    },
    checks: [{ ...meanReturn(1, 2), atLeast: -100 }],
  },
  observationNames: [
    'height (m)',
    'pitch (rad)',
    ...['hip', 'knee', 'ankle'].map((joint) => `${joint} (rad)`),
    'speed along x (m/s)',
    'speed along z (m/s)',
    ...['pitch', 'hip', 'knee', 'ankle'].map((joint) => `${joint} speed (rad/s)`),
  ],
});
