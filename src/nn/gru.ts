/**
 * Gated recurrent cells: what a network remembers from step to step.
 *
 * Cho et al., Learning Phrase Representations using RNN Encoder-Decoder (2014), eq. 5-8, with the reset gate after
 * the recurrent product, so that both products are one each (as cuDNN has it); and the layer-normalised form of
 * PlaNet's and DreamerV3's published programs (Hafner et al. 2019, 2023): one product, one normalisation, the update gate
 * starting at sigmoid(-1).
 */
import { numpy as np } from '@jax-js/jax';
import { demand } from '../core/errors.ts';
import type { Traced } from '../engine/tree.ts';
import { sigmoid, tanh } from './activations.ts';
import { type DenseParams, dense, layerNorm, type NormParams, rmsNorm } from './dense.ts';
import { type Initialiser, lecunNormal } from './initialisers.ts';
import type { Layer } from './layer.ts';

export interface GruOptions {
  readonly inputs: number;
  readonly units: number;
  /** Default {@link lecunNormal}. */
  readonly initial?: Initialiser;
}

export interface GruParams {
  input: DenseParams; // [in, 3 units]: reset, update, candidate
  hidden: DenseParams; // [units, 3 units]
}

/** One step: hidden [..., units] and input [..., in] -> the next hidden [..., units]. */
export function gru({
  inputs,
  units,
  initial = lecunNormal,
}: GruOptions): Layer<GruParams, [hidden: Traced, x: Traced]> {
  const fromInput = dense({ inputs, outputs: 3 * units, initial });
  const fromHidden = dense({ inputs: units, outputs: 3 * units, initial });
  return {
    init: (rng) => ({ input: fromInput.init(rng), hidden: fromHidden.init(rng) }),
    apply: (params, hidden, x) => {
      const [resetX, updateX, candidateX] = thirds(fromInput.apply(params.input, x));
      const [resetH, updateH, candidateH] = thirds(fromHidden.apply(params.hidden, hidden));
      const reset = sigmoid(resetX.add(resetH));
      const update = sigmoid(updateX.add(updateH));
      const candidate = tanh(candidateX.add(reset.mul(candidateH)));
      return candidate.add(update.mul(hidden.sub(candidate)));
    },
  };
}

export interface NormalisedGruOptions extends GruOptions {
  /** Default `layer`. */
  readonly norm?: 'layer' | 'rms';
  /** Default 1e-5. */
  readonly epsilon?: number;
}

export interface NormalisedGruParams {
  product: DenseParams; // [in + units, 3 units]: reset, candidate, update
  norm: NormParams; // [3 units]
}

/** One step: hidden [..., units] and input [..., in] -> the next hidden [..., units]. */
export function normalisedGru({
  inputs,
  units,
  norm = 'layer',
  epsilon,
  initial = lecunNormal,
}: NormalisedGruOptions): Layer<NormalisedGruParams, [hidden: Traced, x: Traced]> {
  const product = dense({ inputs: inputs + units, outputs: 3 * units, bias: norm !== 'layer', initial });
  const normalise = (norm === 'layer' ? layerNorm : rmsNorm)({ size: 3 * units, epsilon });
  return {
    init: (rng) => ({ product: product.init(rng), norm: normalise.init(rng) }),
    apply: (params, hidden, x) => {
      demand(
        x.shape[x.ndim - 1] === inputs,
        () => `normalisedGru: the input's last axis must have ${inputs} numbers, got shape [${x.shape}].`,
      );
      const joined = product.apply(params.product, np.concatenate([x, hidden], -1));
      const [resetPart, candidatePart, updatePart] = thirds(normalise.apply(params.norm, joined));
      const candidate = tanh(sigmoid(resetPart).mul(candidatePart));
      const update = sigmoid(updatePart.sub(1));
      return hidden.add(update.mul(candidate.sub(hidden)));
    },
  };
}

/** The last axis in three equal parts. */
function thirds(x: Traced): [Traced, Traced, Traced] {
  const [first, second, third] = np.split(x, 3, -1);
  return [first, second, third];
}
