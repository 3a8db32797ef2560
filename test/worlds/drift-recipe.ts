/** A recipe for tests of the command line: quick, learns something, and can be told to fail. */
import { z } from 'zod';
import { finalEvaluation, meanReturn, recipe } from '../../src/run/recipe.ts';
import { drift, driftAgent } from './drift.ts';

export const driftRecipe = recipe({
  name: 'drift',
  summary: 'Bring a drifting point to rest.',
  environment: 'drift',
  agent: 'drift-agent',
  options: z.strictObject({
    rate: z.number().gt(0).default(0.1).describe('step size of the gradient'),
    failAt: z.number().int().min(0).default(0).describe('step at which a weight goes NaN; 0 for never'),
    exportError: z.number().default(0).describe('by how much its example of an export is wrong'),
    replay: z
      .strictObject({ capacity: z.number().int().min(1).default(500).describe('rows kept') })
      .prefault({}),
  }),
  build: ({ rate, failAt, exportError, replay }) => ({
    environment: drift(),
    agent: driftAgent({ rate, fail: failAt || Number.POSITIVE_INFINITY, exportError }),
    replayCapacity: replay.capacity,
  }),
  budget: { steps: 2000, evaluateEvery: 330, evaluationEpisodes: 4, checkpointEvery: 70 },
  scores: { random: -2.56, best: -0.17, source: 'measured over 2000 episodes' },
  stated: ['rate', 'replay.capacity'],
  expected: {
    seeds: 2,
    checks: [
      { ...finalEvaluation, atLeast: -0.6 },
      { ...meanReturn(50, 90), atLeast: -1.2 },
    ],
  },
  quick: { budget: { steps: 300, evaluateEvery: 150 }, checks: [{ ...finalEvaluation, atLeast: -0.8 }] },
});

/** The same with a promise it cannot keep: the best possible is about -0.17. */
export const boastfulRecipe = {
  ...driftRecipe,
  name: 'boastful',
  expected: { seeds: 1, checks: [{ ...finalEvaluation, atLeast: 1 }] },
};
