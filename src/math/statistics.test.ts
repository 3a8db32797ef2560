import { describe, expect, test } from 'vitest';
import { InputError, NumericalError } from '../core/errors.ts';
import { Rng } from '../core/rng.ts';
import {
  interval95,
  mean,
  proportion95,
  RunningStatistics,
  standardDeviation,
  studentQuantile,
} from './statistics.ts';

describe('studentQuantile', () => {
  // scipy.stats.t.ppf(0.975, n)
  const table = [
    [1, 12.706204736174694],
    [2, 4.302652729749462],
    [3, 3.182446305283708],
    [4, 2.7764451051977934],
    [9, 2.262157162798205],
    [30, 2.0422724563012378],
    [99, 1.9842169515864165],
    [1000, 1.9623390808264074],
  ] as const;
  test.each(table)('at 97.5 %% with %i degrees of freedom', (degrees, quantile) => {
    expect(studentQuantile(0.975, degrees) / quantile).toBeCloseTo(1, 11);
  });
  test('is odd around one half, and zero there', () => {
    expect(studentQuantile(0.1, 7)).toBe(-studentQuantile(0.9, 7));
    expect(studentQuantile(0.5, 7)).toBeCloseTo(0, 12);
  });
  test('refuses what is no probability and no number of degrees', () => {
    expect(() => studentQuantile(1, 3)).toThrow(InputError);
    expect(() => studentQuantile(0.9, 0)).toThrow(/whole number from 1, got 0/);
  });
});

describe('samples', () => {
  test('mean and standard deviation, written out', () => {
    // mean 5; squares 9 + 1 + 1 + 1 + 0 + 0 + 4 + 16 = 32; 32 / 7
    const values = [2, 4, 4, 4, 5, 5, 7, 9];
    expect(mean(values)).toBe(5);
    expect(standardDeviation(values)).toBe(Math.sqrt(32 / 7));
  });
  test('interval95, written out', () => {
    // mean 2, s = 1, s / √3 = 0.57735, t(2) = 4.302653: 2 ± 2.484138
    const { mean: centre, low, high } = interval95([1, 2, 3]);
    expect(centre).toBe(2);
    expect(low).toBeCloseTo(2 - 2.4841377, 6);
    expect(high).toBeCloseTo(2 + 2.4841377, 6);
  });
  test('interval95 holds the true mean 95 times of 100', () => {
    const rng = Rng.from('coverage');
    let held = 0;
    for (let i = 0; i < 4000; i++) {
      const { low, high } = interval95(rng.fillNormal(new Float64Array(4)));
      if (low <= 0 && 0 <= high) held++;
    }
    // 3800 expected, standard deviation 14; with the normal's 1.96 for t it would be 3420
    expect(Math.abs(held - 3800)).toBeLessThan(60);
  });
  test('a single value tells nothing about its spread, no value is refused', () => {
    expect(interval95([7])).toEqual({ mean: 7, low: -Infinity, high: Infinity });
    expect(() => interval95([])).toThrow(/at least one value/);
    expect(() => standardDeviation([1])).toThrow(/at least two values/);
  });
});

describe('RunningStatistics', () => {
  const rows = Rng.from('rows').fillNormal(new Float64Array(300)); // [100, 3]
  const column = (d: number) => Array.from({ length: 100 }, (_, i) => rows[i * 3 + d]);

  test('agrees with the whole sample', () => {
    const running = new RunningStatistics(3);
    running.add(rows.subarray(0, 3));
    running.add(rows.subarray(3));
    expect(running.count).toBe(100);
    for (let d = 0; d < 3; d++) {
      expect(running.mean()[d]).toBeCloseTo(mean(column(d)), 12);
      expect(running.variance()[d]).toBeCloseTo((standardDeviation(column(d)) ** 2 * 99) / 100, 12);
    }
  });
  test('is exact where subtracting large squares would not be', () => {
    // variance of 4, 7, 13, 16 is 22.5, wherever zero lies
    const running = new RunningStatistics(1);
    running.add([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16]);
    expect(running.variance()[0]).toBeCloseTo(22.5, 6);
  });
  test('merging equals having seen both', () => {
    const whole = new RunningStatistics(3);
    whole.add(rows);
    const [left, right] = [new RunningStatistics(3), new RunningStatistics(3)];
    left.add(rows.subarray(0, 90));
    right.add(rows.subarray(90));
    left.merge(right);
    expect(left.count).toBe(100);
    for (let d = 0; d < 3; d++) {
      expect(left.mean()[d]).toBeCloseTo(whole.mean()[d], 12);
      expect(left.variance()[d]).toBeCloseTo(whole.variance()[d], 12);
    }
  });
  test('continues from where it was saved', () => {
    const first = new RunningStatistics(3);
    first.add(rows.subarray(0, 30));
    const second = new RunningStatistics(3);
    second.load(first.save());
    first.add(rows.subarray(30));
    second.add(rows.subarray(30));
    expect(second.save()).toEqual(first.save());
    expect(() => new RunningStatistics(2).load(first.save())).toThrow(InputError);
  });
  test('refuses broken rows', () => {
    expect(() => new RunningStatistics(2).add([1, 2, 3])).toThrow(/2 numbers each, got 3/);
    expect(() => new RunningStatistics(2).add([1, Number.NaN])).toThrow(NumericalError);
  });
});

describe('proportion95', () => {
  test('is the interval of Wilson, of use also where all or none succeeded', () => {
    // z^2 = 3.8415: centre (8 + 1.9207) / 13.8415 = 0.7167; reach 1.96 sqrt(10 * 0.8 * 0.2 + 0.9604) / 13.8415 = 0.2266
    const { mean, low, high } = proportion95(8, 10);
    expect([mean, low, high]).toEqual([0.8, expect.closeTo(0.4902, 4), expect.closeTo(0.9433, 4)]);
    // none of n: from 0 to z^2 / (n + z^2) = 3.8415 / 103.8415
    const none = proportion95(0, 100);
    expect([none.low, none.high]).toEqual([0, expect.closeTo(0.03699, 5)]);
    const all = proportion95(100, 100);
    expect([all.low, all.high]).toEqual([expect.closeTo(0.96301, 5), 1]);
  });

  test('needs trials, and no more successes than these', () => {
    expect(() => proportion95(0, 0)).toThrow(
      'there must be trials and no more successes than these, got 0 of 0',
    );
    expect(() => proportion95(3, 2)).toThrow('got 3 of 2');
  });
});
