/**
 * A model with a policy and a value function: it proposes what the policy would do, and what it imagines ends with the
 * value of the last state, so that a short look ahead counts what comes after.
 *
 * Hansen, Su, Wang, TD-MPC2: Scalable, Robust World Models for Continuous Control (2024), section 3.2: planning with a
 * policy prior and a terminal value.
 * Shapes: B states, K sequences, H steps, A numbers an action.
 */
import { demand, demandFinite } from '../core/errors.ts';
import type { Awaitable, Evaluation, Model } from '../core/model.ts';
import type { Rng } from '../core/rng.ts';
import { clip, type Element, elementSize, type Space, writeElement } from '../core/spaces.ts';

export interface Guidance<Z, A extends Space> {
  /** What to do in B states, its noise drawn from the stream. */
  readonly policy?: (states: readonly Z[], rng: Rng) => Awaitable<readonly Element<A>[]>;
  /** What B states are worth: the return still to come from each. [B] */
  readonly value?: (states: readonly Z[]) => Awaitable<Float32Array>;
}

/**
 * The same model with a policy, a value or both. With a value its rollouts are repeated steps, as the last states must be
 * known: an ensemble's particles are then one, moved by the mean of its elites.
 * @throws InputError where neither is given
 * @example guided(exact(world), { policy, value })
 */
export function guided<Z, A extends Space>(
  model: Model<Z, A>,
  { policy, value }: Guidance<Z, A>,
): Model<Z, A> {
  demand(
    policy !== undefined || value !== undefined,
    () => 'guided: a policy or a value must be given, got neither. Use the model itself.',
  );
  const { action: space } = model;
  return {
    action: space,
    infer: (view, before) => model.infer(view, before),
    step: (states, actions, rng) => model.step(states, actions, rng),
    ...(model.observe && { observe: (states: readonly Z[]) => model.observe!(states) }),
    ...(value ? { evaluate: evaluation(value) } : asked(model)),
    ...(policy && {
      propose: async (root: Z, count: number, horizon: number, rng: Rng) => {
        const width = elementSize(space);
        const sequences = new Float32Array(count * horizon * width); // [count, H, A]
        let states: readonly Z[] = new Array<Z>(count).fill(root);
        for (let h = 0; h < horizon; h++) {
          const actions = await policy(states, rng);
          demand(
            actions.length === count,
            () => `guided: policy must give one action for each of ${count} states, got ${actions.length}.`,
          );
          const within = actions.map((action) => inside(space, action));
          within.forEach((action, k) => {
            writeElement(space, action as number | Float32Array, sequences, (k * horizon + h) * width);
          });
          if (h + 1 < horizon) states = (await model.step(states, within, rng)).states;
        }
        return sequences;
      },
    }),
  };
}

/** The model's own values and rollouts, where it has them. */
function asked<Z, A extends Space>(model: Model<Z, A>): Pick<Model<Z, A>, 'evaluate' | 'rollout'> {
  return {
    ...(model.evaluate && { evaluate: (states: readonly Z[], rng: Rng) => model.evaluate!(states, rng) }),
    ...(model.rollout && {
      rollout: (root: Z, actions: Float32Array, horizon: number, rng: Rng) =>
        model.rollout!(root, actions, horizon, rng),
    }),
  };
}

function evaluation<Z>(value: NonNullable<Guidance<Z, Space>['value']>) {
  return async (states: readonly Z[]): Promise<Evaluation> => {
    const values = await value(states);
    demand(
      values.length === states.length,
      () => `guided: value must give one number for each of ${states.length} states, got ${values.length}.`,
    );
    demandFinite(values, 'guided, values of states');
    return { values };
  };
}

/** The nearest action in the space: a policy with noise may leave it. */
function inside<A extends Space>(space: A, action: Element<A>): Element<A> {
  return space.kind === 'box' ? (clip(space, (action as Float32Array).slice()) as Element<A>) : action;
}
