import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InputError } from '../core/errors.ts';
import { decodeFacts, encodeFacts, loadPlain, savePlain } from './plain.ts';

/** As a file would carry it: facts through JSON text. */
const throughText = (value: unknown) => {
  const saved = savePlain(value, 'value');
  return loadPlain({ arrays: saved.arrays, facts: JSON.parse(JSON.stringify(saved.facts)) });
};

test('what JSON loses comes back', () => {
  const value = {
    zero: -0,
    bad: Number.NaN,
    far: [Infinity, -Infinity],
    nothing: undefined,
    none: null,
    smallest: 5e-324,
    pi: Math.PI,
    board: 2n ** 63n,
    $: 'a key of ours',
    nested: { $: { $: undefined } },
    __proto__x: 1,
    list: [undefined, { deep: [-0] }],
  };
  const back = throughText(value);
  expect(back).toStrictEqual(value);
  expect(Object.keys(back as object)).toEqual(Object.keys(value));
});

test('typed arrays keep their type and their bits', () => {
  const bits = new Uint32Array([0x7fc00001, 0x80000000, 0xff800000]); // a NaN with a payload, -0, -Infinity
  const value = {
    floats: new Float32Array(bits.buffer),
    part: new Float64Array([1, 2, 3, 4]).subarray(1, 3),
    bytes: Uint8Array.of(1, 255),
    shorts: Int16Array.of(-1, 300),
    big: BigUint64Array.of(2n ** 64n - 1n),
    clamped: Uint8ClampedArray.of(7),
    empty: new Int32Array(0),
  };
  const back = throughText(value) as typeof value;
  expect(back).toStrictEqual(value);
  expect(new Uint32Array(back.floats.buffer)).toEqual(bits);
  expect(back.part.buffer.byteLength).toBe(16);
});

test('a saved array is a copy', () => {
  const state = { x: Float32Array.of(1, 2) };
  const saved = savePlain(state, 'state');
  state.x[0] = 9;
  expect(loadPlain(saved)).toEqual({ x: Float32Array.of(1, 2) });
});

test('any plain value survives', () => {
  const leaf = fc.oneof(
    fc.double(),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.constant(undefined),
    fc.bigInt(),
    fc.float32Array(),
    fc.float64Array(),
    fc.int8Array(),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.array(tie('tree')),
      fc.dictionary(fc.string(), tie('tree')),
    ),
  }));
  fc.assert(
    fc.property(tree, (value) => {
      // a dictionary of fast-check may have no prototype, which is not kept
      const plain = structuredClone(value);
      expect(throughText(plain)).toStrictEqual(plain);
    }),
    { seed: 1, numRuns: 300 },
  );
});

test('what is not plain is refused with its path', () => {
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  expect(() => savePlain({ a: [{ b: () => 1 }] }, 'state')).toThrow(
    /state\.a\[0\]\.b: must be plain data.*function/,
  );
  expect(() => savePlain({ when: new Map() }, 'state')).toThrow(/state\.when: .*an instance of Map/);
  expect(() => savePlain(cycle, 'state')).toThrow(/state\.self: .*a cycle/);
  expect(() => savePlain({ [Symbol('s')]: 1 }, 'state')).toThrow(InputError);
  expect(() => encodeFacts({ x: new Float32Array(1) }, 'facts')).toThrow(/facts\.x: .*Float32Array/);
});

test('facts alone', () => {
  const facts = { loss: -0, best: -Infinity, names: ['a'] };
  expect(decodeFacts(JSON.parse(JSON.stringify(encodeFacts(facts, 'facts'))))).toStrictEqual(facts);
});

test('a missing array is an error that names it', () => {
  const saved = savePlain({ x: Float32Array.of(1) }, 'state');
  expect(() => loadPlain({ facts: saved.facts, arrays: {} })).toThrow(
    /array "0" must be a "Float32Array", got nothing/,
  );
});
