/** UCT with random playouts as an agent: plays any game by its rules alone, and is what others are measured against. */
import type { Agent } from '../core/agent.ts';
import type { Environment } from '../core/environment.ts';
import type { Discrete } from '../core/spaces.ts';
import { evaluated } from '../models/evaluated.ts';
import { byPlayouts } from '../models/playouts.ts';
import { type UctOptions, uct, uctDefaults } from '../planners/uct.ts';
import { planning } from './planning.ts';

/**
 * Plays by UCT, one random playout a simulation. It is called `uct-1000` after its simulations.
 *
 * It has no `actMany`: playouts are no faster together, and so what it plays in one game depends on no other.
 * @example uctAgent(connectFour(), { simulations: 1000 })
 */
export function uctAgent<S>(
  environment: Environment<S, Discrete>,
  options: Partial<UctOptions> = {},
): Agent<Discrete> {
  const name = `uct-${options.simulations ?? uctDefaults.simulations}`;
  const model = evaluated(environment, byPlayouts(environment));
  const { act, save, load } = planning(model, uct(options), { name }) as Agent<Discrete>;
  if (options.reuse) return { name, act, save, load };
  return {
    name,
    // the tree is in the carry: dropped where it serves nobody, for many games at once would keep many
    act: async (view, _carry, rng, mode) => ({
      ...(await act(view, undefined, rng, mode)),
      carry: undefined,
    }),
    save,
    load,
  };
}
