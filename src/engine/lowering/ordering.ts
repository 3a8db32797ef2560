/** Sorting along the last axis, the greatest few, and running sums. */
import type { DType } from '../tensor.ts';
import { read, shiftedToSigned, shiftedToUnsigned } from './arithmetic.ts';
import type { Builder } from './builder.ts';
import { expanded, tidy, type View } from './view.ts';

/**
 * The `k` greatest or least numbers along an axis in order, and where they stood (int32). Of equal numbers the one that
 * stood first comes first. NaN has no place of its own.
 */
export function topK(
  builder: Builder,
  view: View,
  axis: number,
  k: number,
  which: 'greatest' | 'least',
): readonly [values: View, indices: View] {
  const comparable = asComparable(builder, expanded(builder, view, [axis]));
  const along = comparable.axes[axis];
  if (along === -1) return [view, onlyPlace(builder, view)];
  const [values, indices] = builder.emitMany('TopK', [comparable.name, builder.integers([k])], 2, {
    axis: along,
    largest: which === 'greatest' ? 1 : 0,
    sorted: 1,
  });
  const { base, shape } = comparable;
  const like = tidy({ ...comparable, base: base.with(along, k), shape: shape.with(axis, k) });
  return [
    fromComparable(builder, { ...like, name: values }, view.dtype as DType),
    read(builder, { ...like, name: indices, dtype: 'int64' }, 'int32'),
  ];
}

/** Where the only number along an axis of size 1 stands: at 0. */
function onlyPlace(builder: Builder, view: View): View {
  return {
    ...view,
    name: builder.scalar('int32', 0),
    dtype: 'int32',
    base: [],
    axes: view.shape.map(() => -1),
  };
}

/** Numbers of the same order in a dtype that ONNX Runtime can sort. */
function asComparable(builder: Builder, view: View): View {
  if (view.dtype === 'bool') return read(builder, view, 'int32');
  return view.dtype === 'uint32' ? shiftedToSigned(builder, view) : view;
}

function fromComparable(builder: Builder, view: View, dtype: DType): View {
  return dtype === 'uint32' ? shiftedToUnsigned(builder, view) : read(builder, view, dtype);
}

/** Sums of all numbers up to each place, without its own when `exclusive`, from the end when `reverse`. */
export function cumulativeSum(
  builder: Builder,
  view: View,
  axis: number,
  { exclusive, reverse }: { readonly exclusive: boolean; readonly reverse: boolean },
): View {
  const source = expanded(builder, view, [axis]);
  const along = source.axes[axis];
  if (along === -1) return source;
  const held = read(builder, source, view.dtype === 'uint32' ? 'int32' : view.dtype);
  const name = builder.emit('CumSum', [held.name, builder.integer(along)], {
    exclusive: exclusive ? 1 : 0,
    reverse: reverse ? 1 : 0,
  });
  return read(builder, { ...held, name }, view.dtype);
}
