/**
 * Dense layers, normalisation, the multilayer perceptron, and ensembles of them.
 *
 * Ba et al., Layer Normalization (2016), eq. 3. Zhang and Sennrich, Root Mean Square Layer Normalization (2019),
 * eq. 4.
 *
 * Parameters may carry leading axes, one set of numbers for each member of an ensemble: a weight [E, in, out] is
 * applied to inputs [E, ..., in], member to member, as one batched matrix product.
 */
import { lax, numpy as np } from '@jax-js/jax';
import { demand } from '../core/errors.ts';
import { allocate, full, isTensor, sizeOf, type Tensor, zeros } from '../engine/tensor.ts';
import { mapTree, type Traced, type TracedTree, type Tree } from '../engine/tree.ts';
import { type Activation, type ActivationName, activations, inverseRoot } from './activations.ts';
import { type Initialiser, lecunNormal } from './initialisers.ts';
import type { Layer } from './layer.ts';

export interface DenseParams {
  weight: Tensor; // [in, out]
  bias?: Tensor; // [out]
}

export interface DenseOptions {
  readonly inputs: number;
  readonly outputs: number;
  /** Whether a bias is added, zero at first. Default true. */
  readonly bias?: boolean;
  /** Default {@link lecunNormal}. */
  readonly initial?: Initialiser;
}

/** x W + b over the last axis: [..., in] -> [..., out]. */
export function dense({
  inputs,
  outputs,
  bias = true,
  initial = lecunNormal,
}: DenseOptions): Layer<DenseParams> {
  return {
    init(rng) {
      const weight = initial(rng, [inputs, outputs], { in: inputs, out: outputs });
      return bias ? { weight, bias: zeros([outputs]) } : { weight };
    },
    apply(params, x) {
      const members = params.weight.ndim - 2;
      demand(
        x.ndim > members && x.shape[x.ndim - 1] === inputs,
        () =>
          `dense: the input's last axis must have ${inputs} numbers${members > 0 ? ` after ${members} member axis` : ''}, got shape [${x.shape}].`,
      );
      const axes = Array.from({ length: members }, (_, axis) => axis);
      const y = lax.dot(x, params.weight, {
        lhsContractingDims: [-1],
        rhsContractingDims: [-2],
        lhsBatchDims: axes,
        rhsBatchDims: axes,
      });
      return params.bias ? y.add(alongLastAxis(params.bias, y.ndim)) : y;
    },
  };
}

export interface BlockDenseParams {
  weight: Tensor; // [G, in / G, out / G]
  bias?: Tensor; // [out]
}

export interface BlockDenseOptions extends DenseOptions {
  /** G: inputs and outputs are divided into so many equal parts, each output part seeing its input part alone. */
  readonly blocks: number;
}

/** A dense layer whose weights are zero but for G blocks on the diagonal: [..., in] -> [..., out], 1 / G of the products. */
export function blockDense({
  inputs,
  outputs,
  blocks: G,
  bias = true,
  initial = lecunNormal,
}: BlockDenseOptions): Layer<BlockDenseParams> {
  demand(
    Number.isInteger(G) && G >= 1 && inputs % G === 0 && outputs % G === 0,
    () => `blockDense: blocks must divide ${inputs} inputs and ${outputs} outputs, got ${G}.`,
  );
  const fan = { in: inputs / G, out: outputs / G };
  return {
    init(rng) {
      const weight = initial(rng, [G, fan.in, fan.out], fan);
      return bias ? { weight, bias: zeros([outputs]) } : { weight };
    },
    apply({ weight, bias }, x) {
      demand(
        x.shape[x.ndim - 1] === inputs,
        () => `blockDense: the input's last axis must have ${inputs} numbers, got shape [${x.shape}].`,
      );
      const lead = x.shape.slice(0, -1);
      const rows = lead.reduce((size, dimension) => size * dimension, 1);
      const y = lax
        .dot(x.reshape([rows, G, fan.in]).transpose([1, 0, 2]), weight, {
          lhsContractingDims: [-1],
          rhsContractingDims: [-2],
          lhsBatchDims: [0],
          rhsBatchDims: [0],
        })
        .transpose([1, 0, 2]);
      // what follows may want the blocks apart, as they are
      return (bias ? y.add(bias.reshape([G, fan.out])) : y).reshape([...lead, outputs]);
    },
  };
}

export interface NormParams {
  scale: Tensor; // [size]
  offset?: Tensor; // [size]
}

export interface NormOptions {
  /** Length of the last axis. */
  readonly size: number;
  /** Added to the variance. Default 1e-5. */
  readonly epsilon?: number;
}

/** Mean 0 and variance 1 over the last axis, then a learned scale and offset. */
export function layerNorm({ size, epsilon = 1e-5 }: NormOptions): Layer<NormParams> {
  return {
    init: () => ({ scale: full([size], 1), offset: zeros([size]) }),
    apply: (params, x) => {
      const centred = x.sub(np.mean(x, -1, { keepdims: true }));
      return rescale(params, divideByRootMeanSquare(centred, epsilon));
    },
  };
}

/** Root mean square 1 over the last axis, then a learned scale. */
export function rmsNorm({ size, epsilon = 1e-5 }: NormOptions): Layer<NormParams> {
  return {
    init: () => ({ scale: full([size], 1) }),
    apply: (params, x) => rescale(params, divideByRootMeanSquare(x, epsilon)),
  };
}

/** Which normalisation, by name. */
export type NormName = 'none' | 'layer' | 'rms';

