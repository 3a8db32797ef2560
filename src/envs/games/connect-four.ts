/**
 * Connect four: stones fall into seven columns of six; who first has four in a row wins.
 *
 * Bitboards with a column in 7 bits, the lowest square in the lowest bit and the seventh always empty, so that lines do
 * not run on from one column into the next (Tromp, John's Connect Four Playground, the Fhourstones layout): columns 1-4
 * in one 32-bit integer, 5-7 in another.
 */
import type { Codec, Environment, OwnPlayout } from '../../core/environment.ts';
import type { Rng } from '../../core/rng.ts';
import { box, type Discrete, discrete } from '../../core/spaces.ts';
import { countBits, illegal, type Stone, signsText } from './board.ts';
import { boardPicture } from './drawing.ts';
import { boardSymmetries } from './symmetries.ts';

/** The stones of the player to move and of the other. Row r from below of column c is bit 7 (c mod 4) + r. */
export interface ConnectFourState {
  /** in columns 0-3 */
  readonly ownLeft: number;
  /** in columns 4-6 */
  readonly ownRight: number;
  readonly otherLeft: number;
  readonly otherRight: number;
}

const COLUMNS = 7;
const ROWS = 6;
const SQUARES = ROWS * COLUMNS;
/** The lowest squares, and all squares, of four columns and of three. */
const FLOOR_LEFT = 0x204081;
const FLOOR_RIGHT = 0x4081;
const ALL_LEFT = FLOOR_LEFT * 0b111111;
const ALL_RIGHT = FLOOR_RIGHT * 0b111111;
/** All squares of a column, by column; an eighth has none. */
const COLUMN_LEFT = Int32Array.from({ length: 8 }, (_, c) => (c < 4 ? 0b111111 << (7 * c) : 0));
const COLUMN_RIGHT = Int32Array.from({ length: 8 }, (_, c) =>
  c >= 4 && c < 7 ? 0b111111 << (7 * (c - 4)) : 0,
);

/**
 * Connect four, seven columns wide and six high. An action is a column, from the left; the observation shows the stones
 * of the player to move and the other's, [2, 6, 7], the top row first. Rewards: 1 to who makes four in a row, 0 for a draw.
 *
 * Between random players the first wins about 55.6 % of games; well played, the first wins (Allis 1988; Allen 1988).
 */
export function connectFour(): Environment<ConnectFourState, Discrete> {
  return {
    name: 'connect-four',
    observation: box(0, 1, [2, ROWS, COLUMNS]),
    action: discrete(COLUMNS),
    maxSteps: SQUARES,
    reset: () => ({ ownLeft: 0, ownRight: 0, otherLeft: 0, otherRight: 0 }),
    step,
    observe({ ownLeft, ownRight, otherLeft, otherRight }) {
      const seen = new Float32Array(2 * SQUARES);
      for (let square = 0; square < SQUARES; square++) {
        seen[square] = bitOf(ownLeft, ownRight, square);
        seen[SQUARES + square] = bitOf(otherLeft, otherRight, square);
      }
      return seen;
    },
    legal({ ownLeft, ownRight, otherLeft, otherRight }) {
      const mask = new Uint8Array(COLUMNS);
      if (four(otherLeft, otherRight)) return mask;
      const left = ((ownLeft | otherLeft) + FLOOR_LEFT) & ALL_LEFT;
      const right = ((ownRight | otherRight) + FLOOR_RIGHT) & ALL_RIGHT;
      for (let column = 0; column < COLUMNS; column++) {
        mask[column] = ((left & COLUMN_LEFT[column]) | (right & COLUMN_RIGHT[column])) === 0 ? 0 : 1;
      }
      return mask;
    },
    picture: (state) => boardPicture(ROWS, COLUMNS, (square) => stoneAt(state, square)),
    stateFrom(observation) {
      const words = [0, 0, 0, 0];
      for (let i = 0; i < observation.length; i++) {
        const column = (i % SQUARES) % COLUMNS;
        const word = (i < SQUARES ? 0 : 2) + (column < 4 ? 0 : 1);
        if (observation[i] > 0.5) words[word] |= 1 << shiftOf(i % SQUARES);
      }
      return { ownLeft: words[0], ownRight: words[1], otherLeft: words[2], otherRight: words[3] };
    },
    playout,
    codec,
    symmetries: [MIRROR],
    notation: {
      board: (state) =>
        [...signsText(ROWS, COLUMNS, (square) => stoneAt(state, square)), '1 2 3 4 5 6 7'].join('\n'),
      action: (action) => String(action + 1),
    },
  };
}

