import { describe, expect, test } from 'vitest';
import { InputError } from '../core/errors.ts';
import type { SavedArray } from '../core/saved.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';

const arrays: Record<string, SavedArray> = {
  'b.weight': { shape: [2, 2], data: Float32Array.of(1, -2.5, 3e-30, Number.NaN) },
  a: { shape: [], data: Float32Array.of(7) },
  flags: { shape: [3], data: Uint8Array.of(1, 0, 255) },
  wide: { shape: [1], data: Float64Array.of(Math.PI) },
  signed: { shape: [2], data: Int32Array.of(-1, 2 ** 31 - 1) },
  unsigned: { shape: [1], data: Uint32Array.of(2 ** 32 - 1) },
  empty: { shape: [0, 4], data: new Float32Array(0) },
};

/** A file made by hand: any header text, any data. */
function file(header: unknown, data: Uint8Array = new Uint8Array(0), length?: bigint): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

test('what is written is read again, bit for bit', () => {
  const { arrays: read, metadata } = readSafetensors(writeSafetensors(arrays, { format: 'test', ü: '"\n' }));
  expect(read).toEqual(arrays);
  expect(metadata).toEqual({ format: 'test', ü: '"\n' });
});

test('the bytes of a small file, as the format lays them down', () => {
  const bytes = writeSafetensors({ x: { shape: [1, 2], data: Float32Array.of(1, -2) } });
  const header = '{"x":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}'; // 56 bytes, a multiple of 8
  expect(header.length).toBe(56);
  // 1 is 3f800000, -2 is c0000000, little-endian
  expect([...bytes]).toEqual([
    ...[56, 0, 0, 0, 0, 0, 0, 0],
    ...new TextEncoder().encode(header),
    ...[0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0],
  ]);
});

test('every array lies at a multiple of its width, the header is padded with spaces, order does not matter', () => {
  const bytes = writeSafetensors(arrays);
  const headerLength = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  expect(headerLength % 8).toBe(0);
  const text = new TextDecoder().decode(bytes.subarray(8, 8 + headerLength));
  expect(text).toMatch(/^\{.*\} *$/);
  const header = JSON.parse(text) as Record<string, { data_offsets: [number, number] }>;
  for (const [name, { data }] of Object.entries(arrays)) {
    expect(header[name].data_offsets[0] % data.BYTES_PER_ELEMENT).toBe(0);
  }
  expect(Object.keys(header)).toEqual(['wide', 'a', 'b.weight', 'empty', 'signed', 'unsigned', 'flags']);
  const reversed = Object.fromEntries(Object.entries(arrays).reverse());
  expect(writeSafetensors(reversed, { b: '2', a: '1' })).toEqual(
    writeSafetensors(arrays, { a: '1', b: '2' }),
  );
});

test('reads from the middle of a larger buffer, into arrays of its own', () => {
  const bytes = writeSafetensors(arrays);
  for (const holder of [new Uint8Array(bytes.length + 3), Buffer.alloc(bytes.length + 3)]) {
    holder.set(bytes, 3);
    const read = readSafetensors(holder.subarray(3));
    holder.fill(0);
    expect(read.arrays).toEqual(arrays);
    expect(read.arrays['a'].data.buffer.byteLength).toBe(4);
  }
});

test('reads what others write: other orders, BOOL, no padding, metadata last', () => {
  const header = {
    y: { dtype: 'BOOL', shape: [2], data_offsets: [4, 6] },
    x: { dtype: 'I32', shape: [1], data_offsets: [0, 4] },
    __metadata__: { k: 'v' },
  };
  const { arrays, metadata } = readSafetensors(file(header, Uint8Array.of(5, 0, 0, 0, 1, 0)));
  expect(arrays).toEqual({
    x: { shape: [1], data: Int32Array.of(5) },
    y: { shape: [2], data: Uint8Array.of(1, 0) },
  });
  expect(metadata).toEqual({ k: 'v' });
});

test('writes parts of larger arrays', () => {
  const whole = Float32Array.of(1, 2, 3, 4);
  const { arrays } = readSafetensors(writeSafetensors({ x: { shape: [2], data: whole.subarray(1, 3) } }));
  expect([...arrays['x'].data]).toEqual([2, 3]);
});

describe('writing refuses', () => {
  test('shapes that do not fit their numbers', () => {
    expect(() => writeSafetensors({ x: { shape: [3], data: Float32Array.of(1) } })).toThrow(
      'safetensors: "x" of shape [3] must hold 3 numbers, got 1.',
    );
  });

  test('the name the format keeps for itself', () => {
    expect(() => writeSafetensors({ __metadata__: { shape: [], data: Float32Array.of(1) } })).toThrow(
      'must not be called "__metadata__"',
    );
  });
});

describe('reading refuses', () => {
  const good = writeSafetensors(arrays);
  const entry = (changes: object) => ({ x: { dtype: 'F32', shape: [2], data_offsets: [0, 8], ...changes } });
  const eight = new Uint8Array(8);

  test('a file cut short anywhere', () => {
    for (let length = 0; length < good.length; length++) {
      expect(() => readSafetensors(good.subarray(0, length))).toThrow(InputError);
    }
    expect(() => readSafetensors(good.subarray(0, 5))).toThrow(
      'must begin with 8 bytes of length, got 5 bytes',
    );
    expect(() => readSafetensors(good.subarray(0, 40))).toThrow(
      /header of \d+ bytes, got 32: the file was cut short/,
    );
    expect(() => readSafetensors(good.subarray(0, good.length - 1))).toThrow('the file was cut short');
  });

  test.each([
    ['another kind of file', new TextEncoder().encode('\x89PNG, or anything'), 'another kind of file'],
    ['a header that is not JSON', file('{"x":'), 'must have a header of JSON'],
    ['bytes that are not text', file({ zz: 1 }).fill(0xff, 10, 12), 'must have a header of JSON'],
    ['a header of another form', file([1, 2]), 'must have a header of names'],
    ['metadata of another form', file({ __metadata__: { a: 1 } }), 'must have texts under "__metadata__"'],
    ['an entry of another form', file({ x: 3 }), 'must describe "x", got 3'],
    ['a kind of number it does not hold', file(entry({ dtype: 'BF16' }), eight), 'but "x" has "BF16"'],
    ['a shape that is none', file(entry({ shape: [-2] }), eight), 'must give "x" a shape of sizes, got [-2]'],
    ['a missing shape', file(entry({ shape: undefined }), eight), 'must give "x" a shape of sizes'],
    [
      'offsets that are none',
      file(entry({ data_offsets: [8, 0] }), eight),
      'must give "x" a first byte and an end',
    ],
    [
      'a shape that does not fit',
      file(entry({ shape: [3] }), eight),
      'must hold 12 bytes for "x" (F32, shape [3]), got 8',
    ],
    ['a gap', file(entry({ data_offsets: [4, 12] }), new Uint8Array(12)), '"x" leaves a gap (byte 4, not 0)'],
    [
      'overlapping arrays',
      file({ ...entry({}), y: { dtype: 'U8', shape: [4], data_offsets: [4, 8] } }, eight),
      '"y" overlaps the array before it (byte 4, not 8)',
    ],
    ['bytes that belong to nothing', file(entry({}), new Uint8Array(9)), 'must hold 8 bytes of data, got 9'],
  ])('%s', (_what, bytes, message) => {
    expect(() => readSafetensors(bytes)).toThrow(InputError);
    expect(() => readSafetensors(bytes)).toThrow(message);
  });
});
