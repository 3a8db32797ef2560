/**
 * The networks of an ensemble: what they say, what it costs to be wrong, and how an imagined sequence unfolds.
 *
 * Chua et al., Deep Reinforcement Learning in a Handful of Trials using Probabilistic Dynamics Models (2018): loss eq. 1,
 * bounds appendix A.1, propagation section 5.
 * Shapes: E members, B rows, D numbers an observation, F numbers an action as features, T targets, K candidates,
 * H steps, P particles.
 *
 * Differs from the paper: targets are scaled to unit spread like inputs; weights decay decoupled from the gradient; the
 * reward, where learned, is one more target, and enters returns by its mean, and so is the cost.
 */
import { numpy as np } from '@jax-js/jax';
import type { Rng } from '../../core/rng.ts';
import { feature, type TracedCost, type TracedDiscount, type TracedReward } from '../../engine/rules.ts';
import type { Tensor } from '../../engine/tensor.ts';
import type { Traced, TracedTree } from '../../engine/tree.ts';
import {
  boundLogVariance,
  type MlpParams,
  mlp,
  petsInitialiser,
  ensemble as sideBySide,
  sigmoid,
  softplus,
  type VarianceBounds,
  varianceBounds,
  varianceBoundsCost,
} from '../../nn/index.ts';

/** What is given rather than learned. */
export interface Rules {
  /** Default: the reward is learned together with the change of the observation. */
  readonly reward?: TracedReward;
  /** What multiplies the future after a step: 0 at the end. `learned` to learn it. Default: the world never ends. */
  readonly discount?: TracedDiscount | 'learned';
  /** `learned` to learn it together with the change of the observation. Default: nothing is forbidden, no costs are told. */
  readonly cost?: TracedCost | 'learned';
}

/** Where the numbers of a data set lie: inputs and targets are centred and scaled by these. */
export interface Scaling {
  readonly inputMean: Tensor; // [D + F]
  readonly inputSpread: Tensor; // [D + F]
  readonly targetMean: Tensor; // [T]
  readonly targetSpread: Tensor; // [T]
}

export interface NetworkParams {
  readonly layers: MlpParams; // [E, ...]
  readonly bounds: VarianceBounds; // [T]
}

export interface NetworkShape {
  readonly D: number;
  readonly F: number;
  readonly hidden: readonly number[];
  readonly probabilistic: boolean;
  readonly rules: Rules;
}

/** Weight of the bounds in the loss, as in PETS's published program. */
const BOUNDS_WEIGHT = 0.01;

/** What the networks of E members say about rows [E, B, ...]. */
export interface Prediction {
  /** Of the change of the observation, in its own units. [E, B, D] */
  readonly mean: Traced;
  /** Standard deviation, same shape and units; undefined where it is not predicted. */
  readonly spread?: Traced;
  /** [E, B]; undefined where the reward is given. */
  readonly reward?: Traced;
  /** [E, B]; undefined where the ending is given. */
  readonly discount?: Traced;
  /** Never below 0. [E, B]; undefined where the cost is not learned. */
  readonly cost?: Traced;
}

export type TracedParams = TracedTree<NetworkParams>;
export type TracedScaling = TracedTree<Scaling>;

