/** Games for two, as worlds: a discount of -1 passes the turn, rewards are counted by who moves. */
import type { EnvironmentEntry } from '../entry.ts';
import { connectFour } from './connect-four.ts';
import { go } from './go/index.ts';
import { gomoku } from './gomoku.ts';
import { hex } from './hex.ts';
import { othello } from './othello.ts';
import { ticTacToe } from './tic-tac-toe.ts';

export { type ConnectFourState, connectFour } from './connect-four.ts';
export {
  GO_DEFAULTS,
  type GoEnvironment,
  type GoOptions,
  type GoPast,
  type GoState,
  go,
  goOptions,
} from './go/index.ts';
export { GOMOKU_DEFAULTS, type GomokuOptions, type GomokuState, gomoku, gomokuOptions } from './gomoku.ts';
export { HEX_DEFAULTS, type HexOptions, type HexState, hex, hexOptions } from './hex.ts';
export {
  OTHELLO_DEFAULTS,
  type OthelloOptions,
  type OthelloState,
  othello,
  othelloOptions,
} from './othello.ts';
export { type TicTacToeState, ticTacToe } from './tic-tac-toe.ts';

/** The games that come with the library, by name. */
export const gameEnvironments: Readonly<Record<string, EnvironmentEntry>> = {
  'tic-tac-toe': {
    summary: 'Three in a row on nine squares, against an opponent.',
    make: ticTacToe,
  },
  'connect-four': {
    summary: 'Drop stones into seven columns, four in a row win.',
    make: connectFour,
  },
  gomoku: {
    summary: 'Five in a row on a board of 15 by 15 squares.',
    make: () => gomoku(),
  },
  hex: {
    summary: 'Connect two opposite sides of a rhombus of 11 by 11 cells.',
    make: () => hex(),
  },
  othello: {
    summary: 'Enclose stones to turn them over; who has more at the end wins.',
    make: () => othello(),
  },
  othello6: {
    summary: 'Othello on a board of six rows and columns.',
    make: () => othello({ size: 6 }),
  },
  go9: {
    summary: 'Surround the larger area of a Go board of nine lines, superko included.',
    make: () => go(),
  },
};
