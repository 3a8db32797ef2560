/**
 * T-maze: a sign at the beginning of a corridor tells which way to turn at its end.
 *
 * Bakker, Reinforcement Learning with Long Short-Term Memory (2001), section 4.1: four moves; what is seen are three bits, 011
 * or 110 at the sign, 101 in the corridor, 010 at the junction; 4 for the right turn, -0.1 for the wrong one, both of which
 * end the episode, and -0.1 wherever a move meets a wall and one stands still.
 *
 * Differs from the paper: episodes are cut off after 10 moves for each of the corridor's squares, and in the arms, where
 * the paper shows nothing any more, 000 is seen. Other mazes of that name pay for every move, or show where one stands.
 */
import { z } from 'zod';
import type { Environment } from '../core/environment.ts';
import { checkOptions } from '../core/options.ts';
import type { Picture } from '../core/picture.ts';
import { box, type Discrete, discrete } from '../core/spaces.ts';
import { corners, disc, polygon } from './shapes.ts';

/** Which arm: 1 to the north, -1 to the south. */
export type Arm = 1 | -1;

export interface TMazeState {
  /** Squares east of the sign; the junction is at `length`. */
  readonly position: number;
  /** The arm that was entered: the episode is over. 0 before. */
  readonly turned: Arm | 0;
  /** The arm with the reward, which the sign tells. */
  readonly goal: Arm;
}

export const tMazeOptions = z.strictObject({
  length: z.int().min(1).describe('moves from the sign to the junction'),
});

export type TMazeOptions = z.infer<typeof tMazeOptions>;

export const T_MAZE_DEFAULTS: TMazeOptions = { length: 20 };

const RIGHT_TURN = 4;
const WRONG_TURN = -0.1;
const STANDING_STILL = -0.1;

const [NORTH, EAST, SOUTH, WEST] = [0, 1, 2, 3];

/**
 * A T-maze. Actions are moves: 0 north, 1 east, 2 south, 3 west.
 *
 * | seen  | where                                   |
 * |-------|-----------------------------------------|
 * | 0 1 1 | at the sign: the reward is to the north |
 * | 1 1 0 | at the sign: the reward is to the south |
 * | 1 0 1 | in the corridor                         |
 * | 0 1 0 | at the junction                         |
 * | 0 0 0 | in an arm                               |
 *
 * An episode returns 4 at best. Without memory both signs are one at the junction, and half the turns are wrong: 1.95.
 */
export function tMaze(options: Partial<TMazeOptions> = {}): Environment<TMazeState, Discrete> {
  const { length } = checkOptions('tMaze', tMazeOptions, { ...T_MAZE_DEFAULTS, ...options });
  return {
    name: 't-maze',
    observation: box(0, 1, [3]),
    action: discrete(4),
    maxSteps: 10 * (length + 1),
    reset: (rng) => ({ position: 0, turned: 0, goal: rng.uniform() < 0.5 ? 1 : -1 }),
    step(state, action) {
      const { position, turned, goal } = state;
      if (turned !== 0) return { state, reward: 0, discount: 0 };
      if (position === length && (action === NORTH || action === SOUTH)) {
        const arm: Arm = action === NORTH ? 1 : -1;
        return {
          state: { ...state, turned: arm },
          reward: arm === goal ? RIGHT_TURN : WRONG_TURN,
          discount: 0,
        };
      }
      const along = action === EAST ? 1 : action === WEST ? -1 : 0;
      const next = Math.max(0, Math.min(length, position + along));
      return {
        state: { ...state, position: next },
        reward: next === position ? STANDING_STILL : 0,
        discount: 1,
      };
    },
    observe({ position, turned, goal }) {
      if (turned !== 0) return Float32Array.of(0, 0, 0);
      if (position === 0) return goal === 1 ? Float32Array.of(0, 1, 1) : Float32Array.of(1, 1, 0);
      return position === length ? Float32Array.of(0, 1, 0) : Float32Array.of(1, 0, 1);
    },
    picture: (state) => tMazePicture(state, length),
  };
}

/** The maze from above, the sign, the arm it tells of, and who walks there. */
function tMazePicture({ position, turned, goal }: TMazeState, length: number): Picture {
  return {
    view: { left: -1, right: length + 1, bottom: -2, top: 2 },
    shapes: [
      polygon(corners(-0.5, length + 0.5, -0.5, 0.5), 'ground'),
      polygon(corners(length - 0.5, length + 0.5, -1.5, 1.5), 'ground'),
      polygon(corners(length - 0.4, length + 0.4, goal - 0.4, goal + 0.4), 'goal'),
      polygon(
        [
          [-0.4, goal * 0.1],
          [0.4, goal * 0.1],
          [0, goal * 0.45],
        ],
        'goal',
      ),
      disc([position, turned], 0.3, 'accent'),
    ],
  };
}
