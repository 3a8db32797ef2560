import { lax, numpy as np, random } from '@jax-js/jax';
import { describe, expect, it } from 'vitest';
import { agree, onOnnx, type Results, randomTensor } from '../../../test/engine/agreement.ts';
import { InputError } from '../../core/errors.ts';
import { Rng } from '../../core/rng.ts';
import { compile } from '../compile.ts';
import { type DType, type Tensor, tensor } from '../tensor.ts';
import type { Traced } from '../tree.ts';

const rng = Rng.from('movement');
const DTYPES: readonly DType[] = ['float32', 'int32', 'uint32', 'bool'];

/** Several ways in which the same numbers can lie: as they are, transposed, cut from more, repeated. */
function views(x: Traced): Record<string, Traced> {
  return {
    plain: x,
    transposed: np.transpose(x, [2, 0, 1]),
    cut: x.slice([0, 1], [], [1, 3]),
    repeated: np.broadcastTo(x.slice([], [0, 1]), [2, 3, 4]),
    stretched: np.broadcastTo(x.reshape([2, 1, 3, 4]), [2, 5, 3, 4]),
    single: x.slice([0, 1], [0, 1], [0, 1]),
  };
}

function overViews(x: Traced, operations: Record<string, (x: Traced) => Traced | Traced[]>): Results {
  const results: Results = {};
  for (const [kind, view] of Object.entries(views(x))) {
    for (const [name, f] of Object.entries(operations))
      [f(view)].flat().forEach((result, i) => {
        results[`${name} ${i} of ${kind}`] = result;
      });
  }
  return results;
}

const size = (x: Traced) => x.shape.reduce((product, n) => product * n, 1);

describe('movement', () => {
  it.each(DTYPES)('of %s', async (dtype) => {
    await agree(
      (x) =>
        overViews(x, {
          reshape: (v) => v.reshape([size(v)]),
          split: (v) => v.reshape([...v.shape.slice(0, -1), v.shape.at(-1)!, 1, 1]),
          merged: (v) => v.reshape([size(v) / v.shape.at(-1)!, v.shape.at(-1)!]),
          flip: (v) => np.flip(v),
          flipLast: (v) => np.flip(v, -1),
          pad: (v) => np.pad(v, { 1: [2, 1] }),
          padAll: (v) => np.pad(v, 1),
          swapped: (v) => np.swapaxes(v, 0, -1),
          joined: (v) => np.concatenate([v, np.flip(v, 0), v], 1),
          stacked: (v) => np.stack([v, v], 1),
          halves: (v) => np.split(np.concatenate([v, v], 0), 2, 0),
          tile: (v) => np.tile(v, [2, 1]),
          roll: (v) => np.roll(v, 1, -1),
          last: (v) => v.slice([], -1),
          diagonal: (v) => np.diagonal(v, 0, 0, 1),
        }),
      [randomTensor(dtype, [2, 3, 4], rng)],
    );
  });

  it('joins arrays that lie differently', async () => {
    await agree(
      (x, y) => ({
        both: np.concatenate([np.transpose(x), y], 0),
        row: np.concatenate([np.broadcastTo(y.slice(0), [2, 3]), y], 0),
        mixed: np.concatenate([np.transpose(x).slice([0, 1]), y.slice([0, 1])], 1),
        one: np.concatenate([x.slice([], [0, 1]), x], 1),
      }),
      [randomTensor('float32', [3, 2], rng), randomTensor('float32', [2, 3], rng)],
    );
  });

  it('of axes without numbers', async () => {
    await agree(
      (x, none) => ({
        none: x.slice([0, 0]),
        same: none.mul(2).add(none),
        sum: np.sum(none, 0),
        product: np.prod(none, 0),
        all: np.sum(none),
        joined: np.concatenate([x, none], 0),
        padded: np.pad(none, { 0: [2, 0] }),
        dot: np.dot(np.transpose(none), none),
        reshaped: none.reshape([3, 0, 5]),
        sorted: np.sort(none, 0),
        chosen: np.where(none.less(0), none, 1),
        split: np.split(x, [0, 2])[0],
      }),
      [randomTensor('float32', [2, 3], rng), tensor(new Float32Array(0), [0, 3])],
    );
    const extremes = await onOnnx(
      (none) => ({ max: np.max(none, 0), min: np.min(none, 0) }),
      [tensor(new Float32Array(0), [0, 3])],
    );
    expect([...extremes.max.data, ...extremes.min.data]).toEqual([
      ...Array(3).fill(-Infinity),
      ...Array(3).fill(Infinity),
    ]);
  });
});

