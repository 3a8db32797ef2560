/**
 * Rows that were multiplied already: where a network was asked of some rows after others, and then of all of them together so as to
 * learn, its first product has been had. What it gave is joined in place of being computed once more.
 */
import type { Graph, Operation, Value } from './graph.ts';
import { integers } from './graph.ts';
import { operationKey, type RewriteRule, Rewriter } from './rewrite.ts';

/** Primitives that do the same to each number, so that rows stay apart. */
const ELEMENTWISE: ReadonlySet<string> = new Set([
  ...['add', 'mul', 'sub', 'div', 'neg', 'reciprocal', 'sqrt', 'exp', 'log', 'sigmoid', 'tanh', 'max', 'min'],
]);

export function shareRows(graph: Graph): Graph {
  return Rewriter.run(graph, joinKnownProducts());
}

function joinKnownProducts(): RewriteRule {
  const known = new Map<string, Value>();
  /** Of arrays that are others joined along the first axis: those. */
  const parts = new Map<number, readonly Value[]>();
  const products = new Set<number>();
  return (operation, rewriter) => {
    const { primitive, inputs, params, outputs } = operation;
    const [output] = outputs;
    const key = operationKey(operation);
    if (!known.has(key)) known.set(key, output);
    if (primitive === 'concatenate' && params.axis === 0) {
      parts.set(output.id, inputs);
      return undefined;
    }
    const joined = inputs.find(({ id }) => parts.has(id));
    if (!joined || !keepsRows(operation, parts)) return undefined;
    const results = parts.get(joined.id)!.map((_, i) => {
      const part = ofPart(operation, i, parts);
      // a reshape of a reshape has been written as one
      const source = primitive === 'reshape' ? rewriter.definition(part.inputs[0], 'reshape') : undefined;
      const value = known.get(operationKey(source ? { ...part, inputs: source.inputs } : part));
      return value && rewriter.current(value);
    });
    if (!results.every((value) => value !== undefined)) return undefined;
    parts.set(output.id, results);
    // a product, and what is added to it at once
    const isProduct =
      primitive === 'dot' || (primitive === 'add' && inputs.some(({ id }) => products.has(id)));
    if (!isProduct) return undefined;
    const value = rewriter.make('concatenate', results, output.dtype, output.shape, { axis: 0 });
    parts.set(value.id, results);
    if (primitive === 'dot') products.add(value.id);
    return value;
  };
}

/** Whether each row of the result comes of the same row of those operands that are joined, and of others that all rows share. */
function keepsRows(
  { primitive, inputs, params, outputs: [output] }: Operation,
  parts: ReadonlyMap<number, unknown>,
): boolean {
  const rank = Math.max(...inputs.map(({ shape }) => shape.length));
  const alike = inputs.every((value) =>
    parts.has(value.id)
      ? value.shape.length === rank && value.shape[0] === output.shape[0]
      : value.shape.length < rank || value.shape[0] === 1,
  );
  if (!alike) return false;
  switch (primitive) {
    case 'reduce':
    case 'broadcast':
      return !integers(params, 'axis').includes(0);
    case 'transpose':
      return integers(params, 'perm')[0] === 0;
    case 'reshape':
      return true;
    case 'dot':
      return rank > 1;
    default:
      return ELEMENTWISE.has(primitive);
  }
}

/** The operation as it would be done for one part alone. */
function ofPart(operation: Operation, i: number, parts: ReadonlyMap<number, readonly Value[]>): Operation {
  const inputs = operation.inputs.map((value) => parts.get(value.id)?.[i] ?? value);
  const rows = inputs.find((value, side) => value !== operation.inputs[side])!.shape[0];
  const { params } = operation;
  const shape = params.shape ? { shape: [rows, ...integers(params, 'shape').slice(1)] } : {};
  const [output] = operation.outputs;
  return {
    ...operation,
    inputs,
    params: { ...params, ...shape },
    outputs: [{ ...output, shape: [rows, ...output.shape.slice(1)] }],
  };
}
