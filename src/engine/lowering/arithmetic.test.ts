import { lax, numpy as np } from '@jax-js/jax';
import { describe, expect, it } from 'vitest';
import { agree, nested, onOnnx, type Results, randomTensor } from '../../../test/engine/agreement.ts';
import { Rng } from '../../core/rng.ts';
import { compile } from '../compile.ts';
import { type DType, tensor } from '../tensor.ts';
import type { Traced } from '../tree.ts';

type Binary = (x: Traced, y: Traced) => Traced;

const rng = Rng.from('arithmetic');

/** Pairs of shapes that broadcast, of rank 0 to 4, with axes of size 1. */
const PAIRS: readonly (readonly [readonly number[], readonly number[]])[] = [
  [[], []],
  [[3], []],
  [[3], [2, 3]],
  [
    [2, 1, 3],
    [5, 1],
  ],
  [
    [1, 2, 1, 3],
    [4, 1, 5, 1],
  ],
];

/** Every operation on every pair; and on the last ones transposed and flipped, as views. */
function overPairs(dtype: DType, operations: Record<string, Binary>, draw = randomTensor) {
  const inputs = PAIRS.flatMap(([a, b]) => [draw(dtype, a, rng), draw(dtype, b, rng)]);
  const fn = (...arrays: Traced[]): Results => {
    const results: Results = {};
    for (const [name, f] of Object.entries(operations)) {
      PAIRS.forEach(([a, b], i) => {
        const [x, y] = [arrays[2 * i], arrays[2 * i + 1]];
        results[`${name} [${a}] [${b}]`] = f(x, y);
        if (i === 3) results[`${name} [${a}] [${b}] as views`] = f(np.transpose(x), np.flip(y));
      });
    }
    return results;
  };
  return { fn, inputs };
}

const nonZero: typeof randomTensor = (dtype, shape, from) => {
  const drawn = randomTensor(dtype, shape, from);
  drawn.data.forEach((value, i) => {
    if (value === 0) drawn.data[i] = 3;
  });
  return drawn;
};

it('rectifies from either side, keeping what is not a number', async () => {
  const x = tensor(Float32Array.of(-2, 0, 3, Number.NaN, Number.POSITIVE_INFINITY, -0.5), [2, 3]);
  const { left, right, seen, broadcast, integers } = await onOnnx(
    (x) => ({
      left: np.maximum(0, x),
      right: np.maximum(x, 0),
      seen: np.maximum(np.transpose(x), 0),
      broadcast: np.maximum(x, np.zeros([4, 2, 3])),
      integers: np.maximum(np.array(Int32Array.of(-3, 4)).add(np.sum(x.mul(0).astype(np.int32))), 0),
    }),
    [x],
  );
  const expected = [0, 0, 3, Number.NaN, Number.POSITIVE_INFINITY, 0];
  expect([...left.data]).toEqual(expected);
  expect([...right.data]).toEqual(expected);
  expect(seen.shape).toEqual([3, 2]);
  expect([...seen.data]).toEqual([0, 3, 1, 4, 2, 5].map((i) => expected[i]));
  expect(broadcast.shape).toEqual([4, 2, 3]);
  expect([...broadcast.data]).toEqual([...expected, ...expected, ...expected, ...expected]);
  expect([...integers.data]).toEqual([0, 4]);
});

