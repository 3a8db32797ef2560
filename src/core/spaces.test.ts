import { describe, expect, test } from 'vitest';
import { InputError } from './errors.ts';
import { Rng } from './rng.ts';
import {
  box,
  clip,
  complaint,
  contains,
  discrete,
  elementSize,
  featureSize,
  joined,
  partsOf,
  pictureBox,
  readElement,
  sample,
  writeElement,
  writeFeatures,
} from './spaces.ts';

const rng = () => Rng.from('spaces');

describe('box', () => {
  test('bounds for each element, or once for all', () => {
    expect(box([-1, -2], [1, 2])).toEqual({
      kind: 'box',
      shape: [2],
      low: Float32Array.of(-1, -2),
      high: Float32Array.of(1, 2),
    });
    expect(box(-1, 1, [2, 3])).toEqual({
      kind: 'box',
      shape: [2, 3],
      low: new Float32Array(6).fill(-1),
      high: new Float32Array(6).fill(1),
    });
    expect(box(0, [1, 2, 3])).toEqual(box([0, 0, 0], [1, 2, 3]));
    expect(box(0, 1).shape).toEqual([1]);
    expect(box(-Infinity, Infinity, [1]).high[0]).toBe(Infinity);
  });
  test('refuses bounds that hold nothing, and wrong counts', () => {
    expect(() => box([0, 1], [1, 1])).toThrow(/low must be below high, got 1 and 1 at element 1/);
    expect(() => box(Number.NaN, 1)).toThrow(InputError);
    expect(() => box([0, 0], [1, 1, 1])).toThrow(/high must have 2 elements for shape \[2\], got 3/);
    expect(() => box([0, 0], 1, [3])).toThrow(/low must have 3 elements for shape \[3\], got 2/);
  });
});

test('discrete', () => {
  expect(discrete(3)).toEqual({ kind: 'discrete', n: 3 });
  expect(() => discrete(0)).toThrow(InputError);
  expect(() => discrete(2.5)).toThrow(/positive integer, got 2.5/);
});

test('sizes', () => {
  expect([elementSize(discrete(4)), featureSize(discrete(4))]).toEqual([1, 4]);
  expect([elementSize(box(0, 1, [2, 3])), featureSize(box(0, 1, [2, 3]))]).toEqual([6, 6]);
});

describe('writing and reading', () => {
  test('features: one-hot, or the numbers themselves, and nothing beside them', () => {
    const out = new Float32Array(5).fill(9);
    writeFeatures(discrete(3), 2, out, 1);
    expect([...out]).toEqual([9, 0, 0, 1, 9]);
    writeFeatures(box(0, 1, [2]), [0.25, 0.5], out, 2);
    expect([...out]).toEqual([9, 0, 0.25, 0.5, 9]);
  });
  test('elements: read back as written', () => {
    const out = new Float32Array(5).fill(9);
    writeElement(discrete(30), 17, out, 1);
    expect([...out]).toEqual([9, 17, 9, 9, 9]);
    expect(readElement(discrete(30), out, 1)).toBe(17);
    const space = box(-1, 1, [2]);
    writeElement(space, Float32Array.of(0.5, -0.5), out, 3);
    const read = readElement(space, out, 3);
    expect(read).toEqual(Float32Array.of(0.5, -0.5));
    read[0] = 7;
    expect(out[3]).toBe(0.5);
  });
});

describe('complaint', () => {
  test.each([
    [discrete(3), 2, undefined],
    [discrete(3), 3, 'must be an integer in [0, 2], got 3'],
    [discrete(3), -1, 'must be an integer in [0, 2], got -1'],
    [discrete(3), 1.5, 'must be an integer in [0, 2], got 1.5'],
    [discrete(3), '1', 'must be an integer in [0, 2], got 1'],
    [discrete(3), undefined, 'must be an integer in [0, 2], got undefined'],
    [box(-1, 1, [2]), Float32Array.of(-1, 1), undefined],
    [box(-1, 1, [2]), Float32Array.of(0, 1.5), 'must lie in [-1, 1] at element 1, got 1.5'],
    [box(-1, 1, [2]), Float32Array.of(Number.NaN, 0), 'must lie in [-1, 1] at element 0, got NaN'],
    [box(-1, 1, [2]), Float32Array.of(0), 'must have 2 elements (shape [2]), got 1'],
    [box(-1, 1, [2]), [0, 0], 'must be a Float32Array of 2, got an array of 2'],
    [box(-1, 1, [2]), new Float64Array(2), 'must be a Float32Array of 2, got a Float64Array'],
    [box(-1, 1, [2]), 0, 'must be a Float32Array of 2, got 0'],
    [box(-1, 1, [2]), null, 'must be a Float32Array of 2, got null'],
  ])('%o, %o', (space, element, expected) => {
    expect(complaint(space, element)).toBe(expected);
    expect(contains(space, element)).toBe(expected === undefined);
  });
});

