import { describe, expect, test } from 'vitest';
import { Rng } from '../core/rng.ts';
import { box, discrete, joined, pictureBox } from '../core/spaces.ts';
import { MemoryReplay } from './replay.ts';

const observation = box(-1e9, 1e9, [2]);

/** Rows that tell what they are: observation [count, episode], reward = count. Ends given as 'end' or 'cut'. */
function filled(
  lengths: readonly number[],
  { capacity, last = 'cut' }: { capacity?: number; last?: 'end' | 'cut' | 'running' } = {},
) {
  const replay = new MemoryReplay({ observation, action: discrete(3), capacity });
  let count = 0;
  lengths.forEach((length, episode) => {
    const end = episode === lengths.length - 1 ? last : episode % 2 === 0 ? 'end' : 'cut';
    for (let t = 0; t < length; t++) {
      replay.add({
        observation: Float32Array.of(count, episode),
        action: count % 3,
        reward: count,
        nextObservation: Float32Array.of(count + 0.5, episode),
        discount: end === 'end' && t === length - 1 ? 0 : 1,
      });
      count++;
    }
    if (end === 'cut') replay.endEpisode();
  });
  return replay;
}

test('keeps everything without a capacity, in order', () => {
  const replay = filled([300, 400]);
  const all = replay.all();
  expect([replay.size, replay.added]).toEqual([700, 700]);
  expect(Array.from(all.rewards)).toEqual(Array.from({ length: 700 }, (_, i) => i));
  expect(Array.from(all.observations.slice(2 * 699))).toEqual([699, 1]);
  expect(Array.from(all.nextObservations.slice(2 * 299, 2 * 300))).toEqual([299.5, 0]);
  expect(all.actions[601]).toBe(601 % 3);
});

test.each([1, 5, 299, 300, 301])('a ring of %i keeps exactly the newest', (capacity) => {
  const replay = filled([200, 100, 50], { capacity });
  const kept = Math.min(capacity, 350);
  expect([replay.size, replay.added]).toEqual([kept, 350]);
  expect(Array.from(replay.all().rewards)).toEqual(Array.from({ length: kept }, (_, i) => 350 - kept + i));
});

test('the end has discount 0, a cut keeps 1', () => {
  const { discounts } = filled([3, 2, 2]).all();
  expect(Array.from(discounts)).toEqual([1, 1, 0, 1, 1, 1, 1]);
});

test.each([
  ['growing', undefined],
  ['ring', 37],
])('sequences are consecutive rows of one episode: %s', (_, capacity) => {
  const replay = filled([5, 12, 1, 30, 9, 3], { capacity, last: 'running' });
  const { B, T, observations, rewards, first } = replay.sampleSequences(500, 4, Rng.from(1));
  for (let b = 0; b < B; b++) {
    for (let t = 1; t < T; t++) {
      const row = b * T + t;
      expect(rewards[row]).toBe(rewards[row - 1] + 1);
      expect(observations[2 * row + 1]).toBe(observations[2 * row - 1]);
      expect(first[row]).toBe(0);
    }
    expect(first[b * T]).toBe([0, 5, 17, 18, 48, 57].includes(rewards[b * T]) ? 1 : 0);
  }
});

test.each([
  // starts of T = 3: episodes of 4, 2, 6 rows begin at 0, 4, 6
  ['growing', undefined, 'cut', [0, 1, 6, 7, 8, 9]],
  // rows 3..11 are held: of the first episode only the last row, so no start there
  ['ring, oldest episode partly gone', 9, 'cut', [6, 7, 8, 9]],
  // rows 1..11 are held: the first episode is there from row 1 on
  ['ring, oldest row gone', 11, 'end', [1, 6, 7, 8, 9]],
  ['growing, running', undefined, 'running', [0, 1, 6, 7, 8, 9]],
] as const)('sequences are uniform over all valid starts: %s', (_, capacity, last, starts) => {
  const replay = filled([4, 2, 6], { capacity, last });
  const draws = 60_000;
  const { rewards } = replay.sampleSequences(draws, 3, Rng.from('uniform'));
  const counts = new Map<number, number>();
  for (let b = 0; b < draws; b++) counts.set(rewards[3 * b], (counts.get(rewards[3 * b]) ?? 0) + 1);
  expect([...counts.keys()].sort((a, b) => a - b)).toEqual(starts);
  const expected = draws / starts.length;
  // 5 standard deviations of a binomial count
  for (const count of counts.values())
    expect(Math.abs(count - expected)).toBeLessThan(5 * Math.sqrt(expected));
});

