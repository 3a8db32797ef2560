/**
 * The world itself as a model that also tells how returns change with the actions, by its traced dynamics.
 *
 * States, steps and returns of rollouts are those of the exact model, in float64; gradients, and the returns that come
 * with them, are computed in float32 by one compiled program for all sequences and steps, and so are the derivatives
 * along a trajectory.
 * Shapes: K sequences, H steps, n numbers a state, A an action.
 */
import { numpy as np } from '@jax-js/jax';
import type { Environment } from '../core/environment.ts';
import { demand } from '../core/errors.ts';
import type { RolloutGradient } from '../core/model.ts';
import type { Rng } from '../core/rng.ts';
import type { Box } from '../core/spaces.ts';
import { compile, type TracedDynamics, tensor } from '../engine/index.ts';
import type { Traced } from '../engine/tree.ts';
import { type ExactModel, exact } from './exact.ts';
import { tracedExpander } from './expansion/traced.ts';
import { gradientOf } from './sequence-gradient.ts';

export interface TracedModel<S> extends ExactModel<S, Box> {
  gradient(root: S, actions: Float32Array, horizon: number, rng: Rng): Promise<RolloutGradient>;
}

export interface TracedOptions {
  /** Threads inside one operation of the program. Default 1. */
  readonly threads?: number;
}

/**
 * A model whose states are the world's own. `infer` needs `view.state`.
 * @param environment must have `coordinates`
 * @param dynamics its steps in them; a world that draws from its stream is followed as `dynamics` says
 * @throws InputError where the world has no coordinates
 * @example traced(pendulum(), pendulumDynamics)
 */
export function traced<S>(
  environment: Environment<S, Box>,
  dynamics: TracedDynamics,
  { threads = 1 }: TracedOptions = {},
): TracedModel<S> {
  const { name, coordinates, action } = environment;
  demand(
    coordinates !== undefined,
    () =>
      `traced(${name}): the world must have \`coordinates\`, got none. Add them, or use exact and a planner without derivatives.`,
  );
  const A = action.low.length;
  const program = compile(sequenceGradient(dynamics), { name: `${name} gradient`, threads });
  const expand = tracedExpander({ ...environment, coordinates }, dynamics, threads);
  return {
    ...exact(environment),
    expand,
    async gradient(root, actions, horizon) {
      const K = actions.length / (horizon * A);
      demand(
        Number.isInteger(K),
        () =>
          `traced(${name}): actions must hold K sequences of ${horizon} x ${A} numbers, got ${actions.length}.`,
      );
      const from = tensor(Float32Array.from(coordinates.read(root)));
      const { returns, gradients } = await program(from, tensor(actions, [K, horizon, A]));
      return { returns: returns.data as Float32Array, gradients: gradients.data as Float32Array };
    },
  };
}

/** From root [n] and actions [K, H, A] to returns [K] and how they change with the actions [K, H, A]. */
export function sequenceGradient(dynamics: TracedDynamics) {
  const returnsOf = (root: Traced, actions: Traced): Traced => {
    const [K, H] = actions.shape;
    let state = np.broadcastTo(root.reshape([1, root.shape[0]]), [K, root.shape[0]]);
    let total = np.zeros([K]);
    let weight = np.ones([K]);
    for (let h = 0; h < H; h++) {
      const { next, reward, discount } = dynamics(state, actions.slice([], h));
      total = total.add(weight.mul(reward));
      if (discount) weight = weight.mul(discount);
      state = next;
    }
    return total;
  };
  return (root: Traced, actions: Traced) => gradientOf((u) => returnsOf(root, u), actions);
}
