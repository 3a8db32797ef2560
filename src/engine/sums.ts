/**
 * Long sums, as the gradient through an unrolled sequence makes them: a weight's gradient is the sum of one matrix
 * product a step, an input sequence's gradient the sum of one padded slice a step. Added one by one, each addition
 * touches the whole array. Gathered, the products become one product over joined inner axes, and the slices are joined.
 */
import type { Graph, Operation, Value } from './graph.ts';
import { integers, newValue, pairs, sameShape } from './graph.ts';
import { countUses, withoutDead } from './rewrite.ts';
import { sizeOf } from './tensor.ts';

export function gatherSums(graph: Graph): Graph {
  const uses = countUses(graph);
  const definitions = new Map<number, Operation>();
  for (const operation of graph.operations)
    for (const value of operation.outputs) definitions.set(value.id, operation);
  const once = (value: Value) => uses.get(value.id) === 1;
  const inner = new Set<number>(); // sums that are part of a longer one
  for (const { primitive, inputs } of graph.operations) {
    if (primitive !== 'add') continue;
    for (const value of inputs)
      if (once(value) && definitions.get(value.id)?.primitive === 'add') inner.add(value.id);
  }
  /** The terms of a sum of equal shapes, first to last. */
  const termsOf = (operation: Operation): Value[] => {
    const terms: Value[] = [];
    const pending = [...operation.inputs].reverse();
    while (pending.length > 0) {
      const value = pending.pop()!;
      const definition = definitions.get(value.id);
      if (inner.has(value.id) && definition && sameShape(value, operation.outputs[0]))
        pending.push(...[...definition.inputs].reverse());
      else terms.push(value);
    }
    return terms;
  };

  const operations: Operation[] = [];
  for (const operation of graph.operations) {
    const [output] = operation.outputs;
    const isRoot = operation.primitive === 'add' && output.dtype === 'float32' && !inner.has(output.id);
    const terms = isRoot ? termsOf(operation) : [];
    if (terms.length < 2 || terms.some((term) => !sameShape(term, output))) {
      operations.push(operation);
      continue;
    }
    const make = (
      primitive: string,
      inputs: readonly Value[],
      shape: readonly number[],
      params = {},
    ): Value => {
      const value = newValue(output.dtype, shape);
      operations.push({ primitive, inputs, params, outputs: [value] });
      return value;
    };
    const products = joinProducts(terms, definitions, once, make);
    const reductions = joinReductions(products, definitions, once, make);
    const rest = joinPads(reductions, definitions, once, make);
    if (rest.length === terms.length) {
      operations.push(operation);
      continue;
    }
    // the last addition keeps the output's identity
    let sum = rest[0];
    for (const term of rest.slice(1, -1)) sum = make('add', [sum, term], output.shape);
    if (rest.length === 1)
      operations.push({
        primitive: 'reshape',
        inputs: [sum],
        params: { shape: output.shape },
        outputs: [output],
      });
    else
      operations.push({
        primitive: 'add',
        inputs: [sum, rest[rest.length - 1]],
        params: {},
        outputs: [output],
      });
  }
  return withoutDead({ ...graph, operations });
}

type Make = (primitive: string, inputs: readonly Value[], shape: readonly number[], params?: object) => Value;

/** Products of like shapes become one, where joining their operands moves fewer numbers than adding their results. */
function joinProducts(
  terms: readonly Value[],
  definitions: ReadonlyMap<number, Operation>,
  once: (value: Value) => boolean,
  make: Make,
): Value[] {
  const groups = new Map<string, Operation[]>();
  const rest: Value[] = [];
  for (const term of terms) {
    const product = definitions.get(term.id);
    const [x, y] = product?.inputs ?? [];
    const fits =
      product?.primitive === 'dot' &&
      once(term) &&
      x.shape.length === y.shape.length &&
      x.shape.at(-1) === y.shape.at(-1);
    if (!fits) {
      rest.push(term);
      continue;
    }
    const key = `${x.shape.slice(0, -1)}|${y.shape.slice(0, -1)}`;
    groups.set(key, [...(groups.get(key) ?? []), product]);
  }
  for (const products of groups.values()) {
    const [first] = products;
    const operands = products.flatMap(({ inputs }) => inputs);
    const moved = operands.reduce((sum, value) => sum + ownSize(value, definitions), 0);
    const worth = products.length > 1 && moved < products.length * sizeOf(first.outputs[0].shape);
    if (!worth) {
      rest.push(...products.map(({ outputs }) => outputs[0]));
      continue;
    }
    const joined = [0, 1].map((side) => {
      const parts = products.map(({ inputs }) => inputs[side]);
      const axis = parts[0].shape.length - 1;
      const width = parts.reduce((sum, part) => sum + part.shape[axis], 0);
      return make('concatenate', parts, [...parts[0].shape.slice(0, -1), width], { axis });
    });
    rest.push(make('dot', joined, first.outputs[0].shape));
  }
  return rest;
}

