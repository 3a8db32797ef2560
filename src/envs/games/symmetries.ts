/** Turns and mirrorings of a board, as permutations of its moves and of what is seen of it. */
import type { Symmetry } from '../../core/environment.ts';

/** Where a square goes. [row, column] of a board with that many rows and columns. */
type Place = (row: number, column: number, rows: number, columns: number) => readonly [number, number];

const PLACES = {
  'half turn': (row, column, rows, columns) => [rows - 1 - row, columns - 1 - column],
  'left to right': (row, column, _, columns) => [row, columns - 1 - column],
  'top to bottom': (row, column, rows) => [rows - 1 - row, column],
  // the others are for boards as wide as they are high
  'quarter turn': (row, column, rows) => [column, rows - 1 - row],
  'three quarter turns': (row, column, _, columns) => [columns - 1 - column, row],
  'across the falling diagonal': (row, column) => [column, row],
  'across the rising diagonal': (row, column, rows, columns) => [columns - 1 - column, rows - 1 - row],
} as const satisfies Record<string, Place>;

export type BoardSymmetry = keyof typeof PLACES;

/** What leaves a rectangle in place. */
export const RECTANGLE: readonly BoardSymmetry[] = ['half turn', 'left to right', 'top to bottom'];

/** What leaves a square in place: the dihedral group of order 8 without its identity. */
export const SQUARE = Object.keys(PLACES) as readonly BoardSymmetry[];

export interface SymmetricBoard {
  readonly rows: number;
  readonly columns: number;
  /** Planes of an observation [planes, rows, columns]. */
  readonly planes: number;
  /** Actions beyond the squares, which stay as they are: a pass. Default 0. */
  readonly others?: number;
}

/** Symmetries of a game whose actions are the squares of its board, row by row. */
export function boardSymmetries(
  { rows, columns, planes, others = 0 }: SymmetricBoard,
  names: readonly BoardSymmetry[],
): Symmetry[] {
  const size = rows * columns;
  return names.map((name) => {
    const squares = squaresUnder(name, rows, columns);
    return {
      name,
      actions: Int32Array.from({ length: size + others }, (_, a) => (a < size ? squares[a] : a)),
      observation: Int32Array.from(
        { length: planes * size },
        (_, i) => squares[i % size] + size * Math.floor(i / size),
      ),
    };
  });
}

/** Where each square goes. [rows * columns] */
export function squaresUnder(name: BoardSymmetry, rows: number, columns: number): Int32Array {
  const place: Place = PLACES[name];
  return Int32Array.from({ length: rows * columns }, (_, square) => {
    const [row, column] = place(Math.floor(square / columns), square % columns, rows, columns);
    return row * columns + column;
  });
}
