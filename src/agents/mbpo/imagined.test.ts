import { describe, expect, test } from 'vitest';
import { InputError, NumericalError } from '../../core/errors.ts';
import type { Batch } from '../../core/replay.ts';
import { Rng } from '../../core/rng.ts';
import { branch, branchLength, ImaginedRows, joined } from './imagined.ts';

test('the length of branches goes along a line, rounded down', () => {
  // Hopper's in the paper: 1 until step 20,000, 15 from 100,000 on
  const hopper = [20_000, 100_000, 1, 15];
  // 14 / 80,000 more a step: 2 at 25,715, 8 half-way
  const expected = { 0: 1, 20000: 1, 25714: 1, 25715: 2, 60000: 8, 99999: 14, 100000: 15, 500000: 15 };
  for (const [step, length] of Object.entries(expected))
    expect(`${step}: ${branchLength(Number(step), hopper)}`).toBe(`${step}: ${length}`);
  expect(branchLength(700, [0, 1000, 1, 11])).toBe(8); // 1 + 0.7 * 10, which is less than 8 in binary
  expect([0, 5, 10].map((step) => branchLength(step, [0, 10, 5, 1]))).toEqual([5, 3, 1]);
});

/** x' = x + a; earns x; ends beyond 3. */
const count = async (observations: Float32Array, actions: Float32Array) => {
  const next = observations.map((x, n) => x + actions[n]);
  return {
    nextObservations: next,
    rewards: observations.slice(),
    discounts: next.map((x) => (x > 3 ? 0 : 1)),
  };
};
const ones = async (observations: Float32Array) => new Float32Array(observations.length).fill(1);

describe('branches', () => {
  test('are of the length asked for, and stop at an end', async () => {
    const rows = await branch(Float32Array.of(0, 2, 3), { length: 3, D: 1, act: ones, step: count });
    // step 1 of all three; 3 has gone beyond; step 2 of the first two; 2 has gone beyond; step 3 of the first
    expect([...rows.observations]).toEqual([0, 2, 3, 1, 3, 2]);
    expect([...rows.nextObservations]).toEqual([1, 3, 4, 2, 4, 3]);
    expect([...rows.discounts]).toEqual([1, 1, 0, 1, 0, 1]);
    expect([...rows.rewards]).toEqual([...rows.observations]);
    expect([...rows.actions]).toEqual([1, 1, 1, 1, 1, 1]);
  });

  test('stop where all have ended, and where an end is likelier than not', async () => {
    const unsure = async (observations: Float32Array, actions: Float32Array) => ({
      ...(await count(observations, actions)),
      discounts: observations.map((x) => (x > 0 ? 0.6 : 0.4)),
    });
    const rows = await branch(Float32Array.of(0, 5), { length: 2, D: 1, act: ones, step: unsure });
    expect([...rows.observations]).toEqual([0, 5, 6]);
    expect(rows.discounts[0]).toBeCloseTo(0.4, 6); // what was expected is kept
    const over = await branch(Float32Array.of(9), { length: 5, D: 1, act: ones, step: count });
    expect([...over.observations]).toEqual([9]);
  });

  test('a number gone wrong is told', async () => {
    const wild = async (observations: Float32Array, actions: Float32Array) => ({
      ...(await count(observations, actions)),
      nextObservations: observations.map(() => Number.POSITIVE_INFINITY),
    });
    const wrong = branch(Float32Array.of(1), { length: 2, D: 1, act: ones, step: wild });
    await expect(wrong).rejects.toThrow(NumericalError);
    await expect(wrong).rejects.toThrow('imagined observations, step 1 of a branch');
  });
});

/** Rows of D = 2, A = 1 whose every number says which row it is. */
const rowsOf = (first: number, rows: number): Batch => ({
  observations: Float32Array.from({ length: 2 * rows }, (_, i) => first + Math.floor(i / 2)),
  actions: Float32Array.from({ length: rows }, (_, i) => first + i),
  rewards: Float32Array.from({ length: rows }, (_, i) => first + i),
  nextObservations: Float32Array.from({ length: 2 * rows }, (_, i) => first + Math.floor(i / 2)),
  discounts: Float32Array.from({ length: rows }, (_, i) => first + i),
});

describe('what is kept of them', () => {
  const filled = () => {
    const kept = new ImaginedRows({ D: 2, A: 1, retain: 2 });
    for (const [first, rows] of [
      [0, 3],
      [10, 1],
      [20, 4],
    ])
      kept.add(rowsOf(first, rows));
    return kept;
  };

  test('the oldest round is forgotten; samples are even over the rest, whole rows', () => {
    const kept = filled();
    expect(kept.size).toBe(5);
    const N = 5000;
    const batch = kept.sample(N, Rng.from(1));
    const seen = new Map<number, number>();
    batch.rewards.forEach((row, i) => {
      seen.set(row, (seen.get(row) ?? 0) + 1);
      const whole = [
        ...batch.observations.slice(2 * i, 2 * i + 2),
        ...batch.nextObservations.slice(2 * i, 2 * i + 2),
        batch.actions[i],
        batch.discounts[i],
      ];
      expect(whole).toEqual(new Array(6).fill(row));
    });
    expect([...seen.keys()].sort()).toEqual([10, 20, 21, 22, 23]);
    // 1000 each, standard deviation sqrt(5000 * 0.2 * 0.8) = 28
    for (const times of seen.values()) expect(Math.abs(times - 1000)).toBeLessThan(140);
  });

  test('saved and loaded, it goes on the same', () => {
    const [kept, other] = [filled(), new ImaginedRows({ D: 2, A: 1, retain: 2 })];
    other.load(structuredClone(kept.save()));
    for (const each of [kept, other]) each.add(rowsOf(30, 2));
    expect(other.size).toBe(6);
    expect(other.sample(20, Rng.from(2))).toEqual(kept.sample(20, Rng.from(2)));
    expect(other.save()).toEqual(kept.save());
    const narrow = new ImaginedRows({ D: 1, A: 1, retain: 2 });
    expect(() => narrow.load(kept.save())).toThrow(InputError);
    expect(() => narrow.load(kept.save())).toThrow('saved observations must be [6, 1], got [6,2]');
  });

  test('batches are joined column by column', () => {
    const both = joined([rowsOf(0, 1), rowsOf(5, 2)]);
    expect([...both.rewards]).toEqual([0, 5, 6]);
    expect([...both.observations]).toEqual([0, 0, 5, 5, 6, 6]);
  });
});
