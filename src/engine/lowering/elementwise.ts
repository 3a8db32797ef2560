/** Operations on single numbers: arithmetic, comparisons, choices, casts. */
import type { OnnxType } from '../onnx.ts';
import { sizeOf } from '../tensor.ts';
import type { Attributes, Builder } from './builder.ts';
import { distinctShape, memoryOrder, padded, place, type View } from './view.ts';

/**
 * One ONNX operator over operands that broadcast to `shape`. The result lies in memory as the biggest operand does, so
 * an array that is only seen transposed is never really transposed for arithmetic.
 */
export function elementwise(
  builder: Builder,
  op: string,
  operands: readonly View[],
  shape: readonly number[],
  dtype: OnnxType,
  attributes: Attributes = {},
): View {
  const views = operands.map((view) => padded(view, shape.length));
  const varies = shape.map((_, i) => views.some((view) => view.axes[i] !== -1));
  const shaped = views.filter((view) => view.base.length > 0);
  if (shaped.length > 0 && shaped.every((view) => liesAs(view, shaped[0]))) {
    const name = builder.emit(
      op,
      views.map((view) => view.name),
      attributes,
    );
    return { name, dtype, base: shaped[0].base, axes: shaped[0].axes, shape };
  }
  const biggest = views.reduce((a, b) => (sizeOf(distinctShape(b)) > sizeOf(distinctShape(a)) ? b : a));
  const order = memoryOrder(biggest);
  const all = shape.map((_, i) => i).filter((i) => varies[i]);
  const layout = order.length === all.length ? order : all;
  const names = views.map((view) => {
    const first = layout.findIndex((i) => view.axes[i] !== -1);
    return place(builder, view, first === -1 ? [] : layout.slice(first));
  });
  return {
    name: builder.emit(op, names, attributes),
    dtype,
    base: layout.map((i) => shape[i]),
    axes: shape.map((_, i) => layout.indexOf(i)),
    shape,
  };
}

/** Whether two arrays' numbers lie alike, and none is repeated along an axis of the other. */
function liesAs(view: View, other: View): boolean {
  const alike = (a: readonly number[], b: readonly number[]) =>
    a.length === b.length && a.every((number, i) => number === b[i]);
  return alike(view.base, other.base) && alike(view.axes, other.axes);
}

/** The array in another dtype: numbers are truncated towards zero, and everything but 0 is true. */
export function cast(builder: Builder, view: View, dtype: OnnxType, code: number): View {
  return { ...view, name: builder.emit('Cast', [view.name], { to: code }), dtype };
}
