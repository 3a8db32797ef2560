/** SAC on InvertedPendulum: what learning without a model makes of the same steps as mbpo-inverted-pendulum. */
import { z } from 'zod';
import { sac, sacOptions } from '../src/agents/sac/index.ts';
import { Rng } from '../src/core/rng.ts';
import { invertedPendulum } from '../src/envs/mujoco/inverted-pendulum.ts';
import { withDefaults } from '../src/run/options.ts';
import { bestEvaluation, meanReturn, recipe } from '../src/run/recipe.ts';

export const sacInvertedPendulum = recipe({
  name: 'sac-inverted-pendulum',
  summary: 'SAC, which has no model, learns to keep a pole on a cart from falling.',
  environment: 'inverted-pendulum',
  agent: 'sac',
  options: z.strictObject({
    agent: withDefaults(sacOptions, { hidden: [128, 128], batch: 128 }).prefault({}),
  }),
  async build({ agent }, seed) {
    const environment = await invertedPendulum();
    return { environment, agent: sac({ world: environment, options: agent }, Rng.from(seed).fork('agent')) };
  },
  budget: { steps: 10_000, evaluateEvery: 1000, evaluationEpisodes: 10, checkpointEvery: 1000 },
  scores: { random: 6, best: 1000, source: 'random measured; best: the rules of InvertedPendulum-v5' },
  expected: { seeds: 3, checks: [{ ...bestEvaluation, atLeast: 100 }] },
  quick: {
    budget: { steps: 300, evaluateEvery: 300, evaluationEpisodes: 1, checkpointEvery: 100 },
    options: { agent: { hidden: [32, 32], batch: 32, firstSteps: 200 } },
    checks: [{ ...meanReturn(1, 2), atLeast: 0 }],
  },
  observationNames: [
    'cart position (m)',
    'pole angle (rad)',
    'cart velocity (m/s)',
    'angular velocity (rad/s)',
  ],
});
