/** Nim with one heap: players take one, two or three; who takes the last has won. The whole of a game of one's own. */
import type { Environment } from '../../src/core/environment.ts';
import { box, type Discrete, discrete } from '../../src/core/spaces.ts';

export interface NimState {
  readonly left: number;
  readonly moves: number;
}

export function nim(heap = 10): Environment<NimState, Discrete> {
  return {
    name: 'nim',
    observation: box(0, heap, [1]),
    action: discrete(3),
    maxSteps: heap,
    reset: () => ({ left: heap, moves: 0 }),
    step(state, action) {
      if (state.left === 0) return { state, reward: 0, discount: 0 };
      const left = state.left - action - 1;
      if (left < 0) throw new Error(`only ${state.left} are left`);
      return {
        state: { left, moves: state.moves + 1 },
        reward: left === 0 ? 1 : 0,
        discount: left === 0 ? 0 : -1,
      };
    },
    observe: ({ left }) => Float32Array.of(left),
    legal: ({ left }) => Uint8Array.of(left >= 1 ? 1 : 0, left >= 2 ? 1 : 0, left >= 3 ? 1 : 0),
    notation: {
      board: ({ left }) => '|'.repeat(left).padEnd(heap),
      action: (action) => `take-${action + 1}`,
    },
  };
}
