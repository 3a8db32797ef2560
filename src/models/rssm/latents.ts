/**
 * The stochastic state: categorical variables, or normal ones.
 *
 * Categorical, with straight-through gradients: Hafner et al., Mastering Atari with Discrete World Models (2020), algorithm 1.
 * The share of the uniform distribution: Hafner et al., Mastering Diverse Domains through World Models (2023).
 * Normal, with reparametrised draws: Hafner et al., Dream to Control (2019), section 4 and appendix A; standard deviations are
 * softplus + 0.1.
 *
 * S variables of C classes, Z numbers in a draw. What a network says of them is called raw: logits [..., S C], or means
 * and spreads [..., 2 S].
 */
import { numpy as np } from '@jax-js/jax';
import type { Rng } from '../../core/rng.ts';
import type { Traced } from '../../engine/tree.ts';
import {
  type Categorical,
  categorical,
  klCategorical,
  klNormal,
  type Normal,
  normal,
  softplus,
} from '../../nn/index.ts';
import type { RssmOptions } from './options.ts';

export interface Latents {
  /** Z. */
  readonly size: number;
  /** Numbers in raw. */
  readonly outputs: number;
  /** Random numbers a draw takes. */
  readonly dice: number;
  /** Fills with dice. */
  fill(out: Float32Array, rng: Rng): Float32Array;
  /** A draw that carries gradients. @param dice [..., dice] @returns [..., Z] */
  sample(raw: Traced, dice: Traced): Traced;
  /** The likeliest. [..., Z] */
  mode(raw: Traced): Traced;
  /** KL(p || q) over all variables, in nats. [...] */
  divergence(p: Traced, q: Traced): Traced;
  /** Over all variables, in nats. [...] */
  entropy(raw: Traced): Traced;
  /**
   * How much of a variable is put to use over all that raw speaks of, a mean over variables: of categorical ones the perplexity of
   * their classes, from 1 (always the same) to C (all alike); of normal ones the share of their variance that
   * comes of what was seen, from 0 (noise alone) to 1. []
   */
  use(raw: Traced): Traced;
}

type LatentOptions = Pick<RssmOptions, 'latents' | 'variables' | 'classes' | 'unimix'>;

export function latentsOf({ latents, variables: S, classes: C, unimix }: LatentOptions): Latents {
  return latents === 'categorical' ? categoricalLatents(S, C, unimix) : normalLatents(S);
}

function categoricalLatents(S: number, C: number, unimix: number): Latents {
  const size = S * C;
  const variables = (logits: Traced): Categorical =>
    categorical(logits.reshape([...logits.shape.slice(0, -1), S, C]), { unimix });
  const flat = (z: Traced): Traced => z.reshape([...z.shape.slice(0, -2), size]);
  return {
    size,
    outputs: size,
    dice: S,
    fill: (out, rng) => rng.fillUniform(out),
    sample: (raw, dice) => flat(variables(raw).straightThrough(dice)),
    mode: (raw) => flat(variables(raw).mode()),
    divergence: (p, q) => np.sum(klCategorical(variables(p), variables(q)), -1),
    entropy: (raw) => np.sum(variables(raw).entropy(), -1),
    use(raw) {
      const probabilities = variables(raw).probabilities.reshape([-1, S, C]);
      const overall = np.mean(probabilities, 0); // [S, C]
      // a class that is never drawn adds nothing
      const surprise = np.log(np.maximum(overall, LEAST_SHARE)).neg();
      return np.mean(np.exp(np.sum(overall.mul(surprise), -1)));
    },
  };
}

const LEAST_SHARE = 1e-20;
const LEAST_STD = 0.1;

function normalLatents(S: number): Latents {
  const variables = (raw: Traced): Normal => {
    const [mean, spread] = np.split(raw, 2, -1);
    return normal(mean, softplus(spread).add(LEAST_STD));
  };
  return {
    size: S,
    outputs: 2 * S,
    dice: S,
    fill: (out, rng) => rng.fillNormal(out),
    sample: (raw, dice) => variables(raw).sample(dice),
    mode: (raw) => variables(raw).mode(),
    divergence: (p, q) => np.sum(klNormal(variables(p), variables(q)), -1),
    entropy: (raw) => np.sum(variables(raw).entropy(), -1),
    use(raw) {
      const each = variables(raw);
      const rows = (x: Traced): Traced => x.reshape([-1, S]);
      const means = rows(each.mean());
      const told = np.mean(np.square(means.sub(np.mean(means, 0))), 0); // [S]
      const noise = np.mean(np.square(rows(each.std())), 0); // [S]
      return np.mean(told.div(told.add(noise)));
    },
  };
}
