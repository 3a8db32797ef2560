import {
  grad,
  hessian,
  jacfwd,
  jacrev,
  jit,
  jvp,
  lax,
  nn,
  numpy as np,
  valueAndGrad,
  vjp,
  vmap,
} from '@jax-js/jax';
import { describe, expect, it } from 'vitest';
import { expectNear, onJax, onOnnx, type Results } from '../../test/engine/agreement.ts';
import { compile } from './compile.ts';
import { type Tensor, tensor } from './tensor.ts';
import { startDevice, withoutOwnership } from './trace.ts';
import type { Traced } from './tree.ts';

const x = tensor(Float32Array.of(0.5, -1, 2));

/** Uses its argument many times over, as nobody may outside of a trace. */
const f = (x: Traced) => np.sum(x.mul(x).mul(np.sin(x)).add(x).div(x.mul(x).add(1)));

/** By hand: d/dx of (x^2 sin x + x) / (x^2 + 1), and the second derivative by its slope. */
const value = (x: number) => (x * x * Math.sin(x) + x) / (x * x + 1);
const slope = (x: number) => (value(x + 1e-4) - value(x - 1e-4)) / 2e-4;
const curvature = (x: number) => (value(x + 1e-3) - 2 * value(x) + value(x - 1e-3)) / 1e-6;

/** What every transformation of f must give, from values used many times over. */
const transformations: Record<string, [(x: Traced) => Traced, number[]]> = {
  value: [f, [x.data.reduce((sum, v) => sum + value(v), 0)]],
  grad: [grad(f), [...x.data].map(slope)],
  valueAndGrad: [(x) => valueAndGrad(f)(x)[1], [...x.data].map(slope)],
  jvp: [
    (x) => jvp(f, [x], [x.mul(2)])[1],
    [[...x.data].reduce((sum, v) => sum + 2 * v * slope(v), 0)].flat(),
  ],
  vjp: [
    (x) => {
      const [y, pullback] = vjp(f, [x]);
      return pullback(y.mul(0).add(3))[0];
    },
    [...x.data].map((v) => 3 * slope(v)),
  ],
  vmap: [vmap((v: Traced) => f(v.reshape([1])).add(v)), [...x.data].map((v) => value(v) + v)],
  'vmap of grad': [vmap(grad((v: Traced) => f(v.reshape([1])))), [...x.data].map(slope)],
  jacfwd: [jacfwd((x: Traced) => x.mul(x).add(np.sum(x))), jacobian()],
  jacrev: [jacrev((x: Traced) => x.mul(x).add(np.sum(x))), jacobian()],
  'grad of grad': [grad((x: Traced) => np.sum(grad(f)(x))), [...x.data].map(curvature)],
  hessian: [hessian(f), diagonal([...x.data].map(curvature))],
  'jit inside': [jit((x: Traced) => x.mul(x).add(x)), [...x.data].map((v) => v * v + v)],
  'grad of jit inside': [
    grad((x: Traced) => f(jit((x: Traced) => x.mul(x).div(x))(x))),
    [...x.data].map(slope),
  ],
  'a library function that is jitted': [
    (x) => np.tanh(x).mul(nn.silu(x)),
    [...x.data].map((v) => (Math.tanh(v) * v) / (1 + Math.exp(-v))),
  ],
};

function jacobian(): number[] {
  return diagonal([...x.data].map((v) => 2 * v)).map((entry) => entry + 1);
}

function diagonal(entries: readonly number[]): number[] {
  return entries.flatMap((entry, i) => entries.map((_, j) => (i === j ? entry : 0)));
}

