/**
 * Convolutions of any number of spatial axes, with strides, padding that may cut, holes between the inputs or between
 * the weights, and axes mapped over by vmap.
 *
 * Measured for 16 to 64 images of 16 to 64 pixels a side, 3 to 128 channels, kernels of 4 and strides of 2, on one
 * thread. The gradient by the images, which arrives as a convolution with holes between the inputs: `ConvTranspose` 1 to
 * 9 ms, four convolutions interleaved 5 to 14 ms, zeros put between the inputs 25 to 65 ms. The gradient by the weights,
 * which arrives with holes between the weights and batch and channels exchanged: `Conv` with dilations 2 to 22 ms, a
 * matrix product over patches 2 to 52 ms.
 */
import { InputError } from '../../core/errors.ts';
import { sizeOf } from '../tensor.ts';
import type { Builder } from './builder.ts';
import { dot } from './dot.ts';
import { flip, pad } from './movement.ts';
import { broadcasted, expanded, place, reshape, tidy, transposed, type View } from './view.ts';
import { dilated } from './windows.ts';

export interface Convolution {
  /** How many leading axes of both operands are mapped over. */
  readonly vmapDims: number;
  readonly strides: readonly number[];
  /** Zeros before and after; negative numbers cut. */
  readonly padding: readonly (readonly [number, number])[];
  /** How far apart neighbouring inputs are put. */
  readonly lhsDilation: readonly number[];
  /** How far apart neighbouring weights are put. */
  readonly rhsDilation: readonly number[];
}

/** x [V..., B, C, S...] with weights w [V..., O, C, K...]: `shape` [V..., B, O, S'...]. */
export function convolution(
  builder: Builder,
  x: View,
  w: View,
  params: Convolution,
  shape: readonly number[],
): View {
  if (x.dtype !== 'float32' || w.dtype !== 'float32') {
    throw new InputError(
      `conv: arrays must be float32, got ${x.dtype} and ${w.dtype}. Cast with astype(np.float32).`,
    );
  }
  const { vmapDims: V, strides, lhsDilation, rhsDilation } = params;
  if (strides.length === 0) {
    const rows = broadcasted(x, x.shape.toSpliced(V + 1, 0, 1), [V + 1]);
    const columns = broadcasted(w, w.shape.toSpliced(V, 0, 1), [V]);
    return dot(builder, rows, columns, shape);
  }
  const spatial = strides.map((_, i) => V + 2 + i);
  if (isOne(lhsDilation)) return plain(builder, x, w, params, shape);
  if (isOne(strides)) {
    const manyWeights = volume(w, spatial) > sizeOf(spatial.map((i) => shape[i]));
    if (!manyWeights) return transposedConvolution(builder, x, w, params, shape);
    if (isOne(rhsDilation)) return exchanged(builder, x, w, params, shape);
  }
  const spread = lhsDilation.reduce((view, step, i) => dilated(builder, view, spatial[i], step), x);
  return plain(builder, spread, w, { ...params, lhsDilation: lhsDilation.map(() => 1) }, shape);
}

function isOne(numbers: readonly number[]): boolean {
  return numbers.every((n) => n === 1);
}

function volume(view: View, axes: readonly number[]): number {
  return sizeOf(axes.map((i) => view.shape[i]));
}

function plain(
  builder: Builder,
  x: View,
  w: View,
  { vmapDims: V, strides, padding, rhsDilation }: Convolution,
  shape: readonly number[],
): View {
  // padding that cuts is done by hand, for ONNX only ever adds
  const cut = padding.map(([before, after]) => [Math.min(0, before), Math.min(0, after)] as const);
  const kept = pad(builder, x, [...Array(V + 2).fill([0, 0]), ...cut]);
  const pads = [0, 1].flatMap((side) => padding.map((widths) => Math.max(0, widths[side])));
  return grouped(builder, kept, w, V, shape, 'outFirst', (input, weight, group) =>
    builder.emit('Conv', [input, weight], { strides, pads, dilations: rhsDilation, group }),
  );
}

/**
 * Holes between the inputs: each input is spread over the outputs by all weights. ONNX's operator reads the weights in
 * the reverse order, and its padding counts what is cut from the full result, in which every weight met every input.
 */
