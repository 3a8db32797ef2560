/**
 * How what is seen comes into a recurrent state-space model, and out of it again: vectors through multilayer perceptrons,
 * pictures through convolutions.
 *
 * Hafner et al., Mastering Diverse Domains through World Models (2023), "World model learning" and "Networks": vectors are squashed by
 * symlog, pictures centred; strided convolutions in, their transposes and a sigmoid out, a squared error for both.
 *
 * D numbers an observation: a vector, a picture, or several of both, one after another (`joined`).
 *
 * Differs from the paper: kernels do not overlap (`patchConv`): the first stage cuts patches of 4 x 4, each further one of
 * 2 x 2, until one side is at most 4.
 */
import { numpy as np } from '@jax-js/jax';
import { demand } from '../../core/errors.ts';
import type { Rng } from '../../core/rng.ts';
import { type Box, elementSize, isPicture, type Part, partsOf } from '../../core/spaces.ts';
import type { Traced, TracedTree } from '../../engine/tree.ts';
import {
  activations,
  type DenseParams,
  dense,
  type Layer,
  type MlpParams,
  mlp,
  type NormParams,
  normOf,
  patchConv,
  type Squash,
  sigmoid,
  symlogSquash,
  transposedPatchConv,
} from '../../nn/index.ts';
import type { RssmOptions } from './options.ts';

/** A product, and its normalisation where there is one. */
export interface StageParams {
  dense: DenseParams;
  norm?: NormParams;
}

/** Where pictures are seen: a stage after another for each, by its name; and one perceptron for all vectors together. */
export interface SensesParams {
  pictures: { [name: string]: StageParams[] };
  vectors?: MlpParams;
}

/** Of worlds that show vectors alone, no more than the perceptron. */
export type EncoderParams = MlpParams | SensesParams; // [D, size]
export type DecoderParams = MlpParams | SensesParams; // [H + Z, D]

export type SensesOptions = Pick<
  RssmOptions,
  'units' | 'layers' | 'norm' | 'activation' | 'symlog' | 'depth'
>;

export interface SensesShape {
  /** Numbers an observation. */
  readonly D: number;
  /** What those are; a vector where absent. */
  readonly parts?: readonly Part[];
  /** Features to decode. */
  readonly features: number;
  readonly epsilon: number;
}

export interface Senses extends Squash {
  /** Numbers of what is encoded. */
  readonly size: number;
  readonly encoder: Layer<EncoderParams>; // squashed [..., D] -> [..., size]
  readonly decoder: Layer<DecoderParams>; // [..., features] -> squashed [..., D]
}

const plain: Squash = { squash: (x) => x, unsquash: (y) => y };
/** What pictures are lessened by. */
const CENTRE = 0.5;
/** Sides of patches: of the first stage, and of all others. */
const FIRST_SIDE = 4;
const SIDE = 2;
/** No stage follows one that left so many rows or columns. */
const LEAST = 4;

/**
 * What an observation is made of.
 * @param where names who asks
 * @throws InputError where part of it is neither a vector nor a picture
 */
export function encodable(where: string, observation: Box): readonly Part[] {
  const parts = partsOf(observation);
  for (const { name, space } of parts) {
    const called = observation.parts ? `part "${name}" of the observation` : 'the observation';
    if (space.shape.length === 1) continue;
    const [height, width] = space.shape;
    const light = space.low.every((low) => low === 0) && space.high.every((high) => high === 1);
    demand(
      isPicture(space.shape) && Math.min(height, width) >= LEAST && light,
      () =>
        `${where}: ${called} must be a vector, or a picture [height, width, 1 or 3] of ${LEAST} x ${LEAST} or more with numbers ` +
        `from 0 to 1, got shape [${space.shape}]${light ? '' : ' with other bounds'}. Join vectors and pictures by \`joined\`.`,
    );
  }
  return parts;
}