describe('tracing without ownership', () => {
  it.each(Object.entries(transformations))('%s', async (_, [transformed, expected]) => {
    const fn = (x: Traced): Results => ({ y: transformed(x) });
    for (const run of [onOnnx, onJax]) {
      const { y } = await run(fn, [x]);
      expect(y.data.length).toBe(expected.length);
      expected.forEach((entry, i) => expect(Math.abs(y.data[i] - entry)).toBeLessThan(2e-3));
    }
  });

  it('ignores ref and dispose, where code has them', async () => {
    const counted = (x: Traced): Results => {
      const y = x.ref.mul(x.ref).add(x);
      x.dispose();
      x.dispose();
      return { y: y.ref.add(y) };
    };
    const plain = (x: Traced): Results => {
      const y = x.mul(x).add(x);
      return { y: y.add(y) };
    };
    expectNear((await onOnnx(counted, [x])).y, (await onOnnx(plain, [x])).y, 'counted');
  });

  it('keeps constants that code captures, however often it is traced', async () => {
    await startDevice();
    const table = np.array([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const scale = np.array(2);
    const program = compile((x: Traced) => np.matmul(table.ref, x).mul(scale).add(table.slice([], 0)));
    for (const input of [x, tensor(Float32Array.of(1, 1, 1)), tensor(Float32Array.of(3, 0, 1))]) {
      const [a, b, c] = input.data;
      expect([...(await program(input)).data]).toEqual([
        2 * (a + 2 * b + 3 * c) + 1,
        2 * (4 * a + 5 * b + 6 * c) + 4,
      ]);
    }
    const other = compile((x: Traced) => np.matmul(table, x.mul(scale)));
    expect([...(await other(tensor(Float32Array.of(1, 0, 0)))).data]).toEqual([2, 8]);
    other.dispose();
    // nobody has taken a reference, and nobody has given one back
    expect([table.refCount, scale.refCount]).toEqual([1, 1]);
    program.dispose();
  });

  it('keeps constants of every dtype', async () => {
    const results = await onOnnx(
      (x) => ({
        truths: np.where(np.array([true, false, true]), x, 0),
        words: np
          .array([1, 2 ** 31, 2 ** 32 - 1], { dtype: np.uint32 })
          .add(np.sum(x.mul(0)).astype(np.uint32)),
        integers: np.array(Int32Array.of(-1, 2, 3)).add(np.sum(x.mul(0)).astype(np.int32)),
        range: np.arange(3).add(x.astype(np.int32)),
      }),
      [x],
    );
    expect([...results.truths.data]).toEqual([0.5, 0, 2]);
    expect([...results.words.data]).toEqual([1, 2 ** 31, 2 ** 32 - 1]);
    expect([...results.integers.data]).toEqual([-1, 2, 3]);
    expect([...results.range.data]).toEqual([0, 0, 4]);
  });

  it('counts references as before outside of a trace', async () => {
    await startDevice();
    const array = np.array([1, 2, 3, 4]);
    withoutOwnership(() => array.dispose());
    expect(array.refCount).toBe(1);
    const kept = array.ref;
    expect(kept.refCount).toBe(2);
    kept.dispose();
    expect([...(await array.mul(2).data())]).toEqual([2, 4, 6, 8]);
    expect(() => array.add(1)).toThrow(/freed/);
  });

  it('comes back when tracing throws, also within another trace', async () => {
    await startDevice();
    expect(() =>
      withoutOwnership(() =>
        withoutOwnership(() => {
          throw new Error('inner');
        }),
      ),
    ).toThrow('inner');
    const array = np.array([1, 2, 3]);
    array.dispose();
    expect(array.refCount).toBe(0);
  });

  it('stops gradients where asked', async () => {
    const { dx } = await onOnnx(
      (x) => ({
        dx: grad((x: Traced) =>
          np.sum(
            lax
              .stopGradient(x)
              .mul(x)
              .add(lax.stopGradient(x.mul(x))),
          ),
        )(x),
      }),
      [x],
    );
    expect([...dx.data]).toEqual([...x.data]);
  });

  it("lets a function have a derivative of one's choice", async () => {
    // rounding that passes gradients straight through: Bengio et al. (2013), section 4
    const straight = (x: Traced) => x.add(lax.stopGradient(np.floor(x).sub(x)));
    const results = await onOnnx(
      (x) => ({ y: straight(x), dx: grad((x: Traced) => np.sum(straight(x).mul(x)))(x) }),
      [x],
    );
    expect([...results.y.data]).toEqual([0, -1, 2]);
    expect([...results.dx.data]).toEqual([0.5, -2, 4]);
  });
});

it('traces hundreds of steps', async () => {
  const long = (x: Traced): Results => {
    const loss = (x: Traced) => {
      let y = x;
      for (let i = 0; i < 300; i++) y = np.sin(y).add(x.mul(0.01));
      return np.sum(y);
    };
    return { dx: grad(loss)(x) };
  };
  const { dx }: Record<string, Tensor> = await onOnnx(long, [x]);
  for (const slope of dx.data) expect(Number.isFinite(slope)).toBe(true);
});
