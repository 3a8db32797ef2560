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
 * How long units remember at first: Tallec and Ollivier, Can Recurrent Neural Networks Warp Time? (2018), section 2, chrono
 * initialisation.
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
  /** Steps that units remember at first: spread from 2 to this, or as published where null. */
  readonly memorySpan: number | null;
}

export interface RecurrentCore<P = CoreParams> {
  init(rng: Rng): P;
  /** What actions [..., F] become: it needs no state, and can be had for all steps at once. */
  prepare(params: TracedTree<P>, actions: Traced): Traced;
  /** h' [B, H] from h [B, H], z [B, Z] and prepared actions [B, ...]. */
  step(params: TracedTree<P>, h: Traced, z: Traced, prepared: Traced): Traced;
}

/** As published, here and in `normalisedGru`: at first each step replaces sigmoid(-1) = 0.27 of a unit. */
const UPDATE_BIAS = -1;

/**
 * First biases of gates that keep sigmoid of them: log(t - 1) for a t of each unit, uniform from 2 to `span`. At rest a step then
 * keeps 1 - 1 / t, which forgets in t steps. [units]
 */
function keepBiases(units: number, span: number, rng: Rng): Float32Array {
  return Float32Array.from({ length: units }, () => Math.log(1 + rng.uniform() * (span - 2)));
}

/** The same for gates that replace sigmoid of their bias and {@link UPDATE_BIAS}. [units] */
function updateBiases(units: number, span: number, rng: Rng): Float32Array {
  return keepBiases(units, span, rng).map((bias) => -bias - UPDATE_BIAS);
}

export function blockCore(
  { deterministic: H, stochastic: Z, action: F, hidden, epsilon, memorySpan }: CoreShape,
  G: number,
): RecurrentCore<BlockCoreParams> {
  const layerOf = (inputs: number) =>
    mlp({ sizes: [inputs, hidden], norm: 'rms', epsilon, activateOutput: true });
  const own = { deterministic: layerOf(H), stochastic: layerOf(Z), action: layerOf(F) };
  const mixed = dense({ inputs: 3 * hidden, outputs: H, bias: false });
  const block = blockDense({ inputs: H, outputs: H, blocks: G });
  const norm = rmsNorm({ size: H, epsilon });
  const gates = blockDense({ inputs: H, outputs: 3 * H, blocks: G });
  const size = H / G;
  return {
    init(rng) {
      const params = {
        deterministic: own.deterministic.init(rng),
        stochastic: own.stochastic.init(rng),
        action: own.action.init(rng),
        mixed: mixed.init(rng),
        block: block.init(rng),
        norm: norm.init(rng),
        gates: gates.init(rng),
      };
      if (memorySpan !== null) {
        const biases = updateBiases(H, memorySpan, rng);
        for (let g = 0; g < G; g++)
          params.gates.bias?.data.set(biases.slice(g * size, (g + 1) * size), (3 * g + 2) * size);
      }
      return params;
    },
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
      const out = gates.apply(params.gates, silu(norm.apply(params.norm, sum))).reshape([B, G, 3 * size]);
      const [reset, proposal, change] = np.split(out, 3, -1);
      const candidate = tanh(sigmoid(reset).mul(proposal));
      const update = sigmoid(change.add(UPDATE_BIAS));
      const before = h.reshape([B, G, size]);
      return before.add(update.mul(candidate.sub(before))).reshape([B, H]);
    },
  };
}

export function gruCore(
  { deterministic: H, stochastic: Z, action: F, hidden, epsilon, memorySpan }: CoreShape,
  { normalised, activation }: { readonly normalised: boolean; readonly activation: ActivationName },
): RecurrentCore<GruCoreParams> {
  const input = mlp({ sizes: [Z + F, hidden], activation, activateOutput: true });
  const cell = normalised
    ? normalisedGru({ inputs: hidden, units: H, epsilon })
    : gru({ inputs: hidden, units: H });
  return {
    init(rng) {
      const params = { input: input.init(rng), cell: cell.init(rng) };
      if (memorySpan !== null) {
        if ('norm' in params.cell) params.cell.norm.offset?.data.set(updateBiases(H, memorySpan, rng), 2 * H);
        else params.cell.input.bias?.data.set(keepBiases(H, memorySpan, rng), H);
      }
      return params;
    },
    prepare: (_params, actions) => actions,
    step: (params, h, z, actions) =>
      // the parameters are those of the cell that was chosen above
      cell.apply(params.cell as never, h, input.apply(params.input, np.concatenate([z, actions], -1))),
  };
}
