/**
 * The recurrent core: how the deterministic state moves on, h' = f(h, z, a).
 *
 * `blocks`: Hafner et al., Mastering Diverse Domains through World Models (2023), "World model learning" and "Model sizes": a
 * gated recurrent unit with block-diagonal weights, root mean square normalisation and SiLU; the layout of its published
 * program. Each of h, z and a first meets a layer of its own. The layer that follows sees all of what z and a became, and of h
 * only a block: a block-diagonal product of h and a plain one of the rest, summed.
 * `gru`: Hafner et al., Learning Latent Dynamics for Planning from Pixels (2019), appendix A: a layer of z and a, then a
 * gated recurrent unit. `normalisedGru`: the same with layer normalisation, as Dreamer's second version has it.
 *
 * Shapes: B rows, H numbers in h, Z in z, F in an action.
 */
import { numpy as np } from '@jax-js/jax';
import type { Rng } from '../../core/rng.ts';
import type { Traced, TracedTree } from '../../engine/tree.ts';
import {
  type ActivationName,
  type BlockDenseParams,
  blockDense,
  type DenseParams,
  dense,
  type GruParams,
  gru,
  type MlpParams,
  mlp,
  type NormalisedGruParams,
  type NormParams,
  normalisedGru,
  rmsNorm,
  sigmoid,
  silu,
  tanh,
} from '../../nn/index.ts';

export interface BlockCoreParams {
  deterministic: MlpParams; // [H, hidden]
  stochastic: MlpParams; // [Z, hidden]
  action: MlpParams; // [F, hidden]
  mixed: DenseParams; // [3 hidden, H]
  block: BlockDenseParams; // [G, H / G, H / G]
  norm: NormParams; // [H]
  gates: BlockDenseParams; // [G, H / G, 3 H / G]: reset, candidate, update
}

export interface GruCoreParams {
  input: MlpParams; // [Z + F, hidden]
  cell: GruParams | NormalisedGruParams;
}

export type CoreParams = BlockCoreParams | GruCoreParams;

export interface CoreShape {
  readonly deterministic: number; // H
  readonly stochastic: number; // Z
  readonly action: number; // F
  readonly hidden: number;
  readonly epsilon: number;
}

export interface RecurrentCore<P = CoreParams> {
  init(rng: Rng): P;
  /** What actions [..., F] become: it needs no state, and can be had for all steps at once. */
  prepare(params: TracedTree<P>, actions: Traced): Traced;
  /** h' [B, H] from h [B, H], z [B, Z] and prepared actions [B, ...]. */
  step(params: TracedTree<P>, h: Traced, z: Traced, prepared: Traced): Traced;
}

export function blockCore(
  { deterministic: H, stochastic: Z, action: F, hidden, epsilon }: CoreShape,
  G: number,
): RecurrentCore<BlockCoreParams> {
  const layerOf = (inputs: number) =>
    mlp({ sizes: [inputs, hidden], norm: 'rms', epsilon, activateOutput: true });
  const own = { deterministic: layerOf(H), stochastic: layerOf(Z), action: layerOf(F) };
  const mixed = dense({ inputs: 3 * hidden, outputs: H, bias: false });
  const block = blockDense({ inputs: H, outputs: H, blocks: G });
  const norm = rmsNorm({ size: H, epsilon });
  const gates = blockDense({ inputs: H, outputs: 3 * H, blocks: G });
  return {
    init: (rng) => ({
      deterministic: own.deterministic.init(rng),
      stochastic: own.stochastic.init(rng),
      action: own.action.init(rng),
      mixed: mixed.init(rng),
      block: block.init(rng),
      norm: norm.init(rng),
      gates: gates.init(rng),
    }),
    prepare: (params, actions) => own.action.apply(params.action, actions),
    step(params, h, z, prepared) {
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

export function gruCore(
  { deterministic: H, stochastic: Z, action: F, hidden, epsilon }: CoreShape,
  { normalised, activation }: { readonly normalised: boolean; readonly activation: ActivationName },
): RecurrentCore<GruCoreParams> {
  const input = mlp({ sizes: [Z + F, hidden], activation, activateOutput: true });
  const cell = normalised
    ? normalisedGru({ inputs: hidden, units: H, epsilon })
    : gru({ inputs: hidden, units: H });
  return {
    init: (rng) => ({ input: input.init(rng), cell: cell.init(rng) }),
    prepare: (_params, actions) => actions,
    step: (params, h, z, actions) =>
      // the parameters are those of the cell that was chosen above
      cell.apply(params.cell as never, h, input.apply(params.input, np.concatenate([z, actions], -1))),
  };
}
