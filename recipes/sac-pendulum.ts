/** SAC on pendulum: what learning without a model needs, on the same axis as the agents that have one. */
import { z } from 'zod';
import { sac, sacOptions } from '../src/agents/sac/index.ts';
import { Rng } from '../src/core/rng.ts';
import { pendulum } from '../src/envs/pendulum.ts';
import { withDefaults } from '../src/run/options.ts';
import { finalEvaluation, meanReturn, recipe } from '../src/run/recipe.ts';

export const sacPendulum = recipe({
  name: 'sac-pendulum',
  summary: 'SAC, which has no model, learns to swing a pendulum up and hold it in fifty episodes.',
  environment: 'pendulum',
  agent: 'sac',
  options: z.strictObject({
    agent: withDefaults(sacOptions, {
      hidden: [128, 128],
      policyRate: 1e-3,
      criticRate: 1e-3,
      temperatureRate: 1e-3,
      batch: 128,
    }).prefault({}),
  }),
  build({ agent }, seed) {
    const environment = pendulum();
    return { environment, agent: sac({ world: environment, options: agent }, Rng.from(seed).fork('agent')) };
  },
  budget: { steps: 10_000, evaluateEvery: 500, evaluationEpisodes: 10, checkpointEvery: 2000 },
  scores: { random: -1250, best: -150, source: 'random measured; best as of planning on the true dynamics' },
  expected: { seeds: 3, checks: [{ ...finalEvaluation, atLeast: -200 }] },
  quick: {
    budget: { steps: 400, evaluateEvery: 400, evaluationEpisodes: 1, checkpointEvery: 200 },
    options: { agent: { hidden: [32, 32], batch: 32, firstSteps: 200 } },
    checks: [{ ...meanReturn(1, 2), atLeast: -2000 }],
  },
  observationNames: ['cos of the angle', 'sin of the angle', 'angular velocity (rad/s)'],
});
