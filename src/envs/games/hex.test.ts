/** Hex: somebody has always connected, and never both. */
import { describe, expect, it } from 'vitest';
import { playMoves } from '../../../test/worlds/moves.ts';
import { InputError } from '../../core/errors.ts';
import { Rng } from '../../core/rng.ts';
import { hex } from './hex.ts';

const rng = Rng.from(0);

function play(size: number, moves: string) {
  const game = hex({ size });
  return { game, ...playMoves(game, moves) };
}

describe('hex', () => {
  it.each([3, 4])('has exactly one winner on every full board, size %s', (size) => {
    const game = hex({ size });
    const cells = size * size;
    let topToBottom = 0;
    const observation = new Float32Array(3 * cells);
    for (let board = 0; board < 2 ** cells; board++) {
      for (let cell = 0; cell < cells; cell++) {
        observation[cell] = (board >> cell) & 1;
        observation[cells + cell] = 1 - observation[cell];
      }
      // the player not to move has the zeros: once as the one who connects left and right, once top and bottom
      observation.fill(1, 2 * cells);
      const across = game.stateFrom!(observation).won;
      for (let cell = 0; cell < 2 * cells; cell++) observation[cell] = 1 - observation[cell];
      observation.fill(0, 2 * cells);
      const down = game.stateFrom!(observation).won;
      if (down) topToBottom++;
      if (across === down) expect.fail(`board ${board.toString(2)}: ${across ? 'two winners' : 'no winner'}`);
    }
    // reflecting a board across its diagonal and exchanging colours exchanges the winners
    expect(topToBottom).toBe(2 ** (cells - 1));
  });

  it('is won by a connection from side to side, along a bend', () => {
    const { game, state, reward, discount } = play(3, 'c1 a1 b2 a2 b3');
    expect([reward, discount]).toEqual([1, 0]);
    expect(game.notation!.board(state)).toBe(
      [' a b c  ', '1 o . x  ', ' 2 o x .', '  3 . x .'].map((text) => text.padEnd(9)).join('\n'),
    );
    expect(game.legal!(state).includes(1)).toBe(false);
    expect(game.step(state, 8, rng)).toEqual({ state, reward: 0, discount: 0 });
  });

  it('is won across by the other player, whose corner cells do not touch', () => {
    expect(play(3, 'a1 a2 b1 b2 a3').discount).toBe(-1);
    expect(play(3, 'a1 a2 b1 b2 a3 c2')).toMatchObject({ reward: 1, discount: 0 });
    // b2 and c3 share no edge, nor do a1 and b2
    expect(play(3, 'a1 a2 b2 a3 c3').discount).toBe(-1);
  });

  it('knows who is to move, and who connects what', () => {
    const { game, state } = play(2, 'b1');
    expect([...game.observe(state)]).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    expect([...game.observe(game.reset(rng))]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1]);
    expect(game.stateFrom!(game.observe(state))).toEqual(state);
  });

  it('refuses cells that are taken, or not on the board', () => {
    const { game, state } = play(3, 'a1');
    for (const action of [0, 9, -1]) expect(() => game.step(state, action, rng)).toThrow(InputError);
    expect(() => hex({ size: 30 })).toThrow(/hex: .*\n.*size/);
  });
});
