/**
 * Returns of a sequence of rewards: what was collected, and what can still be expected.
 *
 * Discounted return: Sutton and Barto (2018), Reinforcement Learning, eq. 3.9. Lambda return: ibid., eq. 12.2, in its
 * recursive form with a discount per step, as Hafner et al. (2020), Dream to Control, eq. 6 use it.
 *
 * T steps, numbered 0 .. T-1; step t leads from moment t to moment t+1.
 */
import { demand } from '../core/errors.ts';

/** What happened in T steps, and what was thought of it. */
export interface Stretch {
  /** Reward of each step. [T] */
  readonly rewards: ArrayLike<number>;
  /** Of the moment each step leads to: 1 go on, 0 the end, -1 the turn passes to the opponent. [T] */
  readonly discounts: ArrayLike<number>;
}

/**
 * Returns from each step on: R_t = r_t + γ d_t R_{t+1}. [T]
 * @param gamma the discount factor of time, multiplied with the stretch's own discounts
 * @param last the value of the moment after the last step, where the episode goes on unseen
 */
export function discountedReturns({ rewards, discounts }: Stretch, gamma: number, last = 0): Float64Array {
  demandSteps('discountedReturns', rewards.length, discounts.length, 'discounts');
  const returns = new Float64Array(rewards.length);
  let ahead = last;
  for (let t = rewards.length - 1; t >= 0; t--) {
    ahead = rewards[t] + gamma * discounts[t] * ahead;
    returns[t] = ahead;
  }
  return returns;
}

/**
 * Lambda returns from each step on: R_t = r_t + γ d_t ((1 - λ) v_{t+1} + λ R_{t+1}), and R_T = v_T. [T]
 * @param values of moments 1 .. T, the ones the steps lead to. [T]
 * @param lambda 0 trusts the values at once, 1 only at the end
 */
export function lambdaReturns(
  { rewards, discounts }: Stretch,
  values: ArrayLike<number>,
  gamma: number,
  lambda: number,
): Float64Array {
  demandSteps('lambdaReturns', rewards.length, discounts.length, 'discounts');
  demandSteps('lambdaReturns', rewards.length, values.length, 'values');
  const T = rewards.length;
  const returns = new Float64Array(T);
  let ahead = T > 0 ? values[T - 1] : 0;
  for (let t = T - 1; t >= 0; t--) {
    ahead = rewards[t] + gamma * discounts[t] * ((1 - lambda) * values[t] + lambda * ahead);
    returns[t] = ahead;
  }
  return returns;
}

function demandSteps(where: string, expected: number, got: number, name: string): void {
  demand(
    got === expected,
    () => `${where}: ${name} must be as many as rewards, which are ${expected}, got ${got}.`,
  );
}
