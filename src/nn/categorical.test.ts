import { grad, numpy as np } from '@jax-js/jax';
import { describe, expect, test } from 'vitest';
import { Rng } from '../core/rng.ts';
import { compile } from '../engine/compile.ts';
import { full, tensor } from '../engine/tensor.ts';
import type { Traced, TracedTree } from '../engine/tree.ts';
import { bernoulli, categorical, klCategorical, maskLogits } from './categorical.ts';
import { gradientError } from './finite-differences.ts';

const f32 = (shape: readonly number[], ...values: number[]) => tensor(Float32Array.from(values), shape);
const log = Math.log;
const close = (actual: ArrayLike<number>, expected: readonly number[], digits = 5) => {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(actual[i]).toBeCloseTo(value, digits);
  });
};

describe('categorical', () => {
  test('log-probability, entropy, mode', async () => {
    const program = compile((logits: Traced, value: Traced) => {
      const d = categorical(logits);
      return { log: d.logProbability(value), entropy: d.entropy(), mode: d.mode(), p: d.probabilities };
    });
    // logits log [1 2 5] + 7: probabilities [1/8 1/4 5/8] whatever is added
    const logits = f32([2, 3], 7, log(2) + 7, log(5) + 7, 0, 0, 0);
    const out = await program(logits, f32([2, 3], 0, 1, 0, 0.5, 0.5, 0));
    close(out.p.data, [0.125, 0.25, 0.625, 1 / 3, 1 / 3, 1 / 3]);
    // log 1/4; and a value of two halves: the mean of two log 1/3
    close(out.log.data, [-1.386294, -1.098612]);
    // log 8 / 8 + log 4 / 4 + 5/8 log 8/5 = 0.259930 + 0.346574 + 0.293752; log 3
    close(out.entropy.data, [0.900256, 1.098612]);
    expect([...out.mode.data]).toEqual([0, 0, 1, 1, 0, 0]);
  });

  test('unimix mixes in the uniform', async () => {
    const program = compile((logits: Traced, value: Traced) => {
      const d = categorical(logits, { unimix: 0.2 });
      return { p: d.probabilities, log: d.logProbability(value) };
    });
    // 0.8 [1 0] + 0.2 [1/2 1/2] = [0.9 0.1], though the logits are 200 apart
    const out = await program(f32([1, 2], 100, -100), f32([1, 2], 0, 1));
    close(out.p.data, [0.9, 0.1]);
    close(out.log.data, [log(0.1)]);
  });

  test('samples by inverting the cumulative distribution', async () => {
    const program = compile((logits: Traced, noise: Traced) => categorical(logits).sample(noise));
    // cumulative [1/8 3/8 1]: the class changes where the noise passes 1/8 and 3/8
    const noise = [0, 0.12, 0.13, 0.37, 0.38, 1 - 2 ** -24];
    const logits = f32([6, 3], ...noise.flatMap(() => [0, log(2), log(5)]));
    const { data } = await program(logits, f32([6], ...noise));
    const classes = noise.map((_, i) => data.slice(3 * i, 3 * i + 3).indexOf(1));
    expect(classes).toEqual([0, 0, 1, 1, 2, 2]);
  });

  test('samples as often as the probabilities say, always exactly one class', async () => {
    const N = 20_000;
    const C = 16;
    const rng = Rng.from('frequencies');
    const logits = rng.fillNormal(new Float32Array(C));
    const total = logits.reduce((sum, x) => sum + Math.exp(x), 0);
    const program = compile((logits: Traced, noise: Traced) =>
      categorical(np.broadcastTo(logits, [N, C])).sample(noise),
    );
    const samples = await program(tensor(logits), tensor(rng.fillUniform(new Float32Array(N))));
    const data = samples.data as Float32Array;
    const counts = new Float64Array(C);
    const chosen = new Uint8Array(N); // ones in each row
    let others = 0;
    data.forEach((x, i) => {
      if (x === 1) {
        counts[i % C]++;
        chosen[Math.floor(i / C)]++;
      } else if (x !== 0) others++;
    });
    expect(others).toBe(0);
    expect(chosen.every((ones) => ones === 1)).toBe(true);
    // chi-squared of 15 degrees of freedom: mean 15, 99.99 % below 44.3
    const chi = counts.reduce((sum, count, c) => {
      const expected = (N * Math.exp(logits[c])) / total;
      return sum + (count - expected) ** 2 / expected;
    }, 0);
    expect(chi).toBeLessThan(44.3);
  });

  test('never samples what is not allowed, and everything stays finite', async () => {
    const program = compile((logits: Traced, allowed: Traced, noise: Traced) => {
      const d = categorical(maskLogits(logits, allowed));
      return {
        p: d.probabilities,
        sample: d.sample(noise),
        entropy: d.entropy(),
        log: d.logProbability(np.array([1, 0, 0])),
        slope: grad((x: Traced) => np.sum(categorical(maskLogits(x, allowed)).entropy()))(logits) as Traced,
      };
    });
    // the last class is not allowed: even the largest noise must not reach it
    const allowed = f32([3], 1, 1, 0);
    const out = await program(f32([3], 0, log(3), 50), allowed, f32([], 1 - 2 ** -24));
    close(out.p.data, [0.25, 0.75, 0]);
    expect(out.p.data[2]).toBe(0);
    expect([...out.sample.data]).toEqual([0, 1, 0]);
    close(out.log.data, [log(0.25)]);
    close(out.entropy.data, [-0.25 * log(0.25) - 0.75 * log(0.75)]);
    expect(out.slope.data.every(Number.isFinite)).toBe(true);
    expect(out.slope.data[2]).toBe(0);
  });

  test('the ends of the noise reach a class, and none of probability 0', async () => {
    const N = 500;
    const C = 9;
    const program = compile((logits: Traced, allowed: Traced, noise: Traced) =>
      categorical(maskLogits(logits, allowed)).sample(noise),
    );
    // of so many rows of probabilities, rounding leaves some with a sum below the largest noise
    const logits = tensor(Rng.from('ends').fillNormal(new Float32Array(N * C)), [N, C]);
    for (const [closed, noise] of [
      [0, 0],
      [C - 1, 1 - 2 ** -24],
    ]) {
      const allowed = Float32Array.from({ length: C }, (_, c) => (c === closed ? 0 : 1));
      const { data } = await program(logits, tensor(allowed), full([N], noise));
      const rows = Array.from({ length: N }, (_, n) => [...data.slice(n * C, (n + 1) * C)]);
      expect(rows.filter((row) => row[closed] !== 0)).toEqual([]);
      expect(rows.filter((row) => row.indexOf(1) === -1)).toEqual([]);
    }
  });

  test('straight-through samples are one-hot forwards and the probabilities backwards', async () => {
    const loss = (logits: Traced, noise: Traced) =>
      np.sum(
        categorical(logits)
          .straightThrough(noise)
          .mul(np.array([1, 10, 100])),
      );
    const program = compile((logits: Traced, noise: Traced) => ({
      value: loss(logits, noise),
      slope: grad(loss)(logits, noise) as Traced,
    }));
    const out = await program(f32([3], 0, log(2), log(5)), f32([], 0.2));
    expect(out.value.data[0]).toBeCloseTo(10, 4);
    // d/dlogits of p . w = p (w - p . w); p . w = 1/8 + 10/4 + 500/8 = 65.125
    close(out.slope.data, [0.125 * (1 - 65.125), 0.25 * (10 - 65.125), 0.625 * (100 - 65.125)], 3);
  });

  test('KL: by hand and zero of itself', async () => {
    const program = compile((p: Traced, q: Traced) => klCategorical(categorical(p), categorical(q)));
    // [1/8 1/4 5/8] from [1/3 1/3 1/3]: log 3 - 0.900256
    const p = f32([2, 3], 0, log(2), log(5), 1, 2, 3);
    const { data } = await program(p, f32([2, 3], 0, 0, 0, 1, 2, 3));
    close(data, [0.198356, 0]);
  });

  test('says which noise it needs', async () => {
    const program = compile((logits: Traced, noise: Traced) => categorical(logits).sample(noise));
    await expect(program(f32([2, 3], 0, 0, 0, 0, 0, 0), f32([2, 1], 0, 0))).rejects.toThrow(
      'categorical: noise must have one number a variable, got shapes [2,1] for [2,3].',
    );
  });

  test('gradients of log-probability, entropy and KL, with and without unimix', async () => {
    const at = { p: f32([2, 3], 0.1, -0.6, 0.8, 1, 0, -1), q: f32([2, 3], 0.5, 0.2, -0.4, 0, 0, 0.3) };
    const value = () =>
      np.array([
        [0, 1, 0],
        [0.3, 0.2, 0.5],
      ]);
    for (const unimix of [0, 0.1]) {
      const of = (logits: Traced) => categorical(logits, { unimix });
      const functions = [
        ({ p }: TracedTree<typeof at>) => of(p).logProbability(value()),
        ({ p }: TracedTree<typeof at>) => of(p).entropy(),
        ({ p, q }: TracedTree<typeof at>) => klCategorical(of(p), of(q)),
      ];
      for (const f of functions) expect(await gradientError(f, at)).toBeLessThan(3e-4);
    }
  });
});

