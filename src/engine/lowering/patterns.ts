/**
 * Recognising what jax-js writes out in full though one operator does it: running sums, which arrive as a masked square
 * of all numbers by all places, and the greatest few numbers, which arrive as a sort of everything.
 */
import type { Graph, Operation, Value } from '../graph.ts';
import { integers, newValue, pairs } from '../graph.ts';
import { isLiteral, type RewriteRule, Rewriter, withoutDead } from '../rewrite.ts';

/** The graph with `cumsum` and `top_k` in place of what amounts to them. */
export function recognisePatterns(graph: Graph): Graph {
  const has = (primitive: string) => graph.operations.some((operation) => operation.primitive === primitive);
  const summed = has('compare') ? Rewriter.run(graph, runningSums(graph)) : graph;
  return has('argsort') ? nameGreatest(summed) : summed;
}

/** Finds what makes a value. */
type Define = (value: Value) => Operation | undefined;

/** An array that counts up by 1 along one axis and is the same along the others. */
interface Progression {
  readonly axis: number;
  readonly start: number;
}

/** Where an index along one axis is at most that along another, plus `offset`. */
interface Triangle {
  readonly lesser: number;
  readonly greater: number;
  readonly offset: number;
}

/** sum over s of where(triangle of s and o, v, 0), for a v that does not vary along o, is a running sum of v. */
function runningSums(graph: Graph): RewriteRule {
  const constants = new Map(graph.constants.map(({ value, tensor }) => [value.id, tensor]));
  /** What a constant array counts up along. */
  const progressionOf = (value: Value, define: Define): Progression | undefined => {
    const data = constants.get(value.id)?.data;
    if (data) {
      const counts = value.shape.length === 1 && data.length > 1 && data.every((n, i) => n === data[0] + i);
      return counts ? { axis: 0, start: data[0] } : undefined;
    }
    return throughViews(value, define, progressionOf, (found, moved) => ({
      ...found,
      axis: moved(found.axis),
    }));
  };
  const triangleOf = (value: Value, define: Define): Triangle | undefined => {
    const made = define(value);
    if (made?.primitive !== 'compare' || made.params.op !== 'less_equal') {
      return throughViews(value, define, triangleOf, (found, moved) => ({
        ...found,
        lesser: moved(found.lesser),
        greater: moved(found.greater),
      }));
    }
    const [low, high] = made.inputs.map((side) => progressionOf(side, define));
    if (!low || !high) return undefined;
    const aligned = (side: number, { axis }: Progression) =>
      axis + value.shape.length - made.inputs[side].shape.length;
    const [lesser, greater] = [aligned(0, low), aligned(1, high)];
    return lesser === greater ? undefined : { lesser, greater, offset: high.start - low.start };
  };

  return ({ primitive, inputs: [summed], outputs: [output], params }, rewriter) => {
    if (primitive !== 'reduce' || params.op !== 'Add' || integers(params, 'axis').length !== 1)
      return undefined;
    const define: Define = (value) => rewriter.definition(value);
    const choice = rewriter.definition(summed, 'where');
    if (!choice || !isLiteral(choice.inputs[2], 0)) return undefined;
    const [condition, chosen] = choice.inputs;
    const triangle = triangleOf(condition, define);
    const [over] = integers(params, 'axis');
    if (!triangle || chosen.shape.length !== summed.shape.length) return undefined;
    const shift = summed.shape.length - condition.shape.length;
    const [lesser, greater] = [triangle.lesser + shift, triangle.greater + shift];
    if (over !== lesser && over !== greater) return undefined;
    const along = over === lesser ? greater : lesser;
    const fits = summed.shape[over] === summed.shape[along] && [0, -1].includes(triangle.offset);
    const source = fits ? withoutAxis(chosen, along, rewriter) : undefined;
    if (!source || chosen.shape.some((size, i) => i !== along && size !== summed.shape[i])) return undefined;
    const cast =
      source.dtype === output.dtype
        ? source
        : rewriter.make('cast', [source], output.dtype, source.shape, { dtype: output.dtype });
    const from = over < along ? over : over - 1;
    const to = along < over ? along : along - 1;
    const sums = rewriter.make('cumsum', [cast], output.dtype, cast.shape, {
      axis: from,
      exclusive: triangle.offset === -1,
      reverse: over === greater,
    });
    if (from === to) return sums;
    const order = cast.shape.map((_, i) => i);
    order.splice(to, 0, ...order.splice(from, 1));
    return rewriter.make('transpose', [sums], output.dtype, output.shape, { perm: order });
  };
}

