/** SAC learns a tiny world of which the best return is known, by the best rule over 20000 episodes; random over as many. */
import { expect, test } from 'vitest';
import { type SacOptions, sac } from '../../src/agents/sac/index.ts';
import type { Environment } from '../../src/core/environment.ts';
import { Rng } from '../../src/core/rng.ts';
import type { Box } from '../../src/core/spaces.ts';
import { evaluatedAfter } from '../run-through.ts';
import { tightrope } from '../worlds/tightrope.ts';

/** Mean return of 10 evaluation episodes at the end. */
async function learned<S>(world: Environment<S, Box>, steps: number, options: Partial<SacOptions>) {
  const agent = sac(
    {
      world,
      options: {
        hidden: [32, 32],
        policyRate: 3e-3,
        criticRate: 3e-3,
        temperatureRate: 3e-3,
        tau: 0.02,
        batch: 64,
        firstSteps: 200,
        temperature: 0.1,
        ...options,
      },
    },
    Rng.from(1),
  );
  const { mean } = await evaluatedAfter({ environment: world, agent, seed: 1, steps }, 10);
  return mean;
}

test('a tightrope, whose ends are ends: random 5.6, best 19.98', async () => {
  expect(await learned(tightrope(), 800, {})).toBeGreaterThan(19.5);
});
