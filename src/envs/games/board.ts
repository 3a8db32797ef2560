/** What board games share: names of squares, boards as text and as planes, and the error for a move against the rules. */
import { InputError } from '../../core/errors.ts';

/** Who has a stone on a square: nobody, the one who began, or the other. */
export type Stone = 0 | 1 | 2;

/** `x` is the one who began. */
const SIGNS = ['.', 'x', 'o'];

/** Columns are lettered. Go boards leave out the i, which looks like a 1. */
export const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
export const GO_LETTERS = 'abcdefghjklmnopqrstuvwxyz';

/** How the squares of a board are called. Squares are numbered row by row from the top, as they are printed. */
export interface Squares {
  readonly rows: number;
  readonly columns: number;
  /** Where row 1 is. */
  readonly first: 'top' | 'bottom';
  /** Default {@link LETTERS}. */
  readonly letters?: string;
}

/** The names of all squares, as `c4`: column, then row. [rows * columns] */
export function squareNames(squares: Squares): string[] {
  const { rows, columns, letters = LETTERS } = squares;
  return Array.from(
    { length: rows * columns },
    (_, i) => letters[i % columns] + rowName(squares, Math.floor(i / columns)),
  );
}

/** The board as text: a line a row with its number before it, and the letters of the columns below. */
export function boardText(squares: Squares, stone: (square: number) => Stone): string {
  const { rows, columns, letters = LETTERS } = squares;
  const width = String(rows).length;
  const lines = Array.from({ length: rows }, (_, row) => {
    const signs = Array.from({ length: columns }, (_, column) => SIGNS[stone(row * columns + column)]);
    return [rowName(squares, row).padStart(width), ...signs].join(' ');
  });
  return [...lines, [' '.repeat(width), ...letters.slice(0, columns)].join(' ')].join('\n');
}

function rowName({ rows, first }: Squares, row: number): string {
  return String(first === 'top' ? row + 1 : rows - row);
}

/** Rows of signs without names around them. */
export function signsText(rows: number, columns: number, stone: (square: number) => Stone): string[] {
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => SIGNS[stone(row * columns + column)]).join(' '),
  );
}

/** @throws InputError for a move that the rules forbid */
export function illegal(game: string, action: number, written: string | undefined): never {
  throw new InputError(
    `${game}: the action must be legal, got ${action}${written === undefined ? '' : ` (${written})`}. ` +
      'Choose among those where `legal` is 1.',
  );
}

/** How many bits are set in a 32-bit integer (Warren 2012, Hacker's Delight, figure 5-2). */
export function countBits(word: number): number {
  word -= (word >>> 1) & 0x55555555;
  word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
  return Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
