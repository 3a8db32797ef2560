/** Spaces: what an action or an observation looks like, as plain data. */
import { InputError } from './errors.ts';
import type { Rng } from './rng.ts';

/** Real numbers between bounds, one pair an element, in row-major order. A bound may be infinite. */
export interface Box {
  readonly kind: 'box';
  readonly shape: readonly number[];
  readonly low: Float32Array; // [size]
  readonly high: Float32Array; // [size]
  /** Where all numbers are k / levels for a whole k from 0 to levels, as in pictures of bytes: replay then holds bytes. */
  readonly levels?: number;
  /** What it is made of, where it is several things at once; see {@link joined}. */
  readonly parts?: readonly Part[];
}

/** One of the things that a box holds: the numbers from `offset` on. */
export interface Part {
  readonly name: string;
  readonly space: Box;
  readonly offset: number;
}

/** One of the integers 0 .. n-1. */
export interface Discrete {
  readonly kind: 'discrete';
  readonly n: number;
}

export type Space = Box | Discrete;

/** What a space holds: a Float32Array of a box's size, or an integer. */
export type Element<A extends Space> = A extends Discrete ? number : A extends Box ? Float32Array : never;

/**
 * A box. Bounds are given for each element, or once for all of them with `shape`.
 * @example box([-1, -2], [1, 2])      // two elements
 * @example box(-1, 1, [3])            // three elements in [-1, 1]
 */
export function box(
  low: number | ArrayLike<number>,
  high: number | ArrayLike<number>,
  shape?: readonly number[],
): Box {
  const given = typeof low === 'number' ? (typeof high === 'number' ? 1 : high.length) : low.length;
  const resolved = shape ?? [given];
  const size = sizeOf(resolved);
  const spread = (bound: number | ArrayLike<number>, name: string) => {
    const values = typeof bound === 'number' ? new Float32Array(size).fill(bound) : Float32Array.from(bound);
    if (values.length !== size) {
      throw new InputError(
        `box: ${name} must have ${size} elements for shape [${resolved}], got ${values.length}.`,
      );
    }
    return values;
  };
  const space: Box = { kind: 'box', shape: resolved, low: spread(low, 'low'), high: spread(high, 'high') };
  for (let i = 0; i < size; i++) {
    if (!(space.low[i] < space.high[i])) {
      throw new InputError(
        `box: low must be below high, got ${space.low[i]} and ${space.high[i]} at element ${i}.`,
      );
    }
  }
  return space;
}

/** A picture in bytes of light, row by row from above: numbers k / 255 in [0, 1]. @param shape height, width, channels */
export function pictureBox(shape: readonly [height: number, width: number, channels: number]): Box {
  return { ...box(0, 1, shape), levels: 255 };
}

/**
 * Several things at once in one box, one after another, each with its name. Parts of shape [height, width, channels] are
 * pictures, all others vectors.
 * @example joined({ camera: pictureBox([32, 32, 1]), speed: box(-8, 8, [1]) })    // 1025 numbers
 */
export function joined(boxes: Readonly<Record<string, Box>>): Box {
  const entries = Object.entries(boxes);
  if (entries.length === 0) throw new InputError('joined: there must be at least one box, got none.');
  const parts: Part[] = [];
  let size = 0;
  for (const [name, space] of entries) {
    if (!/^[a-z][\w-]*$/i.test(name)) {
      throw new InputError(
        `joined: names must be letters, digits, - and _, beginning with a letter, got "${name}".`,
      );
    }
    if (space.parts) throw new InputError(`joined: ${name} must not be joined itself. Name its parts here.`);
    parts.push({ name, space, offset: size });
    size += elementSize(space);
  }
  const bounds = (of: 'low' | 'high') => {
    const all = new Float32Array(size);
    for (const { space, offset } of parts) all.set(space[of], offset);
    return all;
  };
  return { kind: 'box', shape: [size], low: bounds('low'), high: bounds('high'), parts };
}

/** What a box is made of: its parts, or itself alone, called `observation`. */
export function partsOf(space: Box): readonly Part[] {
  return space.parts ?? [{ name: 'observation', space, offset: 0 }];
}

/** Whether an observation, or a part of one, is a picture: height, width, and one or three numbers from 0 to 1 a pixel. */
export function isPicture(shape: readonly number[]): shape is readonly [number, number, number] {
  return shape.length === 3 && (shape[2] === 1 || shape[2] === 3);
}

/** The integers 0 .. n-1. */
export function discrete(n: number): Discrete {
  if (!Number.isInteger(n) || n < 1)
    throw new InputError(`discrete: n must be a positive integer, got ${n}.`);
  return { kind: 'discrete', n };
}

