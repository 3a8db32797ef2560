/**
 * Trajectories of an ensemble and what lies around them, for planners by derivatives: by the mean of all elites' means,
 * without noise, in one program for all steps.
 *
 * Derivatives as in models/expansion/traced.ts; a feedback is followed as in Tassa, Erez, Todorov, Synthesis and
 * Stabilization of Complex Behaviors through Online Trajectory Optimization (2012), eq. 13.
 * Shapes: H steps, D numbers an observation, F an action, N = D + F, S scales.
 */
import { numpy as np } from '@jax-js/jax';
import { demand } from '../../core/errors.ts';
import type { Expansion, Feedback, Tracked } from '../../core/model.ts';
import type { Box } from '../../core/spaces.ts';
import { compile, tensor } from '../../engine/index.ts';
import type { Traced } from '../../engine/tree.ts';
import { derivativesOf, fill } from '../expansion/traced.ts';
import { emptyExpansion, weighReward } from '../expansion/trajectory.ts';
import type { Network, NetworkParams, Scaling, TracedParams, TracedScaling } from './network.ts';

/** From root [D] and actions [H, F] to the trajectory by means, and the derivatives along it. */
function expansionOf(network: Network) {
  return (params: TracedParams, scaling: TracedScaling, root: Traced, actions: Traced) => {
    const [H, F] = actions.shape;
    const dynamics = (state: Traced, action: Traced) => network.meanStep(params, scaling, state, action);
    const states = [root.reshape([1, root.shape[0]])];
    const rewards: Traced[] = [];
    const discounts: Traced[] = [];
    for (let h = 0; h < H; h++) {
      const { next, reward, discount } = dynamics(states[h], actions.slice(h).reshape([1, F]));
      states.push(next);
      rewards.push(reward);
      discounts.push(discount ?? np.onesLike(reward));
    }
    return {
      states: np.concatenate(states, 0), // [H + 1, D]
      rewards: np.concatenate(rewards, 0), // [H]
      discounts: np.concatenate(discounts, 0), // [H]
      ...derivativesOf(dynamics)(np.concatenate(states.slice(0, H), 0), actions),
    };
  };
}

/** Follows a feedback (Tassa 2012, eq. 13) for every scale at once. */
function trackingOf(network: Network, { low, high }: Box) {
  return (
    params: TracedParams,
    scaling: TracedScaling,
    root: Traced, // [D]
    actions: Traced, // [H, F]
    states: Traced, // [H + 1, D]
    offsets: Traced, // [H, F]
    gains: Traced, // [H, F, D]
    scales: Traced, // [S]
  ) => {
    const [H, F] = actions.shape;
    const D = root.shape[0];
    const S = scales.shape[0];
    const [least, most] = [low, high].map((bound) => np.array([...bound]));
    const scale = scales.reshape([S, 1]);
    let state = np.broadcastTo(root.reshape([1, D]), [S, D]);
    let value = np.zeros([S]);
    let weight = np.ones([S]);
    const taken: Traced[] = [];
    const reached: Traced[] = [state];
    for (let h = 0; h < H; h++) {
      const astray = state.sub(states.slice(h).reshape([1, D]));
      const answer = np.matmul(astray, np.transpose(gains.slice(h)));
      const wanted = actions
        .slice(h)
        .reshape([1, F])
        .add(scale.mul(offsets.slice(h).reshape([1, F])))
        .add(answer);
      const action = np.minimum(np.maximum(wanted, least), most);
      const { next, reward, discount } = network.meanStep(params, scaling, state, action);
      value = value.add(weight.mul(reward));
      if (discount) weight = weight.mul(discount);
      state = next;
      taken.push(action);
      reached.push(next);
    }
    return { actions: np.stack(taken, 1), states: np.stack(reached, 1), value }; // [S, H, F], [S, H + 1, D], [S]
  };
}

/** What the ensemble answers to `expand` and `track`, given its networks as they are at the time. */
export function expanding(network: Network, D: number, action: Box, threads: number) {
  const F = action.low.length;
  const expansion = compile(expansionOf(network), { name: 'ensembleExpansion', threads });
  const tracking = compile(trackingOf(network, action), { name: 'ensembleTracking', threads });
  const shape = { name: 'ensemble', coordinates: { size: D }, action };
  const floats = (numbers: ArrayLike<number>, shape: number[]) => tensor(Float32Array.from(numbers), shape);

  return {
    async expand(
      params: NetworkParams,
      scaling: Scaling,
      root: Float32Array, // [D]
      actions: Float64Array, // [H, F]
      horizon: number,
    ): Promise<Expansion> {
      const out = emptyExpansion(shape, actions, horizon);
      const found = await expansion(params, scaling, tensor(root), floats(actions, [horizon, F]));
      out.states.set(found.states.data as Float32Array);
      out.rewards.set(found.rewards.data as Float32Array);
      fill(out, found.changes.data as Float32Array, found.gradient.data as Float32Array, D, F);
      let weight = 1;
      for (let h = 0; h < horizon; h++) {
        weighReward(out, h, weight);
        weight *= found.discounts.data[h];
      }
      return out;
    },

    async track(
      params: NetworkParams,
      scaling: Scaling,
      root: Float32Array, // [D]
      { actions, states, offsets, gains }: Feedback,
      scales: readonly number[],
    ): Promise<Tracked[]> {
      const H = actions.length / F;
      demand(
        Number.isInteger(H) && states.length === (H + 1) * D,
        () =>
          `ensemble: track needs H x ${F} numbers of actions and (H + 1) x ${D} of states, got ${actions.length} and ${states.length}.`,
      );
      const found = await tracking(
        params,
        scaling,
        tensor(root),
        floats(actions, [H, F]),
        floats(states, [H + 1, D]),
        floats(offsets, [H, F]),
        floats(gains, [H, F, D]),
        floats(scales, [scales.length]),
      );
      const part = (of: { readonly data: ArrayLike<number> }, s: number, size: number) =>
        Float64Array.from((of.data as Float32Array).subarray(s * size, (s + 1) * size));
      return scales.map((_, s) => ({
        actions: part(found.actions, s, H * F),
        states: part(found.states, s, (H + 1) * D),
        value: found.value.data[s],
      }));
    },
  };
}
