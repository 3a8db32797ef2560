/** Trees: nested objects and arrays with tensors (or, inside a trace, jax-js arrays) at the leaves. */
import type { numpy } from '@jax-js/jax';
import { InputError } from '../core/errors.ts';
import type { DType, Tensor } from './tensor.ts';

/** An array inside a traced function. */
export type Traced = numpy.Array;

/** Whether a node of a tree is an array. Tracers and arrays share a class that jax-js does not export; `aval` is its mark. */
export function isTraced(node: unknown): node is Traced {
  return typeof node === 'object' && node !== null && 'aval' in node;
}

/** Nested objects and arrays of `L`. */
export type Tree<L> = L | readonly Tree<L>[] | { readonly [key: string]: Tree<L> };

/** What a program takes for a traced tree: tensors, or plain numbers, which enter as float32 scalars. */
export type ArgumentTree<T> = T extends Traced
  ? Tensor | number
  : T extends readonly unknown[]
    ? { [K in keyof T]: ArgumentTree<T[K]> }
    : T extends object
      ? { readonly [K in keyof T]: ArgumentTree<T[K]> }
      : T;

/** The same tree as a traced function sees it: jax-js arrays at the leaves. */
export type TracedTree<T> = T extends Tensor | number
  ? Traced
  : T extends readonly unknown[]
    ? { -readonly [K in keyof T]: TracedTree<T[K]> }
    : T extends object
      ? { [K in keyof T]: TracedTree<T[K]> }
      : T;

/** The same tree as a program gives it back: tensors at the leaves. */
export type TensorTree<T, D extends DType = DType> = T extends Traced | number
  ? Tensor<D>
  : T extends readonly unknown[]
    ? { -readonly [K in keyof T]: TensorTree<T[K], D> }
    : T extends object
      ? { [K in keyof T]: TensorTree<T[K], D> }
      : T;

/** A tree's form without its leaves: `*` is a leaf, objects list their keys in alphabetical order. */
export type Structure = '*' | readonly Structure[] | { readonly [key: string]: Structure };

/** The leaves, depth first, an object's keys in alphabetical order; with each its path, as `layers.0.weight`. */
export function flatten<L>(
  tree: Tree<L>,
  isLeaf: (node: unknown) => node is L,
): { leaves: L[]; paths: string[]; structure: Structure } {
  const leaves: L[] = [];
  const paths: string[] = [];
  const walk = (node: Tree<L>, path: string): Structure => {
    if (isLeaf(node)) {
      leaves.push(node);
      paths.push(path);
      return '*';
    }
    if (Array.isArray(node))
      return node.map((child, i) => walk(child as Tree<L>, path === '' ? `${i}` : `${path}.${i}`));
    if (typeof node === 'object' && node !== null) {
      const branch = node as { readonly [key: string]: Tree<L> };
      const form: Record<string, Structure> = {};
      for (const key of Object.keys(branch).sort())
        form[key] = walk(branch[key], path === '' ? key : `${path}.${key}`);
      return form;
    }
    throw new InputError(`tree: leaves must be tensors or numbers, got ${String(node)} at "${path}".`);
  };
  const structure = walk(tree, '');
  return { leaves, paths, structure };
}

/** Puts leaves back into a form. */
export function unflatten<L>(structure: Structure, leaves: readonly L[]): Tree<L> {
  let next = 0;
  const build = (form: Structure): Tree<L> => {
    if (form === '*') return leaves[next++];
    if (Array.isArray(form)) return form.map(build);
    const branch = form as { readonly [key: string]: Structure };
    return Object.fromEntries(Object.keys(branch).map((key) => [key, build(branch[key])]));
  };
  return build(structure);
}

/** Applies `f` to the leaves of one or more trees of one form. */
export function mapTree<L, M>(
  isLeaf: (node: unknown) => node is L,
  f: (...leaves: L[]) => M,
  first: Tree<L>,
  ...rest: Tree<L>[]
): Tree<M> {
  const { leaves, structure } = flatten(first, isLeaf);
  const others = rest.map((tree) => flatten(tree, isLeaf).leaves);
  for (const other of others) {
    if (other.length !== leaves.length)
      throw new InputError(
        `mapTree: trees must have one form, got ${leaves.length} and ${other.length} leaves.`,
      );
  }
  return unflatten(
    structure,
    leaves.map((leaf, i) => f(leaf, ...others.map((other) => other[i]))),
  );
}
