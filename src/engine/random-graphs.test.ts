import { lax, nn, numpy as np, valueAndGrad, vmap } from '@jax-js/jax';
import { describe, it } from 'vitest';
import { agree, type Results, randomTensor } from '../../test/engine/agreement.ts';
import { Rng } from '../core/rng.ts';
import { type DType, sizeOf, type Tensor } from './tensor.ts';
import type { Traced } from './tree.ts';

/** One step of a random program: reads some of the arrays made so far, and makes another. */
type Step = (pool: readonly Traced[]) => Traced;
type Draw = (shapes: readonly (readonly number[])[], rng: Rng) => Step;

const pick = <T>(from: readonly T[], rng: Rng): T => from[rng.integer(from.length)];
const pickArray = (shapes: readonly (readonly number[])[], rng: Rng, rank = 0) => {
  const fitting = shapes.map((shape, i) => ({ shape, i })).filter(({ shape }) => shape.length >= rank);
  return fitting.length === 0 ? undefined : pick(fitting, rng);
};
const shuffled = (n: number, rng: Rng) => [...rng.permutation(n)];

/** Functions without jumps: rounding that differs by a bit must not change what is computed. */
const UNARY: readonly ((x: Traced) => Traced)[] = [
  np.tanh,
  np.sin,
  nn.sigmoid,
  nn.silu,
  nn.relu,
  nn.softplus,
  np.absolute,
  lax.erf,
  (x) => np.exp(x.mul(0.3)),
  (x) => np.sqrt(np.absolute(x).add(0.5)),
  (x) => np.log(np.absolute(x).add(0.5)),
  (x) => np.reciprocal(np.square(x).add(1)),
  (x) => x.neg().add(0.25),
  (x) => lax.stopGradient(x).sub(x.mul(2)),
];
const BINARY: readonly ((x: Traced, y: Traced) => Traced)[] = [
  (x, y) => x.add(y),
  (x, y) => x.sub(y),
  (x, y) => np.tanh(x).mul(np.tanh(y)),
  (x, y) => x.div(np.square(y).add(1)),
  np.minimum,
  np.maximum,
  (x, y) => np.where(np.less(x, y), x, y.mul(1)),
];

/** A shape that broadcasts with another, by leaving axes out or making them 1. */
function narrowed(shape: readonly number[], rng: Rng): number[] {
  const kept = shape.slice(rng.integer(shape.length + 1));
  return kept.map((size) => (rng.integer(3) === 0 ? 1 : size));
}