/** The named normalisation, or undefined for none. */
export function normOf(name: NormName, options: NormOptions): Layer<NormParams> | undefined {
  switch (name) {
    case 'none':
      return undefined;
    case 'layer':
      return layerNorm(options);
    case 'rms':
      return rmsNorm(options);
  }
}

export interface MlpParams {
  layers: { dense: DenseParams; norm?: NormParams }[];
}

export interface MlpOptions {
  /** Inputs, then the outputs of each layer: [in, hidden ..., out]. */
  readonly sizes: readonly number[];
  /** Default `silu`. */
  readonly activation?: ActivationName | Activation;
  /** Between a hidden layer's product and its activation. Default `none`. */
  readonly norm?: NormName;
  /** Default 1e-5. */
  readonly epsilon?: number;
  /** Whether the last layer is normalised and activated like the others. Default false: it is linear. */
  readonly activateOutput?: boolean;
  /** Default {@link lecunNormal}. */
  readonly initial?: Initialiser;
  /** Of the last layer. Default as the others. */
  readonly outputInitial?: Initialiser;
}

/** Dense layers in a row: [..., in] -> [..., out]. */
export function mlp({
  sizes,
  activation = 'silu',
  norm = 'none',
  epsilon,
  activateOutput = false,
  initial = lecunNormal,
  outputInitial = initial,
}: MlpOptions): Layer<MlpParams> {
  demand(
    sizes.length >= 2 && sizes.every((size) => Number.isInteger(size) && size > 0),
    () => `mlp: sizes must be two or more positive integers, inputs first, got [${sizes}].`,
  );
  const activate = typeof activation === 'string' ? activations[activation] : activation;
  const layers = sizes.slice(1).map((outputs, i) => {
    const last = i === sizes.length - 2;
    const hidden = !last || activateOutput;
    const after = hidden ? normOf(norm, { size: outputs, epsilon }) : undefined;
    return {
      // layer normalisation takes a bias away again, and brings its own
      product: dense({
        inputs: sizes[i],
        outputs,
        bias: after === undefined || norm !== 'layer',
        initial: last ? outputInitial : initial,
      }),
      after,
      hidden,
    };
  });
  return {
    init: (rng) => ({
      layers: layers.map(({ product, after }) =>
        after ? { dense: product.init(rng), norm: after.init(rng) } : { dense: product.init(rng) },
      ),
    }),
    apply: (params, x) =>
      layers.reduce((input, { product, after, hidden }, i) => {
        const own = params.layers[i];
        let y = product.apply(own.dense, input);
        if (after && own.norm) y = after.apply(own.norm, y);
        return hidden ? activate(y) : y;
      }, x),
  };
}

/**
 * E networks of one form, side by side: every parameter and every input has a leading axis [E, ...]. Members share
 * nothing, and are initialised one after another from the stream. For layers made of this file's; not for convolutions.
 */
export function ensemble<P, Inputs extends readonly Traced[]>(
  member: Layer<P, Inputs>,
  E: number,
): Layer<P, Inputs> {
  demand(Number.isInteger(E) && E >= 1, () => `ensemble: members must be a positive integer, got ${E}.`);
  return {
    init: (rng) => stack(Array.from({ length: E }, () => member.init(rng))),
    apply: (params, ...inputs) => {
      for (const input of inputs) {
        demand(
          input.shape[0] === E,
          () => `ensemble: inputs must have ${E} members on the first axis, got shape [${input.shape}].`,
        );
      }
      return member.apply(params, ...inputs);
    },
  };
}

/** Dense layers of E members: [E, ..., in] -> [E, ..., out]. */
export function ensembleDense(options: DenseOptions, E: number): Layer<DenseParams> {
  return ensemble(dense(options), E);
}

/** Trees of one form, joined along a new first axis. */
export function stack<P>(trees: readonly P[]): P {
  const [first, ...rest] = trees as readonly Tree<Tensor>[];
  return mapTree(isTensor, (...leaves: Tensor[]) => stackTensors(leaves), first, ...rest) as P;
}

/** One of the trees that {@link stack} joined. */
export function unstack<P>(tree: P, index: number): P {
  return mapTree(
    isTensor,
    (leaf: Tensor) => {
      const shape = leaf.shape.slice(1);
      const size = sizeOf(shape);
      return { dtype: leaf.dtype, shape, data: leaf.data.slice(index * size, (index + 1) * size) } as Tensor;
    },
    tree as Tree<Tensor>,
  ) as P;
}

function stackTensors(leaves: readonly Tensor[]): Tensor {
  const { dtype, shape, data } = leaves[0];
  const stacked = allocate(dtype, leaves.length * data.length);
  leaves.forEach((leaf, i) => {
    stacked.set(leaf.data, i * data.length);
  });
  return { dtype, shape: [leaves.length, ...shape], data: stacked } as Tensor;
}

function divideByRootMeanSquare(x: Traced, epsilon: number): Traced {
  return x.mul(inverseRoot(np.mean(np.square(x), -1, { keepdims: true }).add(epsilon)));
}

function rescale({ scale, offset }: TracedTree<NormParams>, x: Traced): Traced {
  const scaled = x.mul(alongLastAxis(scale, x.ndim));
  return offset ? scaled.add(alongLastAxis(offset, x.ndim)) : scaled;
}

/** A vector for each member, [...M, F], shaped to meet [...M, ..., F]. */
function alongLastAxis(vector: Traced, ndim: number): Traced {
  if (vector.ndim === 1) return vector;
  const members = vector.shape.slice(0, -1);
  return vector.reshape([
    ...members,
    ...new Array<number>(ndim - vector.ndim).fill(1),
    vector.shape[vector.ndim - 1],
  ]);
}
