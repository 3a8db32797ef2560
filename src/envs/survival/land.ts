/** The land of the survival world: kinds of squares, and how a map is made. Squares are numbered row by row from the north-west. */
import type { Rng } from '../../core/rng.ts';

/** Kinds of squares, each a plane of what is seen. */
export const [GRASS, WATER, TREE, STONE, ORE, BUSH, BARE_BUSH, WORKBENCH] = [0, 1, 2, 3, 4, 5, 6, 7];
export const KINDS = 8;

/** Squares between points of noise. */
const COARSE = 4;
const WATER_BELOW = 0.33;
const STONE_ABOVE = 0.6;
const WOODS_ABOVE = 0.5;

/** A map of size x size squares on which everything there is to do can be done from its middle. [size * size] */
export function makeLand(size: number, rng: Rng): Uint8Array {
  for (;;) {
    const land = drawLand(size, rng);
    if (canDoAll(land, size)) return land;
  }
}

function drawLand(size: number, rng: Rng): Uint8Array {
  const [height, wetness] = [smoothNoise(size, rng), smoothNoise(size, rng)];
  const land = Uint8Array.from(height, (level, square) => {
    const chance = rng.uniform();
    if (level < WATER_BELOW) return WATER;
    if (level > STONE_ABOVE) return chance < 0.12 ? ORE : STONE;
    if (wetness[square] > WOODS_ABOVE) return chance < 0.5 ? TREE : GRASS;
    return chance < 0.1 ? BUSH : GRASS;
  });
  const middle = middleOf(size);
  for (const at of [middle, ...neighbours(middle, size)]) land[at] = GRASS;
  return land;
}

/** Value noise: random numbers on a coarse grid, straight lines between them. In [0, 1). [size * size] */
function smoothNoise(size: number, rng: Rng): Float64Array {
  const points = Math.ceil(size / COARSE) + 1;
  const grid = rng.fillUniform(new Float32Array(points * points));
  return Float64Array.from({ length: size * size }, (_, square) => {
    const [row, column] = [Math.floor(square / size) / COARSE, (square % size) / COARSE];
    const [north, west] = [Math.floor(row), Math.floor(column)];
    const [down, right] = [row - north, column - west];
    const along = (r: number) => (1 - right) * grid[r * points + west] + right * grid[r * points + west + 1];
    return (1 - down) * along(north) + down * along(north + 1);
  });
}

/** Whether water, wood, stone and food lie beside grass that can be walked to, and ore where digging leads. */
function canDoAll(land: Uint8Array, size: number): boolean {
  const walked = reached(land, size, (kind) => kind === GRASS);
  const dug = reached(land, size, (kind) => kind === GRASS || kind === STONE);
  return [WATER, TREE, STONE, BUSH].every((kind) => walked.has(kind)) && dug.has(ORE);
}

/** The kinds met on and beside all squares that lead from the middle over squares that may be passed. */
function reached(land: Uint8Array, size: number, passes: (kind: number) => boolean): Set<number> {
  const met = new Set<number>();
  const seen = new Set([middleOf(size)]);
  for (const square of seen) {
    met.add(land[square]);
    if (passes(land[square])) for (const next of neighbours(square, size)) seen.add(next);
  }
  return met;
}

/** The square that an episode begins at. */
export function middleOf(size: number): number {
  const half = Math.floor(size / 2);
  return half * size + half;
}

/** The square next to another: 0 north, 1 east, 2 south, 3 west; undefined beyond the edge. */
export function neighbour(square: number, direction: number, size: number): number | undefined {
  const column = square % size;
  if (direction === 0) return square >= size ? square - size : undefined;
  if (direction === 1) return column < size - 1 ? square + 1 : undefined;
  if (direction === 2) return square + size < size * size ? square + size : undefined;
  return column > 0 ? square - 1 : undefined;
}

/** The two to four squares next to another. */
export function neighbours(square: number, size: number): number[] {
  return [0, 1, 2, 3].flatMap((direction) => neighbour(square, direction, size) ?? []);
}
