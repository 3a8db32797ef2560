/**
 * The network of AlphaZero: what a board is worth and which moves look good, from planes of features.
 *
 * Silver et al., Mastering the Game of Go without Human Knowledge (2017), "Neural network architecture"; residual blocks: He et al.,
 * Deep Residual Learning for Image Recognition (2015).
 * Shapes: B boards, P planes of R rows and C columns, n actions.
 *
 * Differs from the paper:
 * - No batch normalisation: the last convolution of each block begins at zero, so that a deep network begins as a shallow one
 *   (Zhang, Dauphin, Ma, Fixup Initialization, 2019). Nothing then depends on the company of a board in its batch.
 * - The heads have 1 x 1 convolutions of `headChannels` instead of 2 and 1.
 */
import { numpy as np } from '@jax-js/jax';
import { z } from 'zod';
import { demand } from '../../core/errors.ts';
import type { Rng } from '../../core/rng.ts';
import type { Box, Discrete } from '../../core/spaces.ts';
import { elementSize } from '../../core/spaces.ts';
import type { Traced, TracedTree } from '../../engine/tree.ts';
import {
  type ConvParams,
  conv,
  type DenseParams,
  dense,
  heNormal,
  type MlpParams,
  mlp,
  relu,
  zeroInitialiser,
} from '../../nn/index.ts';

export interface PolicyValueOptions {
  /** `residual`: convolutions over the board; `plain`: dense layers over all its numbers. */
  readonly kind: 'residual' | 'plain';
  /** Channels of the convolutions, or numbers a dense layer. */
  readonly channels: number;
  /** Residual blocks of two convolutions, or dense layers. */
  readonly blocks: number;
  /** Channels of each head's 1 x 1 convolution. */
  readonly headChannels: number;
  /** Numbers in the value head's hidden layer. */
  readonly valueHidden: number;
}

export const policyValueDefaults: PolicyValueOptions = {
  kind: 'residual',
  channels: 32,
  blocks: 3,
  headChannels: 4,
  valueHidden: 32,
};

const size = () => z.number().int().min(1);

export const policyValueOptions = z.strictObject({
  kind: z
    .enum(['residual', 'plain'])
    .default(policyValueDefaults.kind)
    .describe('convolutions, or dense layers'),
  channels: size().default(policyValueDefaults.channels).describe('channels, or numbers a dense layer'),
  blocks: size().default(policyValueDefaults.blocks).describe('residual blocks, or dense layers'),
  headChannels: size()
    .default(policyValueDefaults.headChannels)
    .describe("channels of each head's convolution"),
  valueHidden: size()
    .default(policyValueDefaults.valueHidden)
    .describe("numbers in the value head's hidden layer"),
}) satisfies z.ZodType<PolicyValueOptions>;

/** What the network says of B boards. */
export interface TracedEvaluation {
  /** Before masking. [B, n] */
  readonly logits: Traced;
  /** In [-1, 1], as the player to move counts. [B] */
  readonly value: Traced;
}

export interface PolicyValueNetwork {
  init(rng: Rng): PolicyValueParams;
  /** @param planes [B, P, R, C], or [B, D] for a plain network */
  apply(params: TracedTree<PolicyValueParams>, planes: Traced): TracedEvaluation;
  /** Of one board, as `apply` takes it. */
  readonly shape: readonly number[];
}

interface BlockParams {
  first: ConvParams;
  second: ConvParams;
}

export type PolicyValueParams = Body & {
  policy: DenseParams;
  value: MlpParams;
};

type Body =
  | { trunk: MlpParams }
  | { stem: ConvParams; blocks: BlockParams[]; policyHead: ConvParams; valueHead: ConvParams };

/** @throws InputError for a residual network on observations that are not planes */
export function policyValueNetwork(
  { observation, action }: { readonly observation: Box; readonly action: Discrete },
  options: PolicyValueOptions,
): PolicyValueNetwork {
  return options.kind === 'plain'
    ? plain(elementSize(observation), action.n, options)
    : residual(observation.shape, action.n, options);
}

function plain(
  D: number,
  n: number,
  { channels, blocks, valueHidden }: PolicyValueOptions,
): PolicyValueNetwork {
  const sizes = [D, ...new Array<number>(blocks).fill(channels)];
  const trunk = mlp({ sizes, activation: 'relu', activateOutput: true, initial: heNormal });
  const policy = policyLayer(channels, n);
  const value = valueLayers(channels, valueHidden);
  return {
    shape: [D],
    init: (rng) => ({
      trunk: trunk.init(rng.fork('trunk')),
      policy: policy.init(rng.fork('policy')),
      value: value.init(rng.fork('value')),
    }),
    apply(params, planes) {
      const body = params as TracedTree<Extract<PolicyValueParams, { trunk: MlpParams }>>;
      const features = trunk.apply(body.trunk, planes);
      return {
        logits: policy.apply(params.policy, features),
        value: asValue(value.apply(params.value, features)),
      };
    },
  };
}

function residual(
  shape: readonly number[],
  n: number,
  { channels, blocks, headChannels, valueHidden }: PolicyValueOptions,
): PolicyValueNetwork {
  demand(
    shape.length === 3,
    () =>
      `alphazero: a residual network needs observations of planes, rows and columns, got shape [${shape}]. Take network.kind "plain", or give the world such observations.`,
  );
  const [P, R, C] = shape;
  const stem = conv({ inputs: P, outputs: channels, kernel: 3, initial: heNormal });
  const inner = conv({ inputs: channels, outputs: channels, kernel: 3, initial: heNormal });
  const last = conv({ inputs: channels, outputs: channels, kernel: 3, initial: zeroInitialiser });
  const head = conv({ inputs: channels, outputs: headChannels, kernel: 1, initial: heNormal });
  const policy = policyLayer(headChannels * R * C, n);
  const value = valueLayers(headChannels * R * C, valueHidden);
  return {
    shape,
    init: (rng) => ({
      stem: stem.init(rng.fork('stem')),
      blocks: Array.from({ length: blocks }, (_, i) => ({
        first: inner.init(rng.fork(`block ${i}`)),
        second: last.init(rng.fork(`block ${i}, second`)),
      })),
      policyHead: head.init(rng.fork('policy head')),
      valueHead: head.init(rng.fork('value head')),
      policy: policy.init(rng.fork('policy')),
      value: value.init(rng.fork('value')),
    }),
    apply(params, planes) {
      const body = params as TracedTree<Exclude<PolicyValueParams, { trunk: MlpParams }>>;
      const B = planes.shape[0];
      let features = relu(stem.apply(body.stem, planes)); // [B, channels, R, C]
      for (const block of body.blocks) {
        const within = relu(inner.apply(block.first, features));
        features = relu(features.add(last.apply(block.second, within)));
      }
      const flat = (headParams: TracedTree<ConvParams>) =>
        relu(head.apply(headParams, features)).reshape([B, headChannels * R * C]);
      return {
        logits: policy.apply(params.policy, flat(body.policyHead)),
        value: asValue(value.apply(params.value, flat(body.valueHead))),
      };
    },
  };
}

/** Even at first: the search should not begin with prejudices. */
const policyLayer = (inputs: number, n: number) => dense({ inputs, outputs: n, initial: zeroInitialiser });

const valueLayers = (inputs: number, hidden: number) =>
  mlp({ sizes: [inputs, hidden, 1], activation: 'relu' });

/** [B, 1] -> [B] in [-1, 1]. */
const asValue = (x: Traced) => np.tanh(x.reshape([x.shape[0]]));
