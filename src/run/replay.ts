/** MemoryReplay: what happened, in columns of typed arrays, growing without end or as a ring that forgets the oldest. */
import { demand, InputError } from '../core/errors.ts';
import type { Batch, Replay, SequenceBatch, StretchBatch } from '../core/replay.ts';
import type { Rng } from '../core/rng.ts';
import type { Saved, SavedArray } from '../core/saved.ts';
import { type Box, type Element, elementSize, type Space, writeElement } from '../core/spaces.ts';
import { layoutOf, ObservationColumn, type ObservationLayout } from './observations.ts';

/** One step of an episode, as it is added. */
export interface Row<A extends Space = Space> {
  readonly observation: Float32Array;
  readonly action: Element<A>;
  readonly reward: number;
  readonly nextObservation: Float32Array;
  /** Of the state stepped into: 0 at the end of the episode. */
  readonly discount: number;
  /** Where the world reports costs. */
  readonly cost?: number;
}

export interface MemoryReplayOptions<A extends Space = Space> {
  readonly observation: Box;
  readonly action: A;
  /** Rows kept; the oldest is forgotten for the newest. Default: all. */
  readonly capacity?: number;
}

/** Rows of one episode, counted as `added` counts them. */
interface Span {
  readonly start: number;
  end: number; // exclusive
}

interface Columns {
  readonly observations: ObservationColumn; // [rows, D]
  readonly actions: Float32Array; // [rows, E]
  readonly rewards: Float32Array; // [rows]
  readonly nextObservations: ObservationColumn; // [rows, D]
  readonly discounts: Float32Array; // [rows]
  readonly costs: Float32Array; // [rows] 0 where none was reported
  readonly first: Uint8Array; // [rows] 1 where an episode begins
}

/** The columns of a {@link Batch}: what was seen, and numbers. */
const SEEN = ['observations', 'nextObservations'] as const;
const COPIED = ['actions', 'rewards', 'discounts', 'costs'] as const;
/** Rows that are allocated at first. */
const FIRST_ROWS = 256;

/** Holds rows in memory. Sequences never cross from one episode into the next. */
export class MemoryReplay<A extends Space = Space> implements Replay {
  private readonly action: A;
  private readonly capacity: number;
  private readonly widths: Readonly<Record<(typeof COPIED)[number], number>>;
  private readonly layout: ObservationLayout;
  private columns: Columns;
  private count = 0;
  /** Oldest first; the last one may still be running. */
  private spans: Span[] = [];
  private running = false;
  /** Whether any row had a cost. */
  private reportsCosts = false;

  constructor({ observation, action, capacity = Number.POSITIVE_INFINITY }: MemoryReplayOptions<A>) {
    demand(
      capacity === Number.POSITIVE_INFINITY || (Number.isInteger(capacity) && capacity >= 1),
      () => `replay: capacity must be a positive integer, got ${capacity}. Leave it out to keep everything.`,
    );
    this.layout = layoutOf(observation);
    this.action = action;
    this.capacity = capacity;
    this.widths = {
      actions: elementSize(action),
      rewards: 1,
      discounts: 1,
      costs: 1,
    };
    this.columns = this.allocate(Math.min(capacity, FIRST_ROWS));
  }

  get size(): number {
    return Math.min(this.count, this.capacity);
  }

  get added(): number {
    return this.count;
  }

  /** Adds a row. The first one, and the first after an end, begin an episode; discount 0 ends it. */
  add(row: Row<A>): void {
    const { widths, layout } = this;
    for (const part of ['observation', 'nextObservation'] as const) {
      demand(
        row[part].length === layout.D,
        () => `replay: ${part} must have ${layout.D} elements, got ${row[part].length}.`,
      );
    }
    if (this.count < this.capacity) this.reserve(this.count + 1);
    const at = this.count % this.capacity;
    const { columns } = this;
    columns.observations.write(at, row.observation);
    columns.nextObservations.write(at, row.nextObservation);
    writeElement(this.action, row.action, columns.actions, at * widths.actions);
    columns.rewards[at] = row.reward;
    columns.discounts[at] = row.discount;
    columns.costs[at] = row.cost ?? 0;
    this.reportsCosts ||= row.cost !== undefined;
    columns.first[at] = this.running ? 0 : 1;
    if (!this.running) this.spans.push({ start: this.count, end: this.count });
    this.count++;
    this.spans[this.spans.length - 1].end = this.count;
    this.running = row.discount !== 0;
    while (this.spans[0].end <= this.oldest) this.spans.shift();
  }

