/**
 * Planners against Riccati's equation: twenty random linear worlds of up to 12 numbers a state and 3 an action. A plan of
 * ten steps has up to 30 numbers to find. Doing nothing costs from 1.08 to 151 times the least.
 */
import { describe, expect, it } from 'vitest';
import { type Box, decide, type Model, type Planner, Rng } from '../../src/core/index.ts';
import { exact } from '../../src/models/exact.ts';
import { guided } from '../../src/models/guided.ts';
import { traced } from '../../src/models/traced.ts';
import { cem, gradientShooting, icem, mppi } from '../../src/planners/index.ts';
import {
  bestPlan,
  type LinearQuadratic,
  linearQuadraticDynamics,
  linearQuadraticWorld,
  quadratic,
  randomLinearQuadratic,
  riccati,
} from '../worlds/linear-quadratic.ts';

const H = 10;
type M = Model<Float64Array, Box>;

/** By how much a plan costs more than the best. */
async function excess(problem: LinearQuadratic, planner: Planner<Box, unknown>, model: M, seed: number) {
  const action = model.action;
  const plan = await decide(model, planner, { root: problem.start, action, rng: Rng.from(seed) });
  const world = exact(linearQuadraticWorld(problem));
  const { returns } = world.rollout(problem.start, plan.trace.actions!, H, Rng.from(0));
  return returns[0] / bestPlan(problem).value - 1;
}

// Directions matter up to a thousand times more than others, and spreads that shrink in a few rounds shrink before the
// mean has gone along the latter: so many rounds, each of which moves the spread by half.
const planners = {
  mppi: mppi({ horizon: H, candidates: 300, iterations: 60, spread: 0.3, adaptation: 0.5 }),
  cem: cem<Box>({ horizon: H, population: 500, iterations: 70, initialSpread: 0.3, momentum: 0.5 }),
  // what is best here has no colour
  icem: icem({
    horizon: H,
    population: 500,
    iterations: 60,
    initialSpread: 0.3,
    momentum: 0.5,
    decay: 1,
    noiseExponent: 0,
    execute: 'mean',
  }),
} as Readonly<Record<string, Planner<Box, unknown>>>;

describe.each(Object.entries(planners))('%s', (_, planner) => {
  it('finds plans within 2 % of the best in 20 random problems', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const problem = randomLinearQuadratic(seed, H);
      const over = await excess(problem, planner, exact(linearQuadraticWorld(problem)), seed);
      expect(over).toBeLessThan(0.02);
      expect(over).toBeGreaterThan(-1e-5);
    }
  });
});

it('doing nothing is no such plan', () => {
  for (let seed = 0; seed < 20; seed++) {
    const problem = randomLinearQuadratic(seed, H);
    const world = exact(linearQuadraticWorld(problem));
    const { returns } = world.rollout(problem.start, new Float32Array(H * problem.m), H, Rng.from(0));
    expect(returns[0] / bestPlan(problem).value).toBeGreaterThan(1.05);
  }
});

it('gradient shooting is within 0.1 % in five of them', async () => {
  for (let seed = 0; seed < 5; seed++) {
    const problem = randomLinearQuadratic(seed, H);
    const model = traced(linearQuadraticWorld(problem), linearQuadraticDynamics(problem));
    const planner = gradientShooting({ horizon: H, starts: 2, iterations: 400, learningRate: 0.1 });
    expect(await excess(problem, planner as Planner<Box, unknown>, model, seed)).toBeLessThan(0.001);
  }
});

describe('with the best value at its end, a short look ahead is a long one', () => {
  // the best first action of ten steps is that of h steps that end with the value of the 10 - h left
  it.each([1, 2, 3])('%s steps', async (horizon) => {
    for (const seed of [1, 4, 9]) {
      const problem = randomLinearQuadratic(seed, H);
      const { costs } = riccati(problem, H);
      const value = (states: readonly Float64Array[]) =>
        Float32Array.from(states, (x) => -quadratic(costs[horizon], x));
      const world = exact(linearQuadraticWorld(problem));
      const planner = mppi({ horizon, candidates: 300, iterations: 15, adaptation: 0.9 });
      const request = { root: problem.start, action: world.action, rng: Rng.from(seed) };
      const { action, value: total } = await decide(guided(world, { value }), planner, request);
      const { actions, value: best } = bestPlan(problem);
      for (let a = 0; a < problem.m; a++)
        expect(Math.abs(action[a] - actions[a])).toBeLessThan(0.02 * problem.limit);
      expect(Math.abs(total / best - 1)).toBeLessThan(0.01);
      // without it, the first action is another
      const blind = await decide(world, planner, { ...request, rng: Rng.from(seed) });
      const off = Math.max(...blind.action.map((u, a) => Math.abs(u - actions[a])));
      expect(off).toBeGreaterThan(0.02 * problem.limit);
    }
  });
});

it('proposed by the best policy and valued at their end, few candidates are enough', async () => {
  const problem = randomLinearQuadratic(11, H); // 11 numbers a state, 3 an action
  const { n, m } = problem;
  // far from the end of time neither gain nor value changes any more
  const { gains, costs } = riccati(problem, 300);
  const policy = (states: readonly Float64Array[], rng: Rng) =>
    states.map((x) =>
      Float32Array.from({ length: m }, (_, a) => {
        let u = 0.001 * problem.limit * rng.normal();
        for (let i = 0; i < n; i++) u -= gains[0][a * n + i] * x[i];
        return u;
      }),
    );
  const value = (states: readonly Float64Array[]) =>
    Float32Array.from(states, (x) => -quadratic(costs[0], x));
  const model = guided(exact(linearQuadraticWorld(problem)), { policy, value });
  const best = -quadratic(costs[0], problem.start);
  const small = { horizon: H, iterations: 1 } as const;
  for (const make of [
    (proposals: number) => mppi({ ...small, candidates: 30, proposals, execute: 'best' }),
    (proposals: number) => cem<Box>({ ...small, population: 30, proposals, execute: 'best' }),
    (proposals: number) => icem({ ...small, population: 30, proposals }),
  ] as ((proposals: number) => Planner<Box, unknown>)[]) {
    const reached = async (proposals: number) => {
      const request = { root: problem.start, action: model.action, rng: Rng.from(1) };
      return (await decide(model, make(proposals), request)).value / best - 1;
    };
    expect(await reached(0)).toBeGreaterThan(0.1);
    expect(await reached(10)).toBeLessThan(0.01);
  }
});