describe('arithmetic on two arrays', () => {
  const common = { min: np.minimum, max: np.maximum };
  const plain = { add: (x: Traced, y: Traced) => x.add(y), mul: (x: Traced, y: Traced) => x.mul(y) };
  const bits = { and: np.bitwiseAnd, or: np.bitwiseOr, xor: np.bitwiseXor };
  const equality = { equal: np.equal, notEqual: np.notEqual };
  const order = { less: np.less, lessEqual: np.lessEqual, greater: np.greater };
  const where = { where: (x: Traced, y: Traced) => np.where(np.less(x, y), y, x) };

  it.each(['float32', 'int32', 'uint32'] as const)('on %s', async (dtype) => {
    const { fn, inputs } = overPairs(dtype, { ...common, ...plain, ...equality, ...order, ...where });
    await agree(fn, inputs);
  });

  it('on bool', async () => {
    const { fn, inputs } = overPairs('bool', {
      ...common,
      ...plain,
      ...bits,
      ...equality,
      where: (x, y) => np.where(x, y, x),
    });
    await agree(fn, inputs);
  });

  it.each(['int32', 'uint32'] as const)('on the bits of %s', async (dtype) => {
    const { fn, inputs } = overPairs(dtype, { ...bits, left: np.leftShift, right: np.rightShift });
    await agree(fn, inputs);
  });

  it.each(['float32', 'int32', 'uint32'] as const)('division of %s', async (dtype) => {
    const operations = { mod: (x: Traced, y: Traced) => x.mod(y), remainder: np.remainder };
    const { fn, inputs } = overPairs(
      dtype,
      { ...operations, fmod: np.fmod, floorDivide: np.floorDivide, div: (x, y) => x.div(y) },
      nonZero,
    );
    await agree(fn, inputs, { tolerance: 1e-4 });
  });

  it('wraps around on 32 bits', async () => {
    const extremes = tensor(Int32Array.of(2 ** 31 - 1, -(2 ** 31), -(2 ** 31)));
    const words = tensor(Uint32Array.of(2 ** 32 - 1, 2 ** 31, 0));
    const results = await onOnnx(
      (x, u) => ({
        sum: x.add(x),
        product: x.mul(x),
        // one number is beyond int32, and the processor would stop the program
        quotient: x.div(np.array([1, 1, -1], { dtype: np.int32 })),
        rest: x.mod(np.array([10, 10, -1], { dtype: np.int32 })),
        words: u.add(u),
        negated: u.neg(),
      }),
      [extremes, words],
    );
    expect([...results.sum.data]).toEqual([-2, 0, 0]);
    expect([...results.product.data]).toEqual([1, 0, 0]);
    expect([...results.quotient.data]).toEqual([2 ** 31 - 1, -(2 ** 31), -(2 ** 31)]);
    expect([...results.rest.data]).toEqual([7, -8, 0]);
    expect([...results.words.data]).toEqual([2 ** 32 - 2, 0, 0]);
    expect([...results.negated.data]).toEqual([1, 2 ** 31, 0]);
  });

  it('orders truths', async () => {
    const results = await onOnnx(
      (x, y) => ({ less: np.less(x, y), lessEqual: np.lessEqual(x, y) }),
      [tensor(Uint8Array.of(0, 0, 1, 1)), tensor(Uint8Array.of(0, 1, 0, 1))],
    );
    expect([...results.less.data]).toEqual([0, 1, 0, 0]);
    expect([...results.lessEqual.data]).toEqual([1, 1, 0, 1]);
  });
});

describe('functions of one array', () => {
  const inUnit = tensor(
    Float32Array.from({ length: 24 }, (_, i) => (i - 11.5) / 12),
    [2, 3, 4],
  );
  const positive = tensor(
    Float32Array.from({ length: 24 }, (_, i) => (i + 1) / 7),
    [2, 3, 4],
  );

  it('on float32', async () => {
    await agree(
      (x, p, scalar) => {
        const results: Results = {};
        const anywhere = {
          sin: np.sin,
          cos: np.cos,
          asin: np.asin,
          atan: np.atan,
          exp: np.exp,
          erf: lax.erf,
        };
        const rounding = { floor: np.floor, ceil: np.ceil, round: np.round, trunc: np.trunc };
        for (const [name, f] of Object.entries({
          ...anywhere,
          ...rounding,
          neg: (x: Traced) => x.neg(),
          erfc: lax.erfc,
          stop: lax.stopGradient,
        })) {
          results[name] = f(x);
          results[`${name} transposed`] = f(np.transpose(x, [2, 0, 1]));
          results[`${name} of a scalar`] = f(scalar);
        }
        for (const [name, f] of Object.entries({ log: np.log, sqrt: np.sqrt, reciprocal: np.reciprocal }))
          results[name] = f(p);
        return results;
      },
      [inUnit, positive, tensor(Float32Array.of(0.3), [])],
      // jax-js's own asin and erf are good to five digits
      { tolerance: 2e-5 },
    );
  });

  it('erfc keeps its precision where it is tiny', async () => {
    const results = await onOnnx(
      (x) => ({ erfc: lax.erfc(x) }),
      [tensor(Float32Array.of(-3, 0, 0.5, 1, 2, 4, 6, 9))],
    );
    // Abramowitz and Stegun, table 7.3, and Maple for the last two
    const expected = [
      1.9999779, 1, 0.47950012, 0.15729921, 0.004677735, 1.541726e-8, 2.151974e-17, 4.137032e-37,
    ];
    results.erfc.data.forEach((value, i) => expect(Math.abs(value / expected[i] - 1)).toBeLessThan(2e-5));
  });

  it('on integers', async () => {
    await agree(
      (i, u) => ({
        neg: i.neg(),
        floor: np.floor(i),
        ceil: np.ceil(u),
        abs: np.absolute(i),
        ones: np.bitwiseCount(i),
        bits: np.bitwiseCount(u),
        invert: np.invert(i),
        invertWords: np.invert(u),
        view: u.view('int32' as never),
        back: i.view('uint32' as never),
      }),
      [randomTensor('int32', [3, 5], rng), randomTensor('uint32', [3, 5], rng)],
    );
  });

  it('refuses what has no meaning, and says what to use', async () => {
    const run = (f: (x: Traced) => Traced, x: Parameters<typeof onOnnx>[1][number]) =>
      onOnnx((x) => ({ y: f(x) }), [x]);
    const truths = tensor(Uint8Array.of(0, 1));
    const integers = tensor(Int32Array.of(1, 2));
    await expect(run((x) => x.neg(), truths)).rejects.toThrow(
      'neg: the array must hold numbers, got bool. Use np.logicalNot.',
    );
    await expect(run((x) => x.mod(x), truths)).rejects.toThrow(
      'mod: the arrays must hold numbers, got bool.',
    );
    await expect(run((x) => np.exp(x), integers)).rejects.toThrow(
      'exp: the array must be float32, got int32. Cast it with astype(np.float32).',
    );
    await expect(run((x) => x.view('float32' as never), integers)).rejects.toThrow(
      'bitcast: the engine cannot read the bits of int32 as float32.',
    );
  });
});

