/** Matrix products: `dot(x, y)` is the sum of x * y over the last axis, after broadcasting. */
import type { OnnxType } from '../onnx.ts';
import { sizeOf } from '../tensor.ts';
import type { Builder } from './builder.ts';
import { elementwise } from './elementwise.ts';
import { reduceSum } from './reduce.ts';
import { memoryOrder, padded, place, reshape, type View } from './view.ts';

export function dot(builder: Builder, left: View, right: View, shape: readonly number[]): View {
  const rank = Math.max(left.shape.length, right.shape.length);
  const K = rank - 1;
  const [x, y] = inOrder(padded(left, rank), padded(right, rank), K);
  const both = [...shape, Math.max(x.shape[K], y.shape[K])];
  const inner = shape.map((_, i) => i);
  const batch = inner.filter((i) => x.axes[i] !== -1 && y.axes[i] !== -1);
  const M = inner.filter((i) => x.axes[i] !== -1 && y.axes[i] === -1);
  const N = inner.filter((i) => x.axes[i] === -1 && y.axes[i] !== -1);
  const contracts = x.axes[K] !== -1 && y.axes[K] !== -1;
  if (!contracts || M.length + N.length === 0) {
    const product = elementwise(builder, 'Mul', [x, y], both, x.dtype);
    return reduceSum(builder, product, [K]);
  }
  const batchOrder = memoryOrder(x).filter((i) => batch.includes(i));
  const a = operand(builder, x, batchOrder, M, K);
  const b = operand(builder, y, batchOrder, N, K);
  const product = matrixProduct(builder, a, b, x.dtype);
  const order = [...batchOrder, ...a.own, ...b.own];
  const base = order.map((i) => both[i]);
  const lead = batch.length > 0 ? [sizeOf(batch.map((i) => both[i]))] : [];
  const produced = [...lead, sizeOf(M.map((i) => both[i])), sizeOf(N.map((i) => both[i]))];
  return {
    name: reshape(builder, product, produced, base),
    dtype: left.dtype,
    base,
    axes: shape.map((_, i) => order.indexOf(i)),
    shape,
  };
}

/** A side of a product as it lies: [batch, own, K] when `innerLast`, else [batch, K, own]. */
interface Side {
  readonly name: string;
  readonly innerLast: boolean;
  readonly rank: number;
}

/** One operator for the product where there is one that transposes as it goes: ONNX Runtime's own, on floats. */
function matrixProduct(builder: Builder, a: Side, b: Side, dtype: OnnxType): string {
  if (a.innerLast && !b.innerLast) return builder.emit('MatMul', [a.name, b.name]);
  if (dtype === 'float32' && !builder.portable) {
    return builder.emit('FusedMatMul', [a.name, b.name], {
      transA: a.innerLast ? 0 : 1,
      transB: b.innerLast ? 1 : 0,
      alpha: { float: 1 },
    });
  }
  const turned = ({ name, rank }: Side) =>
    builder.emit('Transpose', [name], { perm: rank === 3 ? [0, 2, 1] : [1, 0] });
  return builder.emit('MatMul', [a.innerLast ? a.name : turned(a), b.innerLast ? turned(b) : b.name]);
}

/** The two sides, first the one whose own axes come first in the result, so that the result lies as it is seen. */
function inOrder(x: View, y: View, K: number): readonly [View, View] {
  const firstOwn = (view: View, other: View) => {
    const i = view.axes.findIndex((axis, i) => i !== K && axis !== -1 && other.axes[i] === -1);
    return i === -1 ? K : i;
  };
  return firstOwn(x, y) <= firstOwn(y, x) ? [x, y] : [y, x];
}

/**
 * One side of a product as a stack of matrices, [batch, own, K] or [batch, K, own], whichever it already is.
 * `own` returns the side's axes in the order in which they lie.
 */
function operand(builder: Builder, view: View, batch: readonly number[], own: readonly number[], K: number) {
  const order = memoryOrder(view);
  const ownOrder = order.filter((i) => own.includes(i));
  const sameAs = (layout: readonly number[]) => layout.every((axis, i) => axis === order[i]);
  const innerFirst = [...batch, K, ...ownOrder];
  const innerLastLayout = [...batch, ...ownOrder, K];
  // when the numbers must move anyway, they move to where the product needs no transposition
  const innerLast = own.length === 0 || !sameAs(innerFirst);
  const layout = innerLast ? innerLastLayout : innerFirst;
  const sizes = [sizeOf(own.map((i) => view.shape[i])), view.shape[K]];
  const lead = batch.length > 0 ? [sizeOf(batch.map((i) => view.shape[i]))] : [];
  const shape = [...lead, ...(innerLast ? sizes : sizes.toReversed())];
  const name = reshape(
    builder,
    place(builder, view, layout),
    layout.map((i) => view.shape[i]),
    shape,
  );
  return { name, innerLast, rank: shape.length, own: ownOrder };
}
