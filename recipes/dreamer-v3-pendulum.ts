/** DreamerV3 on pendulum: the same agent with the same settings as on cart-pole, its actions continuous. */
import { z } from 'zod';
import { dreamer, dreamerOptions } from '../src/agents/dreamer/index.ts';
import { Rng } from '../src/core/rng.ts';
import { pendulum } from '../src/envs/pendulum.ts';
import { bestEvaluation, meanReturn, recipe } from '../src/run/recipe.ts';
import { quickDreamer } from './dreamer-quick.ts';

export const dreamerV3Pendulum = recipe({
  name: 'dreamer-v3-pendulum',
  summary: 'DreamerV3 learns to swing a pendulum up and hold it, in dreams of 15 steps.',
  environment: 'pendulum',
  agent: 'dreamer-v3',
  options: z.strictObject({ agent: dreamerOptions.prefault({}) }),
  build({ agent }, seed) {
    const environment = pendulum();
    return {
      environment,
      agent: dreamer({ world: environment, options: agent }, Rng.from(seed).fork('agent')),
    };
  },
  budget: { steps: 20_000, evaluateEvery: 1000, evaluationEpisodes: 10, checkpointEvery: 5000 },
  scores: { random: -1250, best: -150, source: 'random measured; best as of planning on the true dynamics' },
  stated: ['agent.trainRatio'],
  expected: { seeds: 3, checks: [{ ...bestEvaluation, atLeast: -200 }] },
  quick: {
    budget: { steps: 300, evaluateEvery: 300, evaluationEpisodes: 1, checkpointEvery: 200 },
    options: { agent: quickDreamer },
    checks: [{ ...meanReturn(1, 1), atLeast: -2000 }],
  },
  observationNames: ['cos of the angle', 'sin of the angle', 'angular velocity (rad/s)'],
});
