/**
 * Operations on single numbers, for every dtype jax-js allows them on: arithmetic, comparisons, choices, casts and bits.
 *
 * ONNX Runtime has no kernel for some dtypes (no `Where` on uint32, no `Neg` on it ...). Such operations go through a
 * dtype that it has and that keeps the bits: int32 and uint32 differ only in how a number is read, and wrap alike.
 */
import { InputError } from '../../core/errors.ts';
import { ONNX_DTYPE, type OnnxType } from '../onnx.ts';
import type { DType } from '../tensor.ts';
import type { Attributes, Builder } from './builder.ts';
import { cast, elementwise } from './elementwise.ts';
import { direct, type View } from './view.ts';

/** What arithmetic means between truths. */
const LOGICAL: Readonly<Record<string, string>> = { Add: 'Or', Mul: 'And', Min: 'And', Max: 'Or' };

/** Of an integer dtype: the smallest number, the float32 next above its greatest, and that greatest one. */
const RANGE = {
  int32: [-(2 ** 31), 2 ** 31, 2 ** 31 - 1],
  uint32: [0, 2 ** 32, 2 ** 32 - 1],
} as const;

/** A number without dimensions. */
export function number(builder: Builder, dtype: OnnxType, value: number): View {
  return direct(builder.scalar(dtype, value), dtype, []);
}

/** A view through the operator that reads its numbers as another dtype; int32 and uint32 wrap around. */
export function read(builder: Builder, view: View, dtype: OnnxType): View {
  return view.dtype === dtype ? view : cast(builder, view, dtype, ONNX_DTYPE[dtype]);
}

/**
 * The same numbers in another dtype, as WebAssembly's saturating truncation has it: a float becomes the integer next
 * to it towards zero, the nearest there is when it is out of range, and 0 for NaN.
 */
export function as(builder: Builder, view: View, dtype: DType): View {
  if (view.dtype !== 'float32' || dtype === 'float32' || dtype === 'bool') return read(builder, view, dtype);
  const [low, limit, high] = RANGE[dtype];
  const bounded = apply(builder, 'Clip', [
    view,
    number(builder, 'float32', low),
    number(builder, 'float32', limit - limit / 2 ** 24),
  ]);
  const inside = read(builder, bounded, dtype);
  const isAbove = elementwise(
    builder,
    'LessOrEqual',
    [number(builder, 'float32', limit), view],
    view.shape,
    'bool',
  );
  const isNumber = elementwise(builder, 'Equal', [view, view], view.shape, 'bool');
  const capped = choice(builder, isAbove, [number(builder, dtype, high), inside], view.shape, dtype);
  return choice(builder, isNumber, [capped, number(builder, dtype, 0)], view.shape, dtype);
}

/**
 * uint32 as int32 of the same order, and back: half the range is taken away by turning the top bit. ONNX Runtime's
 * int64 maxima, the wider dtype at hand, are wrong where bit 31 is set (1.30, seen with `Min` and `Max`).
 */
export function shiftedToSigned(builder: Builder, view: View): View {
  return read(builder, turnTopBit(builder, view), 'int32');
}

export function shiftedToUnsigned(builder: Builder, view: View): View {
  return turnTopBit(builder, read(builder, view, 'uint32'));
}

function turnTopBit(builder: Builder, view: View): View {
  return elementwise(builder, 'BitwiseXor', [view, number(builder, 'uint32', 2 ** 31)], view.shape, 'uint32');
}

/** An operator whose further inputs are single numbers, on each number of the first. */
function apply(builder: Builder, op: string, [view, ...rest]: readonly View[]): View {
  const name = builder.emit(op, [view.name, ...rest.map((other) => other.name)]);
  return { ...view, name };
}

/** An arithmetic operator of several operands that broadcast to `shape`; they are cast to `dtype` first. */
export function arithmetic(
  builder: Builder,
  op: string,
  operands: readonly View[],
  shape: readonly number[],
  dtype: DType,
  attributes: Attributes = {},
): View {
  const alike = operands.map((view) => as(builder, view, dtype));
  return elementwise(builder, dtype === 'bool' ? LOGICAL[op] : op, alike, shape, dtype, attributes);
}

