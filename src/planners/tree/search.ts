/**
 * The loop of every tree search: select a leaf, ask the model what lies there, back up what it returned.
 *
 * Kocsis and Szepesvári, Bandit Based Monte-Carlo Planning (2006), figure 1; several leaves at once with virtual loss as in
 * Chaslot, Winands, van den Herik, Parallel Monte-Carlo Tree Search (2008), section 3.3.
 */
import { z } from 'zod';
import { demand, InputError } from '../../core/errors.ts';
import type { Visits } from '../../core/model.ts';
import {
  type Answer,
  ask,
  type Plan,
  type Planner,
  type Planning,
  type Question,
  type Thinking,
} from '../../core/planner.ts';
import type { Rng } from '../../core/rng.ts';
import type { Discrete } from '../../core/spaces.ts';
import { distanceToEnd, isProven, lowerOf, tighten, upperOf } from './solver.ts';
import { AWAITED, type Room, Tree, UNTRIED } from './tree.ts';

export interface SearchOptions {
  /** Simulations a decision. */
  readonly simulations: number;
  /** Time a decision, in milliseconds, where it is spent before the simulations; 0: no limit. Such plans cannot be repeated. */
  readonly milliseconds: number;
  /** Leaves asked for together: a network answers many at once faster. */
  readonly leaves: number;
  /** Whether ends of games are backed up as proofs. For deterministic games whose returns lie in [-1, 1]. */
  readonly solver: boolean;
  /** Whether the part of the tree below what was then played serves the next decision. Needs a model with a codec. */
  readonly reuse: boolean;
  /** What the tree may take, in megabytes. */
  readonly memory: number;
}

export const searchDefaults: SearchOptions = {
  simulations: 1000,
  milliseconds: 0,
  leaves: 1,
  solver: false,
  reuse: false,
  memory: 2048,
};

export const searchOptions = z.strictObject({
  simulations: z.number().int().min(1).default(searchDefaults.simulations).describe('simulations a decision'),
  milliseconds: z
    .number()
    .min(0)
    .default(searchDefaults.milliseconds)
    .describe('time a decision, 0 for no limit'),
  leaves: z.number().int().min(1).default(searchDefaults.leaves).describe('leaves asked for together'),
  solver: z.boolean().default(searchDefaults.solver).describe('back up ends of games as proofs'),
  reuse: z.boolean().default(searchDefaults.reuse).describe('go on with the tree of the decision before'),
  memory: z.number().gt(0).default(searchDefaults.memory).describe('megabytes that the tree may take'),
}) satisfies z.ZodType<SearchOptions>;

/** The tree of the decision before. */
export interface SearchCarry {
  readonly tree: Tree<unknown>;
}

/** How a search goes down the tree. */
export interface Descent {
  /** An edge of `node`, or -1 where all that are worth it are awaited. Counts `tried`. */
  choose(tree: Tree<unknown>, node: number): number;
}

/** Legal moves of a node for which there is room at once; where there are more, the arrays grow. */
const USUAL_MOVES = 8;

/** No return of a game that the solver serves lies further from 0. */
const GAME_BOUND = 1;

/** What the search knows of each move at the root, in the order of actions. */
export interface Moves {
  readonly actions: Int32Array; // [M]
  readonly visits: Int32Array; // [M]
  /** Mean returns; 0 where a move was never tried. */
  readonly values: Float64Array; // [M]
  readonly priors: Float32Array; // [M]
  /** Between these the values lie for sure, where the solver says so. */
  readonly lower?: Float32Array; // [M]
  readonly upper?: Float32Array; // [M]
}

/**
 * A tree of as many simulations as the options allow. One simulation is one visit of the root.
 * @param begin what to do once the root's moves are there: noise, a schedule
 */
