/** Cutting, padding, joining and flipping. All work on the tensor as it lies, whatever order its axes are seen in. */
import type { Builder } from './builder.ts';
import { direct, memoryOrder, reshape, solid, tidy, type View, whole } from './view.ts';

type Pair = readonly [number, number];

/** The part from `start` to `end` along each axis. */
export function shrink(builder: Builder, view: View, ranges: readonly Pair[]): View {
  const shape = ranges.map(([start, end]) => end - start);
  const cut = ranges.map((_, i) => i).filter((i) => view.axes[i] !== -1 && shape[i] !== view.shape[i]);
  if (cut.length === 0) return { ...view, shape };
  const name = builder.emit('Slice', [
    view.name,
    builder.integers(cut.map((i) => ranges[i][0])),
    builder.integers(cut.map((i) => ranges[i][1])),
    builder.integers(cut.map((i) => view.axes[i])),
  ]);
  const base = view.base.map((size, axis) => {
    const i = view.axes.indexOf(axis);
    return i === -1 ? size : shape[i];
  });
  return tidy({ ...view, name, base, shape });
}

/** Parts one after another along an axis. */
export function split(builder: Builder, view: View, axis: number, sizes: readonly number[]): View[] {
  const along = view.axes[axis];
  if (along === -1 || sizes.length === 1)
    return sizes.map((size) => ({ ...view, shape: view.shape.with(axis, size) }));
  // layers that lie one after another are cut off without an axis of size 1 before them
  const inLayers = sizes.every((size) => size === 1) && along + 1 < view.base.length;
  const height = inLayers ? view.base[along + 1] : 1;
  const base = inLayers ? view.base.toSpliced(along, 2, sizes.length * height) : view.base;
  const source = reshape(builder, view.name, view.base, base);
  const lengths = sizes.map((size) => size * height);
  const names = builder.emitMany('Split', [source, builder.integers(lengths)], sizes.length, { axis: along });
  const below = (own: number) => (own > along && inLayers ? own - 1 : own);
  return names.map((name, index) =>
    tidy({
      ...view,
      name,
      base: base.with(along, lengths[index]),
      axes: view.axes.map((own, i) => (i === axis && inLayers ? -1 : below(own))),
      shape: view.shape.with(axis, sizes[index]),
    }),
  );
}

/** Zeros before and after along each axis; negative widths cut. */
export function pad(builder: Builder, view: View, widths: readonly Pair[]): View {
  const cut = widths.map(([before, after], i) => [
    Math.max(0, -before),
    view.shape[i] - Math.max(0, -after),
  ]) as Pair[];
  const kept = shrink(builder, view, cut);
  const added = widths.map(([before, after]) => [Math.max(0, before), Math.max(0, after)]) as Pair[];
  const touched = added.map((_, i) => i).filter((i) => added[i][0] + added[i][1] > 0);
  if (touched.length === 0) return kept;
  const held = solid(builder, kept, touched);
  const before = held.base.map((_, axis) => added[held.axes.indexOf(axis)]?.[0] ?? 0);
  const after = held.base.map((_, axis) => added[held.axes.indexOf(axis)]?.[1] ?? 0);
  const zero = builder.scalar(held.dtype, 0);
  const name = builder.emit('Pad', [held.name, builder.integers([...before, ...after]), zero]);
  return tidy({
    ...held,
    name,
    base: held.base.map((size, axis) => size + before[axis] + after[axis]),
    shape: held.shape.map((size, i) => size + added[i][0] + added[i][1]),
  });
}

/** Views joined along an axis. Where all lie in one order they are joined in that order. */
export function concatenate(
  builder: Builder,
  views: readonly View[],
  axis: number,
  shape: readonly number[],
): View {
  const layered = stacked(builder, views, axis, shape);
  if (layered) return layered;
  const held = views.map((view) => solid(builder, view, [axis]));
  const [first] = held;
  const alike = held.every(
    (view) => view.axes.every((a, i) => a === first.axes[i]) && view.base.length === first.base.length,
  );
  if (alike) {
    const along = first.axes[axis];
    const name = builder.emit(
      'Concat',
      held.map((view) => view.name),
      { axis: along },
    );
    return tidy({
      ...first,
      name,
      base: first.base.map((size, a) => (a === along ? shape[axis] : size)),
      shape,
    });
  }
  const name = builder.emit(
    'Concat',
    views.map((view) => whole(builder, view)),
    { axis },
  );
  return direct(name, first.dtype, shape);
}

/** Views of size 1 along an axis joined there, where they lie alike: as if along the axis that lies next, cut up afterwards. */
function stacked(
  builder: Builder,
  views: readonly View[],
  axis: number,
  shape: readonly number[],
): View | undefined {
  const [first] = views;
  const alike = views.every(
    (view) =>
      view.shape[axis] === 1 &&
      view.base.length === first.base.length &&
      view.axes.every((own, i) => own === first.axes[i]),
  );
  const next = memoryOrder(first).find((i) => i > axis);
  if (!alike || next === undefined) return undefined;
  const along = first.axes[next];
  const { base } = first;
  const joined = base.with(along, base[along] * views.length);
  const name = builder.emit(
    'Concat',
    views.map((view) => view.name),
    { axis: along },
  );
  const apart = base.toSpliced(along, 0, views.length);
  return {
    name: reshape(builder, name, joined, apart),
    dtype: first.dtype,
    base: apart,
    axes: first.axes.map((own, i) => (i === axis ? along : own >= along ? own + 1 : own)),
    shape,
  };
}

/** The order of the numbers reversed along some axes. Reversing the same ones again finds what was there before. */
export function flip(builder: Builder, view: View, over: readonly number[]): View {
  const own = over.map((i) => view.axes[i]).filter((axis) => axis !== -1);
  if (own.length === 0) return view;
  own.sort((a, b) => a - b);
  const before = builder.flips.get(view.name);
  if (before && before.axes.join() === own.join()) return { ...view, name: before.of };
  const name = builder.emit('Slice', [
    view.name,
    builder.integers(own.map(() => -1)),
    builder.integers(own.map(() => Number.MIN_SAFE_INTEGER)),
    builder.integers(own),
    builder.integers(own.map(() => -1)),
  ]);
  builder.flips.set(name, { of: view.name, axes: own });
  return { ...view, name };
}
