/** Gomoku: rows in all directions, and the same game as tic-tac-toe where it is as small. */
import { describe, expect, it } from 'vitest';
import { playMoves } from '../../../test/worlds/moves.ts';
import { InputError } from '../../core/errors.ts';
import { Rng } from '../../core/rng.ts';
import { type GomokuOptions, type GomokuState, gomoku } from './gomoku.ts';

const rng = Rng.from(0);
const DIRECTIONS = [
  [0, 1],
  [1, 0],
  [1, 1],
  [1, -1],
];

/** Plays moves by name; the last transition. */
function play(options: Partial<GomokuOptions>, moves: string) {
  const game = gomoku(options);
  return { game, ...playMoves(game, moves) };
}

describe('gomoku', () => {
  it.each([
    ['across', 'a1 a2 b1 b2 c1 c2 d1 d2 e1'],
    ['up', 'o11 a1 o12 a2 o13 a3 o14 a4 o15'],
    ['rising, closed in the middle', 'c3 a1 d4 a2 f6 a3 g7 a5 e5'],
    ['falling, into the corner', 'o1 a1 n2 a2 m3 a3 l4 a5 k5'],
    ['with six', 'a8 a1 b8 a2 c8 a3 e8 a5 f8 a6 d8'],
  ])('is won by five %s', (_, moves) => {
    const { game, state, reward, discount } = play({}, moves);
    expect([reward, discount]).toEqual([1, 0]);
    expect(game.legal!(state).includes(1)).toBe(false);
    expect(game.step(state, 100, rng)).toEqual({ state, reward: 0, discount: 0 });
  });

  it('is not won by a row that runs over the edge, or by one too short', () => {
    // m1 n1 o1 and, in the next row of the list of squares, a2 b2... do not meet
    expect(play({}, 'm2 h8 n2 h9 o2 h10 a1 h11 b1').discount).toBe(-1);
    expect(play({}, 'a1 h8 b1 h9 c1 h10 d1').discount).toBe(-1);
  });

  it('is tic-tac-toe on three squares by three: 5,478 positions, 255,168 games', () => {
    const game = gomoku({ rows: 3, columns: 3, inARow: 3 });
    const positions = new Set<string>();
    let games = 0;
    const walk = (state: GomokuState, over: boolean): void => {
      positions.add(state.stones.join(''));
      if (over) games++;
      else
        for (let action = 0; action < 9; action++) {
          if (state.stones[action] !== 0) continue;
          const { state: next, discount } = game.step(state, action, rng);
          walk(next, discount === 0);
        }
    };
    walk(game.reset(rng), false);
    expect([positions.size, games]).toEqual([5478, 255168]);
  });

  it.each([
    { rows: 4, columns: 6, inARow: 4 },
    { rows: 5, columns: 3, inARow: 3 },
    { rows: 6, columns: 6, inARow: 5 },
  ])('ends as a slow reading of the rules says: $rows x $columns, $inARow in a row', (options) => {
    const game = gomoku(options);
    const { rows, columns, inARow } = options;
    const found = { won: 0, drawn: 0 };
    for (let i = 0; i < 300; i++) {
      let state = game.reset(rng);
      for (let over = false; !over; ) {
        const allowed = [...game.legal!(state).keys()].filter((a) => game.legal!(state)[a] === 1);
        const { state: next, reward, discount } = game.step(state, allowed[rng.integer(allowed.length)], rng);
        const mover = 1 + (state.moves % 2);
        const at = (r: number, c: number) =>
          r >= 0 && r < rows && c >= 0 && c < columns && next.stones[r * columns + c] === mover;
        const won = Array.from({ length: rows * columns }, (_, square) => square).some((square) =>
          DIRECTIONS.some(([down, right]) =>
            Array.from({ length: inARow }, (_, n) => n).every((n) =>
              at(Math.floor(square / columns) + n * down, (square % columns) + n * right),
            ),
          ),
        );
        over = won || next.moves === rows * columns;
        expect([reward, discount]).toEqual([won ? 1 : 0, over ? 0 : -1]);
        if (over) found[won ? 'won' : 'drawn']++;
        state = next;
      }
    }
    expect(found.won).toBeGreaterThan(0);
    expect(found.drawn).toBeGreaterThan(0);
  });

  it('refuses squares that are taken or not on the board, and rows that do not fit', () => {
    const { game, state } = play({}, 'a1');
    for (const action of [210, 225, -1]) expect(() => game.step(state, action, rng)).toThrow(InputError);
    expect(() => game.step(state, 210, rng)).toThrow(/gomoku: the action must be legal, got 210 \(a1\)/);
    expect(() => gomoku({ rows: 3, columns: 4, inARow: 5 })).toThrow(/inARow: must fit on the board, got 5/);
  });

  it('has a codec while its board is small', () => {
    expect(gomoku({ rows: 8, columns: 8 }).codec?.words).toBe(5);
    expect(gomoku().codec).toBeUndefined();
  });
});
