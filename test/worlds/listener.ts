/** A model of no world: it writes down which sequences it was asked about and scores them as it is told; for tests of planners. */
import type { Model, Rollout, Space } from '../../src/core/index.ts';

export interface Listener<A extends Space> extends Model<undefined, A> {
  /** Every rollout's sequences, in order. [K, H, A] each */
  readonly asked: Float32Array[];
}

/** @param score of one sequence [H, A], candidate `k` of a round counted from 1 */
export function listener<A extends Space>(
  action: A,
  horizon: number,
  score: (sequence: Float32Array, k: number, round: number) => number,
): Listener<A> {
  const asked: Float32Array[] = [];
  return {
    action,
    asked,
    infer: () => undefined,
    step() {
      throw new Error('a listener only rolls out');
    },
    rollout(_root, actions): Rollout {
      asked.push(actions.slice());
      const width = action.kind === 'box' ? action.low.length : 1;
      const length = horizon * width;
      const K = actions.length / length;
      return {
        returns: Float32Array.from({ length: K }, (_, k) =>
          score(actions.subarray(k * length, (k + 1) * length), k, asked.length),
        ),
      };
    },
  };
}
