/** How much of the stochastic state is put to use, written out. */
import { expect, test } from 'vitest';
import { compile, tensor } from '../../engine/index.ts';
import type { Traced } from '../../engine/tree.ts';
import { latentsOf } from './latents.ts';

async function use(options: Parameters<typeof latentsOf>[0], rows: readonly (readonly number[])[]) {
  const raw = tensor(Float32Array.from(rows.flat()), [rows.length, rows[0].length]);
  const { data } = await compile((x: Traced) => latentsOf(options).use(x))(raw);
  return data[0];
}

test('of categorical variables: how many classes are as good as alike in use', async () => {
  const options = { latents: 'categorical', variables: 2, classes: 3, unimix: 0 } as const;
  // the first variable takes all three in turn, the second always the same: 3 and 1
  const turns = [0, 1, 2].map((c) => [0, 1, 2].map((at) => (at === c ? 50 : 0)).concat([50, 0, 0]));
  expect(await use(options, turns)).toBeCloseTo(2, 5);
  // undecided each time counts as in use: only the divergence tells whether it says anything
  expect(await use(options, [[0, 0, 0, 0, 0, 0]])).toBeCloseTo(3, 5);
});

test('of normal variables: the share of their variance that tells something', async () => {
  const options = { latents: 'normal', variables: 2, classes: 2, unimix: 0 } as const;
  const spread = Math.log(Math.expm1(0.9)); // softplus of it + 0.1 is 1
  // means of 1 and -1 beside a deviation of 1, and means that never change
  const rows = [1, -1].map((mean) => [mean, 0.3, spread, spread]);
  expect(await use(options, rows)).toBeCloseTo((1 / 2 + 0) / 2, 5);
});
