/** The world itself as a model: imagination that is never wrong, for planning on true dynamics and for testing planners. */
import type { Environment, Transition } from '../core/environment.ts';
import { demand, NumericalError } from '../core/errors.ts';
import type { Model, Rollout, Steps, View } from '../core/model.ts';
import { Rng } from '../core/rng.ts';
import { type Element, elementSize, readElement, type Space } from '../core/spaces.ts';

/** A model that answers at once and can draw what it imagines. */
export interface ExactModel<S, A extends Space> extends Model<S, A> {
  infer(view: View): S;
  step(states: readonly S[], actions: readonly Element<A>[], rng: Rng): Steps<S>;
  rollout(root: S, actions: Float32Array, horizon: number, rng: Rng): Rollout;
  observe(states: readonly S[]): Float32Array[];
}

/**
 * A model whose states are the world's own. `infer` needs `view.state`.
 *
 * A world that draws from its stream is rolled out in the order of repeated steps: all candidates' first steps, then
 * all second steps. A world that draws nothing is rolled out one candidate after the other, which is faster and the same.
 * A world that has a rollout of its own is asked for it.
 * @throws NumericalError where a reward or a discount is not finite, naming candidate, step and action
 */
export function exact<S, A extends Space>(environment: Environment<S, A>): ExactModel<S, A> {
  const space = environment.action;
  const width = elementSize(space);
  // Only a hint of which order to try first: the results never depend on it.
  let drawsSeen = false;

  const checkNumbers = (
    { reward, discount, cost = 0 }: Transition<S>,
    action: Element<A>,
    place: () => string,
  ) => {
    const wrong = Object.entries({ reward, discount, cost }).find(([, value]) => !Number.isFinite(value));
    if (!wrong) return;
    const shown =
      typeof action === 'number' ? `${action}` : `[${Array.from(action as Float32Array).join(', ')}]`;
    const what = `${wrong[0]} must be finite, got ${wrong[1]}`;
    throw new NumericalError(
      `${environment.name}: in imagination the ${what} at ${place()} after action ${shown}.`,
    );
  };

  const step = (states: readonly S[], actions: readonly Element<A>[], rng: Rng): Steps<S> => {
    const next = new Array<S>(states.length);
    const rewards = new Float32Array(states.length);
    const discounts = new Float32Array(states.length);
    let costs: Float32Array | undefined;
    for (let b = 0; b < states.length; b++) {
      const transition = environment.step(states[b], actions[b], rng);
      checkNumbers(transition, actions[b], () => `state ${b} of ${states.length}`);
      next[b] = transition.state;
      rewards[b] = transition.reward;
      discounts[b] = transition.discount;
      if (transition.cost !== undefined) {
        costs ??= new Float32Array(states.length);
        costs[b] = transition.cost;
      }
    }
    return { states: next, rewards, discounts, ...(costs && { costs }) };
  };

  // One array for each step of the horizon: a world may keep the actions of its past in its state.
  const scratch: Float32Array[] = [];

  /** One candidate after the other. Gives up, returning false, as soon as the world has drawn from `rng`. */
  const rolloutWithoutDice = (
    root: S,
    actions: Float32Array, // [K, H, width]
    horizon: number,
    rng: Rng,
    scores: Scores,
  ): boolean => {
    const { returns } = scores;
    while (scratch.length < horizon) scratch.push(new Float32Array(width));
    const before = rng.save().join();
    const K = returns.length;
    const integers = space.kind === 'discrete';
    for (let k = 0; k < K; k++) {
      let state = root;
      let total = 0;
      let weight = 1;
      for (let h = 0; h < horizon && weight !== 0; h++) {
        const from = (k * horizon + h) * width;
        let action: Element<A>;
        if (integers) {
          action = actions[from] as Element<A>;
        } else {
          const own = scratch[h];
          for (let i = 0; i < width; i++) own[i] = actions[from + i];
          action = own as Element<A>;
        }
        const transition = environment.step(state, action, rng);
        const { reward, discount, cost } = transition;
        // x - x is 0 for every finite x and NaN for all others
        if (reward - reward !== 0 || discount - discount !== 0) {
          checkNumbers(transition, action, () => `step ${h} of candidate ${k} of ${K}`);
        }
        if (cost !== undefined) {
          checkNumbers(transition, action, () => `step ${h} of candidate ${k} of ${K}`);
          addCost(scores, k, weight, cost);
        }
        total = Math.fround(total + weight * Math.fround(reward));
        weight = Math.fround(weight * Math.fround(discount));
        state = transition.state;
      }
      returns[k] = total;
      if (k === 0 && rng.save().join() !== before) return false;
    }
    return rng.save().join() === before;
  };

  /** All candidates step by step, those that ended left out. */
  const rolloutWithDice = (
    root: S,
    actions: Float32Array, // [K, H, width]
    horizon: number,
    rng: Rng,
    scores: Scores,
  ): void => {
    const { returns } = scores;
    const K = returns.length;
    const states = new Array<S>(K).fill(root);
    const weights = new Float32Array(K).fill(1);
    returns.fill(0);
    scores.costs?.fill(0);
    for (let h = 0; h < horizon; h++) {
      for (let k = 0; k < K; k++) {
        if (weights[k] === 0) continue;
        const action = readElement(space, actions, (k * horizon + h) * width);
        const transition = environment.step(states[k], action, rng);
        checkNumbers(transition, action, () => `step ${h} of candidate ${k} of ${K}`);
        const { state, reward, discount, cost } = transition;
        if (cost !== undefined) addCost(scores, k, weights[k], cost);
        returns[k] += weights[k] * Math.fround(reward);
        weights[k] *= Math.fround(discount);
        states[k] = state;
      }
    }
  };

  const rollout = (root: S, actions: Float32Array, horizon: number, rng: Rng): Rollout => {
    const K = actions.length / (horizon * width);
    demand(
      Number.isInteger(K),
      () =>
        `exact(${environment.name}): actions must hold K sequences of ${horizon} x ${width} numbers, got ${actions.length}.`,
    );
    const own = environment.rollout;
    if (own && own.equals === environment.step) return { returns: own.run(root, actions, horizon) };
    const scores: Scores = { returns: new Float32Array(K) };
    // A copy of the stream is tried first, so that a world found to draw can be rolled out from the stream as it was.
    if (drawsSeen || !rolloutWithoutDice(root, actions, horizon, Rng.restore(rng.save()), scores)) {
      drawsSeen = true;
      rolloutWithDice(root, actions, horizon, rng, scores);
    }
    return scores;
  };

  return {
    action: space,
    infer(view) {
      demand(
        view.state !== undefined,
        () =>
          `exact(${environment.name}): the view must hold the world's true state, got none. Pass view.state, or plan in a learned model.`,
      );
      return view.state as S;
    },
    step,
    rollout,
    observe: (states) => states.map((state) => environment.observe(state)),
  };
}

/** What a rollout tells, while it is counted. */
interface Scores {
  readonly returns: Float32Array; // [K]
  costs?: Float32Array; // [K]
}

function addCost(scores: Scores, k: number, weight: number, cost: number): void {
  scores.costs ??= new Float32Array(scores.returns.length);
  scores.costs[k] = Math.fround(scores.costs[k] + Math.abs(weight) * Math.fround(cost));
}
