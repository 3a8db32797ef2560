/** What carries out a traced function: ONNX Runtime in Node, jax-js itself elsewhere. */
import type { Awaitable } from '../core/model.ts';
import type { Tensor, TensorType } from './tensor.ts';
import type { Structure, Traced } from './tree.ts';

/** A function of flat lists of arrays, ready to be traced. */
export type FlatFunction = (inputs: Traced[]) => Traced[];

/** The same, which also tells what form its results have as a tree. */
export type FormedFunction = (inputs: Traced[]) => {
  readonly leaves: Traced[];
  readonly structure: Structure;
};

export interface BackendOptions {
  /** Names the program in errors and profiles. */
  readonly name: string;
  /** Threads inside one operation. Small networks are fastest on one. */
  readonly threads: number;
  /** Tells the function from all others of this version. A backend may keep what it makes of it under this name. */
  readonly identity?: string;
}

/** A program for one set of shapes, loaded. */
export interface Executable {
  run(inputs: readonly Tensor[]): Awaitable<Tensor[]>;
  /** The form of what `run` returns; of a backend that traces at the first run, once it has run. */
  readonly output: Structure;
  dispose(): void;
}

export interface Backend {
  readonly name: string;
  load(fn: FormedFunction, inputs: readonly TensorType[], options: BackendOptions): Promise<Executable>;
}