/** The array without an axis along which it repeats itself; undefined where it does not, as far as can be seen. */
function withoutAxis(value: Value, axis: number, rewriter: Rewriter): Value | undefined {
  const shape = value.shape.toSpliced(axis, 1);
  if (value.shape[axis] === 1) return rewriter.make('reshape', [value], value.dtype, shape, { shape });
  const made = rewriter.definition(value, 'broadcast');
  const added = made ? integers(made.params, 'axis') : [];
  if (!made || !added.includes(axis)) return undefined;
  const [source] = made.inputs;
  const rest = added.filter((i) => i !== axis).map((i) => (i > axis ? i - 1 : i));
  const isSame = rest.length === 0 && source.shape.every((size, i) => size === shape[i]);
  return isSame ? source : rewriter.make('broadcast', [source], value.dtype, shape, { shape, axis: rest });
}

/** What is known of a value's source, told of the value: a view only moves axes. */
function throughViews<T>(
  value: Value,
  define: Define,
  find: (value: Value, define: Define) => T | undefined,
  move: (found: T, moved: (axis: number) => number) => T,
): T | undefined {
  const made = define(value);
  const moved = made && axesMoved(made);
  const found = moved && find(made.inputs[0], define);
  return found && move(found, moved);
}

/** Where an operation that only moves axes puts each of its input's; undefined for all other operations. */
function axesMoved({ primitive, inputs: [x], outputs: [out], params }: Operation) {
  switch (primitive) {
    case 'transpose': {
      const order = integers(params, 'perm');
      return (axis: number) => order.indexOf(axis);
    }
    case 'broadcast': {
      const added = integers(params, 'axis');
      const kept = out.shape.map((_, i) => i).filter((i) => !added.includes(i));
      return (axis: number) => kept[axis];
    }
    case 'reshape': {
      const [from, to] = [x.shape, out.shape].map((shape) =>
        shape.flatMap((size, i) => (size === 1 ? [] : [i])),
      );
      const isSame = from.length === to.length && from.every((axis, k) => x.shape[axis] === out.shape[to[k]]);
      return isSame ? (axis: number) => to[from.indexOf(axis)] : undefined;
    }
    default:
      return undefined;
  }
}

/**
 * An array turned around and sorted, of which only the last k numbers are used, turned around again: jax-js's top-k.
 * What follows the sort is kept, and turns around what the operator gives in the right order; both turns cancel.
 */
