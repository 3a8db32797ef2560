/** SAC on Hopper: what learning without a model makes of the same steps as mbpo-hopper. */
import { z } from 'zod';
import { sac, sacOptions } from '../src/agents/sac/index.ts';
import { Rng } from '../src/core/rng.ts';
import { hopper } from '../src/envs/mujoco/hopper.ts';
import { withDefaults } from '../src/run/options.ts';
import { bestEvaluation, meanReturn, recipe } from '../src/run/recipe.ts';

export const sacHopper = recipe({
  name: 'sac-hopper',
  summary: 'SAC, which has no model, has as many steps to learn hopping as MBPO.',
  environment: 'hopper',
  agent: 'sac',
  options: z.strictObject({ agent: withDefaults(sacOptions, { targetEntropy: -1 }).prefault({}) }),
  async build({ agent }, seed) {
    const environment = await hopper();
    return { environment, agent: sac({ world: environment, options: agent }, Rng.from(seed).fork('agent')) };
  },
  budget: { steps: 30_000, evaluateEvery: 5000, evaluationEpisodes: 10, checkpointEvery: 5000 },
  scores: {
    random: 18,
    best: 3800,
    source: "random measured; best: Gymnasium's reward threshold of Hopper",
  },
  expected: { seeds: 1, checks: [{ ...bestEvaluation, atLeast: 100 }] },
  quick: {
    budget: { steps: 300, evaluateEvery: 300, evaluationEpisodes: 1, checkpointEvery: 100 },
    options: { agent: { hidden: [32, 32], batch: 32, firstSteps: 200 } },
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
