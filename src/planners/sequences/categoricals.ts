/**
 * Categorical distributions over a sequence of discrete actions, one a step, and how elites move them.
 *
 * Botev, Kroese, Rubinstein, L'Ecuyer, The Cross-Entropy Method for Optimization (2013), section 3.1: the new
 * probability of an action is the share of elites that take it.
 */
import type { Rng } from '../../core/rng.ts';

export class SequenceCategoricals {
  readonly n: number;
  readonly probabilities: Float64Array; // [H, n]
  private readonly floor: number;

  /**
   * @param initialSpread share of the uniform distribution mixed into `probabilities` to begin with
   * @param minimumSpread share of it that always stays mixed in
   * @param probabilities where to begin [H, n]; uniform where not given
   */
  constructor(
    n: number,
    horizon: number,
    initialSpread: number,
    minimumSpread: number,
    probabilities?: ArrayLike<number>,
  ) {
    this.n = n;
    this.floor = minimumSpread / n;
    this.probabilities = Float64Array.from({ length: horizon * n }, (_, i) =>
      probabilities ? (1 - initialSpread) * probabilities[i] + initialSpread / n : 1 / n,
    );
  }

  /** Draws sequences, by one uniform number an action (inverse of the cumulative distribution). */
  sample(out: Float32Array /* [K, H] */, rng: Rng): void {
    const { n, probabilities } = this;
    const H = probabilities.length / n;
    for (let i = 0; i < out.length; i++) {
      const row = (i % H) * n;
      let left = rng.uniform();
      let action = 0;
      while (action < n - 1 && left >= probabilities[row + action]) left -= probabilities[row + action++];
      out[i] = action;
    }
  }

  /** Moves the probabilities to the elites' shares: `momentum` of the old, the rest of the new. */
  fit(candidates: Float32Array /* [K, H] */, elites: Int32Array, momentum: number): void {
    const { n, probabilities } = this;
    const H = probabilities.length / n;
    for (let i = 0; i < probabilities.length; i++) probabilities[i] *= momentum;
    const vote = (1 - momentum) / elites.length;
    for (const k of elites) {
      for (let h = 0; h < H; h++) probabilities[h * n + candidates[k * H + h]] += vote;
    }
    for (let i = 0; i < probabilities.length; i++) {
      probabilities[i] = probabilities[i] * (1 - this.floor * n) + this.floor;
    }
  }

  /** The likeliest action of each step; among equals the lowest. [H] */
  centre(): Float32Array {
    const { n, probabilities } = this;
    const actions = new Float32Array(probabilities.length / n);
    for (let h = 0; h < actions.length; h++) {
      for (let a = 1; a < n; a++) {
        if (probabilities[h * n + a] > probabilities[h * n + actions[h]]) actions[h] = a;
      }
    }
    return actions;
  }
}