/** Sums over the first axis, as a bias has one a step, become one sum over all rows. */
function joinReductions(
  terms: readonly Value[],
  definitions: ReadonlyMap<number, Operation>,
  once: (value: Value) => boolean,
  make: Make,
): Value[] {
  const isSum = (term: Value): boolean => {
    const reduction = definitions.get(term.id);
    if (reduction?.primitive !== 'reduce' || reduction.params.op !== 'Add' || !once(term)) return false;
    return integers(reduction.params, 'axis').join() === '0';
  };
  const sums = terms.filter(isSum);
  if (sums.length < 2) return [...terms];
  const parts = sums.map((term) => definitions.get(term.id)!.inputs[0]);
  const rows = parts.reduce((sum, part) => sum + part.shape[0], 0);
  const [{ shape }] = sums;
  const joined = make('concatenate', parts, [rows, ...shape], { axis: 0 });
  const sum = make('reduce', [joined], shape, { op: 'Add', axis: [0] });
  return [...terms.filter((term) => !isSum(term)), sum];
}

/** Numbers that an array holds, those it only repeats not counted. */
function ownSize(value: Value, definitions: ReadonlyMap<number, Operation>): number {
  const operation = definitions.get(value.id);
  const seen = operation && ['broadcast', 'transpose', 'reshape'].includes(operation.primitive);
  return seen
    ? Math.min(sizeOf(value.shape), ownSize(operation.inputs[0], definitions))
    : sizeOf(value.shape);
}

/** Slices padded with zeros to places of their own along one axis become one array. */
function joinPads(
  terms: readonly Value[],
  definitions: ReadonlyMap<number, Operation>,
  once: (value: Value) => boolean,
  make: Make,
): Value[] {
  interface Slice {
    readonly term: Value;
    readonly part: Value;
    readonly start: number;
    readonly end: number;
  }
  const byAxis = new Map<number, Slice[]>();
  const rest: Value[] = [];
  for (const term of terms) {
    const padding = definitions.get(term.id);
    const widths = padding?.primitive === 'pad' && once(term) ? pairs(padding.params, 'width') : [];
    const touched = widths.map((_, i) => i).filter((i) => widths[i][0] !== 0 || widths[i][1] !== 0);
    const [axis] = touched;
    if (!padding || touched.length !== 1 || widths[axis].some((width) => width < 0)) {
      rest.push(term);
      continue;
    }
    const start = widths[axis][0];
    const slice = { term, part: padding.inputs[0], start, end: term.shape[axis] - widths[axis][1] };
    byAxis.set(axis, [...(byAxis.get(axis) ?? []), slice]);
  }
  for (const [axis, slices] of byAxis) {
    slices.sort((a, b) => a.start - b.start);
    const apart = slices.every(({ start }, i) => i === 0 || start >= slices[i - 1].end);
    if (slices.length < 2 || !apart) {
      rest.push(...slices.map(({ term }) => term));
      continue;
    }
    const { shape } = slices[0].term;
    const parts: Value[] = [];
    let filled = 0;
    const fill = (until: number) => {
      if (until === filled) return;
      const gap = shape.map((size, i) => (i === axis ? until - filled : size));
      const zero = newValue(slices[0].term.dtype, [], 0);
      parts.push(make('broadcast', [zero], gap, { shape: gap, axis: gap.map((_, i) => i) }));
    };
    for (const { part, start, end } of slices) {
      fill(start);
      parts.push(part);
      filled = end;
    }
    fill(shape[axis]);
    rest.push(make('concatenate', parts, shape, { axis }));
  }
  return rest;
}
