/**
 * Branches: short imagined episodes that begin where the agent has really been, and what is kept of them.
 *
 * Janner et al., When to Trust Your Model (2019), algorithm 2, lines 6-8, and section 4.
 */
import { demand, demandFinite } from '../../core/errors.ts';
import type { Batch } from '../../core/replay.ts';
import type { Rng } from '../../core/rng.ts';
import type { Saved } from '../../core/saved.ts';
import type { Imagined } from '../../models/ensemble/index.ts';

/** The columns of a {@link Batch}. */
const COLUMNS = ['observations', 'actions', 'rewards', 'nextObservations', 'discounts'] as const;

/** The length of branches begun after `step` environment steps: see the schedule in options.ts. */
export function branchLength(step: number, [first, last, from, to]: readonly number[]): number {
  const share = Math.min(1, Math.max(0, (step - first) / (last - first)));
  // the small number mends sums such as 1 + 0.7 * 10
  return Math.floor(from + share * (to - from) + 1e-9);
}

/** Columns one after another. */
export function joined(batches: readonly Batch[]): Batch {
  const column = (name: (typeof COLUMNS)[number]) => {
    const out = new Float32Array(batches.reduce((sum, batch) => sum + batch[name].length, 0));
    let at = 0;
    for (const batch of batches) {
      out.set(batch[name], at);
      at += batch[name].length;
    }
    return out;
  };
  return Object.fromEntries(COLUMNS.map((name) => [name, column(name)])) as unknown as Batch;
}

export interface BranchOptions {
  /** Steps of a branch, k, unless it ends. */
  readonly length: number;
  /** Numbers in an observation. */
  readonly D: number;
  /** Actions [N, A] at observations [N, D]. */
  act(observations: Float32Array): Promise<Float32Array>;
  step(observations: Float32Array, actions: Float32Array): Promise<Imagined>;
}

/** All transitions of branches that begin at observations [N, D], one step of all at a time. A branch stops at its end. */
export async function branch(starts: Float32Array, { length, D, act, step }: BranchOptions): Promise<Batch> {
  const rows: Batch[] = [];
  let observations = starts;
  for (let k = 0; k < length && observations.length > 0; k++) {
    const actions = await act(observations);
    const imagined = await step(observations, actions);
    demandFinite(imagined.nextObservations, `imagined observations, step ${k + 1} of a branch`);
    demandFinite(imagined.rewards, `imagined rewards, step ${k + 1} of a branch`);
    rows.push({ observations, actions, ...imagined });
    const { nextObservations, discounts } = imagined;
    // a learned ending is never quite certain
    const goesOn = Array.from(discounts.keys()).filter((n) => discounts[n] >= 0.5);
    observations = new Float32Array(goesOn.length * D);
    goesOn.forEach((n, i) => {
      observations.set(nextObservations.subarray(n * D, (n + 1) * D), i * D);
    });
  }
  return joined(rows);
}

/** What was imagined after the last few trainings. */
export class ImaginedRows {
  private rounds: Batch[] = []; // oldest first
  private readonly D: number;
  private readonly A: number;
  private readonly retain: number;

  /** @param retain rounds that are kept */
  constructor({ D, A, retain }: { D: number; A: number; retain: number }) {
    this.D = D;
    this.A = A;
    this.retain = retain;
  }

  get size(): number {
    return this.rounds.reduce((sum, { rewards }) => sum + rewards.length, 0);
  }

  /** Adds a round, and forgets the oldest where there are more than are kept. */
  add(round: Batch): void {
    this.rounds.push(round);
    while (this.rounds.length > this.retain) this.rounds.shift();
  }

  /** `count` transitions, uniformly over all rounds, with replacement. */
  sample(count: number, rng: Rng): Batch {
    const { D, A, size } = this;
    const out = this.empty(count);
    for (let i = 0; i < count; i++) {
      let row = rng.integer(size);
      let r = 0;
      while (row >= this.rounds[r].rewards.length) row -= this.rounds[r++].rewards.length;
      const round = this.rounds[r];
      for (let k = 0; k < D; k++) {
        out.observations[i * D + k] = round.observations[row * D + k];
        out.nextObservations[i * D + k] = round.nextObservations[row * D + k];
      }
      for (let k = 0; k < A; k++) out.actions[i * A + k] = round.actions[row * A + k];
      out.rewards[i] = round.rewards[row];
      out.discounts[i] = round.discounts[row];
    }
    return out;
  }

  save(): Saved {
    const rows = joined(this.rounds);
    const { size } = this;
    return {
      arrays: Object.fromEntries(
        COLUMNS.map((name) => [name, { shape: [size, this.width(name)], data: rows[name] }]),
      ),
      facts: { rounds: this.rounds.map(({ rewards }) => rewards.length) },
    };
  }

  /** @throws InputError when what was saved does not fit */
  load({ arrays, facts }: Saved): void {
    const sizes = facts.rounds as readonly number[];
    const total = (sizes ?? []).reduce((sum, size) => sum + size, 0);
    for (const name of COLUMNS) {
      const width = this.width(name);
      demand(
        arrays[name]?.data.length === total * width,
        () =>
          `imagined rows: saved ${name} must be [${total}, ${width}], got ${arrays[name] ? `[${arrays[name].shape}]` : 'none'}. Restore with the world and options they were saved with.`,
      );
    }
    let from = 0;
    this.rounds = sizes.map((size) => {
      const columns = COLUMNS.map((name) => {
        const width = this.width(name);
        return [name, arrays[name].data.slice(from * width, (from + size) * width)];
      });
      from += size;
      return Object.fromEntries(columns) as Batch;
    });
  }

  private width(name: (typeof COLUMNS)[number]): number {
    if (name === 'actions') return this.A;
    return name === 'rewards' || name === 'discounts' ? 1 : this.D;
  }

  private empty(rows: number): Batch {
    const columns = COLUMNS.map((name) => [name, new Float32Array(rows * this.width(name))]);
    return Object.fromEntries(columns) as Batch;
  }
}
