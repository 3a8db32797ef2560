/** Networks of an ensemble that compute what a test writes down: linear functions, exact for small binary fractions. */
import type { SavedArray } from '../../src/core/saved.ts';
import { tensor } from '../../src/engine/tensor.ts';
import type { NetworkParams } from '../../src/models/ensemble/network.ts';
import { stack, toArrays, varianceBounds } from '../../src/nn/index.ts';

/** One member: outputs = inputs x weights + biases. */
export interface Linear {
  readonly weights: readonly (readonly number[])[]; // [inputs, outputs]
  readonly biases: readonly number[]; // [outputs]
}

/** From here on silu(x) = x in float32: 1 / (1 + e^-x) rounds to 1. */
const LIFT = 32;

/**
 * Members that are linear while every input lies within 10 of 0. They have one hidden layer, as wide as the inputs, that
 * lifts each input to where silu is the identity; the output's bias takes the lift away again.
 * @param T targets, each with a pair of variance bounds
 * @param lowest, highest bounds of all log variances
 */
export function linearMembers(
  members: readonly Linear[],
  T: number,
  lowest = -10,
  highest = 0.5,
): NetworkParams {
  return {
    layers: stack(
      members.map(({ weights, biases }) => {
        const inputs = weights.length;
        const outputs = biases.length;
        const identity = new Float32Array(inputs * inputs);
        for (let i = 0; i < inputs; i++) identity[i * inputs + i] = 1;
        const settled = biases.map((bias, o) => bias - LIFT * weights.reduce((sum, row) => sum + row[o], 0));
        return {
          layers: [
            {
              dense: {
                weight: tensor(identity, [inputs, inputs]),
                bias: tensor(new Float32Array(inputs).fill(LIFT)),
              },
            },
            {
              dense: {
                weight: tensor(Float32Array.from(weights.flat()), [inputs, outputs]),
                bias: tensor(Float32Array.from(settled)),
              },
            },
          ],
        };
      }),
    ),
    bounds: varianceBounds(T, lowest, highest),
  };
}

/** A row of zeros with some numbers set. */
export function sparse(length: number, entries: Readonly<Record<number, number>>): number[] {
  return Array.from({ length }, (_, i) => entries[i] ?? 0);
}

/** What an ensemble has saved, with its networks replaced. Its hidden layer must be as wide as its inputs. */
export function rig<S extends { readonly arrays: Readonly<Record<string, SavedArray>> }>(
  saved: S,
  params: NetworkParams,
): S {
  return { ...saved, arrays: { ...saved.arrays, ...toArrays(params, 'params') } };
}
