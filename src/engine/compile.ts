/** compile: a traced function becomes a program of plain tensors, cached by the shapes it is called with. */
import { numpy as np } from '@jax-js/jax';
import { backend as defaultBackend } from '#backend';
import type { Backend, Executable } from './backend.ts';
import { startCompiling } from './compiling.ts';
import { isTensor, scalar, type Tensor } from './tensor.ts';
import {
  type ArgumentTree,
  flatten,
  isTraced,
  type Structure,
  type TensorTree,
  type Traced,
  unflatten,
} from './tree.ts';

export interface CompileOptions {
  /** Names the program in errors. Default: the function's own name. */
  readonly name?: string;
  /** Threads inside one operation. Default 1: small networks are fastest so. */
  readonly threads?: number;
  /**
   * All that the function depends on besides its arguments' shapes and the sources of this package, as text: options and
   * sizes that it closes over. Where it is told, what the function compiles to is kept on the disk for other processes
   * (Node alone), which then need not trace it; two functions must never tell the same. Default: nothing is kept.
   */
  readonly identity?: string;
  /** Default: ONNX Runtime in Node, jax-js elsewhere. */
  readonly backend?: Backend;
}

/** A compiled function. Call it with trees of tensors; the first call for new shapes compiles, later ones only run. */
export interface Program<In extends readonly unknown[], Out> {
  (...inputs: ArgumentTree<In>): Promise<TensorTree<Out>>;
  /** Compiles for these shapes without running. Resolves to milliseconds spent; 0 when already there. */
  prepare(...example: ArgumentTree<In>): Promise<number>;
  /** Frees all compiled forms. */
  dispose(): void;
}

/**
 * Compiles a function of trees of arrays, written with `@jax-js/jax` and without reference counting.
 * @example
 * const double = compile((x: { a: Traced }) => x.a.mul(2));
 * const y = await double({ a: tensor(Float32Array.of(1, 2)) });
 */
export function compile<In extends unknown[], Out>(
  fn: (...inputs: In) => Out,
  options: CompileOptions = {},
): Program<In, Out> {
  const backend = options.backend ?? defaultBackend;
  const { name = fn.name || 'program', threads = 1, identity } = options;
  const cache = new Map<string, Promise<Executable> | Executable>();

  const prepareFor = (structure: Structure, leaves: readonly Tensor[]): Promise<Executable> | Executable => {
    const key = keyOf(structure, leaves);
    const known = cache.get(key);
    if (known) return known;
    const loading = load(key, structure, leaves);
    cache.set(key, loading);
    loading.then(
      (executable) => cache.set(key, executable),
      () => cache.delete(key),
    );
    return loading;
  };

  const load = async (key: string, structure: Structure, leaves: readonly Tensor[]): Promise<Executable> => {
    const flat = (inputs: Traced[]) => flattenResult(fn(...(unflatten(structure, inputs) as unknown as In)));
    const told = identity === undefined ? undefined : JSON.stringify([name, identity, key]);
    const loading = startCompiling(name);
    try {
      return await backend.load(flat, leaves, { name, threads, identity: told });
    } finally {
      loading.end();
    }
  };

  const program = async (...inputs: ArgumentTree<In>): Promise<TensorTree<Out>> => {
    const { leaves, structure } = flattenArguments(inputs);
    const found = prepareFor(structure, leaves);
    const executable = found instanceof Promise ? await found : found;
    const answer = executable.run(leaves);
    const outputs = answer instanceof Promise ? await answer : answer;
    return unflatten(executable.output, outputs) as TensorTree<Out>;
  };
  const prepare = async (...example: ArgumentTree<In>): Promise<number> => {
    const { leaves, structure } = flattenArguments(example);
    if (cache.has(keyOf(structure, leaves))) return 0;
    const started = performance.now();
    await prepareFor(structure, leaves);
    return performance.now() - started;
  };
  const dispose = () => {
    for (const entry of cache.values())
      void Promise.resolve(entry).then((executable) => executable.dispose());
    cache.clear();
  };
  return Object.assign(program, { prepare, dispose });
}

interface Flat<L> {
  readonly leaves: L[];
  readonly paths: string[];
  readonly structure: Structure;
}

/** A program's arguments, a plain number as the scalar it enters as. */
export function flattenArguments(inputs: unknown): Flat<Tensor> {
  const { leaves, ...form } = flatten<Tensor | number>(inputs as never, isArgument);
  return { leaves: leaves.map((leaf) => (typeof leaf === 'number' ? scalar(leaf) : leaf)), ...form };
}

/** What a traced function returned, a plain number as an array. */
export function flattenResult(result: unknown): Flat<Traced> {
  const { leaves, ...form } = flatten<Traced | number>(result as never, isOutput);
  return { leaves: leaves.map((leaf) => (typeof leaf === 'number' ? np.array(leaf) : leaf)), ...form };
}

function keyOf(structure: Structure, leaves: readonly Tensor[]): string {
  let key = JSON.stringify(structure);
  for (const { dtype, shape } of leaves) key += `${dtype}[${shape}]`;
  return key;
}

function isArgument(node: unknown): node is Tensor | number {
  return typeof node === 'number' || isTensor(node);
}

function isOutput(node: unknown): node is Traced | number {
  return typeof node === 'number' || isTraced(node);
}