describe('dtypes', () => {
  it('casts as WebAssembly does: towards zero, to the nearest number there is, NaN to 0', async () => {
    const odd = Float32Array.of(
      Number.NaN,
      Infinity,
      -Infinity,
      3e9,
      -3e9,
      5e9,
      -1,
      2.7,
      -2.7,
      0.5,
      2 ** 31,
      -(2 ** 31),
    );
    const cast = (x: Traced) => ({
      int32: x.astype(np.int32),
      uint32: x.astype(np.uint32),
      bool: x.astype(np.bool),
      float32: x.astype(np.float32),
    });
    await agree(cast, [tensor(odd)]);
    await agree(cast, [tensor(Int32Array.of(-1, 0, 5, -(2 ** 31)))]);
    await agree(cast, [tensor(Uint32Array.of(2 ** 32 - 1, 0, 5, 2 ** 31))]);
    await agree(cast, [tensor(Uint8Array.of(0, 1))]);
  });

  it('joins dtypes to the more general', async () => {
    await agree(
      (f, i, u, b) => ({
        fi: f.add(i),
        fu: f.mul(u),
        fb: np.where(b, f, i),
        iu: i.add(u),
        ib: i.mul(b),
        ub: np.maximum(u, b),
        less: np.less(i, u),
        equal: np.equal(f, b),
        joined: np.concatenate([i, b]),
        product: np.dot(i, b),
      }),
      (['float32', 'int32', 'uint32', 'bool'] as const).map((dtype) => randomTensor(dtype, [6], rng)),
    );
  });

  it('lets numbers in the code take the dtype of what they meet', async () => {
    const strong = (value: number, dtype: DType) => np.array(value, { dtype: dtype as never });
    const meet = (x: Traced) => ({
      half: x.mul(0.5),
      minus: x.sub(1),
      big: x.add(3e9),
      least: np.minimum(x, 2.7),
      less: np.less(x, 1.5),
      lessStrong: np.less(x, strong(1.5, 'float32')),
      strongFloat: x.add(strong(0.5, 'float32')),
      strongInteger: x.mul(strong(-2, 'int32')),
      chosen: np.where(np.equal(x, 1), 2.5, x),
      onlyNumbers: np.where(np.equal(x, 1), 2.5, 1),
      divided: x.div(3),
    });
    for (const data of [Float32Array.of(1, 2, 3), Int32Array.of(1, 2, -3), Uint32Array.of(1, 2, 4e9)])
      await agree(meet, [tensor(data as Float32Array)]);
    await agree(
      (x) => ({
        sum: x.add(2),
        equal: np.equal(x, 1),
        product: x.mul(true as never),
        flipped: np.logicalNot(x),
      }),
      [tensor(Uint8Array.of(0, 1))],
    );
  });

  it('returns numbers written in the code', async () => {
    const constant = compile((x: Traced) => ({ two: 2, x, three: np.array(3, { dtype: np.int32 }) }));
    const results = await constant(tensor(Float32Array.of(1)));
    constant.dispose();
    expect([results.two, results.three].map((t) => [t.dtype, nested(t)])).toEqual([
      ['float32', 2],
      ['int32', 3],
    ]);
  });
});
