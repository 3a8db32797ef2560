/** Random shooting: the best of many random action sequences (Rao 2009; Nagabandi et al. 2018, section IV-C). */
import { z } from 'zod';
import { checkOptions } from '../core/options.ts';
import type { Planner, Planning, Thinking } from '../core/planner.ts';
import { elementSize, readElement, type Space } from '../core/spaces.ts';
import { fillRandom } from './sequences/candidates.ts';
import { type ConstraintOptions, costLimitOption, rank, scoredAt } from './sequences/constraint.ts';

export interface ShootingOptions extends ConstraintOptions {
  /** Steps looked ahead, H. */
  readonly horizon: number;
  /** Sequences tried, K. */
  readonly candidates: number;
}

export const shootingDefaults: ShootingOptions = { horizon: 15, candidates: 1000 };

export const shootingOptions = z.strictObject({
  horizon: z.number().int().min(1).default(shootingDefaults.horizon).describe('steps looked ahead'),
  candidates: z.number().int().min(1).default(shootingDefaults.candidates).describe('sequences tried'),
  costLimit: costLimitOption,
}) satisfies z.ZodType<ShootingOptions>;

/**
 * A planner that tries random sequences and begins the best. It remembers nothing.
 * @throws InputError listing all options that cannot be used
 * @example decideSync(exact(world), randomShooting({ horizon: 20 }), { root, action: world.action, rng })
 */
export function randomShooting<A extends Space = Space>(
  options: Partial<ShootingOptions> = {},
): Planner<A, undefined> {
  const { horizon, candidates: K, costLimit } = checkOptions('randomShooting', shootingOptions, options);
  return {
    name: 'random shooting',
    *plan<Z>({ root, action: space, rng }: Planning<Z, A, undefined>): Thinking<A, undefined, Z> {
      const length = horizon * elementSize(space);
      const candidates = new Float32Array(K * length); // [K, H, A]
      fillRandom(space, candidates, rng);
      const ranked = yield* rank<Z, A>(
        'random shooting',
        { root, action: space, rng },
        candidates,
        horizon,
        costLimit,
      );
      const { actions, value, cost } = scoredAt(ranked, candidates, ranked.best(1)[0]);
      const { returns, costs } = ranked;
      return {
        action: readElement(space, actions),
        value,
        carry: undefined,
        trace: { actions, candidates, returns, ...(costs && { costs, cost }) },
      };
    },
  };
}
