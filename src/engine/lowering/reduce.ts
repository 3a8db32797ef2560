/** Sums, products, maxima and minima over axes. */
import type { Builder } from './builder.ts';
import { elementwise } from './elementwise.ts';
import { direct, type View } from './view.ts';

/** Reduces over axes that hold numbers of their own; those that repeat them must have been dealt with. */
export function reduceOwn(builder: Builder, op: string, view: View, over: readonly number[]): View {
  const gone = over
    .map((i) => view.axes[i])
    .filter((axis) => axis !== -1)
    .sort((a, b) => a - b);
  const kept = view.shape.map((_, i) => i).filter((i) => !over.includes(i));
  const name =
    gone.length === 0 ? view.name : builder.emit(op, [view.name, builder.integers(gone)], { keepdims: 0 });
  const shift = (axis: number) => axis - gone.filter((g) => g < axis).length;
  return {
    name,
    dtype: view.dtype,
    base: view.base.filter((_, axis) => !gone.includes(axis)),
    axes: kept.map((i) => (view.axes[i] === -1 ? -1 : shift(view.axes[i]))),
    shape: kept.map((i) => view.shape[i]),
  };
}

/** How often a reduction over these axes meets the same number. */
export function repeats(view: View, over: readonly number[]): number {
  return over.reduce((count, i) => (view.axes[i] === -1 ? count * view.shape[i] : count), 1);
}

export function reduceSum(builder: Builder, view: View, over: readonly number[]): View {
  const sum = reduceOwn(builder, 'ReduceSum', view, over);
  const count = repeats(view, over);
  if (count === 1) return sum;
  const factor = direct(builder.scalar(view.dtype, count), view.dtype, []);
  return elementwise(builder, 'Mul', [sum, factor], sum.shape, sum.dtype);
}
