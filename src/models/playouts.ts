/**
 * Evaluation by random playouts: a state is worth what uniformly random play from it returns, as in UCT's simulations.
 *
 * Coulom, Efficient Selectivity and Backup Operators in Monte-Carlo Tree Search (2006), section 2; Browne et al., A Survey of
 * Monte Carlo Tree Search Methods (2012), section 3.1.
 * Shapes: B states, n actions.
 */
import type { Environment } from '../core/environment.ts';
import { demand, NumericalError } from '../core/errors.ts';
import type { Evaluation } from '../core/model.ts';
import type { Rng } from '../core/rng.ts';
import { type Discrete, legalActions } from '../core/spaces.ts';

/** Evaluates B states at once, none of which has ended. The arrays may be its own, which the next answer overwrites. */
export type PlayoutEvaluator<S> = (
  states: readonly S[],
  rng: Rng,
) => Evaluation & { readonly logits: Float32Array };

/**
 * Mean returns of random playouts, as the player to move counts them. All legal actions are preferred alike.
 * @param count playouts a state
 * @example evaluated(connectFour(), byPlayouts(connectFour()))
 */
export function byPlayouts<S>(environment: Environment<S, Discrete>, count = 1): PlayoutEvaluator<S> {
  demand(
    Number.isInteger(count) && count >= 1,
    () => `byPlayouts: count must be a positive integer, got ${count}.`,
  );
  const { n } = environment.action;
  const own = environment.playout;
  const play: (state: S, rng: Rng) => number =
    own && own.equals === environment.step ? own.run : (state, rng) => playOn(environment, state, rng);
  let values = new Float32Array(1); // [B]
  let logits = new Float32Array(n); // [B, n]
  return (states, rng) => {
    const B = states.length;
    if (values.length !== B) {
      values = new Float32Array(B);
      logits = new Float32Array(B * n);
    }
    for (let b = 0; b < B; b++) {
      const state = states[b];
      let sum = 0;
      for (let i = 0; i < count; i++) sum += play(state, rng);
      values[b] = count === 1 ? sum : sum / count;
      const mask = environment.legal?.(state);
      if (!mask) continue; // logits stay 0
      for (let a = 0; a < n; a++) logits[b * n + a] = mask[a] === 1 ? 0 : Number.NEGATIVE_INFINITY;
    }
    return { values, logits };
  };
}

/**
 * Plays on with uniformly random legal actions until the end, or until the world's `maxSteps` more decisions.
 * @returns the sum of rewards, each multiplied by the discounts before it
 * @throws InputError where nothing is legal before the end
 */
export function playOn<S>(environment: Environment<S, Discrete>, from: S, rng: Rng): number {
  let state = from;
  let total = 0;
  let weight = 1;
  for (let t = 0; t < environment.maxSteps && weight !== 0; t++) {
    const {
      reward,
      discount,
      state: next,
    } = environment.step(state, randomLegal(environment, state, rng), rng);
    if (!Number.isFinite(reward) || !Number.isFinite(discount))
      throw new NumericalError(
        `${environment.name}: in a playout reward and discount must be finite, got ${reward} and ${discount}.`,
      );
    total += weight * reward;
    weight *= discount;
    state = next;
    if (environment.truncated?.(state)) break;
  }
  return total;
}

/**
 * A legal action, each as likely.
 * @throws InputError where there is none
 */
export function randomLegal<S>(environment: Environment<S, Discrete>, state: S, rng: Rng): number {
  const { action: space, name } = environment;
  const mask = environment.legal?.(state);
  if (!mask) return rng.integer(space.n);
  const legal = legalActions(space, mask);
  demand(
    legal.length > 0,
    () =>
      `${name}: some action must be legal until the end, got none. Give the step before it discount 0, or allow a pass.`,
  );
  return legal[rng.integer(legal.length)];
}
