import { describe, expect, test } from 'vitest';
import { Rng } from '../core/rng.ts';
import { box, contains, discrete, pictureBox } from '../core/spaces.ts';
import { cartPole } from './cart-pole.ts';
import { catchBall } from './catch.ts';
import { pixels } from './pixels.ts';

describe('a world seen as pictures', () => {
  const plain = cartPole();

  test('moves as it did', () => {
    const world = pixels(plain, { size: [12, 9] });
    const [a, b] = [Rng.from(1), Rng.from(1)];
    expect(world.step(world.reset(a), 1, a)).toEqual(plain.step(plain.reset(b), 1, b));
    expect([world.name, world.maxSteps, world.action]).toEqual(['pixel-cart-pole', 500, plain.action]);
    expect(world.observation).toEqual(pictureBox([12, 9, 1]));
  });

  test.each([
    [[7, 13], 1],
    [[48, 48], 3],
  ] as const)('shows where things are, at size %s and %d channels', (size, channels) => {
    const world = pixels(plain, { size, channels });
    const still = { position: 0, velocity: 0, angle: 0, angularVelocity: 0 };
    const middle = world.observe(still);
    expect(contains(world.observation, middle)).toBe(true);
    /** Mean column of what is lighter than the rail, in widths of the picture. */
    const column = (seen: Float32Array) => {
      let [sum, weight] = [0, 0];
      for (let i = 0; i < seen.length; i++) {
        const light = Math.max(0, seen[i] - 0.5);
        sum += light * ((Math.floor(i / channels) % size[1]) + 0.5);
        weight += light;
      }
      return sum / weight / size[1];
    };
    expect(column(middle)).toBeCloseTo(0.5, 1);
    // 1 m to the right in a view of 5.6 m
    expect(column(world.observe({ ...still, position: 1 })) - column(middle)).toBeCloseTo(1 / 5.6, 1);
    // a hair's breadth is seen too, a speed is not
    expect(world.observe({ ...still, position: 0.02 })).not.toEqual(middle);
    expect(world.observe({ ...still, velocity: 1 })).toEqual(middle);
  });

  test('beside what it shows by itself', () => {
    const world = pixels(plain, { size: [8, 10], beside: true });
    const state = plain.reset(Rng.from(2));
    const seen = world.observe(state);
    expect(world.observation.shape).toEqual([84]);
    expect(world.observation.parts).toEqual([
      { name: 'picture', space: pictureBox([8, 10, 1]), offset: 0 },
      { name: 'vector', space: plain.observation, offset: 80 },
    ]);
    expect(seen.slice(0, 80)).toEqual(pixels(plain, { size: [8, 10] }).observe(state));
    expect(seen.slice(80)).toEqual(plain.observe(state));
    expect(world.stateFrom!(seen)).toEqual(plain.stateFrom!(plain.observe(state)));
  });

  test('must be one that can be drawn', () => {
    const bare = {
      name: 'bare',
      observation: box(0, 1, [1]),
      action: discrete(2),
      maxSteps: 1,
      reset: () => 0,
      step: (state: number) => ({ state, reward: 0, discount: 1 }),
      observe: () => new Float32Array(1),
    };
    expect(() => pixels(bare, { size: [8, 8] })).toThrow(
      'pixels(bare): the world must be one that can be drawn',
    );
  });
});

describe('catch', () => {
  const world = catchBall();
  const rng = Rng.from('catch');

  test('the ball falls a row a step and counts in the last', () => {
    let state = { row: 0, column: 4, paddle: 2 };
    for (let t = 1; t <= 9; t++) {
      const { state: next, reward, discount } = world.step(state, t <= 2 ? 2 : 1, rng);
      expect(next).toEqual({ row: t, column: 4, paddle: Math.min(4, 2 + t) });
      expect([reward, discount]).toEqual(t === 9 ? [1, 0] : [0, 1]);
      state = next;
    }
    // one column off
    expect(world.step({ row: 8, column: 4, paddle: 4 }, 0, rng)).toMatchObject({ reward: -1, discount: 0 });
  });

  test('the paddle begins in the middle and stays inside, the ball begins anywhere above', () => {
    const begins = Array.from({ length: 100 }, () => world.reset(rng));
    expect(new Set(begins.map(({ column }) => column)).size).toBe(5);
    expect(begins.every(({ row, paddle }) => row === 0 && paddle === 2)).toBe(true);
    expect(world.step({ row: 0, column: 0, paddle: 0 }, 0, rng).state.paddle).toBe(0);
    expect(world.step({ row: 0, column: 0, paddle: 4 }, 2, rng).state.paddle).toBe(4);
  });

  test('shows ball and paddle on a board', () => {
    const seen = world.observe({ row: 3, column: 1, paddle: 4 });
    expect([...seen].flatMap((x, i) => (x === 1 ? [i] : []))).toEqual([3 * 5 + 1, 9 * 5 + 4]);
    for (const state of [
      { row: 3, column: 1, paddle: 4 },
      { row: 9, column: 2, paddle: 2 },
    ])
      expect(world.stateFrom!(world.observe(state))).toEqual(state);
    // either might be the ball in the last row: which one makes no difference to the board
    const missed = world.observe({ row: 9, column: 0, paddle: 3 });
    expect(world.observe(world.stateFrom!(missed))).toEqual(missed);
  });
});
