import { numpy as np } from '@jax-js/jax';
import { describe, expect, test } from 'vitest';
import { Rng } from '../core/rng.ts';
import { compile } from '../engine/compile.ts';
import { tensor } from '../engine/tensor.ts';
import type { Traced, TracedTree } from '../engine/tree.ts';
import { gradientError } from './finite-differences.ts';
import {
  boundedNormal,
  boundLogVariance,
  klNormal,
  normal,
  normalOfLogVariance,
  type VarianceBounds,
  varianceBounds,
  varianceBoundsCost,
} from './normal.ts';

const f32 = (...values: number[]) => tensor(Float32Array.from(values));

describe('normal', () => {
  test('log-probability, entropy, moments', async () => {
    const program = compile((mean: Traced, std: Traced, x: Traced) => {
      const d = normal(mean, std);
      return {
        log: d.logProbability(x),
        entropy: d.entropy(),
        mean: d.mean(),
        mode: d.mode(),
        std: d.std(),
        logStd: d.logStd(),
      };
    });
    const out = await program(f32(0, 1), f32(1, 2), f32(0, 4));
    // N(0; 0, 1): -log(2 pi) / 2 = -0.918939. N(4; 1, 2): -1.5^2 / 2 - log 2 - 0.918939 = -2.737086.
    expect(out.log.data[0]).toBeCloseTo(-0.918939, 5);
    expect(out.log.data[1]).toBeCloseTo(-2.737086, 5);
    // entropy: log(2 pi e) / 2 = 1.418939, and log 2 more
    expect(out.entropy.data[0]).toBeCloseTo(1.418939, 5);
    expect(out.entropy.data[1]).toBeCloseTo(2.112086, 5);
    expect([...out.mean.data, ...out.mode.data, ...out.std.data]).toEqual([0, 1, 0, 1, 1, 2]);
    expect(out.logStd.data[1]).toBeCloseTo(Math.log(2), 5);
  });

  test('the form of a log variance says the same', async () => {
    const program = compile((mean: Traced, std: Traced, x: Traced) => {
      const a = normal(mean, std);
      const b = normalOfLogVariance(mean, np.log(np.square(std)));
      const of = (d: typeof a) => [d.logProbability(x), d.entropy(), d.std(), d.logStd(), d.sample(x)];
      return { a: of(a), b: of(b) };
    });
    const { a, b } = await program(f32(0.3, -2), f32(0.2, 3), f32(0.5, 1));
    a.forEach((expected, i) => {
      expected.data.forEach((value, j) => {
        expect(b[i].data[j]).toBeCloseTo(value, 4);
      });
    });
  });

  test('samples are mean + std * noise', async () => {
    const program = compile((mean: Traced, std: Traced, noise: Traced) => normal(mean, std).sample(noise));
    expect([...(await program(f32(1, 2), f32(3, 0.5), f32(-1, 4))).data]).toEqual([-2, 4]);
  });

  test('KL: by hand, zero of itself, and against a Monte Carlo mean', async () => {
    const program = compile((m: Traced, s: Traced, n: Traced, r: Traced) =>
      klNormal(normal(m, s), normal(n, r)),
    );
    // KL(N(0, 1) || N(1, 2)) = log 2 + (1 + 1) / 8 - 1/2 = 0.443147
    const { data } = await program(f32(0, 0.7), f32(1, 1.3), f32(1, 0.7), f32(2, 1.3));
    expect(data[0]).toBeCloseTo(0.443147, 5);
    expect(data[1]).toBeCloseTo(0, 6);

    const N = 40_000;
    const excess = compile((noise: Traced) => {
      const p = normal(np.array(0), np.array(1));
      const q = normal(np.array(1), np.array(2));
      const x = p.sample(noise);
      return np.mean(p.logProbability(x).sub(q.logProbability(x)));
    });
    const estimate = await excess(tensor(Rng.from('kl').fillNormal(new Float32Array(N))));
    // the summand's standard deviation is 0.73: six of its mean's are 0.022
    expect(Math.abs(estimate.data[0] - 0.443147)).toBeLessThan(0.022);
  });

  test('gradients of log-probability, KL and samples', async () => {
    const at = { m: f32(0.5, -1), s: f32(0.8, 1.5), n: f32(-0.3, 0.2), r: f32(1.1, 0.7), x: f32(1, 0.4) };
    const log = ({ m, s, x }: TracedTree<typeof at>) => normal(m, s).logProbability(x);
    const logOfVariance = ({ m, s, x }: TracedTree<typeof at>) => normalOfLogVariance(m, s).logProbability(x);
    const kl = ({ m, s, n, r }: TracedTree<typeof at>) => klNormal(normal(m, s), normal(n, r));
    const sample = ({ m, s, x }: TracedTree<typeof at>) => np.square(normal(m, s).sample(x));
    for (const f of [log, logOfVariance, kl, sample]) {
      expect(await gradientError(f, at)).toBeLessThan(3e-4);
    }
  });
});

describe('variance bounds', () => {
  const bound = compile((x: Traced, bounds: TracedTree<VarianceBounds>) => boundLogVariance(x, bounds));

  test('start at -10 and 1/2, and cost their distance', async () => {
    const bounds = varianceBounds(3);
    expect([...bounds.lowest.data]).toEqual([-10, -10, -10]);
    expect([...bounds.highest.data]).toEqual([0.5, 0.5, 0.5]);
    const cost = compile((bounds: TracedTree<VarianceBounds>) => varianceBoundsCost(bounds));
    expect((await cost(bounds)).data[0]).toBe(31.5);
  });

  test('squeeze by hand, and keep whatever comes inside', async () => {
    // bounds [-1, 1], x = 0: 1 - softplus(1) = 1 - 1.313262 = -0.313262; -1 + softplus(0.686738) = -1 + 1.094344
    const bounds = varianceBounds(1, -1, 1);
    const { data } = await bound(tensor(Float32Array.of(0, 1000, -1000), [3, 1]), bounds);
    expect(data[0]).toBeCloseTo(0.094344, 5);
    // far out: the bounds themselves, but for the other bound's softplus: -1 + softplus(2), -1 + softplus(-inf)
    expect(data[1]).toBeCloseTo(-1 + Math.log1p(Math.exp(2)), 5);
    expect(data[2]).toBeCloseTo(-1, 5);
  });

  test('do next to nothing well inside', async () => {
    const { data } = await bound(tensor(Float32Array.of(-5), [1, 1]), varianceBounds(1));
    // 0.5 - softplus(5.5) = -5.004078; -10 + softplus(4.995922) = -4.997327
    expect(data[0]).toBeCloseTo(-4.997327, 4);
  });

  test('gradients of the bounded likelihood, bounds included', async () => {
    const at = {
      mean: f32(0.1, 0.2),
      log: f32(0.4, -0.7),
      x: f32(0.5, -0.5),
      bounds: varianceBounds(2, -1, 1),
    };
    const f = ({ mean, log, x, bounds }: TracedTree<typeof at>) =>
      boundedNormal(mean, log, bounds).logProbability(x);
    expect(await gradientError(f, at)).toBeLessThan(3e-4);
  });
});