test('a stretch tells of each moment what led to it, from one episode into the next', () => {
  // rows 0..2 end, rows 3..4 are cut off, row 5 is running: 4 + 3 + 2 moments, all of them in one stretch
  const replay = filled([3, 2, 1], { last: 'running' });
  const { observations, actions, rewards, discounts, first, last } = replay.sampleStretches(
    1,
    9,
    Rng.from(1),
  );
  const seen = Array.from({ length: 9 }, (_, t) => observations[2 * t]);
  // a row's observation is its count; the last moment of an episode is the last row's next: its count and a half
  expect(seen).toEqual([0, 1, 2, 2.5, 3, 4, 4.5, 5, 5.5]);
  expect([...rewards]).toEqual([0, 0, 1, 2, 0, 3, 4, 0, 5]); // a row's reward is its count
  expect([...actions]).toEqual([0, 0, 1, 2, 0, 0, 1, 0, 2]); // and its action the count modulo 3
  expect([...discounts]).toEqual([1, 1, 1, 0, 1, 1, 1, 1, 1]);
  expect([...first]).toEqual([1, 0, 0, 0, 1, 0, 0, 1, 0]);
  expect([...last]).toEqual([0, 0, 0, 1, 0, 0, 1, 0, 1]);
});

test.each([
  ['growing', undefined, [0, 1, 2, 3, 3.5, 4, 5, 5.5, 6, 7, 8, 9]],
  // rows 3..11 are held: of the first episode only the last row, where a stretch then begins
  ['ring, oldest episode partly gone', 9, [3, 3.5, 4, 5, 5.5, 6, 7, 8, 9]],
] as const)('stretches are uniform over all places: %s', (_, capacity, starts) => {
  const replay = filled([4, 2, 6], { capacity });
  const draws = 60_000;
  const { observations, first } = replay.sampleStretches(draws, 4, Rng.from('uniform'));
  const counts = new Map<number, number>();
  for (let b = 0; b < draws; b++) {
    const start = observations[2 * 4 * b];
    counts.set(start, (counts.get(start) ?? 0) + 1);
    expect(first[4 * b]).toBe([0, 4, 6, ...(capacity ? [3] : [])].includes(start) ? 1 : 0);
  }
  expect([...counts.keys()].sort((a, b) => a - b)).toEqual(starts);
  const expected = draws / starts.length;
  // 5 standard deviations of a binomial count
  for (const count of counts.values())
    expect(Math.abs(count - expected)).toBeLessThan(5 * Math.sqrt(expected));
});

test('transitions are uniform over what a ring holds', () => {
  const replay = filled([4, 2, 6], { capacity: 8 });
  const { rewards, nextObservations } = replay.sample(80_000, Rng.from(3));
  const counts = new Float64Array(12);
  for (const reward of rewards) counts[reward]++;
  expect(Array.from(counts.slice(0, 4))).toEqual([0, 0, 0, 0]);
  for (const count of counts.slice(4)) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  expect(nextObservations[0]).toBe(rewards[0] + 0.5);
});

test.each([
  ['growing', undefined],
  ['ring', 13],
])('saved and loaded, it goes on the same: %s', (_, capacity) => {
  const original = filled([5, 7, 9, 4], { capacity, last: 'running' });
  const copy = new MemoryReplay({ observation, action: discrete(3), capacity });
  copy.load(original.save());
  for (const replay of [original, copy]) {
    for (let i = 0; i < 8; i++) {
      replay.add({
        observation: Float32Array.of(i, 9),
        action: 1,
        reward: 100 + i,
        nextObservation: Float32Array.of(i, 9),
        discount: i === 2 ? 0 : 1,
      });
    }
  }
  expect(copy.all()).toEqual(original.all());
  expect(copy.sampleSequences(64, 3, Rng.from(5))).toEqual(original.sampleSequences(64, 3, Rng.from(5)));
  expect(copy.sampleStretches(64, 9, Rng.from(5))).toEqual(original.sampleStretches(64, 9, Rng.from(5)));
  expect(copy.save()).toEqual(original.save());
});

