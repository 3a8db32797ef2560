/**
 * Convolutions that cut a picture into patches, and their transposes: the stride is the kernel's size, so that no two kernels
 * overlap.
 *
 * Dumoulin and Visin, A guide to convolution arithmetic for deep learning (2016), with stride = kernel and no padding but
 * to whole patches. Without overlap each is one product of patches and weights, in both directions, which on a processor is
 * several times as fast as a convolution that overlaps.
 *
 * Channels lie last, as in pictures that worlds show: [..., height, width, channels]. Height and width need not be
 * multiples of a patch's side: black is put below and to the right, and cut off again by the transpose.
 */
import { numpy as np } from '@jax-js/jax';
import { demand } from '../core/errors.ts';
import type { Traced, TracedTree } from '../engine/tree.ts';
import { type DenseParams, dense } from './dense.ts';
import type { Initialiser } from './initialisers.ts';
import type { Layer } from './layer.ts';

export interface PatchOptions {
  /** Channels in. */
  readonly inputs: number;
  /** Channels out. */
  readonly outputs: number;
  /** Side of a patch. */
  readonly side: number;
  /** Default true. */
  readonly bias?: boolean;
  readonly initial?: Initialiser;
}

/** Each patch to one place: [..., height, width, in] -> [..., ceil(height / side), ceil(width / side), out]. */
export function patchConv({ inputs, outputs, side, ...rest }: PatchOptions): Layer<DenseParams> {
  const layer = dense({ inputs: side * side * inputs, outputs, ...rest });
  return {
    init: (rng) => layer.init(rng),
    apply(params: TracedTree<DenseParams>, x: Traced): Traced {
      const { lead, height, width } = pictureOf('patchConv', x, inputs);
      const [rows, columns] = [Math.ceil(height / side), Math.ceil(width / side)];
      const whole =
        rows * side === height && columns * side === width
          ? x.reshape([-1, height, width, inputs])
          : np.pad(x.reshape([-1, height, width, inputs]), [
              [0, 0],
              [0, rows * side - height],
              [0, columns * side - width],
              [0, 0],
            ]);
      const patches = np.transpose(
        whole.reshape([-1, rows, side, columns, side, inputs]),
        [0, 1, 3, 2, 4, 5],
      );
      const y = layer.apply(params, patches.reshape([-1, side * side * inputs]));
      return y.reshape([...lead, rows, columns, outputs]);
    },
  };
}

/**
 * Each place to one patch: [..., rows, columns, in] -> [..., height, width, out], where rows = ceil(height / side).
 * There is one bias for each place in a patch.
 */
export function transposedPatchConv(
  { inputs, outputs, side, ...rest }: PatchOptions,
  [height, width]: readonly [height: number, width: number],
): Layer<DenseParams> {
  const layer = dense({ inputs, outputs: side * side * outputs, ...rest });
  return {
    init: (rng) => layer.init(rng),
    apply(params: TracedTree<DenseParams>, x: Traced): Traced {
      const { lead, height: rows, width: columns } = pictureOf('transposedPatchConv', x, inputs);
      demand(
        rows === Math.ceil(height / side) && columns === Math.ceil(width / side),
        () =>
          `transposedPatchConv: the input must have ${Math.ceil(height / side)} rows and ${Math.ceil(width / side)} columns for ${height} x ${width}, got shape [${x.shape}].`,
      );
      const patches = layer.apply(params, x.reshape([-1, inputs]));
      const y = np
        .transpose(patches.reshape([-1, rows, columns, side, side, outputs]), [0, 1, 3, 2, 4, 5])
        .reshape([-1, rows * side, columns * side, outputs]);
      const cut =
        rows * side === height && columns * side === width ? y : y.slice([], [0, height], [0, width]);
      return cut.reshape([...lead, height, width, outputs]);
    },
  };
}

function pictureOf(where: string, x: Traced, inputs: number) {
  const [height, width, channels] = x.shape.slice(-3);
  demand(
    x.ndim >= 3 && channels === inputs,
    () => `${where}: the input must be [..., height, width, ${inputs}], got shape [${x.shape}].`,
  );
  return { lead: x.shape.slice(0, -3), height, width };
}
