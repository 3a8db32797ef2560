import { describe, expect, test } from 'vitest';
import { Rng } from '../core/rng.ts';
import { compile } from '../engine/compile.ts';
import { type Tensor, tensor } from '../engine/tensor.ts';
import type { Traced, TracedTree } from '../engine/tree.ts';
import { type ConvOptions, type ConvParams, conv, type Padding, transposedConv } from './convolution.ts';
import { gradientError } from './finite-differences.ts';

const noise = (rng: Rng, ...shape: number[]) =>
  tensor(rng.fillNormal(new Float32Array(shape.reduce((a, b) => a * b, 1))), shape);

interface Case {
  readonly kernel: [number, number];
  readonly stride: [number, number];
  readonly padding: Padding;
  readonly size: [number, number];
}

const cases: Case[] = [
  { kernel: [3, 3], stride: [1, 1], padding: 'same', size: [5, 4] },
  { kernel: [4, 4], stride: [2, 2], padding: 'same', size: [6, 5] },
  { kernel: [3, 2], stride: [2, 1], padding: 'valid', size: [7, 4] },
  {
    kernel: [3, 3],
    stride: [2, 2],
    padding: [
      [1, 0],
      [2, 1],
    ],
    size: [5, 6],
  },
  { kernel: [1, 1], stride: [1, 1], padding: 'valid', size: [2, 3] },
];

/** Zeros before the picture, and the output's size: Dumoulin and Visin (2016). */
function geometry({ kernel, stride, padding, size }: Case, axis: 0 | 1, transposed: boolean) {
  const [k, s, n] = [kernel[axis], stride[axis], size[axis]];
  if (!transposed) {
    if (padding === 'valid') return { before: 0, out: Math.floor((n - k) / s) + 1 };
    if (padding === 'same') {
      const out = Math.ceil(n / s);
      return { before: Math.floor(Math.max(0, (out - 1) * s + k - n) / 2), out };
    }
    const [before, after] = padding[axis];
    return { before, out: Math.floor((n + before + after - k) / s) + 1 };
  }
  if (padding === 'valid') return { before: 0, out: (n - 1) * s + k };
  // what is cut off the stamped picture, more of it after than before
  if (padding === 'same') return { before: Math.floor((k - s) / 2), out: n * s };
  const [before, after] = padding[axis];
  return { before, out: (n - 1) * s + k - before - after };
}

const inputs = 2;
const outputs = 3;

/** The definitions, written out. */
function loop(c: Case, x: Tensor, weight: Tensor, bias: Tensor, transposed: boolean) {
  const [B, , H, W] = x.shape;
  const rows = geometry(c, 0, transposed);
  const columns = geometry(c, 1, transposed);
  const shape = [B, outputs, rows.out, columns.out];
  const y = new Float64Array(shape.reduce((a, b) => a * b, 1));
  const at = (s: readonly number[], ...i: number[]) =>
    i.reduce((offset, index, axis) => offset * s[axis] + index, 0);
  y.forEach((_, i) => {
    y[i] = bias.data[Math.floor(i / (rows.out * columns.out)) % outputs];
  });
  for (let b = 0; b < B; b++)
    for (let o = 0; o < outputs; o++)
      for (let i = 0; i < inputs; i++)
        for (let u = 0; u < c.kernel[0]; u++)
          for (let v = 0; v < c.kernel[1]; v++) {
            const w = weight.data[at(weight.shape, o, i, u, v)];
            const [near, far] = transposed ? [[H, W], shape.slice(2)] : [shape.slice(2), [H, W]];
            for (let r = 0; r < near[0]; r++)
              for (let q = 0; q < near[1]; q++) {
                const row = r * c.stride[0] + u - rows.before;
                const column = q * c.stride[1] + v - columns.before;
                if (row < 0 || row >= far[0] || column < 0 || column >= far[1]) continue;
                if (transposed) y[at(shape, b, o, row, column)] += w * x.data[at(x.shape, b, i, r, q)];
                else y[at(shape, b, o, r, q)] += w * x.data[at(x.shape, b, i, row, column)];
              }
          }
  return { shape, y };
}

describe.each([
  ['conv', conv, false],
  ['transposedConv', transposedConv, true],
] as const)('%s', (name, make, transposed) => {
  test.each(cases)('is the loop: %o', async (c) => {
    const layer = make({ inputs, outputs, ...c });
    const rng = Rng.from('conv');
    const params = layer.init(rng);
    rng.fillNormal(params.bias!.data as Float32Array);
    const x = noise(rng, 2, inputs, ...c.size);
    const program = compile((p: TracedTree<ConvParams>, x: Traced) => layer.apply(p, x));
    const actual = await program(params, x);
    const expected = loop(c, x, params.weight, params.bias!, transposed);
    expect(actual.shape).toEqual(expected.shape);
    expected.y.forEach((value, i) => {
      expect(actual.data[i]).toBeCloseTo(value, 4);
    });
  });

  test.each(cases.slice(1, 4))('gradients: %o', async (c) => {
    const layer = make({ inputs: 1, outputs: 2, ...c });
    const rng = Rng.from('conv gradients');
    const at = { params: layer.init(rng), x: noise(rng, 1, 1, ...c.size) };
    expect(await gradientError(({ params, x }) => layer.apply(params, x), at)).toBeLessThan(2e-4);
  });

  test('keeps any axes before the channels', async () => {
    const options: ConvOptions = { inputs, outputs, kernel: 3 };
    const layer = make(options);
    const rng = Rng.from('conv axes');
    const params = layer.init(rng);
    const program = compile((p: TracedTree<ConvParams>, x: Traced) => layer.apply(p, x));
    const x = noise(rng, 2, 2, inputs, 4, 5);
    const folded = await program(params, x);
    expect(folded.shape).toEqual([2, 2, outputs, 4, 5]);
    const flat = await program(params, { ...x, shape: [4, inputs, 4, 5] });
    expect([...folded.data]).toEqual([...flat.data]);
    const one = await program(params, tensor(x.data.slice(0, inputs * 20), [inputs, 4, 5]));
    expect(one.shape).toEqual([outputs, 4, 5]);
  });

  test('says what it cannot take', async () => {
    expect(() => make({ inputs: 0, outputs, kernel: 3 })).toThrow(
      `${name}: channels, kernel and stride must be`,
    );
    const layer = make({ inputs, outputs, kernel: 3 });
    const program = compile((p: TracedTree<ConvParams>, x: Traced) => layer.apply(p, x));
    const params = layer.init(Rng.from(1));
    await expect(program(params, noise(Rng.from(1), 1, 3, 4, 4))).rejects.toThrow(
      `${name}: the input must be [..., 2, height, width], got shape [1,3,4,4].`,
    );
  });
});
