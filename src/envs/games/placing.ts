/** What games share in which players place stones in turn, never to move them, until somebody has won: gomoku and hex. */
import type { Codec, Environment } from '../../core/environment.ts';
import { type Discrete, discrete } from '../../core/spaces.ts';
import { illegal } from './board.ts';

export interface PlacingState {
  /** 0 empty, 1 of the one who began, 2 of the other; row by row from the top */
  readonly stones: Uint8Array; // [squares]
  readonly moves: number;
  /** Whether the last move won. */
  readonly won: boolean;
}

/** Whether the stone on a square is part of what wins. */
export type Wins = (stones: Uint8Array, square: number) => boolean;

/** Whose stones the next one joins: 1 those of the one who began. */
export const stoneToPlace = (moves: number): 1 | 2 => ((moves & 1) === 0 ? 1 : 2);

type Rules = Required<
  Pick<Environment<PlacingState, Discrete>, 'name' | 'action' | 'maxSteps' | 'reset' | 'step' | 'legal'>
> &
  Pick<Environment<PlacingState, Discrete>, 'codec'>;

/**
 * The rules: a stone on any free square, 1 to who wins by it, 0 for a full board.
 * @param names of all squares
 */
export function placing(name: string, names: readonly string[], wins: Wins): Rules {
  const squares = names.length;
  return {
    name,
    action: discrete(squares),
    maxSteps: squares,
    reset: () => ({ stones: new Uint8Array(squares), moves: 0, won: false }),
    step(state, action) {
      if (state.won || state.moves === squares) return { state, reward: 0, discount: 0 };
      if (state.stones[action] !== 0) illegal(name, action, names[action]);
      const stones = state.stones.slice();
      stones[action] = stoneToPlace(state.moves);
      const moves = state.moves + 1;
      const won = wins(stones, action);
      return {
        state: { stones, moves, won },
        reward: won ? 1 : 0,
        discount: won || moves === squares ? 0 : -1,
      };
    },
    legal({ stones, won }) {
      const mask = new Uint8Array(squares);
      if (!won) for (let square = 0; square < squares; square++) mask[square] = stones[square] === 0 ? 1 : 0;
      return mask;
    },
    codec: stonesCodec(squares),
  };
}

/** Planes of the stones of the player to move and of the other's, then empty ones. [planes, squares] */
export function seenStones({ stones, moves }: PlacingState, planes: number): Float32Array {
  const squares = stones.length;
  const seen = new Float32Array(planes * squares);
  const own = stoneToPlace(moves);
  for (let square = 0; square < squares; square++) {
    if (stones[square] !== 0) seen[stones[square] === own ? square : squares + square] = 1;
  }
  return seen;
}

/** The state that {@link seenStones} shows. @param own whose the first plane's stones are */
export function stateOfSeen(
  observation: Float32Array,
  squares: number,
  own: 1 | 2,
  wins: Wins,
): PlacingState {
  const stones = Uint8Array.from({ length: squares }, (_, i) =>
    observation[i] > 0.5 ? own : observation[squares + i] > 0.5 ? 3 - own : 0,
  );
  return {
    stones,
    moves: stones.reduce((count, stone) => count + (stone === 0 ? 0 : 1), 0),
    won: stones.some((stone, square) => stone === 3 - own && wins(stones, square)),
  };
}

/** Boards with more squares are kept as they are: a search would gain little from 20 and more bytes of squares alone. */
const MOST_SQUARES = 64;

/** 2 bits a square, 16 squares a word, then a word of what else is known; none for boards too large. */
function stonesCodec(squares: number): Codec<PlacingState> | undefined {
  if (squares > MOST_SQUARES) return undefined;
  const filled = Math.ceil(squares / 16);
  return {
    words: filled + 1,
    write({ stones, moves, won }, out, offset) {
      out.fill(0, offset, offset + filled);
      for (let i = 0; i < squares; i++) out[offset + (i >> 4)] |= stones[i] << (2 * (i & 15));
      out[offset + filled] = moves * 2 + (won ? 1 : 0);
    },
    read(from, offset) {
      const stones = new Uint8Array(squares);
      for (let i = 0; i < squares; i++) stones[i] = (from[offset + (i >> 4)] >>> (2 * (i & 15))) & 3;
      const more = from[offset + filled];
      return { stones, moves: more >> 1, won: (more & 1) === 1 };
    },
  };
}
