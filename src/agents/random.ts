/** The random agent: any allowed action, all alike. What every other agent must beat. */
import type { Agent } from '../core/agent.ts';
import { demand } from '../core/errors.ts';
import { type Element, legalActions, type Space, sample } from '../core/spaces.ts';

/**
 * Acts at random: uniform between finite bounds, or over the actions that are legal.
 * @example randomAgent(world.action)
 */
export function randomAgent<A extends Space>(space: A): Agent<A, undefined> {
  return {
    name: 'random',
    act(view, _carry, rng) {
      if (space.kind !== 'discrete' || !view.legal) return { action: sample(space, rng), carry: undefined };
      const allowed = legalActions(space, view.legal);
      demand(allowed.length > 0, () => 'randomAgent: at least one action must be legal, got none.');
      return { action: allowed[rng.integer(allowed.length)] as Element<A>, carry: undefined };
    },
    save: () => ({ arrays: {}, facts: {} }),
    load() {},
  };
}
