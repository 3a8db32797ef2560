/** Random streams against the same streams written a second time, in another language. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Rng } from '../../src/core/rng.ts';

interface GoldenStream {
  readonly seed: number | string;
  readonly path: readonly (number | string)[];
  readonly words: readonly number[];
  /** Below 2, 6, 1000, 3 · 2^30 and 2^32. */
  readonly integers: readonly number[];
  readonly normals: readonly number[];
  readonly permutation: readonly number[];
}

interface GoldenTail {
  readonly seed: string;
  /** Of 50,000 normal numbers, those in the tail. */
  readonly beyond: readonly number[];
  readonly last: number;
}

const lines: unknown[] = readFileSync(new URL('streams.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('{'))
  .map((line) => JSON.parse(line));
const streams = lines.slice(0, -1) as GoldenStream[];
const tail = lines.at(-1) as GoldenTail;

test.each(streams)('seed $seed, path $path', ({ seed, path, words, integers, normals, permutation }) => {
  const at = () => path.reduce((stream, name) => stream.fork(name), Rng.from(seed));
  const [a, b, c] = [at(), at(), at()];
  expect(words.map(() => a.uint32())).toEqual(words);
  expect([2, 6, 1000, 3 * 2 ** 30, 2 ** 32].map((n) => b.integer(n))).toEqual(integers);
  // logarithms and exponentials may differ in their last bit between machines
  for (const normal of normals) expect(c.normal() / normal).toBeCloseTo(1, 12);
  expect([...at().permutation(8)]).toEqual(permutation);
});

test('there are 32 streams', () => expect(streams.length).toBe(32));

test('50,000 normal numbers, tail and all', () => {
  const rng = Rng.from(tail.seed);
  const normals = rng.fillNormal(new Float64Array(50_000));
  const beyond = normals.filter((x) => Math.abs(x) > 3.6541528853610088);
  expect(beyond.length).toBe(tail.beyond.length);
  for (const [i, x] of beyond.entries()) expect(x / tail.beyond[i]).toBeCloseTo(1, 12);
  expect(normals[49_999] / tail.last).toBeCloseTo(1, 12);
});
