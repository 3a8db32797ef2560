/**
 * Tic-tac-toe: who first has three in a row on a board of nine squares.
 *
 * A position is one integer of two bitboards: bits 0-8 are the stones of the player to move, bits 9-17 the other's.
 */
import type { Codec, Environment, OwnPlayout } from '../../core/environment.ts';
import type { Rng } from '../../core/rng.ts';
import { box, type Discrete, discrete } from '../../core/spaces.ts';
import { boardText, countBits, illegal, type Squares, type Stone, squareNames } from './board.ts';
import { boardPicture } from './drawing.ts';
import { boardSymmetries, SQUARE } from './symmetries.ts';

/** Stones of the player to move in bits 0-8, of the other in bits 9-17; square i, from the top left, is bit i. */
export type TicTacToeState = number;

const SQUARES: Squares = { rows: 3, columns: 3, first: 'bottom' };
const NAMES = squareNames(SQUARES);
const ALL = 0b111_111_111;
const LINES = [0o7, 0o70, 0o700, 0o111, 0o222, 0o444, 0o421, 0o124];

/** 1 where a bitboard has three in a row. [512] */
const WINS = Uint8Array.from({ length: 512 }, (_, bits) =>
  LINES.some((line) => (bits & line) === line) ? 1 : 0,
);

/** The n-th lowest set bit of a bitboard, itself a bitboard, at bits * 16 + n. [512 * 16] */
const NTH = new Uint16Array(512 * 16);
for (let bits = 0; bits < 512; bits++) {
  for (let rest = bits, n = 0; rest > 0; rest &= rest - 1, n++) NTH[bits * 16 + n] = rest & -rest;
}

/** How many bits are set. [512] */
const COUNT = Uint8Array.from({ length: 512 }, (_, bits) => countBits(bits));

/**
 * Tic-tac-toe. An action is a square, row by row from the top left; the observation shows the stones of the player to
 * move and the other's, [2, 3, 3]. Rewards: 1 to who makes three in a row, 0 for a draw.
 *
 * Between random players the first wins 58.5 %, the second 28.8 % of games; well played, it is a draw.
 */
export function ticTacToe(): Environment<TicTacToeState, Discrete> {
  return {
    name: 'tic-tac-toe',
    observation: box(0, 1, [2, 3, 3]),
    action: discrete(9),
    maxSteps: 9,
    reset: () => 0,
    step,
    observe(state) {
      const seen = new Float32Array(18);
      for (let i = 0; i < 18; i++) seen[i] = (state >> i) & 1;
      return seen;
    },
    legal(state) {
      const mask = new Uint8Array(9);
      if (ended(state)) return mask;
      const free = ~(state | (state >> 9));
      for (let i = 0; i < 9; i++) mask[i] = (free >> i) & 1;
      return mask;
    },
    picture: (state) => boardPicture(3, 3, (square) => stoneAt(state, square)),
    stateFrom: (observation) =>
      observation.reduce((state, seen, i) => state | ((seen > 0.5 ? 1 : 0) << i), 0),
    playout,
    codec,
    symmetries: boardSymmetries({ rows: 3, columns: 3, planes: 2 }, SQUARE),
    notation: {
      board: (state) => boardText(SQUARES, (square) => stoneAt(state, square)),
      action: (action) => NAMES[action],
    },
  };
}

function step(state: TicTacToeState, action: number) {
  if (ended(state)) return { state, reward: 0, discount: 0 };
  const stone = 1 << action;
  if (!(action >= 0 && action < 9) || ((state | (state >> 9)) & stone) !== 0) {
    illegal('tic-tac-toe', action, NAMES[action]);
  }
  const own = (state & ALL) | stone;
  const other = state >> 9;
  const next = other | (own << 9);
  if (WINS[own] === 1) return { state: next, reward: 1, discount: 0 };
  return { state: next, reward: 0, discount: (own | other) === ALL ? 0 : -1 };
}

/** Only who moved last can have won. */
function ended(state: TicTacToeState): boolean {
  return WINS[state >> 9] === 1 || ((state | (state >> 9)) & ALL) === ALL;
}

function stoneAt(state: TicTacToeState, square: number): Stone {
  const own = (state >> square) & 1;
  const other = (state >> (square + 9)) & 1;
  if (own + other === 0) return 0;
  // whoever began is to move where both have as many stones
  const begins = COUNT[state & ALL] === COUNT[state >> 9];
  return (own === 1) === begins ? 1 : 2;
}

const playout: OwnPlayout<TicTacToeState> = {
  equals: step,
  run(state: TicTacToeState, rng: Rng): number {
    let own = state & ALL;
    let other = state >> 9;
    let free = ALL & ~(own | other);
    // 28 random bits serve as a fraction; of it times n, the whole part chooses and the rest is the next fraction. The
    // likeliest of the at most 9 * 8 * 7 * 6 choices drawn from one fraction is no 1.2e-5 likelier than the rarest
    let fraction = rng.uint32() >>> 4;
    for (let n = COUNT[free], sign = 1, drawn = 4; n > 0; n--, drawn--, sign = -sign) {
      if (drawn === 0) fraction = rng.uint32() >>> 4;
      fraction *= n;
      const stone = NTH[(free << 4) | (fraction >>> 28)];
      fraction &= 0xfffffff;
      const moved = own | stone;
      if (WINS[moved] === 1) return sign;
      free ^= stone;
      own = other;
      other = moved;
    }
    return 0;
  },
};

const codec: Codec<TicTacToeState> = {
  words: 1,
  write(state, out, offset) {
    out[offset] = state;
  },
  read: (from, offset) => from[offset],
};
