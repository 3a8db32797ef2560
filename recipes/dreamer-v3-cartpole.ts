/** DreamerV3 on cart-pole: a latent model of the world, and a policy that learned from dreams in it. */
import { z } from 'zod';
import { dreamer, dreamerOptions } from '../src/agents/dreamer/index.ts';
import { Rng } from '../src/core/rng.ts';
import { cartPole } from '../src/envs/cart-pole.ts';
import { bestEvaluation, meanReturn, recipe } from '../src/run/recipe.ts';
import { quickDreamer } from './dreamer-quick.ts';

export const dreamerV3Cartpole = recipe({
  name: 'dreamer-v3-cartpole',
  summary: 'DreamerV3 learns to balance a pole in dreams of 15 steps.',
  environment: 'cart-pole',
  agent: 'dreamer-v3',
  options: z.strictObject({ agent: dreamerOptions.prefault({}) }),
  build({ agent }, seed) {
    const environment = cartPole();
    return {
      environment,
      agent: dreamer({ world: environment, options: agent }, Rng.from(seed).fork('agent')),
    };
  },
  budget: { steps: 30_000, evaluateEvery: 1000, evaluationEpisodes: 10, checkpointEvery: 5000 },
  scores: { random: 22, best: 500, source: 'random measured; 500 is the most an episode can earn' },
  stated: ['agent.trainRatio'],
  expected: { seeds: 3, checks: [{ ...bestEvaluation, atLeast: 475 }] },
  quick: {
    budget: { steps: 300, evaluateEvery: 300, evaluationEpisodes: 1, checkpointEvery: 200 },
    options: { agent: quickDreamer },
    checks: [{ ...meanReturn(1, 3), atLeast: 8 }],
  },
  observationNames: ['position (m)', 'velocity (m/s)', 'pole angle (rad)', 'angular velocity (rad/s)'],
});
