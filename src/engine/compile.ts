/** compile: a traced function becomes a program of plain tensors, cached by the shapes it is called with. */
import { numpy as np } from '@jax-js/jax';
import { backend as defaultBackend } from '#backend';
import type { Backend, Executable } from './backend.ts';
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

interface Loaded {
  readonly executable: Executable;
  readonly output: Structure;
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
  const settings = { name: options.name ?? (fn.name || 'program'), threads: options.threads ?? 1 };
  const cache = new Map<string, Promise<Loaded> | Loaded>();

  const prepareFor = (structure: Structure, leaves: readonly Tensor[]): Promise<Loaded> | Loaded => {
    const key = keyOf(structure, leaves);
    const known = cache.get(key);
    if (known) return known;
    const loading = load(structure, leaves);
    cache.set(key, loading);
    loading.then(
      (loaded) => cache.set(key, loaded),
      () => cache.delete(key),
    );
    return loading;
  };

  const load = async (structure: Structure, leaves: readonly Tensor[]): Promise<Loaded> => {
    let output: Structure | undefined;
    const flat = (inputs: Traced[]): Traced[] => {
      const result = flattenResult(fn(...(unflatten(structure, inputs) as unknown as In)));
      output = result.structure;
      return result.leaves;
    };
    const executable = await backend.load(flat, leaves, settings);
    return {
      executable,
      // jit traces at the first run, so the form is read when it is needed
      get output() {
        return output!;
      },
    };
  };

  const program = async (...inputs: ArgumentTree<In>): Promise<TensorTree<Out>> => {
    const { leaves, structure } = flattenArguments(inputs);
    const found = prepareFor(structure, leaves);
    const loaded = found instanceof Promise ? await found : found;
    const answer = loaded.executable.run(leaves);
    const outputs = answer instanceof Promise ? await answer : answer;
    return unflatten(loaded.output, outputs) as TensorTree<Out>;
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
      void Promise.resolve(entry).then((loaded) => loaded.executable.dispose());
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
