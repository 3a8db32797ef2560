/**
 * Othello: a stone encloses the other's stones between itself and another of its colour, and turns them over.
 *
 * Rules of the World Othello Federation: each move must turn over at least one stone; who cannot move is passed over;
 * where neither can, the game is over and the player with more stones has won.
 */
import { z } from 'zod';
import type { Codec, Environment, OwnPlayout } from '../../core/environment.ts';
import { checkOptions } from '../../core/options.ts';
import type { Rng } from '../../core/rng.ts';
import { box, type Discrete, discrete } from '../../core/spaces.ts';
import { boardText, countBits, illegal, type Squares, type Stone, squareNames } from './board.ts';
import { boardPicture } from './drawing.ts';
import { othelloFlips, othelloMasks, othelloMoves, type Pair } from './othello-board.ts';
import { boardSymmetries } from './symmetries.ts';

/** The stones of the player to move and of the other: rows 0-3 in `Top`, the others in `Bottom`. */
export interface OthelloState {
  readonly ownTop: number;
  readonly ownBottom: number;
  readonly otherTop: number;
  readonly otherBottom: number;
  /** Whether the player to move is the one who began. */
  readonly began: boolean;
}

export const othelloOptions = z.strictObject({
  size: z.literal([6, 8]).describe('rows and columns of the board'),
});

export type OthelloOptions = z.infer<typeof othelloOptions>;

export const OTHELLO_DEFAULTS: OthelloOptions = { size: 8 };

/**
 * Othello. An action is a square, row by row from the top left; the observation shows the stones of the player to move
 * and the other's, [2, size, size]. Rewards, counted by who moves: 1 and -1 to who has more and fewer stones at the end,
 * 0 for a draw. Where the other cannot move, the same player moves again and the discount is 1: there is no action to pass.
 *
 * The start looks the same after a half turn and across both diagonals; quarter turns would exchange the colours.
 */
