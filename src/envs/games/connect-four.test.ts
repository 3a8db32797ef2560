/** Connect four against known counts, and lines in all directions. */
import { describe, expect, it } from 'vitest';
import { InputError } from '../../core/errors.ts';
import { Rng } from '../../core/rng.ts';
import { type ConnectFourState, connectFour } from './connect-four.ts';

const game = connectFour();
const rng = Rng.from(0);
const start = game.reset(rng);
const play = (columns: string) =>
  [...columns].reduce(({ state }, column) => game.step(state, Number(column) - 1, rng), {
    state: start,
    reward: 0,
    discount: 1,
  });

describe('connect four', () => {
  it('has as many positions after each move as published', () => {
    // OEIS A212693: legal 7 X 6 positions after n plies
    let layer = [start];
    const counts = [1];
    for (let ply = 1; ply <= 8; ply++) {
      const next = new Map<string, ConnectFourState>();
      const words = new Int32Array(4);
      for (const state of layer) {
        game.legal!(state).forEach((allowed, column) => {
          if (allowed === 0) return;
          const { state: reached } = game.step(state, column, rng);
          game.codec!.write(reached, words, 0);
          next.set(words.join(), reached);
        });
      }
      layer = [...next.values()];
      counts.push(layer.length);
    }
    expect(counts).toEqual([1, 7, 49, 238, 1120, 4263, 16422, 54859, 184275]);
  });

  it('is won by every line of four and by none of three', () => {
    // all 69 lines, each filled alone: 24 across, 21 up, 12 rising, 12 falling
    let lines = 0;
    for (const [down, right] of DIRECTIONS) {
      for (let row = 0; row < 6; row++) {
        for (let column = 0; column < 7; column++) {
          const squares = [0, 1, 2, 3].map((i) => [row + i * down, column + i * right]);
          if (!squares.every(([r, c]) => r >= 0 && r < 6 && c < 7)) continue;
          lines++;
          const seen = (count: number) => {
            const observation = new Float32Array(84);
            for (const [r, c] of squares.slice(0, count)) observation[42 + r * 7 + c] = 1;
            return game.stateFrom!(observation);
          };
          expect(game.legal!(seen(4)).includes(1), `${squares}`).toBe(false);
          expect(game.legal!(seen(3)).includes(1), `${squares}`).toBe(true);
        }
      }
    }
    expect(lines).toBe(69);
  });

  it('does not take the top of a column and the bottom of the next for a line', () => {
    const observation = new Float32Array(84);
    for (let column = 0; column < 6; column++) {
      // squares 4, 5, 6 from below of one column and 1, 2 of the next
      for (const row of [0, 1, 2]) observation[42 + row * 7 + column] = column % 2;
      for (const row of [4, 5]) observation[42 + row * 7 + column + 1] = column % 2;
    }
    expect(game.legal!(game.stateFrom!(observation)).includes(1)).toBe(true);
  });

  it('is over with the fourth stone, counted by who moved', () => {
    const { state, reward, discount } = play('1122334');
    expect([reward, discount]).toEqual([1, 0]);
    expect(game.notation!.board(state).split('\n').slice(-3)).toEqual([
      'o o o . . . .',
      'x x x x . . .',
      '1 2 3 4 5 6 7',
    ]);
    expect(game.step(state, 0, rng)).toEqual({ state, reward: 0, discount: 0 });
    expect(play('112233')).toMatchObject({ reward: 0, discount: -1 });
  });

  it('refuses a full column, and one that is none', () => {
    const { state } = play('444444');
    expect([...game.legal!(state)]).toEqual([1, 1, 1, 0, 1, 1, 1]);
    expect(() => game.step(state, 3, rng)).toThrow(/connect-four: the action must be legal, got 3 \(4\)/);
    for (const column of [7, 8, -1]) expect(() => game.step(state, column, rng)).toThrow(InputError);
  });

  it('ends as a slow reading of the rules says, draws included', () => {
    const found = { '1': 0, '0': 0 };
    for (let i = 0; i < 1500; i++) {
      let state = start;
      for (let ply = 1; ; ply++) {
        const columns = [...game.legal!(state).keys()].filter((c) => game.legal!(state)[c] === 1);
        const next = game.step(state, columns[rng.integer(columns.length)], rng);
        state = next.state;
        const won = hasFour(game.observe(state).subarray(42));
        expect([next.reward, next.discount]).toEqual(won ? [1, 0] : [0, ply === 42 ? 0 : -1]);
        if (next.discount === 0) {
          found[won ? '1' : '0']++;
          break;
        }
      }
    }
    // of 4 million playouts 0.25 % were drawn: about 4 of 1500
    expect(found['0']).toBeGreaterThan(0);
    expect(found['1']).toBeGreaterThan(1400);
  });
});

/** Whether there are four in a row among `stones`, square by square. [6, 7] */
function hasFour(stones: Float32Array): boolean {
  const at = (row: number, column: number) =>
    row >= 0 && row < 6 && column >= 0 && column < 7 && stones[row * 7 + column] === 1;
  for (let i = 0; i < 42; i++) {
    const [row, column] = [Math.floor(i / 7), i % 7];
    if (
      DIRECTIONS.some(([down, right]) => [0, 1, 2, 3].every((n) => at(row + n * down, column + n * right)))
    ) {
      return true;
    }
  }
  return false;
}

const DIRECTIONS = [
  [0, 1],
  [-1, 0],
  [-1, 1],
  [1, 1],
];
