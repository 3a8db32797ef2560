/**
 * Derivatives along a trajectory from traced dynamics: one program for all steps.
 *
 * The N = n + m directions of (state, action) are tried side by side, forward over the dynamics and over the reward's
 * gradient, which is made in reverse.
 * Shapes: H steps, n numbers a state, m an action.
 */
import { grad, jvp, numpy as np } from '@jax-js/jax';
import type { Expansion } from '../../core/model.ts';
import { compile, type TracedDynamics, tensor } from '../../engine/index.ts';
import type { Traced } from '../../engine/tree.ts';
import { emptyExpansion, type SmoothWorld, stepAlong, weighReward, withoutDice } from './trajectory.ts';

/** state [H, n], action [H, m] -> how next state, reward's gradient by state and by action change [N, H, 2n + m], the gradient [H, n + m]. */
export function derivativesOf(dynamics: TracedDynamics) {
  return (state: Traced, action: Traced) => {
    const [H, n] = state.shape;
    const N = n + action.shape[1];
    const total = (x: Traced, u: Traced) => np.sum(dynamics(x, u).reward);
    const local = (z: Traced) => {
      const [x, u] = [z.slice([], [0, n]), z.slice([], [n, N])];
      const gradients = grad(total, { argnums: [0, 1] })(x, u) as [Traced, Traced];
      return np.concatenate([dynamics(x, u).next, ...gradients], -1); // [N * H, 2n + m]
    };
    const middle = np.concatenate([state, action], -1).reshape([1, H, N]);
    const directions = np.eye(N).reshape([N, 1, N]);
    const everywhere = (x: Traced) => np.broadcastTo(x, [N, H, N]).reshape([N * H, N]);
    const [values, changes] = jvp(local, [everywhere(middle)], [everywhere(directions)]);
    return {
      changes: changes.reshape([N, H, n + N]),
      gradient: values.slice([0, H], [n, n + N]),
    };
  };
}

/** Expands with a program compiled at its first use, for each horizon. */
export function tracedExpander<S>(world: SmoothWorld<S>, dynamics: TracedDynamics, threads: number) {
  const program = compile(derivativesOf(dynamics), { name: `${world.name} derivatives`, threads });
  const n = world.coordinates.size;
  const m = world.action.low.length;

  return async (root: S, actions: Float64Array, horizon: number): Promise<Expansion> => {
    const expansion = emptyExpansion(world, actions, horizon);
    const weights = new Float64Array(horizon).fill(1);
    withoutDice(world.name, (rng) => {
      let state = root;
      expansion.states.set(world.coordinates.read(root));
      for (let h = 0; h < horizon; h++) {
        const action = Float32Array.from(actions.subarray(h * m, (h + 1) * m));
        const transition = stepAlong(world, state, action, rng, () => `step ${h} of the trajectory`);
        state = transition.state;
        expansion.states.set(world.coordinates.read(state), (h + 1) * n);
        expansion.rewards[h] = transition.reward;
        if (h + 1 < horizon) weights[h + 1] = weights[h] * transition.discount;
      }
    });
    const found = await program(
      tensor(Float32Array.from(expansion.states.subarray(0, horizon * n)), [horizon, n]),
      tensor(Float32Array.from(actions), [horizon, m]),
    );
    fill(expansion, found.changes.data as Float32Array, found.gradient.data as Float32Array, n, m);
    weights.forEach((weight, h) => {
      weighReward(expansion, h, weight);
    });
    return expansion;
  };
}

/** Sorts the program's numbers into an expansion. */
export function fill(
  expansion: Expansion,
  changes: Float32Array, // [N, H, 2n + m]
  gradient: Float32Array, // [H, n + m]
  n: number,
  m: number,
): void {
  const horizon = expansion.rewards.length;
  const width = 2 * n + m;
  for (let h = 0; h < horizon; h++) {
    for (let i = 0; i < n; i++) expansion.rewardByState[h * n + i] = gradient[h * (n + m) + i];
    for (let a = 0; a < m; a++) expansion.rewardByAction[h * m + a] = gradient[h * (n + m) + n + a];
    for (let i = 0; i < n + m; i++) {
      const row = (i * horizon + h) * width;
      for (let k = 0; k < n; k++) {
        const slope = changes[row + k];
        if (i < n) {
          expansion.stateByState[(h * n + k) * n + i] = slope;
          expansion.rewardByStateState[(h * n + k) * n + i] = changes[row + n + k];
        } else {
          expansion.stateByAction[(h * n + k) * m + i - n] = slope;
          expansion.rewardByActionState[(h * m + i - n) * n + k] = changes[row + n + k];
        }
      }
      if (i < n) continue;
      for (let a = 0; a < m; a++)
        expansion.rewardByActionAction[(h * m + a) * m + i - n] = changes[row + 2 * n + a];
    }
  }
}
