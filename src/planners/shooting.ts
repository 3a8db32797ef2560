/** Random shooting: the best of many random action sequences (Rao 2009; Nagabandi et al. 2018, section IV-C). */
import { z } from 'zod';
import { checkOptions } from '../core/options.ts';
import { ask, type Planner, type Planning, type Thinking } from '../core/planner.ts';
import { elementSize, readElement, type Space } from '../core/spaces.ts';
import { eliteIndices } from './elites.ts';
import { candidateAt, checkReturns, fillRandom } from './sequences.ts';

export interface ShootingOptions {
  /** Steps looked ahead, H. */
  readonly horizon: number;
  /** Sequences tried, K. */
  readonly candidates: number;
}

export const shootingDefaults: ShootingOptions = { horizon: 15, candidates: 1000 };

export const shootingOptions = z.strictObject({
  horizon: z.number().int().min(1).default(shootingDefaults.horizon).describe('steps looked ahead'),
  candidates: z.number().int().min(1).default(shootingDefaults.candidates).describe('sequences tried'),
}) satisfies z.ZodType<ShootingOptions>;

/**
 * A planner that tries random sequences and begins the best. It remembers nothing.
 * @throws InputError listing all options that cannot be used
 * @example decideSync(exact(world), randomShooting({ horizon: 20 }), { root, action: world.action, rng })
 */
export function randomShooting<A extends Space = Space>(
  options: Partial<ShootingOptions> = {},
): Planner<A, undefined> {
  const { horizon, candidates: K } = checkOptions('randomShooting', shootingOptions, options);
  return {
    name: 'random shooting',
    *plan<Z>({ root, action: space, rng }: Planning<Z, A, undefined>): Thinking<A, undefined, Z> {
      const length = horizon * elementSize(space);
      const candidates = new Float32Array(K * length); // [K, H, A]
      fillRandom(space, candidates, rng);
      const { returns } = yield* ask.rollout<Z, A>(root, candidates, horizon, rng);
      checkReturns('random shooting', space, candidates, horizon, returns);
      const [best] = eliteIndices(returns, 1);
      const actions = candidateAt(candidates, best, length);
      return {
        action: readElement(space, actions),
        value: returns[best],
        carry: undefined,
        trace: { actions, candidates, returns },
      };
    },
  };
}
