/** DreamerV3 on catch, seen as pictures: a latent model of a falling ball, and a policy that learned from dreams in it. */
import { z } from 'zod';
import { dreamer, dreamerOptions } from '../src/agents/dreamer/index.ts';
import { Rng } from '../src/core/rng.ts';
import { catchBall } from '../src/envs/catch.ts';
import { pixels } from '../src/envs/pixels.ts';
import { bestEvaluation, meanReturn, recipe } from '../src/run/recipe.ts';
import { quickDreamer } from './dreamer-quick.ts';

export const dreamerV3PixelCatch = recipe({
  name: 'dreamer-v3-pixel-catch',
  summary: 'DreamerV3 learns to catch a ball from pictures of 32 x 32.',
  environment: 'pixel-catch',
  agent: 'dreamer-v3',
  options: z.strictObject({ agent: dreamerOptions.prefault({ trainRatio: 64, entropy: 0.01 }) }),
  build({ agent }, seed) {
    const environment = pixels(catchBall(), { size: [32, 32] });
    return {
      environment,
      agent: dreamer({ world: environment, options: agent }, Rng.from(seed).fork('agent')),
    };
  },
  budget: { steps: 30_000, evaluateEvery: 1500, evaluationEpisodes: 40, checkpointEvery: 5000 },
  scores: { random: -0.6, best: 1, source: 'random measured; 1 is a ball caught' },
  stated: ['agent.trainRatio'],
  expected: { seeds: 3, checks: [{ ...bestEvaluation, atLeast: 0.95 }] },
  quick: {
    budget: { steps: 300, evaluateEvery: 300, evaluationEpisodes: 1, checkpointEvery: 200 },
    options: { agent: { ...quickDreamer, model: { ...quickDreamer.model, depth: 4 } } },
    checks: [{ ...meanReturn(1, 3), atLeast: -1 }],
  },
});
