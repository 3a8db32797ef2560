/** Rewriting graphs: a pass visits operations in order and may put others in their place; equal ones become one. */
import type { Graph, Operation, Params, Value } from './graph.ts';
import { newValue } from './graph.ts';
import type { DType } from './tensor.ts';

/**
 * Looks at one operation, whose inputs have already been rewritten. Returns the value to use in place of its only
 * output, or undefined to keep the operation.
 */
export type RewriteRule = (operation: Operation, rewriter: Rewriter) => Value | undefined;

const COMMUTATIVE: ReadonlySet<string> = new Set(['add', 'mul', 'min', 'max']);

export class Rewriter {
  private readonly operations: Operation[] = [];
  private readonly definitions = new Map<number, Operation>();
  private readonly known = new Map<string, Operation>();
  private readonly replaced = new Map<number, Value>();
  private readonly counts: ReadonlyMap<number, number>;

  private constructor(counts: ReadonlyMap<number, number>) {
    this.counts = counts;
  }

  /** Rewrites a graph by one rule, joins equal operations and drops those that nothing needs. */
  static run(graph: Graph, rule: RewriteRule): Graph {
    const rewriter = new Rewriter(countUses(graph));
    for (const original of graph.operations) {
      const operation = { ...original, inputs: original.inputs.map((value) => rewriter.current(value)) };
      const [output] = operation.outputs;
      const replacement = operation.outputs.length === 1 ? rule(operation, rewriter) : undefined;
      if (replacement) rewriter.replaced.set(output.id, replacement);
      else rewriter.add(operation);
    }
    const outputs = graph.outputs.map((value) => rewriter.current(value));
    return withoutDead({ ...graph, operations: rewriter.operations, outputs });
  }

  /** The operation that makes a value; undefined for inputs, constants and literals. */
  definition(value: Value, primitive?: string): Operation | undefined {
    const operation = this.definitions.get(value.id);
    return primitive === undefined || operation?.primitive === primitive ? operation : undefined;
  }

  /** Whether only one operation uses the value, counted before this pass. */
  usedOnce(value: Value): boolean {
    return (this.counts.get(value.id) ?? 0) <= 1;
  }

  /** How many operations and outputs read the value, counted before this pass. */
  uses(value: Value): number {
    return this.counts.get(value.id) ?? 0;
  }

  /** Adds an operation of several outputs, or finds an equal one. */
  makeAll(
    primitive: string,
    inputs: readonly Value[],
    shapes: readonly (readonly number[])[],
    dtype: DType,
    params: Params = {},
  ): readonly Value[] {
    return this.add({ primitive, inputs, params, outputs: shapes.map((shape) => newValue(dtype, shape)) })
      .outputs;
  }

  /** Adds an operation of one output, or finds an equal one. */
  make(
    primitive: string,
    inputs: readonly Value[],
    dtype: DType,
    shape: readonly number[],
    params: Params = {},
  ): Value {
    const output = newValue(dtype, shape);
    return this.add({ primitive, inputs, params, outputs: [output] }).outputs[0];
  }

  private add(operation: Operation): Operation {
    const key = operationKey(operation);
    const same = this.known.get(key);
    if (same) {
      operation.outputs.forEach((value, i) => this.replaced.set(value.id, same.outputs[i]));
      return same;
    }
    this.known.set(key, operation);
    this.operations.push(operation);
    for (const value of operation.outputs) this.definitions.set(value.id, operation);
    return operation;
  }

  /** What stands in place of a value of the graph as it was. */
  current(value: Value): Value {
    return this.replaced.get(value.id) ?? value;
  }
}

/** How many operations and outputs read each value. */
export function countUses(graph: Graph): Map<number, number> {
  const counts = new Map<number, number>();
  const count = (value: Value) => counts.set(value.id, (counts.get(value.id) ?? 0) + 1);
  for (const { inputs } of graph.operations) for (const value of inputs) count(value);
  for (const value of graph.outputs) count(value);
  return counts;
}

/** The graph without operations that no output needs. */
export function withoutDead(graph: Graph): Graph {
  const needed = new Set(graph.outputs.map((value) => value.id));
  const live: Operation[] = [];
  for (const operation of graph.operations.toReversed()) {
    if (!operation.outputs.some((value) => needed.has(value.id))) continue;
    live.push(operation);
    for (const value of operation.inputs) needed.add(value.id);
  }
  return { ...graph, operations: live.reverse() };
}

/** A literal of the same dtype as another. */
export function literalLike(value: Value, number: number): Value {
  return newValue(value.dtype, [], number);
}

/** Whether a value is a certain number written in the code. */
export function isLiteral(value: Value, number: number): boolean {
  return value.literal === number;
}

/** What an operation does to which values, as text. */
export function operationKey({ primitive, inputs, params, outputs }: Operation): string {
  const names = inputs.map((value) =>
    value.literal === undefined ? `${value.id}` : `${value.dtype}:${value.literal}`,
  );
  if (COMMUTATIVE.has(primitive)) names.sort();
  return `${primitive}(${names})${textOf(params)}${outputs[0].dtype}[${outputs[0].shape}]`;
}

const texts = new WeakMap<Params, string>();

/** Settings as text. Passes hand them on as they are, so that each is written once. */
function textOf(params: Params): string {
  const known = texts.get(params);
  if (known !== undefined) return known;
  const text = JSON.stringify(params);
  texts.set(params, text);
  return text;
}
