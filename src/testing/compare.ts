/** Copies and comparisons of whole values, to see whether something was changed. */

/** A copy that shares nothing with `value` but functions: objects keep their prototypes, private fields are not seen. */
export function snapshot<T>(value: T): T {
  return copy(value, new Map()) as T;
}

function copy(value: unknown, copies: Map<object, unknown>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const known = copies.get(value);
  if (known !== undefined) return known;
  const keep = <C>(twin: C): C => {
    copies.set(value, twin);
    return twin;
  };
  if (value instanceof Map) {
    const twin = keep(new Map());
    for (const [key, held] of value) twin.set(copy(key, copies), copy(held, copies));
    return twin;
  }
  if (value instanceof Set) {
    const twin = keep(new Set());
    for (const held of value) twin.add(copy(held, copies));
    return twin;
  }
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof Date) {
    return keep(structuredClone(value));
  }
  const twin = keep(Array.isArray(value) ? [] : Object.create(Object.getPrototypeOf(value)));
  for (const key of Object.keys(value)) twin[key] = copy((value as Record<string, unknown>)[key], copies);
  return twin;
}

/** Where two values differ, as `.board[3]: 0 against 1`, or undefined where they are the same throughout. */
export function difference(a: unknown, b: unknown): string | undefined {
  return compare(a, b, '', new Map());
}

function compare(a: unknown, b: unknown, path: string, met: Map<object, unknown>): string | undefined {
  if (Object.is(a, b)) return undefined;
  const differ = () => `${path}${path === '' ? '' : ': '}${brief(a)} against ${brief(b)}`;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return differ();
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return differ();
  if (met.get(a) === b) return undefined;
  met.set(a, b);
  if (a instanceof Map || a instanceof Set) return compare([...a], [...(b as typeof a)], path, met);
  if (a instanceof Date) return a.getTime() === (b as Date).getTime() ? undefined : differ();
  if (a instanceof ArrayBuffer) {
    return compare(new Uint8Array(a), new Uint8Array(b as ArrayBuffer), path, met);
  }
  const inside = (key: string) => (/^\d+$/.test(key) ? `${path}[${key}]` : `${path}.${key}`);
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    if (!(key in left)) return `${inside(key)}: missing against ${brief(right[key])}`;
    if (!(key in right)) return `${inside(key)}: ${brief(left[key])} against missing`;
    const found = compare(left[key], right[key], inside(key), met);
    if (found !== undefined) return found;
  }
  return undefined;
}

function brief(value: unknown): string {
  if (typeof value === 'string') return `"${value}"`;
  if (Object.is(value, -0)) return '-0';
  if (typeof value !== 'object' || value === null) return String(value);
  return `a ${value.constructor?.name ?? 'plain object'}`;
}
