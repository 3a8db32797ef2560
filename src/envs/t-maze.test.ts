import { describe, expect, test } from 'vitest';
import { Rng } from '../core/rng.ts';
import { type TMazeState, tMaze } from './t-maze.ts';

const [NORTH, EAST, SOUTH, WEST] = [0, 1, 2, 3];
const rng = Rng.from(0);

/** Moves from the sign, and all that was seen and earned. */
function walk(world: ReturnType<typeof tMaze>, goal: 1 | -1, moves: readonly number[]) {
  let state: TMazeState = { position: 0, turned: 0, goal };
  const seen = [[...world.observe(state)].join('')];
  const rewards: number[] = [];
  for (const move of moves) {
    const transition = world.step(state, move, rng);
    state = transition.state;
    seen.push([...world.observe(state)].join(''));
    rewards.push(transition.reward);
    if (transition.discount === 0) break;
  }
  return { seen, rewards, state };
}

describe('the rules of the paper', () => {
  const world = tMaze({ length: 3 });

  test('three bits are seen, and the right turn earns 4', () => {
    const { seen, rewards } = walk(world, 1, [EAST, EAST, EAST, NORTH]);
    expect(seen).toEqual(['011', '101', '101', '010', '000']);
    expect(rewards).toEqual([0, 0, 0, 4]);
    expect(walk(world, -1, [EAST, EAST, EAST, SOUTH]).seen[0]).toBe('110');
    expect(walk(world, -1, [EAST, EAST, EAST, SOUTH]).rewards[3]).toBe(4);
  });

  test('the wrong turn and standing still cost 0.1', () => {
    expect(walk(world, -1, [EAST, EAST, EAST, NORTH]).rewards).toEqual([0, 0, 0, -0.1]);
    const { rewards, state } = walk(world, 1, [WEST, NORTH, EAST, SOUTH, EAST, EAST, EAST, WEST]);
    expect(rewards).toEqual([-0.1, -0.1, 0, -0.1, 0, 0, -0.1, 0]);
    expect(state.position).toBe(2);
  });

  test('the reward is as often to the north as to the south', () => {
    const dice = Rng.from('signs');
    const north = Array.from({ length: 1000 }, () => world.reset(dice)).filter(({ goal }) => goal === 1);
    expect(Math.abs(north.length - 500)).toBeLessThan(60); // 3.8 standard deviations
  });

  test('a corridor has at least one square', () => {
    expect(() => tMaze({ length: 0 })).toThrow(/tMaze: .*\n.*length/);
  });
});

test('without memory 1.95 is the best: all policies of what is seen, tried', () => {
  const world = tMaze({ length: 5 });
  const kinds = ['011', '110', '101', '010', '000'];
  const returns = (policy: number): number[] =>
    ([1, -1] as const).map((goal) => {
      let state: TMazeState = { position: 0, turned: 0, goal };
      let total = 0;
      for (let t = 0; t < world.maxSteps && state.turned === 0; t++) {
        const kind = kinds.indexOf([...world.observe(state)].join(''));
        const transition = world.step(state, (policy >> (2 * kind)) & 3, rng);
        total += transition.reward;
        state = transition.state;
      }
      return total;
    });
  const means = Array.from({ length: 4 ** 4 }, (_, policy) => {
    const [north, south] = returns(policy);
    return (north + south) / 2;
  });
  // (4 - 0.1) / 2
  expect(Math.max(...means)).toBeCloseTo(1.95, 12);
});
