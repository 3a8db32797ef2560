import { grad, lax, numpy as np } from '@jax-js/jax';
import { describe, expect, it } from 'vitest';
import { InputError } from '../core/errors.ts';
import type { Backend } from './backend.ts';
import { backend as jax } from './backends/jax.ts';
import { backend as onnx } from './backends/onnxruntime.ts';
import { compile } from './compile.ts';
import { full, scalar, type Tensor, tensor, zeros } from './tensor.ts';
import type { Traced } from './tree.ts';

const vector = (...values: number[]) => tensor(Float32Array.from(values));

/** The default backend, counting what it does. */
function counting(inner: Backend = onnx) {
  const count = { loaded: 0, run: 0, disposed: 0 };
  const backend: Backend = {
    name: 'counting',
    async load(...args) {
      count.loaded++;
      const executable = await inner.load(...args);
      return {
        get output() {
          return executable.output;
        },
        run(inputs) {
          count.run++;
          return executable.run(inputs);
        },
        dispose() {
          count.disposed++;
          executable.dispose();
        },
      };
    },
  };
  return { backend, count };
}

describe.each([onnx, jax])('programs on $name', (backend) => {
  it('take and return trees', async () => {
    const program = compile(
      (model: { layers: { w: Traced; b: Traced }[]; scale: Traced }, x: Traced) => ({
        outputs: model.layers.map(({ w, b }) => x.mul(w).add(b).mul(model.scale)),
        nested: { x, two: 2 },
      }),
      { backend },
    );
    const layers = [
      { w: vector(1, 2), b: vector(0, 1) },
      { w: vector(3, 4), b: scalar(1) },
    ];
    const result = await program({ layers, scale: 10 }, vector(1, 1));
    expect(result.outputs.map((output) => [...output.data])).toEqual([
      [10, 30],
      [40, 50],
    ]);
    expect([...result.nested.x.data]).toEqual([1, 1]);
    expect(result.nested.two).toMatchObject({ dtype: 'float32', shape: [] });
    program.dispose();
  });

  it('return a single array, an empty list, the same array twice, their input', async () => {
    const one = compile((x: Traced) => x.add(1), { backend });
    expect([...(await one(vector(1))).data]).toEqual([2]);
    const none = compile((_: Traced): Traced[] => [], { backend });
    expect(await none(vector(1))).toEqual([]);
    const twice = compile(
      (x: Traced) => {
        const y = x.mul(2);
        return [y, y, x, x] as const;
      },
      { backend },
    );
    expect((await twice(vector(3))).map((t) => t.data[0])).toEqual([6, 6, 3, 3]);
    for (const program of [one, none, twice]) program.dispose();
    const constant = compile(() => ({ three: 3 }), { backend });
    expect((await constant()).three.data[0]).toBe(3);
    constant.dispose();
  });

  it("do not keep their hands on the caller's arrays", async () => {
    const program = compile((x: Traced) => x, { backend });
    const input = vector(1, 2);
    const output = await program(input);
    expect(output.data).not.toBe(input.data);
    input.data[0] = 9;
    expect([...output.data]).toEqual([1, 2]);
    const again = await program(vector(3, 4));
    expect([...output.data]).toEqual([1, 2]);
    expect([...again.data]).toEqual([3, 4]);
    program.dispose();
  });

  it('sort and solve what is only seen transposed, and differentiate that', async () => {
    const program = compile(
      (x: Traced) => {
        const solved = (x: Traced) => lax.linalg.triangularSolve(np.transpose(x), x, { lower: true });
        return {
          sorted: np.sort(x, 0),
          places: np.argsort(np.transpose(x).slice([0, 1])),
          solved: solved(x),
          gradient: grad((x: Traced) => np.sum(np.sort(np.transpose(x).mul(x), 0).slice(0)))(x),
        };
      },
      { backend },
    );
    const result = await program(tensor(Float32Array.of(2, 1, 3, 4), [2, 2]));
    expect([...result.sorted.data]).toEqual([2, 1, 3, 4]);
    expect([...result.places.data]).toEqual([0, 1]);
    // rows y with y [[2, 0], [1, 4]] = (2, 1) and (3, 4)
    expect([...result.solved.data]).toEqual([0.875, 0.25, 1, 1]);
    // x * its transpose is [[4, 3], [3, 16]]: the least of each column are both 3, of which x[0][1] and x[1][0] are factors
    expect([...result.gradient.data]).toEqual([0, 6, 2, 0]);
    program.dispose();
  });

  it('differentiate plain sums, whose gradient is one number everywhere', async () => {
    const sums = compile(
      (x: Traced) => ({
        slice: grad((x: Traced) => np.sum(x.slice([1, 3])))(x),
        joined: grad((x: Traced) => np.sum(np.concatenate([x.slice([0, 1]), x.slice([2, 4])])))(x),
        filtered: grad((x: Traced) =>
          np.sum(lax.conv(x.reshape([1, 1, 4]), np.ones([1, 1, 3]), [1], 'SAME')),
        )(x),
        pooled: grad((x: Traced) => np.sum(lax.reduceWindow(x, np.sum as never, [3], [1])))(x),
      }),
      { backend },
    );
    const result = await sums(vector(1, 2, 3, 4));
    expect([...result.slice.data]).toEqual([0, 1, 1, 0]);
    expect([...result.joined.data]).toEqual([1, 0, 1, 1]);
    expect([...result.filtered.data]).toEqual([2, 3, 3, 2]);
    expect([...result.pooled.data]).toEqual([1, 2, 2, 1]);
    sums.dispose();
  });

  it('run side by side', async () => {
    const program = compile((x: Traced) => np.sum(x.mul(x)), { backend });
    const results = await Promise.all(Array.from({ length: 10 }, (_, i) => program(full([3], i))));
    expect(results.map((result) => result.data[0])).toEqual(Array.from({ length: 10 }, (_, i) => 3 * i * i));
    program.dispose();
  });
});

