/** Gradients by finite differences: what traced gradients are tested against. */
import { grad, numpy as np } from '@jax-js/jax';
import { compile } from '../engine/compile.ts';
import { isTensor, sizeOf, type Tensor } from '../engine/tensor.ts';
import { flatten, type Traced, type TracedTree, type Tree, unflatten } from '../engine/tree.ts';

/**
 * The largest difference between a function's traced gradient and its finite differences, over every number of `at`,
 * relative to one plus the gradient. The function's outputs are first weighted unequally and summed.
 *
 * Differences are central, of fourth order: (8 (f(x + h) - f(x - h)) - (f(x + 2h) - f(x - 2h))) / 12h. In float32 they are
 * good to some 1e-4 where outputs are of size 1 and the function is smooth over 4h.
 *
 * @param at a tree of float32 tensors
 */
export async function gradientError<T>(f: (tree: TracedTree<T>) => Traced, at: T, h = 0.02): Promise<number> {
  const { leaves, structure } = flatten(at as Tree<Tensor>, isTensor);
  const weighted = (inputs: Traced[]): Traced => {
    const y = f(unflatten(structure, inputs) as TracedTree<T>);
    const weights = Float32Array.from({ length: sizeOf(y.shape) }, (_, i) => 0.75 + 0.5 * Math.cos(3 * i));
    return np.sum(y.mul(np.array(weights).reshape(y.shape)));
  };
  const value = compile((inputs: Traced[]) => weighted(inputs));
  const gradient = compile((inputs: Traced[]) => grad(weighted)(inputs) as Traced[]);
  const traced = await gradient(leaves);

  let worst = 0;
  for (let i = 0; i < leaves.length; i++) {
    for (let j = 0; j < leaves[i].data.length; j++) {
      const shifted = async (by: number): Promise<number> => {
        const data = leaves[i].data.slice();
        data[j] += by;
        const moved = { ...leaves[i], data } as Tensor;
        return (await value(leaves.with(i, moved))).data[0];
      };
      const near = (await shifted(h)) - (await shifted(-h));
      const far = (await shifted(2 * h)) - (await shifted(-2 * h));
      const expected = (8 * near - far) / (12 * h);
      const error = Math.abs(traced[i].data[j] - expected) / (1 + Math.abs(expected));
      worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error);
    }
  }
  value.dispose();
  gradient.dispose();
  return worst;
}
