/**
 * UCT: Monte-Carlo tree search whose descent treats each node as a bandit.
 *
 * Kocsis and Szepesvári, Bandit Based Monte-Carlo Planning (2006), section 2.3; Browne et al., A Survey of Monte Carlo Tree
 * Search Methods (2012), algorithm 2, with "robust child" as its final move.
 *
 * Differs from the paper:
 * - The bound is Q + c sqrt(ln N / n): the paper's 2 C_p sqrt(2 ln N / n) with c = 2 sqrt(2) C_p.
 */
import { z } from 'zod';
import { checkOptions } from '../core/options.ts';
import type { Planner } from '../core/planner.ts';
import type { Rng } from '../core/rng.ts';
import type { Discrete } from '../core/spaces.ts';
import {
  type Descent,
  type SearchCarry,
  type SearchOptions,
  searchDefaults,
  searchOptions,
  treePlanner,
} from './tree/search.ts';
import { isSettled } from './tree/solver.ts';
import type { Tree } from './tree/tree.ts';

export interface UctOptions extends SearchOptions {
  /** How much an uncertain move is preferred: c, for returns in [-1, 1]. */
  readonly exploration: number;
}

export const uctDefaults: UctOptions = { ...searchDefaults, exploration: 1.4 };

export const uctOptions = searchOptions.extend({
  exploration: z
    .number()
    .min(0)
    .default(uctDefaults.exploration)
    .describe('how much uncertain moves are preferred'),
}) satisfies z.ZodType<UctOptions>;

/**
 * A planner for discrete actions and two-player games. The model must evaluate states: `evaluated(game, byPlayouts(game))`.
 * @throws InputError listing all options that cannot be used; where no action is legal
 * @example decideSync(evaluated(game, byPlayouts(game)), uct({ simulations: 1000 }), { root, action: game.action, rng })
 */
export function uct(options: Partial<UctOptions> = {}): Planner<Discrete, SearchCarry> {
  const settings = checkOptions('uct', uctOptions, options);
  return treePlanner('uct', settings, (_tree, rng) => descent(settings, rng));
}

/** Tries every move once, in random order; then the one of the greatest upper confidence bound. */
function descent({ exploration, solver }: UctOptions, rng: Rng): Descent {
  return {
    choose(tree, node) {
      const first = tree.firstEdge[node];
      const count = tree.edgeCount[node];
      const tried = tree.tried[node];
      if (tried < count) return tryAnother(tree, node, first, count, tried, rng);
      const log = Math.log(tree.visitsOf(node));
      let best = -1;
      let greatest = Number.NEGATIVE_INFINITY;
      for (let edge = first; edge < first + count; edge++) {
        const child = tree.child[edge];
        if (child < 0 || (solver && isSettled(tree, node, edge))) continue;
        const visits = tree.visitsOf(child);
        const bound = tree.valueOf(child) + exploration * Math.sqrt(log / visits);
        if (bound > greatest) {
          greatest = bound;
          best = edge;
        }
      }
      return best;
    },
  };
}

/** One of the untried edges, each as likely, moved behind those tried already. */
function tryAnother(
  tree: Tree<unknown>,
  node: number,
  first: number,
  count: number,
  tried: number,
  rng: Rng,
): number {
  const to = first + tried;
  const from = to + (count - tried === 1 ? 0 : Math.floor(rng.uniform() * (count - tried)));
  if (from !== to) tree.swapEdges(from, to);
  tree.tried[node] = tried + 1;
  return to;
}