const MENU: readonly Draw[] = [
  (shapes, rng) => {
    const [{ i }, f] = [pickArray(shapes, rng)!, pick(UNARY, rng)];
    return (pool) => f(pool[i]);
  },
  (shapes, rng) => {
    const [{ i, shape }, f] = [pickArray(shapes, rng)!, pick(BINARY, rng)];
    const same = shapes
      .map((other, j) => ({ other, j }))
      .filter(({ other }) => other.join() === shape.join());
    const { j } = pick(same, rng);
    return (pool) => f(pool[i], pool[j]);
  },
  // two arrays that broadcast: one is cut down to a narrower shape
  (shapes, rng) => {
    const [{ i, shape }, f] = [pickArray(shapes, rng)!, pick(BINARY, rng)];
    const narrow = narrowed(shape, rng);
    const lead = shape.length - narrow.length;
    const ranges = shape.map((size, k): [number, number] => [
      0,
      k < lead || narrow[k - lead] === 1 ? 1 : size,
    ]);
    return (pool) => f(pool[i], pool[i].slice(...ranges).reshape(narrow));
  },
  (shapes, rng) => {
    const { i, shape } = pickArray(shapes, rng)!;
    const order = shuffled(shape.length, rng);
    return (pool) => np.transpose(pool[i], order);
  },
  (shapes, rng) => {
    const { i, shape } = pickArray(shapes, rng)!;
    const factors = shape.flatMap((size) =>
      size === 6
        ? pick([[2, 3], [3, 2], [6], [6, 1]], rng)
        : size === 4
          ? pick([[2, 2], [4], [1, 4]], rng)
          : [size],
    );
    const to = factors.length > 4 || rng.integer(4) === 0 ? [sizeOf(shape)] : factors;
    return (pool) => pool[i].reshape(to);
  },
  (shapes, rng) => {
    const { i, shape } = pickArray(shapes, rng)!;
    const axes = shape.map((_, k) => k).filter(() => rng.integer(2) === 0);
    const keepdims = rng.integer(2) === 0;
    const reduce = pick(
      [np.mean, np.max, np.min, (x: Traced, ...rest: [number[], object]) => np.tanh(np.sum(x, ...rest))],
      rng,
    );
    return (pool) => (axes.length === 0 ? pool[i] : reduce(pool[i], axes, { keepdims }));
  },
  (shapes, rng) => {
    const { i, shape } = pickArray(shapes, rng)!;
    const ranges = shape.map((size): [number, number] => {
      const start = rng.integer(size);
      return [start, start + 1 + rng.integer(size - start)];
    });
    return (pool) => pool[i].slice(...ranges);
  },
  (shapes, rng) => {
    const found = pickArray(shapes, rng, 1);
    if (!found) return ([x]) => x;
    const axis = rng.integer(found.shape.length);
    const turn = rng.integer(2) === 0;
    return (pool) =>
      np.concatenate([pool[found.i], turn ? np.flip(pool[found.i], axis) : pool[found.i].mul(0.5)], axis);
  },
  (shapes, rng) => {
    const found = pickArray(shapes, rng, 1);
    if (!found) return ([x]) => x;
    const widths = found.shape.map((): [number, number] => [rng.integer(2), rng.integer(3) === 0 ? 2 : 0]);
    return (pool) => np.pad(pool[found.i], widths);
  },
  (shapes, rng) => {
    const found = pickArray(shapes, rng, 1);
    if (!found) return ([x]) => x;
    const axis = rng.integer(found.shape.length);
    const indices = Array.from({ length: 3 }, () => rng.integer(found.shape[axis]));
    return (pool) => np.take(pool[found.i], np.array(indices, { dtype: np.int32 }), axis);
  },
  (shapes, rng) => {
    const found = pickArray(shapes, rng, 1);
    if (!found) return ([x]) => x;
    const axis = rng.integer(found.shape.length);
    const f = pick(
      [
        (x: Traced) => np.flip(x, axis),
        (x: Traced) => np.tanh(np.cumsum(x, axis)),
        (x: Traced) => nn.softmax(x, axis),
      ],
      rng,
    );
    return (pool) => f(pool[found.i]);
  },
  (shapes, rng) => {
    const { i, shape } = pickArray(shapes, rng)!;
    const times = 2 + rng.integer(2);
    return (pool) => np.broadcastTo(pool[i], [times, ...shape]);
  },
  // a matrix product of an array with itself turned around, of one with a vector of its own, or over a batch
  (shapes, rng) => {
    const found = pickArray(shapes, rng, 2);
    if (!found) return ([x]) => x;
    const kind = rng.integer(4);
    const first = found.shape.slice(0, -2).map((): [number, number] => [0, 1]);
    return (pool) => {
      const x = pool[found.i];
      if (kind === 0) return np.tanh(np.matmul(x, np.matrixTranspose(x)));
      if (kind === 1) return np.tanh(np.matmul(np.matrixTranspose(x), x));
      if (kind === 2) return np.tanh(np.matmul(x, x.slice(...first, [0, 1], []).reshape([x.shape.at(-1)!])));
      const matrix = x.slice(...first, [], []).reshape(x.shape.slice(-2));
      return np.tanh(np.matmul(x, np.matrixTranspose(matrix)));
    };
  },
  (shapes, rng) => {
    const found = pickArray(shapes, rng, 1);
    if (!found) return ([x]) => x;
    return (pool) => vmap((row: Traced) => np.tanh(row).mul(np.mean(row)))(pool[found.i]);
  },
];

