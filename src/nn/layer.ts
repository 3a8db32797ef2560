/** Layer: parameters made from a random stream, and a traced function of them. */
import type { Rng } from '../core/rng.ts';
import type { Traced, TracedTree } from '../engine/tree.ts';

/**
 * A piece of a network. `P` is a tree of tensors; `apply` sees it traced.
 * @example
 * const layer = dense({ inputs: 3, outputs: 2 });
 * const params = layer.init(Rng.from(1));
 * const program = compile((params: TracedTree<DenseParams>, x: Traced) => layer.apply(params, x));
 */
export interface Layer<P, Inputs extends readonly Traced[] = [x: Traced]> {
  /** Fresh parameters. Draws from `rng` itself, so two layers made from one stream differ. */
  init(rng: Rng): P;
  /** Pure, and only for use inside a traced function. */
  apply(params: TracedTree<P>, ...inputs: Inputs): Traced;
}