  /** The running episode was cut off: its last row keeps its discount, and the next row begins another episode. */
  endEpisode(): void {
    this.running = false;
  }

  sample(B: number, rng: Rng): Batch {
    demand(
      this.size > 0,
      () => `replay: sample must have rows to draw from, got an empty replay. Add rows first.`,
    );
    return this.gather(Array.from({ length: B }, () => this.oldest + rng.integer(this.size)));
  }

  sampleSequences(B: number, T: number, rng: Rng): SequenceBatch {
    demand(Number.isInteger(T) && T >= 1, () => `replay: T must be a positive integer, got ${T}.`);
    const before: number[] = []; // how many sequences begin in earlier episodes
    let total = 0;
    for (const span of this.spans) {
      before.push(total);
      total += Math.max(0, this.heldLength(span) - T + 1);
    }
    if (total === 0) {
      const longest = this.spans.reduce((most, span) => Math.max(most, this.heldLength(span)), 0);
      throw new InputError(
        `replay: sequences of ${T} rows must fit an episode, got episodes of ${longest} at most. ` +
          'Ask for shorter sequences, or wait for longer episodes.',
      );
    }
    const rows: number[] = [];
    for (let b = 0; b < B; b++) {
      const drawn = rng.integer(total);
      const episode = lastAtMost(before, drawn);
      const start = Math.max(this.spans[episode].start, this.oldest) + drawn - before[episode];
      for (let t = 0; t < T; t++) rows.push(start + t);
    }
    const first = Uint8Array.from(rows, (row) => this.columns.first[row % this.capacity]);
    return { ...this.gather(rows), B, T, first };
  }

  sampleStretches(B: number, T: number, rng: Rng): StretchBatch {
    demand(Number.isInteger(T) && T >= 1, () => `replay: T must be a positive integer, got ${T}.`);
    const before: number[] = []; // moments of earlier episodes
    let total = 0;
    for (const span of this.spans) {
      before.push(total);
      total += this.heldLength(span) + 1;
    }
    demand(
      total >= T,
      () =>
        `replay: stretches of ${T} moments must fit what is held, got ${total} moments. Ask for shorter stretches, or add rows first.`,
    );
    const {
      columns,
      capacity,
      widths: { actions: A },
      layout: { D },
    } = this;
    const out = {
      observations: new Float32Array(B * T * D),
      actions: new Float32Array(B * T * A),
      rewards: new Float32Array(B * T),
      discounts: new Float32Array(B * T),
      first: new Uint8Array(B * T),
      last: new Uint8Array(B * T),
    };
    for (let b = 0; b < B; b++) {
      const start = rng.integer(total - T + 1);
      let episode = lastAtMost(before, start);
      for (let t = 0; t < T; t++) {
        const span = this.spans[episode];
        const length = this.heldLength(span);
        const moment = start + t - before[episode]; // 0 .. length
        const to = b * T + t;
        const row = span.end - length + moment; // the one that this moment begins
        const led = (row - 1) % capacity; // and the one that led here
        if (moment < length) columns.observations.read(row % capacity, out.observations, to * D);
        else columns.nextObservations.read(led, out.observations, to * D);
        if (moment > 0) {
          copy(columns.actions, led, out.actions, to, A);
          out.rewards[to] = columns.rewards[led];
        }
        out.discounts[to] = moment > 0 ? columns.discounts[led] : 1;
        out.first[to] = moment === 0 ? 1 : 0;
        out.last[to] = moment === length ? 1 : 0;
        if (moment === length) episode++;
      }
    }
    return { B, T, ...out };
  }

  all(): Batch {
    return this.gather(this.everyRow());
  }

  /** Everything held, oldest first. */
  save(): Saved {
    const rows = this.everyRow();
    const slots = rows.map((row) => row % this.capacity);
    const seen = (name: (typeof SEEN)[number]) => this.columns[name].save(name, slots);
    const numbers = (name: (typeof COPIED)[number]) => ({
      [name]: { shape: [this.size, this.widths[name]], data: this.pick(name, rows) },
    });
    // in the order that a Batch names them
    const arrays: Record<string, SavedArray> = {
      ...seen('observations'),
      ...numbers('actions'),
      ...numbers('rewards'),
      ...seen('nextObservations'),
      ...numbers('discounts'),
      ...(this.reportsCosts && numbers('costs')),
    };
    const starts = Float64Array.from(this.spans, (span) => span.start);
    return {
      arrays: { ...arrays, starts: { shape: [starts.length], data: starts } },
      facts: { added: this.count, running: this.running },
    };
  }

