import { describe, expect, it } from 'vitest';
import { readModel } from '../../test/engine/read-onnx.ts';
import { encodeModel, ONNX_DTYPE, type OnnxModel } from './onnx.ts';

const model: OnnxModel = {
  name: 'tiny',
  nodes: [
    {
      op: 'Gemm',
      domain: '',
      inputs: ['x', 'w'],
      outputs: ['y'],
      attributes: { axis: -1, big: 2 ** 40, perm: [1, 0, -2], alpha: { float: 0.5 }, mode: 'linear' },
    },
    { op: 'Identity', domain: '', inputs: ['y'], outputs: ['out'], attributes: {} },
  ],
  constants: [
    { name: 'w', dtype: 'float32', shape: [2, 1], data: Float32Array.of(1.5, -2) },
    { name: 'k', dtype: 'int64', shape: [], data: BigInt64Array.of(-5n) },
    { name: 'b', dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) },
    // a view into a longer array: only its own bytes belong to it
    { name: 'u', dtype: 'uint32', shape: [1], data: new Uint32Array([7, 8, 9]).subarray(1, 2) },
  ],
  inputs: [{ name: 'x', dtype: 'float32', shape: [300, 2] }],
  outputs: [{ name: 'out', dtype: 'int32', shape: [] }],
};

describe('encodeModel', () => {
  const read = readModel(encodeModel(model));

  it('writes nodes with all kinds of attributes', () => {
    expect(read.nodes).toEqual([
      {
        ...model.nodes[0],
        attributes: { axis: -1, big: 2 ** 40, perm: [1, 0, -2], alpha: 0.5, mode: 'linear' },
      },
      model.nodes[1],
    ]);
  });

  it('writes constants, byte by byte', () => {
    expect(read.constants.map(({ name, type, shape }) => [name, type, shape])).toEqual([
      ['w', ONNX_DTYPE.float32, [2, 1]],
      ['k', ONNX_DTYPE.int64, []],
      ['b', ONNX_DTYPE.bool, [3]],
      ['u', ONNX_DTYPE.uint32, [1]],
    ]);
    const [w, k, b, u] = read.constants.map(({ bytes }) => bytes);
    expect([...new Float32Array(w.buffer)]).toEqual([1.5, -2]);
    expect([...new BigInt64Array(k.buffer)]).toEqual([-5n]);
    expect([...b]).toEqual([1, 0, 1]);
    expect([...new Uint32Array(u.buffer)]).toEqual([8]);
  });

  it('writes what goes in and out', () => {
    expect(read.name).toBe('tiny');
    expect(read.inputs).toEqual([{ name: 'x', type: ONNX_DTYPE.float32, shape: [300, 2] }]);
    expect(read.outputs).toEqual([{ name: 'out', type: ONNX_DTYPE.int32, shape: [] }]);
  });

  it('names the operator sets it uses, and no others', () => {
    const standard = { domain: '', version: 20 };
    expect(read.irVersion).toBe(9);
    expect(read.opsets).toEqual([standard]);
    const node = { ...model.nodes[1], domain: 'com.microsoft' };
    expect(readModel(encodeModel({ ...model, nodes: [node] })).opsets).toEqual([
      standard,
      { domain: 'com.microsoft', version: 1 },
    ]);
  });
});
