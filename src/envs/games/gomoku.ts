/**
 * Gomoku and its kind, m,n,k-games: who first has k or more in a row on a board of m by n squares.
 *
 * Free rules: longer rows win too, and no opening is forbidden.
 */
import { z } from 'zod';
import type { Environment, OwnPlayout } from '../../core/environment.ts';
import { checkOptions } from '../../core/options.ts';
import type { Rng } from '../../core/rng.ts';
import { box, type Discrete } from '../../core/spaces.ts';
import { boardText, type Squares, type Stone, squareNames } from './board.ts';
import { boardPicture } from './drawing.ts';
import { type PlacingState, placing, seenStones, stateOfSeen, stoneToPlace } from './placing.ts';
import { boardSymmetries, RECTANGLE, SQUARE } from './symmetries.ts';

export type GomokuState = PlacingState;

export const gomokuOptions = z
  .strictObject({
    rows: z.int().min(1).max(22).describe('rows of the board'),
    columns: z.int().min(1).max(22).describe('columns of the board'),
    inARow: z.int().min(2).max(22).describe('stones in a row that win'),
  })
  .refine(({ rows, columns, inARow }) => inARow <= Math.max(rows, columns), {
    path: ['inARow'],
    error: 'must fit on the board',
  });

export type GomokuOptions = z.infer<typeof gomokuOptions>;

export const GOMOKU_DEFAULTS: GomokuOptions = { rows: 15, columns: 15, inARow: 5 };

/**
 * Gomoku, an m,n,k-game. An action is a square, row by row from the top left; the observation shows the stones of the
 * player to move and the other's, [2, rows, columns]. Rewards: 1 to who makes a row, 0 for a draw.
 */
export function gomoku(options: Partial<GomokuOptions> = {}): Environment<GomokuState, Discrete> {
  const { rows, columns, inARow } = checkOptions('gomoku', gomokuOptions, { ...GOMOKU_DEFAULTS, ...options });
  const squares = rows * columns;
  const board: Squares = { rows, columns, first: 'bottom' };
  const names = squareNames(board);

  /** Whether the stone at `square` is in a row of enough like it. */
  const wins = (stones: Uint8Array, square: number): boolean => {
    const stone = stones[square];
    const column = square % columns;
    for (let direction = 0; direction < 4; direction++) {
      // across, down, falling, rising: how far a step goes in the list of squares, and in columns
      const right = direction === 0 ? 1 : direction === 1 ? 0 : direction === 2 ? 1 : -1;
      const by = direction === 0 ? 1 : columns + right;
      let count = 1;
      for (
        let i = square + by, c = column + right;
        i < squares && c >= 0 && c < columns;
        i += by, c += right
      ) {
        if (stones[i] !== stone) break;
        count++;
      }
      for (let i = square - by, c = column - right; i >= 0 && c >= 0 && c < columns; i -= by, c -= right) {
        if (stones[i] !== stone) break;
        count++;
      }
      if (count >= inARow) return true;
    }
    return false;
  };

  const rules = placing('gomoku', names, wins);

  const trial = new Uint8Array(squares);
  const free = new Int16Array(squares);
  const playout: OwnPlayout<GomokuState> = {
    equals: rules.step,
    run({ stones, moves }: GomokuState, rng: Rng): number {
      trial.set(stones);
      let n = 0;
      for (let square = 0; square < squares; square++) if (stones[square] === 0) free[n++] = square;
      for (let sign = 1; n > 0; n--, sign = -sign, moves++) {
        // 23 random bits choose one of n: no square is likelier than another by more than n / 2^23, 6e-5
        const i = ((rng.uint32() >>> 9) * n) >>> 23;
        const square = free[i];
        free[i] = free[n - 1];
        trial[square] = stoneToPlace(moves);
        if (wins(trial, square)) return sign;
      }
      return 0;
    },
  };

  return {
    ...rules,
    observation: box(0, 1, [2, rows, columns]),
    observe: (state) => seenStones(state, 2),
    picture: ({ stones }) => boardPicture(rows, columns, (square) => stones[square] as Stone, 'crossings'),
    stateFrom(observation) {
      const sum = (plane: Float32Array) => plane.reduce((total, seen) => total + (seen > 0.5 ? 1 : 0), 0);
      // whoever began is to move where both have as many stones
      const even = sum(observation.subarray(0, squares)) === sum(observation.subarray(squares));
      return stateOfSeen(observation, squares, even ? 1 : 2, wins);
    },
    playout,
    symmetries: boardSymmetries({ rows, columns, planes: 2 }, rows === columns ? SQUARE : RECTANGLE),
    notation: {
      board: ({ stones }) => boardText(board, (square) => stones[square] as Stone),
      action: (action) => names[action],
    },
  };
}
