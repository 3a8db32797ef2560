/** Tic-tac-toe against known counts, and played out by hand. */
import { describe, expect, it } from 'vitest';
import { playMoves } from '../../../test/worlds/moves.ts';
import { InputError } from '../../core/errors.ts';
import { Rng } from '../../core/rng.ts';
import { ticTacToe } from './tic-tac-toe.ts';

const game = ticTacToe();
const rng = Rng.from(0);
const play = (moves: string) => playMoves(game, moves);

describe('tic-tac-toe', () => {
  it('has 5,478 positions and 255,168 games, of which 131,184 / 77,904 / 46,080 are won / lost / drawn', () => {
    // counts of the complete tree as published by Schaefer (2002), MathRec Solutions (Tic-Tac-Toe), and Bottomley
    const positions = new Set<number>();
    const ends = { '1': 0, '-1': 0, '0': 0 };
    const walk = (state: number, sign: number): void => {
      positions.add(state);
      game.legal!(state).forEach((allowed, action) => {
        if (allowed === 0) return;
        const { state: next, reward, discount } = game.step(state, action, rng);
        if (discount === 0) {
          positions.add(next);
          ends[String(sign * reward) as keyof typeof ends]++;
        } else walk(next, -sign);
      });
    };
    walk(0, 1);
    expect(positions.size).toBe(5478);
    expect(ends).toEqual({ '1': 131184, '-1': 77904, '0': 46080 });
  });

  it('is won by three in a row, and over then', () => {
    const { state, reward, discount } = play('a1 a2 b1 b2 c1');
    expect([reward, discount]).toEqual([1, 0]);
    expect(game.notation!.board(state)).toBe('3 . . .\n2 o o .\n1 x x x\n  a b c');
    expect(game.legal!(state)).toEqual(new Uint8Array(9));
    expect(game.step(state, 0, rng)).toEqual({ state, reward: 0, discount: 0 });
  });

  it('is drawn on a full board', () => {
    expect(play('b2 a1 b1 b3 a3 c1 c2 a2 c3')).toMatchObject({ reward: 0, discount: 0 });
  });

  it('shows the board as the player to move sees it', () => {
    const { state } = play('a3 b2 c1');
    expect([...game.observe(state)]).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect(game.stateFrom!(game.observe(state))).toBe(state);
  });

  it('refuses a square that is taken, and one that is none', () => {
    const { state } = play('b2');
    expect(() => game.step(state, 4, rng)).toThrow(InputError);
    expect(() => game.step(state, 4, rng)).toThrow(/tic-tac-toe: the action must be legal, got 4 \(b2\)/);
    expect(() => game.step(state, 9, rng)).toThrow(InputError);
    expect(() => game.step(state, -1, rng)).toThrow(InputError);
  });

  it('is played out by chance as often to each end as its tree says', () => {
    // with random moves an end after t moves has the chance 1 / (9 * 8 * ... * (10 - t)); the sum over all games is exact
    let expected = 0;
    const walk = (state: number, sign: number, chance: number): void => {
      const allowed = [...game.legal!(state).keys()].filter((a) => game.legal!(state)[a] === 1);
      for (const action of allowed) {
        const { state: next, reward, discount } = game.step(state, action, rng);
        expected += (chance / allowed.length) * sign * reward;
        if (discount !== 0) walk(next, -sign, chance / allowed.length);
      }
    };
    walk(0, 1, 1);
    expect(expected).toBeCloseTo(0.5849 - 0.2881, 3);
    const games = 400_000;
    let total = 0;
    for (let i = 0; i < games; i++) total += game.playout!.run(0, rng);
    // a playout's variance is at most 1: 4.5 standard errors
    expect(Math.abs(total / games - expected)).toBeLessThan(4.5 / Math.sqrt(games));
  });
});
