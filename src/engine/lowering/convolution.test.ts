import { lax, numpy as np, valueAndGrad, vmap } from '@jax-js/jax';
import { describe, it } from 'vitest';
import { agree, type Results, randomTensor } from '../../../test/engine/agreement.ts';
import { Rng } from '../../core/rng.ts';
import type { Traced } from '../tree.ts';

const rng = Rng.from('convolution');
type Pair = [number, number];

interface Options {
  readonly strides: number[];
  readonly padding: Pair[] | 'SAME' | 'VALID';
  readonly lhsDilation?: number[];
  readonly rhsDilation?: number[];
  readonly featureGroupCount?: number;
}

const convolve = (x: Traced, w: Traced, { strides, padding, ...rest }: Options) =>
  lax.convGeneralDilated(x, w, strides, padding, rest);

/** The convolution and its gradients by both operands, of a function that tells all its outputs apart. */
function withGradients(f: (x: Traced, w: Traced) => Traced) {
  return (x: Traced, w: Traced): Results => {
    const loss = (x: Traced, w: Traced) => {
      const y = f(x, w);
      const size = y.shape.reduce((a, b) => a * b, 1);
      return np.sum(
        y.mul(
          np
            .arange(size)
            .mod(np.array(7, { dtype: np.int32 }))
            .astype(np.float32)
            .sub(3)
            .reshape(y.shape),
        ),
      );
    };
    const [value, [dx, dw]] = valueAndGrad(loss, { argnums: [0, 1] })(x, w);
    return { y: f(x, w), value, dx, dw };
  };
}

describe('convolutions and their gradients', () => {
  const plane = { x: [2, 3, 7, 6], w: [4, 3, 3, 2] };
  const line = { x: [2, 3, 9], w: [4, 3, 4] };

  it.each<[name: string, shapes: { x: number[]; w: number[] }, options: Options]>([
    ['plain', plane, { strides: [1, 1], padding: 'VALID' }],
    ['padded alike', plane, { strides: [1, 1], padding: 'SAME' }],
    ['every other place', plane, { strides: [2, 2], padding: 'SAME' }],
    [
      'strides that leave a rest',
      plane,
      {
        strides: [3, 2],
        padding: [
          [1, 0],
          [0, 2],
        ],
      },
    ],
    [
      'padding that cuts',
      plane,
      {
        strides: [1, 2],
        padding: [
          [-1, 0],
          [1, -2],
        ],
      },
    ],
    [
      'holes between weights',
      plane,
      {
        strides: [1, 1],
        padding: [
          [1, 1],
          [1, 1],
        ],
        rhsDilation: [2, 3],
      },
    ],
    [
      'holes between inputs',
      plane,
      {
        strides: [1, 1],
        padding: [
          [2, 2],
          [1, 1],
        ],
        lhsDilation: [2, 3],
      },
    ],
    [
      'holes in both, and strides',
      plane,
      {
        strides: [2, 1],
        padding: [
          [2, 3],
          [1, 1],
        ],
        lhsDilation: [2, 2],
        rhsDilation: [1, 2],
      },
    ],
    ['as wide as the input', { x: [2, 3, 4, 4], w: [5, 3, 4, 4] }, { strides: [1, 1], padding: 'VALID' }],
    ['of single places', { x: [2, 3, 4, 4], w: [5, 3, 1, 1] }, { strides: [1, 1], padding: 'VALID' }],
    [
      'one channel, one image',
      { x: [1, 1, 6, 6], w: [1, 1, 4, 4] },
      {
        strides: [2, 2],
        padding: [
          [1, 1],
          [1, 1],
        ],
      },
    ],
    [
      'in groups',
      { x: [2, 6, 5, 5], w: [4, 3, 3, 3] },
      { strides: [1, 1], padding: 'SAME', featureGroupCount: 2 },
    ],
    [
      'channel by channel',
      { x: [2, 4, 5, 5], w: [4, 1, 3, 3] },
      { strides: [2, 2], padding: 'SAME', featureGroupCount: 4 },
    ],
    ['on a line', line, { strides: [2], padding: [[1, 2]] }],
    ['on a line with holes', line, { strides: [1], padding: [[3, 3]], rhsDilation: [2] }],
    ['on a line with holes in the input', line, { strides: [1], padding: [[3, 3]], lhsDilation: [3] }],
    ['on a line, cut', line, { strides: [1], padding: [[-2, -1]], lhsDilation: [2] }],
    ['in space', { x: [1, 2, 4, 4, 4], w: [3, 2, 2, 2, 2] }, { strides: [1, 2, 1], padding: 'SAME' }],
  ])('%s', async (_, shapes, options) => {
    const inputs = [randomTensor('float32', shapes.x, rng), randomTensor('float32', shapes.w, rng)];
    await agree(
      withGradients((x, w) => convolve(x, w, options)),
      inputs,
      { tolerance: 1e-4 },
    );
  });

  it.each(['SAME', 'VALID'] as const)('transposed, %s', async (padding) => {
    const inputs = [randomTensor('float32', [2, 3, 4, 5], rng), randomTensor('float32', [4, 3, 4, 3], rng)];
    await agree(
      withGradients((x, w) => lax.convTranspose(x, w, [2, 2], padding)),
      inputs,
      { tolerance: 1e-4 },
    );
    await agree(
      withGradients((x, w) =>
        lax.convTranspose(x, np.swapaxes(w, 0, 1), [2, 1], padding, { transposeKernel: true }),
      ),
      inputs,
      { tolerance: 1e-4 },
    );
  });

  it('transposed on a line', async () => {
    await agree(
      withGradients((x, w) => lax.convTranspose(x, w, [2], [[1, 1]])),
      [randomTensor('float32', [2, 3, 5], rng), randomTensor('float32', [4, 3, 4], rng)],
      { tolerance: 1e-4 },
    );
  });
});

