/**
 * The actor's distribution over actions, as features: one-hot of a discrete action, and a box's numbers scaled to [-1, 1].
 *
 * Hafner et al., Mastering Diverse Domains through World Models (2023), "Actor learning", and its published program: 1 % of
 * the uniform distribution in discrete policies; continuous ones are normal, their mean through tanh, their standard
 * deviation in [0.1, 1].
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
import { categorical, maskLogits, normal, sigmoid, tanh } from '../../nn/index.ts';

/** What an actor says in B states. F features an action. */
export interface Policy {
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

const [LEAST_STD, GREATEST_STD] = [0.1, 1];

/** @throws InputError naming `where`, for a mixture of spaces or a box without bounds */
export function policyForm<A extends Space>(where: string, space: A, unimix: number): PolicyForm<A> {
  demand(
    space.kind === 'discrete' || space.kind === 'box',
    () =>
      `${where}: actions must be discrete, or a box, got ${(space as { kind?: string }).kind ?? 'a mixture'}. Make one space of them: a box whose numbers the world rounds, or one discrete action for each combination.`,
  );
  const form = space.kind === 'discrete' ? discreteForm(space.n, unimix) : boxForm(where, space);
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
      return {
        sample: (dice) => choice.sample(dice.reshape(raw.shape.slice(0, -1))),
        mode: () => choice.mode(),
        logProbability: (features) => choice.logProbability(features),
        entropy: () => choice.entropy(),
      };
    },
    action: (features, offset) => features.subarray(offset, offset + n).indexOf(1),
    write: (action, out, offset) => writeFeatures(space, action, out, offset),
  };
}

function boxForm(where: string, { low, high }: Box): PolicyForm<Box> {
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
      const std = sigmoid(raw.slice([], [F, 2 * F]).add(2))
        .mul(GREATEST_STD - LEAST_STD)
        .add(LEAST_STD);
      const each = normal(tanh(raw.slice([], [0, F])), std);
      return {
        sample: (dice) => each.sample(dice),
        mode: () => each.mode(),
        logProbability: (features) => np.sum(each.logProbability(features), -1),
        entropy: () => np.sum(each.entropy(), -1),
      };
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
