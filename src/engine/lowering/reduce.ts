/** Sums, products, maxima and minima over axes, for every dtype. */
import { sizeOf } from '../tensor.ts';
import { number, read, shiftedToSigned, shiftedToUnsigned } from './arithmetic.ts';
import type { Builder } from './builder.ts';
import { elementwise } from './elementwise.ts';
import { expanded, type View } from './view.ts';

const OPERATORS: Readonly<Record<string, string>> = {
  Add: 'ReduceSum',
  Mul: 'ReduceProd',
  Max: 'ReduceMax',
  Min: 'ReduceMin',
};

/** For truths a sum is "any" and a product is "all". */
const LOGICAL: Readonly<Record<string, string>> = { Add: 'ReduceMax', Mul: 'ReduceMin' };

/** A reduction, by jax-js's name for it: `Add`, `Mul`, `Max` or `Min`. */
export function reduce(builder: Builder, op: string, view: View, over: readonly number[]): View {
  if (over.length === 0) return view;
  const operator = OPERATORS[op];
  switch (view.dtype) {
    case 'bool':
      return reduceOwn(builder, LOGICAL[op] ?? operator, view, over);
    case 'uint32': {
      // sums and products wrap around alike in both dtypes, maxima do not
      if (op === 'Add' || op === 'Mul')
        return read(builder, reduce(builder, op, read(builder, view, 'int32'), over), 'uint32');
      const signed = shiftedToSigned(builder, view);
      return shiftedToUnsigned(builder, reduceOwn(builder, operator, signed, over));
    }
    default: {
      // a product over repeats of a number is a power of it, which happens too rarely for a rule of its own
      if (op === 'Mul') return reduceOwn(builder, operator, expanded(builder, view, over), over);
      const reduced = reduceOwn(builder, operator, view, over);
      const count = op === 'Add' ? repeats(view, over) : 1;
      if (count === 1) return reduced;
      const factor = number(builder, view.dtype, count);
      return elementwise(builder, 'Mul', [reduced, factor], reduced.shape, reduced.dtype);
    }
  }
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
function repeats(view: View, over: readonly number[]): number {
  return sizeOf(over.filter((i) => view.axes[i] === -1).map((i) => view.shape[i]));
}
