/**
 * Trajectories of a world in its coordinates: followed under a feedback, and with room for what lies around them.
 *
 * Shapes: H steps, n numbers a state, m an action.
 */
import type { Coordinates, Environment, Transition } from '../../core/environment.ts';
import { demand, InputError, NumericalError } from '../../core/errors.ts';
import type { Expansion, Feedback, Tracked } from '../../core/model.ts';
import { Rng } from '../../core/rng.ts';
import type { Box } from '../../core/spaces.ts';

/** A world whose states are also numbers and whose actions are continuous: what derivatives need. */
export interface SmoothWorld<S> extends Environment<S, Box> {
  readonly coordinates: Coordinates<S>;
}

/** An expansion of zeros, to be filled. @throws InputError where there are not H actions */
export function emptyExpansion(
  world: {
    readonly name: string;
    readonly coordinates: { readonly size: number };
    readonly action: Box;
  },
  actions: Float64Array, // [H, m]
  horizon: number,
): Expansion {
  const n = world.coordinates.size;
  const m = world.action.low.length;
  demand(
    actions.length === horizon * m,
    () => `${world.name}: expand needs ${horizon} x ${m} numbers of actions, got ${actions.length}.`,
  );
  const array = (...sizes: number[]) => new Float64Array(sizes.reduce((a, b) => a * b, horizon));
  return {
    states: new Float64Array((horizon + 1) * n),
    rewards: array(),
    stateByState: array(n, n),
    stateByAction: array(n, m),
    rewardByState: array(n),
    rewardByAction: array(m),
    rewardByStateState: array(n, n),
    rewardByActionState: array(m, n),
    rewardByActionAction: array(m, m),
  };
}

/** Multiplies step `h`'s reward and its derivatives. */
export function weighReward(expansion: Expansion, h: number, weight: number): void {
  if (weight === 1) return;
  const horizon = expansion.rewards.length;
  for (const name of [
    'rewards',
    'rewardByState',
    'rewardByAction',
    'rewardByStateState',
    'rewardByActionState',
    'rewardByActionAction',
  ] as const) {
    const size = expansion[name].length / horizon;
    for (let i = h * size; i < (h + 1) * size; i++) expansion[name][i] *= weight;
  }
}

/** Runs `f` with a stream that it must not draw from: a derivative of chance is none. */
export function withoutDice<T>(world: string, f: (rng: Rng) => T): T {
  const rng = Rng.from('derivatives');
  const before = rng.save().join();
  const result = f(rng);
  if (rng.save().join() !== before)
    throw new InputError(
      `${world}: a world must draw nothing to be asked for derivatives, and this one did. Use a planner that only asks for returns, as cem.`,
    );
  return result;
}

/** One step along a trajectory. @throws NumericalError where it leads to no number */
export function stepAlong<S>(
  world: SmoothWorld<S>,
  state: S,
  action: Float32Array,
  rng: Rng,
  place: () => string,
): Transition<S> {
  const transition = world.step(state, action, rng);
  const { reward, discount } = transition;
  if (!Number.isFinite(reward) || !Number.isFinite(discount)) {
    const what = Number.isFinite(reward) ? 'discount' : 'reward';
    throw new NumericalError(
      `${world.name}: in imagination the ${what} must be finite, got ${transition[what]} at ${place()} after action [${action.join(', ')}].`,
    );
  }
  return transition;
}

/** Follows a feedback through the world's own steps, once for each scale of its offsets. */
export function trackBySteps<S>(
  world: SmoothWorld<S>,
  root: S,
  feedback: Feedback,
  scales: readonly number[],
): Tracked[] {
  const { action: space, coordinates, name } = world;
  const { size: n } = coordinates;
  const { low, high } = space;
  const m = low.length;
  const H = feedback.actions.length / m;
  return withoutDice(name, (rng) =>
    scales.map((scale) => {
      const actions = new Float64Array(H * m);
      const states = new Float64Array((H + 1) * n);
      let state = root;
      let value = 0;
      let weight = 1;
      let numbers = coordinates.read(state);
      states.set(numbers);
      for (let h = 0; h < H; h++) {
        const action = new Float32Array(m);
        for (let a = 0; a < m; a++) {
          const row = h * m + a;
          let wanted = feedback.actions[row] + scale * feedback.offsets[row];
          for (let i = 0; i < n; i++)
            wanted += feedback.gains[row * n + i] * (numbers[i] - feedback.states[h * n + i]);
          action[a] = Math.min(high[a], Math.max(low[a], wanted));
          actions[row] = action[a];
        }
        const transition = stepAlong(world, state, action, rng, () => `step ${h} of scale ${scale}`);
        const { state: next, reward, discount } = transition;
        value += weight * reward;
        weight *= discount;
        state = next;
        numbers = coordinates.read(state);
        states.set(numbers, (h + 1) * n);
      }
      return { actions, states, value };
    }),
  );
}
