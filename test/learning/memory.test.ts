/**
 * Dreamer in a T-maze of two squares: with its deterministic state it takes the right turn, without it turns as chance will have
 * it. Best and memoryless best are by the rules; see the T-maze's own tests.
 */
import { expect, test } from 'vitest';
import { dreamer } from '../../src/agents/dreamer/index.ts';
import { Rng } from '../../src/core/rng.ts';
import { tMaze } from '../../src/envs/t-maze.ts';
import { evaluatedAfter } from '../run-through.ts';

/** Mean return of 50 evaluation episodes at the end. */
async function learned(memory: boolean): Promise<number> {
  const world = tMaze({ length: 2 });
  const agent = dreamer(
    {
      world,
      options: {
        model: {
          memory,
          deterministic: 64,
          // few, since what is random in them is noise in memory at first
          variables: 2,
          classes: 4,
          blocks: 2,
          hidden: 48,
          units: 48,
          layers: 1,
          bins: 41,
        },
        units: 32,
        layers: 1,
        bins: 41,
        batch: 16,
        length: 8,
        starts: 3,
        horizon: 4,
        learningRate: 3e-3,
        warmup: 20,
        trainRatio: 200,
        firstSteps: 250,
      },
    },
    Rng.from(1).fork('agent'),
  );
  const { mean } = await evaluatedAfter({ environment: world, agent, seed: 1, steps: 950 }, 50);
  return mean;
}

/** Milliseconds: each takes 20 s of one core, which may be a busy one. */
const PATIENCE = 240_000;

test('with memory: best 4', { timeout: PATIENCE }, async () => {
  expect(await learned(true)).toBeGreaterThan(3.8);
});

// half of 50 turns are right, give or take 9 (2.5 standard deviations), each worth 4.1 / 50 more
test('without memory: 1.95 at best on average', { timeout: PATIENCE }, async () => {
  const mean = await learned(false);
  expect(mean).toBeLessThan(2.7);
});