export function sensesOf({ D, parts, features, epsilon }: SensesShape, options: SensesOptions): Senses {
  const { units, norm, activation } = options;
  const { squash, unsquash } = options.symlog ? symlogSquash : plain;
  const style = { norm, activation, epsilon };
  const hidden = new Array<number>(options.layers).fill(units);
  const encoderOf = (inputs: number) => mlp({ sizes: [inputs, ...hidden], ...style, activateOutput: true });
  const decoderOf = (outputs: number) => mlp({ sizes: [features, ...hidden, outputs], ...style });
  const seen = (parts ?? []).filter(({ space }) => isPicture(space.shape));
  if (seen.length === 0) {
    return {
      size: units,
      squash,
      unsquash,
      encoder: encoderOf(D) as Layer<EncoderParams>,
      decoder: decoderOf(D) as Layer<DecoderParams>,
    };
  }

  const all = parts!;
  const pictures = seen.map((part) => ({
    part,
    ...pictureNetworks(part.space.shape, { ...style, ...options, features }),
  }));
  const vectors = all.filter(({ space }) => !isPicture(space.shape));
  const told = vectors.reduce((sum, { space }) => sum + elementSize(space), 0); // numbers in all vectors
  const vector = told > 0 ? { encoder: encoderOf(told), decoder: decoderOf(told) } : undefined;
  const numbersOf = (x: Traced, { space, offset }: Part): Traced =>
    all.length === 1 ? x : along(x, offset, offset + elementSize(space));
  const each = (x: Traced, ofPicture: (x: Traced) => Traced, ofVector: (x: Traced) => Traced): Traced =>
    joinedUp(all.map((part) => (isPicture(part.space.shape) ? ofPicture : ofVector)(numbersOf(x, part))));

  const encoder: Layer<SensesParams> = {
    init: (rng) => paramsOf(rng, 'encoder'),
    apply(params, x) {
      const codes = pictures.map(({ part, encoder }) =>
        encoder.apply(params.pictures[part.name], numbersOf(x, part)),
      );
      if (vector && params.vectors) {
        const numbers = joinedUp(vectors.map((part) => numbersOf(x, part)));
        codes.push(vector.encoder.apply(params.vectors, numbers));
      }
      return joinedUp(codes);
    },
  };
  const decoder: Layer<SensesParams> = {
    init: (rng) => paramsOf(rng, 'decoder'),
    apply(params, features) {
      const looks = new Map<Part, Traced>();
      for (const { part, decoder } of pictures)
        looks.set(part, decoder.apply(params.pictures[part.name], features));
      if (vector && params.vectors) {
        const numbers = vector.decoder.apply(params.vectors, features);
        let from = 0;
        for (const part of vectors) {
          const to = from + elementSize(part.space);
          looks.set(part, vectors.length === 1 ? numbers : along(numbers, from, to));
          from = to;
        }
      }
      return joinedUp(all.map((part) => looks.get(part)!));
    },
  };
  const paramsOf = (rng: Rng, of: 'encoder' | 'decoder'): SensesParams => ({
    pictures: Object.fromEntries(pictures.map((nets) => [nets.part.name, nets[of].init(rng)])),
    ...(vector && { vectors: vector[of].init(rng) }),
  });
  return {
    size: pictures.reduce((sum, { size }) => sum + size, vector ? units : 0),
    squash: (x) => each(x, (light) => light.sub(CENTRE), squash),
    unsquash: (y) => each(y, (light) => light.add(CENTRE), unsquash),
    encoder: encoder as unknown as Layer<EncoderParams>,
    decoder: decoder as unknown as Layer<DecoderParams>,
  };
}

type PictureOptions = SensesOptions & { readonly features: number; readonly epsilon: number };

/** Both ways of a picture. Flat on the outside: [..., H W C] -> [..., size] and [..., features] -> [..., H W C]. */
function pictureNetworks(
  [height, width, channels]: readonly number[],
  { depth, norm, activation, epsilon, features }: PictureOptions,
) {
  const activate = activations[activation];
  // before each stage, and after the last
  const sizes = [{ height, width, channels, side: FIRST_SIDE }];
  for (
    let last = sizes[0], next = depth;
    sizes.length === 1 || Math.min(last.height, last.width) > LEAST;
    next *= 2
  ) {
    last = {
      height: Math.ceil(last.height / last.side),
      width: Math.ceil(last.width / last.side),
      channels: next,
      side: SIDE,
    };
    sizes.push(last);
  }
  const smallest = sizes[sizes.length - 1];
  const size = smallest.height * smallest.width * smallest.channels;
  const stages = sizes.slice(1).map((to, i) => ({ from: sizes[i], to }));
  const normFor = (channels: number) => normOf(norm, { size: channels, epsilon });
  const stageOf = (layer: Layer<DenseParams>, channels: number | undefined): Layer<StageParams> => {
    const own = channels === undefined ? undefined : normFor(channels);
    return {
      init: (rng) => ({ dense: layer.init(rng), ...(own && { norm: own.init(rng) }) }),
      apply(params: TracedTree<StageParams>, x) {
        const y = layer.apply(params.dense, x);
        if (channels === undefined) return y;
        return activate(own && params.norm ? own.apply(params.norm, y) : y);
      },
    };
  };
  const into = stages.map(({ from, to }) =>
    stageOf(patchConv({ inputs: from.channels, outputs: to.channels, side: from.side }), to.channels),
  );
  const out = stages
    .toReversed()
    .map(({ from, to }, i) =>
      stageOf(
        transposedPatchConv({ inputs: to.channels, outputs: from.channels, side: from.side }, [
          from.height,
          from.width,
        ]),
        i === stages.length - 1 ? undefined : from.channels,
      ),
    );
  const spread = stageOf(dense({ inputs: features, outputs: size }), size);
  const through = (layers: readonly Layer<StageParams>[], params: TracedTree<StageParams[]>, x: Traced) =>
    layers.reduce((at, layer, i) => layer.apply(params[i], at), x);
  const encoder: Layer<StageParams[]> = {
    init: (rng) => into.map((layer) => layer.init(rng)),
    apply: (params, x) => {
      const lead = x.shape.slice(0, -1);
      return through(into, params, x.reshape([...lead, height, width, channels])).reshape([...lead, size]);
    },
  };
  const decoder: Layer<StageParams[]> = {
    init: (rng) => [spread, ...out].map((layer) => layer.init(rng)),
    apply: (params, x) => {
      const lead = x.shape.slice(0, -1);
      const small = spread
        .apply(params[0], x)
        .reshape([...lead, smallest.height, smallest.width, smallest.channels]);
      const light = sigmoid(through(out, params.slice(1), small)).sub(CENTRE);
      return light.reshape([...lead, height * width * channels]);
    },
  };
  return { size, encoder, decoder };
}

/** Numbers `from` to `to` of the last axis. */
function along(x: Traced, from: number, to: number): Traced {
  const lead = new Array<[]>(x.ndim - 1).fill([]);
  return x.slice(...lead, [from, to]);
}

function joinedUp(parts: readonly Traced[]): Traced {
  return parts.length === 1 ? parts[0] : np.concatenate([...parts], -1);
}
