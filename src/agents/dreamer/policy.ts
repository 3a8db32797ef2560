/**
 * The actor's distribution over actions, as features: one-hot of a discrete action, and a box's numbers scaled to [-1, 1].
 *
 * Hafner et al., Mastering Diverse Domains through World Models (2023), "Actor learning", and its published program: 1 % of
 * the uniform distribution in discrete policies; continuous ones are normal, their mean through tanh, their standard
 * deviation in [0.1, 1]. Normal draws pressed through tanh: Hafner et al., Dream to Control (2019), appendix A. Normal ones between
 * the bounds alone: the published program of Hafner et al., Mastering Atari with Discrete World Models (2020).
 */
import { numpy as np } from '@jax-js/jax';
import { demand } from '../../core/errors.ts';
import type { Rng } from '../../core/rng.ts';
import {
  type Box,
  type Discrete,
  discrete,
  type Element,
  type Space,
  writeFeatures,
} from '../../core/spaces.ts';
import type { Traced } from '../../engine/tree.ts';
import {
  categorical,
  maskLogits,
  type Normal,
  normal,
  sigmoid,
  softplus,
  type TruncatedNormal,
  tanh,
  truncatedNormalDistribution,
} from '../../nn/index.ts';
import type { DreamerOptions } from './options.ts';

/** What can be chosen about it. */
export type PolicyOptions = Pick<DreamerOptions, 'policy' | 'unimix'>;

/** What an actor says in B states. F features an action. */
export interface Policy {
  /** The features of {@link sample}, to rounding, with gradients: of one-hot ones those of the probabilities. [B, F] */
  draw(dice: Traced): Traced;
  /** Features of a draw, without gradient. @param dice [B, dice] @returns [B, F] */
  sample(dice: Traced): Traced;
  /** Features of the likeliest action. [B, F] */
  mode(): Traced;
  /** Of features that were drawn. [B] */
  logProbability(features: Traced): Traced;
  /** In nats. [B] */
  entropy(): Traced;
}

export interface PolicyForm<A extends Space> {
  /** Numbers that the actor gives. */
  readonly outputs: number;
  /** Random numbers a draw takes. */
  readonly dice: number;
  /** Fills with dice. */
  fill(out: Float32Array, rng: Rng): Float32Array;
  /** @param raw [B, outputs] @param legal 1 = allowed [B, n]; for discrete actions */
  of(raw: Traced, legal?: Traced): Policy;
  /** The action at `features[offset ...]`, within the world's bounds. */
  action(features: Float32Array, offset: number): Element<A>;
  /** The features of an action, at `out[offset ...]`. */
  write(action: number | ArrayLike<number>, out: Float32Array, offset: number): void;
}

/** @throws InputError naming `where`, for a mixture of spaces or a box without bounds */
export function policyForm<A extends Space>(where: string, space: A, options: PolicyOptions): PolicyForm<A> {
  demand(
    space.kind === 'discrete' || space.kind === 'box',
    () =>
      `${where}: actions must be discrete, or a box, got ${(space as { kind?: string }).kind ?? 'a mixture'}. Make one space of them: a box whose numbers the world rounds, or one discrete action for each combination.`,
  );
  const form =
    space.kind === 'discrete' ? discreteForm(space.n, options.unimix) : boxForm(where, space, options.policy);
  return form as PolicyForm<A>;
}

function discreteForm(n: number, unimix: number): PolicyForm<Discrete> {
  const space = discrete(n);
  return {
    outputs: n,
    dice: 1,
    fill: (out, rng) => rng.fillUniform(out),
    of(raw, legal) {
      const choice = categorical(legal ? maskLogits(raw, legal) : raw, { unimix: legal ? 0 : unimix });
      const row = (dice: Traced) => dice.reshape(raw.shape.slice(0, -1));
      return {
        draw: (dice) => choice.straightThrough(row(dice)),
        sample: (dice) => choice.sample(row(dice)),
        mode: () => choice.mode(),
        logProbability: (features) => choice.logProbability(features),
        entropy: () => choice.entropy(),
      };
    },
    action: (features, offset) => features.subarray(offset, offset + n).indexOf(1),
    write: (action, out, offset) => writeFeatures(space, action, out, offset),
  };
}

