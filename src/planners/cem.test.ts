import { describe, expect, it } from 'vitest';
import { listener } from '../../test/worlds/listener.ts';
import { box, decideSync, discrete, NumericalError, Rng } from '../core/index.ts';
import { type CemOptions, cem, cemDefaults, cemOptions } from './cem.ts';

const request = { root: undefined, rng: Rng.from(1) };

describe('cem', () => {
  it('asks for its population, as often as it iterates, always inside the bounds', () => {
    const space = box(-0.1, 0.3);
    for (const bounds of ['clip', 'truncate'] as const) {
      const model = listener(space, 4, (sequence) => sequence[0]);
      decideSync(model, cem({ horizon: 4, population: 50, iterations: 6, bounds }), {
        ...request,
        action: space,
      });
      expect(model.asked.map((asked) => asked.length)).toEqual(Array(6).fill(50 * 4));
      for (const asked of model.asked) {
        expect(Math.min(...asked)).toBeGreaterThanOrEqual(space.low[0]);
        expect(Math.max(...asked)).toBeLessThanOrEqual(space.high[0]);
      }
    }
  });

  it('fits mean and spread to the elites of each round', () => {
    const space = box(-1, 1);
    const model = listener(space, 1, ([a]) => -Math.abs(a - 0.5));
    const options = { horizon: 1, population: 10, iterations: 1, eliteFraction: 0.2, momentum: 0.25 };
    const plan = decideSync(model, cem(options), { ...request, action: space });
    const elites = [...model.asked[0]].sort((a, b) => Math.abs(a - 0.5) - Math.abs(b - 0.5)).slice(0, 2);
    const mean = (elites[0] + elites[1]) / 2;
    const variance = ((elites[0] - mean) ** 2 + (elites[1] - mean) ** 2) / 2;
    expect(plan.carry.mean[0]).toBeCloseTo(0.75 * mean, 12);
    expect((plan.trace.spread as Float64Array)[0]).toBeCloseTo(Math.sqrt(0.25 * 0.25 + 0.75 * variance), 12);
    expect(plan.action[0]).toBeCloseTo(0.75 * mean, 7);
    expect(plan.value).toBeCloseTo(-(Math.abs(elites[0] - 0.5) + Math.abs(elites[1] - 0.5)) / 2, 6);
  });

  it('follows the best sequence of all rounds where it is told so', () => {
    const space = box(-1, 1);
    // candidate 7 of the first round is worth the most
    const model = listener(space, 2, (_, k, round) => (round === 1 ? 100 : 0) + (k === 7 ? 1 : 0));
    const options = { horizon: 2, population: 10, iterations: 3, execute: 'best' } as const;
    const plan = decideSync(model, cem(options), { ...request, action: space });
    expect(plan.value).toBe(101);
    expect(plan.trace.actions).toEqual(model.asked[0].slice(14, 16));
  });

  it('begins where the last plan left off, one step later', () => {
    const space = box([-1, 0], [1, 8]);
    const model = listener(space, 3, () => 0);
    const carry = { mean: Float64Array.of(0.1, 1, 0.2, 2, 0.3, 3) };
    decideSync(model, cem({ horizon: 3, population: 4, iterations: 1, initialSpread: 1e-9 }), {
      ...request,
      action: space,
      carry,
    });
    // the new last step is the middle of the space
    const expected = [0.2, 2, 0.3, 3, 0, 4];
    model.asked[0].forEach((asked, i) => {
      expect(asked).toBeCloseTo(expected[i % 6], 6);
    });
    expect([...carry.mean]).toEqual([0.1, 1, 0.2, 2, 0.3, 3]);
    const short = { mean: Float64Array.of(0.1) };
    expect(() => decideSync(model, cem({ horizon: 3 }), { ...request, action: space, carry: short })).toThrow(
      'cem: the carry must be of a plan of 3 x 2 numbers, got 1.',
    );
  });

  it('keeps probabilities for discrete actions', () => {
    const space = discrete(3);
    const model = listener(
      space,
      4,
      (sequence) => -Math.hypot(...sequence.map((a, h) => a - [2, 0, 1, 1][h])),
    );
    const planner = cem({ horizon: 4, population: 60, iterations: 8, momentum: 0.5 });
    const plan = decideSync(model, planner, { ...request, action: space });
    expect([...(plan.trace.actions ?? [])]).toEqual([2, 0, 1, 1]);
    expect(plan.action).toBe(2);
    expect(plan.policy).toHaveLength(3);
    expect(plan.policy?.[2]).toBeGreaterThan(0.9);
    expect(plan.carry.mean).toHaveLength(12);
    // one step later: certain of 0, 1, 1 but for the half of chance that is mixed in, and of nothing at the last step
    const carry = { mean: Float64Array.of(0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0) };
    const next = listener(space, 4, () => 0);
    decideSync(next, cem({ horizon: 4, population: 9000, iterations: 1 }), {
      ...request,
      action: space,
      carry,
    });
    const share = (step: number, action: number) =>
      next.asked[0].filter((asked, i) => i % 4 === step && asked === action).length / 9000;
    // five standard errors: 0.025
    expect(Math.abs(share(0, 0) - 4 / 6)).toBeLessThan(0.025);
    expect(Math.abs(share(1, 1) - 4 / 6)).toBeLessThan(0.025);
    expect(Math.abs(share(3, 0) - 1 / 3)).toBeLessThan(0.025);
  });

  it('plans where actions have no bounds', () => {
    const space = box(-Infinity, Infinity);
    const model = listener(space, 2, ([a, b]) => -((a - 3) ** 2) - (b + 2) ** 2);
    const plan = decideSync(model, cem({ horizon: 2, initialSpread: 1, iterations: 20 }), {
      ...request,
      action: space,
    });
    expect(plan.trace.actions?.[0]).toBeCloseTo(3, 2);
    expect(plan.trace.actions?.[1]).toBeCloseTo(-2, 2);
  });

  it('stops at a return that is no number, naming the candidate and its first action', () => {
    const space = box(-1, 1);
    const model = listener(space, 2, (_, k, round) => (round === 2 && k === 3 ? Number.NaN : 0));
    const plan = () => decideSync(model, cem({ horizon: 2, population: 5 }), { ...request, action: space });
    expect(plan).toThrow(NumericalError);
    model.asked.length = 0;
    expect(plan).toThrow(
      /^cem, iteration 2 of 5: the return of candidate 3 of 5 must be finite, got NaN; its first action is \[-?[\d.]+\]\.$/,
    );
    const infinite = listener(space, 2, () => Number.NEGATIVE_INFINITY);
    expect(() => decideSync(infinite, cem({ horizon: 2 }), { ...request, action: space })).toThrow(
      'got -Infinity',
    );
  });

  it('says what is wrong with a model that answers with too few returns', () => {
    const space = box(-1, 1);
    const model = { ...listener(space, 2, () => 0), rollout: () => ({ returns: new Float32Array(3) }) };
    expect(() =>
      decideSync(model, cem({ horizon: 2, population: 5 }), { ...request, action: space }),
    ).toThrow('the model must return one number for each of 5 candidates, got 3');
  });

  it('tells all that is wrong with its options', () => {
    const wrong = {
      horizon: -1,
      eliteFraction: 1.2,
      pupulation: 7,
      execute: 'worst',
    } as unknown as CemOptions;
    expect(() => cem(wrong)).toThrow(
      [
        'cem: 4 options cannot be used.',
        '  horizon: expected number to be >=1, got -1.',
        '  eliteFraction: expected number to be <=1, got 1.2.',
        '  execute: expected one of "mean"|"best", got "worst".',
        '  pupulation: there is no such option. Did you mean "population"?',
      ].join('\n'),
    );
    expect(cemOptions.parse({})).toEqual(cemDefaults);
  });
});
