import { describe, expect, it } from 'vitest';
import { InputError } from '../core/errors.ts';
import { allocate, full, isTensor, scalar, sizeOf, tensor, zeros } from './tensor.ts';
import { flatten, mapTree, unflatten } from './tree.ts';

const isNumber = (node: unknown): node is number => typeof node === 'number';

describe('trees', () => {
  const tree = { b: [1, { z: 2, a: 3 }], a: 4, c: [] };

  it('flatten depth first, keys in alphabetical order, and come back', () => {
    const { leaves, paths, structure } = flatten<number>(tree, isNumber);
    expect(leaves).toEqual([4, 1, 3, 2]);
    expect(paths).toEqual(['a', 'b.0', 'b.1.a', 'b.1.z']);
    expect(unflatten(structure, leaves)).toEqual(tree);
    const other = { c: [], a: 4, b: [1, { a: 3, z: 2 }] };
    expect(JSON.stringify(flatten<number>(other, isNumber).structure)).toBe(JSON.stringify(structure));
  });

  it('may be a single leaf', () => {
    expect(flatten<number>(7, isNumber)).toEqual({ leaves: [7], paths: [''], structure: '*' });
    expect(unflatten('*', [7])).toBe(7);
  });

  it('refuse other leaves, naming the place', () => {
    const wrong = { a: [1, 'x'] } as unknown as typeof tree;
    expect(() => flatten<number>(wrong, isNumber)).toThrow(InputError);
    expect(() => flatten<number>(wrong, isNumber)).toThrow('got x at "a.1"');
  });

  it('map together, when they have one form', () => {
    const sum = mapTree(isNumber, (x, y) => x + y, { a: 1, b: [2] }, { a: 10, b: [20] });
    expect(sum).toEqual({ a: 11, b: [22] });
    expect(() => mapTree(isNumber, (x) => x, { a: 1 }, { a: 1, b: 2 })).toThrow('trees must have one form');
  });
});

describe('tensors', () => {
  it('take their dtype from their data', () => {
    expect(tensor(new Float32Array(6), [2, 3])).toMatchObject({ dtype: 'float32', shape: [2, 3] });
    expect(tensor(Int32Array.of(1, 2)).dtype).toBe('int32');
    expect(tensor(Uint32Array.of(1)).dtype).toBe('uint32');
    expect(tensor(Uint8Array.of(1)).dtype).toBe('bool');
    expect(() => tensor(new Float32Array(5), [2, 3])).toThrow('tensor: shape [2,3] holds 6 numbers, got 5.');
  });

  it('are filled with a value', () => {
    expect(scalar(3)).toEqual({ dtype: 'float32', shape: [], data: Float32Array.of(3) });
    expect([...full([2, 2], 1.5).data, ...zeros([1]).data]).toEqual([1.5, 1.5, 1.5, 1.5, 0]);
    expect([sizeOf([]), sizeOf([2, 0]), sizeOf([2, 3])]).toEqual([1, 0, 6]);
  });

  it('are told from other objects', () => {
    expect([isTensor(zeros([2])), isTensor(null), isTensor({ data: [], shape: [] }), isTensor(3)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it('have typed arrays of their dtype', () => {
    const kinds = (['float32', 'int32', 'uint32', 'bool'] as const).map(
      (dtype) => allocate(dtype, 2).constructor,
    );
    expect(kinds).toEqual([Float32Array, Int32Array, Uint32Array, Uint8Array]);
  });
});
