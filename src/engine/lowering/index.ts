/** Lowering: a graph of jax-js primitives becomes an ONNX model. One rule a primitive. */
import { InputError } from '../../core/errors.ts';
import type { Graph, Operation, Value } from '../graph.ts';
import { integers, pairs } from '../graph.ts';
import { ONNX_DTYPE, type OnnxModel, type OnnxNode } from '../onnx.ts';
import { allocate, type DType, sizeOf } from '../tensor.ts';
import { Builder } from './builder.ts';
import { dot } from './dot.ts';
import { cast, elementwise } from './elementwise.ts';
import { concatenate, flip, pad, shrink } from './movement.ts';
import { reduceOwn, reduceSum } from './reduce.ts';
import { broadcasted, direct, reshaped, transposed, type View, whole } from './view.ts';

/** What a rule sees: the operation, its operands as views, and the model under construction. */
export type Rule = (
  builder: Builder,
  operation: Operation,
  operands: readonly View[],
) => View | readonly View[];

/** Operators that do in ONNX what the primitive of this name does to each number. */
const UNARY: Readonly<Record<string, string>> = {
  neg: 'Neg',
  reciprocal: 'Reciprocal',
  floor: 'Floor',
  ceil: 'Ceil',
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
  softplus: 'Softplus',
};

const BINARY: Readonly<Record<string, string>> = {
  add: 'Add',
  mul: 'Mul',
  min: 'Min',
  max: 'Max',
  sub: 'Sub',
  div: 'Div',
};

const COMPARE: Readonly<Record<string, string>> = { less: 'Less', less_equal: 'LessOrEqual', equal: 'Equal' };

const REDUCE: Readonly<Record<string, string>> = { Max: 'ReduceMax', Min: 'ReduceMin' };

const rules: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(Object.entries(UNARY).map(([primitive, op]) => [primitive, unary(op)])),
  ...Object.fromEntries(Object.entries(BINARY).map(([primitive, op]) => [primitive, binary(op)])),
  silu: (builder, { outputs: [out] }, operands) =>
    elementwise(builder, 'QuickGelu', operands, out.shape, out.dtype, { alpha: { float: 1 } }),
  stop_gradient: (_, __, [x]) => x,
  cast: (builder, { outputs: [out] }, [x]) =>
    x.dtype === out.dtype ? x : cast(builder, x, out.dtype, ONNX_DTYPE[out.dtype]),
  compare: (builder, { outputs: [out], params }, operands) => {
    const alike = sameDtype(builder, operands);
    if (params.op === 'not_equal') {
      const equal = elementwise(builder, 'Equal', alike, out.shape, 'bool');
      return elementwise(builder, 'Not', [equal], out.shape, 'bool');
    }
    return elementwise(builder, COMPARE[String(params.op)], alike, out.shape, 'bool');
  },
  where: (builder, { outputs: [out] }, [condition, x, y]) =>
    elementwise(
      builder,
      'Where',
      [condition, as(builder, x, out.dtype), as(builder, y, out.dtype)],
      out.shape,
      out.dtype,
    ),
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
  split: (builder, { params, inputs: [x] }, [view]) => {
    const axis = Number(params.axis);
    let start = 0;
    return integers(params, 'sizes').map((size) => {
      const ranges = x.shape.map((full, i) =>
        i === axis ? ([start, start + size] as const) : ([0, full] as const),
      );
      start += size;
      return shrink(builder, view, ranges);
    });
  },
  reduce: (builder, { params }, [x]) => {
    const over = integers(params, 'axis');
    const op = String(params.op);
    if (op === 'Add') return reduceSum(builder, x, over);
    return reduceOwn(builder, REDUCE[op], x, over);
  },
  dot: (builder, { outputs: [out] }, [x, y]) =>
    dot(builder, as(builder, x, out.dtype), as(builder, y, out.dtype), out.shape),
};

function unary(op: string): Rule {
  return (builder, { outputs: [out] }, operands) => elementwise(builder, op, operands, out.shape, out.dtype);
}

function binary(op: string): Rule {
  return (builder, { outputs: [out] }, operands) =>
    elementwise(
      builder,
      op,
      operands.map((view) => as(builder, view, out.dtype)),
      out.shape,
      out.dtype,
    );
}

