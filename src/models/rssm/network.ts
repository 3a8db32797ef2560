/**
 * The networks of a recurrent state-space model.
 *
 * Hafner et al., Learning Latent Dynamics for Planning from Pixels (2019), section 3, for deterministic and stochastic state
 * side by side; Mastering Diverse Domains through World Models (2023), "World model learning":
 *
 *   h_t = f(h_{t-1}, z_{t-1}, a_{t-1})    z_t ~ q(z_t | h_t, x_t)    ẑ_t ~ p(ẑ_t | h_t)
 *   and from (h_t, z_t): observation x̂_t, reward r̂_t, continuation ĉ_t
 *
 * Shapes: T moments, B sequences, D numbers an observation, F an action's features, H in h, Z in z, H + Z features.
 */
import { numpy as np } from '@jax-js/jax';
import type { Rng } from '../../core/rng.ts';
import type { Part } from '../../core/spaces.ts';
import type { Traced, TracedTree } from '../../engine/tree.ts';
import { symexpBins } from '../../math/two-hot.ts';
import {
  activations,
  bernoulli,
  type DenseParams,
  dense,
  type MlpParams,
  mlp,
  type NormParams,
  normOf,
  twoHotDistribution,
  zeroInitialiser,
} from '../../nn/index.ts';
import { latentsOf } from './latents.ts';
import type { RssmOptions } from './options.ts';
import { blockCore, type CoreParams, gruCore, type RecurrentCore } from './recurrent.ts';
import { type DecoderParams, type EncoderParams, sensesOf } from './senses.ts';

export interface RssmParams {
  encoder: EncoderParams; // [D, size]
  core: CoreParams;
  /** The posterior's hidden layer, of h and of the encoded observation apart: the latter for all moments at once. */
  posterior: { state: DenseParams; token: DenseParams; norm?: NormParams; out: DenseParams };
  prior: MlpParams; // [H, raw]
  decoder: DecoderParams; // [H + Z, D]
  reward: MlpParams; // [H + Z, bins or 1]
  continuation: MlpParams; // [H + Z, 1]
}

export type TracedRssm = TracedTree<RssmParams>;

export interface RssmShape {
  /** Numbers an observation. */
  readonly D: number;
  /** What those are (see `encodable`); a vector where absent. */
  readonly parts?: readonly Part[];
  /** Features of an action. */
  readonly F: number;
}

/** Of normalisations. */
const EPSILON = 1e-4;

/** A normal distribution of standard deviation 1, its constant left out: half the squared error. */
export function unitNormal(mean: Traced): Foreseen {
  return { mean: () => mean, logProbability: (value) => np.square(value.sub(mean)).mul(-0.5) };
}

/** A number that a head foresees. */
export interface Foreseen {
  /** log p, but for constants. [...] */
  logProbability(value: Traced): Traced;
  /** [...] */
  mean(): Traced;
}

