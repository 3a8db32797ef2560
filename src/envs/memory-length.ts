/**
 * Memory length: a bit is shown at the beginning and asked for at the end.
 *
 * Osband et al., Behaviour Suite for Reinforcement Learning (2020), "memory length", and its published program
 * (bsuite, memory_chain): what is seen are the time left, the bit that is asked for, shown at the last decision, and the bits as ±1;
 * the last action must be the bit. As in that program the first observation is seen twice, after the reset and
 * after the first action, so that an episode of length n has n + 1 decisions.
 *
 * Differs from the paper: nothing; of its two series of memory worlds this is the one with a single bit, number 0.
 */
import { z } from 'zod';
import type { Environment } from '../core/environment.ts';
import { checkOptions } from '../core/options.ts';
import type { Picture } from '../core/picture.ts';
import { box, type Discrete, discrete } from '../core/spaces.ts';
import { corners, disc, line, polygon } from './shapes.ts';

export interface MemoryLengthState {
  /** What must be said at the end. */
  readonly bit: 0 | 1;
  /** Decisions that were made. */
  readonly decisions: number;
  /** Whether the last one was right; undefined before. */
  readonly right?: boolean;
}

export const memoryLengthOptions = z.strictObject({
  length: z.int().min(1).describe('decisions from the bit shown to the bit asked for'),
});

export type MemoryLengthOptions = z.infer<typeof memoryLengthOptions>;

export const MEMORY_LENGTH_DEFAULTS: MemoryLengthOptions = { length: 10 };

/**
 * Memory length. The action is a bit; all but the last of an episode are ignored.
 *
 * | index | observation                                 | min | max |
 * |-------|---------------------------------------------|-----|-----|
 * | 0     | share of the time that is left              | 0   | 1   |
 * | 1     | number of the bit that is asked for: 0      | 0   | 1   |
 * | 2     | the bit as ±1 at the beginning, 0 afterwards | -1  | 1   |
 *
 * The last action earns 1 if it is the bit, else -1: without memory, as at random, 0 on average.
 */
export function memoryLength(
  options: Partial<MemoryLengthOptions> = {},
): Environment<MemoryLengthState, Discrete> {
  const { length } = checkOptions('memoryLength', memoryLengthOptions, {
    ...MEMORY_LENGTH_DEFAULTS,
    ...options,
  });
  return {
    name: 'memory-length',
    observation: box([0, 0, -1], [1, 1, 1]),
    action: discrete(2),
    maxSteps: length + 1,
    reset: (rng) => ({ bit: rng.uniform() < 0.5 ? 0 : 1, decisions: 0 }),
    step(state, action) {
      const { bit, decisions } = state;
      if (decisions > length) return { state, reward: 0, discount: 0 };
      if (decisions < length) return { state: { bit, decisions: decisions + 1 }, reward: 0, discount: 1 };
      const right = action === bit;
      return { state: { bit, decisions: decisions + 1, right }, reward: right ? 1 : -1, discount: 0 };
    },
    observe({ bit, decisions }) {
      const time = Math.max(0, decisions - 1);
      return Float32Array.of(1 - time / length, 0, time === 0 && decisions < 2 ? 2 * bit - 1 : 0);
    },
    picture: (state) => memoryLengthPicture(state, length),
  };
}

/** The time that has passed, and the bit below while it is shown, above once it has been told. */
function memoryLengthPicture({ bit, decisions, right }: MemoryLengthState, length: number): Picture {
  const size = length + 1;
  const place = (decisions / size) * 10;
  const ink = bit === 1 ? 'accent' : 'body';
  return {
    view: { left: -1, right: 11, bottom: -1.5, top: 1.5 },
    shapes: [
      line(
        [
          [0, 0],
          [10, 0],
        ],
        0.1,
        'muted',
      ),
      polygon(corners(-0.2, 0.2, -1.2, -0.8), ink),
      ...(right === undefined ? [] : [polygon(corners(9.8, 10.2, 0.8, 1.2), right ? 'goal' : 'muted')]),
      disc([place, 0], 0.25, decisions < 2 ? ink : 'ground'),
    ],
  };
}
