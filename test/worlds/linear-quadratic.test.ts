import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/index.ts';
import { compile, tensor } from '../../src/engine/index.ts';
import { exact } from '../../src/models/exact.ts';
import {
  bestPlan,
  linearQuadraticDynamics,
  linearQuadraticWorld,
  quadratic,
  randomLinearQuadratic,
  riccati,
} from './linear-quadratic.ts';

describe('linear-quadratic problems', () => {
  it('have the best return by arithmetic where there is one number and one step to act', () => {
    // two steps: x' = 2 x + u, cost x^2 + u^2 each; the last action is 0, so the first has x^2 + u^2 + (2 x + u)^2 to
    // weigh: u = -x, cost 1 + 1 + 1 = 3
    const one = Float64Array.of(1);
    const problem = {
      n: 1,
      m: 1,
      F: Float64Array.of(2),
      G: one,
      Q: one,
      R: one,
      N: Float64Array.of(0),
      start: one,
      limit: 9,
      steps: 2,
    };
    expect(riccati(problem, 2).costs[0][0]).toBeCloseTo(3, 12);
    expect([...bestPlan(problem).actions].map((x) => x + 0)).toEqual([-1, 0]);
    // with x u besides, the last action is u = -x / 2 and costs 0.75 x^2 in all, so the first has
    // x^2 + u^2 + x u + 0.75 (2 x + u)^2 = 4 + 4 u + 1.75 u^2 to weigh: u = -8/7, cost 12/7, which leads to x = 6/7
    const tied = { ...problem, N: Float64Array.of(0.5) };
    expect(riccati(tied, 2).costs[0][0]).toBeCloseTo(12 / 7, 12);
    const [first, last] = bestPlan(tied).actions;
    expect(first).toBeCloseTo(-8 / 7, 12);
    expect(last).toBeCloseTo(-3 / 7, 12);
  });

  for (const [seed, crossing] of [0, 1, 2, 3, 4].flatMap((n) => [
    [n, 0],
    [n, 0.9],
  ])) {
    it(`${seed}, crossing ${crossing}: nothing near the best plan is better, and its return is Riccati's`, () => {
      const problem = randomLinearQuadratic(seed, 10, crossing);
      const { actions, value } = bestPlan(problem);
      const world = linearQuadraticWorld(problem);
      const returnOf = (plan: Float64Array) => {
        let [x, total] = [problem.start, 0];
        for (let t = 0; t < problem.steps; t++) {
          const u = Float32Array.from(plan.subarray(t * problem.m, (t + 1) * problem.m));
          const { state, reward } = world.step(x, u, Rng.from(0));
          total += reward;
          x = state;
        }
        return total;
      };
      expect(returnOf(actions) / value).toBeCloseTo(1, 6);
      expect(value).toBeCloseTo(-quadratic(riccati(problem, problem.steps).costs[0], problem.start), 9);
      for (let i = 0; i < actions.length; i++)
        for (const move of [-0.01, 0.01])
          expect(returnOf(actions.with(i, actions[i] + move))).toBeLessThan(value + 1e-6 * Math.abs(value));
      expect(Math.max(...actions.map(Math.abs))).toBeLessThan(problem.limit / 2);
    });
  }

  it('are rolled out as by steps', () => {
    const problem = randomLinearQuadratic(5, 10, 0.9);
    const world = linearQuadraticWorld(problem);
    const actions = Rng.from(1).fillNormal(new Float32Array(7 * 10 * problem.m));
    const bySteps = exact({ ...world, rollout: undefined }).rollout(problem.start, actions, 10, Rng.from(2));
    expect(exact(world).rollout(problem.start, actions, 10, Rng.from(2))).toEqual(bySteps);
  });

  it('are the same traced', async () => {
    const problem = randomLinearQuadratic(3, 10, 0.9);
    const { n, m } = problem;
    const rng = Rng.from(1);
    const [state, action] = [
      rng.fillNormal(new Float32Array(4 * n)),
      rng.fillNormal(new Float32Array(4 * m)),
    ];
    const program = compile(linearQuadraticDynamics(problem));
    const { next, reward } = await program(tensor(state, [4, n]), tensor(action, [4, m]));
    const world = exact(linearQuadraticWorld(problem));
    for (let b = 0; b < 4; b++) {
      const x = Float64Array.from(state.subarray(b * n, (b + 1) * n));
      const steps = world.step([x], [action.slice(b * m, (b + 1) * m)], rng);
      expect(reward.data[b]).toBeCloseTo(steps.rewards[0], 3);
      steps.states[0].forEach((expected, i) => {
        expect(next.data[b * n + i]).toBeCloseTo(expected, 4);
      });
    }
  });
});
