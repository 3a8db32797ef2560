import { describe, expect, it } from 'vitest';
import { box, Rng } from '../../core/index.ts';
import { colouring } from './coloured-noise.ts';
import { SequenceNormals, shifted, truncatedNormal } from './normals.ts';

const momentsOf = (draws: readonly number[]) => {
  const mean = draws.reduce((sum, x) => sum + x / draws.length, 0);
  return { mean, variance: draws.reduce((sum, x) => sum + (x - mean) ** 2 / draws.length, 0) };
};

describe('SequenceNormals', () => {
  it('begins in the middle, with spreads in halves of the range', () => {
    const normals = new SequenceNormals(box([-1, 0, -Infinity], [3, 8, -5]), 2, 0.5, 0);
    // half open: the bound nearest to 0, in units of 1
    expect([...normals.mean]).toEqual([1, 4, -5, 1, 4, -5]);
    expect([...normals.spread]).toEqual([1, 2, 0.5, 1, 2, 0.5]);
  });

  it('moves to the mean and variance of the elites, less momentum', () => {
    const normals = new SequenceNormals(box(-10, 10), 2, 0.5, 0, [4, 0]);
    // candidates 0 and 2 are elites: first steps 1 and 3, second steps 2 and 2
    const candidates = Float32Array.of(1, 2, 9, 9, 3, 2);
    normals.fit(candidates, Int32Array.of(2, 0), 0.25);
    // mean 0.25 * 4 + 0.75 * 2, and 0.25 * 0 + 0.75 * 2
    expect([...normals.mean]).toEqual([2.5, 1.5]);
    // variance 0.25 * 25 + 0.75 * 1, and 0.25 * 25 + 0.75 * 0
    expect(normals.spread[0]).toBeCloseTo(Math.sqrt(7), 12);
    expect(normals.spread[1]).toBeCloseTo(2.5, 12);
  });

  it('never spreads less than the floor', () => {
    const normals = new SequenceNormals(box([-10, -1], [10, 1]), 1, 0.5, 0.1);
    normals.fit(Float32Array.of(1, 0.5), Int32Array.of(0), 0);
    expect([...normals.spread]).toEqual([1, 0.1]);
  });

  it('cuts off at the bounds: a mean on a bound stays half of the time', () => {
    const normals = new SequenceNormals(box(-1, 1), 1, 0.5, 0, [1]);
    const out = new Float32Array(10_000);
    normals.sampleClipped(out, Rng.from(1));
    expect(Math.max(...out)).toBe(1);
    expect(Math.min(...out)).toBeGreaterThanOrEqual(-1);
    // a share of 0.5, standard error 0.005
    expect(out.filter((x) => x === 1).length / out.length).toBeCloseTo(0.5, 1);
  });

  it('truncates two deviations away, narrowed to half the way to the nearer bound', () => {
    const normals = new SequenceNormals(box(-1, 1), 3, 0.5, 0, [0, 0.8, -0.9]);
    const out = new Float32Array(60_000); // [20000, 3]
    normals.sampleTruncated(out, Rng.from(2));
    // in the middle 0.5 reaches the bounds in two deviations; at 0.8 it must be 0.1, at -0.9 0.05
    [0.5, 0.1, 0.05].forEach((deviation, step) => {
      const centre = normals.mean[step];
      const draws = [...out].filter((_, i) => i % 3 === step);
      const { mean, variance } = momentsOf(draws);
      // five standard errors: 5 / sqrt(20000) of the deviation, and about as much of the variance
      expect(Math.abs(mean - centre)).toBeLessThan(0.036 * deviation);
      expect(variance / (deviation ** 2 * TRUNCATED_VARIANCE)).toBeCloseTo(1, 1);
      expect(Math.min(...draws)).toBeGreaterThanOrEqual(centre - 2 * deviation - 1e-6);
      expect(Math.max(...draws)).toBeLessThanOrEqual(centre + 2 * deviation + 1e-6);
    });
  });

  it('adds coloured noise along the horizon, each element its own', () => {
    const mean = [1, -1, 2, -2, 3, -3, 4, -4];
    const normals = new SequenceNormals(box([-9, -9], [9, 9]), 4, 1 / 18, 0, mean);
    const K = 5000;
    const out = new Float32Array(K * 8); // [K, 4, 2]
    // so steep that only the constant and the slowest wave are left, which turns once in four steps
    normals.sampleColoured(out, colouring(4, 60), Rng.from(3));
    const noise = (k: number, h: number, a: number) => (out[k * 8 + h * 2 + a] - mean[h * 2 + a]) / 0.5;
    // half a turn apart the wave is its own opposite: both sums are twice the constant
    const apart = Array.from({ length: 2 * K }, (_, i) => {
      const [k, a] = [i >> 1, i & 1];
      return Math.abs(noise(k, 0, a) + noise(k, 2, a) - noise(k, 1, a) - noise(k, 3, a));
    });
    expect(Math.max(...apart)).toBeLessThan(1e-4);
    // five standard errors: 0.071 of a mean, 0.1 of a variance; elements have nothing to do with each other
    for (let i = 0; i < 8; i++) {
      const moments = momentsOf(Array.from({ length: K }, (_, k) => noise(k, i >> 1, i & 1)));
      expect(Math.abs(moments.mean)).toBeLessThan(0.071);
      expect(Math.abs(moments.variance - 1)).toBeLessThan(0.1);
    }
    const product = momentsOf(Array.from({ length: K }, (_, k) => noise(k, 0, 0) * noise(k, 0, 1)));
    expect(Math.abs(product.mean)).toBeLessThan(0.071);
  });

  it('gives its mean as actions inside the bounds', () => {
    // 0.1 + 0.2 in float64 lies above the float32 nearest to 0.3
    const normals = new SequenceNormals(box(-0.3, 0.3), 2, 0.5, 0, [0.30000001, -0.7]);
    expect([...normals.centre()]).toEqual([Math.fround(0.3), Math.fround(-0.3)]);
  });
});

/** Of a standard normal given |x| <= 2: 1 - 2 * 2 * phi(2) / (2 Phi(2) - 1), phi(2) = 0.05399097, Phi(2) = 0.97724987. */
const TRUNCATED_VARIANCE = 1 - (4 * 0.05399097) / (2 * 0.97724987 - 1);

describe('truncatedNormal', () => {
  it('has the moments of a normal cut off at two deviations', () => {
    const rng = Rng.from(4);
    const draws = Array.from({ length: 100_000 }, () => truncatedNormal(rng));
    const { mean, variance } = momentsOf(draws);
    expect(TRUNCATED_VARIANCE).toBeCloseTo(0.7737, 4);
    // five standard errors: 5 * sqrt(0.774 / 1e5) = 0.014; an uncut normal has variance 1
    expect(Math.abs(mean)).toBeLessThan(0.014);
    expect(Math.abs(variance - TRUNCATED_VARIANCE)).toBeLessThan(0.015);
    expect(Math.max(...draws.map(Math.abs))).toBeLessThanOrEqual(2);
    expect(Math.max(...draws.map(Math.abs))).toBeGreaterThan(1.99);
  });
});

describe('shifted', () => {
  it('drops the first action and appends the last', () => {
    const sequence = Float32Array.of(1, 2, 3, 4, 5, 6);
    expect([...shifted(sequence, [8, 9])]).toEqual([3, 4, 5, 6, 8, 9]);
    expect([...sequence]).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...shifted(Float64Array.of(7), [1])]).toEqual([1]);
  });
});