function as(builder: Builder, view: View, dtype: DType): View {
  return view.dtype === dtype ? view : cast(builder, view, dtype, ONNX_DTYPE[dtype]);
}

function sameDtype(builder: Builder, [x, y]: readonly View[]): View[] {
  if (x.dtype === y.dtype) return [x, y];
  const order: readonly DType[] = ['bool', 'uint32', 'int32', 'float32'];
  const dtype = order[Math.max(order.indexOf(x.dtype), order.indexOf(y.dtype))];
  return [as(builder, x, dtype), as(builder, y, dtype)];
}

/** Lowers a graph. Inputs of the model are named `in0 ...` unless names are given; outputs as it comes. */
export function lower(
  graph: Graph,
  name: string,
  inputNames: readonly string[] = graph.inputs.map((_, i) => `in${i}`),
  outputNames?: readonly string[],
): OnnxModel {
  const builder = new Builder();
  const views = new Map<number, View>();
  graph.inputs.forEach((value, i) => views.set(value.id, direct(inputNames[i], value.dtype, value.shape)));
  for (const { value, tensor } of graph.constants) {
    views.set(
      value.id,
      direct(builder.constant(value.dtype, value.shape, tensor.data), value.dtype, value.shape),
    );
  }
  /** A literal takes the dtype of what it meets, so that 0.5 times an integer is not a cast of the integer. */
  const viewOf = (value: Value, meets: DType): View => {
    if (value.literal === undefined) return views.get(value.id)!;
    const dtype = value.dtype === 'float32' ? meets : value.dtype;
    return direct(builder.scalar(dtype, value.literal), dtype, []);
  };
  for (const operation of graph.operations) {
    if (operation.outputs.every((value) => sizeOf(value.shape) === 0)) {
      for (const value of operation.outputs) views.set(value.id, empty(builder, value));
      continue;
    }
    const rule = rules[operation.primitive];
    if (!rule) {
      throw new InputError(
        `${name}: the engine cannot lower the primitive "${operation.primitive}". ${ADVICE[operation.primitive] ?? 'Write it with other operations.'}`,
      );
    }
    const meets =
      operation.inputs.find((value) => value.literal === undefined)?.dtype ?? operation.outputs[0].dtype;
    const result = rule(
      builder,
      operation,
      operation.inputs.map((value) => viewOf(value, meets)),
    );
    const results = 'name' in result ? [result] : result;
    operation.outputs.forEach((value, i) =>
      views.set(value.id, sizeOf(value.shape) === 0 ? empty(builder, value) : results[i]),
    );
  }
  // a model's outputs are nodes' own outputs, each once, or copies of them under the names asked for
  const taken = new Set([...inputNames, ...builder.constants.map((constant) => constant.name)]);
  const ports = graph.outputs.map((value, i) => {
    const made = whole(builder, viewOf(value, value.dtype));
    const copy = outputNames?.[i] ?? (taken.has(made) ? `out${i}` : undefined);
    if (copy !== undefined) builder.emitNamed('Identity', [made], copy);
    const port = copy ?? made;
    taken.add(port);
    return { name: port, dtype: value.dtype, shape: value.shape };
  });
  const nodes = liveNodes(
    builder.nodes,
    ports.map((port) => port.name),
  );
  const read = new Set(nodes.flatMap((node) => node.inputs));
  return {
    name,
    nodes,
    constants: builder.constants.filter((constant) => read.has(constant.name)),
    inputs: graph.inputs.map(({ dtype, shape }, i) => ({ name: inputNames[i], dtype, shape })),
    outputs: ports,
  };
}

/** What to use in place of a primitive that has no rule. */
const ADVICE: Readonly<Record<string, string>> = {
  random_bits: 'Draw random numbers from an Rng and pass them in as an input, so that runs repeat.',
};

function empty(builder: Builder, { dtype, shape }: Value): View {
  return direct(builder.constant(dtype, shape, allocate(dtype, 0)), dtype, shape);
}

/** The nodes that some output needs. */
function liveNodes(nodes: readonly OnnxNode[], outputs: readonly string[]): OnnxNode[] {
  const needed = new Set(outputs);
  const live: OnnxNode[] = [];
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((output) => needed.has(output))) continue;
    live.push(node);
    for (const input of node.inputs) needed.add(input);
  }
  return live.reverse();
}
