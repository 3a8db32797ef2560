import { describe, expect, test } from 'vitest';
import { Rng } from '../core/rng.ts';
import {
  glorotUniform,
  heNormal,
  type Initialiser,
  lecunNormal,
  orthogonal,
  petsInitialiser,
  truncatedNormal,
  varianceScaling,
  zeroInitialiser,
} from './initialisers.ts';

const fan = { in: 64, out: 256 };
const shape = [64, 256];
const N = 64 * 256;

function moments(initial: Initialiser) {
  const { data } = initial(Rng.from('initialisers'), shape, fan);
  expect(data.length).toBe(N);
  const mean = data.reduce((sum, x) => sum + x, 0) / N;
  const variance = data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / N;
  const largest = data.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  return { mean, std: Math.sqrt(variance), largest };
}

// Of 16,384 numbers the standard deviation is known to 0.6 % (one sigma), the mean to 0.8 % of it.
test.each([
  // truncation at two standard deviations takes a normal number's down by 0.8796256
  ['truncatedNormal', truncatedNormal(3), 3 * 0.8796256, 6],
  ['petsInitialiser', petsInitialiser, 0.8796256 / 16, 2 / 16],
  ['lecunNormal', lecunNormal, 1 / 8, 2 / 8 / 0.8796256],
  ['heNormal', heNormal, Math.SQRT2 / 8, (2 * Math.SQRT2) / 8 / 0.8796256],
  ['glorotUniform', glorotUniform, Math.sqrt(1 / 160), Math.sqrt(3 / 160)],
  [
    'normal over outputs',
    varianceScaling({ scale: 4, mode: 'out', distribution: 'normal' }),
    2 / 16,
    Number.POSITIVE_INFINITY,
  ],
] as const)('%s: standard deviation and reach', (_name, initial, std, reach) => {
  const actual = moments(initial);
  expect(Math.abs(actual.std / std - 1)).toBeLessThan(0.025);
  expect(Math.abs(actual.mean)).toBeLessThan(0.04 * std);
  expect(actual.largest).toBeLessThanOrEqual(reach * (1 + 1e-6));
  // numbers do come near the limit: it is not lower than said
  if (Number.isFinite(reach)) expect(actual.largest).toBeGreaterThan(0.99 * reach);
  else expect(actual.largest).toBeGreaterThan(3 * std);
});

test('zeroInitialiser', () => {
  expect([...zeroInitialiser(Rng.from(1), [2, 2], fan).data]).toEqual([0, 0, 0, 0]);
});

describe('orthogonal', () => {
  test.each([
    [5, 3],
    [3, 5],
    [4, 4],
  ])('[%d, %d]: products of rows or columns are gain^2 or 0', (rows, columns) => {
    const gain = 1.5;
    const { data } = orthogonal(gain)(Rng.from('orthogonal'), [rows, columns], { in: rows, out: columns });
    const at = (r: number, c: number) => data[r * columns + c];
    const few = Math.min(rows, columns);
    const many = Math.max(rows, columns);
    for (let a = 0; a < few; a++) {
      for (let b = 0; b < few; b++) {
        let sum = 0;
        for (let i = 0; i < many; i++) sum += rows <= columns ? at(a, i) * at(b, i) : at(i, a) * at(i, b);
        expect(sum).toBeCloseTo(a === b ? gain * gain : 0, 5);
      }
    }
  });

  test('only for matrices', () => {
    expect(() => orthogonal()(Rng.from(1), [2, 3, 4], fan)).toThrow(
      'orthogonal: a weight must have 2 dimensions, got shape [2,3,4].',
    );
  });
});
