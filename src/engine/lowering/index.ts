/** Lowering: a graph of jax-js primitives becomes an ONNX model. One rule a primitive. */
import { InputError } from '../../core/errors.ts';
import type { Graph, Operation, Value } from '../graph.ts';
import type { OnnxModel, OnnxNode } from '../onnx.ts';
import { allocate, type DType, sizeOf } from '../tensor.ts';
import { number } from './arithmetic.ts';
import { Builder } from './builder.ts';
import { reduceNothing } from './reduce.ts';
import { type Rule, rules } from './rules.ts';
import { direct, type View, whole } from './view.ts';

export interface LowerOptions {
  /** Names of the model's inputs. Default: `in0 ...`. */
  readonly inputNames?: readonly string[];
  /** Names of the model's outputs. Default: as it comes. */
  readonly outputNames?: readonly string[];
  /** Use ONNX's own operators alone, so that the model runs outside ONNX Runtime too. Default false. */
  readonly portable?: boolean;
}

/**
 * Lowers a graph to an ONNX model.
 * @param name the program's, for errors
 * @throws InputError naming the primitive when the engine cannot compute it, with what to use instead
 */
export function lower(graph: Graph, name: string, options: LowerOptions = {}): OnnxModel {
  const { inputNames = graph.inputs.map((_, i) => `in${i}`), outputNames } = options;
  const builder = new Builder(options.portable ?? false, [...inputNames, ...(outputNames ?? [])]);
  const views = new Map<number, View>();
  graph.inputs.forEach((value, i) => views.set(value.id, direct(inputNames[i], value.dtype, value.shape)));
  for (const { value, tensor } of graph.constants) {
    views.set(
      value.id,
      direct(builder.constant(value.dtype, value.shape, tensor.data), value.dtype, value.shape),
    );
  }
  const viewOf = (value: Value, dtype: DType): View =>
    value.literal === undefined ? views.get(value.id)! : literal(builder, value, dtype);
  for (const operation of graph.operations) {
    const { inputs, outputs } = operation;
    if (outputs.every(isEmpty)) {
      for (const value of outputs) views.set(value.id, empty(builder, value));
      continue;
    }
    const operands = inputs.map((value) => viewOf(value, literalDType(operation, value)));
    const results = apply(builder, operation, operands, name);
    outputs.forEach((value, i) => views.set(value.id, isEmpty(value) ? empty(builder, value) : results[i]));
  }
  // a model's outputs are nodes' own outputs, each once, or copies of them under the names asked for
  const taken = new Set(inputNames);
  const ports = graph.outputs.map((value, i) => {
    const made = whole(builder, viewOf(value, value.dtype));
    const isNode = !taken.has(made) && builder.constants.every((constant) => constant.name !== made);
    const copy = outputNames?.[i] ?? (isNode ? undefined : builder.name());
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

function apply(builder: Builder, operation: Operation, operands: readonly View[], name: string) {
  const rule = rules[operation.primitive];
  if (!rule) throw new InputError(`${name}: ${refusal(operation.primitive)}`);
  try {
    const isPartial = operation.inputs.some(isEmpty);
    const result = (isPartial ? fromNothing(rule) : rule)(builder, operation, operands);
    return 'name' in result ? [result] : result;
  } catch (error) {
    throw error instanceof InputError ? new InputError(`${name}: ${error.message}`) : error;
  }
}

/** Primitives whose result has the dtype in which they compute: a literal among their operands is read as that. */
const PROMOTING: ReadonlySet<string> = new Set([
  ...['add', 'mul', 'sub', 'div', 'idiv', 'mod', 'min', 'max', 'bit_combine', 'where', 'dot', 'conv'],
]);

/** The dtype as which an operation reads a number written in the code: 2 times an integer is an integer. */
function literalDType({ primitive, params, outputs }: Operation, value: Value): DType {
  if (primitive === 'compare' && params.dtype) return params.dtype as DType;
  if (primitive === 'where' && value.dtype === 'bool') return 'bool';
  return PROMOTING.has(primitive) ? outputs[0].dtype : value.dtype;
}

/** Floats are read as the nearest number of the dtype; integers keep their own, and the rule casts them as any array. */
function literal(builder: Builder, value: Value, dtype: DType): View {
  return number(builder, value.dtype === 'float32' ? dtype : value.dtype, value.literal!);
}

/** A rule for an operation some of whose operands hold no numbers, but whose result does. */
function fromNothing(rule: Rule): Rule {
  return (builder, operation, operands) => {
    const { primitive, inputs, outputs, params } = operation;
    const [out] = outputs;
    if (primitive === 'reduce') return reduceNothing(builder, String(params.op), operands[0], out.shape);
    // a sum without terms, or padding around nothing
    if (primitive !== 'concatenate') return reduceNothing(builder, 'Add', operands[0], out.shape);
    const filled = operands.filter((_, i) => !isEmpty(inputs[i]));
    return rule(builder, operation, filled);
  };
}

/** What to use in place of a primitive that has no rule. */
const ADVICE: Readonly<Record<string, string>> = {
  random_bits: 'Draw random numbers from an Rng and pass them in as an input, so that runs repeat.',
  jacobi_eigh: 'Compute eigenvectors outside the program and pass them in, or use a Cholesky factor.',
};

function refusal(primitive: string): string {
  const advice = ADVICE[primitive] ?? 'Write it with other operations.';
  return `the engine cannot lower the primitive "${primitive}". ${advice}`;
}

function isEmpty({ shape }: Value): boolean {
  return sizeOf(shape) === 0;
}

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