/** Computes with 0 and 1 in place of truths: jax-js's own reductions of truths are wrong where numbers repeat. */
const byIntegers =
  (fn: (...inputs: Traced[]) => Results) =>
  (...inputs: Traced[]): Results => {
    const results = fn(...inputs.map((x) => x.astype(np.int32)));
    return Object.fromEntries(Object.entries(results).map(([name, x]) => [name, x.astype(np.bool)]));
  };

describe('reductions', () => {
  it.each(['float32', 'int32', 'uint32'] as const)('of %s', async (dtype) => {
    const factors = randomTensor(dtype, [2, 3, 4], rng);
    if (dtype === 'float32') factors.data.forEach((value, i) => (factors.data[i] = 1 + value / 4));
    await agree(
      (x) =>
        overViews(x, {
          sum: (v) => np.sum(v),
          sumFirst: (v) => np.sum(v, 0),
          sumLast: (v) => np.sum(v, -1, { keepdims: true }),
          product: (v) => np.prod(v, 1),
          max: (v) => np.max(v, [0, -1]),
          min: (v) => np.min(v, 1),
          any: (v) => np.any(v, 0),
          all: (v) => np.all(v, 1),
        }),
      [factors],
      { tolerance: 1e-4 },
    );
  });

  it('of bool', async () => {
    const extremes = { max: (v: Traced) => np.max(v, [0, -1]), min: (v: Traced) => np.min(v, 1) };
    const truths = (x: Traced) =>
      overViews(x, {
        ...extremes,
        sum: (v) => np.sum(v, 0),
        product: (v) => np.prod(v, -1),
        any: (v) => np.any(v, 0),
        all: (v) => np.all(v),
      });
    const counted = (x: Traced) =>
      overViews(x, {
        ...extremes,
        sum: (v) => np.max(v, 0),
        product: (v) => np.min(v, -1),
        any: (v) => np.max(v, 0),
        all: (v) => np.min(v),
      });
    await agree(truths, [randomTensor('bool', [2, 3, 4], rng)], { reference: byIntegers(counted) });
  });

  it('of integers wrap around on 32 bits', async () => {
    const results = await onOnnx(
      (x) => ({ sum: np.sum(x, 1), product: np.prod(x, 0), all: np.prod(x) }),
      [tensor(Int32Array.of(2 ** 31 - 1, 2 ** 31 - 1, 3, 7, 65537, 65537), [2, 3])],
    );
    expect([...results.sum.data]).toEqual([1, 131081]);
    expect([...results.product.data]).toEqual([2147483641, 2147418111, 196611]);
    expect([...results.all.data]).toEqual([Math.imul(Math.imul(1, 21), Math.imul(65537, 65537))]);
  });

  it('of statistics and positions', async () => {
    await agree(
      (x, i) => ({
        mean: np.mean(x, 1),
        variance: np.var_(x, 1),
        deviation: np.std(x),
        argmax: np.argmax(x, 1),
        argmin: np.argmin(i, 0),
        ptp: np.ptp(x, 0),
        count: np.countNonzero(i),
        trace: np.trace(x),
        average: np.average(x, 0),
      }),
      [randomTensor('float32', [4, 5], rng), randomTensor('int32', [4, 5], rng)],
    );
  });
});

