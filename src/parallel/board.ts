/**
 * The shared memory of one rollout: threads take shares of its candidates from it, one after another, until none is left.
 *
 * Whoever is faster takes more. No number depends on who took what, since candidates have nothing to do with one another.
 * Shapes: **K** candidates, **N** numbers in a candidate's actions (horizon x element size).
 */
import { Rng, type RngState } from '../core/rng.ts';
import type { Space } from '../core/spaces.ts';
import type { ExactModel } from '../models/index.ts';

/** A rollout to be done together. */
export interface Job {
  readonly memory: SharedArrayBuffer;
  readonly candidates: number; // K
  readonly horizon: number;
  /** Numbers in a candidate's actions. */
  readonly numbers: number;
  /** Candidates that are taken at once. */
  readonly share: number;
  readonly root: unknown;
  readonly rng: RngState;
}

const NEXT = 0; // the first candidate that nobody has taken
const STOPPED = 1;
const COSTS = 2; // whether the world has reported any
const DONE = 3; // [number of shares]

/** Bytes for a rollout. */
export function memoryFor(candidates: number, numbers: number): number {
  // there are never more shares than candidates
  return 4 * (DONE + candidates + candidates * numbers + 2 * candidates);
}

export class Board {
  readonly actions: Float32Array; // [K, N]
  readonly returns: Float32Array; // [K]
  readonly costs: Float32Array; // [K]
  private readonly control: Int32Array;
  private readonly job: Job;

  constructor(job: Job) {
    const { memory, candidates: K, numbers } = job;
    this.job = job;
    this.control = new Int32Array(memory, 0, DONE + K);
    let at = 4 * (DONE + K);
    const part = (size: number) => {
      const array = new Float32Array(memory, at, size);
      at += 4 * size;
      return array;
    };
    this.actions = part(K * numbers);
    this.returns = part(K);
    this.costs = part(K);
  }

  /** Before anybody takes a share. */
  lay(actions: Float32Array): void {
    this.control.fill(0);
    this.costs.fill(0);
    this.actions.set(actions);
  }

  get stopped(): boolean {
    return Atomics.load(this.control, STOPPED) === 1;
  }

  get hasCosts(): boolean {
    return Atomics.load(this.control, COSTS) === 1;
  }

  /** Nobody takes a share any more. */
  stop(): void {
    Atomics.store(this.control, STOPPED, 1);
  }

  /**
   * Takes shares and does them until none is left. Stops everybody where the world draws from its stream, as candidates
   * that share dice cannot be done apart, and where something goes wrong.
   * @returns how many candidates were done here
   */
  work(model: ExactModel<unknown, Space>): number {
    const { candidates, share } = this.job;
    let done = 0;
    try {
      while (!this.stopped) {
        const from = Atomics.add(this.control, NEXT, share);
        if (from >= candidates) break;
        done += this.do(model, from);
      }
    } catch {
      this.stop();
    }
    return done;
  }

  /** Does what was taken by somebody who can no longer do it. */
  finish(model: ExactModel<unknown, Space>): void {
    const { candidates, share } = this.job;
    for (let from = 0; from < candidates && !this.stopped; from += share)
      if (Atomics.load(this.control, DONE + from / share) === 0) this.do(model, from);
  }

  private do(model: ExactModel<unknown, Space>, from: number): number {
    const { candidates, horizon, numbers, share, root, rng } = this.job;
    const to = Math.min(candidates, from + share);
    const own = Rng.restore(rng);
    const found = model.rollout(root, this.actions.subarray(from * numbers, to * numbers), horizon, own);
    if (own.save().join() !== rng.join()) {
      this.stop();
      return 0;
    }
    this.returns.set(found.returns, from);
    if (found.costs) {
      this.costs.set(found.costs, from);
      Atomics.store(this.control, COSTS, 1);
    }
    Atomics.store(this.control, DONE + from / share, 1);
    return to - from;
  }
}
