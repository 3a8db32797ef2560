/** The world itself as a model: imagination that is never wrong, for planning on true dynamics and for testing planners. */
import type { Environment, Transition } from '../core/environment.ts';
import { demand } from '../core/errors.ts';
import type { Awaitable, Expansion, Feedback, Model, Rollout, Steps, Tracked, View } from '../core/model.ts';
import { Rng } from '../core/rng.ts';
import { type Element, elementSize, readElement, type Space } from '../core/spaces.ts';
import { expandByDifferences } from './expansion/differences.ts';
import { type SmoothWorld, trackBySteps } from './expansion/trajectory.ts';
import { checkNumbers, stepInto } from './steps.ts';

/**
 * A model that answers at once and can draw what it imagines. Where the world has coordinates and its actions are
 * continuous, it tells derivatives, which it measures by trying steps.
 */
export interface ExactModel<S, A extends Space> extends Model<S, A> {
  infer(view: View): S;
  step(states: readonly S[], actions: readonly Element<A>[], rng: Rng): Steps<S>;
  rollout(root: S, actions: Float32Array, horizon: number, rng: Rng): Rollout;
  observe(states: readonly S[]): Float32Array[];
  expand?(root: S, actions: Float64Array, horizon: number): Awaitable<Expansion>;
  track?(root: S, feedback: Feedback, scales: readonly number[]): Tracked[];
}

/**
 * A model whose states are the world's own. `infer` needs `view.state`.
 *
 * A world that draws from its stream is rolled out in the order of repeated steps: all candidates' first steps, then
 * all second steps. A world that draws nothing is rolled out one pair of candidates after the other, which is faster and the same.
 * A world that has a rollout of its own is asked for it.
 * @throws NumericalError where a reward or a discount is not finite, naming candidate, step and action
 */
export function exact<S, A extends Space>(environment: Environment<S, A>): ExactModel<S, A> {
  const space = environment.action;
  const width = elementSize(space);
  // Only a hint of which order to try first: the results never depend on it.
  let drawsSeen = false;

  const step = (states: readonly S[], actions: readonly Element<A>[], rng: Rng): Steps<S> => {
    const B = states.length;
    const steps = { states: new Array<S>(B), rewards: new Float32Array(B), discounts: new Float32Array(B) };
    const costs = stepInto(environment, states, actions, rng, steps);
    return costs ? { ...steps, costs } : steps;
  };

  // Two arrays for each step of the horizon: a world may keep the actions of its past in its state.
  const scratch: Float32Array[] = [];
  const integers = space.kind === 'discrete';

  /** What a step needs seldom, apart so that the rest is small enough to be compiled into the loop. */
  const look = (
    transition: Transition<S>,
    action: Element<A>,
    k: number,
    h: number,
    weight: number,
    scores: Scores,
  ): void => {
    checkNumbers(
      environment.name,
      transition,
      action,
      () => `step ${h} of candidate ${k} of ${scores.returns.length}`,
    );
    if (transition.cost !== undefined) addCost(scores, k, weight, transition.cost);
  };

  /** Candidate `k`'s step `h`. @param own room for its action */
  const advance = (
    walk: Walk<S>,
    actions: Float32Array, // [K, H, width]
    horizon: number,
    k: number,
    h: number,
    own: Float32Array, // [width]
    rng: Rng,
    scores: Scores,
  ): void => {
    const from = (k * horizon + h) * width;
    let action: Element<A>;
    if (integers) {
      action = actions[from] as Element<A>;
    } else {
      for (let i = 0; i < width; i++) own[i] = actions[from + i];
      action = own as Element<A>;
    }
    const transition = environment.step(walk.state, action, rng);
    const { reward, discount } = transition;
    // x - x is 0 for every finite x and NaN for all others
    if (reward - reward !== 0 || discount - discount !== 0 || transition.cost !== undefined)
      look(transition, action, k, h, walk.weight, scores);
    walk.total = Math.fround(walk.total + walk.weight * Math.fround(reward));
    walk.weight = Math.fround(walk.weight * Math.fround(discount));
    walk.state = transition.state;
  };

  /**
   * Two candidates at a time. Gives up, returning false, as soon as the world has drawn from `rng`.
   *
   * Each step needs the one before, so a candidate alone keeps the processor waiting for its sines and quotients; with a
   * second one beside it, it has something to do meanwhile: the pendulum takes half the time.
   */
  const rolloutWithoutDice = (
    root: S,
    actions: Float32Array, // [K, H, width]
    horizon: number,
    rng: Rng,
    scores: Scores,
  ): boolean => {
    const { returns } = scores;
    while (scratch.length < 2 * horizon) scratch.push(new Float32Array(width));
    const before = rng.save().join();
    const K = returns.length;
    for (let k = 0; k < K; k += 2) {
      const one: Walk<S> = { state: root, total: 0, weight: 1 };
      const other: Walk<S> = { state: root, total: 0, weight: k + 1 < K ? 1 : 0 };
      for (let h = 0; h < horizon; h++) {
        if (one.weight !== 0) advance(one, actions, horizon, k, h, scratch[2 * h], rng, scores);
        if (other.weight !== 0) advance(other, actions, horizon, k + 1, h, scratch[2 * h + 1], rng, scores);
      }
      returns[k] = one.total;
      if (k + 1 < K) returns[k + 1] = other.total;
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
        checkNumbers(environment.name, transition, action, () => `step ${h} of candidate ${k} of ${K}`);
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
    if (own && own.equals === environment.step) {
      const returns = own.run(root, actions, horizon);
      // where a number has gone wrong, repeated steps tell at which
      if (allFinite(returns)) return { returns };
    }
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
    ...(isSmooth(environment) && derivatives(environment)),
  };
}

function isSmooth<S>(environment: Environment<S, Space>): environment is SmoothWorld<S> {
  return environment.coordinates !== undefined && environment.action.kind === 'box';
}

/** What the model tells of a smooth world. */
function derivatives<S>(world: SmoothWorld<S>) {
  return {
    expand: (root: S, actions: Float64Array, horizon: number) =>
      expandByDifferences(world, root, actions, horizon),
    track: (root: S, feedback: Feedback, scales: readonly number[]) =>
      trackBySteps(world, root, feedback, scales),
  };
}

/** How far one candidate has got. */
interface Walk<S> {
  state: S;
  total: number;
  weight: number;
}

/** What a rollout tells, while it is counted. */
interface Scores {
  readonly returns: Float32Array; // [K]
  costs?: Float32Array; // [K]
}

/** A loop, since `every` takes a tenth of a rollout. */
function allFinite(numbers: Float32Array): boolean {
  for (let i = 0; i < numbers.length; i++) if (!Number.isFinite(numbers[i])) return false;
  return true;
}

function addCost(scores: Scores, k: number, weight: number, cost: number): void {
  scores.costs ??= new Float32Array(scores.returns.length);
  scores.costs[k] = Math.fround(scores.costs[k] + Math.abs(weight) * Math.fround(cost));
}
