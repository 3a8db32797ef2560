/**
 * Matrix products and nothing else: the floor under any program that must do them.
 *
 * A benchmark lists the products that its mathematics asks for, in the largest pieces that the order of computation
 * allows; their time at the best number of threads is what the whole program's time is held against.
 */
import { numpy as np } from '@jax-js/jax';
import { compile, full, type Tensor, type Traced } from '../src/engine/index.ts';
import { type Timed, timed } from './measure.ts';

/** `count` times [batch, M, K] times [batch, K, N]. */
export interface Product {
  readonly count: number;
  readonly batch: number;
  readonly M: number;
  readonly K: number;
  readonly N: number;
}

/** What of a layer's derivative is needed: of its weights, of its inputs. */
export interface Derivatives {
  readonly weights: boolean;
  readonly inputs: boolean;
}

export interface LayerRun {
  /** Inputs, then the outputs of each layer. */
  readonly sizes: readonly number[];
  /** Rows that go through at a time. */
  readonly rows: number;
  /** Times that so many rows go through. Default 1. */
  readonly count?: number;
  /** Separate networks side by side, each with rows of its own. Default 1. */
  readonly batch?: number;
  /** Default: none. Without derivatives of inputs, those of the later layers' inputs are still needed. */
  readonly derivatives?: Derivatives;
}

/**
 * Products of dense layers in a row, and of their derivatives: dL/dX = dL/dY W^T for each run, dL/dW = X^T dL/dY over the
 * rows of all runs at once.
 */
export function productsOfLayers({
  sizes,
  rows,
  count = 1,
  batch = 1,
  derivatives = { weights: false, inputs: false },
}: LayerRun): Product[] {
  const products: Product[] = [];
  for (let layer = 1; layer < sizes.length; layer++) {
    const [I, O] = [sizes[layer - 1], sizes[layer]];
    products.push({ count, batch, M: rows, K: I, N: O });
    if (derivatives.inputs || (derivatives.weights && layer > 1))
      products.push({ count, batch, M: rows, K: O, N: I });
    if (derivatives.weights) products.push({ count: 1, batch, M: I, K: rows * count, N: O });
  }
  return products;
}

/** Multiplications, each with an addition. */
export function multiplications(products: readonly Product[]): number {
  return products.reduce((sum, { count, batch, M, K, N }) => sum + count * batch * M * K * N, 0);
}

/** A program that does these products, each on an input of its own, and keeps one number of each result. */
export async function timedProducts(products: readonly Product[], threads: number): Promise<Timed> {
  const lefts: Tensor[][] = []; // [product][count]: [batch, M, K]
  const rights: Tensor[] = []; // [product]: [batch, K, N]
  for (const { count, batch, M, K, N } of products) {
    // inputs of one kind share their numbers, so that they are as near to the processor as fresh results would be
    lefts.push(new Array<Tensor>(count).fill(full([batch, M, K], 0.01)));
    rights.push(full([batch, K, N], 0.01));
  }
  const program = compile(
    (left: Traced[][], right: Traced[]) => {
      const corners = left.flatMap((inputs, i) =>
        inputs.map((input) => np.matmul(input, right[i]).slice([0, 1], [0, 1], [0, 1]).reshape([1])),
      );
      return np.concatenate(corners, 0);
    },
    { name: 'matrix products', threads },
  );
  await program.prepare(lefts, rights);
  return timed(() => program(lefts, rights));
}