describe('mapped convolutions', () => {
  const conv = (x: Traced, w: Traced) => lax.conv(x, w, [2, 2], 'SAME');
  const images = randomTensor('float32', [3, 2, 2, 5, 5], rng); // [V, B, C, H, W]
  const kernels = randomTensor('float32', [3, 4, 2, 3, 3], rng); // [V, O, C, K, K]

  it('over both, over the images, over the weights', async () => {
    await agree(
      withGradients((x, w) => vmap(conv)(x, w)),
      [images, kernels],
      { tolerance: 1e-4 },
    );
    await agree(
      withGradients((x, w) => vmap(conv, [0, null])(x, w.slice(0))),
      [images, kernels],
      { tolerance: 1e-4 },
    );
    await agree(
      withGradients((x, w) => vmap(conv, [null, 0])(x.slice(0), w)),
      [images, kernels],
      { tolerance: 1e-4 },
    );
  });

  it('over one after the other', async () => {
    await agree(
      withGradients((x, w) => vmap(vmap(conv, [0, null]), [null, 0])(x, w)),
      [images, kernels],
      { tolerance: 1e-4 },
    );
  });

  it('of images that lie differently', async () => {
    await agree(
      (x, w) => ({
        channelsLast: conv(np.transpose(x, [0, 3, 1, 2]), np.transpose(w, [3, 2, 0, 1])),
        repeated: conv(
          np.broadcastTo(x.slice([0, 1]), [3, 5, 5, 2]).reshape([3, 2, 5, 5]),
          np.transpose(w, [3, 2, 0, 1]),
        ),
        constant: conv(
          np.broadcastTo(x.slice([], [], [], [0, 1]), [2, 5, 5, 5]).slice([], [0, 2]),
          np.transpose(w, [3, 2, 0, 1]),
        ),
      }),
      [randomTensor('float32', [2, 5, 5, 2], rng), randomTensor('float32', [3, 3, 2, 4], rng)],
      { tolerance: 1e-4 },
    );
  });
});
