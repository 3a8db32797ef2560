/**
 * safetensors: named arrays in a file, readable by anyone and safe to open.
 *
 * The published format (Hugging Face, safetensors, "Format"): 8 bytes, the length N of the header, little-endian; N
 * bytes of JSON, for each name its dtype, shape and place in the data, and under `__metadata__` a map of texts; then the
 * data, little-endian, row-major, without gaps. Spaces at the header's end bring the data to a multiple of 8 bytes.
 *
 * The same arrays always give the same bytes: wide numbers before narrow ones, so that each lies at a multiple of its
 * own width, and by name among equals.
 */
import { demand, InputError } from '../core/errors.ts';
import type { SavedArray } from '../core/saved.ts';
import { sizeOf } from '../engine/tensor.ts';

export interface Safetensors {
  readonly arrays: Record<string, SavedArray>;
  readonly metadata: Record<string, string>;
}

type Data = SavedArray['data'];

interface Kind {
  /** Bytes a number. */
  readonly width: number;
  read(bytes: ArrayBuffer): Data;
}

/** The kinds of numbers we hold. BOOL is read as bytes, and written as U8. */
const KINDS: Readonly<Record<string, Kind>> = {
  F64: { width: 8, read: (bytes) => new Float64Array(bytes) },
  F32: { width: 4, read: (bytes) => new Float32Array(bytes) },
  I32: { width: 4, read: (bytes) => new Int32Array(bytes) },
  U32: { width: 4, read: (bytes) => new Uint32Array(bytes) },
  U8: { width: 1, read: (bytes) => new Uint8Array(bytes) },
  BOOL: { width: 1, read: (bytes) => new Uint8Array(bytes) },
};

const METADATA = '__metadata__';
const LENGTH_BYTES = 8;
/** The format's own limit. */
const LONGEST_HEADER = 100_000_000;

/** The bytes of a safetensors file. */
export function writeSafetensors(
  arrays: Readonly<Record<string, SavedArray>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  requireLittleEndian();
  const names = Object.keys(arrays).sort(
    (a, b) => arrays[b].data.BYTES_PER_ELEMENT - arrays[a].data.BYTES_PER_ELEMENT || (a < b ? -1 : 1),
  );
  const header: [string, unknown][] = [];
  if (Object.keys(metadata).length > 0) {
    header.push([
      METADATA,
      Object.fromEntries(Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1))),
    ]);
  }
  let end = 0;
  for (const name of names) {
    const { shape, data } = arrays[name];
    demand(name !== METADATA, () => `safetensors: an array must not be called "${METADATA}". Rename it.`);
    demand(
      sizeOf(shape) === data.length,
      () =>
        `safetensors: "${name}" of shape [${shape}] must hold ${sizeOf(shape)} numbers, got ${data.length}.`,
    );
    const start = end;
    end += data.byteLength;
    header.push([name, { dtype: dtypeOf(data), shape: [...shape], data_offsets: [start, end] }]);
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const headerLength = Math.ceil(text.length / LENGTH_BYTES) * LENGTH_BYTES;
  const bytes = new Uint8Array(LENGTH_BYTES + headerLength + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.set(text, LENGTH_BYTES);
  bytes.fill(0x20, LENGTH_BYTES + text.length, LENGTH_BYTES + headerLength);
  let offset = LENGTH_BYTES + headerLength;
  for (const name of names) {
    const { data } = arrays[name];
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return bytes;
}

/**
 * Reads the bytes of a safetensors file; the arrays are copies.
 * @throws InputError saying what is wrong with the bytes
 */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  requireLittleEndian();
  if (bytes.length < LENGTH_BYTES) {
    fail(`must begin with ${LENGTH_BYTES} bytes of length, got ${bytes.length} bytes in all`);
  }
  const announced = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (announced > BigInt(LONGEST_HEADER)) {
    fail(
      `must have a header of at most ${LONGEST_HEADER} bytes, got ${announced}: this is another kind of file`,
    );
  }
  const dataStart = LENGTH_BYTES + Number(announced);
  if (dataStart > bytes.length) {
    fail(
      `must hold a header of ${announced} bytes, got ${bytes.length - LENGTH_BYTES}: the file was cut short`,
    );
  }
  const { entries, metadata } = parseHeader(bytes.subarray(LENGTH_BYTES, dataStart));

  const dataLength = bytes.length - dataStart;
  let end = 0;
  const arrays: [string, SavedArray][] = [];
  for (const [name, entry] of entries.sort(([, a], [, b]) => a.start - b.start || a.end - b.end)) {
    if (entry.start !== end) {
      const how = entry.start < end ? 'overlaps the array before it' : 'leaves a gap';
      fail(`must hold its arrays one after another, but "${name}" ${how} (byte ${entry.start}, not ${end})`);
    }
    end = entry.end;
    if (end > dataLength) {
      fail(`must hold ${end} bytes of data for "${name}", got ${dataLength}: the file was cut short`);
    }
    const part = new Uint8Array(entry.end - entry.start);
    part.set(bytes.subarray(dataStart + entry.start, dataStart + entry.end));
    arrays.push([name, { shape: entry.shape, data: KINDS[entry.dtype].read(part.buffer) }]);
  }
  if (end !== dataLength) fail(`must hold ${end} bytes of data, got ${dataLength}`);
  return { arrays: Object.fromEntries(arrays), metadata };
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

function parseHeader(bytes: Uint8Array): { entries: [string, Entry][]; metadata: Record<string, string> } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    fail('must have a header of JSON, got something else');
  }
  if (!isRecord(parsed)) fail('must have a header of names, got other JSON');
  const { [METADATA]: metadata = {}, ...rest } = parsed;
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === 'string')) {
    fail(`must have texts under "${METADATA}", got ${JSON.stringify(metadata)}`);
  }
  return {
    entries: Object.entries(rest).map(([name, entry]) => [name, parseEntry(name, entry)]),
    metadata: metadata as Record<string, string>,
  };
}

function parseEntry(name: string, entry: unknown): Entry {
  if (!isRecord(entry)) fail(`must describe "${name}", got ${JSON.stringify(entry)}`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !Object.hasOwn(KINDS, dtype)) {
    fail(`must hold numbers of ${Object.keys(KINDS).join(', ')}, but "${name}" has ${JSON.stringify(dtype)}`);
  }
  if (!isCounts(shape)) fail(`must give "${name}" a shape of sizes, got ${JSON.stringify(shape)}`);
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    fail(`must give "${name}" a first byte and an end, got ${JSON.stringify(offsets)}`);
  }
  const [start, end] = offsets;
  const needed = sizeOf(shape) * KINDS[dtype].width;
  if (end - start !== needed) {
    fail(`must hold ${needed} bytes for "${name}" (${dtype}, shape [${shape}]), got ${end - start}`);
  }
  return { dtype, shape, start, end };
}

function dtypeOf(data: Data): string {
  if (data instanceof Float64Array) return 'F64';
  if (data instanceof Float32Array) return 'F32';
  if (data instanceof Int32Array) return 'I32';
  if (data instanceof Uint32Array) return 'U32';
  return 'U8';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** Typed arrays have the machine's byte order, the file has its own; machines of the other order are refused. */
function requireLittleEndian(): void {
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1) {
    throw new InputError('safetensors: only little-endian machines are supported.');
  }
}

function fail(problem: string): never {
  throw new InputError(`safetensors: the file ${problem}. Give a safetensors file that was written whole.`);
}
