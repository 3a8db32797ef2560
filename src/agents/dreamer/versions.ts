/**
 * The three Dreamers as settings of one implementation. What a version does not name is as in the third, the defaults.
 *
 * | detail              | first: Dream to Control (2019)        | second: Discrete World Models (2020)    | third: Diverse Domains (2023)                   | option                        |
 * | ------------------- | ------------------------------------- | --------------------------------------- | ----------------------------------------------- | ----------------------------- |
 * | stochastic state    | normal (section 4)                    | categorical (section 2.1, algorithm 1)  | categorical, 1 % uniform (World model learning) | model.latents, model.unimix   |
 * | recurrent core      | GRU (section 4)                       | GRU, layer-normalised (its program)     | block-diagonal, RMS norm (Model sizes)          | model.core, model.norm        |
 * | divergence          | one, 3 nats free (appendix A)         | balanced 0.8 to 0.2 (algorithm 2)       | 1 to 0.1, 1 nat free each (World model learning)| model.dynamicsScale, freeNats |
 * | observations        | as they are                           | as they are                             | symlog (Robust predictions)                     | model.symlog, reconstructionScale |
 * | rewards             | normal (section 4)                    | normal (section 2.1)                    | two-hot of symexp bins (Robust predictions)     | model.reward                  |
 * | actor's gradient    | through the dream (section 3, eq. 7)  | both, or either (section 2.2)           | REINFORCE (Actor learning)                      | reinforce                     |
 * | policy over boxes   | tanh of a normal (section 3)          | normal, truncated (its program)         | normal, bounded mean and deviation (its program)| policy                        |
 * | exploration         | noise on actions (appendix A)         | entropy (section 2.2)                   | entropy (Actor learning)                        | explorationNoise, entropy     |
 * | critic              | normal (section 3, eq. 8)             | normal (section 2.2)                    | two-hot, also of what was seen (Critic learning)| critic, replayScale           |
 * | slow critic         | none                                  | gives targets, copied every 100 updates | the critic is held to it (Critic learning)      | slowTarget, slowEvery         |
 * | scale of returns    | none                                  | none                                    | range of percentiles (Actor learning)           | scaleReturns                  |
 * | optimiser           | Adam, global norm 100 (appendix A)    | the same (appendix)                     | LaProp, adaptive clipping (its program)         | optimiser, clip               |
 *
 * Differs from the papers: sizes, batches, and how often is learned, are those for two cores in all versions.
 */
import type { Space } from '../../core/spaces.ts';
import type { RssmOptions } from '../../models/rssm/index.ts';
import type { DreamerOptions } from './options.ts';

/** What the user sets. */
export type GivenOptions = Partial<Omit<DreamerOptions, 'model'>> & { readonly model?: Partial<RssmOptions> };

export type DreamerVersion = 1 | 2 | 3;

const first = {
  model: {
    latents: 'normal',
    variables: 30,
    core: 'gru',
    norm: 'none',
    activation: 'elu',
    symlog: false,
    reward: 'normal',
    freeNats: 3,
    freeOf: 'mean',
    reconstructionScale: 0.5,
    // both at 1 give the gradients of the one divergence that the paper has
    dynamicsScale: 1,
    representationScale: 1,
  },
  gamma: 0.99,
  reinforce: 0,
  scaleReturns: false,
  policy: 'tanhNormal',
  explorationNoise: 0.3,
  critic: 'normal',
  slowScale: 0,
  replayScale: 0,
  entropy: 0,
  optimiser: 'adam',
  learningRate: 6e-4,
  actorRate: 8e-5,
  criticRate: 8e-5,
  clip: 100,
} as const satisfies GivenOptions;

const second = {
  model: {
    latents: 'categorical',
    core: 'normalisedGru',
    norm: 'none',
    activation: 'elu',
    symlog: false,
    reward: 'normal',
    unimix: 0,
    reconstructionScale: 0.5,
  },
  unimix: 0,
  scaleReturns: false,
  policy: 'truncatedNormal',
  critic: 'normal',
  slowTarget: true,
  slowEvery: 100,
  slowRate: 1,
  slowScale: 0,
  replayScale: 0,
  optimiser: 'adam',
  clip: 100,
} as const satisfies GivenOptions;

/** Of the second, for discrete actions: what its paper takes for Atari (appendix D), a tenth of the divergence among it. */
const secondDiscrete = overlaid(second, {
  model: { freeNats: 0, dynamicsScale: 0.08, representationScale: 0.02 },
  gamma: 0.995,
  reinforce: 1,
  entropy: 1e-3,
  learningRate: 2e-4,
  actorRate: 4e-5,
  criticRate: 1e-4,
});

/** And over boxes: what its published program takes for vectors in DeepMind Control. */
const secondBox = overlaid(second, {
  model: { freeNats: 1, freeOf: 'mean', dynamicsScale: 0.8, representationScale: 0.2 },
  gamma: 0.99,
  reinforce: 0,
  entropy: 1e-4,
  learningRate: 3e-4,
  actorRate: 8e-5,
  criticRate: 8e-5,
});

/** The settings of a version, for a kind of action: over boxes the second learns through the dream, else by REINFORCE. */
export function versionOptions(version: DreamerVersion, { kind }: Pick<Space, 'kind'>): GivenOptions {
  if (version === 3) return {};
  if (version === 1) return first;
  return kind === 'box' ? secondBox : secondDiscrete;
}

/** Options laid over others, those of the model by themselves. */
export function overlaid(under: GivenOptions, over: GivenOptions): GivenOptions {
  return { ...under, ...over, model: { ...under.model, ...over.model } };
}