function transposedConvolution(
  builder: Builder,
  x: View,
  w: View,
  { vmapDims: V, padding, lhsDilation, rhsDilation }: Convolution,
  shape: readonly number[],
): View {
  const spatial = lhsDilation.map((_, i) => V + 2 + i);
  const reach = spatial.map((axis, i) => (w.shape[axis] - 1) * rhsDilation[i]);
  const cut = padding.map((widths, i) => widths.map((width) => reach[i] - width));
  const pads = [0, 1].flatMap((side) => cut.map((widths) => Math.max(0, widths[side])));
  // beyond the full result there are zeros
  const beyond = cut.map(([before, after]) => [Math.max(0, -before), Math.max(0, -after)] as const);
  const widths = [...Array(V + 2).fill([0, 0]), ...beyond];
  const inner = shape.map((size, i) => size - widths[i][0] - widths[i][1]);
  const turned = flip(builder, w, spatial);
  const full = grouped(builder, x, turned, V, inner, 'inFirst', (input, weight, group) =>
    builder.emit('ConvTranspose', [input, weight], {
      strides: lhsDilation,
      pads,
      dilations: rhsDilation,
      group,
    }),
  );
  return pad(builder, full, widths);
}

/**
 * Holes between the inputs and more weights than outputs, as for the gradient by the weights of a transposed
 * convolution: the weights are taken for the inputs and the inputs for weights with holes, which gives the outputs in
 * the reverse order.
 */
function exchanged(
  builder: Builder,
  x: View,
  w: View,
  { vmapDims: V, padding, lhsDilation }: Convolution,
  shape: readonly number[],
): View {
  const spatial = lhsDilation.map((_, i) => V + 2 + i);
  const widths = spatial.map((axis, i) => {
    const extent = (x.shape[axis] - 1) * lhsDilation[i] + 1;
    const before = shape[axis] - 1 - padding[i][0];
    return [before, shape[axis] - 1 - w.shape[axis] + extent - before] as const;
  });
  const swap = shape.map((_, i) => (i === V ? V + 1 : i === V + 1 ? V : i));
  const result = plain(
    builder,
    w,
    x,
    {
      vmapDims: V,
      strides: lhsDilation.map(() => 1),
      padding: widths,
      lhsDilation: lhsDilation.map(() => 1),
      rhsDilation: lhsDilation,
    },
    swap.map((i) => shape[i]),
  );
  return flip(builder, transposed(result, swap), spatial);
}

/**
 * Mapped axes go where a plain convolution has room for them: those of the inputs alone to the batch, those of the
 * weights alone to the output channels, those of both to groups.
 * @param order of the weights' channels, as the operator wants them
 */
function grouped(
  builder: Builder,
  x: View,
  w: View,
  V: number,
  shape: readonly number[],
  order: 'outFirst' | 'inFirst',
  convolve: (input: string, weight: string, group: number) => string,
): View {
  const inner = x.shape.map((_, i) => i).slice(V);
  const input = expanded(builder, x, inner);
  const weight = expanded(builder, w, inner);
  const mapped = Array.from({ length: V }, (_, i) => i);
  const ofInput = mapped.filter((i) => input.axes[i] !== -1 && weight.axes[i] === -1);
  const ofWeight = mapped.filter((i) => input.axes[i] === -1 && weight.axes[i] !== -1);
  const ofBoth = mapped.filter((i) => input.axes[i] !== -1 && weight.axes[i] !== -1);
  // of the weights the first inner axis is the output channel
  const [first, second, ...spatial] = inner;
  const sizes = (of: readonly number[], axes: readonly number[]) => axes.map((i) => of[i]);
  const flat = (view: View, ...parts: readonly (readonly number[])[]) => {
    const layout = [...parts.flat(), ...spatial];
    const merged = [...parts.map((part) => sizeOf(sizes(view.shape, part))), ...sizes(view.shape, spatial)];
    return reshape(builder, place(builder, view, layout), sizes(view.shape, layout), merged);
  };
  const result = convolve(
    flat(input, [...ofInput, first], [...ofBoth, second]),
    order === 'outFirst'
      ? flat(weight, [...ofBoth, ...ofWeight, first], [second])
      : flat(weight, [...ofBoth, second], [...ofWeight, first]),
    sizeOf(sizes(input.shape, ofBoth)),
  );
  const lead = [...ofInput, first];
  const channels = [...ofBoth, ...ofWeight, second];
  const layout = [...lead, ...channels, ...spatial];
  const produced = [sizeOf(sizes(shape, lead)), sizeOf(sizes(shape, channels)), ...sizes(shape, spatial)];
  return tidy({
    name: reshape(builder, result, produced, sizes(shape, layout)),
    dtype: 'float32',
    base: sizes(shape, layout),
    axes: shape.map((_, i) => layout.indexOf(i)),
    shape,
  });
}
