import { describe, expect, it } from 'vitest';
import { InputError } from '../../core/errors.ts';
import { compile } from '../../engine/compile.ts';
import { tensor } from '../../engine/tensor.ts';
import { type Fall, type ToleranceOptions, tolerance, tracedTolerance } from './tolerance.ts';

const FALLS: readonly Fall[] = [
  'gaussian',
  'hyperbolic',
  'long-tail',
  'reciprocal',
  'tanh-squared',
  'linear',
  'quadratic',
  'cosine',
];

/** Worked by hand, at half a margin beyond the bounds, for a value at the margin of 0.1. */
const AT_HALF: Readonly<Record<Fall, number>> = {
  gaussian: 0.1 ** 0.25, // exp(-s²/2) is a power of its value at the margin: (1/2)² of it
  hyperbolic: Math.sqrt(2 / (10 + 1)), // 1 / cosh(a/2), with cosh a = 10 and cosh²(a/2) = (cosh a + 1) / 2
  'long-tail': 1 / (9 / 4 + 1), // s² = 1/0.1 - 1 = 9 at the margin, a quarter of it here
  reciprocal: 1 / (9 / 2 + 1), // s = 9 at the margin, half of it here
  'tanh-squared': 1 - ((1 - Math.sqrt(0.1)) / Math.sqrt(0.9)) ** 2, // tanh(a/2) = (cosh a - 1) / sinh a = (1 - sech a) / tanh a
  linear: 0.55, // half way from 1 to 0.1
  quadratic: 1 - 0.9 / 4,
  cosine: (1 + Math.cos(Math.acos(-0.8) / 2)) / 2, // cos = 2·0.1 - 1 at the margin
};

describe('tolerance', () => {
  it.each(FALLS)('%s: 1 inside, the value at the margin there, and what lies between', (fall) => {
    const reward = tolerance({ bounds: [-1, 2], margin: 4, fall, valueAtMargin: 0.1 });
    for (const x of [-1, 0, 2]) expect(reward(x)).toBe(1);
    for (const x of [-5, 6]) expect(reward(x)).toBeCloseTo(0.1, 12);
    for (const x of [-3, 4]) expect(reward(x)).toBeCloseTo(AT_HALF[fall], 12);
    expect(reward(1e6)).toBeLessThan(1e-5);
    expect(reward(1e6)).toBeGreaterThanOrEqual(0);
  });

  it('has no reward outside where there is no margin', () => {
    const reward = tolerance({ bounds: [0.6, 2] });
    expect([0.59, 0.6, 2, 2.01].map(reward)).toEqual([0, 1, 1, 0]);
    expect(reward(Number.NaN)).toBeNaN();
  });

  it('knows bounds without an end: 2 m/s of 10 are worth 0.2', () => {
    const reward = tolerance({
      bounds: [10, Number.POSITIVE_INFINITY],
      margin: 10,
      fall: 'linear',
      valueAtMargin: 0,
    });
    expect([-3, 0, 2, 10, 1e9].map((x) => Number(reward(x).toFixed(12)))).toEqual([0, 0, 0.2, 1, 1]);
  });

  it('refuses options that make no sense', () => {
    expect(() => tolerance({ bounds: [1, 0] })).toThrow(InputError);
    expect(() => tolerance({ margin: -1 })).toThrow('margin must not be negative, got -1');
    expect(() => tolerance({ margin: 1, valueAtMargin: 0 })).toThrow(
      'above 0 and below 1 for the fall gaussian',
    );
    expect(() => tolerance({ margin: 1, valueAtMargin: 1, fall: 'linear' })).toThrow('below 1');
  });
});

describe('traced tolerance is the same', () => {
  const xs = Float32Array.from({ length: 200 }, (_, i) => -10 + i * 0.1);
  const options: ToleranceOptions[] = [
    ...FALLS.map((fall) => ({ bounds: [-1, 2] as const, margin: 3, fall })),
    { bounds: [0.5, 2] },
    { bounds: [5, Number.POSITIVE_INFINITY], margin: 2, fall: 'linear', valueAtMargin: 0.5 },
    { bounds: [Number.NEGATIVE_INFINITY, 1], margin: 1 },
  ];
  it.each(options)('%o', async (option) => {
    const got = await compile(tracedTolerance(option))(tensor(xs, [2, 100]));
    expect(got.shape).toEqual([2, 100]);
    const expected = [...xs].map(tolerance(option));
    for (const [i, value] of expected.entries()) expect(got.data[i], `at ${xs[i]}`).toBeCloseTo(value, 5);
  });
});
