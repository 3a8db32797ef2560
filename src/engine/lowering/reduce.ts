/** Sums, products, maxima and minima over axes, for every dtype. */
import { sizeOf } from '../tensor.ts';
import { number, read, shiftedToSigned, shiftedToUnsigned } from './arithmetic.ts';
import type { Builder } from './builder.ts';
import { elementwise } from './elementwise.ts';
import { concatenate, shrink } from './movement.ts';
import { expanded, reshaped, type View } from './view.ts';

const OPERATORS: Readonly<Record<string, string>> = {
  Add: 'ReduceSum',
  squares: 'ReduceSumSquare',
  Mul: 'ReduceProd',
  Max: 'ReduceMax',
  Min: 'ReduceMin',
};

/** For truths a sum is "any" and a product is "all". */
const LOGICAL: Readonly<Record<string, string>> = { Add: 'ReduceMax', Mul: 'ReduceMin' };

/**
 * A reduction, by jax-js's name for it: `Add`, `Mul`, `Max` or `Min`; or of floats a sum of `squares`. ONNX Runtime reduces integers as 64-bit floats
 * and cuts what does not fit (1.30), so sums go through int64, exact for up to 2^21 numbers of any size, and products
 * are multiplied by hand.
 */
export function reduce(builder: Builder, op: string, view: View, over: readonly number[]): View {
  if (over.length === 0) return view;
  if (view.dtype === 'bool') return reduceOwn(builder, LOGICAL[op] ?? OPERATORS[op], view, over);
  if (view.dtype !== 'float32' && op === 'Mul') return multiplied(builder, view, over);
  // where there is but one number to each sum, the operator would leave it as it is
  if (op === 'squares' && over.every((i) => view.axes[i] === -1))
    return reduce(builder, 'Add', elementwise(builder, 'Mul', [view, view], view.shape, view.dtype), over);
  switch (op) {
    case 'Add':
    case 'squares': {
      const isFloat = view.dtype === 'float32';
      const wide = isFloat ? view : read(builder, view, 'int64');
      const sum = read(builder, reduceOwn(builder, OPERATORS[op], wide, over), view.dtype);
      const count = repeats(view, over);
      if (count === 1) return sum;
      return elementwise(builder, 'Mul', [sum, number(builder, view.dtype, count)], sum.shape, sum.dtype);
    }
    case 'Mul':
      // a product over repeats of a number is a power of it, which happens too rarely for a rule of its own
      return reduceOwn(builder, OPERATORS[op], expanded(builder, view, over), over);
    default: {
      if (view.dtype !== 'uint32') return reduceOwn(builder, OPERATORS[op], view, over);
      const signed = shiftedToSigned(builder, view);
      return shiftedToUnsigned(builder, reduceOwn(builder, OPERATORS[op], signed, over));
    }
  }
}

/** A product by multiplying halves. */
function multiplied(builder: Builder, view: View, over: readonly number[]): View {
  let product = view;
  for (const axis of over) {
    const part = (start: number, end: number) =>
      shrink(
        builder,
        product,
        product.shape.map((size, i) => (i === axis ? [start, end] : [0, size])),
      );
    const times = (x: View, y: View) => elementwise(builder, 'Mul', [x, y], x.shape, x.dtype);
    while (product.shape[axis] > 1) {
      const size = product.shape[axis];
      const half = size >> 1;
      const halves = times(part(0, half), part(half, 2 * half));
      if (size % 2 === 0) product = halves;
      else if (half === 1) product = times(halves, part(size - 1, size));
      else
        product = concatenate(
          builder,
          [halves, part(size - 1, size)],
          axis,
          product.shape.with(axis, half + 1),
        );
    }
  }
  const kept = product.shape.filter((_, i) => !over.includes(i));
  return reshaped(builder, product, kept);
}

export function reduceSum(builder: Builder, view: View, over: readonly number[]): View {
  return reduce(builder, 'Add', view, over);
}

/** What a reduction over no numbers at all gives: the value that changes no other. */
export function reduceNothing(builder: Builder, op: string, view: View, shape: readonly number[]): View {
  const ends: Readonly<Record<string, readonly [low: number, high: number]>> = {
    float32: [-Infinity, Infinity],
    int32: [-(2 ** 31), 2 ** 31 - 1],
    uint32: [0, 2 ** 32 - 1],
    bool: [0, 1],
  };
  const neutral = { Add: 0, Mul: 1, Max: ends[view.dtype][0], Min: ends[view.dtype][1] }[op]!;
  return { ...number(builder, view.dtype, neutral), axes: shape.map(() => -1), shape };
}

/** Reduces over axes that hold numbers of their own; those that repeat them must have been dealt with. */
function reduceOwn(builder: Builder, op: string, view: View, over: readonly number[]): View {
  const gone = over
    .map((i) => view.axes[i])
    .filter((axis) => axis !== -1)
    .sort((a, b) => a - b);
  const kept = view.shape.map((_, i) => i).filter((i) => !over.includes(i));
  // one left of the innermost axis keeps the rest as they lie, to meet the array that was reduced
  if (gone.length === 1 && gone[0] === view.base.length - 1 && gone[0] > 0) {
    return {
      name: builder.emit(op, [view.name, builder.integers(gone)], { keepdims: 1 }),
      dtype: view.dtype,
      base: view.base.with(-1, 1),
      axes: kept.map((i) => view.axes[i]),
      shape: kept.map((i) => view.shape[i]),
    };
  }
  const name = gone.length === 0 ? view.name : reduced(builder, op, view, gone);
  const shift = (axis: number) => axis - gone.filter((g) => g < axis).length;
  return {
    name,
    dtype: view.dtype,
    base: view.base.filter((_, axis) => !gone.includes(axis)),
    axes: kept.map((i) => (view.axes[i] === -1 ? -1 : shift(view.axes[i]))),
    shape: kept.map((i) => view.shape[i]),
  };
}

/** Rows from which on a matrix product with ones sums them faster than ONNX Runtime's own sum. */
const MANY_ROWS = 64;

/** The tensor of a view, reduced over some of its own axes. */
function reduced(builder: Builder, op: string, { name, dtype, base }: View, gone: readonly number[]): string {
  const sumsRows = op === 'ReduceSum' && dtype === 'float32' && base.length === 2 && gone.join() === '0';
  if (!sumsRows || base[0] < MANY_ROWS)
    return builder.emit(op, [name, builder.integers(gone)], { keepdims: 0 });
  return builder.emit('MatMul', [builder.ones(base[0]), name]);
}

/** How often a reduction over these axes meets the same number. */
function repeats(view: View, over: readonly number[]): number {
  return sizeOf(over.filter((i) => view.axes[i] === -1).map((i) => view.shape[i]));
}
