/** Othello against published counts and against a slow reading of its rules. */
import { describe, expect, it } from 'vitest';
import { InputError } from '../../core/errors.ts';
import { Rng } from '../../core/rng.ts';
import { type OthelloState, othello } from './othello.ts';

const game = othello();
const rng = Rng.from(0);

describe('othello', () => {
  it('has as many lines of play as published', () => {
    // perft of Reversi as published by A. Bik (aartbik.com); passes count as moves there, and none is forced before move 9
    const count = (state: OthelloState, depth: number): number => {
      if (depth === 0) return 1;
      let total = 0;
      game.legal!(state).forEach((allowed, action) => {
        if (allowed === 1) total += count(game.step(state, action, rng).state, depth - 1);
      });
      return total;
    };
    const counts = [1, 2, 3, 4, 5, 6, 7, 8].map((depth) => count(game.reset(rng), depth));
    expect(counts).toEqual([4, 12, 56, 244, 1396, 8200, 55092, 390216]);
  });

  it.each([6, 8] as const)('goes as a slow reading of the rules says, size %s', (size) => {
    const world = othello({ size });
    const seen = { again: 0, drawn: 0, lostByLastMove: 0, unfilled: 0 };
    for (let i = 0; i < (size === 6 ? 200 : 100); i++) {
      let state = world.reset(rng);
      let board = slowStart(size);
      for (let over = false; !over; ) {
        const moves = slowMoves(board, size);
        expect([...world.legal!(state).keys()].filter((a) => world.legal!(state)[a] === 1)).toEqual(moves);
        const action = moves[rng.integer(moves.length)];
        const { state: next, reward, discount } = world.step(state, action, rng);
        const mover = slowMove(board, action, size)!;
        const replier = mover.map((stone) => -stone);
        over = slowMoves(mover, size).length === 0 && slowMoves(replier, size).length === 0;
        const again = slowMoves(replier, size).length === 0;
        const difference = mover.reduce((sum, stone) => sum + stone, 0);
        expect(discount).toBe(over ? 0 : again ? 1 : -1);
        expect(reward).toBe(over ? Math.sign(difference) : 0);
        board = again ? mover : replier;
        expect([...world.observe(next)]).toEqual([
          ...board.map((stone) => (stone === 1 ? 1 : 0)),
          ...board.map((stone) => (stone === -1 ? 1 : 0)),
        ]);
        if (!over && again) seen.again++;
        if (over && reward === 0) seen.drawn++;
        if (over && reward === -1) seen.lostByLastMove++;
        if (over && board.includes(0)) seen.unfilled++;
        state = next;
      }
      expect(world.legal!(state).includes(1)).toBe(false);
      expect(world.step(state, 0, rng)).toEqual({ state, reward: 0, discount: 0 });
    }
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0);
  });

  it('begins with x to move at one of four squares', () => {
    expect(game.notation!.board(game.reset(rng)).split('\n').slice(3, 5)).toEqual([
      '4 . . . o x . . .',
      '5 . . . x o . . .',
    ]);
    const moves = [...game.legal!(game.reset(rng)).keys()].filter((a) => game.legal!(game.reset(rng))[a]);
    expect(moves.map(game.notation!.action)).toEqual(['d3', 'c4', 'f5', 'e6']);
  });

  it('refuses moves that turn nothing over, squares that are taken, and other sizes', () => {
    const start = game.reset(rng);
    for (const action of [0, 27, 64, -1]) expect(() => game.step(start, action, rng)).toThrow(InputError);
    expect(() => game.step(start, 0, rng)).toThrow(/othello: the action must be legal, got 0 \(a1\)/);
    expect(() => othello({ size: 7 as 8 })).toThrow(/othello: .*\n.*size: .*got 7/);
  });
});

/** A board from the mover's side: 1 own, -1 the other's, 0 empty, row by row. */
type SlowBoard = readonly number[];

function slowStart(size: number): SlowBoard {
  const middle = size / 2;
  return Array.from({ length: size * size }, (_, i) => {
    const [row, column] = [Math.floor(i / size), i % size];
    const inside = (place: number) => place === middle || place === middle - 1;
    return inside(row) && inside(column) ? (row === column ? -1 : 1) : 0;
  });
}

function slowMoves(board: SlowBoard, size: number): number[] {
  return [...board.keys()].filter((square) => slowMove(board, square, size) !== undefined);
}

/** The board after a move, from the same side; undefined where it is against the rules. */
function slowMove(board: SlowBoard, square: number, size: number): SlowBoard | undefined {
  if (board[square] !== 0) return undefined;
  const after = [...board];
  const at = (row: number, column: number) =>
    row >= 0 && row < size && column >= 0 && column < size ? board[row * size + column] : 0;
  const [row, column] = [Math.floor(square / size), square % size];
  for (const down of [-1, 0, 1]) {
    for (const right of [-1, 0, 1]) {
      let n = 1;
      while (at(row + n * down, column + n * right) === -1) n++;
      if (at(row + n * down, column + n * right) !== 1) continue;
      for (let i = 1; i < n; i++) after[(row + i * down) * size + column + i * right] = 1;
    }
  }
  if (after.every((stone, i) => stone === board[i])) return undefined;
  after[square] = 1;
  return after;
}
