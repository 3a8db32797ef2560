import { describe, expect, test } from 'vitest';
import { Rng } from './rng.ts';

/** Chi-square of counts that should be equal, in standard deviations from what is expected of it. */
function unevenness(counts: ArrayLike<number>): number {
  const values = Array.from(counts);
  const expected = values.reduce((sum, count) => sum + count, 0) / values.length;
  const chiSquare = values.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  const degrees = values.length - 1;
  return (chiSquare - degrees) / Math.sqrt(2 * degrees);
}

describe('streams', () => {
  test('a fork depends on seed and name, not on draws', () => {
    const [early, late] = [Rng.from(3), Rng.from(3)];
    for (let i = 0; i < 1000; i++) late.uniform();
    expect(late.fork('environment').save()).toEqual(early.fork('environment').save());
    // nor does forking draw
    expect(early.save()).toEqual(Rng.from(3).save());
  });

  test('seeds, names and their order tell streams apart', () => {
    const streams = [
      Rng.from(1),
      Rng.from('1'),
      Rng.from(-1),
      Rng.from(1).fork(1),
      Rng.from(1).fork('1'),
      Rng.from(1).fork(2),
      Rng.from(1).fork(1).fork(2),
      Rng.from(1).fork(2).fork(1),
      Rng.from(1).fork('ab'),
      Rng.from(1).fork('a').fork('b'),
      Rng.from(1).fork(''),
      Rng.from(2 ** 32 + 1),
    ];
    const firsts = new Set(streams.map((rng) => rng.uint32()));
    expect(firsts.size).toBe(streams.length);
  });

  test('neighbouring forks are not alike', () => {
    // 32 bits of 2000 pairs of neighbours: 32,000 differ, standard deviation 126; equal streams would give 0
    const root = Rng.from('neighbours');
    let differing = 0;
    for (let i = 0; i < 2000; i++) {
      let bits = root.fork(i).uint32() ^ root.fork(i + 1).uint32();
      for (; bits !== 0; bits &= bits - 1) differing++;
    }
    expect(Math.abs(differing - 32_000)).toBeLessThan(4.5 * 126);
    // the first words of 10,000 forks, by their highest byte
    const counts = new Float64Array(256);
    for (let i = 0; i < 10_000; i++) counts[root.fork(i).uint32() >>> 24]++;
    expect(Math.abs(unevenness(counts))).toBeLessThan(4.5);
  });

  test('save and restore, in mid stream', () => {
    const rng = Rng.from('saved');
    for (let i = 0; i < 17; i++) rng.normal();
    const restored = Rng.restore(JSON.parse(JSON.stringify(rng.save())));
    expect(restored.fork('x').save()).toEqual(rng.fork('x').save());
    for (let i = 0; i < 100; i++) expect(restored.uint32()).toBe(rng.uint32());
    expect(() => Rng.restore([1, 2, 3])).toThrow(/8 words, got 3/);
  });
});

describe('uniform numbers', () => {
  test.each([0, 8, 16, 24])('all bytes are equally frequent, from bit %i', (shift) => {
    const rng = Rng.from('bytes');
    const counts = new Float64Array(256);
    for (let i = 0; i < 200_000; i++) counts[(rng.uint32() >>> shift) & 255]++;
    expect(Math.abs(unevenness(counts))).toBeLessThan(4.5);
  });

  test('pairs in a row fill the square', () => {
    const rng = Rng.from('pairs');
    const counts = new Float64Array(32 * 32);
    for (let i = 0; i < 200_000; i++)
      counts[32 * Math.floor(32 * rng.uniform()) + Math.floor(32 * rng.uniform())]++;
    expect(Math.abs(unevenness(counts))).toBeLessThan(4.5);
  });

  test('fillUniform stays below 1 in float32 too', () => {
    const filled = Rng.from('fill').fillUniform(new Float32Array(200_000));
    const counts = new Float64Array(100);
    for (const x of filled) counts[Math.floor(100 * x)]++;
    expect(filled.every((x) => x >= 0 && x < 1)).toBe(true);
    expect(Math.abs(unevenness(counts))).toBeLessThan(4.5);
  });

  test('integers without bias', () => {
    const rng = Rng.from('integers');
    // a remainder of one word would fall below 2^30 half the time, not a third of it
    let low = 0;
    for (let i = 0; i < 30_000; i++) if (rng.integer(3 * 2 ** 30) < 2 ** 30) low++;
    expect(Math.abs(low - 10_000)).toBeLessThan(4.5 * Math.sqrt((30_000 * 2) / 9));
    const counts = new Float64Array(7);
    for (let i = 0; i < 70_000; i++) counts[rng.integer(7)]++;
    expect(Math.abs(unevenness(counts))).toBeLessThan(4.5);
    expect(rng.integer(1)).toBe(0);
    for (const n of [0, 1.5, -1, 2 ** 32 + 1, Number.NaN]) expect(() => rng.integer(n)).toThrow(RangeError);
  });

  test('permutations: every order equally often', () => {
    const rng = Rng.from('orders');
    const counts: Record<string, number> = {};
    for (let i = 0; i < 24_000; i++) {
      const order = rng.permutation(4).join('');
      counts[order] = (counts[order] ?? 0) + 1;
    }
    expect(Object.keys(counts).length).toBe(24);
    expect(Math.abs(unevenness(Object.values(counts)))).toBeLessThan(4.5);
    expect([...rng.permutation(1)]).toEqual([0]);
    expect(rng.permutation(0).length).toBe(0);
  });
});

