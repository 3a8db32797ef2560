import { grad, numpy as np } from '@jax-js/jax';
import { expect, test } from 'vitest';
import { compile } from '../engine/compile.ts';
import { tensor } from '../engine/tensor.ts';
import type { Traced } from '../engine/tree.ts';
import { gradientError } from './finite-differences.ts';
import { squashedNormal } from './squashed-normal.ts';

const f32 = (...values: number[]) => tensor(Float32Array.from(values));
const draw = compile((mean: Traced, logStd: Traced, noise: Traced) =>
  squashedNormal(mean, logStd).sample(noise),
);

test('a value by hand', async () => {
  const { value, logProbability } = await draw(f32(0.5), f32(Math.log(2)), f32(-0.75));
  // u = 0.5 - 1.5 = -1; log N = -0.75² / 2 - log 2 - log(2 pi) / 2 = -0.28125 - 0.693147 - 0.918939;
  // log(1 - tanh² 1) = log 0.419974 = -0.867562
  expect(value.data[0]).toBeCloseTo(-0.761594, 6);
  expect(logProbability.data[0]).toBeCloseTo(-1.893336 + 0.867562, 5);
});

test.each([
  [0, 0],
  [0.8, -1],
  [-1.5, 0.5],
])('the density of mean %f, log std %f is one in all', async (mean, logStd) => {
  const N = 40_000;
  const values = Float64Array.from({ length: N }, (_, i) => -1 + (2 * (i + 0.5)) / N);
  // the noise that leads to each value
  const noise = Float32Array.from(values, (a) => (Math.atanh(a) - mean) / Math.exp(logStd));
  const all = (x: number) => tensor(new Float32Array(N).fill(x));
  const { value, logProbability } = await draw(all(mean), all(logStd), tensor(noise));
  let total = 0;
  for (let i = 0; i < N; i++) {
    expect(Math.abs(value.data[i] - values[i])).toBeLessThan(1e-6);
    total += Math.exp(logProbability.data[i]) * (2 / N);
  }
  expect(total).toBeCloseTo(1, 3);
});

test('finite far out, where tanh is 1 to the last bit', async () => {
  const { value, logProbability } = await draw(f32(30, -30, 400), f32(0, 0, 0), f32(0, 1, 0));
  expect(value.data[0]).toBe(1);
  // log(1 - tanh² u) tends to log 4 - 2 |u|
  const far = (u: number, noise: number) =>
    -0.5 * noise * noise - 0.5 * Math.log(2 * Math.PI) - (Math.log(4) - 2 * u);
  [far(30, 0), far(29, 1), far(400, 0)].forEach((expected, i) => {
    expect(logProbability.data[i] / expected).toBeCloseTo(1, 5);
  });
  const slopes = compile((mean: Traced) =>
    grad((m: Traced) => np.sum(squashedNormal(m, np.zeros([3])).sample(np.zeros([3])).logProbability))(mean),
  );
  // d/du -log(1 - tanh² u) = 2 tanh u
  expect([...(await slopes(f32(30, -30, 400))).data]).toEqual([2, -2, 2]);
});

test('gradients of values and log-probabilities', async () => {
  const at = { mean: f32(0.3, -1.1, 0.9), logStd: f32(-0.4, 0.2, -1.2) };
  const noise = () => np.array([0.7, -0.2, 1.3]);
  for (const part of ['value', 'logProbability'] as const) {
    const error = await gradientError(
      ({ mean, logStd }: { mean: Traced; logStd: Traced }) =>
        squashedNormal(mean, logStd).sample(noise())[part],
      at,
    );
    expect(error).toBeLessThan(3e-4);
  }
});

test('the median is tanh of the mean', async () => {
  const median = compile((mean: Traced) => squashedNormal(mean, np.zeros([2])).median());
  const { data } = await median(f32(0, 1));
  expect(data[0]).toBe(0);
  expect(data[1]).toBeCloseTo(0.761594, 6);
});
