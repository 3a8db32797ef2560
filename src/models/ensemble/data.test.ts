import { describe, expect, test } from 'vitest';
import { Rng } from '../../core/rng.ts';
import { box, discrete } from '../../core/spaces.ts';
import { bootstraps, gather, noScaling, type Rows, rowsOf, scalingOf, shuffle, splitRows } from './data.ts';

const f32 = (...values: number[]) => Float32Array.from(values);
const i32 = (...values: number[]) => Int32Array.from(values);

/** Rows whose numbers say which row they are: inputs (n, -n), target 10 n, discount 0 in odd rows. */
const numbered = (N: number): Rows => ({
  N,
  inputs: Float32Array.from({ length: 2 * N }, (_, i) => (i % 2 === 0 ? 1 : -1) * Math.floor(i / 2)),
  targets: Float32Array.from({ length: N }, (_, n) => 10 * n),
  discounts: Float32Array.from({ length: N }, (_, n) => 1 - (n % 2)),
});

describe('rows', () => {
  const batch = {
    observations: f32(1, 2, 3, 4),
    nextObservations: f32(1.5, 2, 2, 8),
    rewards: f32(7, 9),
    discounts: f32(1, 0),
  };

  test('continuous actions enter as they are; targets are changes, then the reward', () => {
    const rows = rowsOf({ ...batch, actions: f32(-1, 0.5) }, box(-1, 1, [1]), 2, {
      reward: true,
      cost: false,
    });
    expect([...rows.inputs]).toEqual([1, 2, -1, 3, 4, 0.5]);
    expect([...rows.targets]).toEqual([0.5, 0, 7, -1, 4, 9]);
    expect([...rows.discounts]).toEqual([1, 0]);
  });

  test('discrete actions enter one-hot; a given reward is no target', () => {
    const rows = rowsOf({ ...batch, actions: f32(2, 0) }, discrete(3), 2, { reward: false, cost: false });
    expect([...rows.inputs]).toEqual([1, 2, 0, 0, 1, 3, 4, 1, 0, 0]);
    expect([...rows.targets]).toEqual([0.5, 0, -1, 4]);
  });
});

describe('scaling', () => {
  test('mean and standard deviation, by hand', () => {
    // inputs 0 1 2 3: mean 1.5, variance (2.25 + 0.25 + 0.25 + 2.25) / 4 = 1.25; targets ten times that
    const { inputMean, inputSpread, targetMean, targetSpread } = scalingOf(numbered(4));
    expect([...inputMean.data]).toEqual([1.5, -1.5]);
    expect(inputSpread.data[0]).toBeCloseTo(1.118034, 6);
    expect(inputSpread.data[1]).toBeCloseTo(1.118034, 6);
    expect([...targetMean.data]).toEqual([15]);
    expect(targetSpread.data[0]).toBeCloseTo(11.18034, 5);
  });

  test('a number that never changes is centred and not blown up', () => {
    const N = 1000;
    const rows: Rows = {
      N,
      inputs: new Float32Array(N).fill(1234.567), // not a binary fraction: the mean has a rounding error
      targets: new Float32Array(N),
      discounts: new Float32Array(N),
    };
    const { inputMean, inputSpread, targetMean, targetSpread } = scalingOf(rows);
    expect(inputMean.data[0]).toBe(Math.fround(1234.567));
    expect([inputSpread.data[0], targetMean.data[0], targetSpread.data[0]]).toEqual([1, 0, 1]);
  });

  test('one row alone can be scaled', () => {
    const { inputMean, inputSpread } = scalingOf({ ...numbered(1), inputs: f32(3, 4) });
    expect([...inputMean.data, ...inputSpread.data]).toEqual([3, 4, 1, 1]);
  });

  test('before there are data nothing is scaled', () => {
    const scaling = noScaling(2, 1);
    expect([...scaling.inputMean.data, ...scaling.targetMean.data]).toEqual([0, 0, 0]);
    expect([...scaling.inputSpread.data, ...scaling.targetSpread.data]).toEqual([1, 1, 1]);
  });
});

