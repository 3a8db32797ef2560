/** MBPO on pendulum: a policy learned in the imagination of a learned model. Beside it: sac-pendulum, without a model. */
import { z } from 'zod';
import { mbpo, mbpoModelDefaults, mbpoOptions, mbpoPolicyDefaults } from '../src/agents/mbpo/index.ts';
import { sacOptions } from '../src/agents/sac/index.ts';
import { Rng } from '../src/core/rng.ts';
import { pendulum, pendulumReward } from '../src/envs/pendulum.ts';
import { ensembleOptions } from '../src/models/ensemble/index.ts';
import { withDefaults } from '../src/run/options.ts';
import { finalEvaluation, meanReturn, recipe } from '../src/run/recipe.ts';

export const mbpoPendulum = recipe({
  name: 'mbpo-pendulum',
  summary: 'MBPO learns to swing a pendulum up and hold it, its policy practising in a learned model.',
  environment: 'pendulum',
  agent: 'mbpo',
  options: z.strictObject({
    agent: mbpoOptions.prefault({}),
    model: withDefaults(ensembleOptions, {
      ...mbpoModelDefaults,
      members: 5,
      elites: 3,
      particles: 3,
      hidden: [64, 64, 64],
      firstTraining: 400,
      trainEvery: 100,
    }).prefault({}),
    policy: withDefaults(sacOptions, {
      ...mbpoPolicyDefaults,
      hidden: [64, 64],
      policyRate: 1e-3,
      criticRate: 1e-3,
      temperatureRate: 1e-3,
      updatesPerStep: 10,
      batch: 128,
    }).prefault({}),
  }),
  build({ agent, model, policy }, seed) {
    const environment = pendulum();
    const { observation, action } = environment;
    const world = { observation, action, reward: pendulumReward };
    return {
      environment,
      agent: mbpo({ world, model, policy, options: agent }, Rng.from(seed).fork('agent')),
    };
  },
  // ten episodes would differ by 25 for their starts alone
  budget: { steps: 3000, evaluateEvery: 500, evaluationEpisodes: 30, checkpointEvery: 500 },
  scores: { random: -1250, best: -150, source: 'random measured; best as of planning on the true dynamics' },
  expected: { seeds: 3, checks: [{ ...finalEvaluation, atLeast: -200 }] },
  quick: {
    budget: { steps: 400, evaluateEvery: 0, evaluationEpisodes: 1, checkpointEvery: 200 },
    options: {
      agent: { branches: 500 },
      model: { hidden: [32, 32], members: 2, elites: 2, particles: 2, firstTraining: 200, gradientSteps: 50 },
      policy: { hidden: [32, 32], batch: 32, updatesPerStep: 1 },
    },
    checks: [{ ...meanReturn(1, 2), atLeast: -2000 }],
  },
  observationNames: ['cos of the angle', 'sin of the angle', 'angular velocity (rad/s)'],
});
