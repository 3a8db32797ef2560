/**
 * Catch: a ball falls through a grid, a paddle below it moves left or right.
 *
 * Rules and sizes: Osband et al., Behaviour Suite for Reinforcement Learning (2020), "Catch".
 */
import type { Environment } from '../core/environment.ts';
import type { Picture } from '../core/picture.ts';
import { box, type Discrete, discrete } from '../core/spaces.ts';
import { corners, polygon } from './shapes.ts';

export interface CatchState {
  /** Of the ball; row 0 is above. */
  readonly row: number;
  readonly column: number;
  /** Column of the paddle, in the last row. */
  readonly paddle: number;
}

export const CATCH_ROWS = 10;
export const CATCH_COLUMNS = 5;
const LAST = CATCH_ROWS - 1;

/**
 * Catch, with three actions: 0 moves the paddle left, 1 leaves it, 2 moves it right. The ball falls a row a step; when it is in
 * the last row the episode ends, with 1 where the paddle is under it and -1 where it is not.
 *
 * | index   | observation                        | min | max |
 * |---------|------------------------------------|-----|-----|
 * | 0 .. 49 | the board, row by row from above:  | 0   | 1   |
 * |         | 1 where the ball or the paddle is  |     |     |
 *
 * Random play returns about -0.6, the best 1.
 */
export function catchBall(): Environment<CatchState, Discrete> {
  return {
    name: 'catch',
    observation: box(0, 1, [CATCH_ROWS * CATCH_COLUMNS]),
    action: discrete(3),
    maxSteps: LAST,
    reset: (rng) => ({ row: 0, column: rng.integer(CATCH_COLUMNS), paddle: (CATCH_COLUMNS - 1) / 2 }),
    step({ row, column, paddle }, action) {
      const next = {
        row: Math.min(LAST, row + 1),
        column,
        paddle: Math.min(CATCH_COLUMNS - 1, Math.max(0, paddle + action - 1)),
      };
      if (next.row < LAST) return { state: next, reward: 0, discount: 1 };
      return { state: next, reward: next.paddle === column ? 1 : -1, discount: 0 };
    },
    observe({ row, column, paddle }) {
      const board = new Float32Array(CATCH_ROWS * CATCH_COLUMNS);
      board[row * CATCH_COLUMNS + column] = 1;
      board[LAST * CATCH_COLUMNS + paddle] = 1;
      return board;
    },
    picture: catchPicture,
    stateFrom: catchStateFrom,
  };
}

/** The state that a board shows, real numbers being taken for the likeliest. Where both are in the last row, the ball is left. */
export function catchStateFrom(board: Float32Array): CatchState {
  const largest = (from: number, to: number) => {
    let at = from;
    for (let i = from; i < to; i++) if (board[i] > board[at]) at = i;
    return at;
  };
  const above = largest(0, LAST * CATCH_COLUMNS);
  const last = LAST * CATCH_COLUMNS;
  const paddle = largest(last, last + CATCH_COLUMNS) - last;
  if (board[above] > 0.5) {
    return { row: Math.floor(above / CATCH_COLUMNS), column: above % CATCH_COLUMNS, paddle };
  }
  // the ball has come down: on the paddle, or beside it
  const other = [0, 1, 2, 3, 4].find((column) => column !== paddle && board[last + column] > 0.5);
  return { row: LAST, column: other ?? paddle, paddle };
}

/** The board from the side; the paddle is as wide as a column and lower than the ball. */
function catchPicture({ row, column, paddle }: CatchState): Picture {
  const y = CATCH_ROWS - row;
  return {
    view: { left: 0, right: CATCH_COLUMNS, bottom: 0, top: CATCH_ROWS },
    shapes: [
      polygon(corners(0, CATCH_COLUMNS, 0, 0.25), 'ground'),
      polygon(corners(paddle, paddle + 1, 0.25, 1), 'body'),
      polygon(corners(column + 0.15, column + 0.85, y - 0.9, y - 0.1), 'accent'),
    ],
  };
}