export function network({ D, F, hidden, probabilistic, rules }: NetworkShape) {
  const learnsReward = rules.reward === undefined;
  const learnsEnd = rules.discount === 'learned';
  const learnsCost = rules.cost === 'learned';
  /** Numbers fitted as real: the change of the observation, the reward and the cost. */
  const T = D + (learnsReward ? 1 : 0) + (learnsCost ? 1 : 0);
  const outputs = T * (probabilistic ? 2 : 1) + (learnsEnd ? 1 : 0);
  const member = mlp({ sizes: [D + F, ...hidden, outputs], activation: 'silu', initial: petsInitialiser });

  /** Means and log variances of scaled targets, and the logit of going on. [E, B, T], [E, B, T], [E, B] */
  const apply = (params: TracedParams, scaling: TracedScaling, inputs: Traced) => {
    const E = params.layers.layers[0].dense.weight.shape[0];
    const scaled = inputs.sub(scaling.inputMean).div(scaling.inputSpread);
    const out = sideBySide(member, E).apply(params.layers, scaled);
    return {
      mean: out.slice([], [], [0, T]),
      logVariance: probabilistic ? boundLogVariance(out.slice([], [], [T, 2 * T]), params.bounds) : undefined,
      goesOn: learnsEnd ? out.slice([], [], outputs - 1) : undefined,
    };
  };

  /** In the observation's own units. Inputs [E, B, D + F]. */
  const predict = (params: TracedParams, scaling: TracedScaling, inputs: Traced): Prediction => {
    const { mean, logVariance, goesOn } = apply(params, scaling, inputs);
    const own = mean.mul(scaling.targetSpread).add(scaling.targetMean);
    const spread = logVariance && np.exp(logVariance.mul(0.5)).mul(scaling.targetSpread);
    return {
      mean: own.slice([], [], [0, D]),
      spread: spread?.slice([], [], [0, D]),
      reward: learnsReward ? feature(own, D) : undefined,
      discount: goesOn && sigmoid(goesOn),
      cost: learnsCost ? np.maximum(feature(own, T - 1), 0) : undefined,
    };
  };

  /** What is said of rows, and the squared errors of its means in units of the targets' spread. [E, B, T] */
  const compare = (params: TracedParams, scaling: TracedScaling, inputs: Traced, targets: Traced) => {
    const { mean, ...said } = apply(params, scaling, inputs);
    const wanted = targets.sub(scaling.targetMean).div(scaling.targetSpread);
    return { ...said, squares: np.square(mean.sub(wanted)) };
  };

  /**
   * The loss of each member [E], to be summed: mean over rows of the negative log-likelihood (Chua 2018, eq. 1) or of
   * the squared error, and the cross entropy of going on.
   * @param targets changes of the observation, then the reward and the cost if learned, unscaled [E, B, T]
   * @param discounts [E, B]
   */
  const loss = (
    params: TracedParams,
    scaling: TracedScaling,
    inputs: Traced,
    targets: Traced,
    discounts: Traced,
  ): Traced => {
    const { squares, logVariance, goesOn } = compare(params, scaling, inputs, targets);
    const each = logVariance ? squares.mul(np.exp(logVariance.neg())).add(logVariance) : squares;
    let total = np.mean(each, [1, 2]); // [E]
    if (goesOn) total = total.add(np.mean(softplus(goesOn).sub(goesOn.mul(discounts)), 1));
    return total;
  };

  /** The loss, summed over members, with what the bounds of the variance cost. */
  const totalLoss = (
    params: TracedParams,
    scaling: TracedScaling,
    inputs: Traced,
    targets: Traced,
    discounts: Traced,
  ): Traced => {
    const sum = np.sum(loss(params, scaling, inputs, targets, discounts));
    return probabilistic ? sum.add(varianceBoundsCost(params.bounds).mul(BOUNDS_WEIGHT)) : sum;
  };

  /**
   * Mean squared error of each member over weighted rows, in units of the targets' spread; an ending is off by the
   * square of the probability it was denied. [E]
   * @param weights 1 for rows that count, 0 for those that fill up [E, B]
   */
  const error = (
    params: TracedParams,
    scaling: TracedScaling,
    inputs: Traced,
    targets: Traced,
    discounts: Traced,
    weights: Traced,
  ): Traced => {
    const { squares, goesOn } = compare(params, scaling, inputs, targets);
    let rows = np.mean(squares, 2); // [E, B]
    if (goesOn) rows = rows.add(np.square(sigmoid(goesOn).sub(discounts)));
    return np.sum(rows.mul(weights), 1);
  };

  /** One step of rows [E, B, D] under actions [E, B, F]; noise [E, B, D] where members say how unsure they are. */
  const step = (
    params: TracedParams,
    scaling: TracedScaling,
    observations: Traced,
    actions: Traced,
    noise?: Traced,
  ) => {
    const { mean, spread, reward, discount, cost } = predict(
      params,
      scaling,
      np.concatenate([observations, actions], -1),
    );
    const change = spread && noise ? mean.add(spread.mul(noise)) : mean;
    const next = observations.add(change);
    return {
      next,
      reward: rules.reward ? rules.reward(observations, actions, next) : reward!,
      discount: typeof rules.discount === 'function' ? rules.discount(next) : discount,
      cost: typeof rules.cost === 'function' ? rules.cost(observations, actions, next) : cost,
    };
  };

  /**
   * One step by the mean of all members' means; the cost is the greatest of what the members, each by its own mean,
   * would be charged. Observations [B, D], actions [B, F].
   */
  const meanStep = (params: TracedParams, scaling: TracedScaling, observations: Traced, actions: Traced) => {
    const E = params.layers.layers[0].dense.weight.shape[0];
    const B = observations.shape[0];
    const inputs = np.concatenate([observations, actions], -1);
    const everywhere = np.broadcastTo(inputs.reshape([1, B, D + F]), [E, B, D + F]);
    const { mean, reward, discount, cost } = predict(params, scaling, everywhere);
    const next = observations.add(np.mean(mean, 0));
    const charge = () => {
      if (typeof rules.cost !== 'function') return cost && np.max(cost, 0);
      const start = everywhere.slice([], [], [0, D]);
      return np.max(rules.cost(start, everywhere.slice([], [], [D, D + F]), start.add(mean)), 0);
    };
    return {
      next,
      reward: rules.reward ? rules.reward(observations, actions, next) : np.mean(reward!, 0),
      discount:
        typeof rules.discount === 'function' ? rules.discount(next) : discount && np.mean(discount, 0),
      cost: charge(),
    };
  };

  return {
    T,
    learnsReward,
    learnsCost,
    tellsCosts: rules.cost !== undefined,
    init: (rng: Rng, E: number): NetworkParams => ({
      layers: sideBySide(member, E).init(rng),
      bounds: varianceBounds(T),
    }),
    totalLoss,
    loss,
    error,
    step,
    meanStep,
  };
}

export type Network = ReturnType<typeof network>;
