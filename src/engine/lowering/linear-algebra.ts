/**
 * Triangular systems, factorisations and Fourier transforms of small matrices, unrolled: ONNX has no operator for them.
 *
 * Triangular solves and Cholesky factors halve the matrix until a number is left, so that most of the work is matrix
 * products: Golub and Van Loan, Matrix Computations, 4th edition, sections 3.1.4 and 4.2.9. LU with partial pivoting
 * goes column by column, section 3.4.4.
 */
import { InputError } from '../../core/errors.ts';
import { number, onFloats, read } from './arithmetic.ts';
import type { Builder } from './builder.ts';
import { dot } from './dot.ts';
import { elementwise } from './elementwise.ts';
import { concatenate, pad, shrink } from './movement.ts';
import { broadcasted, reshaped, transposed, type View, whole } from './view.ts';

/** Rows of the biggest matrix that is unrolled; the model grows with it. */
export const LARGEST = { triangular_solve: 256, cholesky: 256, lu: 64, fft: 1024 } as const;

function demandSmall(primitive: keyof typeof LARGEST, size: number, advice: string): void {
  if (size <= LARGEST[primitive]) return;
  throw new InputError(
    `${primitive}: the engine unrolls it for sizes up to ${LARGEST[primitive]}, got ${size}. ${advice}`,
  );
}

function demandFloats(primitive: string, ...views: readonly View[]): void {
  for (const { dtype } of views) {
    if (dtype === 'float32') continue;
    throw new InputError(`${primitive}: arrays must be float32, got ${dtype}. Cast with astype(np.float32).`);
  }
}

/** Rows and columns of the last two axes. */
function block(
  builder: Builder,
  view: View,
  rows: readonly [number, number],
  columns: readonly [number, number],
) {
  const lead = view.shape.slice(0, -2).map((size): readonly [number, number] => [0, size]);
  return shrink(builder, view, [...lead, rows, columns]);
}

/** a [..., m, k] times the transpose of b [..., n, k]: [..., m, n]. */
function timesTransposed(builder: Builder, a: View, b: View): View {
  const lead = a.shape.slice(0, -2);
  const [m, n, k] = [a.shape.at(-2)!, b.shape.at(-2)!, a.shape.at(-1)!];
  const rank = lead.length;
  const left = broadcasted(a, [...lead, m, 1, k], [rank + 1]);
  const right = broadcasted(b, [...lead, 1, n, k], [rank]);
  return dot(builder, left, right, [...lead, m, n]);
}

function combine(builder: Builder, op: string, a: View, b: View): View {
  const shape = a.shape.map((size, i) => Math.max(size, b.shape[i]));
  return elementwise(builder, op, [a, b], shape, 'float32');
}

function swapLast(view: View): View {
  const rank = view.shape.length;
  return transposed(view, [...Array(rank - 2).keys(), rank - 1, rank - 2]);
}

/**
 * x with a xᵀ = bᵀ. Shapes: a [..., n, n] of which the upper triangle is read, b and x [..., m, n].
 * @throws InputError when n is above {@link LARGEST}
 */
export function triangularSolve(
  builder: Builder,
  a: View,
  b: View,
  { unitDiagonal }: { readonly unitDiagonal: boolean },
): View {
  demandFloats('triangular_solve', a, b);
  demandSmall('triangular_solve', a.shape.at(-1)!, 'Solve iteratively, or outside the program.');
  return solveUpper(builder, a, b, unitDiagonal);
}

function solveUpper(builder: Builder, a: View, b: View, unitDiagonal: boolean): View {
  const n = a.shape.at(-1)!;
  if (n === 1) return unitDiagonal ? b : combine(builder, 'Div', b, a);
  const [m, half] = [b.shape.at(-2)!, Math.ceil(n / 2)];
  const [first, second] = [
    [0, half],
    [half, n],
  ] as const;
  const low = solveUpper(
    builder,
    block(builder, a, second, second),
    block(builder, b, [0, m], second),
    unitDiagonal,
  );
  const known = timesTransposed(builder, low, block(builder, a, first, second));
  const rest = combine(builder, 'Sub', block(builder, b, [0, m], first), known);
  const high = solveUpper(builder, block(builder, a, first, first), rest, unitDiagonal);
  return concatenate(builder, [high, low], b.shape.length - 1, b.shape);
}

/**
 * The lower triangular l with l lᵀ = a, of which the lower triangle is read. [..., n, n]
 * @throws InputError when n is above {@link LARGEST}
 */
