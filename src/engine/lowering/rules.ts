/** The rules of lowering: what ONNX has for each primitive of jax-js, and for the few that simplification makes. */
import type { Operation } from '../graph.ts';
import { integers, pairs, sameShape } from '../graph.ts';
import { isLiteral } from '../rewrite.ts';
import type { DType } from '../tensor.ts';
import {
  arithmetic,
  as,
  bitCombine,
  bitCount,
  bitcast,
  bitShift,
  choice,
  comparison,
  erfc,
  negative,
  onFloats,
  read,
  rounded,
  truncatedDivision,
} from './arithmetic.ts';
import type { Builder } from './builder.ts';
import { type Convolution, convolution } from './convolution.ts';
import { dot } from './dot.ts';
import { elementwise } from './elementwise.ts';
import { gather, type ScatterMode, scatter } from './indexing.ts';
import { cholesky, fourier, lu, triangularSolve } from './linear-algebra.ts';
import { concatenate, flip, pad, shrink, split } from './movement.ts';
import { layerNorm, normalise, normaliseRms, rmsNorm, softmax } from './norms.ts';
import { cumulativeSum, topK } from './ordering.ts';
import { reduce } from './reduce.ts';
import { broadcasted, reshaped, transposed, type View } from './view.ts';
import { windows, windowsBack } from './windows.ts';

/** What a rule sees: the model under construction, the operation, and its operands as views. */
export type Rule = (
  builder: Builder,
  operation: Operation,
  operands: readonly View[],
) => View | readonly View[];

/** Operators that do in ONNX what the primitive of this name does to each number. */
const ON_FLOATS: Readonly<Record<string, string>> = {
  reciprocal: 'Reciprocal',
  sin: 'Sin',
  cos: 'Cos',
  asin: 'Asin',
  atan: 'Atan',
  exp: 'Exp',
  log: 'Log',
  erf: 'Erf',
  sqrt: 'Sqrt',
  sigmoid: 'Sigmoid',
  tanh: 'Tanh',
};

const BINARY: Readonly<Record<string, string>> = {
  add: 'Add',
  mul: 'Mul',
  min: 'Min',
  sub: 'Sub',
  div: 'Div',
};

