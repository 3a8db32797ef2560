/** What can be chosen about the recurrent state-space model. */
import { z } from 'zod';
import { type ActivationName, activations, type NormName } from '../../nn/index.ts';

export interface RssmOptions {
  /** Kind of the stochastic state. */
  readonly latents: 'categorical' | 'normal';
  /** What moves the deterministic state on. */
  readonly core: 'blocks' | 'gru' | 'normalisedGru';
  /**
   * Whether h goes on from step to step and is shown to the posterior, as it should. For ablations: where it is not, a
   * step is told by its own observation, and the one before with its action, alone.
   */
  readonly memory: boolean;
  /**
   * Steps in which units of the deterministic state forget at first: spread from 2 to this; null for the published start, 4
   * (`gru`: 2) for all of them.
   */
  readonly memorySpan: number | null;
  /** After each product but the last of a network; the cores bring their own. */
  readonly norm: NormName;
  readonly activation: ActivationName;
  /** Whether observations are shown and asked for as sign(x) log(1 + |x|). */
  readonly symlog: boolean;
  /** How rewards are foreseen: in bins, or as the mean of a normal distribution of deviation 1. */
  readonly reward: 'twoHot' | 'normal';
  /** Numbers in the deterministic state, h. */
  readonly deterministic: number;
  /** Variables in the stochastic state, z. */
  readonly variables: number;
  /** Classes of each, where they are categorical. */
  readonly classes: number;
  /** Parts that the recurrent products of `blocks` are divided into, G. */
  readonly blocks: number;
  /** Width of layers inside the recurrent core, of the prior and the posterior. */
  readonly hidden: number;
  /** Width of layers in heads, and in encoder and decoder of vectors. */
  readonly units: number;
  /** Hidden layers of encoder and decoder, for vectors. */
  readonly layers: number;
  /** Channels that pictures have after the first convolution; each further one doubles them. */
  readonly depth: number;
  /** Hidden layers of the heads for reward and continuation. */
  readonly headLayers: number;
  /** Hidden layers of the prior. */
  readonly priorLayers: number;
  /** Share of the uniform distribution in each categorical variable. */
  readonly unimix: number;
  /** Bins of the reward head. */
  readonly bins: number;
  /** Nats that either divergence is free of charge. */
  readonly freeNats: number;
  /** Whether that is asked of each moment, or of all moments' mean. */
  readonly freeOf: 'moment' | 'mean';
  /**
   * Weight of the squared error of what is seen: 1 as published with symlog, 1/2 is a normal distribution of deviation 1. Where few
   * numbers are seen and must be known well, more: how well is what they are worth beside nats of divergence.
   */
  readonly reconstructionScale: number;
  /** Weight of the divergence that draws the prior to the posterior. */
  readonly dynamicsScale: number;
  /** Weight of the divergence that draws the posterior to the prior. */
  readonly representationScale: number;
}

/** Hafner et al. 2023, "World model learning", for the losses; sizes are for two cores. */
export const rssmDefaults: RssmOptions = {
  latents: 'categorical',
  core: 'blocks',
  memory: true,
  memorySpan: null,
  norm: 'rms',
  activation: 'silu',
  symlog: true,
  reward: 'twoHot',
  deterministic: 128,
  variables: 16,
  classes: 8,
  blocks: 4,
  hidden: 64,
  units: 64,
  layers: 2,
  depth: 16,
  headLayers: 1,
  priorLayers: 1,
  unimix: 0.01,
  bins: 63,
  freeNats: 1,
  freeOf: 'moment',
  reconstructionScale: 1,
  dynamicsScale: 1,
  representationScale: 0.1,
};

const count = (value: number, least = 1) => z.number().int().min(least).default(value);
const d = rssmDefaults;

export const rssmOptions = z
  .strictObject({
    latents: z.enum(['categorical', 'normal']).default(d.latents).describe('kind of the stochastic state'),
    core: z
      .enum(['blocks', 'gru', 'normalisedGru'])
      .default(d.core)
      .describe('what moves the deterministic state on'),
    memory: z
      .boolean()
      .default(d.memory)
      .describe('whether the deterministic state goes on from step to step; false for ablations'),
    memorySpan: z
      .number()
      .min(2)
      .nullable()
      .default(d.memorySpan)
      .describe('steps that units remember at first, at most; null for the published start'),
    norm: z.enum(['none', 'layer', 'rms']).default(d.norm).describe('normalisation after each product'),
    activation: z
      .enum(Object.keys(activations) as [ActivationName, ...ActivationName[]])
      .default(d.activation)
      .describe('activation of hidden layers'),
    symlog: z.boolean().default(d.symlog).describe('whether observations are squashed'),
    reward: z.enum(['twoHot', 'normal']).default(d.reward).describe('how rewards are foreseen'),
    deterministic: count(d.deterministic).describe('numbers in the deterministic state'),
    variables: count(d.variables).describe('variables in the stochastic state'),
    classes: count(d.classes, 2).describe('classes of each variable, where it is categorical'),
    blocks: count(d.blocks).describe('parts of the recurrent products; must divide deterministic'),
    hidden: count(d.hidden).describe('width of layers in the recurrent core, prior and posterior'),
    units: count(d.units).describe('width of layers in encoder, decoder and heads'),
    layers: count(d.layers).describe('hidden layers of encoder and decoder, for vectors'),
    depth: count(d.depth).describe(
      'channels of pictures after the first convolution, doubled by each further',
    ),
    headLayers: count(d.headLayers).describe('hidden layers of the heads for reward and continuation'),
    priorLayers: count(d.priorLayers).describe('hidden layers of the prior'),
    unimix: z
      .number()
      .min(0)
      .max(1)
      .default(d.unimix)
      .describe('share of the uniform distribution in a variable'),
    bins: count(d.bins, 2).describe('bins of the reward head'),
    freeNats: z.number().min(0).default(d.freeNats).describe('nats that either divergence is free of charge'),
    freeOf: z
      .enum(['moment', 'mean'])
      .default(d.freeOf)
      .describe('whether that is asked of each moment or of the mean'),
    reconstructionScale: z
      .number()
      .positive()
      .default(d.reconstructionScale)
      .describe('weight of the squared error of what is seen'),
    dynamicsScale: z
      .number()
      .min(0)
      .default(d.dynamicsScale)
      .describe('weight of the divergence that draws the prior to the posterior'),
    representationScale: z
      .number()
      .min(0)
      .default(d.representationScale)
      .describe('weight of the divergence that draws the posterior to the prior'),
  })
  .refine(({ deterministic, blocks }) => deterministic % blocks === 0, {
    message: 'blocks must divide deterministic',
    path: ['blocks'],
  });
