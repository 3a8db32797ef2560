/** Take: the smallest game with a second move in a row, and with rewards for either player; for tests of matches. */

import { box, type Environment } from '../../src/core/index.ts';
import { type Discrete, discrete } from '../../src/core/spaces.ts';

export interface TakeRules {
  /** Stones at the beginning. */
  readonly stones: number;
  /** What who takes the last stone is given: 1 wins it, -1 loses it. */
  readonly last: number;
  /** Decisions after which the game is cut off. */
  readonly maxSteps?: number;
}

/**
 * Two players take 1, 2 or 3 stones in turn; who has taken 2 moves again. Actions 0, 1, 2 are written `one`, `two`, `three`.
 * A state is the number of stones left.
 */
export function take({ stones, last, maxSteps = stones }: TakeRules): Environment<number, Discrete> {
  return {
    name: 'take',
    observation: box(0, stones, [1]),
    action: discrete(3),
    maxSteps,
    reset: () => stones,
    step(left, action) {
      const rest = left - action - 1;
      if (rest <= 0) return { state: 0, reward: left === 0 ? 0 : last, discount: 0 };
      return { state: rest, reward: 0, discount: action === 1 ? 1 : -1 };
    },
    observe: (left) => Float32Array.of(left),
    legal: (left) => Uint8Array.from({ length: 3 }, (_, action) => (action < left ? 1 : 0)),
    codec: {
      words: 1,
      write: (left, out, offset) => {
        out[offset] = left;
      },
      read: (from, offset) => from[offset],
    },
    notation: { board: String, action: (action) => ['one', 'two', 'three'][action] },
  };
}
