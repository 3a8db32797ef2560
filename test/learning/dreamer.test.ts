/** Dreamer learns a tiny world of which the best return is known, by the best rule over 20000 episodes; random over as many. */
import { expect, test } from 'vitest';
import { dreamer } from '../../src/agents/dreamer/index.ts';
import type { Environment } from '../../src/core/environment.ts';
import { Rng } from '../../src/core/rng.ts';
import type { Space } from '../../src/core/spaces.ts';
import { evaluatedAfter } from '../run-through.ts';
import { tightrope, tightropeInSteps } from '../worlds/tightrope.ts';

/** Mean return of 10 evaluation episodes at the end. */
async function learned<S, A extends Space>(world: Environment<S, A>, steps: number): Promise<number> {
  const agent = dreamer(
    {
      world,
      options: {
        model: {
          deterministic: 32,
          variables: 4,
          classes: 8,
          blocks: 2,
          hidden: 32,
          units: 32,
          layers: 1,
          bins: 41,
        },
        units: 32,
        layers: 1,
        bins: 41,
        batch: 6,
        length: 10,
        starts: 6,
        horizon: 8,
        learningRate: 1e-3,
        warmup: 20,
        trainRatio: 60,
        firstSteps: 200,
      },
    },
    Rng.from(1),
  );
  const { mean } = await evaluatedAfter({ environment: world, agent, seed: 1, steps }, 10);
  return mean;
}

test('a tightrope, in continuous steps: random 5.6, best 19.98', async () => {
  expect(await learned(tightrope(), 800)).toBeGreaterThan(18);
});

test('a tightrope, in steps of three sizes: random 5.1, best 19.7', async () => {
  expect(await learned(tightropeInSteps(), 800)).toBeGreaterThan(18);
});
