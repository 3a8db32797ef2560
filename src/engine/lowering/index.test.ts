import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { numpy as np } from '@jax-js/jax';
import { describe, expect, it } from 'vitest';
import { runOnnx } from '../backends/onnxruntime.ts';
import { type Graph, newValue, type Params, traceGraph, type Value } from '../graph.ts';
import { encodeModel } from '../onnx.ts';
import { type Tensor, tensor } from '../tensor.ts';
import type { Traced } from '../tree.ts';
import { lower } from './index.ts';
import { rules } from './rules.ts';

/** A graph of one operation. */
function single(primitive: string, inputs: readonly Value[], output: Value, params: Params = {}): Graph {
  const operation = { primitive, inputs, params, outputs: [output] };
  return { inputs, constants: [], operations: [operation], outputs: [output] };
}

describe('the list of primitives', () => {
  const declarations = readFileSync(
    createRequire(import.meta.url)
      .resolve('@jax-js/jax')
      .replace(/index\.c?js$/, 'index.d.ts'),
    'utf8',
  );
  const list = declarations.match(/declare enum Primitive \{(.*?)\n\}/s)?.[1] ?? '';
  const primitives = [...list.matchAll(/= "(\w+)"/g)].map((match) => match[1]);

  it('is read off jax-js', () => {
    expect(primitives.length).toBeGreaterThan(50);
    expect(primitives).toContain('dot');
  });

  it('has a rule for each, or a refusal that says what to use instead', () => {
    const x = newValue('float32', [2, 2]);
    // nested jits are flattened before lowering
    const refused = primitives.filter((primitive) => !(primitive in rules) && primitive !== 'jit');
    expect(refused).toEqual(['random_bits', 'jacobi_eigh']);
    for (const primitive of refused) {
      const attempt = () => lower(single(primitive, [x], newValue('float32', [2, 2])), 'mine');
      expect(attempt).toThrow(`mine: the engine cannot lower the primitive "${primitive}".`);
      expect(attempt).not.toThrow('Write it with other operations.');
    }
  });

  it('is not longer than that', () => {
    const attempt = () => lower(single('frobnicate', [], newValue('float32', [])), 'mine');
    expect(attempt).toThrow('"frobnicate". Write it with other operations.');
  });
});

describe('models', () => {
  const x = tensor(Float32Array.of(1, 2, 3));
  const modelOf = async (fn: (...inputs: Traced[]) => Traced[], inputs: readonly Tensor[]) =>
    lower(await traceGraph((arrays) => fn(...arrays), inputs, 'model'), 'model');

  it('hold each node and constant once, and none that nothing needs', async () => {
    const model = await modelOf(
      (x) => {
        np.exp(x);
        const twice = x.mul(2).add(3);
        return [np.sin(twice), np.cos(x.mul(2).add(3))];
      },
      [x],
    );
    expect(model.nodes.map(({ op }) => op).sort()).toEqual(['Add', 'Cos', 'Mul', 'Sin']);
    expect(model.constants.map(({ data }) => Number(data[0]))).toEqual([2, 3]);
  });

  it('have all inputs, and outputs of different names', async () => {
    const model = await modelOf((x) => [x, x, np.array(1), np.array(1)], [x, x]);
    expect(model.inputs.map(({ name }) => name)).toEqual(['in0', 'in1']);
    const names = model.outputs.map(({ name }) => name);
    expect(new Set([...names, 'in0', 'in1']).size).toBe(6);
    const results = await runOnnx(encodeModel(model), { in0: x, in1: x });
    expect(names.map((name) => [...results[name].data])).toEqual([[1, 2, 3], [1, 2, 3], [1], [1]]);
  });

  it('do not move numbers that are only seen transposed or repeated', async () => {
    const model = await modelOf(
      (x, y) => [
        np.matmul(np.transpose(x), np.transpose(y)).add(np.broadcastTo(x.slice(0, 0), [4, 2])),
        np.sum(np.broadcastTo(x, [5, 3, 4]), [0, 2]),
      ],
      [tensor(new Float32Array(12), [3, 4]), tensor(new Float32Array(6), [2, 3])],
    );
    const ops = model.nodes.map(({ op }) => op);
    expect(ops).not.toContain('Expand');
    expect(ops).not.toContain('Transpose');
  });
});

describe('primitives that jax-js has no function for', () => {
  const run = async (graph: Graph, inputs: readonly Tensor[]) => {
    const model = lower(graph, 'by hand');
    const feeds = Object.fromEntries(inputs.map((input, i) => [`in${i}`, input]));
    const results = await runOnnx(encodeModel(model), feeds);
    return [...results[model.outputs[0].name].data];
  };

  it('scatter that writes, and that adds', async () => {
    for (const dtype of ['float32', 'int32', 'uint32', 'bool'] as const) {
      const data = { float32: Float32Array, int32: Int32Array, uint32: Uint32Array, bool: Uint8Array }[dtype];
      const updates = tensor(data.of(1, 0, 1, 1) as Float32Array, [2, 2]);
      const index = tensor(Int32Array.of(3, 1));
      const scatter = (op: string, index: Tensor) => {
        const values = [updates, index].map((t) => newValue(t.dtype, t.shape));
        const params = { op, shape: [2, 4], axis: [1], outDim: 1, uniqueIndices: false };
        return run(single('scatter', values, newValue(dtype, [2, 4]), params), [updates, index]);
      };
      expect(await scatter('update', index)).toEqual([0, 0, 0, 1, 0, 1, 0, 1]);
      const twice = tensor(Int32Array.of(2, 2));
      expect(await scatter('add', twice)).toEqual([0, 0, 1, 0, 0, 0, dtype === 'bool' ? 1 : 2, 0]);
    }
  });

  it('padding that cuts', async () => {
    const x = tensor(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
    const pad = (width: readonly (readonly [number, number])[], shape: readonly number[]) =>
      run(single('pad', [newValue('float32', [2, 3])], newValue('float32', shape), { width }), [x]);
    expect(
      await pad(
        [
          [0, 0],
          [-1, 2],
        ],
        [2, 4],
      ),
    ).toEqual([2, 3, 0, 0, 5, 6, 0, 0]);
    expect(
      await pad(
        [
          [1, -1],
          [0, -2],
        ],
        [2, 1],
      ),
    ).toEqual([0, 1]);
  });
});