const SHAPES: readonly (readonly number[])[] = [
  [],
  [1],
  [4],
  [6],
  [2, 3],
  [4, 1],
  [1, 6],
  [3, 4],
  [2, 3, 4],
  [1, 4, 1],
  [2, 1, 3, 2],
];

interface RandomProgram {
  readonly inputs: readonly Tensor[];
  readonly fn: (...inputs: Traced[]) => Traced[];
}

/** A program of random steps: all arrays are tried out as they are drawn, so that shapes are known. */
function randomProgram(
  rng: Rng,
  steps: number,
  menu = MENU,
  dtype: () => DType = () => 'float32',
): RandomProgram {
  const inputs = Array.from({ length: 1 + rng.integer(3) }, () =>
    randomTensor(dtype(), pick(SHAPES, rng), rng),
  );
  const drawn: Draw[] = Array.from({ length: steps }, () => pick(menu, rng));
  const streams = drawn.map((_, i) => rng.fork(i));
  return {
    inputs,
    fn: (...arrays) => {
      const pool = [...arrays];
      drawn.forEach((draw, i) => {
        // the same stream each time the program is traced
        const stream = Rng.restore(streams[i].save());
        const made = draw(
          pool.map((array) => array.shape),
          stream,
        )(pool);
        if (sizeOf(made.shape) <= 400 && made.shape.length <= 5) pool.push(made);
      });
      return pool.slice(arrays.length);
    },
  };
}

/** Where each program's inputs start among all. */
function startsOf(programs: readonly RandomProgram[]): number[] {
  return programs.map((_, i) => programs.slice(0, i).reduce((sum, { inputs }) => sum + inputs.length, 0));
}

/** Several programs in one, each with its results and the gradients of their sum. */
function together(programs: readonly RandomProgram[]) {
  const starts = startsOf(programs);
  const fn = (...arrays: Traced[]): Results => {
    const results: Results = {};
    programs.forEach(({ inputs, fn }, i) => {
      const own = arrays.slice(starts[i], starts[i] + inputs.length);
      fn(...own).forEach((result, j) => {
        results[`program ${i} result ${j}`] = result;
      });
      const loss = (...own: Traced[]) =>
        fn(...own).reduce((sum, result) => sum.add(np.mean(result)), np.zeros([]));
      const argnums = inputs.map((_, j) => j);
      const [, gradients] = valueAndGrad(loss, { argnums })(...own);
      gradients.forEach((gradient: Traced, j: number) => {
        results[`program ${i} gradient ${j}`] = gradient;
      });
    });
    return results;
  };
  return { fn, inputs: programs.flatMap(({ inputs }) => inputs) };
}

describe('random programs and their gradients', () => {
  it.each(Array.from({ length: 20 }, (_, i) => i))('eight of batch %i', async (batch) => {
    const rng = Rng.from('random programs').fork(batch);
    const programs = Array.from({ length: 8 }, (_, i) => randomProgram(rng.fork(i), 3 + rng.integer(8)));
    const { fn, inputs } = together(programs);
    // half of them against the fallback backend, which is jax-js's jit
    await agree(fn, inputs, { tolerance: 2e-4, eagerly: batch % 2 === 0 });
  });
});

const integer = (value: number) => np.array(value, { dtype: np.int32 });