export function* search<Z>(
  name: string,
  request: Planning<Z, Discrete, SearchCarry>,
  options: SearchOptions,
  begin: (tree: Tree<unknown>) => Descent,
): Generator<Question<Z, Discrete>, Tree<Z>, Answer<Z>> {
  const { root, action, rng, codec } = request;
  const { simulations, milliseconds, leaves, solver } = options;
  const bound = solver ? GAME_BOUND : Number.POSITIVE_INFINITY;
  const started = milliseconds > 0 ? performance.now() : 0;
  const { n } = action;
  // of a model that prefers nothing
  const even = new Float32Array(n);

  let tree = options.reuse ? below(request, simulations) : undefined;
  if (!tree) {
    const room: Room<Z> = { memory: options.memory * 2 ** 20, bound, ...(codec && { codec }) };
    tree = new Tree<Z>(room, simulations + 1, Math.min(n, USUAL_MOVES) * simulations + n);
    const { values, logits } = yield* ask.evaluate<Z, Discrete>([root], rng);
    tree.add(-1, root, 0, 1, values[0]);
    tree.expand(0, logits ?? even, 0, n);
    demand(
      tree.edgeCount[0] > 0,
      () => `${name}: some action must be legal where a plan is asked for, got none. Has the game ended?`,
    );
  }
  const descent = begin(tree);
  if (leaves > 1) tree.countWaiting();

  // one question, asked again and again with other leaves
  const states: Z[] = [];
  const actions: number[] = [];
  const edges: number[] = [];
  const parents: number[] = [];
  const question = { ask: 'visit' as const, states, actions, rng };

  for (let done = 0; done < simulations; ) {
    if (solver && isProven(tree, 0)) break;
    if (milliseconds > 0 && performance.now() - started >= milliseconds) break;
    let asked = 0;
    while (asked < leaves && done + asked < simulations) {
      let node = 0;
      let edge = descent.choose(tree, node);
      while (edge >= 0 && tree.child[edge] >= 0) {
        node = tree.child[edge];
        if (tree.edgeCount[node] === 0 || (solver && isProven(tree, node))) break;
        edge = descent.choose(tree, node);
      }
      if (edge < 0) {
        // whatever is worth a look is being asked for
        if (asked === 0) return tree;
        break;
      }
      if (tree.child[edge] >= 0) {
        // the end, or as good as
        tree.backUp(node, solver ? tree.lower[node] : 0);
        done++;
        if (asked === 0) break;
        continue;
      }
      states[asked] = tree.state(node);
      actions[asked] = tree.action[edge];
      edges[asked] = edge;
      parents[asked] = node;
      asked++;
      if (leaves > 1) {
        tree.child[edge] = AWAITED;
        tree.wait(node, 1);
      }
    }
    if (asked === 0) continue;
    states.length = asked;
    actions.length = asked;
    const visits = (yield question) as Visits<Z>;
    const { logits } = visits;
    for (let i = 0; i < asked; i++) {
      const parent = parents[i];
      if (leaves > 1) tree.wait(parent, -1);
      const discount = visits.discounts[i];
      const value = discount === 0 ? 0 : visits.values[i];
      const node = tree.add(parent, visits.states[i], visits.rewards[i], discount, value);
      tree.child[edges[i]] = node;
      if (discount !== 0) {
        tree.expand(node, logits ?? even, logits ? i * n : 0, n);
        if (tree.edgeCount[node] === 0)
          throw new InputError(
            `${name}: some action must be legal until the end, got none after action ${actions[i]}. Give that step discount 0, or allow a pass.`,
          );
      }
      tree.backUp(node, value);
      if (solver && discount === 0) tighten(tree, parent);
    }
    done += asked;
  }
  return tree;
}

/**
 * A planner that grows a tree, going down it as `begin` says, and takes the move most visited.
 * @param begin what to do once the root's moves are there: noise, and how to go down
 */
export function treePlanner(
  name: string,
  options: SearchOptions,
  begin: (tree: Tree<unknown>, rng: Rng) => Descent,
): Planner<Discrete, SearchCarry> {
  return {
    name,
    *plan<Z>(request: Planning<Z, Discrete, SearchCarry>): Thinking<Discrete, SearchCarry, Z> {
      const tree = yield* search<Z>(name, request, options, (begun) => begin(begun, request.rng));
      return mostVisited(tree, request.action, options);
    },
  };
}

