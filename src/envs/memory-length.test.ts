import { expect, test } from 'vitest';
import { Rng } from '../core/rng.ts';
import { type MemoryLengthState, memoryLength } from './memory-length.ts';

const rng = Rng.from(0);

/** An episode in which every action is the same. */
function play(length: number, bit: 0 | 1, action: number) {
  const world = memoryLength({ length });
  let state: MemoryLengthState = { bit, decisions: 0 };
  const seen = [[...world.observe(state)]];
  const rewards: number[] = [];
  for (let goesOn = 1; goesOn === 1; ) {
    const transition = world.step(state, action, rng);
    state = transition.state;
    goesOn = transition.discount;
    rewards.push(transition.reward);
    seen.push([...world.observe(state)]);
  }
  return { seen, rewards };
}

test('an episode of length 4: time left, query, context; the bit is shown twice, and asked for a quarter before the end', () => {
  const { seen, rewards } = play(4, 1, 1);
  expect(seen).toEqual([
    [1, 0, 1],
    [1, 0, 1],
    [0.75, 0, 0],
    [0.5, 0, 0],
    [0.25, 0, 0],
    [0, 0, 0],
  ]);
  expect(rewards).toEqual([0, 0, 0, 0, 1]);
  expect(play(4, 0, 1).seen[1]).toEqual([1, 0, -1]);
  expect(play(4, 0, 1).rewards.at(-1)).toBe(-1);
  expect(play(4, 0, 0).rewards.at(-1)).toBe(1);
});

test.each([1, 2, 10])(
  'length %i: at the end both bits look alike, so that chance is the best without memory',
  (length) => {
    for (const action of [0, 1]) {
      const [zero, one] = ([0, 1] as const).map((bit) => play(length, bit, action));
      expect(zero.rewards.length).toBe(length + 1);
      // what is seen when the last action is chosen; with length 1 that is the bit itself
      if (length > 1) expect(zero.seen.at(-2)).toEqual(one.seen.at(-2));
      expect(zero.rewards.at(-1)! + one.rewards.at(-1)!).toBe(0);
    }
  },
);

test('both bits are as likely', () => {
  const world = memoryLength();
  const dice = Rng.from('bits');
  const ones = Array.from({ length: 1000 }, () => world.reset(dice).bit).filter((bit) => bit === 1);
  expect(Math.abs(ones.length - 500)).toBeLessThan(60); // 3.8 standard deviations
});