describe('matrix products', () => {
  it.each(DTYPES)('of %s', async (dtype) => {
    const products = (a: Traced, b: Traced, c: Traced, v: Traced) => ({
      plain: np.matmul(a, b),
      left: np.matmul(np.transpose(b), np.transpose(a)),
      mixed: np.matmul(np.transpose(a), a),
      outer: np.matmul(a, np.transpose(a)),
      batched: np.matmul(c, b),
      both: np.matmul(c, np.transpose(c, [0, 2, 1])),
      broadcast: np.matmul(c.reshape([2, 1, 2, 3]), np.broadcastTo(b, [4, 3, 4])),
      vector: np.matmul(c, v),
      inner: np.dot(v, v),
      rows: np.vecdot(c, v),
      repeated: np.matmul(np.broadcastTo(a.slice(0), [5, 3]), b),
      along: np.tensordot(c, c, [[0], [0]]),
    });
    await agree(
      products as never,
      [
        randomTensor(dtype, [2, 3], rng),
        randomTensor(dtype, [3, 4], rng),
        randomTensor(dtype, [2, 2, 3], rng),
        randomTensor(dtype, [3], rng),
      ],
      { tolerance: 1e-4, ...(dtype === 'bool' ? { reference: byIntegers(products as never) } : {}) },
    );
  });
});

describe('windows', () => {
  it.each(DTYPES)('of %s', async (dtype) => {
    const pooled = (x: Traced) => {
      const results: Results = {};
      for (const [window, strides] of [
        [[2], [2]],
        [[2], [3]],
        [[3], [1]],
        [[3], [2]],
        [
          [2, 2],
          [2, 2],
        ],
        [
          [3, 2],
          [2, 1],
        ],
        [
          [1, 6],
          [1, 1],
        ],
      ]) {
        results[`${window} every ${strides}`] = lax.reduceWindow(x, np.max as never, window, strides);
      }
      results['transposed'] = lax.reduceWindow(np.transpose(x), np.max as never, [2, 2], [1, 2]);
      results['of a repeated row'] = lax.reduceWindow(
        np.broadcastTo(x.slice([0, 1]), [5, 6]),
        np.min as never,
        [2, 2],
        [1, 2],
      );
      return results;
    };
    const reference = dtype === 'bool' ? { reference: byIntegers(pooled) } : {};
    await agree(pooled, [randomTensor(dtype, [5, 6], rng)], reference);
  });
});

describe('what the engine refuses', () => {
  const x = tensor(Float32Array.of(1, 2, 3, 4), [2, 2]);
  const big = (n: number) => tensor(new Float32Array(n * n), [n, n]);

  const vector = (n: number) => tensor(new Float32Array(n));
  const integers = (x: Traced) => x.astype(np.int32).reshape([1, 1, 4]);

  it.each<[message: string, f: (x: Traced) => Traced, input?: Tensor]>([
    ['the primitive "jacobi_eigh". Compute eigenvectors outside', (x) => np.linalg.eigh(x)[0]],
    [
      'the primitive "random_bits". Draw random numbers from an Rng and pass',
      () => random.uniform(random.key(1)),
    ],
    ['cholesky: the engine unrolls it for sizes up to 256, got 257.', np.linalg.cholesky, big(257)],
    ['triangular_solve: the engine unrolls it', (x) => lax.linalg.triangularSolve(x, x), big(257)],
    ['lu: the engine unrolls it for sizes up to 64, got 65. Use a', (x) => lax.linalg.lu(x)[0], big(65)],
    ['fft: the engine unrolls it', (x) => np.fft.fft({ real: x, imag: x }).real, vector(1025)],
    ['conv: arrays must be float32, got int32', (x) => lax.conv(integers(x), integers(x), [1], 'SAME')],
    ['arrays must be float32, int32, uint32 or bool, got float16', (x) => x.astype(np.float16)],
  ])('names it: %s', async (message, f, input = x) => {
    const program = compile(f, { name: 'mine' });
    const run = program(input);
    await expect(run).rejects.toThrow(InputError);
    await expect(run).rejects.toThrow(message);
    await expect(run).rejects.toThrow(/^mine: /);
    program.dispose();
  });
});
