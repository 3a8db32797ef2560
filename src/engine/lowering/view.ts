/**
 * Views: where an array's numbers lie, before anything is moved.
 *
 * jax-js writes a matrix product as `sum(x * y)` over broadcast and transposed arrays. Taken literally that would move
 * gigabytes; so a transpose, a broadcast and an axis of size 1 only change a view, and a consumer that needs the numbers
 * in a certain order asks for them with {@link place}.
 */
import type { OnnxType } from '../onnx.ts';
import { sizeOf } from '../tensor.ts';
import type { Builder } from './builder.ts';

export interface View {
  /** The ONNX tensor that holds the numbers. */
  readonly name: string;
  readonly dtype: OnnxType;
  /** That tensor's shape. */
  readonly base: readonly number[];
  /** For each axis of the array, the tensor's axis it lies on; -1 where it has size 1 or repeats the same numbers. */
  readonly axes: readonly number[];
  /** The array's shape. */
  readonly shape: readonly number[];
}

/** A tensor that lies as its array does. */
export function direct(name: string, dtype: OnnxType, shape: readonly number[]): View {
  return { name, dtype, base: shape, axes: shape.map((size, i) => (size === 1 ? -1 : i)), shape };
}

/** The view's shape with 1 wherever it repeats the same numbers. */
export function distinctShape(view: View): number[] {
  return view.shape.map((size, i) => (view.axes[i] === -1 ? 1 : size));
}

export function transposed(view: View, order: readonly number[]): View {
  return { ...view, axes: order.map((i) => view.axes[i]), shape: order.map((i) => view.shape[i]) };
}

/** Axes put in at `positions` of the new shape, repeating the same numbers. */
export function broadcasted(view: View, shape: readonly number[], positions: readonly number[]): View {
  let next = 0;
  const axes = shape.map((_, i) => (positions.includes(i) ? -1 : view.axes[next++]));
  return { ...view, axes, shape };
}

/** The view with axes of size 1 put in front until it has `rank` axes. */
export function padded(view: View, rank: number): View {
  const missing = rank - view.shape.length;
  if (missing <= 0) return view;
  return {
    ...view,
    axes: [...Array<number>(missing).fill(-1), ...view.axes],
    shape: [...Array<number>(missing).fill(1), ...view.shape],
  };
}

/** The order in which the view's own axes lie in memory. */
export function memoryOrder(view: View): number[] {
  return view.axes
    .map((axis, i) => ({ axis, i }))
    .filter(({ axis }) => axis !== -1)
    .sort((a, b) => a.axis - b.axis)
    .map(({ i }) => i);
}

/**
 * The numbers laid out as `layout`, an order of the view's axes; sizes are those of {@link distinctShape}.
 * Axes that hold one number may stand anywhere. Returns a tensor of shape `layout.map(i => distinct[i])`.
 */
export function place(
  builder: Builder,
  view: View,
  layout: readonly number[] = view.shape.map((_, i) => i),
): string {
  const distinct = distinctShape(view);
  const wanted = layout.filter((i) => view.axes[i] !== -1);
  const order = wanted.map((i) => view.axes[i]);
  let { name } = view;
  let current = view.base;
  if (order.some((axis, i) => i > 0 && axis < order[i - 1])) {
    // axes of the tensor that no axis of the array lies on have size 1; they go last
    const unused = view.base.map((_, axis) => axis).filter((axis) => !order.includes(axis));
    const permutation = [...order, ...unused];
    name = builder.emit('Transpose', [name], { perm: permutation });
    current = permutation.map((axis) => view.base[axis]);
  }
  return reshape(
    builder,
    name,
    current,
    layout.map((i) => distinct[i]),
  );
}

/** The numbers in the array's own order and full shape, repeated where the view repeats them. */
export function whole(builder: Builder, view: View): string {
  const name = place(builder, view);
  if (sizeOf(distinctShape(view)) === sizeOf(view.shape)) return name;
  return builder.emit('Expand', [name, builder.integers(view.shape)]);
}

/** A reshape, unless the shape is already so. */
export function reshape(
  builder: Builder,
  name: string,
  from: readonly number[],
  to: readonly number[],
): string {
  if (isSame(from, to)) return name;
  const source = builder.reshapes.get(name) ?? { of: name, shape: from };
  if (isSame(source.shape, to)) return source.of;
  const made = builder.emit('Reshape', [source.of, builder.integers(to)]);
  builder.reshapes.set(made, source);
  return made;
}

function isSame(from: readonly number[], to: readonly number[]): boolean {
  return from.length === to.length && from.every((size, i) => size === to[i]);
}