export function rssmNetwork({ D, F, parts }: RssmShape, options: RssmOptions) {
  const { deterministic: H, hidden, units, norm, activation } = options;
  const latents = latentsOf(options);
  const Z = latents.size;
  const style = { norm, activation, epsilon: EPSILON };
  const hiddenLayers = (count: number, width: number) => new Array<number>(count).fill(width);
  const head = (layers: number, outputs: number, silent = false) =>
    mlp({
      sizes: [H + Z, ...hiddenLayers(layers, units), outputs],
      ...style,
      ...(silent && { outputInitial: zeroInitialiser }),
    });
  const shape = {
    deterministic: H,
    stochastic: Z,
    action: F,
    hidden,
    epsilon: EPSILON,
    memorySpan: options.memorySpan,
  };
  const core = (
    options.core === 'blocks'
      ? blockCore(shape, options.blocks)
      : gruCore(shape, { normalised: options.core === 'normalisedGru', activation })
  ) as RecurrentCore;
  const twoHot = options.reward === 'twoHot';
  const senses = sensesOf({ D, parts, features: H + Z, epsilon: EPSILON }, options);
  const { squash, unsquash } = senses;
  const nets = {
    encoder: senses.encoder,
    posterior: {
      state: dense({ inputs: H, outputs: hidden, bias: false }),
      token: dense({ inputs: senses.size, outputs: hidden }),
      norm: normOf(norm, { size: hidden, epsilon: EPSILON }),
      out: dense({ inputs: hidden, outputs: latents.outputs }),
    },
    prior: mlp({ sizes: [H, ...hiddenLayers(options.priorLayers, hidden), latents.outputs], ...style }),
    decoder: senses.decoder,
    // rewards begin at 0 everywhere, not at a guess
    reward: head(options.headLayers, twoHot ? options.bins : 1, true),
    continuation: head(options.headLayers, 1),
  };
  const activate = activations[activation];
  const bins = symexpBins(options.bins);
  const remembered = (h: Traced): Traced => (options.memory ? h : np.zerosLike(h));
  const recur = (params: TracedRssm, h: Traced, z: Traced, prepared: Traced): Traced =>
    core.step(params.core, remembered(h), z, prepared);
  const withoutLast = (x: Traced): Traced => x.reshape(x.shape.slice(0, -1));

  const net = {
    D,
    F,
    H,
    Z,
    latents,
    init: (rng: Rng): RssmParams => ({
      encoder: nets.encoder.init(rng),
      core: core.init(rng),
      posterior: {
        state: nets.posterior.state.init(rng),
        token: nets.posterior.token.init(rng),
        ...(nets.posterior.norm && { norm: nets.posterior.norm.init(rng) }),
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

    /** What the posterior says, raw. [B, raw] */
    posterior(params: TracedRssm, h: Traced, token: Traced): Traced {
      const own = params.posterior;
      const sum = nets.posterior.state.apply(own.state, remembered(h)).add(token);
      const { norm } = nets.posterior;
      const hidden = activate(norm && own.norm ? norm.apply(own.norm, sum) : sum);
      return nets.posterior.out.apply(own.out, hidden);
    },

    /** What the prior says, raw. [..., raw] */
    prior: (params: TracedRssm, h: Traced): Traced => nets.prior.apply(params.prior, h),

    /** h' [B, H] from h [B, H], z [B, Z] and action features [B, F]. */
    recur: (params: TracedRssm, h: Traced, z: Traced, actions: Traced): Traced =>
      recur(params, h, z, core.prepare(params.core, actions)),

    /** What features [..., H + Z] look like, squashed. [..., D] */
    decode: (params: TracedRssm, features: Traced): Traced => nets.decoder.apply(params.decoder, features),
    /** How observations are shown to the encoder and asked of the decoder, and back. */
    squash,
    unsquash,

    /** The reward of the step that led here. [...] */
    reward(params: TracedRssm, features: Traced): Foreseen {
      const out = nets.reward.apply(params.reward, features);
      return twoHot ? twoHotDistribution(out, bins) : unitNormal(withoutLast(out));
    },

    /** Whether the episode goes on from here. [...] */
    continuation: (params: TracedRssm, features: Traced) =>
      bernoulli(withoutLast(nets.continuation.apply(params.continuation, features))),

    /**
     * The states along sequences that were seen. The state is forgotten where an episode begins.
     * @param actions features of the action taken before each moment [T, B, F]
     * @param first 1 where an episode begins [T, B]
     * @param dice [T, B, latents' dice]
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
      const said: Traced[] = [];
      for (let t = 0; t < T; t++) {
        const kept = keep.slice(t);
        h = recur(params, h.mul(kept), z.mul(kept), prepared.slice(t));
        const raw = net.posterior(params, h, tokens.slice(t));
        z = latents.sample(raw, dice.slice(t));
        hs.push(h);
        zs.push(z);
        said.push(raw);
      }
      const deterministic = np.stack(hs, 0);
      return {
        /** [T, B, H + Z] */
        features: net.join(deterministic, np.stack(zs, 0)),
        /** Raw. [T, B, raw] */
        posterior: np.stack(said, 0),
        /** Raw. [T, B, raw] */
        prior: net.prior(params, deterministic),
      };
    },

    /** State and features are the same numbers. [..., H], [..., Z] -> [..., H + Z] */
    join: (h: Traced, z: Traced): Traced => np.concatenate([h, z], -1),

    /** One imagined step: features [B, H + Z] to features. @param dice [B, latents' dice] */
    imagine(params: TracedRssm, features: Traced, actions: Traced, dice: Traced): Traced {
      const h = net.recur(params, features.slice([], [0, H]), features.slice([], [H, H + Z]), actions);
      return net.join(h, latents.sample(net.prior(params, h), dice));
    },
  };
  return net;
}

/** Sequences as the model is shown them. */
export interface Seen {
  observations: Traced; // [T, B, D]
  actions: Traced; // [T, B, F]
  first: Traced; // [T, B]
  dice: Traced; // [T, B, latents' dice]
}

export type RssmNetwork = ReturnType<typeof rssmNetwork>;
