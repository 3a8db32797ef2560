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

/** x / root mean square, and with it 1 / root mean square [..., 1]. */
export function normaliseRms(builder: Builder, x: View, epsilon: number): readonly View[] {
  const n = x.shape[x.shape.length - 1];
  const small = [...x.shape.slice(0, -1), 1];
  if (builder.portable) {
    const source = whole(builder, x);
    const inverse = inverseRms(builder, source, epsilon);
    const y = builder.emit('Mul', [source, inverse]);
    return [direct(y, 'float32', x.shape), direct(inverse, 'float32', small)];
  }
  const names = builder.emitMany('SimplifiedLayerNormalization', [whole(builder, x), builder.ones(n)], 2, {
    axis: -1,
    epsilon: { float: epsilon },
  });
  return names.map((name, i) => direct(name, 'float32', i === 0 ? x.shape : small));
}

/** x / root mean square * scale. */
export function rmsNorm(builder: Builder, x: View, scale: View, epsilon: number): View {
  const n = x.shape[x.shape.length - 1];
  const source = whole(builder, x);
  const row = reshape(builder, place(builder, scale), scale.shape, [n]);
  const name = builder.portable
    ? builder.emit('Mul', [builder.emit('Mul', [source, inverseRms(builder, source, epsilon)]), row])
    : builder.emit('SimplifiedLayerNormalization', [source, row], { axis: -1, epsilon: { float: epsilon } });
  return direct(name, 'float32', x.shape);
}

/** 1 / sqrt(mean of squares + epsilon), in ONNX's own operators. */
function inverseRms(builder: Builder, x: string, epsilon: number): string {
  const squares = builder.emit('ReduceMean', [builder.emit('Mul', [x, x]), builder.integers([-1])], {
    keepdims: 1,
  });
  const raised = builder.emit('Add', [squares, builder.scalar('float32', epsilon)]);
  return builder.emit('Reciprocal', [builder.emit('Sqrt', [raised])]);
}

/** exp(x) over its sum. */
export function softmax(builder: Builder, x: View): View {
  return direct(builder.emit('Softmax', [whole(builder, x)], { axis: -1 }), 'float32', x.shape);
}
