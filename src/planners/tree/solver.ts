/**
 * What is certain of a node's value, from the ends of games below it: proven wins, draws and losses.
 *
 * Winands, Björnsson, Saito, Monte-Carlo Tree Search Solver (2008), with bounds on the value in place of proven wins alone, as
 * in Cazenave and Saffidine, Score Bounded Monte-Carlo Tree Search (2010), sections 3.1-3.2.
 * Holds where steps draw nothing and no return lies further from 0 than the tree's `bound`.
 */
import type { Tree } from './tree.ts';

/** The least that taking `edge` is sure to return. */
export function lowerOf(tree: Tree<unknown>, edge: number): number {
  const child = tree.child[edge];
  if (child < 0) return -tree.bound;
  const discount = tree.discount[child];
  return tree.reward[child] + discount * (discount < 0 ? tree.upper[child] : tree.lower[child]);
}

/** The most that taking `edge` can return. */
export function upperOf(tree: Tree<unknown>, edge: number): number {
  const child = tree.child[edge];
  if (child < 0) return tree.bound;
  const discount = tree.discount[child];
  return tree.reward[child] + discount * (discount < 0 ? tree.lower[child] : tree.upper[child]);
}

/** Whether the node's value is known for sure. */
export function isProven(tree: Tree<unknown>, node: number): boolean {
  return tree.lower[node] === tree.upper[node];
}

/** Draws the bounds of `node` closer by those of its children, then those of its ancestors. */
export function tighten(tree: Tree<unknown>, node: number): void {
  for (let at = node; at >= 0; at = tree.parent[at]) {
    let lower = Number.NEGATIVE_INFINITY;
    let upper = Number.NEGATIVE_INFINITY;
    const first = tree.firstEdge[at];
    for (let edge = first; edge < first + tree.edgeCount[at]; edge++) {
      lower = Math.max(lower, lowerOf(tree, edge));
      upper = Math.max(upper, upperOf(tree, edge));
    }
    if (lower === tree.lower[at] && upper === tree.upper[at]) return;
    tree.lower[at] = lower;
    tree.upper[at] = upper;
  }
}

/**
 * Whether a search need not look at `edge` again: it cannot return more than what another is sure to, or its value is
 * known and it is not the only hope.
 */
export function isSettled(tree: Tree<unknown>, node: number, edge: number): boolean {
  const child = tree.child[edge];
  if (child < 0) return false;
  return isProven(tree, child) || upperOf(tree, edge) <= tree.lower[node];
}

/**
 * Moves until a won or lost game is over, from a node whose value is proven: the winner goes the shortest way that is known, and the
 * loser the longest. A proof found is not searched for a shorter one.
 */
export function distanceToEnd(tree: Tree<unknown>, node: number): number {
  const value = tree.lower[node];
  const first = tree.firstEdge[node];
  let distance = 0;
  for (let edge = first; edge < first + tree.edgeCount[node]; edge++) {
    if (lowerOf(tree, edge) !== value || upperOf(tree, edge) !== value) continue;
    const along = 1 + distanceToEnd(tree, tree.child[edge]);
    if (distance === 0 || (value > 0 ? along < distance : along > distance)) distance = along;
  }
  return distance;
}