function boxForm(where: string, { low, high }: Box, kind: PolicyOptions['policy']): PolicyForm<Box> {
  low.forEach((_, i) => {
    demand(
      Number.isFinite(low[i]) && Number.isFinite(high[i]),
      () =>
        `${where}: bounds of actions must be finite, got [${low[i]}, ${high[i]}] at element ${i}. Give the world bounds within which it is worth acting.`,
    );
  });
  const F = low.length;
  const middle = low.map((_, i) => (low[i] + high[i]) / 2);
  const reach = low.map((_, i) => (high[i] - low[i]) / 2);
  return {
    outputs: 2 * F,
    dice: F,
    fill: (out, rng) => rng.fillNormal(out),
    of(raw) {
      const [mean, spread] = np.split(raw, 2, -1);
      return BOX_POLICIES[kind](mean, spread);
    },
    action: (features, offset) =>
      low.map((_, i) => {
        const scaled = middle[i] + reach[i] * features[offset + i];
        return Math.min(high[i], Math.max(low[i], scaled));
      }),
    write(action, out, offset) {
      const numbers = action as ArrayLike<number>;
      for (let i = 0; i < F; i++) out[offset + i] = (numbers[i] - middle[i]) / reach[i];
    },
  };
}

const [LEAST_STD, GREATEST_STD] = [0.1, 1];

/** All [B, F]. */
function boundedNormal(mean: Traced, spread: Traced): Policy {
  const std = sigmoid(spread.add(2))
    .mul(GREATEST_STD - LEAST_STD)
    .add(LEAST_STD);
  return independent(normal(tanh(mean), std));
}

/** Standard deviations, of the whole distribution, in [0.1, 2.1]: at first 1.1. All [B, F]. */
function truncatedNormal(mean: Traced, spread: Traced): Policy {
  const std = sigmoid(spread.mul(0.5)).mul(2).add(LEAST_STD);
  return independent(truncatedNormalDistribution(tanh(mean), std, -1, 1));
}

function independent(each: Normal | TruncatedNormal): Policy {
  return {
    draw: (dice) => each.sample(dice),
    sample: (dice) => each.sample(dice),
    mode: () => each.mode(),
    logProbability: (features) => np.sum(each.logProbability(features), -1),
    entropy: () => np.sum(each.entropy(), -1),
  };
}

/** Means before tanh are kept within ±5, and standard deviations start at 5: nearly even over [-1, 1]. */
const REACH = 5;
const TANH_LEAST_STD = 1e-4;
const START = Math.log(Math.expm1(REACH));
/** Nearer to 1 than this, what was pressed through tanh cannot be told. */
const EDGE = 1e-6;

/** All [B, F]. Its entropy is that before tanh, which has no closed form after it. */
function tanhNormal(mean: Traced, spread: Traced): Policy {
  const std = softplus(spread.add(START)).add(TANH_LEAST_STD);
  const each = normal(tanh(mean.mul(1 / REACH)).mul(REACH), std);
  const draw = (dice: Traced) => tanh(each.sample(dice));
  return {
    draw,
    sample: draw,
    mode: () => tanh(each.mode()),
    logProbability(features) {
      const x = np.clip(features, EDGE - 1, 1 - EDGE);
      const before = np.log(x.add(1).div(np.subtract(1, x))).mul(0.5);
      return np.sum(each.logProbability(before).sub(np.log(np.subtract(1, np.square(x)))), -1);
    },
    entropy: () => np.sum(each.entropy(), -1),
  };
}

const BOX_POLICIES = { normal: boundedNormal, truncatedNormal, tanhNormal };
