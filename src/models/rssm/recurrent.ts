/**
 * The recurrent core: how the deterministic state moves on, h' = f(h, z, a).
 *
 * Hafner et al., Mastering Diverse Domains through World Models (2023), "World model learning" and "Model sizes": a gated
 * recurrent unit with block-diagonal weights, root mean square normalisation and SiLU; the layout of its published program.
 *
 * Each of h, z and a first meets a layer of its own. The layer that follows sees all of what z and a became, and of h only
 * a block: a block-diagonal product of h and a plain one of the rest, summed.
 * Shapes: B rows, H numbers in h, Z in z, F in an action.
 */
import { numpy as np } from '@jax-js/jax';
import type { Rng } from '../../core/rng.ts';
import type { Traced, TracedTree } from '../../engine/tree.ts';
import {
  type BlockDenseParams,
  blockDense,
  type DenseParams,
  dense,
  type MlpParams,
  mlp,
  type NormParams,
  rmsNorm,
  sigmoid,
  silu,
  tanh,
} from '../../nn/index.ts';

export interface CoreParams {
  deterministic: MlpParams; // [H, hidden]
  stochastic: MlpParams; // [Z, hidden]
  action: MlpParams; // [F, hidden]
  mixed: DenseParams; // [3 hidden, H]
  block: BlockDenseParams; // [G, H / G, H / G]
  norm: NormParams; // [H]
  gates: BlockDenseParams; // [G, H / G, 3 H / G]: reset, candidate, update
}

export interface CoreShape {
  readonly deterministic: number; // H
  readonly stochastic: number; // Z
  readonly action: number; // F
  readonly hidden: number;
  readonly blocks: number; // G
  readonly epsilon: number;
}

export function recurrentCore({
  deterministic: H,
  stochastic: Z,
  action: F,
  hidden,
  blocks: G,
  epsilon,
}: CoreShape) {
  const layerOf = (inputs: number) =>
    mlp({ sizes: [inputs, hidden], norm: 'rms', epsilon, activateOutput: true });
  const own = { deterministic: layerOf(H), stochastic: layerOf(Z), action: layerOf(F) };
  const mixed = dense({ inputs: 3 * hidden, outputs: H, bias: false });
  const block = blockDense({ inputs: H, outputs: H, blocks: G });
  const norm = rmsNorm({ size: H, epsilon });
  const gates = blockDense({ inputs: H, outputs: 3 * H, blocks: G });
  return {
    init: (rng: Rng): CoreParams => ({
      deterministic: own.deterministic.init(rng),
      stochastic: own.stochastic.init(rng),
      action: own.action.init(rng),
      mixed: mixed.init(rng),
      block: block.init(rng),
      norm: norm.init(rng),
      gates: gates.init(rng),
    }),
    /** What actions [..., F] become: it needs no state, and can be had for all steps at once. [..., hidden] */
    prepare: (params: TracedTree<CoreParams>, actions: Traced): Traced =>
      own.action.apply(params.action, actions),
    /** h' [B, H] from h [B, H], z [B, Z] and a prepared action [B, hidden]. */
    step(params: TracedTree<CoreParams>, h: Traced, z: Traced, prepared: Traced): Traced {
      const parts = [
        own.deterministic.apply(params.deterministic, h),
        own.stochastic.apply(params.stochastic, z),
        prepared,
      ];
      const sum = mixed.apply(params.mixed, np.concatenate(parts, -1)).add(block.apply(params.block, h));
      const B = h.shape[0];
      // a block's outputs lie together, the three gates one after another
      const out = gates.apply(params.gates, silu(norm.apply(params.norm, sum))).reshape([B, G, 3, H / G]);
      const gate = (i: number) => out.slice([], [], i).reshape([B, H]);
      const candidate = tanh(sigmoid(gate(0)).mul(gate(1)));
      const update = sigmoid(gate(2).sub(1));
      return h.add(update.mul(candidate.sub(h)));
    },
  };
}

export type RecurrentCore = ReturnType<typeof recurrentCore>;
