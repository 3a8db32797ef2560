/**
 * Convolutions over pictures [..., channels, height, width], and their transposes.
 *
 * LeCun et al., Gradient-based learning applied to document recognition (1998); Dumoulin and Visin, A guide to
 * convolution arithmetic for deep learning (2016), for the sizes. As everywhere in deep learning, a convolution is a
 * cross-correlation: the kernel is not turned round.
 */
import { lax, numpy as np } from '@jax-js/jax';
import { demand } from '../core/errors.ts';
import { type Tensor, zeros } from '../engine/tensor.ts';
import type { Traced, TracedTree } from '../engine/tree.ts';
import { type Initialiser, lecunNormal } from './initialisers.ts';
import type { Layer } from './layer.ts';

/**
 * Zeros around the picture: `valid` none, `same` as many as make the output input / stride high and wide, rounded up
 * (for a transposed convolution: input * stride), or a number of rows and columns before and after.
 */
export type Padding =
  | 'same'
  | 'valid'
  | readonly [
      rows: readonly [before: number, after: number],
      columns: readonly [before: number, after: number],
    ];

export interface ConvOptions {
  /** Channels in. */
  readonly inputs: number;
  /** Channels out. */
  readonly outputs: number;
  /** Height and width, or both in one number. */
  readonly kernel: number | readonly [height: number, width: number];
  /** Default 1. */
  readonly stride?: number | readonly [rows: number, columns: number];
  /** Default `same`. */
  readonly padding?: Padding;
  /** Default true. */
  readonly bias?: boolean;
  /** Default {@link lecunNormal}, over the numbers under the kernel. */
  readonly initial?: Initialiser;
}

export interface ConvParams {
  weight: Tensor; // [out, in, kernel height, kernel width]
  bias?: Tensor; // [out]
}

/** y[o, r, c] = bias[o] + sum over i, u, v of x[i, r stride + u - before, c stride + v - before] weight[o, i, u, v]. */
export function conv(options: ConvOptions): Layer<ConvParams> {
  return convolution('conv', options, (x, weight, stride, padding) =>
    lax.convGeneralDilated(x, weight, stride, padding),
  );
}

/**
 * The transpose of {@link conv}: every input stamps its kernel onto the output, stride apart.
 * y[o, r stride + u - before, c stride + v - before] += x[i, r, c] weight[o, i, u, v].
 * Output height with explicit padding: (height - 1) stride + kernel - before - after.
 */
export function transposedConv(options: ConvOptions): Layer<ConvParams> {
  return convolution('transposedConv', options, (x, weight, stride, padding) =>
    lax.convTranspose(x, np.flip(weight, [2, 3]), stride, padding),
  );
}

type Operation = (
  x: Traced,
  weight: Traced,
  stride: number[],
  padding: 'SAME' | 'VALID' | [number, number][],
) => Traced;

function convolution(name: string, options: ConvOptions, operation: Operation): Layer<ConvParams> {
  const { inputs, outputs, padding = 'same', bias = true, initial = lecunNormal } = options;
  const kernel = pair(options.kernel);
  const stride = pair(options.stride ?? 1);
  demand(
    [...kernel, ...stride, inputs, outputs].every((size) => Number.isInteger(size) && size > 0),
    () =>
      `${name}: channels, kernel and stride must be positive integers, got channels ${inputs} and ${outputs}, kernel [${kernel}], stride [${stride}].`,
  );
  const around =
    padding === 'same'
      ? 'SAME'
      : padding === 'valid'
        ? 'VALID'
        : padding.map(([before, after]): [number, number] => [before, after]);
  const area = kernel[0] * kernel[1];
  return {
    init(rng) {
      const weight = initial(rng, [outputs, inputs, ...kernel], { in: inputs * area, out: outputs * area });
      return bias ? { weight, bias: zeros([outputs]) } : { weight };
    },
    apply(params: TracedTree<ConvParams>, x: Traced): Traced {
      demand(
        params.weight.ndim === 4,
        () =>
          `${name}: the weight must have 4 dimensions, got shape [${params.weight.shape}]. Convolutions do not form ensembles.`,
      );
      const lead = x.shape.slice(0, -3);
      const picture = x.shape.slice(-3);
      demand(
        picture.length === 3 && picture[0] === inputs,
        () => `${name}: the input must be [..., ${inputs}, height, width], got shape [${x.shape}].`,
      );
      // the operation takes exactly one batch axis
      const batch = lead.length === 1 ? x : x.reshape([-1, ...picture]);
      const product = operation(batch, params.weight, stride, around);
      const y = params.bias ? product.add(params.bias.reshape([outputs, 1, 1])) : product;
      return lead.length === 1 ? y : y.reshape([...lead, ...y.shape.slice(1)]);
    },
  };
}

function pair(size: number | readonly [number, number]): [number, number] {
  return typeof size === 'number' ? [size, size] : [size[0], size[1]];
}
