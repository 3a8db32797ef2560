/** What carries out a traced function: ONNX Runtime in Node, jax-js itself elsewhere. */
import type { Awaitable } from '../core/model.ts';
import type { Tensor, TensorType } from './tensor.ts';
import type { Traced } from './tree.ts';

/** A function of flat lists of arrays, ready to be traced. */
export type FlatFunction = (inputs: Traced[]) => Traced[];

export interface BackendOptions {
  /** Names the program in errors and profiles. */
  readonly name: string;
  /** Threads inside one operation. Small networks are fastest on one. */
  readonly threads: number;
}

/** A program for one set of shapes, loaded. */
export interface Executable {
  run(inputs: readonly Tensor[]): Awaitable<Tensor[]>;
  dispose(): void;
}

export interface Backend {
  readonly name: string;
  load(fn: FlatFunction, inputs: readonly TensorType[], options: BackendOptions): Promise<Executable>;
}