/**
 * The view under a new shape of as many numbers. The two shapes are cut into the shortest stretches that hold as many
 * numbers; a stretch that stays as it is, or repeats one number, costs nothing, and numbers are moved only where the
 * axes of a stretch do not lie side by side.
 */
export function reshaped(builder: Builder, view: View, shape: readonly number[]): View {
  const [own, wanted] = [view.shape, shape].map((sizes) => sizes.filter((size) => size !== 1));
  if (isSame(own, wanted)) {
    const axes = view.axes.filter((_, i) => view.shape[i] !== 1);
    return { ...view, axes: shape.map((size) => (size === 1 ? -1 : axes.shift()!)), shape };
  }
  const stretches = stretchesOf(view.shape, shape);
  // an axis that repeats numbers beside one that does not cannot be merged with it: repeat the numbers
  const mixed = stretches.flatMap(({ from, to }) =>
    from.length > 1 && to.length > 0 && from.some((i) => view.axes[i] !== -1)
      ? from.filter((i) => view.axes[i] === -1 && view.shape[i] !== 1)
      : [],
  );
  const source = mixed.length > 0 ? expanded(builder, view, mixed) : view;
  const isRepeated = (from: readonly number[]) => from.every((i) => source.axes[i] === -1);
  const order = memoryOrder(source);
  const sideBySide = stretches.every(({ from }) => {
    const places = from.filter((i) => source.axes[i] !== -1).map((i) => order.indexOf(i));
    return places.every((place, i) => i === 0 || place === places[i - 1] + 1);
  });
  const layout = sideBySide ? order : source.shape.map((_, i) => i).filter((i) => source.axes[i] !== -1);
  const base: number[] = [];
  const axes = Array<number>(shape.length).fill(-1);
  for (const i of layout) {
    const stretch = stretches.find(({ from }) => from.includes(i))!;
    if (isRepeated(stretch.from) || i !== stretch.from.find((j) => source.axes[j] !== -1)) continue;
    for (const j of stretch.to) {
      axes[j] = base.length;
      base.push(shape[j]);
    }
  }
  const name = reshape(
    builder,
    place(builder, source, layout),
    layout.map((i) => source.shape[i]),
    base,
  );
  return { name, dtype: view.dtype, base, axes, shape };
}

/** Stretches of axes, sizes of 1 left out, that hold as many numbers in both shapes, each as short as can be. */
function stretchesOf(from: readonly number[], to: readonly number[]): { from: number[]; to: number[] }[] {
  const stretches: { from: number[]; to: number[] }[] = [];
  const left = from.map((_, i) => i).filter((i) => from[i] !== 1);
  const right = to.map((_, i) => i).filter((i) => to[i] !== 1);
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    const stretch = { from: [] as number[], to: [] as number[] };
    let products = [1, 1];
    do {
      if (products[0] <= products[1] && i < left.length) {
        products = [products[0] * from[left[i]], products[1]];
        stretch.from.push(left[i++]);
      } else {
        products = [products[0], products[1] * to[right[j]]];
        stretch.to.push(right[j++]);
      }
    } while (products[0] !== products[1]);
    stretches.push(stretch);
  }
  return stretches;
}

/** The view with the numbers really repeated along some of the axes that only seem to. */
export function expanded(builder: Builder, view: View, along: readonly number[]): View {
  return tidy(solid(builder, view, along));
}

/** The view with these axes lying in its tensor, also where they have size 1: to be joined to or padded. */
export function solid(builder: Builder, view: View, along: readonly number[]): View {
  const missing = along.filter((i) => view.axes[i] === -1);
  if (missing.length === 0) return view;
  const order = memoryOrder(view);
  // a repeated axis goes where it stands in the array: before the first own axis that comes after it
  for (const i of missing) {
    const before = order.findIndex((j) => j > i);
    order.splice(before === -1 ? order.length : before, 0, i);
  }
  const base = order.map((i) => view.shape[i]);
  const placed = place(builder, view, order);
  const repeats = missing.some((i) => view.shape[i] !== 1);
  const name = repeats ? builder.emit('Expand', [placed, builder.integers(base)]) : placed;
  return {
    name,
    dtype: view.dtype,
    base,
    axes: view.shape.map((_, i) => order.indexOf(i)),
    shape: view.shape,
  };
}

/** The view as all others expect it: no axis of size 1 counts as lying in the tensor. */
export function tidy(view: View): View {
  return { ...view, axes: view.axes.map((axis, i) => (view.shape[i] === 1 ? -1 : axis)) };
}
