import { describe, expect, test } from 'vitest';
import { InputError } from '../core/errors.ts';
import { Rng } from '../core/rng.ts';
import { discountedReturns, lambdaReturns } from './returns.ts';

describe('discountedReturns', () => {
  test('written out', () => {
    // 3 + 0.5 · 8 = 7; 2 + 0.5 · 7 = 5.5; 1 + 0.5 · 5.5 = 3.75
    const returns = discountedReturns({ rewards: [1, 2, 3], discounts: [1, 1, 1] }, 0.5, 8);
    expect([...returns]).toEqual([3.75, 5.5, 7]);
  });
  test('nothing comes through the end of an episode', () => {
    expect([...discountedReturns({ rewards: [1, 2, 3], discounts: [1, 0, 1] }, 1, 100)]).toEqual([3, 2, 103]);
  });
  test('the opponent wins what I lose', () => {
    // the last move wins 1 for the one who makes it
    expect([...discountedReturns({ rewards: [0, 0, 1], discounts: [-1, -1, 0] }, 1)]).toEqual([1, -1, 1]);
  });
});

describe('lambdaReturns', () => {
  test('written out', () => {
    // γ 0.5, λ 0.5, values 4, 8:
    // R1 = 2 + 0.5 · (0.5 · 8 + 0.5 · 8) = 6
    // R0 = 1 + 0.5 · (0.5 · 4 + 0.5 · 6) = 3.5
    const returns = lambdaReturns({ rewards: [1, 2], discounts: [1, 1] }, [4, 8], 0.5, 0.5);
    expect([...returns]).toEqual([3.5, 6]);
  });
  test('is the mean of all n-step returns, weighted by λ', () => {
    const rng = Rng.from('lambda');
    const T = 6;
    const rewards = rng.fillNormal(new Float64Array(T));
    const values = rng.fillNormal(new Float64Array(T));
    const discounts = [1, 1, -1, 1, 1, 1];
    const [gamma, lambda] = [0.9, 0.7];
    const step = (n: number) => {
      const [r, d] = [rewards.subarray(0, n), discounts.slice(0, n)];
      return discountedReturns({ rewards: r, discounts: d }, gamma, values[n - 1])[0];
    };
    let expected = lambda ** (T - 1) * step(T);
    for (let n = 1; n < T; n++) expected += (1 - lambda) * lambda ** (n - 1) * step(n);
    expect(lambdaReturns({ rewards, discounts }, values, gamma, lambda)[0]).toBeCloseTo(expected, 12);
  });
  test('refuses columns of different length, takes empty ones', () => {
    expect(() => lambdaReturns({ rewards: [1, 2], discounts: [1, 1] }, [1, 2, 3], 1, 1)).toThrow(InputError);
    expect(() => discountedReturns({ rewards: [1], discounts: [] }, 1)).toThrow(/discounts.*1, got 0/);
    expect(lambdaReturns({ rewards: [], discounts: [] }, [], 1, 1).length).toBe(0);
  });
});