export function cholesky(builder: Builder, a: View): View {
  demandFloats('cholesky', a);
  demandSmall('cholesky', a.shape.at(-1)!, 'Use a diagonal or a low-rank matrix.');
  return factorLower(builder, a);
}

function factorLower(builder: Builder, a: View): View {
  const n = a.shape.at(-1)!;
  if (n === 1) return onFloats('cholesky', 'Sqrt')(builder, a);
  const half = Math.ceil(n / 2);
  const [first, second] = [
    [0, half],
    [half, n],
  ] as const;
  const top = factorLower(builder, block(builder, a, first, first));
  const below = solveLower(builder, top, block(builder, a, second, first));
  const rest = combine(
    builder,
    'Sub',
    block(builder, a, second, second),
    timesTransposed(builder, below, below),
  );
  const bottom = factorLower(builder, rest);
  const lead = a.shape.slice(0, -2).map((): readonly [number, number] => [0, 0]);
  const padded = pad(builder, top, [...lead, [0, 0], [0, n - half]]);
  const lower = concatenate(builder, [below, bottom], a.shape.length - 1, [
    ...a.shape.slice(0, -2),
    n - half,
    n,
  ]);
  return concatenate(builder, [padded, lower], a.shape.length - 2, a.shape);
}

/** x with a xᵀ = bᵀ for a lower triangular a: the halves in the other order. */
function solveLower(builder: Builder, a: View, b: View): View {
  const n = a.shape.at(-1)!;
  if (n === 1) return combine(builder, 'Div', b, a);
  const [m, half] = [b.shape.at(-2)!, Math.ceil(n / 2)];
  const [first, second] = [
    [0, half],
    [half, n],
  ] as const;
  const high = solveLower(builder, block(builder, a, first, first), block(builder, b, [0, m], first));
  const known = timesTransposed(builder, high, block(builder, a, second, first));
  const rest = combine(builder, 'Sub', block(builder, b, [0, m], second), known);
  const low = solveLower(builder, block(builder, a, second, second), rest);
  return concatenate(builder, [high, low], b.shape.length - 1, b.shape);
}

/**
 * Both factors in one matrix [..., m, n], the row each column was swapped with [..., min(m, n)], and the order in which
 * the rows of `a` then stand [..., m].
 * @throws InputError when a side is above {@link LARGEST}
 */
export function lu(builder: Builder, a: View): readonly [lu: View, pivots: View, permutation: View] {
  demandFloats('lu', a);
  const [m, n] = a.shape.slice(-2);
  demandSmall('lu', Math.max(m, n), 'Use a Cholesky factor or a triangular solve.');
  const lead = a.shape.slice(0, -2);
  const rows: View = {
    name: builder.constant(
      'int32',
      [m],
      Int32Array.from({ length: m }, (_, i) => i),
    ),
    dtype: 'int32',
    base: [m],
    axes: [...lead.map(() => -1), m === 1 ? -1 : 0],
    shape: [...lead, m],
  };
  const count = Math.min(m, n);
  const pivots: View[] = [];
  let matrix = a;
  let order = rows;
  for (let j = 0; j < count; j++) {
    const column = onFloats('lu', 'Abs')(builder, block(builder, matrix, [j, m], [j, j + 1]));
    const found = argMax(builder, reshaped(builder, column, [...lead, m - j]));
    const pivot = elementwise(builder, 'Add', [found, number(builder, 'int32', j)], [...lead, 1], 'int32');
    pivots.push(pivot);
    const swap = swapped(builder, rows, pivot, j);
    order = alongLast(builder, order, swap);
    const index = broadcasted(swap, [...lead, m, n], [lead.length + 1]);
    matrix = swapLast(alongLast(builder, swapLast(matrix), swapLast(index)));
    if (j + 1 < m) matrix = eliminated(builder, matrix, j);
  }
  return [matrix, concatenate(builder, pivots, lead.length, [...lead, count]), order];
}

/** Where the greatest number of the last axis stands, the first of equal ones. [..., 1] int32 */
function argMax(builder: Builder, view: View): View {
  const shape = [...view.shape.slice(0, -1), 1];
  const name = builder.emit('ArgMax', [whole(builder, view)], { axis: view.shape.length - 1, keepdims: 1 });
  const axes = shape.map((size, i) => (size === 1 ? -1 : i));
  return read(builder, { name, dtype: 'int64', base: shape, axes, shape }, 'int32');
}

