/**
 * PUCT: tree search led by a policy and judged by a value function, as AlphaZero searches.
 *
 * Silver et al., A General Reinforcement Learning Algorithm that Masters Chess, Shogi and Go through Self-play (2018), "Search":
 * a = argmax Q(s, a) + C(s) P(s, a) sqrt(N(s)) / (1 + N(s, a)), C(s) = log((1 + N(s) + c_base) / c_base) + c_init; Dirichlet noise
 * at the root. The reduction for moves not yet visited: Wu, Accelerating Self-Play Learning in Go (2019), appendix A.
 *
 * Differs from the papers:
 * - N(s) counts the visit that made the node, so that the first descent already follows the policy.
 */
import { z } from 'zod';
import { checkOptions } from '../core/options.ts';
import type { Planner } from '../core/planner.ts';
import type { Rng } from '../core/rng.ts';
import type { Discrete } from '../core/spaces.ts';
import { sampleDirichlet } from '../math/dirichlet.ts';
import {
  type Descent,
  type SearchCarry,
  type SearchOptions,
  searchDefaults,
  searchOptions,
  treePlanner,
} from './tree/search.ts';
import { isSettled } from './tree/solver.ts';
import { AWAITED, type Tree } from './tree/tree.ts';

export interface PuctOptions extends SearchOptions {
  /** How much the policy leads: c_init. */
  readonly exploration: number;
  /** From how many visits on it leads more: c_base. */
  readonly explorationBase: number;
  /** What a move is worth before its first visit: a draw (AlphaZero), a loss, or what the node is worth so far less a reduction. */
  readonly firstPlay: 'draw' | 'loss' | 'parent';
  /** The reduction, times the square root of the policy's share that has been visited. */
  readonly firstPlayReduction: number;
  /** Share of the root's policy that is noise, for self-play: epsilon. 0: none. */
  readonly noise: number;
  /** The noise's concentration: alpha. AlphaZero takes about ten over the number of legal moves. */
  readonly noiseConcentration: number;
}

export const puctDefaults: PuctOptions = {
  ...searchDefaults,
  simulations: 200,
  exploration: 1.25,
  explorationBase: 19652,
  firstPlay: 'parent',
  firstPlayReduction: 0.2,
  noise: 0,
  noiseConcentration: 1,
};

export const puctOptions = searchOptions.extend({
  simulations: z.number().int().min(1).default(puctDefaults.simulations).describe('simulations a decision'),
  exploration: z.number().min(0).default(puctDefaults.exploration).describe('how much the policy leads'),
  explorationBase: z
    .number()
    .gt(0)
    .default(puctDefaults.explorationBase)
    .describe('visits from which the policy leads more'),
  firstPlay: z
    .enum(['draw', 'loss', 'parent'])
    .default(puctDefaults.firstPlay)
    .describe('what a move is worth before its first visit'),
  firstPlayReduction: z
    .number()
    .min(0)
    .default(puctDefaults.firstPlayReduction)
    .describe('how much less than its node'),
  noise: z.number().min(0).max(1).default(puctDefaults.noise).describe("share of noise in the root's policy"),
  noiseConcentration: z
    .number()
    .gt(0)
    .default(puctDefaults.noiseConcentration)
    .describe('how even the noise is'),
}) satisfies z.ZodType<PuctOptions>;

/**
 * A planner for discrete actions and two-player games. The model must evaluate states, with logits.
 * @throws InputError listing all options that cannot be used; where no action is legal
 * @example decideSync(evaluated(game, network), puct({ simulations: 200 }), { root, action: game.action, rng })
 */
export function puct(options: Partial<PuctOptions> = {}): Planner<Discrete, SearchCarry> {
  const settings = checkOptions('puct', puctOptions, options);
  return treePlanner('puct', settings, (tree, rng) => {
    if (settings.noise > 0) addNoise(tree, settings, rng);
    return descent(settings);
  });
}

function descent(options: PuctOptions): Descent {
  const { exploration, explorationBase, firstPlay, firstPlayReduction, solver } = options;
  return {
    choose(tree, node) {
      const first = tree.firstEdge[node];
      const end = first + tree.edgeCount[node];
      const visits = Math.max(1, tree.visitsOf(node));
      const weight =
        (Math.log((1 + visits + explorationBase) / explorationBase) + exploration) * Math.sqrt(visits);
      // those not visited are all worth the same before the policy speaks: the likeliest stands for them
      let share = 0;
      let likeliest = -1;
      let best = -1;
      let greatest = Number.NEGATIVE_INFINITY;
      for (let edge = first; edge < end; edge++) {
        const child = tree.child[edge];
        if (child < 0) {
          if (child !== AWAITED && (likeliest < 0 || tree.prior[edge] > tree.prior[likeliest]))
            likeliest = edge;
          continue;
        }
        share += tree.prior[edge];
        if (solver && isSettled(tree, node, edge)) continue;
        const score = tree.valueOf(child) + (weight * tree.prior[edge]) / (1 + tree.visitsOf(child));
        if (score > greatest) {
          greatest = score;
          best = edge;
        }
      }
      if (likeliest < 0) return best;
      const unvisited =
        firstPlay === 'draw'
          ? 0
          : firstPlay === 'loss'
            ? -1
            : tree.worth(node) - firstPlayReduction * Math.sqrt(share);
      return unvisited + weight * tree.prior[likeliest] > greatest ? likeliest : best;
    },
  };
}

function addNoise(tree: Tree<unknown>, { noise, noiseConcentration }: PuctOptions, rng: Rng): void {
  const first = tree.firstEdge[0];
  const shares = sampleDirichlet(noiseConcentration, tree.edgeCount[0], rng);
  shares.forEach((share, e) => {
    tree.prior[first + e] = (1 - noise) * tree.prior[first + e] + noise * share;
  });
}
