/**
 * Gumbel search: plans that improve on the policy even with few simulations.
 *
 * Danihelka, Guez, Schrittwieser, Silver, Policy Improvement by Planning with Gumbel (2022): algorithm 2 with sequential
 * halving at the root, equations 7 and 8 (completed values, the improved policy) below it and as its target, equation 33 of
 * appendix D (the value of moves not visited).
 * Shapes: M moves at the root.
 *
 * Differs from the paper:
 * - Values lie in [-1, 1] instead of [0, 1], so `valueScale` is half the paper's c_scale.
 */
import { z } from 'zod';
import { checkOptions } from '../core/options.ts';
import type { Plan, Planner, Planning, Thinking } from '../core/planner.ts';
import type { Rng } from '../core/rng.ts';
import type { Discrete } from '../core/spaces.ts';
import {
  type Descent,
  movesOf,
  type SearchCarry,
  type SearchOptions,
  search,
  searchDefaults,
  searchOptions,
} from './tree/search.ts';
import { AWAITED, type Tree } from './tree/tree.ts';

export interface GumbelOptions extends Omit<SearchOptions, 'solver' | 'reuse'> {
  /** Moves at the root that are tried at all: m. */
  readonly considered: number;
  /** Visits that every value counts as having more: c_visit. */
  readonly visitOffset: number;
  /** What values weigh against the policy's logits: c_scale, halved. */
  readonly valueScale: number;
  /** 1 draws moves from the policy, as self-play must; 0 takes the most promising. */
  readonly noise: number;
}

export const gumbelDefaults: GumbelOptions = {
  simulations: 32,
  milliseconds: searchDefaults.milliseconds,
  leaves: searchDefaults.leaves,
  memory: searchDefaults.memory,
  considered: 16,
  visitOffset: 50,
  valueScale: 0.5,
  noise: 0,
};

export const gumbelOptions = searchOptions.omit({ solver: true, reuse: true }).extend({
  simulations: z.number().int().min(1).default(gumbelDefaults.simulations).describe('simulations a decision'),
  considered: z.number().int().min(1).default(gumbelDefaults.considered).describe('moves tried at the root'),
  visitOffset: z
    .number()
    .min(0)
    .default(gumbelDefaults.visitOffset)
    .describe('visits that every value counts as having more'),
  valueScale: z
    .number()
    .min(0)
    .default(gumbelDefaults.valueScale)
    .describe('what values weigh against logits'),
  noise: z
    .number()
    .min(0)
    .default(gumbelDefaults.noise)
    .describe('1 draws moves, 0 takes the most promising'),
}) satisfies z.ZodType<GumbelOptions>;

/**
 * A planner for discrete actions and two-player games. The model must evaluate states, with logits. Its plan's policy is the
 * improved one, which a network may learn from.
 * @throws InputError listing all options that cannot be used; where no action is legal
 */
export function gumbel(options: Partial<GumbelOptions> = {}): Planner<Discrete, SearchCarry> {
  const settings = checkOptions('gumbel', gumbelOptions, options);
  return {
    name: 'gumbel',
    *plan<Z>(request: Planning<Z, Discrete, SearchCarry>): Thinking<Discrete, SearchCarry, Z> {
      let drawn: Float64Array = new Float64Array(0); // [M]
      const tree = yield* search<Z>(
        'gumbel',
        request,
        { ...settings, solver: false, reuse: false },
        (begun) => {
          drawn = gumbelNoise(begun.edgeCount[0], settings.noise, request.rng);
          return descent(settings, drawn, begun.edgeCount[0]);
        },
      );
      return planOf(tree, settings, drawn, request.action);
    },
  };
}

/** Standard Gumbel variables times `scale`. [count] */
function gumbelNoise(count: number, scale: number, rng: Rng): Float64Array {
  return Float64Array.from({ length: count }, () =>
    scale === 0 ? 0 : -scale * Math.log(-Math.log(1 - rng.uniform())),
  );
}

function descent(settings: GumbelOptions, drawn: Float64Array, moves: number): Descent {
  const { simulations, considered } = settings;
  const schedule = halving(simulations, Math.min(considered, moves));
  let at = 0;
  return {
    choose(tree, node) {
      if (node > 0) return chooseBelow(tree, node, settings);
      const edge = chooseAtRoot(tree, settings, drawn, schedule[Math.min(at, schedule.length - 1)]);
      if (edge >= 0) at++;
      return edge;
    },
  };
}

/**
 * Sequential halving: for each simulation, the visits that the move it goes to has had so far. All that are considered are
 * visited alike often; then the better half of them goes on.
 */
