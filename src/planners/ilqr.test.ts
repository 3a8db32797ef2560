import { describe, expect, it } from 'vitest';
import { linearQuadraticWorld, randomLinearQuadratic, riccati } from '../../test/worlds/linear-quadratic.ts';
import { decideSync, Rng } from '../core/index.ts';
import { exact } from '../models/exact.ts';
import { ilqr } from './ilqr.ts';

const rng = Rng.from(1);

describe('ilqr on linear-quadratic problems', () => {
  it('equals the Riccati solution on 20 of them', () => {
    for (let seed = 0; seed < 20; seed++) {
      const problem = randomLinearQuadratic(seed);
      const world = linearQuadraticWorld(problem);
      const expected = riccati(problem, 15);
      const root = world.reset(rng);
      const plan = decideSync(exact(world), ilqr({ horizon: 15 }), { root, action: world.action, rng });
      expect(Math.abs(plan.value / expected.value - 1)).toBeLessThan(1e-6);
      const size = Math.hypot(...expected.action);
      const apart = Math.hypot(...plan.action.map((u, i) => u - expected.action[i]));
      expect(apart / size).toBeLessThan(1e-6);
      expect(plan.trace.converged).toBe(true);
    }
  });
});
