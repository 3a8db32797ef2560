/** A point on a plane with a wall before its goal, around which a longer way leads; for tests of constrained planners. */
import { type Box, box, type Environment } from '../../src/core/index.ts';

export interface Place {
  readonly x: number;
  readonly y: number;
}

/** What must not be entered: |x - 2| < 0.5 and |y| < 1.2. */
export function inWall({ x, y }: Place): boolean {
  return Math.abs(x - 2) < 0.5 && Math.abs(y) < 1.2;
}

/**
 * From (0, 0) to (4, 0), by at most 1 a step and axis; the reward is minus the distance that remains; a step that ends in
 * the wall costs 1. A step cannot jump the wall, which is 1 wide, unless it touches both its faces.
 * The straight way returns -(3 + 2 + 1) = -6 and ends its second step in the wall. One way around is by (1, 1), (2, 2),
 * (3, 1), (4, 0): -(3.16 + 2.83 + 1.41) = -7.40.
 */
export function walled(): Environment<Place, Box> {
  return {
    name: 'walled',
    observation: box(-100, 100, [2]),
    action: box(-1, 1, [2]),
    maxSteps: 10,
    reset: () => ({ x: 0, y: 0 }),
    step({ x, y }, [right, up]) {
      const next = { x: x + right, y: y + up };
      return {
        state: next,
        reward: -Math.hypot(4 - next.x, next.y),
        discount: 1,
        cost: inWall(next) ? 1 : 0,
      };
    },
    observe: ({ x, y }) => Float32Array.of(x, y),
  };
}
