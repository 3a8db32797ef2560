/** DreamerV3 remembers a bit over ten steps: bsuite's memory length, which no policy of what is seen alone can do. */
import { z } from 'zod';
import { dreamer, dreamerOptions } from '../src/agents/dreamer/index.ts';
import { Rng } from '../src/core/rng.ts';
import { MEMORY_LENGTH_DEFAULTS, memoryLength, memoryLengthOptions } from '../src/envs/memory-length.ts';
import { finalEvaluation, meanReturn, recipe } from '../src/run/recipe.ts';
import { quickDreamer } from './dreamer-quick.ts';
import { rememberingDreamer } from './dreamer-remembering.ts';

export const dreamerV3MemoryLength = recipe({
  name: 'dreamer-v3-memory-length',
  summary: 'DreamerV3 learns to remember a bit until it is asked for, ten steps later.',
  environment: 'memory-length',
  agent: 'dreamer-v3',
  options: z.strictObject({
    world: memoryLengthOptions.prefault(MEMORY_LENGTH_DEFAULTS),
    agent: dreamerOptions.prefault(rememberingDreamer),
  }),
  build({ world, agent }, seed) {
    const environment = memoryLength(world);
    return {
      environment,
      agent: dreamer({ world: environment, options: agent }, Rng.from(seed).fork('agent')),
    };
  },
  budget: { steps: 5000, evaluateEvery: 1000, evaluationEpisodes: 100, checkpointEvery: 1000 },
  scores: { random: 0, best: 1, source: 'by the rules; without memory no policy is better than random' },
  stated: ['agent.trainRatio'],
  expected: { seeds: 3, checks: [{ ...finalEvaluation, atLeast: 0.95 }] },
  quick: {
    budget: { steps: 300, evaluateEvery: 300, evaluationEpisodes: 4, checkpointEvery: 200 },
    options: { agent: quickDreamer },
    checks: [{ ...meanReturn(1, 3), atLeast: -1 }],
  },
  observationNames: ['time left', 'number of the bit asked for', 'the bit'],
});