describe('normal numbers', () => {
  const N = 1_000_000;
  const normals = Rng.from('normal').fillNormal(new Float64Array(N));

  test('moments', () => {
    const moment = (power: number) => normals.reduce((sum, x) => sum + x ** power, 0) / N;
    // the standard deviation of the mean of x^p over N numbers is sqrt((E x^2p - (E x^p)^2) / N)
    const cases = [
      [1, 0, 1],
      [2, 1, 2],
      [3, 0, 15],
      [4, 3, 96],
      [6, 15, 10_170],
    ];
    for (const [power, expected, variance] of cases) {
      expect(Math.abs(moment(power) - expected) / Math.sqrt(variance / N), `x^${power}`).toBeLessThan(4.5);
    }
  });

  test('quantiles', () => {
    // below each value lies this share of a standard normal (scipy.stats.norm.cdf)
    const shares = [
      [-3, 0.0013498980316300933],
      [-2, 0.022750131948179195],
      [-1, 0.15865525393145707],
      [-0.25, 0.4012936743170763],
      [0, 0.5],
      [0.1, 0.539827837277029],
      [0.5, 0.6914624612740131],
      [1.5, 0.9331927987311419],
      [2.5, 0.9937903346742238],
    ];
    for (const [value, share] of shares) {
      const below = normals.reduce((count, x) => count + (x < value ? 1 : 0), 0);
      const spread = Math.sqrt(N * share * (1 - share));
      expect(Math.abs(below - N * share) / spread, `below ${value}`).toBeLessThan(4.5);
    }
  });

  test('the tail beyond the last layer, and how it falls off', () => {
    const beyond = (limit: number) => normals.reduce((count, x) => count + (Math.abs(x) > limit ? 1 : 0), 0);
    // 2 (1 - Φ): 258.0, 96.19, 34.43 and 6.795 in a million
    for (const [limit, expected] of [
      [3.6541528853610088, 258.0],
      [3.9, 96.19],
      [4.142, 34.43],
      [4.5, 6.795],
    ]) {
      expect(Math.abs(beyond(limit) - expected), `beyond ${limit}`).toBeLessThan(4.5 * Math.sqrt(expected));
    }
    const right = normals.reduce((count, x) => count + (x > 3.6541528853610088 ? 1 : 0), 0);
    expect(Math.abs(right - 129)).toBeLessThan(4.5 * Math.sqrt(129));
  });

  test('neighbours are not related', () => {
    let product = 0;
    let squares = 0;
    for (let i = 1; i < N; i++) {
      product += normals[i] * normals[i - 1];
      squares += (normals[i] ** 2 - 1) * (normals[i - 1] ** 2 - 1);
    }
    expect(Math.abs(product) / Math.sqrt(N)).toBeLessThan(4.5);
    expect(Math.abs(squares) / Math.sqrt(4 * N)).toBeLessThan(4.5);
  });

  test('filling equals drawing one by one', () => {
    const [a, b] = [Rng.from('one by one'), Rng.from('one by one')];
    const filled = a.fillNormal(new Float64Array(100));
    for (const x of filled) expect(b.normal()).toBe(x);
  });
});
