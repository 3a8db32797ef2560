import { describe, expect, it } from 'vitest';
import { listener } from '../../test/worlds/listener.ts';
import { type Box, box, decideSync, discrete, NumericalError, Rng } from '../core/index.ts';
import { exact } from '../models/exact.ts';
import { type MppiOptions, mppi, mppiDefaults, mppiOptions } from './mppi.ts';
import { importanceWeights } from './sequences/importance.ts';

const space = box(-1, 1);
const request = (seed = 1) => ({ root: undefined, rng: Rng.from(seed) });

describe('importanceWeights', () => {
  it('fall with the distance from the best, in units of lambda', () => {
    const [a, b, c] = importanceWeights([-1, -1 - 2 * Math.LN2, -1 - 4 * Math.LN2], 2);
    // 1, 1/2 and 1/4 over their sum
    expect([a, b, c].map((w) => w * 7)).toEqual([4, 2, 1].map((w) => expect.closeTo(w, 12)));
  });

  it('are the same wherever returns lie, and shared by the best where lambda is 0', () => {
    const far = importanceWeights([-1e6, -1e6 - 1], 1);
    expect(far[0]).toBeCloseTo(1 / (1 + Math.exp(-1)), 9);
    expect([...importanceWeights([3, 5, 5, 4], 0)]).toEqual([0, 0.5, 0.5, 0]);
  });
});

