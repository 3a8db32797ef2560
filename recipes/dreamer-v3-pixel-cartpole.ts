/** DreamerV3 on cart-pole, seen as pictures: speeds are nowhere to be seen, and must be remembered. */
import { z } from 'zod';
import { dreamer, dreamerOptions } from '../src/agents/dreamer/index.ts';
import { Rng } from '../src/core/rng.ts';
import { cartPole } from '../src/envs/cart-pole.ts';
import { pixels } from '../src/envs/pixels.ts';
import { bestEvaluation, meanReturn, recipe } from '../src/run/recipe.ts';
import { quickDreamer } from './dreamer-quick.ts';

export const dreamerV3PixelCartpole = recipe({
  name: 'dreamer-v3-pixel-cartpole',
  summary: 'DreamerV3 learns to balance a pole from pictures of 48 x 48.',
  environment: 'pixel-cart-pole',
  agent: 'dreamer-v3',
  options: z.strictObject({ agent: dreamerOptions.prefault({ trainRatio: 64 }) }),
  build({ agent }, seed) {
    const environment = pixels(cartPole(), { size: [48, 48] });
    return {
      environment,
      agent: dreamer({ world: environment, options: agent }, Rng.from(seed).fork('agent')),
    };
  },
  budget: { steps: 40_000, evaluateEvery: 2500, evaluationEpisodes: 10, checkpointEvery: 5000 },
  scores: { random: 22, best: 500, source: 'random measured; 500 is the most an episode can earn' },
  stated: ['agent.trainRatio'],
  expected: { seeds: 3, checks: [{ ...bestEvaluation, atLeast: 300 }] },
  quick: {
    budget: { steps: 300, evaluateEvery: 300, evaluationEpisodes: 1, checkpointEvery: 200 },
    options: { agent: { ...quickDreamer, model: { ...quickDreamer.model, depth: 4 } } },
    checks: [{ ...meanReturn(1, 3), atLeast: 8 }],
  },
});
