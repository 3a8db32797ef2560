/** Windows that slide over the last axes, and the reverse: numbers of windows added up where they came from. */
import { arithmetic } from './arithmetic.ts';
import type { Builder } from './builder.ts';
import { pad, shrink } from './movement.ts';
import { expanded, reshaped, transposed, type View } from './view.ts';

type Pair = readonly [number, number];

/** [..., size of each axis] -> [..., number of windows along each axis, size of the window along each axis]. */
export function windows(
  builder: Builder,
  view: View,
  window: readonly number[],
  strides: readonly number[],
): View {
  const lead = view.shape.length - window.length;
  // each axis in turn becomes two: which window, and where in it
  const split = window.reduce(
    (seen, size, i) => windowsAlong(builder, seen, lead + 2 * i, size, strides[i]),
    view,
  );
  return transposed(split, windowOrder(lead, window.length));
}

/** [..., windows, window] -> [..., size]: each number goes where its window took it from; meeting ones are added. */
export function windowsBack(
  builder: Builder,
  view: View,
  sizes: readonly number[],
  window: readonly number[],
  strides: readonly number[],
): View {
  const lead = sizes.length - window.length;
  const order = windowOrder(lead, window.length);
  const paired = transposed(
    view,
    order.map((_, i) => order.indexOf(i)),
  );
  return window.reduce(
    (seen, size, i) => windowsBackAlong(builder, seen, lead + i, sizes[lead + i], size, strides[i]),
    paired,
  );
}

/** From axes in pairs (which window, where in it) to all of the first, then all of the second. */
function windowOrder(lead: number, count: number): number[] {
  const each = Array.from({ length: count }, (_, i) => lead + 2 * i);
  return [...Array(lead).keys(), ...each, ...each.map((i) => i + 1)];
}

function windowsAlong(builder: Builder, view: View, axis: number, size: number, stride: number): View {
  const count = Math.floor((view.shape[axis] - size) / stride) + 1;
  if (size <= stride) {
    // windows that do not meet are a reshape
    const line = fitted(builder, view, axis, count * stride);
    const split = reshaped(builder, line, line.shape.toSpliced(axis, 1, count, stride));
    return shrink(builder, split, only(split, axis + 1, [0, size]));
  }
  const source = expanded(builder, view, [axis]);
  const along = source.axes[axis];
  const places = Array.from({ length: count * size }, (_, i) => Math.floor(i / size) * stride + (i % size));
  const index = builder.constant('int64', [count, size], BigInt64Array.from(places, BigInt));
  const name = builder.emit('Gather', [source.name, index], { axis: along });
  const axes = source.axes.map((own) => (own > along ? own + 1 : own));
  return {
    name,
    dtype: view.dtype,
    base: source.base.toSpliced(along, 1, count, size),
    axes: axes.toSpliced(axis, 1, count === 1 ? -1 : along, along + 1),
    shape: source.shape.toSpliced(axis, 1, count, size),
  };
}

/** The axes `axis` (which window) and `axis + 1` (where in it) become one of `full` numbers. */
function windowsBackAlong(
  builder: Builder,
  view: View,
  axis: number,
  full: number,
  size: number,
  stride: number,
): View {
  if (size <= stride) {
    const spaced = pad(builder, view, onlyPadded(view, axis + 1, [0, stride - size]));
    const line = reshaped(builder, spaced, spaced.shape.toSpliced(axis, 2, spaced.shape[axis] * stride));
    return fitted(builder, line, axis, full);
  }
  const parts = Array.from({ length: size }, (_, place) => {
    const part = shrink(builder, view, only(view, axis + 1, [place, place + 1]));
    const line = reshaped(builder, part, part.shape.toSpliced(axis + 1, 1));
    const spaced = dilated(builder, line, axis, stride);
    return pad(builder, spaced, onlyPadded(spaced, axis, [place, full - place - spaced.shape[axis]]));
  });
  return parts.reduce((sum, part) =>
    arithmetic(builder, 'Add', [sum, part], part.shape, part.dtype as never),
  );
}

/** Zeros between neighbours along an axis, so that they are `step` apart. */
export function dilated(builder: Builder, view: View, axis: number, step: number): View {
  if (step === 1) return view;
  const size = view.shape[axis];
  const apart = reshaped(builder, view, view.shape.toSpliced(axis + 1, 0, 1));
  const spaced = pad(builder, apart, onlyPadded(apart, axis + 1, [0, step - 1]));
  const line = reshaped(builder, spaced, view.shape.with(axis, size * step));
  return shrink(builder, line, only(line, axis, [0, (size - 1) * step + 1]));
}

/** Cut or padded with zeros at the end of an axis. */
function fitted(builder: Builder, view: View, axis: number, size: number): View {
  const now = view.shape[axis];
  if (now >= size) return shrink(builder, view, only(view, axis, [0, size]));
  return pad(builder, view, onlyPadded(view, axis, [0, size - now]));
}

/** All of each axis, but along one only this range. */
export function only(view: View, axis: number, range: Pair): Pair[] {
  return view.shape.map((size, i) => (i === axis ? range : [0, size]));
}

/** No padding but along one axis. */
function onlyPadded(view: View, axis: number, width: Pair): Pair[] {
  return view.shape.map((_, i) => (i === axis ? width : [0, 0]));
}
