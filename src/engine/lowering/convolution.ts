/**
 * Convolutions of any number of spatial axes, with strides, padding that may cut, holes between the inputs or between
 * the weights, and axes mapped over by vmap.
 */
import { InputError } from '../../core/errors.ts';
import { sizeOf } from '../tensor.ts';
import type { Builder } from './builder.ts';
import { dot } from './dot.ts';
import { pad } from './movement.ts';
import { broadcasted, expanded, place, reshape, tidy, type View } from './view.ts';
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
  const { vmapDims, strides, padding, rhsDilation } = params;
  const V = vmapDims;
  const spatial = strides.length;
  if (spatial === 0) {
    const rows = broadcasted(x, x.shape.toSpliced(V + 1, 0, 1), [V + 1]);
    const columns = broadcasted(w, w.shape.toSpliced(V, 0, 1), [V]);
    return dot(builder, rows, columns, shape);
  }
  const spread = params.lhsDilation.reduce((view, step, i) => dilated(builder, view, V + 2 + i, step), x);
  // padding that cuts is done by hand, for ONNX only ever adds
  const cut = padding.map(([before, after]) => [Math.min(0, before), Math.min(0, after)] as const);
  const kept = pad(builder, spread, [...Array(V + 2).fill([0, 0]), ...cut]);
  const pads = [0, 1].flatMap((side) => padding.map((widths) => Math.max(0, widths[side])));
  return grouped(builder, kept, w, V, shape, (input, weight, group) =>
    builder.emit('Conv', [input, weight], { strides, pads, dilations: rhsDilation, group }),
  );
}

/**
 * Mapped axes go where a plain convolution has room for them: those of the inputs alone to the batch, those of the
 * weights alone to the output channels, those of both to groups.
 */
function grouped(
  builder: Builder,
  x: View,
  w: View,
  V: number,
  shape: readonly number[],
  convolve: (input: string, weight: string, group: number) => string,
): View {
  const inner = x.shape.map((_, i) => i).slice(V);
  const input = expanded(builder, x, inner);
  const weight = expanded(builder, w, inner);
  const mapped = Array.from({ length: V }, (_, i) => i);
  const ofInput = mapped.filter((i) => input.axes[i] !== -1 && weight.axes[i] === -1);
  const ofWeight = mapped.filter((i) => input.axes[i] === -1 && weight.axes[i] !== -1);
  const ofBoth = mapped.filter((i) => input.axes[i] !== -1 && weight.axes[i] !== -1);
  const [B, C, ...spatial] = inner;
  const sizes = (view: View, axes: readonly number[]) => axes.map((i) => view.shape[i]);
  const flat = (view: View, ...parts: readonly (readonly number[])[]) => {
    const layout = parts.flat();
    const name = place(builder, view, [...layout, ...spatial]);
    const from = sizes(view, [...layout, ...spatial]);
    return reshape(builder, name, from, [
      ...parts.map((part) => sizeOf(sizes(view, part))),
      ...sizes(view, spatial),
    ]);
  };
  const group = sizeOf(sizes(input, ofBoth));
  const lead = sizeOf(sizes(input, [...ofInput, B]));
  const result = convolve(
    flat(input, [...ofInput, B], [...ofBoth, C]),
    flat(weight, [...ofBoth, ...ofWeight, B], [C]),
    group,
  );
  const channels = [...ofBoth, ...ofWeight, C];
  const layout = [...ofInput, B, ...channels, ...spatial];
  const base = sizes({ ...input, shape }, layout);
  const produced = [
    lead,
    sizeOf(sizes({ ...input, shape }, channels)),
    ...sizes({ ...input, shape }, spatial),
  ];
  return tidy({
    name: reshape(builder, result, produced, base),
    dtype: 'float32',
    base,
    axes: shape.map((_, i) => layout.indexOf(i)),
    shape,
  });
}
