import { expect, test } from 'vitest';
import { Rng } from '../core/rng.ts';
import { compile } from '../engine/compile.ts';
import { tensor } from '../engine/tensor.ts';
import type { Traced, TracedTree } from '../engine/tree.ts';
import { gradientError } from './finite-differences.ts';
import { mixtureOfNormals } from './mixture.ts';

const f32 = (shape: readonly number[], ...values: number[]) => tensor(Float32Array.from(values), shape);
const density = (x: number, m: number, s: number) =>
  Math.exp(-0.5 * ((x - m) / s) ** 2) / (s * Math.sqrt(2 * Math.PI));

const logits = f32([1, 2], 0, Math.log(3)); // weights 1/4 and 3/4
const mean = f32([1, 2], -1, 2);
const std = f32([1, 2], 0.5, 1);

test('log-probability is that of the weighted sum of densities; the mean that of the means', async () => {
  const program = compile((logits: Traced, mean: Traced, std: Traced, x: Traced) => {
    const d = mixtureOfNormals({ logits, mean, std });
    return { log: d.logProbability(x), mean: d.mean() };
  });
  for (const x of [-1, 0.4, 5]) {
    const out = await program(logits, mean, std, f32([1], x));
    const expected = 0.25 * density(x, -1, 0.5) + 0.75 * density(x, 2, 1);
    expect(out.log.data[0]).toBeCloseTo(Math.log(expected), 4);
    expect(out.mean.data[0]).toBeCloseTo(1.25, 5);
  }
  // 40 standard deviations out, where both densities are zero in float32: -40^2 / 2 - log(2 pi) / 2 + log 3/4
  const far = await program(logits, mean, std, f32([1], 42));
  expect(far.log.data[0]).toBeCloseTo(-801.206621, 2);
});

test('samples come from the components as often as their weights say', async () => {
  const N = 20_000;
  const program = compile((logits: Traced, mean: Traced, std: Traced, uniform: Traced, normal: Traced) =>
    mixtureOfNormals({ logits, mean, std }).sample({ uniform, normal }),
  );
  const repeat = (x: { data: ArrayLike<number> }) =>
    f32([N, 2], ...Array.from({ length: 2 * N }, (_, i) => x.data[i % 2]));
  const rng = Rng.from('mixture');
  const uniform = tensor(rng.fillUniform(new Float32Array(N)));
  const normal = tensor(rng.fillNormal(new Float32Array(N)));
  const samples = await program(repeat(logits), repeat(mean), repeat(std), uniform, normal);
  const data = samples.data as Float32Array;
  let worst = 0;
  for (let n = 0; n < N; n++) {
    const first = uniform.data[n] < 0.25;
    const z = normal.data[n];
    worst = Math.max(worst, Math.abs(data[n] - (first ? -1 + 0.5 * z : 2 + z)));
  }
  expect(worst).toBeLessThan(1e-5);
  // variance: 1/4 (1/4 + 1) + 3/4 (1 + 4) - 1.25^2 = 2.5; standard deviation of the mean 0.011
  const average = data.reduce((sum, x) => sum + x, 0) / N;
  expect(Math.abs(average - 1.25)).toBeLessThan(0.05);
});

test('gradients of log-probability and samples', async () => {
  const at = { logits, mean, std, x: f32([1], 0.4) };
  const log = ({ x, ...parts }: TracedTree<typeof at>) => mixtureOfNormals(parts).logProbability(x);
  expect(await gradientError(log, at)).toBeLessThan(5e-4);
  // the choice has no gradient: logits that say the same wherever they are moved keep it fixed
  const drawn = { mean, std, noise: { uniform: f32([1], 0.6), normal: f32([1], -0.7) } };
  const sample = ({ mean, std, noise }: TracedTree<typeof drawn>) =>
    mixtureOfNormals({ logits: mean.mul(0), mean, std }).sample(noise);
  expect(await gradientError(sample, drawn, 0.01)).toBeLessThan(5e-4);
});
