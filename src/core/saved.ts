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