describe('the cache', () => {
  it('has one compiled form for each set of shapes, dtypes and trees', async () => {
    const { backend, count } = counting();
    const program = compile((x: { a: Traced } | { b: Traced }) => np.sum('a' in x ? x.a : x.b), { backend });
    await program({ a: vector(1, 2) });
    await program({ a: vector(3, 4) });
    expect(count.loaded).toBe(1);
    await program({ a: vector(1, 2, 3) });
    await program({ a: zeros([1, 3]) });
    await program({ a: tensor(Int32Array.of(1, 2)) });
    await program({ b: vector(1, 2) });
    expect(count.loaded).toBe(5);
    await program({ a: vector(5, 6) });
    expect(count).toEqual({ loaded: 5, run: 7, disposed: 0 });
    program.dispose();
  });

  it('compiles once when called twice at the same time', async () => {
    const { backend, count } = counting();
    const program = compile((x: Traced) => x.add(1), { backend });
    await Promise.all([program(vector(1)), program(vector(2))]);
    expect(count.loaded).toBe(1);
  });

  it('can be filled ahead, and says how long that took', async () => {
    const { backend, count } = counting();
    const program = compile((x: Traced, y: Traced) => x.add(y), { backend });
    expect(await program.prepare(zeros([2, 2]), 1)).toBeGreaterThan(0);
    expect(await program.prepare(full([2, 2], 5), 3)).toBe(0);
    expect([...(await program(full([2, 2], 1), 2)).data]).toEqual([3, 3, 3, 3]);
    expect(count).toEqual({ loaded: 1, run: 1, disposed: 0 });
  });

  it('is emptied by dispose', async () => {
    const { backend, count } = counting();
    const program = compile((x: Traced) => x.add(1), { backend });
    await program(vector(1));
    await program(vector(1, 2));
    program.dispose();
    await new Promise((resolve) => setTimeout(resolve));
    expect(count.disposed).toBe(2);
    await program(vector(1));
    expect(count.loaded).toBe(3);
    program.dispose();
  });

  it('forgets what failed', async () => {
    let fails = true;
    const program = compile((x: Traced) => {
      if (fails) throw new Error('not yet');
      return x.add(1);
    });
    await expect(program(vector(1))).rejects.toThrow('not yet');
    fails = false;
    expect([...(await program(vector(1))).data]).toEqual([2]);
    program.dispose();
  });
});

describe('wrong input', () => {
  it('is told by its place', async () => {
    const program = compile((x: { a: Traced }) => x.a);
    const run = (input: unknown) => program(input as { a: Tensor });
    await expect(run({ a: 'text' })).rejects.toThrow(InputError);
    await expect(run({ a: 'text' })).rejects.toThrow('leaves must be tensors or numbers, got text at "0.a"');
    await expect(run({ a: [1, null] })).rejects.toThrow('got null at "0.a.1"');
    await expect(run(undefined)).rejects.toThrow('got undefined at "0"');
  });

  it('among the outputs too', async () => {
    const program = compile(((x: Traced) => ({ x, note: 'text' })) as unknown as (x: Traced) => Traced);
    await expect(program(vector(1))).rejects.toThrow('leaves must be tensors or numbers, got text at "note"');
  });

  it('of dtypes the engine does not have', async () => {
    const program = compile((x: Traced) => x.astype(np.float16).astype(np.float32), { name: 'halved' });
    await expect(program(vector(1))).rejects.toThrow(
      'halved: arrays must be float32, int32, uint32 or bool, got float16. Cast it with astype.',
    );
  });
});