/** The row numbers with j and the pivot in each other's place. */
function swapped(builder: Builder, rows: View, pivot: View, j: number): View {
  const where = (condition: View, yes: View, no: View) =>
    elementwise(builder, 'Where', [condition, yes, no], rows.shape, 'int32');
  const equal = (a: View, b: View) => elementwise(builder, 'Equal', [a, b], rows.shape, 'bool');
  const current = number(builder, 'int32', j);
  return where(equal(rows, current), pivot, where(equal(rows, pivot), current, rows));
}

/** Numbers of the last axis by an index of the same shape. */
function alongLast(builder: Builder, view: View, index: View): View {
  const { shape } = view;
  const name = builder.emit('GatherElements', [whole(builder, view), whole(builder, index)], {
    axis: shape.length - 1,
  });
  return {
    name,
    dtype: view.dtype,
    base: shape,
    axes: shape.map((size, i) => (size === 1 ? -1 : i)),
    shape,
  };
}

/** One step of elimination: factors below the diagonal of column j, and what they leave to the right of it. */
function eliminated(builder: Builder, matrix: View, j: number): View {
  const [m, n] = matrix.shape.slice(-2);
  const lead = matrix.shape.slice(0, -2);
  const below = block(builder, matrix, [j + 1, m], [j, j + 1]);
  const diagonal = block(builder, matrix, [j, j + 1], [j, j + 1]);
  const isZero = elementwise(
    builder,
    'Equal',
    [diagonal, number(builder, 'float32', 0)],
    diagonal.shape,
    'bool',
  );
  const factors = elementwise(
    builder,
    'Where',
    [isZero, below, combine(builder, 'Div', below, diagonal)],
    below.shape,
    'float32',
  );
  const parts = [block(builder, matrix, [j + 1, m], [0, j]), factors];
  if (j + 1 < n) {
    const right = block(builder, matrix, [j, j + 1], [j + 1, n]);
    const taken = combine(builder, 'Mul', factors, right);
    parts.push(combine(builder, 'Sub', block(builder, matrix, [j + 1, m], [j + 1, n]), taken));
  }
  const rest = concatenate(
    builder,
    parts.filter((part) => part.shape.at(-1) !== 0),
    lead.length + 1,
    [...lead, m - j - 1, n],
  );
  return concatenate(builder, [block(builder, matrix, [0, j + 1], [0, n]), rest], lead.length, matrix.shape);
}

/**
 * The discrete Fourier transform along the last axis as one matrix product.
 * @throws InputError when the axis is longer than {@link LARGEST}
 */
export function fourier(
  builder: Builder,
  real: View,
  imaginary: View,
  { inverse }: { readonly inverse: boolean },
): readonly [real: View, imaginary: View] {
  demandFloats('fft', real, imaginary);
  const n = real.shape.at(-1)!;
  demandSmall('fft', n, 'Transform shorter pieces, or outside the program.');
  const sign = inverse ? 1 : -1;
  const scale = inverse ? 1 / n : 1;
  // columns: real then imaginary results; rows: real then imaginary inputs. [2n, 2n], transposed for the product
  const matrix = new Float32Array(4 * n * n);
  for (let k = 0; k < n; k++) {
    for (let t = 0; t < n; t++) {
      const angle = (2 * Math.PI * ((k * t) % n)) / n;
      const [c, s] = [scale * Math.cos(angle), sign * scale * Math.sin(angle)];
      matrix[k * 2 * n + t] = c;
      matrix[k * 2 * n + n + t] = -s;
      matrix[(n + k) * 2 * n + t] = s;
      matrix[(n + k) * 2 * n + n + t] = c;
    }
  }
  const lead = real.shape.slice(0, -1);
  const joined = concatenate(builder, [real, imaginary], lead.length, [...lead, 2 * n]);
  const name = builder.constant('float32', [2 * n, 2 * n], matrix);
  const weights: View = { name, dtype: 'float32', base: [2 * n, 2 * n], axes: [0, 1], shape: [2 * n, 2 * n] };
  const both = dot(builder, broadcasted(joined, [...lead, 1, 2 * n], [lead.length]), weights, [
    ...lead,
    2 * n,
  ]);
  const part = (start: number) => {
    const ranges = both.shape.map((size): readonly [number, number] => [0, size]);
    return shrink(builder, both, ranges.with(lead.length, [start, start + n]));
  };
  return [part(0), part(n)];
}