export const rules: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(
    Object.entries(ON_FLOATS).map(([primitive, op]) => {
      const apply = onFloats(primitive, op);
      return [primitive, (builder, _, [x]) => apply(builder, x)] satisfies [string, Rule];
    }),
  ),
  ...Object.fromEntries(
    Object.entries(BINARY).map(([primitive, op]) => [
      primitive,
      ((builder, { outputs: [out] }, operands) =>
        arithmetic(builder, op, operands, out.shape, out.dtype)) satisfies Rule,
    ]),
  ),
  max: (builder, { inputs, outputs: [out] }, operands) => {
    const zero = inputs.findIndex((value) => isLiteral(value, 0));
    // a rectifier of its own joins the product before it
    if (zero !== -1 && out.dtype === 'float32' && sameShape(inputs[1 - zero], out))
      return onFloats('max', 'Relu')(builder, operands[1 - zero]);
    return arithmetic(builder, 'Max', operands, out.shape, out.dtype);
  },
  silu: (builder, { outputs: [out] }, [x]) => {
    if (!builder.portable)
      return elementwise(builder, 'QuickGelu', [x], out.shape, out.dtype, { alpha: { float: 1 } });
    const gate = elementwise(builder, 'Sigmoid', [x], out.shape, out.dtype);
    return elementwise(builder, 'Mul', [x, gate], out.shape, out.dtype);
  },
  normalise: (builder, { params }, [x]) => normalise(builder, x, Number(params.epsilon)),
  layer_norm: (builder, { params }, [x, scale, offset]) =>
    layerNorm(builder, x, scale, offset, Number(params.epsilon)),
  normalise_rms: (builder, { params }, [x]) => normaliseRms(builder, x, Number(params.epsilon)),
  rms_norm: (builder, { params }, [x, scale]) => rmsNorm(builder, x, scale, Number(params.epsilon)),
  softmax: (builder, _, [x]) => softmax(builder, x),
  erfc: (builder, _, [x]) => erfc(builder, x),
  neg: (builder, _, [x]) => negative(builder, x),
  floor: (builder, _, [x]) => rounded(builder, 'Floor', x),
  ceil: (builder, _, [x]) => rounded(builder, 'Ceil', x),
  idiv: (builder, { outputs: [out] }, operands) =>
    truncatedDivision(builder, 'quotient', operands, out.shape, out.dtype),
  mod: (builder, { outputs: [out] }, operands) =>
    truncatedDivision(builder, 'remainder', operands, out.shape, out.dtype),
  bit_combine: (builder, { outputs: [out], params }, operands) =>
    bitCombine(builder, String(params.op), operands, out.shape, out.dtype),
  bit_shift: (builder, { outputs: [out], params }, operands) =>
    bitShift(builder, String(params.op), operands, out.shape, out.dtype),
  bit_count: (builder, _, [x]) => bitCount(builder, x),
  cast: (builder, { outputs: [out] }, [x]) => as(builder, x, out.dtype),
  bitcast: (builder, { outputs: [out] }, [x]) => bitcast(builder, x, out.dtype),
  stop_gradient: (_, __, [x]) => x,
  compare: (builder, { inputs, outputs: [out], params }, operands) =>
    comparison(builder, String(params.op), operands, out.shape, (params.dtype ?? inputs[0].dtype) as DType),
  where: (builder, { outputs: [out] }, [condition, ...sides]) =>
    choice(builder, condition, sides, out.shape, out.dtype),
  transpose: (_, { params }, [x]) => transposed(x, integers(params, 'perm')),
  broadcast: (_, { params }, [x]) => broadcasted(x, integers(params, 'shape'), integers(params, 'axis')),
  reshape: (builder, { params }, [x]) => reshaped(builder, x, integers(params, 'shape')),
  flip: (builder, { params }, [x]) => flip(builder, x, integers(params, 'axis')),
  shrink: (builder, { params }, [x]) => shrink(builder, x, pairs(params, 'slice')),
  pad: (builder, { params }, [x]) => pad(builder, x, pairs(params, 'width')),
  concatenate: (builder, { params, outputs: [out] }, operands) =>
    concatenate(
      builder,
      operands.map((view) => as(builder, view, out.dtype)),
      Number(params.axis),
      out.shape,
    ),
  split: (builder, { params }, [x]) => split(builder, x, Number(params.axis), integers(params, 'sizes')),
  reduce: (builder, { params }, [x]) => reduce(builder, String(params.op), x, integers(params, 'axis')),
  sum_squares: (builder, { params }, [x]) => reduce(builder, 'squares', x, integers(params, 'axis')),
  dot: (builder, { outputs: [out] }, operands) => {
    const [x, y] = operands.map((view) => as(builder, view, out.dtype));
    if (out.dtype !== 'bool') return dot(builder, x, y, out.shape);
    // "some pair is true" is a sum of products that is not zero
    const counted = dot(builder, read(builder, x, 'int32'), read(builder, y, 'int32'), out.shape);
    return read(builder, counted, 'bool');
  },
  conv: (builder, { outputs: [out], params }, [x, w]) =>
    convolution(builder, x, w, params as unknown as Convolution, out.shape),
  pool: (builder, { params }, [x]) =>
    windows(builder, x, integers(params, 'window'), integers(params, 'strides')),
  pool_transpose: (builder, { params }, [x]) =>
    windowsBack(
      builder,
      x,
      integers(params, 'inShape'),
      integers(params, 'window'),
      integers(params, 'strides'),
    ),
  gather: (builder, { params }, [x, ...indices]) =>
    gather(builder, x, indices, integers(params, 'axis'), Number(params.outDim)),
  scatter: (builder, { params }, [updates, ...indices]) =>
    scatter(
      builder,
      updates,
      indices,
      integers(params, 'axis'),
      Number(params.outDim),
      integers(params, 'shape'),
      params.op as ScatterMode,
    ),
  sort: (builder, _, [x]) => topK(builder, x, x.shape.length - 1, x.shape.at(-1)!, 'least')[0],
  argsort: (builder, _, [x]) => topK(builder, x, x.shape.length - 1, x.shape.at(-1)!, 'least'),
  top_k: (builder, { params }, [x]) => topK(builder, x, Number(params.axis), Number(params.k), 'greatest'),
  cumsum: (builder, { params }, [x]) =>
    cumulativeSum(builder, x, Number(params.axis), {
      exclusive: params.exclusive === true,
      reverse: params.reverse === true,
    }),
  triangular_solve: (builder, { params }, [a, b]) =>
    triangularSolve(builder, a, b, { unitDiagonal: params.unitDiagonal === true }),
  cholesky: (builder, _, [a]) => cholesky(builder, a),
  lu: (builder, _, [a]) => lu(builder, a),
  fft: (builder, { params }, [real, imaginary]) =>
    fourier(builder, real, imaginary, { inverse: params.inverse === true }),
};