describe('split', () => {
  const sorted = (list: Int32Array) => [...list].sort((a, b) => a - b);

  test('every row is trained on or held out, never both', () => {
    const { training, heldOut } = splitRows(100, 0.2, 1000, Rng.from(1));
    expect([training.length, heldOut.length]).toEqual([80, 20]);
    expect(sorted(i32(...training, ...heldOut))).toEqual(Array.from({ length: 100 }, (_, n) => n));
    // drawn at random, not the first or the last
    expect(sorted(heldOut)).not.toEqual(sorted(heldOut).map((_, i) => i));
    expect(sorted(heldOut)).not.toEqual(sorted(heldOut).map((_, i) => 80 + i));
  });

  test('no more are held out than the limit, and none where none are wanted', () => {
    expect(splitRows(100, 0.2, 7, Rng.from(1)).heldOut).toHaveLength(7);
    expect(splitRows(100, 0, 7, Rng.from(1)).heldOut).toHaveLength(0);
  });

  test('at least one row is left to train on', () => {
    for (const N of [1, 2, 9, 10, 11]) {
      expect(splitRows(N, 0.9, 1000, Rng.from(1)).training.length).toBeGreaterThanOrEqual(1);
    }
  });
});

describe('bootstraps', () => {
  test('each member draws as many rows as there are, with replacement, and they differ', () => {
    const training = Int32Array.from({ length: 2000 }, (_, i) => 10 + i);
    const lists = bootstraps(training, 3, Rng.from(2));
    expect(lists.map((list) => list.length)).toEqual([2000, 2000, 2000]);
    for (const list of lists) {
      expect(list.every((row) => row >= 10 && row < 2010)).toBe(true);
      // Of 2000 rows 1 - 1/e = 63.2 % are drawn at least once: 1264 on average, with a standard deviation of 14.
      const distinct = new Set(list).size;
      expect(distinct).toBeGreaterThan(1264 - 70);
      expect(distinct).toBeLessThan(1264 + 70);
    }
    // Two bootstraps share 2000 (1 - 1/e)^2 = 799 distinct rows on average.
    const shared = [...new Set(lists[0])].filter((row) => lists[1].includes(row)).length;
    expect(shared).toBeGreaterThan(799 - 100);
    expect(shared).toBeLessThan(799 + 100);
  });

  test('one network alone sees every row once', () => {
    const training = i32(4, 2, 9);
    const [list] = bootstraps(training, 1, Rng.from(2));
    expect([...list]).toEqual([4, 2, 9]);
    list[0] = 0; // a copy: shuffling it leaves the split as it is
    expect([...training]).toEqual([4, 2, 9]);
  });
});

test('shuffling reaches every order equally often', () => {
  const rng = Rng.from(3);
  const times = new Map<string, number>();
  for (let i = 0; i < 6000; i++) {
    const list = i32(1, 2, 3);
    shuffle(list, rng);
    times.set(list.join(''), (times.get(list.join('')) ?? 0) + 1);
  }
  // 6 orders, 1000 times each on average, with a standard deviation of 29
  expect([...times.keys()].sort()).toEqual(['123', '132', '213', '231', '312', '321']);
  for (const count of times.values()) {
    expect(count).toBeGreaterThan(850);
    expect(count).toBeLessThan(1150);
  }
});

describe('batches', () => {
  test('rows for all members side by side, each in its own order', () => {
    const { inputs, targets, discounts, weights } = gather(numbered(5), [i32(3, 0, 4), i32(1, 1, 2)], 1, 2);
    expect([inputs.shape, targets.shape, discounts.shape, weights.shape]).toEqual([
      [2, 2, 2],
      [2, 2, 1],
      [2, 2],
      [2, 2],
    ]);
    expect([...inputs.data]).toEqual([0, -0, 4, -4, 1, -1, 2, -2]);
    expect([...targets.data]).toEqual([0, 40, 10, 20]);
    expect([...discounts.data]).toEqual([1, 1, 0, 1]);
    expect([...weights.data]).toEqual([1, 1, 1, 1]);
  });

  test('past the end they begin again, and those rows weigh nothing', () => {
    const { targets, weights } = gather(numbered(5), [i32(3, 0, 4)], 2, 3);
    expect([...targets.data]).toEqual([40, 30, 0]);
    expect([...weights.data]).toEqual([1, 0, 0]);
  });

  test('a batch larger than the list goes round more than once', () => {
    const { targets, weights } = gather(numbered(5), [i32(3, 1)], 0, 5);
    expect([...targets.data]).toEqual([30, 10, 30, 10, 30]);
    expect([...weights.data]).toEqual([1, 1, 0, 0, 0]);
  });
});
