import { describe, expect, it } from 'vitest';
import { listener } from '../../test/worlds/listener.ts';
import { type Box, box, decideSync, discrete, Rng } from '../core/index.ts';
import { icem, icemDefaults, icemOptions, icemPopulations } from './icem.ts';

const request = { root: undefined, rng: Rng.from(1) };
const space = box(-1, 1);

describe('icemPopulations', () => {
  it('decays, but never below two sequences for each elite', () => {
    // 200 / 1.3 = 153.8, / 1.69 = 118.3, / 2.197 = 91.0, / 2.856 = 70.0
    expect(icemPopulations(icemDefaults)).toEqual([200, 154, 118, 91, 70]);
    expect(icemPopulations({ ...icemDefaults, population: 40, decay: 10, eliteFraction: 0.25 })).toEqual([
      40, 20, 20, 20, 20,
    ]);
  });
});

describe('icem', () => {
  const small = {
    horizon: 2,
    population: 20,
    iterations: 3,
    decay: 2,
    eliteFraction: 0.2,
    keepFraction: 0.5,
  };

  it('tries kept elites again in every round, and the mean in the last', () => {
    const model = listener(space, 2, ([a, b]) => -((a - 0.3) ** 2) - (b + 0.6) ** 2);
    const plan = decideSync(model, icem(small), { ...request, action: space });
    expect(model.asked.map((asked) => asked.length / 2)).toEqual([20, 10, 8]);
    const best = (asked: Float32Array, count: number) =>
      Array.from({ length: asked.length / 2 }, (_, k) => [asked[2 * k], asked[2 * k + 1]])
        .sort((x, y) => (x[0] - 0.3) ** 2 + (x[1] + 0.6) ** 2 - (y[0] - 0.3) ** 2 - (y[1] + 0.6) ** 2)
        .slice(0, count);
    // four elites, half of them kept
    expect([...model.asked[1].subarray(0, 4)]).toEqual(best(model.asked[0], 2).flat());
    expect([...model.asked[2].subarray(0, 4)]).toEqual(best(model.asked[1], 2).flat());
    // the mean before the last round: momentum 0.1 on the middle, 0, and the elites of two rounds
    const elites = [best(model.asked[0], 4), best(model.asked[1], 4)];
    for (const h of [0, 1]) {
      const [one, two] = elites.map((four) => four.reduce((sum, sequence) => sum + sequence[h] / 4, 0));
      expect(model.asked[2][4 + h]).toBeCloseTo(0.1 * 0.9 * one + 0.9 * two, 6);
    }
    const [first] = best(model.asked[2], 1);
    expect([...(plan.trace.actions ?? [])]).toEqual(first);
    expect([...plan.carry.elites]).toEqual(best(model.asked[2], 2).flat());
    expect(plan.action[0]).toBe(first[0]);
  });

  it('begins with the mean and the elites of the last plan, one step later', () => {
    const model = listener(space, 3, () => 0);
    const carry = {
      mean: Float64Array.of(0.1, 0.2, 0.3),
      elites: Float32Array.of(-0.1, -0.2, -0.3, 0.7, 0.8, 0.9),
    };
    const options = { ...small, horizon: 3, iterations: 1, initialSpread: 1e-9 };
    decideSync(model, icem(options), { ...request, action: space, carry });
    const f = Math.fround;
    const [asked] = model.asked;
    // both elites shifted, with a last action of their own drawn around the mean's last
    expect([...asked.subarray(0, 2), ...asked.subarray(3, 5)]).toEqual([f(-0.2), f(-0.3), f(0.8), f(0.9)]);
    expect(asked[2]).toBeCloseTo(0.3, 6);
    expect(asked[5]).toBeCloseTo(0.3, 6);
    // then the mean, whose last action stays, and samples around it
    for (let k = 2; k < 20; k++) {
      [0.2, 0.3, 0.3].forEach((mean, h) => {
        expect(asked[3 * k + h]).toBeCloseTo(mean, 6);
      });
    }
    expect([...carry.mean]).toEqual([0.1, 0.2, 0.3]);
    const other = { mean: new Float64Array(3), elites: new Float32Array(3) };
    expect(() => decideSync(model, icem(options), { ...request, action: space, carry: other })).toThrow(
      'icem: the carry must be of a plan of 3 numbers and 2 elites, got 3 and 1.',
    );
  });

  it('tries slower movements with a higher exponent', () => {
    /** Mean squared difference of neighbours: 2 for white noise of spread 1. */
    const roughness = (noiseExponent: number) => {
      const model = listener(space, 12, () => 0);
      const options = { horizon: 12, population: 500, iterations: 1, noiseExponent, initialSpread: 0.2 };
      decideSync(model, icem(options), { ...request, action: space });
      let sum = 0;
      for (let k = 1; k < 500; k++) {
        for (let h = 1; h < 12; h++)
          sum += (model.asked[0][k * 12 + h] - model.asked[0][k * 12 + h - 1]) ** 2;
      }
      return sum / (499 * 11 * 0.04);
    };
    expect(roughness(0)).toBeCloseTo(2, 0);
    expect(roughness(2)).toBeLessThan(0.7);
    expect(roughness(4)).toBeLessThan(roughness(2));
  });

  it('follows the mean where it is told so', () => {
    const model = listener(space, 2, ([a]) => a);
    const plan = decideSync(model, icem({ ...small, execute: 'mean' }), { ...request, action: space });
    expect(plan.trace.actions?.[0]).toBe(Math.fround(plan.carry.mean[0]));
  });

  it('refuses discrete actions and names what takes them', () => {
    const model = listener(discrete(3) as unknown as Box, 2, () => 0);
    expect(() => decideSync(model, icem(), { ...request, action: model.action })).toThrow(
      'icem: actions must be continuous, got discrete ones, which have no colour. Use cem or randomShooting.',
    );
  });

  it('tells all that is wrong with its options', () => {
    expect(() => icem({ decay: 0.5, keepFraction: 2, noiseExponent: Number.NaN })).toThrow(
      [
        'icem: 3 options cannot be used.',
        '  noiseExponent: expected number, got NaN.',
        '  decay: expected number to be >=1, got 0.5.',
        '  keepFraction: expected number to be <=1, got 2.',
      ].join('\n'),
    );
    expect(icemOptions.parse({})).toEqual(icemDefaults);
  });
});
