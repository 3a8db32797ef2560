/**
 * Returns, traced: what imagined and replayed steps are worth, and how widely that is spread.
 *
 * Lambda returns: Hafner et al., Mastering Diverse Domains through World Models (2023), "Critic learning".
 * Their scale: "Actor learning", the range between two percentiles, smoothed from update to update.
 *
 * H steps; N rows.
 */
import { numpy as np } from '@jax-js/jax';
import type { Tensor } from '../../engine/tensor.ts';
import { zeros } from '../../engine/tensor.ts';
import type { Traced, TracedTree } from '../../engine/tree.ts';

export interface Path {
  /** Of the step that leads to state t + 1. [H][N] */
  readonly rewards: readonly Traced[];
  /** gamma times the probability of going on from state t + 1. [H][N] */
  readonly discounts: readonly Traced[];
  /** Share of the return that goes on past state t + 1, the rest being its value. [H], a number or [N] */
  readonly lambdas: readonly (number | Traced)[];
  /** Of the states 1 .. H, to end or cut short with. [H][N] */
  readonly values: readonly Traced[];
}

/** R_t = r_t + d_t ((1 - lambda_t) v_{t+1} + lambda_t R_{t+1}) for t < H, and R_H = v_H. [H][N] */
export function lambdaReturns({ rewards, discounts, lambdas, values }: Path): Traced[] {
  const H = rewards.length;
  const returns: Traced[] = [];
  let next = values[H - 1];
  for (let t = H - 1; t >= 0; t--) {
    const ahead = values[t].add(next.sub(values[t]).mul(lambdas[t]));
    next = rewards[t].add(discounts[t].mul(ahead));
    returns.unshift(next);
  }
  return returns;
}

/** Running averages of the low and the high percentile of returns. */
export interface ReturnRange {
  low: Tensor; // []
  high: Tensor; // []
  /** How much of the averages is not their start at 0. */
  weight: Tensor; // []
}

export const noRange = (): ReturnRange => ({ low: zeros([]), high: zeros([]), weight: zeros([]) });

/** The 5th and the 95th percentile, as in the paper. */
const PERCENTILES = [0.05, 0.95] as const;

/** The averages with the percentiles of `returns` mixed in. @param returns [count] */
export function widened(
  range: TracedTree<ReturnRange>,
  returns: Traced,
  rate: number,
): TracedTree<ReturnRange> {
  const [low, high] = PERCENTILES.map((share) => percentile(np.sort(returns), share));
  const move = (average: Traced, now: Traced | number) => average.mul(1 - rate).add(np.multiply(now, rate));
  return { low: move(range.low, low), high: move(range.high, high), weight: move(range.weight, 1) };
}

/** The distance between the percentiles; `least` where it is smaller, so that small returns are not blown up. */
export function spreadOf({ low, high, weight }: TracedTree<ReturnRange>, least: number): Traced {
  return np.maximum(high.sub(low).div(weight), least);
}

/** Between the two numbers that the place falls between, in proportion. @param sorted ascending [count] */
function percentile(sorted: Traced, share: number): Traced {
  const place = share * (sorted.shape[0] - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.shape[0] - 1);
  return sorted
    .slice(below)
    .mul(1 - (place - below))
    .add(sorted.slice(above).mul(place - below));
}