/** Integers, words and truths: joined by their common dtype, wrapping around on 32 bits. */
const INTEGER_MENU: readonly Draw[] = [
  (shapes, rng) => {
    const [{ i, shape }, { i: j }] = [pickArray(shapes, rng)!, pickArray(shapes, rng)!];
    const f = pick(
      [
        (x: Traced, y: Traced) => x.add(y),
        (x: Traced, y: Traced) => x.mul(y),
        np.minimum,
        np.maximum,
        np.bitwiseXor,
        np.bitwiseAnd,
        (x: Traced, y: Traced) => np.where(np.equal(x, y), x, y),
        (x: Traced, y: Traced) => np.less(x.astype(np.int32), y.astype(np.int32)),
      ],
      rng,
    );
    const narrow = narrowed(shape, rng);
    // the other operand is broadcast from one number, or from the array itself cut down
    const lead = shape.length - narrow.length;
    const ranges = shape.map((size, k): [number, number] => [
      0,
      k < lead || narrow[k - lead] === 1 ? 1 : size,
    ]);
    const single = (x: Traced) => x.reshape([x.size]).slice(0);
    const useSingle = rng.integer(2) === 0;
    return (pool) => f(pool[i], useSingle ? single(pool[j]) : pool[i].slice(...ranges).reshape(narrow));
  },
  (shapes, rng) => {
    const { i } = pickArray(shapes, rng)!;
    const f = pick(
      [
        (x: Traced) => x.astype(np.int32),
        (x: Traced) => x.astype(np.uint32),
        (x: Traced) => x.astype(np.bool),
        (x: Traced) => x.astype(np.int32).mod(integer(7)),
        (x: Traced) => x.astype(np.int32).div(integer(-3)),
        (x: Traced) => np.leftShift(x.astype(np.uint32), np.array(3, { dtype: np.uint32 })),
        (x: Traced) => np.rightShift(x.astype(np.int32), integer(5)),
        (x: Traced) => x.astype(np.int32).neg(),
        (x: Traced) => np.notEqual(x.astype(np.int32), 1),
        (x: Traced) => x.astype(np.float32).mul(0.5).astype(np.int32),
      ],
      rng,
    );
    return (pool) => f(pool[i]);
  },
  (shapes, rng) => {
    const found = pickArray(shapes, rng, 1);
    if (!found) return ([x]) => x;
    const axis = rng.integer(found.shape.length);
    const f = pick(
      [
        (x: Traced) => np.sum(x.astype(np.int32), axis),
        (x: Traced) => np.prod(x.astype(np.uint32), axis),
        (x: Traced) => np.max(x.astype(np.uint32), axis),
        (x: Traced) => np.min(x.astype(np.int32), axis, { keepdims: true }),
        (x: Traced) => np.cumsum(x.astype(np.uint32), axis),
        (x: Traced) => np.sort(x, axis),
        (x: Traced) => np.argsort(x, axis),
        (x: Traced) => np.argmax(x.astype(np.int32), axis),
        (x: Traced) => np.flip(x, axis),
        (x: Traced) => np.concatenate([x, x.astype(np.int32)], axis),
        (x: Traced) => np.takeAlongAxis(x, np.argsort(x, axis), axis),
      ],
      rng,
    );
    return (pool) => f(pool[found.i]);
  },
  (shapes, rng) => {
    const { i, shape } = pickArray(shapes, rng)!;
    const order = shuffled(shape.length, rng);
    const flatten = rng.integer(2) === 0;
    return (pool) =>
      flatten ? np.transpose(pool[i], order).reshape([pool[i].size]) : np.transpose(pool[i], order);
  },
  (shapes, rng) => {
    const found = pickArray(shapes, rng, 2);
    if (!found) return ([x]) => x;
    return (pool) =>
      np.matmul(pool[found.i].astype(np.int32), np.matrixTranspose(pool[found.i]).astype(np.uint32));
  },
];

describe('random programs of integers', () => {
  it.each(Array.from({ length: 8 }, (_, i) => i))('eight of batch %i', async (batch) => {
    const rng = Rng.from('random integers').fork(batch);
    const programs = Array.from({ length: 8 }, (_, i) => {
      const own = rng.fork(i);
      const dtypes = ['int32', 'uint32', 'bool'] as const;
      return randomProgram(own, 3 + own.integer(8), INTEGER_MENU, () => pick(dtypes, own));
    });
    const starts = startsOf(programs);
    const fn = (...arrays: Traced[]): Results =>
      Object.fromEntries(
        programs.flatMap(({ inputs, fn }, i) =>
          fn(...arrays.slice(starts[i], starts[i] + inputs.length)).map((result, j) => [
            `program ${i} result ${j}`,
            result,
          ]),
        ),
      );
    await agree(
      fn,
      programs.flatMap(({ inputs }) => inputs),
      { eagerly: batch % 2 === 0 },
    );
  });
});