describe('bernoulli', () => {
  test('log-probability, moments, entropy', async () => {
    const program = compile((logits: Traced, value: Traced) => {
      const d = bernoulli(logits);
      return { log: d.logProbability(value), mean: d.mean(), mode: d.mode(), entropy: d.entropy() };
    });
    // logit log 3: p = 3/4. Values 1, 0 and 1/2.
    const out = await program(f32([3], log(3), log(3), log(3)), f32([3], 1, 0, 0.5));
    close(out.log.data, [log(0.75), log(0.25), (log(0.75) + log(0.25)) / 2]);
    close(out.mean.data, [0.75, 0.75, 0.75]);
    expect([...out.mode.data]).toEqual([1, 1, 1]);
    // -3/4 log 3/4 - 1/4 log 1/4 = 0.562335
    close(out.entropy.data, [0.562335, 0.562335, 0.562335]);
  });

  test('certain logits stay finite', async () => {
    const program = compile((logits: Traced, value: Traced) => ({
      log: bernoulli(logits).logProbability(value),
      slope: grad((x: Traced) => np.sum(bernoulli(x).logProbability(value)))(logits) as Traced,
    }));
    const out = await program(f32([4], 200, 200, -200, -200), f32([4], 1, 0, 1, 0));
    close(out.log.data, [0, -200, -200, 0]);
    close(out.slope.data, [0, -1, 1, 0]);
  });

  test('samples 1 as often as its mean', async () => {
    const N = 20_000;
    const program = compile((logits: Traced, noise: Traced) => bernoulli(logits).sample(noise));
    const noise = Rng.from('bernoulli').fillUniform(new Float32Array(N));
    const data = (await program(full([N], log(3)), tensor(noise))).data as Float32Array;
    expect(data.every((x) => x === 0 || x === 1)).toBe(true);
    // standard deviation of the mean: sqrt(3/16 / N) = 0.0031
    expect(Math.abs(data.reduce((sum, x) => sum + x, 0) / N - 0.75)).toBeLessThan(0.013);
  });

  test('gradients of log-probability and entropy', async () => {
    const at = { logits: f32([3], -1.2, 0.3, 2) };
    const value = () => np.array([0, 1, 0.4]);
    const probability = ({ logits }: TracedTree<typeof at>) => bernoulli(logits).logProbability(value());
    const entropy = ({ logits }: TracedTree<typeof at>) => bernoulli(logits).entropy();
    expect(await gradientError(probability, at)).toBeLessThan(3e-4);
    expect(await gradientError(entropy, at)).toBeLessThan(3e-4);
  });
});
