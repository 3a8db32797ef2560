/**
 * A column of observations: floats, and bytes where the space says that its numbers are k / levels, as in pictures. What is
 * read is what was written, to the bit.
 */
import { demand } from '../core/errors.ts';
import type { SavedArray } from '../core/saved.ts';
import { type Box, elementSize, partsOf } from '../core/spaces.ts';

/** Numbers of an observation that lie together in one of the two arrays. */
interface Segment {
  readonly offset: number; // in an observation
  readonly size: number;
  readonly at: number; // in a row of the array
  /** What a byte stands for; absent among floats. [levels + 1] */
  readonly values?: Float32Array;
}

/** Where the numbers of an observation are kept. */
export interface ObservationLayout {
  readonly D: number;
  readonly floats: number; // a row
  readonly bytes: number; // a row
  readonly segments: readonly Segment[];
}

export function layoutOf(space: Box): ObservationLayout {
  let [floats, bytes] = [0, 0];
  const segments = partsOf(space).map(({ space: part, offset }): Segment => {
    const size = elementSize(part);
    const { levels } = part;
    if (levels === undefined) {
      floats += size;
      return { offset, size, at: floats - size };
    }
    demand(
      Number.isInteger(levels) && levels >= 1 && levels <= 255,
      () => `replay: levels of an observation must be an integer from 1 to 255, got ${levels}.`,
    );
    bytes += size;
    return {
      offset,
      size,
      at: bytes - size,
      values: Float32Array.from({ length: levels + 1 }, (_, k) => k / levels),
    };
  });
  return { D: elementSize(space), floats, bytes, segments };
}

export class ObservationColumn {
  private readonly floats: Float32Array; // [rows, layout.floats]
  private readonly bytes: Uint8Array; // [rows, layout.bytes]

  constructor(
    private readonly layout: ObservationLayout,
    rows: number,
  ) {
    this.floats = new Float32Array(rows * layout.floats);
    this.bytes = new Uint8Array(rows * layout.bytes);
  }

  /** @throws InputError where a number is none of those that its space allows */
  write(row: number, observation: Float32Array): void {
    const { layout, floats, bytes } = this;
    for (const { offset, size, at, values } of layout.segments) {
      if (!values) {
        const to = row * layout.floats + at;
        for (let i = 0; i < size; i++) floats[to + i] = observation[offset + i];
        continue;
      }
      const levels = values.length - 1;
      const to = row * layout.bytes + at;
      for (let i = 0; i < size; i++) {
        const value = observation[offset + i];
        const k = Math.round(value * levels);
        if (values[k] !== value) {
          demand(
            false,
            () =>
              `replay: numbers of a picture must be k / ${levels}, got ${value} at element ${offset + i}.`,
          );
        }
        bytes[to + i] = k;
      }
    }
  }

  /** Writes D numbers at `out[offset ...]`. */
  read(row: number, out: Float32Array, to: number): void {
    const { layout, floats, bytes } = this;
    for (const { offset, size, at, values } of layout.segments) {
      if (values) {
        const from = row * layout.bytes + at;
        for (let i = 0; i < size; i++) out[to + offset + i] = values[bytes[from + i]];
      } else {
        const from = row * layout.floats + at;
        for (let i = 0; i < size; i++) out[to + offset + i] = floats[from + i];
      }
    }
  }

  /** Takes over the rows of a shorter one. */
  take(shorter: ObservationColumn): void {
    this.floats.set(shorter.floats);
    this.bytes.set(shorter.bytes);
  }

  /** The rows in an order, as arrays to be saved. */
  save(name: string, rows: readonly number[]): Record<string, SavedArray> {
    const { layout } = this;
    const kept: Record<string, SavedArray> = {};
    if (layout.floats > 0)
      kept[name] = {
        shape: [rows.length, layout.floats],
        data: picked(this.floats, layout.floats, rows, new Float32Array(rows.length * layout.floats)),
      };
    if (layout.bytes > 0)
      kept[`${name}Bytes`] = {
        shape: [rows.length, layout.bytes],
        data: picked(this.bytes, layout.bytes, rows, new Uint8Array(rows.length * layout.bytes)),
      };
    return kept;
  }

  /** Takes saved rows, each into the row of its place in `rows`. @throws InputError where they are of another shape */
  load(name: string, rows: readonly number[], arrays: Readonly<Record<string, SavedArray>>): void {
    const { layout } = this;
    const kinds = [
      { key: name, width: layout.floats, to: this.floats },
      { key: `${name}Bytes`, width: layout.bytes, to: this.bytes },
    ];
    for (const { key, width, to } of kinds) {
      const saved = arrays[key];
      demand(
        (saved?.data.length ?? 0) === rows.length * width,
        () =>
          `replay: saved ${key} must be [${rows.length}, ${width}], got ${saved ? `[${saved.shape}]` : 'none'}. ` +
          'The checkpoint belongs to another world or another capacity.',
      );
      if (width === 0) continue;
      rows.forEach((row, i) => {
        to.set(saved.data.subarray(i * width, (i + 1) * width), row * width);
      });
    }
  }
}

/** Some rows, one after another. */
function picked<T extends Float32Array | Uint8Array>(
  from: T,
  width: number,
  rows: readonly number[],
  out: T,
): T {
  rows.forEach((row, i) => {
    out.set(from.subarray(row * width, (row + 1) * width), i * width);
  });
  return out;
}
