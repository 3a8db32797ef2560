/**
 * Normals over a sequence of actions, one a step and element, and how what was tried moves them: what CEM, iCEM and MPPI
 * search with.
 *
 * Botev, Kroese, Rubinstein, L'Ecuyer, The Cross-Entropy Method for Optimization (2013), algorithm 3.1 and
 * section 3.2 (smoothing). Bounds: Chua et al., Deep Reinforcement Learning in a Handful of Trials using Probabilistic
 * Dynamics Models (PETS, 2018), whose published program narrows the variance near them.
 */
import type { Rng } from '../../core/rng.ts';
import { type Box, clip } from '../../core/spaces.ts';
import { reachOf } from './candidates.ts';
import { fillColoured } from './coloured-noise.ts';

export class SequenceNormals {
  readonly space: Box;
  readonly mean: Float64Array; // [H, A]
  /** Standard deviations. */
  readonly spread: Float64Array; // [H, A]
  private readonly floor: Float64Array; // [A]

  /**
   * @param mean where to begin [H, A]; the middle of the space where not given
   * @param initialSpread standard deviation to begin with, in halves of the bounds' distance; one for all or one for each
   *   element of an action
   * @param minimumSpread what the standard deviation never falls below, in the same unit
   */
  constructor(
    space: Box,
    horizon: number,
    initialSpread: number | readonly number[],
    minimumSpread: number,
    mean?: ArrayLike<number>,
  ) {
    const { centre, half } = reachOf(space);
    const length = horizon * centre.length;
    this.space = space;
    this.floor = half.map((reach) => reach * minimumSpread);
    this.mean = Float64Array.from({ length }, (_, i) => mean?.[i] ?? centre[i % centre.length]);
    const spreads = half.map(
      (reach, a) => reach * (typeof initialSpread === 'number' ? initialSpread : initialSpread[a]),
    );
    this.spread = Float64Array.from({ length }, (_, i) => spreads[i % spreads.length]);
  }

  /** Draws normals and moves those outside onto the bounds. */
  sampleClipped(out: Float32Array /* [K, H, A] */, rng: Rng): void {
    const { mean, spread } = this;
    const { low, high } = this.space;
    const A = low.length;
    const noise = new Float64Array(mean.length); // [H, A]
    for (let from = 0; from < out.length; from += noise.length) {
      rng.fillNormal(noise);
      for (let i = 0; i < noise.length; i++) {
        const a = i % A;
        out[from + i] = Math.min(high[a], Math.max(low[a], mean[i] + spread[i] * noise[i]));
      }
    }
  }

  /**
   * Draws within the bounds as PETS does: normals cut off two standard deviations from the mean, where a standard
   * deviation is at most half the way from the mean to the nearer bound.
   */
  sampleTruncated(out: Float32Array /* [K, H, A] */, rng: Rng): void {
    const { mean, spread } = this;
    const { low, high } = this.space;
    const A = low.length;
    const scale = mean.map((m, i) => Math.min(spread[i], (m - low[i % A]) / 2, (high[i % A] - m) / 2));
    for (let from = 0; from < out.length; from += mean.length) {
      for (let i = 0; i < mean.length; i++) {
        const a = i % A;
        // two deviations reach the bound at most, but for rounding
        out[from + i] = Math.min(high[a], Math.max(low[a], mean[i] + scale[i] * truncatedNormal(rng)));
      }
    }
  }

  /** Draws mean + spread times coloured noise, and moves what is outside onto the bounds. */
  sampleColoured(out: Float32Array /* [K, H, A] */, matrix: Float64Array /* [H, M] */, rng: Rng): void {
    const { mean, spread } = this;
    const { low, high } = this.space;
    const A = low.length;
    const H = mean.length / A;
    const noise = new Float64Array(H); // [H]
    const white = new Float64Array(matrix.length / H); // [M]
    for (let from = 0; from < out.length; from += mean.length) {
      for (let a = 0; a < A; a++) {
        fillColoured(matrix, noise, white, rng);
        for (let h = 0; h < H; h++) {
          const i = h * A + a;
          out[from + i] = Math.min(high[a], Math.max(low[a], mean[i] + spread[i] * noise[h]));
        }
      }
    }
  }

  /**
   * Moves mean and variance to those of the elites: `momentum` of the old, the rest of the new.
   * The variance is the elites' mean squared distance from their mean.
   */
  fit(candidates: Float32Array /* [K, H, A] */, elites: Int32Array, momentum: number): void {
    const length = this.mean.length;
    for (let i = 0; i < length; i++) {
      let sum = 0;
      for (const k of elites) sum += candidates[k * length + i];
      const mean = sum / elites.length;
      let squares = 0;
      for (const k of elites) squares += (candidates[k * length + i] - mean) ** 2;
      const variance = momentum * this.spread[i] ** 2 + (1 - momentum) * (squares / elites.length);
      this.mean[i] = momentum * this.mean[i] + (1 - momentum) * mean;
      this.spread[i] = Math.max(this.floor[i % this.floor.length], Math.sqrt(variance));
    }
  }

  /**
   * Moves the mean to the weighted mean of the candidates, and the variance towards their weighted mean squared distance
   * from it: `adaptation` of the new, the rest of the old.
   * @param weights sum to 1 [K]
   */
  fitWeighted(candidates: Float32Array /* [K, H, A] */, weights: Float64Array, adaptation: number): void {
    const { mean, spread, floor } = this;
    const length = mean.length;
    mean.fill(0);
    for (let k = 0; k < weights.length; k++) {
      const [weight, from] = [weights[k], k * length];
      if (weight === 0) continue;
      for (let i = 0; i < length; i++) mean[i] += weight * candidates[from + i];
    }
    if (adaptation === 0) return;
    const squares = new Float64Array(length); // [H, A]
    for (let k = 0; k < weights.length; k++) {
      const [weight, from] = [weights[k], k * length];
      if (weight === 0) continue;
      for (let i = 0; i < length; i++) squares[i] += weight * (candidates[from + i] - mean[i]) ** 2;
    }
    for (let i = 0; i < length; i++) {
      const variance = (1 - adaptation) * spread[i] ** 2 + adaptation * squares[i];
      spread[i] = Math.max(floor[i % floor.length], Math.sqrt(variance));
    }
  }

  /** The mean as actions, inside the bounds. [H, A] */
  centre(): Float32Array {
    const A = this.space.low.length;
    const actions = Float32Array.from(this.mean);
    for (let i = 0; i < actions.length; i += A) clip(this.space, actions.subarray(i, i + A));
    return actions;
  }
}

/** A standard normal number, given that it lies in [-2, 2]; 1.05 draws each on average. */
export function truncatedNormal(rng: Rng): number {
  for (;;) {
    const x = rng.normal();
    if (x >= -2 && x <= 2) return x;
  }
}

/** A sequence one step later: the first action is gone, `last` stands at the end. */
export function shifted<T extends Float32Array | Float64Array>(sequence: T, last: ArrayLike<number>): T {
  const next = sequence.slice() as T;
  next.copyWithin(0, last.length);
  next.set(last, next.length - last.length);
  return next;
}
