/** Normalisation and softmax over the last axis: each one operator of ONNX. */
import type { Builder } from './builder.ts';
import { direct, place, reshape, type View, whole } from './view.ts';

/** (x - mean) / deviation, and with it mean and 1 / deviation, both [..., 1]. */
export function normalise(builder: Builder, x: View, epsilon: number): readonly View[] {
  const n = x.shape[x.shape.length - 1];
  const names = builder.emitMany('LayerNormalization', [whole(builder, x), builder.ones(n)], 3, {
    axis: -1,
    epsilon: { float: epsilon },
  });
  const small = [...x.shape.slice(0, -1), 1];
  return names.map((name, i) => direct(name, 'float32', i === 0 ? x.shape : small));
}

/** (x - mean) / deviation * scale + offset. */
export function layerNorm(builder: Builder, x: View, scale: View, offset: View, epsilon: number): View {
  const n = x.shape[x.shape.length - 1];
  const row = (view: View) => reshape(builder, place(builder, view), view.shape, [n]);
  const name = builder.emit('LayerNormalization', [whole(builder, x), row(scale), row(offset)], {
    axis: -1,
    epsilon: { float: epsilon },
  });
  return direct(name, 'float32', x.shape);
}

/** exp(x) over its sum. */
export function softmax(builder: Builder, x: View): View {
  return direct(builder.emit('Softmax', [whole(builder, x)], { axis: -1 }), 'float32', x.shape);
}