/** An operator that ONNX has on floats only. */
export function onFloats(primitive: string, op: string) {
  return (builder: Builder, view: View): View => {
    if (view.dtype !== 'float32') {
      throw new InputError(
        `${primitive}: the array must be float32, got ${view.dtype}. Cast it with astype(np.float32).`,
      );
    }
    return apply(builder, op, [view]);
  };
}

export function negative(builder: Builder, view: View): View {
  switch (view.dtype) {
    case 'bool':
      throw new InputError('neg: the array must hold numbers, got bool. Use np.logicalNot.');
    case 'uint32':
      return read(builder, apply(builder, 'Neg', [read(builder, view, 'int32')]), 'uint32');
    default:
      return apply(builder, 'Neg', [view]);
  }
}

/** Rounding down or up: nothing to do for integers. */
export function rounded(builder: Builder, op: string, view: View): View {
  return view.dtype === 'float32' ? apply(builder, op, [view]) : view;
}

/** Division rounded towards zero, or the remainder it leaves, which has the sign of the dividend. */
export function truncatedDivision(
  builder: Builder,
  want: 'quotient' | 'remainder',
  operands: readonly View[],
  shape: readonly number[],
  dtype: DType,
): View {
  const primitive = want === 'quotient' ? 'idiv' : 'mod';
  if (dtype === 'bool') {
    throw new InputError(`${primitive}: the arrays must hold numbers, got bool. Cast them with astype.`);
  }
  if (dtype === 'float32') {
    if (want === 'remainder') return arithmetic(builder, 'Mod', operands, shape, dtype, { fmod: 1 });
    const quotient = arithmetic(builder, 'Div', operands, shape, dtype);
    const negative = elementwise(
      builder,
      'Less',
      [quotient, number(builder, 'float32', 0)],
      quotient.shape,
      'bool',
    );
    const sides = ['Ceil', 'Floor'].map((op) => apply(builder, op, [quotient]));
    return elementwise(builder, 'Where', [negative, ...sides], shape, dtype);
  }
  // -2^31 / -1 does not fit into 32 bits, and dividing it there ends the process
  const wide = operands.map((view) => read(builder, as(builder, view, dtype), 'int64'));
  const result =
    want === 'quotient'
      ? elementwise(builder, 'Div', wide, shape, 'int64')
      : elementwise(builder, 'Mod', wide, shape, 'int64', { fmod: 1 });
  return read(builder, result, dtype);
}

const COMPARE: Readonly<Record<string, string>> = { less: 'Less', less_equal: 'LessOrEqual', equal: 'Equal' };

/** A comparison in `dtype`. False is less than true. */
export function comparison(
  builder: Builder,
  op: string,
  operands: readonly View[],
  shape: readonly number[],
  dtype: DType,
): View {
  const [x, y] = operands.map((view) => as(builder, view, dtype));
  const make = (name: string, views: readonly View[]) => elementwise(builder, name, views, shape, 'bool');
  if (op === 'not_equal') {
    return dtype === 'bool' ? make('Xor', [x, y]) : make('Not', [make('Equal', [x, y])]);
  }
  if (dtype === 'bool' && op !== 'equal') {
    const above = apply(builder, 'Not', [x]);
    return op === 'less' ? make('And', [above, y]) : make('Or', [above, y]);
  }
  return make(COMPARE[op], [x, y]);
}

/** `x` where the condition holds, else `y`. */
export function choice(
  builder: Builder,
  condition: View,
  sides: readonly View[],
  shape: readonly number[],
  dtype: DType,
): View {
  const [x, y] = sides.map((view) => as(builder, view, dtype));
  if (dtype === 'bool') {
    const yes = elementwise(builder, 'And', [condition, x], shape, 'bool');
    const no = elementwise(builder, 'And', [apply(builder, 'Not', [condition]), y], shape, 'bool');
    return elementwise(builder, 'Or', [yes, no], shape, 'bool');
  }
  const held: DType = dtype === 'uint32' ? 'int32' : dtype;
  const views = [condition, read(builder, x, held), read(builder, y, held)];
  return read(builder, elementwise(builder, 'Where', views, shape, held), dtype);
}

