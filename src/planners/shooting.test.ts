import { describe, expect, it } from 'vitest';
import { listener } from '../../test/worlds/listener.ts';
import { box, decideSync, discrete, Rng } from '../core/index.ts';
import { randomShooting } from './shooting.ts';

describe('randomShooting', () => {
  it('tries sequences all over the space and begins the best', () => {
    const space = box([-1, 2], [1, 6]);
    const model = listener(space, 3, (sequence) => sequence[0] - sequence[5]);
    const plan = decideSync(model, randomShooting({ horizon: 3, candidates: 2000 }), {
      root: undefined,
      action: space,
      rng: Rng.from(1),
    });
    const [candidates] = model.asked;
    expect(candidates).toHaveLength(2000 * 3 * 2);
    const first = candidates.filter((_, i) => i % 2 === 0);
    const second = candidates.filter((_, i) => i % 2 === 1);
    // uniform: five standard errors of the mean are 5 * range / sqrt(12 * 6000)
    const mean = (numbers: Float32Array) => numbers.reduce((sum, x) => sum + x / numbers.length, 0);
    expect(Math.abs(mean(first))).toBeLessThan(0.038);
    expect(Math.abs(mean(second) - 4)).toBeLessThan(0.075);
    expect(Math.min(...second)).toBeGreaterThanOrEqual(2);
    expect(Math.max(...second)).toBeLessThanOrEqual(6);
    const scores = Array.from({ length: 2000 }, (_, k) => candidates[k * 6] - candidates[k * 6 + 5]);
    const best = scores.indexOf(Math.max(...scores));
    expect([...(plan.trace.actions ?? [])]).toEqual([...candidates.subarray(best * 6, best * 6 + 6)]);
    expect(plan.action).toEqual(candidates.slice(best * 6, best * 6 + 2));
    expect(plan.value).toBe(Math.fround(scores[best]));
    expect(plan.carry).toBeUndefined();
  });

  it('tries integers where actions are discrete', () => {
    const space = discrete(3);
    // the best of all 9 sequences is 2, 0
    const model = listener(space, 2, ([a, b]) => 3 * a - b);
    const plan = decideSync(model, randomShooting({ horizon: 2, candidates: 200 }), {
      root: undefined,
      action: space,
      rng: Rng.from(1),
    });
    expect(new Set(model.asked[0])).toEqual(new Set([0, 1, 2]));
    expect(plan.action).toBe(2);
    expect([...(plan.trace.actions ?? [])]).toEqual([2, 0]);
    expect(plan.value).toBe(6);
  });

  it('tells all that is wrong with its options', () => {
    expect(() => randomShooting({ horizon: 0, candidates: 2.5 })).toThrow(
      'randomShooting: 2 options cannot be used.\n  horizon: expected number to be >=1, got 0.\n  candidates: expected int, got 2.5.',
    );
  });
});
