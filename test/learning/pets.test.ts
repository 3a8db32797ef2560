/**
 * PETS learns tiny worlds of which the best return is known: by Riccati's equation on ice, by the best rule over 20000
 * episodes on the tightrope, by value iteration where its pushes are three. Random returns are over 20000 episodes too.
 */
import { expect, test } from 'vitest';
import { pets } from '../../src/agents/pets.ts';
import type { Environment } from '../../src/core/environment.ts';
import { Rng } from '../../src/core/rng.ts';
import { type Box, box, type Space } from '../../src/core/spaces.ts';
import { constrained } from '../../src/envs/constrained.ts';
import type { EnsembleOptions, Rules } from '../../src/models/ensemble/index.ts';
import { type CemOptions, cem } from '../../src/planners/cem.ts';
import { evaluatedAfter } from '../run-through.ts';
import { bestReturn, doubleIntegrator, doubleIntegratorReward } from '../worlds/double-integrator.ts';
import { tightrope, tightropeDiscount, tightropeInSteps, tightropeReward } from '../worlds/tightrope.ts';

interface Lesson<S, A extends Space> {
  readonly world: Environment<S, A>;
  readonly rules: Rules;
  readonly steps: number;
  readonly model?: Partial<EnsembleOptions>;
  readonly planner?: Partial<CemOptions>;
}

/** Mean return of 5 evaluation episodes at the end. */
async function learned<S, A extends Space>(lesson: Lesson<S, A>) {
  return (await evaluated(lesson)).mean;
}

async function evaluated<S, A extends Space>({ world, rules, steps, model, planner }: Lesson<S, A>) {
  const { observation, action } = world;
  const agent = pets<A, unknown>(
    {
      world: { observation, action, ...rules },
      planner: cem<A>({ horizon: 8, population: 64, iterations: 3, ...planner }),
      model: {
        members: 3,
        elites: 3,
        particles: 3,
        hidden: [16],
        learningRate: 1e-2,
        batch: 32,
        epochs: 40,
        firstTraining: 60,
        trainEvery: 20,
        threads: 1,
        ...model,
      },
    },
    Rng.from(1),
  );
  return evaluatedAfter({ environment: world, agent, seed: 1, steps }, 5);
}

const tightropeRules = { reward: tightropeReward, discount: tightropeDiscount };

test('a cart on ice, given its reward: random -530, best -2.06', async () => {
  const mean = await learned({
    world: doubleIntegrator(),
    rules: { reward: doubleIntegratorReward },
    steps: 200,
    planner: { horizon: 10 },
  });
  expect(bestReturn()).toBeCloseTo(-2.06, 2);
  expect(mean).toBeGreaterThan(-4);
});

test.each([
  { name: 'rules given', rules: tightropeRules, model: {} },
  { name: 'rules learned', rules: { discount: 'learned' as const }, model: {} },
  { name: 'particles change members', rules: tightropeRules, model: { propagation: 'everyStep' as const } },
  {
    name: 'one plain network, rules learned',
    rules: { discount: 'learned' as const },
    model: { kind: 'deterministic' as const, members: 1, elites: 1, particles: 1 },
  },
])('a tightrope, $name: random 5.6, best 19.98', async ({ rules, model }) => {
  expect(await learned({ world: tightrope(), rules, steps: 160, model })).toBeGreaterThan(19.5);
});

test('a tightrope with three pushes, by their probabilities: random 5.0, best 19.78', async () => {
  const lesson = { world: tightropeInSteps(), rules: tightropeRules, steps: 160 };
  expect(await learned(lesson)).toBeGreaterThan(19.3);
});

test('a slope with a learned limit, for which returns are given up', async () => {
  // x' = x + a / 2, 12 steps, each worth x' and charged for what x' is above 1. From x = 0.5, the mean of starts, straight on
  // returns 12 x 0.5 + 0.5 (1 + ... + 12) = 45 at a cost of 45 - 12 = 33; to the limit and no further, it is 12 at no cost
  const slope: Environment<number, Box> = constrained(
    {
      name: 'slope',
      observation: box(-10, 10),
      action: box(-1, 1),
      maxSteps: 12,
      reset: (rng) => 3 * rng.uniform() - 1,
      step: (x, [a]) => ({ state: x + a / 2, reward: x + a / 2, discount: 1 }),
      observe: (x) => Float32Array.of(x),
    },
    (_x, _action, next) => Math.max(0, next - 1),
  );
  const lesson = {
    world: slope,
    rules: { cost: 'learned' as const },
    steps: 120,
    // the kink at 1 takes longer to learn than lines
    model: { hidden: [32], patience: 40, epochs: 150, batch: 16, trainEvery: 40 },
    planner: { horizon: 6 },
  };
  const free = await evaluated(lesson);
  expect(free.mean).toBeGreaterThan(38);
  expect(free.cost).toBeGreaterThan(25);
  // 6 steps of a tenth: what is learned is nowhere exactly 0
  const safe = await evaluated({ ...lesson, planner: { horizon: 6, costLimit: 0.6 } });
  expect(safe.mean).toBeGreaterThan(9);
  expect(safe.cost).toBeLessThan(2.5);
});