export function othello(options: Partial<OthelloOptions> = {}): Environment<OthelloState, Discrete> {
  const { size } = checkOptions('othello', othelloOptions, { ...OTHELLO_DEFAULTS, ...options });
  const name = size === 8 ? 'othello' : `othello${size}`;
  const squares = size * size;
  const board: Squares = { rows: size, columns: size, first: 'top' };
  const names = squareNames(board);
  const masks = othelloMasks(size);
  const bit = (square: number) => 1 << (8 * (Math.floor(square / size) % 4) + (square % size));
  const isTop = (square: number) => square < 4 * size;
  const found: Pair = new Int32Array(2);
  const counter: Pair = new Int32Array(2);
  const start = startOf(size);

  const canMove = (ownTop: number, ownBottom: number, otherTop: number, otherBottom: number) => {
    othelloMoves(ownTop, ownBottom, otherTop, otherBottom, masks, found);
    return (found[0] | found[1]) !== 0;
  };

  const step = (state: OthelloState, action: number) => {
    const { ownTop, ownBottom, otherTop, otherBottom, began } = state;
    const inside = action >= 0 && action < squares;
    const stoneTop = inside && isTop(action) ? bit(action) : 0;
    const stoneBottom = inside && !isTop(action) ? bit(action) : 0;
    othelloFlips(ownTop, ownBottom, otherTop, otherBottom, stoneTop, stoneBottom, masks, found);
    const [flipsTop, flipsBottom] = found;
    const taken = ((ownTop | otherTop) & stoneTop) | ((ownBottom | otherBottom) & stoneBottom);
    if ((flipsTop | flipsBottom) === 0 || taken !== 0) {
      // whoever is to move can, unless the game is over
      if (canMove(ownTop, ownBottom, otherTop, otherBottom)) illegal(name, action, names[action]);
      return { state, reward: 0, discount: 0 };
    }
    const [a, b] = [ownTop | stoneTop | flipsTop, ownBottom | stoneBottom | flipsBottom];
    const [c, d] = [otherTop & ~flipsTop, otherBottom & ~flipsBottom];
    if (canMove(c, d, a, b)) {
      const next = { ownTop: c, ownBottom: d, otherTop: a, otherBottom: b, began: !began };
      return { state: next, reward: 0, discount: -1 };
    }
    const next = { ownTop: a, ownBottom: b, otherTop: c, otherBottom: d, began };
    if (canMove(a, b, c, d)) return { state: next, reward: 0, discount: 1 };
    return { state: next, reward: result(a, b, c, d), discount: 0 };
  };

  const playout: OwnPlayout<OthelloState> = {
    equals: step,
    run(state: OthelloState, rng: Rng): number {
      let { ownTop, ownBottom, otherTop, otherBottom } = state;
      for (let sign = 1, passed = false; ; sign = -sign) {
        othelloMoves(ownTop, ownBottom, otherTop, otherBottom, masks, found);
        let movesTop = found[0];
        let movesBottom = found[1];
        if ((movesTop | movesBottom) === 0) {
          if (passed) return sign * result(ownTop, ownBottom, otherTop, otherBottom);
          passed = true;
        } else {
          passed = false;
          const countTop = countBits(movesTop);
          // 24 random bits choose one of n: no move is likelier than another by more than n / 2^24, 2e-6
          let nth = ((rng.uint32() >>> 8) * (countTop + countBits(movesBottom))) >>> 24;
          if (nth < countTop) {
            for (; nth > 0; nth--) movesTop &= movesTop - 1;
            movesTop &= -movesTop;
            movesBottom = 0;
          } else {
            for (nth -= countTop; nth > 0; nth--) movesBottom &= movesBottom - 1;
            movesBottom &= -movesBottom;
            movesTop = 0;
          }
          othelloFlips(ownTop, ownBottom, otherTop, otherBottom, movesTop, movesBottom, masks, found);
          ownTop |= movesTop | found[0];
          ownBottom |= movesBottom | found[1];
          otherTop &= ~found[0];
          otherBottom &= ~found[1];
        }
        const [top, bottom] = [ownTop, ownBottom];
        ownTop = otherTop;
        ownBottom = otherBottom;
        otherTop = top;
        otherBottom = bottom;
      }
    },
  };

  const stoneAt = (state: OthelloState, square: number): Stone => {
    const own = (isTop(square) ? state.ownTop : state.ownBottom) & bit(square);
    const other = (isTop(square) ? state.otherTop : state.otherBottom) & bit(square);
    if ((own | other) === 0) return 0;
    return (own !== 0) === state.began ? 1 : 2;
  };

  return {
    name,
    observation: box(0, 1, [2, size, size]),
    action: discrete(squares),
    maxSteps: squares - 4,
    reset: () => start,
    step,
    observe({ ownTop, ownBottom, otherTop, otherBottom }) {
      const seen = new Float32Array(2 * squares);
      for (let square = 0; square < squares; square++) {
        const [own, other] = isTop(square) ? [ownTop, otherTop] : [ownBottom, otherBottom];
        if ((own & bit(square)) !== 0) seen[square] = 1;
        if ((other & bit(square)) !== 0) seen[squares + square] = 1;
      }
      return seen;
    },
    legal({ ownTop, ownBottom, otherTop, otherBottom }) {
      othelloMoves(ownTop, ownBottom, otherTop, otherBottom, masks, counter);
      const mask = new Uint8Array(squares);
      for (let square = 0; square < squares; square++) {
        if ((counter[isTop(square) ? 0 : 1] & bit(square)) !== 0) mask[square] = 1;
      }
      return mask;
    },
    picture: (state) => boardPicture(size, size, (square) => stoneAt(state, square)),
    playout,
    codec,
    symmetries: boardSymmetries({ rows: size, columns: size, planes: 2 }, [
      'half turn',
      'across the falling diagonal',
      'across the rising diagonal',
    ]),
    notation: {
      board: (state) => boardText(board, (square) => stoneAt(state, square)),
      action: (action) => names[action],
    },
  };
}

/** Two stones each in the middle, crosswise: x at e4 and d5, o at d4 and e5. */
function startOf(size: number): OthelloState {
  const low = size / 2 - 1;
  const at = (row: number, column: number) => 1 << (8 * (row % 4) + column);
  const halves = (first: readonly [number, number], second: readonly [number, number]) =>
    [0, 1].map((half) =>
      [first, second].reduce(
        (bits, [row, column]) => (Math.floor(row / 4) === half ? bits | at(row, column) : bits),
        0,
      ),
    );
  const [ownTop, ownBottom] = halves([low, low + 1], [low + 1, low]);
  const [otherTop, otherBottom] = halves([low, low], [low + 1, low + 1]);
  return { ownTop, ownBottom, otherTop, otherBottom, began: true };
}

/** 1, 0 or -1 as there are more, as many or fewer stones of one's own. */
function result(ownTop: number, ownBottom: number, otherTop: number, otherBottom: number): number {
  return Math.sign(countBits(ownTop) + countBits(ownBottom) - countBits(otherTop) - countBits(otherBottom));
}

const codec: Codec<OthelloState> = {
  words: 5,
  write({ ownTop, ownBottom, otherTop, otherBottom, began }, out, offset) {
    out[offset] = ownTop;
    out[offset + 1] = ownBottom;
    out[offset + 2] = otherTop;
    out[offset + 3] = otherBottom;
    out[offset + 4] = began ? 1 : 0;
  },
  read: (from, offset) => ({
    ownTop: from[offset],
    ownBottom: from[offset + 1],
    otherTop: from[offset + 2],
    otherBottom: from[offset + 3],
    began: from[offset + 4] === 1,
  }),
};
