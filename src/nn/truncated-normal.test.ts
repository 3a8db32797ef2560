import { grad, numpy as np } from '@jax-js/jax';
import { expect, test } from 'vitest';
import { Rng } from '../core/rng.ts';
import { compile } from '../engine/compile.ts';
import { tensor } from '../engine/tensor.ts';
import type { Traced } from '../engine/tree.ts';
import { gradientError } from './finite-differences.ts';
import { truncatedNormalDistribution } from './truncated-normal.ts';

const f32 = (...values: number[]) => tensor(Float32Array.from(values));
const told = compile((mean: Traced, std: Traced, noise: Traced) => {
  const d = truncatedNormalDistribution(mean, std, -1, 1);
  const drawn = d.sample(noise);
  return { drawn, log: d.logProbability(drawn), entropy: d.entropy(), mean: d.mean(), mode: d.mode() };
});

/** By Python's `statistics.NormalDist`: m + s inv_cdf(Phi(a) + Phi(noise) (Phi(b) - Phi(a))) and the closed forms, in doubles. */
test.each([
  { m: 0.3, s: 0.5, noise: 0.7, drawn: 0.559253, log: -0.27093, entropy: 0.5026, mean: 0.22557 },
  { m: -1, s: 0.1, noise: -1.2, drawn: -0.985528, log: 2.06632, entropy: -1.57679, mean: -0.920212 },
  { m: 1, s: 2.1, noise: 2.5, drawn: 0.989228, log: -0.55086, entropy: 0.68456, mean: 0.073089 },
  { m: 0.9, s: 0.1, noise: 0.1, drawn: 0.88849, log: 1.54978, entropy: -1.2002, mean: 0.87124 },
  { m: 0, s: 0.2, noise: -4.5, drawn: -0.89655, log: -9.35703, entropy: -0.19051, mean: 0 },
])('of mean $m and deviation $s between -1 and 1', async ({ m, s, noise, drawn, log, entropy, mean }) => {
  const out = await told(f32(m), f32(s), f32(noise));
  expect(out.drawn.data[0]).toBeCloseTo(drawn, 3);
  expect(out.log.data[0]).toBeCloseTo(log, 2);
  expect(out.entropy.data[0]).toBeCloseTo(entropy, 4);
  expect(out.mean.data[0]).toBeCloseTo(mean, 5);
  expect(out.mode.data[0]).toBeCloseTo(m, 6);
});

test('draws stay between the bounds and have its mean, however much of the whole lies beyond', async () => {
  const N = 20_000;
  const noise = tensor(Rng.from(1).fillNormal(new Float32Array(N)));
  for (const [m, s] of [
    [0.2, 0.4],
    [1, 0.1],
    [-1, 1],
    [1.2, 0.5],
    [0, 50],
  ]) {
    const all = (x: number) => tensor(new Float32Array(N).fill(x));
    const { drawn, mean } = await told(all(m), all(s), noise);
    const draws = Array.from(drawn.data);
    expect(Math.max(...draws.map(Math.abs))).toBeLessThanOrEqual(1 + 1e-6);
    expect(draws.reduce((a, b) => a + b) / N).toBeCloseTo(mean.data[0], 1);
  }
});

test('gradients of draws, log-probabilities and entropy', async () => {
  const at = { mean: f32(0.3, -0.9, 0.5, 1), std: f32(0.4, 0.7, 1.5, 0.5) };
  const noise = () => np.array([0.7, -0.2, 1.3, 0.4]);
  for (const part of ['draw', 'log', 'entropy'] as const) {
    const error = await gradientError(({ mean, std }: { mean: Traced; std: Traced }) => {
      const d = truncatedNormalDistribution(mean, std, -1, 1);
      if (part === 'draw') return d.sample(noise());
      return part === 'log' ? d.logProbability(np.array([0.1, -0.5, 0.9, 0.95])) : d.entropy();
    }, at);
    expect(error).toBeLessThan(1e-3);
  }
});

test('a mean at a bound, and noise far out, leave gradients finite', async () => {
  const slopes = compile((mean: Traced, std: Traced, noise: Traced) =>
    grad(({ mean, std }: { mean: Traced; std: Traced }) =>
      np.sum(truncatedNormalDistribution(mean, std, -1, 1).sample(noise)),
    )({ mean, std }),
  );
  const noise = f32(-9, -5, 0, 5, 9);
  for (const mean of [-1, 0, 1])
    for (const std of [0.1, 1, 2.1]) {
      const out = (await slopes(
        f32(...Array(5).fill(mean)),
        f32(...Array(5).fill(std)),
        noise,
      )) as unknown as {
        mean: { data: Float32Array };
        std: { data: Float32Array };
      };
      // a draw follows the mean, but never faster
      for (const slope of out.mean.data) {
        expect(slope).toBeGreaterThan(-0.01);
        expect(slope).toBeLessThan(1.01);
      }
      expect(out.std.data.every(Number.isFinite)).toBe(true);
    }
});
