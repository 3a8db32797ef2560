/** DreamerV3 in a T-maze: a sign at the beginning of a corridor of 20 squares tells which way to turn at its end. */
import { z } from 'zod';
import { dreamer, dreamerOptions } from '../src/agents/dreamer/index.ts';
import { Rng } from '../src/core/rng.ts';
import { T_MAZE_DEFAULTS, tMaze, tMazeOptions } from '../src/envs/t-maze.ts';
import { finalEvaluation, meanReturn, recipe } from '../src/run/recipe.ts';
import { quickDreamer } from './dreamer-quick.ts';
import { rememberingDreamer } from './dreamer-remembering.ts';

export const dreamerV3TMaze = recipe({
  name: 'dreamer-v3-tmaze',
  summary: 'DreamerV3 learns to remember a sign along a corridor of 20 squares.',
  environment: 't-maze',
  agent: 'dreamer-v3',
  options: z.strictObject({
    world: tMazeOptions.prefault(T_MAZE_DEFAULTS),
    // with the default, 0.3 % a step, walking to and fro costs next to nothing, and episodes grew longer and longer
    agent: dreamerOptions.prefault({ ...rememberingDreamer, gamma: 0.97 }),
  }),
  build({ world, agent }, seed) {
    const environment = tMaze(world);
    return {
      environment,
      agent: dreamer({ world: environment, options: agent }, Rng.from(seed).fork('agent')),
    };
  },
  budget: { steps: 10_000, evaluateEvery: 2000, evaluationEpisodes: 100, checkpointEvery: 1000 },
  scores: { random: -11, best: 4, source: 'by the rules; without memory 1.95 is the best' },
  stated: ['agent.trainRatio'],
  expected: { seeds: 3, checks: [{ ...finalEvaluation, atLeast: 3.8 }] },
  quick: {
    budget: { steps: 300, evaluateEvery: 300, evaluationEpisodes: 1, checkpointEvery: 200 },
    options: { world: { length: 3 }, agent: quickDreamer },
    checks: [{ ...meanReturn(1, 3), atLeast: -5 }],
  },
  observationNames: [
    'wall ahead, or a sign to the south',
    'sign or junction',
    'corridor, or a sign to the north',
  ],
});