  /**
   * Takes the place of everything held.
   * @throws InputError when the rows saved are of another shape or more than the capacity
   */
  load({ arrays, facts }: Saved): void {
    const added = facts.added as number;
    const size = Math.min(added, this.capacity);
    const columns = this.allocate(Math.max(size, Math.min(this.capacity, FIRST_ROWS)));
    // a ring's slots follow from the count, so that the next row overwrites the oldest
    const oldest = added - size;
    const reportsCosts = arrays.costs !== undefined;
    const slots = Array.from({ length: size }, (_, i) => (oldest + i) % this.capacity);
    for (const name of SEEN) columns[name].load(name, slots, arrays);
    for (const name of COPIED) {
      if (name === 'costs' && !reportsCosts) continue;
      const width = this.widths[name];
      const saved = arrays[name];
      demand(
        saved !== undefined && saved.data.length === size * width,
        () =>
          `replay: saved ${name} must be [${size}, ${width}], got ${saved ? `[${saved.shape}]` : 'none'}. ` +
          'The checkpoint belongs to another world or another capacity.',
      );
      for (let i = 0; i < size; i++) {
        columns[name].set(
          saved.data.subarray(i * width, (i + 1) * width),
          ((oldest + i) % this.capacity) * width,
        );
      }
    }
    const starts = Array.from(arrays.starts.data);
    this.spans = starts.map((start, i) => ({ start, end: starts[i + 1] ?? added }));
    for (const start of starts) if (start >= oldest) columns.first[start % this.capacity] = 1;
    this.columns = columns;
    this.count = added;
    this.running = facts.running as boolean;
    this.reportsCosts = reportsCosts;
  }

  /** The count at which the oldest row held was added. */
  private get oldest(): number {
    return this.count - this.size;
  }

  /** Oldest first, counted as `added` counts them. */
  private everyRow(): number[] {
    return Array.from({ length: this.size }, (_, i) => this.oldest + i);
  }

  private heldLength(span: Span): number {
    return span.end - Math.max(span.start, this.oldest);
  }

  private allocate(rows: number): Columns {
    const { widths, layout } = this;
    return {
      observations: new ObservationColumn(layout, rows),
      actions: new Float32Array(rows * widths.actions),
      rewards: new Float32Array(rows),
      nextObservations: new ObservationColumn(layout, rows),
      discounts: new Float32Array(rows),
      costs: new Float32Array(rows),
      first: new Uint8Array(rows),
    };
  }

  private reserve(rows: number): void {
    const held = this.columns.rewards.length;
    if (rows <= held) return;
    const larger = this.allocate(Math.min(this.capacity, Math.max(rows, held * 2)));
    for (const name of SEEN) larger[name].take(this.columns[name]);
    for (const name of COPIED) larger[name].set(this.columns[name]);
    larger.first.set(this.columns.first);
    this.columns = larger;
  }

  /** Copies rows, counted as `added` counts them. */
  private gather(rows: readonly number[]): Batch {
    const { D } = this.layout;
    const seen = (name: (typeof SEEN)[number]) => {
      const out = new Float32Array(rows.length * D);
      const column = this.columns[name];
      for (let i = 0; i < rows.length; i++) column.read(rows[i] % this.capacity, out, i * D);
      return out;
    };
    return {
      observations: seen('observations'),
      actions: this.pick('actions', rows),
      rewards: this.pick('rewards', rows),
      nextObservations: seen('nextObservations'),
      discounts: this.pick('discounts', rows),
      ...(this.reportsCosts && { costs: this.pick('costs', rows) }),
    };
  }

  private pick(name: (typeof COPIED)[number], rows: readonly number[]): Float32Array {
    const width = this.widths[name];
    const from = this.columns[name];
    const out = new Float32Array(rows.length * width);
    for (let i = 0; i < rows.length; i++) copy(from, rows[i] % this.capacity, out, i, width);
    return out;
  }
}

/** Copies a row of `width` numbers from one column to another. */
function copy(from: Float32Array, row: number, to: Float32Array, toRow: number, width: number): void {
  for (let i = 0; i < width; i++) to[toRow * width + i] = from[row * width + i];
}

/** The index of the last of ascending numbers that is at most `limit`. */
function lastAtMost(ascending: readonly number[], limit: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (ascending[middle] <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}