describe('mppi', () => {
  it('moves to the mean of what it tried, weighed by returns', () => {
    const score = ([a, b]: Float32Array) => -((a - 0.3) ** 2) - (b + 0.6) ** 2;
    const model = listener(space, 2, score);
    const planner = mppi({ horizon: 2, candidates: 50, temperature: 0.2, temperatureUnit: 'return' });
    const plan = decideSync(model, planner, { ...request(), action: space });
    const [tried] = model.asked;
    const sequences = Array.from({ length: 50 }, (_, k) => tried.subarray(2 * k, 2 * k + 2));
    const weights = sequences.map((sequence) => Math.exp(score(sequence) / 0.2));
    const sum = weights.reduce((total, w) => total + w, 0);
    for (const h of [0, 1]) {
      const mean = sequences.reduce((total, sequence, k) => total + (weights[k] / sum) * sequence[h], 0);
      expect(plan.carry.mean[h]).toBeCloseTo(mean, 5);
      expect(plan.trace.actions?.[h]).toBe(Math.fround(plan.carry.mean[h]));
    }
    const value = sequences.reduce((total, sequence, k) => total + (weights[k] / sum) * score(sequence), 0);
    expect(plan.value).toBeCloseTo(value, 5);
    expect(plan.action[0]).toBe(plan.trace.actions?.[0]);
  });

  it('weighs alike in any units of return where temperature is relative', () => {
    const actionFor = (unit: number) => {
      const model = listener(space, 3, ([a, b, c]) => unit * (a - b * c));
      return decideSync(model, mppi({ horizon: 3, candidates: 40 }), { ...request(), action: space })
        .action[0];
    };
    expect(actionFor(1000)).toBeCloseTo(actionFor(0.01), 5);
    // a tenth of the way from the median to the best: the best counts e^10 times as much as the median
    const model = listener(space, 1, (_, k) => k);
    const plan = decideSync(model, mppi({ horizon: 1, candidates: 5 }), { ...request(), action: space });
    const weights = plan.trace.weights as Float64Array;
    expect(weights[4] / weights[2]).toBeCloseTo(Math.exp(10), 4);
  });

  it('adds the control cost u v / sigma^2 to what candidates cost', () => {
    // two steps of spread 0.5, plan [0.4, 0]: with equal returns weights fall as exp(-gamma 0.4 v_0 / 0.25)
    const model = listener(space, 2, () => 0);
    const options = {
      horizon: 2,
      candidates: 30,
      temperatureUnit: 'return',
      temperature: 3,
      controlCost: 0.5,
    } as const;
    const carry = { mean: Float64Array.of(9, 0.4) };
    const planner = mppi({ ...options, horizon: 2 });
    const { trace } = decideSync(model, planner, { ...request(), action: space, carry });
    const weights = trace.weights as Float64Array;
    for (let k = 1; k < 30; k++) {
      const [a, b] = [model.asked[0].subarray(0, 2), model.asked[0].subarray(2 * k, 2 * k + 2)];
      const expected = (-0.5 * 0.4 * (b[0] + b[1] - a[0] - a[1])) / 0.25;
      expect(Math.log(weights[k] / weights[0])).toBeCloseTo(expected, 6);
    }
  });

  it('begins with the last plan one step later, its last action held', () => {
    const model = listener(box([-1, -4], [1, 4]), 3, () => 0);
    const carry = { mean: Float64Array.of(0.1, 1, 0.2, 2, 0.3, 3) };
    const planner = mppi({ horizon: 3, candidates: 10, spread: 1e-9 });
    decideSync(model, planner, { ...request(), action: model.action, carry });
    const expected = [0.2, 2, 0.3, 3, 0.3, 3];
    model.asked[0].forEach((asked, i) => {
      expect(asked).toBeCloseTo(expected[i % 6], 6);
    });
    expect([...carry.mean]).toEqual([0.1, 1, 0.2, 2, 0.3, 3]);
    const short = { mean: Float64Array.of(0.1) };
    expect(() => decideSync(model, planner, { ...request(), action: model.action, carry: short })).toThrow(
      'mppi: the carry must be of a plan of 3 x 2 numbers, got 1.',
    );
  });

  /** Standard deviation of what was tried at each step and element, and the mean product of neighbouring steps. */
  const noiseOf = (options: Partial<MppiOptions>, action: Box) => {
    const model = listener(action, 8, () => 0);
    decideSync(model, mppi({ horizon: 8, candidates: 4000, ...options }), { ...request(), action });
    const A = action.low.length;
    const [tried] = model.asked;
    const at = (k: number, h: number, a: number) => tried[(k * 8 + h) * A + a];
    const meanOf = (f: (k: number) => number) =>
      Array.from({ length: 4000 }, (_, k) => f(k)).reduce((sum, x) => sum + x / 4000, 0);
    const deviation = Array.from({ length: 8 * A }, (_, i) =>
      Math.sqrt(meanOf((k) => at(k, Math.floor(i / A), i % A) ** 2)),
    );
    const correlation = meanOf((k) => at(k, 3, 0) * at(k, 4, 0)) / deviation[3 * A] / deviation[4 * A];
    return { deviation, correlation };
  };

  it('draws noise of the spread told, for each element of an action', () => {
    const { deviation } = noiseOf({ spread: [0.1, 0.2] }, box([-1, -10], [1, 10]));
    // five standard errors: 5 / sqrt(8000) = 5.6 %
    deviation.forEach((found, i) => {
      expect(Math.abs(found / (i % 2 === 0 ? 0.1 : 2) - 1)).toBeLessThan(0.056);
    });
  });

  it('draws noise white, coloured or smooth, all of one spread', () => {
    const kinds = [{ noise: 'white' }, { noise: 'coloured' }, { noise: 'smooth', controlPoints: 3 }] as const;
    const found = kinds.map((kind) => noiseOf({ spread: 0.1, ...kind }, space));
    for (const { deviation } of found)
      for (const one of deviation) expect(Math.abs(one / 0.1 - 1)).toBeLessThan(0.056);
    // five standard errors of no correlation: 5 / sqrt(4000) = 0.08
    expect(Math.abs(found[0].correlation)).toBeLessThan(0.08);
    expect(found[1].correlation).toBeGreaterThan(0.5);
    // bells 3.5 apart, at steps 3 and 4: 0, 3.5 and 7; by arithmetic 0.95
    expect(found[2].correlation).toBeGreaterThan(0.9);
  });

  it('lets the spread follow the weighted candidates where told, down to a floor', () => {
    const plan = (options: Partial<MppiOptions>) =>
      decideSync(
        listener(space, 1, ([a]) => -(a * a)),
        mppi({
          horizon: 1,
          candidates: 2000,
          temperatureUnit: 'return',
          temperature: 0.02,
          spread: 0.3,
          ...options,
        }),
        { ...request(), action: space },
      ).trace.spread as Float64Array;
    expect(plan({})[0]).toBeCloseTo(0.3, 12);
    // the normal of variance 0.09 times exp(-a^2 / 0.02): 1 / (1 / 0.09 + 100) = 0.0949^2
    expect(plan({ adaptation: 1 })[0]).toBeCloseTo(0.0949, 2);
    expect(plan({ adaptation: 0.5 })[0]).toBeCloseTo(Math.sqrt((0.09 + 0.0949 ** 2) / 2), 2);
    expect(plan({ adaptation: 1, minimumSpread: 0.2 })[0]).toBe(0.2);
  });

  it('smooths how the plan changes, within the bounds', () => {
    const roughness = (smoothing: number) => {
      const model = listener(space, 20, (sequence, k) => Math.sin(50 * k) + sequence[19]);
      const planner = mppi({ horizon: 20, candidates: 50, spread: 1, smoothing });
      const { actions } = decideSync(model, planner, { ...request(), action: space }).trace;
      const values = [...(actions ?? [])];
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(1);
      return values.slice(1).reduce((sum, x, h) => sum + (x - values[h]) ** 2, 0);
    };
    expect(roughness(4)).toBeLessThan(0.3 * roughness(0));
    expect(roughness(1)).toBeCloseTo(roughness(0), 12);
  });

  it('improves round by round, and can follow the best it saw', () => {
    const score = ([a, b]: Float32Array) => -((a - 0.5) ** 2) - (b + 0.9) ** 2;
    const reached = (iterations: number) => {
      const planner = mppi({ horizon: 2, candidates: 50, iterations, adaptation: 1 });
      const { actions } = decideSync(listener(space, 2, score), planner, {
        ...request(),
        action: space,
      }).trace;
      return score(actions ?? new Float32Array(2));
    };
    expect(reached(8)).toBeGreaterThan(-1e-4);
    expect(reached(8)).toBeGreaterThan(reached(1));
    const model = listener(space, 2, score);
    const plan = decideSync(model, mppi({ horizon: 2, iterations: 3, execute: 'best' }), {
      ...request(),
      action: space,
    });
    const best = Math.max(
      ...model.asked.flatMap((tried) =>
        Array.from({ length: 200 }, (_, k) => score(tried.subarray(2 * k, 2 * k + 2))),
      ),
    );
    expect(plan.value).toBe(Math.fround(best));
    expect(score(plan.trace.actions ?? new Float32Array(2))).toBe(best);
  });

  it("tries what the model's policy proposes, inside the bounds", () => {
    const model = {
      ...listener(space, 2, ([a]) => a),
      propose: (_: undefined, count: number) => new Float32Array(count * 2).fill(7),
    };
    const planner = mppi({ horizon: 2, candidates: 5, proposals: 2, iterations: 2 });
    decideSync(model, planner, { ...request(), action: space });
    for (const tried of model.asked) {
      expect(tried).toHaveLength(10);
      expect([...tried.subarray(0, 4)]).toEqual([1, 1, 1, 1]);
    }
    const silent = listener(space, 2, () => 0);
    expect(() => decideSync(silent, planner, { ...request(), action: space })).toThrow(
      'plan: this planner needs a model that can propose actions of a policy (`propose`), got one that cannot.',
    );
    const short = { ...model, propose: () => new Float32Array(3) };
    expect(() => decideSync(short, planner, { ...request(), action: space })).toThrow(
      'mppi: the model must propose 2 sequences, 4 numbers, got 3.',
    );
    const broken = { ...model, propose: () => new Float32Array(4).fill(Number.NaN) };
    expect(() => decideSync(broken, planner, { ...request(), action: space })).toThrow(NumericalError);
    expect(() => mppi({ candidates: 10, proposals: 10 })).toThrow(
      "mppi: proposals must leave room for a sequence of the planner's own among 10, got 10.",
    );
  });

  it('stops at dynamics that give no number, naming candidate, step and action', () => {
    const world = {
      name: 'broken',
      observation: box(-9, 9),
      action: space,
      maxSteps: 9,
      reset: () => 0,
      step: (x: number, [push]: Float32Array) => ({
        state: x + 1,
        reward: push > 0.5 && x === 3 ? Number.NaN : push,
        discount: 1,
      }),
      observe: (x: number) => Float32Array.of(x),
    };
    const plan = () => decideSync(exact(world), mppi(), { root: 0, action: space, rng: Rng.from(1) });
    expect(plan).toThrow(NumericalError);
    expect(plan).toThrow(
      /^broken: in imagination the reward must be finite, got NaN at step 3 of candidate \d+ of 200 after action \[[\d.]+\]\.$/,
    );
    const infinite = listener(space, 20, () => Number.POSITIVE_INFINITY);
    expect(() => decideSync(infinite, mppi(), { ...request(), action: space })).toThrow(
      'mppi, iteration 1 of 1: the return of candidate 0 of 200 must be finite, got Infinity',
    );
  });

  it('refuses discrete actions, and tells all that is wrong with its options', () => {
    const model = listener(discrete(3) as unknown as Box, 20, () => 0);
    expect(() => decideSync(model, mppi(), { ...request(), action: model.action })).toThrow(
      'mppi: actions must be continuous, got discrete ones, which have no mean. Use cem or randomShooting.',
    );
    expect(() =>
      decideSync(
        listener(space, 20, () => 0),
        mppi({ spread: [0.1, 0.2] }),
        { ...request(), action: space },
      ),
    ).toThrow('mppi: spread must be one number or one for each of 1 elements of an action, got 2.');
    expect(() => mppi({ horizon: 0, candidates: 1, temperature: 0, adaptation: 2 })).toThrow(
      [
        'mppi: 4 options cannot be used.',
        '  horizon: expected number to be >=1, got 0.',
        '  candidates: expected number to be >=2, got 1.',
        '  temperature: expected number to be >0, got 0.',
        '  adaptation: expected number to be <=1, got 2.',
      ].join('\n'),
    );
    expect(mppiOptions.parse({})).toEqual(mppiDefaults);
  });
});