/** How many numbers an element has: a box's size, or 1 for the integer of a discrete space. */
export function elementSize(space: Space): number {
  return space.kind === 'discrete' ? 1 : sizeOf(space.shape);
}

/** How many inputs a network needs for an element: a box's size, or n for one-hot. */
export function featureSize(space: Space): number {
  return space.kind === 'discrete' ? space.n : sizeOf(space.shape);
}

/** Writes an element as network inputs at `out[offset ...]`: the numbers themselves, or one-hot. */
export function writeFeatures(
  space: Space,
  element: number | ArrayLike<number>,
  out: Float32Array,
  offset = 0,
): void {
  if (space.kind === 'discrete') {
    out.fill(0, offset, offset + space.n);
    out[offset + (element as number)] = 1;
  } else {
    out.set(element as ArrayLike<number>, offset);
  }
}

/** Writes an element as plain numbers at `out[offset ...]`: a box's numbers, or the integer. */
export function writeElement(
  space: Space,
  element: number | ArrayLike<number>,
  out: Float32Array,
  offset = 0,
): void {
  if (space.kind === 'discrete') out[offset] = element as number;
  else out.set(element as ArrayLike<number>, offset);
}

/** Reads back what {@link writeElement} wrote; a box's element is a copy. */
export function readElement<A extends Space>(space: A, from: Float32Array, offset = 0): Element<A> {
  const element = space.kind === 'discrete' ? from[offset] : from.slice(offset, offset + elementSize(space));
  return element as Element<A>;
}

/** A random element: uniform between finite bounds, exponential beside one, normal without any (as Gymnasium does). */
export function sample<A extends Space>(space: A, rng: Rng): Element<A> {
  if (space.kind === 'discrete') return rng.integer(space.n) as Element<A>;
  const { low, high, levels } = space as Box;
  const out = new Float32Array(low.length);
  if (levels !== undefined) return out.map(() => rng.integer(levels + 1) / levels) as Element<A>;
  for (let i = 0; i < out.length; i++) {
    const below = Number.isFinite(low[i]);
    const above = Number.isFinite(high[i]);
    if (below && above) out[i] = low[i] + rng.uniform() * (high[i] - low[i]);
    else if (below) out[i] = low[i] - Math.log(1 - rng.uniform());
    else if (above) out[i] = high[i] + Math.log(1 - rng.uniform());
    else out[i] = rng.normal();
  }
  return out as Element<A>;
}

/** The actions that may be taken, in their order. @param mask 1 = allowed; all are, where there is none. [n] */
export function legalActions({ n }: Discrete, mask?: Uint8Array): number[] {
  const actions: number[] = [];
  for (let action = 0; action < n; action++) if (!mask || mask[action] === 1) actions.push(action);
  return actions;
}

/** What is wrong with `element`, in words, or undefined when it lies in `space`. */
export function complaint(space: Space, element: unknown): string | undefined {
  if (space.kind === 'discrete') {
    const fits = Number.isInteger(element) && (element as number) >= 0 && (element as number) < space.n;
    return fits ? undefined : `must be an integer in [0, ${space.n - 1}], got ${describe(element)}`;
  }
  const size = sizeOf(space.shape);
  if (!(element instanceof Float32Array))
    return `must be a Float32Array of ${size}, got ${describe(element)}`;
  if (element.length !== size)
    return `must have ${size} elements (shape [${space.shape}]), got ${element.length}`;
  for (let i = 0; i < size; i++) {
    if (!(element[i] >= space.low[i] && element[i] <= space.high[i])) {
      return `must lie in [${space.low[i]}, ${space.high[i]}] at element ${i}, got ${element[i]}`;
    }
    if (
      space.levels !== undefined &&
      element[i] !== Math.fround(Math.round(element[i] * space.levels) / space.levels)
    )
      return `must be k / ${space.levels} at element ${i}, got ${element[i]}`;
  }
  return undefined;
}

/** Whether `element` lies in `space`. */
export function contains<A extends Space>(space: A, element: unknown): element is Element<A> {
  return complaint(space, element) === undefined;
}

/** The nearest element inside the bounds, in place. */
export function clip(space: Box, element: Float32Array): Float32Array {
  for (let i = 0; i < element.length; i++) {
    element[i] = Math.min(space.high[i], Math.max(space.low[i], element[i]));
  }
  return element;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, dimension) => size * dimension, 1);
}

function describe(value: unknown): string {
  if (value instanceof Float32Array) return `a Float32Array of ${value.length}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return typeof value === 'object' && value !== null ? `a ${value.constructor.name}` : `${String(value)}`;
}
