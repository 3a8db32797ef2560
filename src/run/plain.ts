/** Plain data, saved exactly: states of worlds and carries of agents become arrays and JSON, and come back equal to the bit. */
import { InputError } from '../core/errors.ts';
import type { Json, Saved, SavedArray } from '../core/saved.ts';

/** Typed arrays that a {@link Saved} holds as they are. */
const STORED = { Float32Array, Float64Array, Int32Array, Uint32Array, Uint8Array } as const;
/** Typed arrays that are held as bytes. */
const AS_BYTES = {
  Int8Array,
  Int16Array,
  Uint16Array,
  Uint8ClampedArray,
  BigInt64Array,
  BigUint64Array,
} as const;

type View = InstanceType<(typeof STORED)[keyof typeof STORED] | (typeof AS_BYTES)[keyof typeof AS_BYTES]>;

/**
 * The key that marks what JSON cannot say: `{ "$": "-0" }`. An object that has this key itself is written as a list
 * of entries.
 */
const MARK = '$';

/**
 * Saves a value made of objects, arrays, typed arrays, numbers, bigints, text, booleans, null and undefined.
 * Typed arrays become `arrays`, everything else `facts.value`. What is shared is saved twice.
 * @param where names the value in errors, as "state of cartpole"
 * @throws InputError for functions, symbols, instances of classes and cycles, with the path to them
 */
export function savePlain(value: unknown, where: string): Saved {
  const arrays: Record<string, SavedArray> = {};
  const facts = { value: encode(value, where, arrays) };
  return { arrays, facts };
}

/** Gives back what {@link savePlain} was given. */
export function loadPlain(saved: Saved): unknown {
  return decode(saved.facts.value, saved.arrays);
}

/** Exact JSON text of a value without typed arrays: keeps -0, NaN and infinities. */
export function encodeFacts(value: unknown, where: string): Json {
  return encode(value, where, undefined);
}

/** Gives back what {@link encodeFacts} was given. */
export function decodeFacts(json: Json): unknown {
  return decode(json, {});
}

function encode(
  value: unknown,
  where: string,
  arrays: Record<string, SavedArray> | undefined,
  ancestors: readonly object[] = [],
): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'undefined':
      return { [MARK]: 'undefined' };
    case 'bigint':
      return { [MARK]: 'bigint', value: `${value}` };
    case 'number':
      if (Number.isFinite(value) && !Object.is(value, -0)) return value;
      return { [MARK]: Object.is(value, -0) ? '-0' : `${value}` };
    case 'object':
      break;
    default:
      throw refusal(where, `a ${typeof value}`);
  }
  if (value === null) return null;
  if (ancestors.includes(value)) throw refusal(where, 'a cycle');
  const inside = [...ancestors, value];
  if (Array.isArray(value))
    return Array.from(value, (item: unknown, i) => encode(item, `${where}[${i}]`, arrays, inside));
  if (ArrayBuffer.isView(value)) return encodeArray(value as View, where, arrays);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw refusal(where, `an instance of ${value.constructor.name}`);
  }
  if (Object.getOwnPropertySymbols(value).length > 0) throw refusal(where, 'a key that is a symbol');
  const entries = Object.entries(value).map(
    ([key, item]) => [key, encode(item, `${where}.${key}`, arrays, inside)] as const,
  );
  if (entries.some(([key]) => key === MARK)) return { [MARK]: 'object', entries };
  return Object.fromEntries(entries);
}

function encodeArray(value: View, where: string, arrays: Record<string, SavedArray> | undefined): Json {
  const type = value.constructor.name;
  if (!arrays || !(type in STORED || type in AS_BYTES)) throw refusal(where, `a ${type}`);
  const name = `${Object.keys(arrays).length}`;
  // a copy: the caller's array may be written to before the checkpoint is
  const data =
    type in STORED
      ? (value as SavedArray['data']).slice()
      : new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
  arrays[name] = { shape: [data.length], data };
  return { [MARK]: type, array: name };
}

function decode(json: Json | undefined, arrays: Saved['arrays']): unknown {
  if (json === undefined)
    throw new InputError('plain data: a value must be there, got none. The file is not whole.');
  if (json === null || typeof json !== 'object') return json;
  if (isList(json)) return json.map((item) => decode(item, arrays));
  const mark = json[MARK];
  if (mark === undefined)
    return Object.fromEntries(Object.entries(json).map(([key, item]) => [key, decode(item, arrays)]));
  switch (mark) {
    case 'undefined':
      return undefined;
    case '-0':
      return -0;
    case 'NaN':
    case 'Infinity':
    case '-Infinity':
      return Number(mark);
    case 'bigint':
      return BigInt(json.value as string);
    case 'object':
      return Object.fromEntries(
        (json.entries as readonly (readonly [string, Json])[]).map(([key, item]) => [
          key,
          decode(item, arrays),
        ]),
      );
    default:
      return decodeArray(mark, json.array, arrays);
  }
}

function decodeArray(type: Json, name: Json, arrays: Saved['arrays']): View {
  const stored = typeof name === 'string' ? arrays[name]?.data : undefined;
  if (typeof type === 'string' && stored !== undefined) {
    if (type in STORED && stored.constructor.name === type) return stored.slice();
    if (type in AS_BYTES && stored instanceof Uint8Array)
      return new AS_BYTES[type as keyof typeof AS_BYTES](stored.slice().buffer);
  }
  throw new InputError(
    `plain data: array ${JSON.stringify(name)} must be a ${JSON.stringify(type)}, got ${stored?.constructor.name ?? 'nothing'}.`,
  );
}

function isList(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}

function refusal(where: string, what: string): InputError {
  return new InputError(
    `${where}: must be plain data so that a run can be saved (objects, arrays, typed arrays, numbers, text), ` +
      `got ${what}. Keep only such values in it.`,
  );
}
