/**
 * The newest positions of self-play, with what the search thought of them and how their games ended.
 *
 * Shapes: N places, D numbers an observation, n actions, B rows a batch.
 */

import type { Symmetry } from '../../core/environment.ts';
import { InputError } from '../../core/errors.ts';
import type { Rng } from '../../core/rng.ts';
import type { Saved } from '../../core/saved.ts';

/** A position that was searched in full. */
export interface Position {
  readonly observation: Float32Array; // [D]
  /** The search's shares of visits. [n] */
  readonly policy: Float32Array; // [n]
  /** What it came to, as the player to move counted. */
  readonly value: number;
}

export interface PositionBatch {
  readonly observations: Float32Array; // [B, D]
  readonly policies: Float32Array; // [B, n]
  readonly values: Float32Array; // [B]
}

export class Window {
  /** Positions ever added. */
  added = 0;
  private readonly observations: Float32Array; // [N, D]
  private readonly policies: Float32Array; // [N, n]
  private readonly values: Float32Array; // [N]
  private readonly D: number;
  private readonly n: number;

  constructor(places: number, D: number, n: number) {
    this.D = D;
    this.n = n;
    this.observations = new Float32Array(places * D);
    this.policies = new Float32Array(places * n);
    this.values = new Float32Array(places);
  }

  get size(): number {
    return Math.min(this.added, this.values.length);
  }

  /** The oldest gives way where there is no place left. */
  add({ observation, policy, value }: Position): void {
    const at = this.added % this.values.length;
    this.observations.set(observation, at * this.D);
    this.policies.set(policy, at * this.n);
    this.values[at] = value;
    this.added++;
  }

  /** B positions, each as likely, each under a symmetry as likely as any other or none. */
  sample(B: number, symmetries: readonly Symmetry[], rng: Rng): PositionBatch {
    const { D, n, size } = this;
    const batch = {
      observations: new Float32Array(B * D),
      policies: new Float32Array(B * n),
      values: new Float32Array(B),
    };
    for (let b = 0; b < B; b++) {
      const at = rng.integer(size);
      const observation = this.observations.subarray(at * D, (at + 1) * D);
      const policy = this.policies.subarray(at * n, (at + 1) * n);
      const turn = symmetries.length === 0 ? 0 : rng.integer(symmetries.length + 1);
      if (turn === 0) {
        batch.observations.set(observation, b * D);
        batch.policies.set(policy, b * n);
      } else {
        const { observation: places, actions } = symmetries[turn - 1];
        for (let i = 0; i < D; i++) batch.observations[b * D + places[i]] = observation[i];
        for (let a = 0; a < n; a++) batch.policies[b * n + actions[a]] = policy[a];
      }
      batch.values[b] = this.values[at];
    }
    return batch;
  }

  save(): Saved {
    const { D, n, size } = this;
    return {
      arrays: {
        observations: { shape: [size, D], data: this.observations.slice(0, size * D) },
        policies: { shape: [size, n], data: this.policies.slice(0, size * n) },
        values: { shape: [size], data: this.values.slice(0, size) },
      },
      facts: { added: this.added },
    };
  }

  load({ arrays, facts }: Saved): void {
    const { observations, policies, values } = arrays;
    const { added } = facts as { added: number };
    const size = Math.min(added, this.values.length);
    if (values?.shape[0] !== size || observations?.shape[1] !== this.D || policies?.shape[1] !== this.n)
      throw new InputError(
        `alphazero: the window saved must hold ${size} positions of ${this.D} numbers and ${this.n} actions, got ${values?.shape[0]} of ${observations?.shape[1]} and ${policies?.shape[1]}. Restore with the options it was saved with.`,
      );
    this.observations.set(observations.data as Float32Array);
    this.policies.set(policies.data as Float32Array);
    this.values.set(values.data as Float32Array);
    this.added = added;
  }
}
