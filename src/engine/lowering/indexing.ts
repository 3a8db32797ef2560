/**
 * Picking numbers by arrays of indices, and adding numbers up where indices say.
 *
 * An index below 0 counts from the end and one beyond the end stops the program with ONNX Runtime's error; jax-js reads
 * and writes nothing sensible there, so no program can rely on it.
 */
import { read } from './arithmetic.ts';
import type { Builder } from './builder.ts';
import { expanded, padded, place, tidy, transposed, type View, whole } from './view.ts';

/**
 * `x` at the places that `indices`, which broadcast to one shape, name along `axes`. The axes of the indices come in the
 * result at `outDim` among those axes of `x` that are not indexed.
 */
export function gather(
  builder: Builder,
  x: View,
  indices: readonly View[],
  axes: readonly number[],
  outDim: number,
): View {
  const shape = commonShape(indices);
  // along an axis that repeats one number any index finds the same
  const telling = axes.map((_, k) => k).filter((k) => x.axes[axes[k]] !== -1);
  const aligned = telling.map((k) => padded(indices[k], shape.length));
  const over = telling.map((k) => axes[k]);
  const rest = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const varies = shape.map((_, i) => aligned.some((index) => index.axes[i] !== -1));
  const distinct = shape.map((size, i) => (varies[i] ? size : 1));
  const picked = pick(builder, x, aligned, over, rest, distinct);
  const indexAxes = picked.indexAxes.map((axis, i) => (varies[i] ? axis : -1));
  return {
    name: picked.name,
    dtype: x.dtype,
    base: picked.base,
    axes: picked.restAxes.toSpliced(outDim, 0, ...indexAxes),
    shape: rest.map((i) => x.shape[i]).toSpliced(outDim, 0, ...shape),
  };
}

/** A gathered tensor, and where in it the axes of the index and those of the array that were not indexed lie. */
interface Picked {
  readonly name: string;
  readonly base: readonly number[];
  readonly indexAxes: readonly number[];
  readonly restAxes: readonly number[];
}

function pick(
  builder: Builder,
  x: View,
  indices: readonly View[],
  over: readonly number[],
  rest: readonly number[],
  distinct: readonly number[],
): Picked {
  const rank = distinct.length;
  if (over.length === 0)
    return {
      name: x.name,
      base: x.base,
      indexAxes: distinct.map(() => -1),
      restAxes: rest.map((i) => x.axes[i]),
    };
  if (over.length === 1) {
    const axis = x.axes[over[0]];
    const index = place(
      builder,
      indices[0].dtype === 'uint32' ? read(builder, indices[0], 'int64') : indices[0],
    );
    const moved = (own: number) => (own > axis ? own - 1 + rank : own);
    return {
      name: builder.emit('Gather', [x.name, index], { axis }),
      base: x.base.toSpliced(axis, 1, ...distinct),
      indexAxes: distinct.map((_, i) => axis + i),
      restAxes: rest.map((i) => (x.axes[i] === -1 ? -1 : moved(x.axes[i]))),
    };
  }
  const own = rest.filter((i) => x.axes[i] !== -1).sort((i, j) => x.axes[i] - x.axes[j]);
  const data = place(builder, x, [...over, ...own]);
  return {
    name: builder.emit('GatherND', [data, tuples(builder, indices, distinct)]),
    base: [...distinct, ...own.map((i) => x.shape[i])],
    indexAxes: distinct.map((_, i) => i),
    restAxes: rest.map((i) => (x.axes[i] === -1 ? -1 : rank + own.indexOf(i))),
  };
}

/** Indices side by side: [...shape, how many]. */
function tuples(builder: Builder, indices: readonly View[], shape: readonly number[]): string {
  const every = shape.map((_, i) => i);
  const columns = indices.map((index) => {
    const wide = read(builder, padded(index, shape.length), 'int64');
    const full = { ...wide, shape };
    const column: View = { ...full, axes: [...full.axes, -1], shape: [...shape, 1] };
    return place(builder, expanded(builder, column, every), [...every, shape.length]);
  });
  return builder.emit('Concat', columns, { axis: shape.length });
}

/** The shape to which indices broadcast. */
function commonShape(indices: readonly View[]): number[] {
  const rank = Math.max(...indices.map(({ shape }) => shape.length));
  const aligned = indices.map((index) => padded(index, rank));
  return Array.from({ length: rank }, (_, i) =>
    aligned.reduce((size, index) => (size === 1 ? index.shape[i] : size), 1),
  );
}

/** What to do with numbers that go to one place. */
export type ScatterMode = 'add' | 'update';

/** The reverse of {@link gather}: an array of zeros of `shape` with `updates` added, or written, at the places named. */
export function scatter(
  builder: Builder,
  updates: View,
  indices: readonly View[],
  axes: readonly number[],
  outDim: number,
  shape: readonly number[],
  mode: ScatterMode,
): View {
  if (updates.dtype === 'bool') {
    const counted = read(builder, updates, 'int32');
    return read(builder, scatter(builder, counted, indices, axes, outDim, shape, mode), 'bool');
  }
  const indexShape = commonShape(indices);
  const rank = indexShape.length;
  const rest = shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const base = [...axes, ...rest].map((i) => shape[i]);
  const indexFirst = updates.shape
    .map((_, i) => i)
    .sort((i, j) => Number(isIndex(j, outDim, rank)) - Number(isIndex(i, outDim, rank)));
  const zeros = builder.emit('Expand', [builder.scalar(updates.dtype, 0), builder.integers(base)]);
  const name = builder.emit(
    'ScatterND',
    [zeros, tuples(builder, indices, indexShape), whole(builder, transposed(updates, indexFirst))],
    { reduction: mode === 'add' ? 'add' : 'none' },
  );
  const lies = (i: number) => (axes.includes(i) ? axes.indexOf(i) : axes.length + rest.indexOf(i));
  return tidy({ name, dtype: updates.dtype, base, axes: shape.map((_, i) => lies(i)), shape });
}

function isIndex(axis: number, outDim: number, rank: number): boolean {
  return axis >= outDim && axis < outDim + rank;
}