test('what cannot be drawn or added is refused', () => {
  const empty = new MemoryReplay({ observation, action: discrete(3) });
  expect(() => empty.sample(1, Rng.from(0))).toThrow(/empty replay/);
  expect(() => empty.sampleSequences(1, 2, Rng.from(0))).toThrow(/sequences of 2 rows/);
  expect(() => filled([3, 4]).sampleSequences(1, 5, Rng.from(0))).toThrow(/got episodes of 4 at most/);
  expect(() => empty.sampleStretches(1, 2, Rng.from(0))).toThrow(/stretches of 2 moments.*got 0 moments/);
  expect(() => filled([3, 4]).sampleStretches(1, 10, Rng.from(0))).toThrow(/got 9 moments/);
  expect(() => new MemoryReplay({ observation, action: discrete(3), capacity: 0 })).toThrow(/capacity/);
  const row = { action: 0, reward: 0, discount: 1, nextObservation: new Float32Array(2) };
  expect(() => empty.add({ ...row, observation: new Float32Array(3) })).toThrow(
    /observation must have 2 elements, got 3/,
  );
  const other = new MemoryReplay({ observation: box(0, 1, [5]), action: discrete(3) });
  expect(() => other.load(filled([3]).save())).toThrow(/saved observations must be \[3, 5\], got \[3,2\]/);
});

describe('pictures', () => {
  const space = joined({ camera: pictureBox([2, 2, 1]), speed: box(-9, 9, [1]) });
  const seen = (...bytes: number[]) =>
    Float32Array.from([...bytes.map((byte) => byte / 255), Math.fround(bytes[0] / 7) - 3]);
  const withPictures = (capacity?: number) => {
    const replay = new MemoryReplay({ observation: space, action: discrete(2), capacity });
    for (let t = 0; t < 300; t++) {
      const [a, b] = [t % 256, (7 * t) % 256];
      replay.add({
        observation: seen(a, b, 255 - a, 0),
        action: t % 2,
        reward: t,
        nextObservation: seen(b, a, 255, 1),
        discount: t % 11 === 10 ? 0 : 1,
      });
    }
    return replay;
  };

  test('come back as they were, to the bit', () => {
    const { observations, nextObservations, rewards } = withPictures(270).all();
    rewards.forEach((t, i) => {
      const [a, b] = [t % 256, (7 * t) % 256];
      expect(observations.slice(5 * i, 5 * i + 5)).toEqual(seen(a, b, 255 - a, 0));
      expect(nextObservations.slice(5 * i, 5 * i + 5)).toEqual(seen(b, a, 255, 1));
    });
    const stretches = withPictures().sampleStretches(20, 6, Rng.from(3));
    for (let i = 0; i < 120; i++) {
      // at an episode's last moment its last row's next observation, else the row's own, which has 0 at its end
      expect(stretches.observations[5 * i + 3]).toBe(Math.fround(stretches.last[i] / 255));
    }
  });

  test('are saved as bytes, and loaded', () => {
    const replay = withPictures(270);
    const saved = replay.save();
    expect(saved.arrays.observationsBytes.data).toBeInstanceOf(Uint8Array);
    expect(saved.arrays.observationsBytes.shape).toEqual([270, 4]);
    expect(saved.arrays.observations.shape).toEqual([270, 1]);
    const other = new MemoryReplay({ observation: space, action: discrete(2), capacity: 270 });
    other.load(saved);
    expect(other.all()).toEqual(replay.all());
    expect(other.save()).toEqual(saved);
    const plain = new MemoryReplay({ observation: box(-9, 9, [5]), action: discrete(2), capacity: 270 });
    expect(() => plain.load(saved)).toThrow('replay: saved observations must be [270, 5], got [270,1]');
  });

  test('of other numbers than their levels are refused', () => {
    const replay = withPictures();
    const odd = Float32Array.of(0, 0.5, 1, 0, 0);
    expect(() =>
      replay.add({ observation: odd, action: 0, reward: 0, nextObservation: odd, discount: 1 }),
    ).toThrow('replay: numbers of a picture must be k / 255, got 0.5 at element 1.');
  });
});
