/** A world in which something is forbidden: each step is charged for how far it broke what must be kept. */
import type { Environment } from '../core/environment.ts';
import type { Element, Space } from '../core/spaces.ts';

/** How far a step broke what must be kept: 0 where it kept it, never below. */
export type CostRule<S, A extends Space> = (state: S, action: Element<A>, next: S) => number;

/**
 * The same world, with the cost of each step told beside its reward: what planners with a `costLimit` keep within.
 * A world that tells costs already charges both. Rewards and endings stay as they are.
 * @param cost of one decision, from `state` to `next`
 * @example constrained(pendulum(), (_state, _action, next) => Math.max(0, Math.abs(next.angularVelocity) - 6))
 */
export function constrained<S, A extends Space>(
  environment: Environment<S, A>,
  cost: CostRule<S, A>,
): Environment<S, A> {
  return {
    ...environment,
    step(state, action, rng) {
      const transition = environment.step(state, action, rng);
      return { ...transition, cost: (transition.cost ?? 0) + cost(state, action, transition.state) };
    },
  };
}
