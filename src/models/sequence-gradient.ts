/** Returns of sequences and their gradients in one program. Traced. */
import { numpy as np, valueAndGrad } from '@jax-js/jax';
import type { Traced } from '../engine/tree.ts';

/** The returns of K sequences and their gradients: no sequence's return depends on another's actions. Traced. */
export function gradientOf(
  returnsOf: (actions: Traced) => Traced,
  actions: Traced, // [K, H, A]
): { returns: Traced; gradients: Traced } {
  const summed = (u: Traced) => {
    const returns = returnsOf(u);
    return [np.sum(returns), returns] as [Traced, Traced];
  };
  const [[, returns], gradients] = valueAndGrad(summed, { hasAux: true })(actions) as unknown as [
    [Traced, Traced],
    Traced,
  ];
  return { returns, gradients };
}