function step(state: ConnectFourState, action: number) {
  const { ownLeft, ownRight, otherLeft, otherRight } = state;
  const fullLeft = ownLeft | otherLeft;
  const fullRight = ownRight | otherRight;
  // only who moved last can have won
  if ((fullLeft === ALL_LEFT && fullRight === ALL_RIGHT) || four(otherLeft, otherRight)) {
    return { state, reward: 0, discount: 0 };
  }
  // where a stone comes to rest: adding 1 to a column's stones carries up to its first free square
  const left = (fullLeft + FLOOR_LEFT) & ALL_LEFT & COLUMN_LEFT[action];
  const right = (fullRight + FLOOR_RIGHT) & ALL_RIGHT & COLUMN_RIGHT[action];
  if ((left | right) === 0)
    illegal('connect-four', action, action < COLUMNS ? String(action + 1) : undefined);
  const movedLeft = ownLeft | left;
  const movedRight = ownRight | right;
  const next = { ownLeft: otherLeft, ownRight: otherRight, otherLeft: movedLeft, otherRight: movedRight };
  if (four(movedLeft, movedRight)) return { state: next, reward: 1, discount: 0 };
  const full = (movedLeft | otherLeft) === ALL_LEFT && (movedRight | otherRight) === ALL_RIGHT;
  return { state: next, reward: 0, discount: full ? 0 : -1 };
}

/** Whether there are four in a row: squares with one like them 1, then 2 further on, in each of four directions. */
function four(left: number, right: number): boolean {
  // straight up, which stays within a column
  let a = left & (left >> 1);
  let b = right & (right >> 1);
  if (((a & (a >> 2)) | (b & (b >> 2))) !== 0) return true;
  // across, rising, falling: any four columns have one of columns 0-3 first, so no line begins on the right
  a = left & ((left >> 7) | (right << 21));
  b = right & (right >> 7);
  if ((a & ((a >> 14) | (b << 14))) !== 0) return true;
  a = left & ((left >> 8) | (right << 20));
  b = right & (right >> 8);
  if ((a & ((a >> 16) | (b << 12))) !== 0) return true;
  a = left & ((left >> 6) | (right << 22));
  b = right & (right >> 6);
  return (a & ((a >> 12) | (b << 16))) !== 0;
}

/** The place of a square, numbered row by row from the top, in its integer. */
function shiftOf(square: number): number {
  return 7 * ((square % COLUMNS) % 4) + ROWS - 1 - Math.floor(square / COLUMNS);
}

function bitOf(left: number, right: number, square: number): 0 | 1 {
  return (((square % COLUMNS < 4 ? left : right) >> shiftOf(square)) & 1) as 0 | 1;
}

function stoneAt({ ownLeft, ownRight, otherLeft, otherRight }: ConnectFourState, square: number): Stone {
  const own = bitOf(ownLeft, ownRight, square);
  if (own + bitOf(otherLeft, otherRight, square) === 0) return 0;
  // whoever began is to move where both have as many stones
  const begins = countBits(ownLeft) + countBits(ownRight) === countBits(otherLeft) + countBits(otherRight);
  return (own === 1) === begins ? 1 : 2;
}

const playout: OwnPlayout<ConnectFourState> = {
  equals: step,
  run({ ownLeft, ownRight, otherLeft, otherRight }: ConnectFourState, rng: Rng): number {
    let dice = 0;
    for (let sign = 1, throws = 0; ; sign = -sign) {
      const left = ((ownLeft | otherLeft) + FLOOR_LEFT) & ALL_LEFT;
      const right = ((ownRight | otherRight) + FLOOR_RIGHT) & ALL_RIGHT;
      if ((left | right) === 0) return 0;
      let stoneLeft = 0;
      let stoneRight = 0;
      // 3 bits choose one of 8 columns, until there is room in it: without bias
      do {
        if (throws === 0) {
          dice = rng.uint32();
          throws = 10;
        }
        const column = dice & 7;
        dice >>>= 3;
        throws--;
        stoneLeft = left & COLUMN_LEFT[column];
        stoneRight = right & COLUMN_RIGHT[column];
      } while ((stoneLeft | stoneRight) === 0);
      const movedLeft = ownLeft | stoneLeft;
      const movedRight = ownRight | stoneRight;
      if (four(movedLeft, movedRight)) return sign;
      ownLeft = otherLeft;
      ownRight = otherRight;
      otherLeft = movedLeft;
      otherRight = movedRight;
    }
  },
};

const codec: Codec<ConnectFourState> = {
  words: 4,
  write({ ownLeft, ownRight, otherLeft, otherRight }, out, offset) {
    out[offset] = ownLeft;
    out[offset + 1] = ownRight;
    out[offset + 2] = otherLeft;
    out[offset + 3] = otherRight;
  },
  read: (from, offset) => ({
    ownLeft: from[offset],
    ownRight: from[offset + 1],
    otherLeft: from[offset + 2],
    otherRight: from[offset + 3],
  }),
};

const MIRROR = {
  ...boardSymmetries({ rows: ROWS, columns: COLUMNS, planes: 2 }, ['left to right'])[0],
  actions: Int32Array.from({ length: COLUMNS }, (_, column) => COLUMNS - 1 - column),
};