const BITWISE: Readonly<Record<string, readonly [bits: string, truths: string]>> = {
  and: ['BitwiseAnd', 'And'],
  or: ['BitwiseOr', 'Or'],
  xor: ['BitwiseXor', 'Xor'],
};

export function bitCombine(
  builder: Builder,
  op: string,
  operands: readonly View[],
  shape: readonly number[],
  dtype: DType,
): View {
  const alike = operands.map((view) => as(builder, view, dtype));
  return elementwise(builder, BITWISE[op][dtype === 'bool' ? 1 : 0], alike, shape, dtype);
}

/** Zeros come in from either side, also into negative numbers; distances count modulo 32, as WebAssembly counts them. */
export function bitShift(
  builder: Builder,
  op: string,
  [x, by]: readonly View[],
  shape: readonly number[],
  dtype: DType,
): View {
  const bits = read(builder, as(builder, x, dtype), 'uint32');
  const distance = elementwise(
    builder,
    'BitwiseAnd',
    [read(builder, by, 'uint32'), number(builder, 'uint32', 31)],
    by.shape,
    'uint32',
  );
  const direction = op === 'shl' ? 'LEFT' : 'RIGHT';
  const shifted = elementwise(builder, 'BitShift', [bits, distance], shape, 'uint32', { direction });
  return read(builder, shifted, dtype);
}

/** How many bits are 1: counted in pairs, then fours, then eights, whose sums a product gathers in the top byte. */
export function bitCount(builder: Builder, view: View): View {
  const bits = read(builder, view, 'uint32');
  const make = (op: string, x: View, y: View | number, attributes: Attributes = {}) =>
    elementwise(
      builder,
      op,
      [x, typeof y === 'number' ? number(builder, 'uint32', y) : y],
      x.shape,
      'uint32',
      attributes,
    );
  const down = (x: View, by: number) => make('BitShift', x, by, { direction: 'RIGHT' });
  const pairs = make('Sub', bits, make('BitwiseAnd', down(bits, 1), 0x55555555));
  const fours = make(
    'Add',
    make('BitwiseAnd', pairs, 0x33333333),
    make('BitwiseAnd', down(pairs, 2), 0x33333333),
  );
  const eights = make('BitwiseAnd', make('Add', fours, down(fours, 4)), 0x0f0f0f0f);
  return read(builder, down(make('Mul', eights, 0x01010101), 24), 'int32');
}

/** The same bits read as another dtype. */
export function bitcast(builder: Builder, view: View, dtype: DType): View {
  if (view.dtype !== dtype && (view.dtype === 'float32' || dtype === 'float32')) {
    throw new InputError(
      `bitcast: the engine cannot read the bits of ${view.dtype} as ${dtype}. Use arithmetic, as np.sign or np.floor.`,
    );
  }
  return read(builder, view, dtype);
}

/**
 * The complement of the error function, precise relative to itself also where it is tiny: Press et al., Numerical
 * Recipes in C, 2nd edition, section 6.2, a Chebyshev fit with relative error below 1.2e-7.
 */
export function erfc(builder: Builder, view: View): View {
  const make = (op: string, x: View, y: View | number) =>
    elementwise(
      builder,
      op,
      [x, typeof y === 'number' ? number(builder, 'float32', y) : y],
      x.shape,
      'float32',
    );
  const size = apply(builder, 'Abs', [view]);
  const t = apply(builder, 'Reciprocal', [make('Add', make('Mul', size, 0.5), 1)]);
  const coefficients = [
    0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196,
    1.00002368, -1.26551223,
  ];
  let fit = make('Mul', t, coefficients[0]);
  for (const coefficient of coefficients.slice(1, -1)) fit = make('Mul', make('Add', fit, coefficient), t);
  const exponent = make('Sub', make('Add', fit, coefficients.at(-1)!), make('Mul', size, size));
  const right = make('Mul', apply(builder, 'Exp', [exponent]), t);
  const left = elementwise(builder, 'Sub', [number(builder, 'float32', 2), right], view.shape, 'float32');
  const isLeft = make('Less', view, 0);
  return elementwise(builder, 'Where', [{ ...isLeft, dtype: 'bool' }, left, right], view.shape, 'float32');
}