export function halving(simulations: number, considered: number): Int32Array {
  const schedule: number[] = [];
  const phases = Math.ceil(Math.log2(Math.max(2, considered)));
  let visits = 0;
  for (let left = considered; schedule.length < simulations; left = Math.max(2, Math.floor(left / 2))) {
    const each = Math.max(1, Math.floor(simulations / (phases * left)));
    for (let i = 0; i < each; i++, visits++)
      for (let k = 0; k < Math.min(left, considered); k++) schedule.push(visits);
  }
  return Int32Array.from(schedule.slice(0, simulations));
}

/** The most promising of the moves visited `visits` times, or -1. */
function chooseAtRoot(
  tree: Tree<unknown>,
  settings: GumbelOptions,
  drawn: Float64Array,
  visits: number,
): number {
  const first = tree.firstEdge[0];
  const completed = completedValues(tree, 0, settings);
  let best = -1;
  let greatest = Number.NEGATIVE_INFINITY;
  for (let e = 0; e < tree.edgeCount[0]; e++) {
    if (tree.child[first + e] === AWAITED || visitsOfEdge(tree, first + e) !== visits) continue;
    const score = drawn[e] + Math.log(tree.prior[first + e]) + completed[e];
    if (score > greatest) {
      greatest = score;
      best = first + e;
    }
  }
  return best;
}

/** Below the root: visits in the proportions of the improved policy (section 5, equation 14). */
function chooseBelow(tree: Tree<unknown>, node: number, settings: GumbelOptions): number {
  const first = tree.firstEdge[node];
  const policy = improvedPolicy(tree, node, settings);
  let total = 0;
  for (let e = 0; e < policy.length; e++) total += visitsOfEdge(tree, first + e);
  let best = -1;
  let greatest = Number.NEGATIVE_INFINITY;
  for (let e = 0; e < policy.length; e++) {
    if (tree.child[first + e] === AWAITED) continue;
    const score = policy[e] - visitsOfEdge(tree, first + e) / (1 + total);
    if (score > greatest) {
      greatest = score;
      best = first + e;
    }
  }
  return best;
}

function visitsOfEdge(tree: Tree<unknown>, edge: number): number {
  const child = tree.child[edge];
  return child >= 0 ? tree.visitsOf(child) : child === AWAITED ? 1 : 0;
}

/** softmax(logits + sigma(completed values)), equation 8. [edges of the node] */
function improvedPolicy(tree: Tree<unknown>, node: number, settings: GumbelOptions): Float64Array {
  const first = tree.firstEdge[node];
  const scores = completedValues(tree, node, settings).map(
    (value, e) => value + Math.log(tree.prior[first + e]),
  );
  const greatest = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const shares = scores.map((score) => Math.exp(score - greatest));
  const sum = shares.reduce((a, b) => a + b, 0);
  return shares.map((share) => share / sum);
}

/** sigma(completed values): those of moves not visited mixed from the network's and the others', equation 33. [edges] */
function completedValues(
  tree: Tree<unknown>,
  node: number,
  { visitOffset, valueScale }: GumbelOptions,
): Float64Array {
  const first = tree.firstEdge[node];
  const count = tree.edgeCount[node];
  let visits = 0;
  let most = 0;
  let share = 0;
  let weighted = 0;
  for (let edge = first; edge < first + count; edge++) {
    const child = tree.child[edge];
    if (child < 0) continue;
    const n = tree.visitsOf(child);
    visits += n;
    most = Math.max(most, n);
    share += tree.prior[edge];
    weighted += tree.prior[edge] * tree.valueOf(child);
  }
  const own = tree.evaluation[node];
  const mixed = share > 0 ? (own + (visits * weighted) / share) / (1 + visits) : own;
  const scale = (visitOffset + most) * valueScale;
  return Float64Array.from({ length: count }, (_, e) => {
    const child = tree.child[first + e];
    return scale * (child < 0 ? mixed : tree.valueOf(child));
  });
}

/** The most promising of the moves visited most, and the improved policy. */
function planOf<Z>(
  tree: Tree<Z>,
  settings: GumbelOptions,
  drawn: Float64Array,
  { n }: Discrete,
): Plan<Discrete, SearchCarry> {
  const first = tree.firstEdge[0];
  let most = 0;
  for (let e = 0; e < tree.edgeCount[0]; e++) most = Math.max(most, visitsOfEdge(tree, first + e));
  const improved = improvedPolicy(tree, 0, settings);
  const policy = new Float32Array(n);
  improved.forEach((share, e) => {
    policy[tree.action[first + e]] = share;
  });
  return {
    action: tree.action[chooseAtRoot(tree, settings, drawn, most)],
    value: tree.worth(0),
    policy,
    carry: { tree: tree as Tree<unknown> },
    trace: { tree, moves: movesOf(tree, false) },
  };
}