/** The tree below what was played since it was made: one step, or two with an opponent's. */
function below<Z>(
  { root, carry }: Planning<Z, Discrete, SearchCarry>,
  simulations: number,
): Tree<Z> | undefined {
  const tree = carry?.tree as Tree<Z> | undefined;
  if (!tree) return undefined;
  const find = (node: number, depth: number): number => {
    for (let e = 0; e < tree.edgeCount[node]; e++) {
      const child = tree.child[tree.firstEdge[node] + e];
      if (child === UNTRIED) continue;
      if (tree.edgeCount[child] > 0 && tree.sameState(child, root)) return child;
      const found = depth > 1 ? find(child, depth - 1) : -1;
      if (found >= 0) return found;
    }
    return -1;
  };
  const here = find(0, 2);
  return here < 0 ? undefined : tree.subtree(here, simulations);
}

/** In the order of actions. [M] */
function rootEdges(tree: Tree<unknown>): number[] {
  const first = tree.firstEdge[0];
  return Array.from({ length: tree.edgeCount[0] }, (_, e) => first + e).sort(
    (a, b) => tree.action[a] - tree.action[b],
  );
}

/** What is known of the root's moves. */
export function movesOf(tree: Tree<unknown>, solver: boolean): Moves {
  const edges = rootEdges(tree);
  const child = (edge: number) => tree.child[edge];
  return {
    actions: Int32Array.from(edges, (edge) => tree.action[edge]),
    visits: Int32Array.from(edges, (edge) => (child(edge) < 0 ? 0 : tree.visits[child(edge)])),
    values: Float64Array.from(edges, (edge) => (child(edge) < 0 ? 0 : tree.value[child(edge)])),
    priors: Float32Array.from(edges, (edge) => tree.prior[edge]),
    ...(solver && {
      lower: Float32Array.from(edges, (edge) => lowerOf(tree, edge)),
      upper: Float32Array.from(edges, (edge) => upperOf(tree, edge)),
    }),
  };
}

/**
 * The plan of most visits, among moves that are not proven worse than another; of equals the most valuable, then the likeliest.
 * Where the game is proven won or lost, the shortest way that is known to win, or the longest to lose.
 * Its policy is these moves' shares of visits, or their priors where there was no time for any.
 */
function mostVisited<Z>(
  tree: Tree<Z>,
  { n }: Discrete,
  { solver }: SearchOptions,
): Plan<Discrete, SearchCarry> {
  const moves = movesOf(tree, solver);
  const { actions, visits, values, priors, lower, upper } = moves;
  const sure = solver && isProven(tree, 0);
  const surest = lower ? Math.max(...lower) : Number.NEGATIVE_INFINITY;
  const open = Array.from(actions.keys()).filter(
    (i) => !lower || !upper || isHope(lower[i], upper[i], surest, sure),
  );
  const decided = sure && Math.abs(tree.lower[0]) === GAME_BOUND;
  const length = decided ? lengths(tree) : undefined;
  const isBetter = (i: number, j: number): boolean => {
    if (length && length[i] !== length[j]) return tree.lower[0] > 0 === length[i] < length[j];
    if (visits[i] !== visits[j]) return visits[i] > visits[j];
    return values[i] > values[j] || (values[i] === values[j] && priors[i] > priors[j]);
  };
  const best = open.reduce((a, b) => (isBetter(b, a) ? b : a));
  const shares = open.some((i) => visits[i] > 0) ? visits : priors;
  const total = open.reduce((sum, i) => sum + shares[i], 0);
  const policy = new Float32Array(n);
  for (const i of open) policy[actions[i]] = shares[i] / total;
  return {
    action: actions[best],
    value: sure ? tree.lower[0] : tree.worth(0),
    policy,
    carry: { tree: tree as Tree<unknown> },
    trace: { tree, moves },
  };
}

/**
 * Whether a move may be the best. What is proven lost is no hope as long as another is not, however often it was visited before
 * that was known.
 */
function isHope(lower: number, upper: number, surest: number, sure: boolean): boolean {
  if (sure) return lower >= surest;
  return surest > -GAME_BOUND ? upper >= surest : upper > surest;
}

/** Moves that a game proven won or lost still takes after each of the root's; 0 where that is not known. [M] */
function lengths(tree: Tree<unknown>): number[] {
  return rootEdges(tree).map((edge) => {
    const child = tree.child[edge];
    return child >= 0 && isProven(tree, child) ? distanceToEnd(tree, child) : 0;
  });
}
