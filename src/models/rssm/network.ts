/**
 * The networks of a recurrent state-space model.
 *
 * Hafner et al., Learning Latent Dynamics for Planning from Pixels (2019), section 3, for deterministic and stochastic state
 * side by side; Mastering Diverse Domains through World Models (2023), equation 3:
 *
 *   h_t = f(h_{t-1}, z_{t-1}, a_{t-1})    z_t ~ q(z_t | h_t, x_t)    ẑ_t ~ p(ẑ_t | h_t)
 *   and from (h_t, z_t): observation x̂_t, reward r̂_t, continuation ĉ_t
 *
 * Shapes: T moments, B sequences, D numbers an observation, F an action's features, H in h, S variables of C classes,
 * Z = S C in z, H + Z features.
 *
 * Differs from the paper: vectors only.
 */
import { numpy as np } from '@jax-js/jax';
import type { Rng } from '../../core/rng.ts';
import type { Traced, TracedTree } from '../../engine/tree.ts';
import { symexpBins } from '../../math/two-hot.ts';
import {
  bernoulli,
  type Categorical,
  categorical,
  type DenseParams,
  dense,
  klCategorical,
  type MlpParams,
  mlp,
  type NormParams,
  rmsNorm,
  silu,
  symlogSquash,
  twoHotDistribution,
  zeroInitialiser,
} from '../../nn/index.ts';
import type { RssmOptions } from './options.ts';
import { type CoreParams, recurrentCore } from './recurrent.ts';

export interface RssmParams {
  encoder: MlpParams; // [D, units]
  core: CoreParams;
  /** The posterior's hidden layer, of h and of the encoded observation apart: the latter for all moments at once. */
  posterior: { state: DenseParams; token: DenseParams; norm: NormParams; out: DenseParams };
  prior: MlpParams; // [H, Z]
  decoder: MlpParams; // [H + Z, D]
  reward: MlpParams; // [H + Z, bins]
  continuation: MlpParams; // [H + Z, 1]
}

export type TracedRssm = TracedTree<RssmParams>;

export interface RssmShape {
  /** Numbers an observation. */
  readonly D: number;
  /** Features of an action. */
  readonly F: number;
}

/** Of root mean squares. */
const EPSILON = 1e-4;

