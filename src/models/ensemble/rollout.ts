/**
 * Imagined sequences, scored in one program: all steps, members, candidates and particles of a chunk of candidates.
 *
 * Shapes: E members, C candidates in a chunk, Q = P / E particles a member and candidate, H steps, D, F as in network.ts.
 * Rows of a member: [C, Q], candidates outermost.
 */
import { numpy as np } from '@jax-js/jax';
import type { Traced } from '../../engine/tree.ts';
import { gradientOf } from '../sequence-gradient.ts';
import type { Network, TracedParams, TracedScaling } from './network.ts';

/** What candidates are worth, and what they cost where the network tells it. A type, so that it is a tree. */
export type TracedScores = {
  readonly returns: Traced; // [C]
  readonly costs?: Traced; // [C]
};

/** Adds up rewards, and costs where there are any, while the world goes on. */
function tally(rows: readonly number[]) {
  let total = np.zeros([...rows]);
  let charged: Traced | undefined;
  let weight: Traced | undefined;
  return {
    add(reward: Traced, discount: Traced | undefined, cost: Traced | undefined) {
      total = total.add(weight ? weight.mul(reward) : reward);
      if (cost) {
        const now = weight ? weight.mul(cost) : cost;
        charged = charged ? charged.add(now) : now;
      }
      if (discount) weight = weight ? weight.mul(discount) : discount;
    },
    total: () => total,
    charged: () => charged,
  };
}

/** Returns on average over particles [E, C, Q]; costs as `judged` makes them [C] of theirs. */
function scores(
  sum: ReturnType<typeof tally>,
  shape: [E: number, C: number, Q: number],
  judged: (costs: Traced) => Traced,
): TracedScores {
  const returns = np.mean(sum.total().reshape(shape), [0, 2]);
  const charged = sum.charged();
  return charged ? { returns, costs: judged(charged.reshape(shape)) } : { returns };
}

/** The action features of step h, once for each particle: [C, H, F] -> [C * Q, F]. */
function actionsAt(actions: Traced, h: number, Q: number): Traced {
  const [C, , F] = actions.shape;
  const now = actions.slice([], h).reshape([C, 1, F]);
  return np.broadcastTo(now, [C, Q, F]).reshape([C * Q, F]);
}

/**
 * Scores of candidates when every particle keeps its member. The cost is that of the pessimistic member: the greatest
 * over members of the mean over a member's particles.
 * @param root [D]
 * @param actions features [C, H, F]
 * @param noise [H, E, C * Q, D]
 */
export function fixedMemberReturns(network: Network, Q: number) {
  return (
    params: TracedParams,
    scaling: TracedScaling,
    root: Traced,
    actions: Traced,
    noise: Traced,
  ): TracedScores => {
    const [H, E, rows, D] = noise.shape;
    let state = np.broadcastTo(root.reshape([1, 1, D]), [E, rows, D]);
    const sum = tally([E, rows]);
    for (let h = 0; h < H; h++) {
      const now = actionsAt(actions, h, Q);
      const everywhere = np.broadcastTo(now.reshape([1, ...now.shape]), [E, ...now.shape]);
      const { next, reward, discount, cost } = network.step(
        params,
        scaling,
        state,
        everywhere,
        noise.slice(h),
      );
      sum.add(reward, discount, cost);
      state = next;
    }
    return scores(sum, [E, rows / Q, Q], (costs) => np.max(np.mean(costs, 2), 0));
  };
}

/**
 * Scores of candidates when every particle goes to another member at each step. No particle is a member's own, so the
 * pessimist is a particle: the cost is the greatest of all.
 * @param order which row of all [E * C * Q] comes to which place of [E, C * Q] before each step [H, E * C * Q]
 * @param back the place that each row of the particles' own order went to [H, E * C * Q]
 */
export function everyStepReturns(network: Network, Q: number) {
  return (
    params: TracedParams,
    scaling: TracedScaling,
    root: Traced,
    actions: Traced,
    noise: Traced,
    order: Traced,
    back: Traced,
  ): TracedScores => {
    const [H, E, rows, D] = noise.shape;
    const F = actions.shape[2];
    let state = np.broadcastTo(root.reshape([1, D]), [E * rows, D]);
    const sum = tally([E * rows]);
    for (let h = 0; h < H; h++) {
      const now = actionsAt(actions, h, Q).reshape([1, rows, F]);
      const all = np.broadcastTo(now, [E, rows, F]).reshape([E * rows, F]);
      const there = order.slice(h);
      const moved = np.take(state, there, 0).reshape([E, rows, D]);
      const { next, reward, discount, cost } = network.step(
        params,
        scaling,
        moved,
        np.take(all, there, 0).reshape([E, rows, F]),
        noise.slice(h),
      );
      const home = back.slice(h);
      const bring = (x: Traced) => np.take(x.reshape([E * rows]), home, 0);
      sum.add(bring(reward), discount && bring(discount), cost && bring(cost));
      state = np.take(next.reshape([E * rows, D]), home, 0);
    }
    return scores(sum, [E, rows / Q, Q], (costs) => np.max(costs, [0, 2]));
  };
}

/**
 * Scores of candidates by the mean of all members' means; the pessimist may be another member at each step. Actions
 * [C, H, F].
 */
export function meanReturns(network: Network) {
  return (params: TracedParams, scaling: TracedScaling, root: Traced, actions: Traced): TracedScores => {
    const [C, H] = actions.shape;
    let state = np.broadcastTo(root.reshape([1, root.shape[0]]), [C, root.shape[0]]);
    const sum = tally([C]);
    for (let h = 0; h < H; h++) {
      const { next, reward, discount, cost } = network.meanStep(params, scaling, state, actions.slice([], h));
      sum.add(reward, discount, cost);
      state = next;
    }
    const costs = sum.charged();
    return { returns: sum.total(), ...(costs && { costs }) };
  };
}

/** {@link meanReturns}, and how they change with the action features: [C, H, F] -> returns [C], gradients [C, H, F]. */
export function meanGradient(network: Network) {
  const returnsOf = meanReturns(network);
  return (params: TracedParams, scaling: TracedScaling, root: Traced, actions: Traced) =>
    gradientOf((features) => returnsOf(params, scaling, root, features).returns, actions);
}

/** One step of particles, each by all members, and by their mean: the caller picks. Observations [B, D], noise [E, B, D]. */
export function stepEverywhere(network: Network) {
  return (
    params: TracedParams,
    scaling: TracedScaling,
    observations: Traced,
    actions: Traced,
    noise: Traced,
  ) => {
    const [E, B, D] = noise.shape;
    const everywhere = (x: Traced) => np.broadcastTo(x.reshape([1, ...x.shape]), [E, ...x.shape]);
    const each = network.step(params, scaling, everywhere(observations), everywhere(actions), noise);
    const mean = network.meanStep(params, scaling, observations, actions);
    const goOn = (rows: readonly number[]) => np.ones([...rows]);
    return {
      next: np.concatenate([each.next, mean.next.reshape([1, B, D])], 0), // [E + 1, B, D]
      reward: np.concatenate([each.reward, mean.reward.reshape([1, B])], 0), // [E + 1, B]
      discount: np.concatenate(
        [each.discount ?? goOn([E, B]), (mean.discount ?? goOn([B])).reshape([1, B])],
        0,
      ),
      ...(each.cost && mean.cost && { cost: np.concatenate([each.cost, mean.cost.reshape([1, B])], 0) }), // [E + 1, B]
    };
  };
}
