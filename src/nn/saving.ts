/** Trees of tensors as named arrays and back: how parameters and optimiser states enter and leave checkpoints. */
import { InputError } from '../core/errors.ts';
import type { SavedArray } from '../core/saved.ts';
import { type DType, isTensor, type Tensor } from '../engine/tensor.ts';
import { flatten, type Tree, unflatten } from '../engine/tree.ts';

/**
 * The leaves by their paths: `layers.0.dense.weight`. The numbers are not copied.
 * @param prefix put before each name, with a dot
 */
export function toArrays(tree: unknown, prefix = ''): Record<string, SavedArray> {
  const { leaves, paths } = flatten(tree as Tree<Tensor>, isTensor);
  return Object.fromEntries(
    leaves.map(({ shape, data }, i) => [join(prefix, paths[i]), { shape: [...shape], data }]),
  );
}

/**
 * The tree that {@link toArrays} took apart. Numbers are copied.
 * @param like a tree of the form, shapes and kinds expected
 * @param prefix only arrays whose names begin with it are looked at
 * @throws InputError naming every array that is missing, unknown, or of another shape or kind
 */
export function fromArrays<P>(arrays: Readonly<Record<string, SavedArray>>, like: P, prefix = ''): P {
  const { leaves, paths, structure } = flatten(like as Tree<Tensor>, isTensor);
  const problems: string[] = [];
  const names = paths.map((path) => join(prefix, path));
  const restored = leaves.map(({ dtype, shape }, i) => {
    const saved = Object.hasOwn(arrays, names[i]) ? arrays[names[i]] : undefined;
    if (!saved) problems.push(`"${names[i]}" is missing`);
    else {
      const same = saved.shape.length === shape.length && saved.shape.every((size, k) => size === shape[k]);
      if (!same) problems.push(`"${names[i]}" must have shape [${shape}], got [${saved.shape}]`);
      if (!(saved.data instanceof KIND[dtype]))
        problems.push(`"${names[i]}" must be ${KIND[dtype].name}, got ${saved.data.constructor.name}`);
    }
    return { dtype, shape: [...shape], data: saved?.data.slice() } as Tensor;
  });
  const known = new Set(names);
  for (const name of Object.keys(arrays)) {
    const within = prefix === '' || name === prefix || name.startsWith(`${prefix}.`);
    if (within && !known.has(name)) problems.push(`"${name}" is not expected`);
  }
  if (problems.length > 0) {
    throw new InputError(
      `saved arrays: they must fit what is being restored, but ${problems.join('; ')}. Restore with the options they were saved with.`,
    );
  }
  return unflatten(structure, restored) as P;
}

const KIND = {
  float32: Float32Array,
  int32: Int32Array,
  uint32: Uint32Array,
  bool: Uint8Array,
} as const satisfies Record<DType, unknown>;

function join(prefix: string, path: string): string {
  return prefix === '' || path === '' ? prefix + path : `${prefix}.${path}`;
}