function nameGreatest(graph: Graph): Graph {
  const definitions = new Map<number, Operation>();
  const users = new Map<number, Operation[]>();
  for (const operation of graph.operations) {
    for (const value of operation.outputs) definitions.set(value.id, operation);
    for (const value of operation.inputs) {
      const known = users.get(value.id);
      if (known) known.push(operation);
      else users.set(value.id, [operation]);
    }
  }
  const isResult = new Set(graph.outputs.map((value) => value.id));
  const usersOf = (value: Value) => (isResult.has(value.id) ? undefined : (users.get(value.id) ?? []));

  const replaced = new Map<Operation, readonly Operation[]>();
  for (const sort of graph.operations) {
    if (sort.primitive !== 'argsort') continue;
    const source = turnedSource(sort.inputs[0], definitions);
    const cuts = source && cutsOf(sort, usersOf);
    if (!cuts || cuts.length === 0) continue;
    const axis = sort.inputs[0].shape.length - 1;
    const k = cuts[0].cut.outputs[0].shape[axis];
    if (cuts.some(({ cut }) => cut.outputs[0].shape[axis] !== k)) continue;
    const [values, places] = sort.outputs.map(({ dtype, shape }) => newValue(dtype, shape.with(axis, k)));
    const greatest: Operation = {
      primitive: 'top_k',
      inputs: [source.value],
      params: { axis, k },
      outputs: [values, places],
    };
    replaced.set(sort, [...source.operations, greatest]);
    for (const { cut, of } of cuts) {
      const inputs = [of === 'values' ? values : places];
      replaced.set(cut, [{ primitive: 'flip', inputs, params: { axis: [axis] }, outputs: cut.outputs }]);
    }
  }
  if (replaced.size === 0) return graph;
  const operations = graph.operations.flatMap((operation) => replaced.get(operation) ?? [operation]);
  return withoutDead({ ...graph, operations });
}

/** The array that was turned around along what is now its last axis, as it was before, and what makes it. */
function turnedSource(value: Value, definitions: ReadonlyMap<number, Operation>) {
  const made = definitions.get(value.id);
  const order = made?.primitive === 'transpose' ? integers(made.params, 'perm') : undefined;
  const turn = order && made ? definitions.get(made.inputs[0].id) : made;
  const last = order ? order[order.length - 1] : value.shape.length - 1;
  if (turn?.primitive !== 'flip' || integers(turn.params, 'axis').join() !== `${last}`) return undefined;
  if (!order || !made) return { value: turn.inputs[0], operations: [] };
  const straight = newValue(value.dtype, value.shape);
  return { value: straight, operations: [{ ...made, inputs: turn.inputs, outputs: [straight] }] };
}

interface Cut {
  readonly cut: Operation;
  readonly of: 'values' | 'places';
}

/**
 * The operations that cut the last few off the sorted numbers, and off their places counted from the other end.
 * Undefined when anything else uses them.
 */
function cutsOf(
  sort: Operation,
  usersOf: (value: Value) => readonly Operation[] | undefined,
): readonly Cut[] | undefined {
  const [values, places] = sort.outputs;
  const n = values.shape.at(-1)!;
  /** Follows a value to all operations that use it; undefined when one of them does not `fit`. */
  const follow = (value: Value, fit: (user: Operation) => boolean): readonly Operation[] | undefined => {
    const all = usersOf(value);
    return all?.every(fit) ? all : undefined;
  };
  const isCut = (user: Operation) => user.primitive === 'shrink' && keepsLast(user, n);
  const isCount = ({ primitive, inputs }: Operation) =>
    primitive === 'add' && inputs.some((value) => isLiteral(value, n - 1));
  const cuts = (found: readonly Operation[] | undefined, of: Cut['of']) => found?.map((cut) => ({ cut, of }));

  const negations = follow(places, ({ primitive }) => primitive === 'neg');
  const counts = negations?.map(({ outputs: [value] }) => follow(value, isCount));
  const ends = counts?.map((found) => found?.map(({ outputs: [value] }) => follow(value, isCut)));
  const all = [
    cuts(follow(values, isCut), 'values'),
    ...(ends ?? [undefined]).flatMap((found) => found?.map((end) => cuts(end, 'places')) ?? [undefined]),
  ];
  return all.some((found) => found === undefined) ? undefined : all.flatMap((found) => found!);
}

/** Whether the operation keeps all of each axis but the last, and of that one the end. */
function keepsLast({ inputs: [x], params }: Operation, n: number): boolean {
  return pairs(params, 'slice').every(([start, end], i, all) =>
    i === all.length - 1 ? end === n : start === 0 && end === x.shape[i],
  );
}