describe('sample', () => {
  test('lies inside, and reaches everywhere', () => {
    const space = box([-1, 2, -Infinity, -Infinity], [1, Infinity, 3, Infinity]);
    const dice = rng();
    const samples = Array.from({ length: 4000 }, () => sample(space, dice));
    for (const element of samples) expect(complaint(space, element)).toBeUndefined();
    const column = (i: number) => samples.map((element) => element[i]);
    const average = (i: number) => column(i).reduce((sum, x) => sum + x, 0) / samples.length;
    // uniform mean 0, spread 0.58; 2 + exponential; 3 - exponential; normal. Means within 4.5 standard errors
    expect(Math.abs(average(0))).toBeLessThan(4.5 * 0.0092);
    expect(Math.abs(average(1) - 3)).toBeLessThan(4.5 * 0.0158);
    expect(Math.abs(average(2) - 2)).toBeLessThan(4.5 * 0.0158);
    expect(Math.abs(average(3))).toBeLessThan(4.5 * 0.0158);
    expect(Math.min(...column(0))).toBeLessThan(-0.99);
    expect(Math.max(...column(0))).toBeGreaterThan(0.99);
  });
  test('every integer, equally often', () => {
    const dice = rng();
    const counts = [0, 0, 0];
    for (let i = 0; i < 9000; i++) counts[sample(discrete(3), dice)]++;
    for (const count of counts) expect(Math.abs(count - 3000)).toBeLessThan(4.5 * Math.sqrt(2000));
  });
});

test('clip moves to the nearest bound, in place', () => {
  const element = Float32Array.of(-5, 0.5, 9);
  expect(clip(box([-1, 0, 0], [1, 1, Infinity]), element)).toBe(element);
  expect([...element]).toEqual([-1, 0.5, 9]);
});

describe('several things in one box', () => {
  test('lie one after another, with their bounds', () => {
    const camera = pictureBox([2, 3, 1]);
    const speed = box([-1, -2], [1, 2]);
    const space = joined({ camera, speed });
    expect(space.shape).toEqual([8]);
    expect([...space.low]).toEqual([0, 0, 0, 0, 0, 0, -1, -2]);
    expect([...space.high]).toEqual([1, 1, 1, 1, 1, 1, 1, 2]);
    expect(partsOf(space)).toEqual([
      { name: 'camera', space: camera, offset: 0 },
      { name: 'speed', space: speed, offset: 6 },
    ]);
    expect(partsOf(speed)).toEqual([{ name: 'observation', space: speed, offset: 0 }]);
    expect(camera.levels).toBe(255);
  });

  test('a picture holds nothing between its levels', () => {
    const camera = pictureBox([5, 5, 3]);
    const drawn = sample(camera, Rng.from(1));
    expect(complaint(camera, drawn)).toBeUndefined();
    expect(new Set(drawn).size).toBeGreaterThan(40);
    drawn[3] = 0.5;
    expect(complaint(camera, drawn)).toBe('must be k / 255 at element 3, got 0.5');
  });

  test('what cannot be named or is joined already is refused', () => {
    expect(() => joined({})).toThrow('joined: there must be at least one box, got none.');
    expect(() => joined({ 'a.b': box(0, 1) })).toThrow('joined: names must be letters');
    expect(() => joined({ all: joined({ one: box(0, 1) }) })).toThrow(
      'joined: all must not be joined itself',
    );
  });
});