export function rssmNetwork({ D, F }: RssmShape, options: RssmOptions) {
  const { deterministic: H, variables: S, classes: C, hidden, units, unimix } = options;
  const Z = S * C;
  const hiddenLayers = (count: number, width: number) => new Array<number>(count).fill(width);
  const head = (layers: number, outputs: number, silent = false) =>
    mlp({
      sizes: [H + Z, ...hiddenLayers(layers, units), outputs],
      norm: 'rms',
      epsilon: EPSILON,
      ...(silent && { outputInitial: zeroInitialiser }),
    });
  const core = recurrentCore({
    deterministic: H,
    stochastic: Z,
    action: F,
    hidden,
    blocks: options.blocks,
    epsilon: EPSILON,
  });
  const nets = {
    encoder: mlp({
      sizes: [D, ...hiddenLayers(options.layers, units)],
      norm: 'rms',
      epsilon: EPSILON,
      activateOutput: true,
    }),
    posterior: {
      state: dense({ inputs: H, outputs: hidden, bias: false }),
      token: dense({ inputs: units, outputs: hidden }),
      norm: rmsNorm({ size: hidden, epsilon: EPSILON }),
      out: dense({ inputs: hidden, outputs: Z }),
    },
    prior: mlp({
      sizes: [H, ...hiddenLayers(options.priorLayers, hidden), Z],
      norm: 'rms',
      epsilon: EPSILON,
    }),
    decoder: head(options.layers, D),
    // rewards begin at 0 everywhere, not at a guess
    reward: head(options.headLayers, options.bins, true),
    continuation: head(options.headLayers, 1),
  };
  const bins = symexpBins(options.bins);
  const { squash, unsquash } = symlogSquash;

  const variables = (logits: Traced): Categorical =>
    categorical(logits.reshape([...logits.shape.slice(0, -1), S, C]), { unimix });
  const flat = (z: Traced): Traced => z.reshape([...z.shape.slice(0, -2), Z]);
  const withoutLast = (x: Traced): Traced => x.reshape(x.shape.slice(0, -1));

  const net = {
    D,
    F,
    H,
    S,
    Z,
    init: (rng: Rng): RssmParams => ({
      encoder: nets.encoder.init(rng),
      core: core.init(rng),
      posterior: {
        state: nets.posterior.state.init(rng),
        token: nets.posterior.token.init(rng),
        norm: nets.posterior.norm.init(rng),
        out: nets.posterior.out.init(rng),
      },
      prior: nets.prior.init(rng),
      decoder: nets.decoder.init(rng),
      reward: nets.reward.init(rng),
      continuation: nets.continuation.init(rng),
    }),

    /** What observations [..., D] give to the posterior. [..., hidden] */
    token: (params: TracedRssm, observations: Traced): Traced =>
      nets.posterior.token.apply(
        params.posterior.token,
        nets.encoder.apply(params.encoder, squash(observations)),
      ),

    /** The posterior's logits. [B, Z] */
    posterior(params: TracedRssm, h: Traced, token: Traced): Traced {
      const own = params.posterior;
      const sum = nets.posterior.state.apply(own.state, h).add(token);
      return nets.posterior.out.apply(own.out, silu(nets.posterior.norm.apply(own.norm, sum)));
    },

    /** The prior's logits. [..., Z] */
    prior: (params: TracedRssm, h: Traced): Traced => nets.prior.apply(params.prior, h),

    /** h' [B, H] from h [B, H], z [B, Z] and action features [B, F]. */
    recur: (params: TracedRssm, h: Traced, z: Traced, actions: Traced): Traced =>
      core.step(params.core, h, z, core.prepare(params.core, actions)),

    /** A draw whose gradient is that of the probabilities. @param dice in [0, 1) [..., S] @returns [..., Z] */
    sample: (logits: Traced, dice: Traced): Traced => flat(variables(logits).straightThrough(dice)),

    /** The likeliest classes. [..., Z] */
    mode: (logits: Traced): Traced => flat(variables(logits).mode()),

    /** KL(p || q) over all variables, in nats. [...] */
    divergence: (p: Traced, q: Traced): Traced => np.sum(klCategorical(variables(p), variables(q)), -1),

    /** Over all variables, in nats. [...] */
    entropy: (logits: Traced): Traced => np.sum(variables(logits).entropy(), -1),

    /** What features [..., H + Z] look like, on the scale of symlog. [..., D] */
    decode: (params: TracedRssm, features: Traced): Traced => nets.decoder.apply(params.decoder, features),
    squash,
    unsquash,

    /** The reward of the step that led here. [...] */
    reward: (params: TracedRssm, features: Traced) =>
      twoHotDistribution(nets.reward.apply(params.reward, features), bins),

    /** Whether the episode goes on from here. [...] */
    continuation: (params: TracedRssm, features: Traced) =>
      bernoulli(withoutLast(nets.continuation.apply(params.continuation, features))),

    /**
     * The states along sequences that were seen. The state is forgotten where an episode begins.
     * @param actions features of the action taken before each moment [T, B, F]
     * @param first 1 where an episode begins [T, B]
     * @param dice [T, B, S]
     */
    observe(params: TracedRssm, { observations, actions, first, dice }: Seen) {
      const [T, B] = first.shape;
      const keep = np.subtract(1, first).reshape([T, B, 1]);
      const tokens = net.token(params, observations);
      const prepared = core.prepare(params.core, actions.mul(keep));
      let h = np.zeros([B, H]);
      let z = np.zeros([B, Z]);
      const hs: Traced[] = [];
      const zs: Traced[] = [];
      const logits: Traced[] = [];
      for (let t = 0; t < T; t++) {
        const kept = keep.slice(t);
        h = core.step(params.core, h.mul(kept), z.mul(kept), prepared.slice(t));
        const raw = net.posterior(params, h, tokens.slice(t));
        z = net.sample(raw, dice.slice(t));
        hs.push(h);
        zs.push(z);
        logits.push(raw);
      }
      const deterministic = np.stack(hs, 0);
      return {
        /** [T, B, H + Z] */
        features: net.join(deterministic, np.stack(zs, 0)),
        /** Logits. [T, B, Z] */
        posterior: np.stack(logits, 0),
        /** Logits. [T, B, Z] */
        prior: net.prior(params, deterministic),
      };
    },

    /** State and features are the same numbers. [..., H], [..., Z] -> [..., H + Z] */
    join: (h: Traced, z: Traced): Traced => np.concatenate([h, z], -1),

    /** One imagined step: features [B, H + Z] to features. @param dice [B, S] */
    imagine(params: TracedRssm, features: Traced, actions: Traced, dice: Traced): Traced {
      const h = net.recur(params, features.slice([], [0, H]), features.slice([], [H, H + Z]), actions);
      return net.join(h, net.sample(net.prior(params, h), dice));
    },
  };
  return net;
}

/** Sequences as the model is shown them. */
export interface Seen {
  observations: Traced; // [T, B, D]
  actions: Traced; // [T, B, F]
  first: Traced; // [T, B]
  dice: Traced; // [T, B, S]
}

export type RssmNetwork = ReturnType<typeof rssmNetwork>;
