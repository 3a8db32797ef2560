/** What parts of a run put into a checkpoint: named arrays, and small facts as JSON. */

/** A typed array with a shape. */
export interface SavedArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface Saved {
  /** By name, with dots: `ensemble.layers.0.weight`. */
  readonly arrays: Readonly<Record<string, SavedArray>>;
  readonly facts: { readonly [key: string]: Json };
}

/** What several parts saved, in one: the names in each are put behind the part's own. */
export function joinSaved(parts: Readonly<Record<string, Saved>>): Saved {
  const named = Object.entries(parts).flatMap(([part, { arrays }]) =>
    Object.entries(arrays).map(([name, array]) => [`${part}.${name}`, array] as const),
  );
  const facts = Object.entries(parts).map(([part, saved]) => [part, saved.facts] as const);
  return { arrays: Object.fromEntries(named), facts: Object.fromEntries(facts) };
}

/** One of the parts that {@link joinSaved} joined; empty where it is not among them. */
export function partOf({ arrays, facts }: Saved, part: string): Saved {
  const own = Object.entries(arrays).filter(([name]) => name.startsWith(`${part}.`));
  return {
    arrays: Object.fromEntries(own.map(([name, array]) => [name.slice(part.length + 1), array])),
    facts: (facts[part] ?? {}) as Saved['facts'],
  };
}
