/** Boards and stones as pictures. A square is one unit wide; the board's lower left corner is the origin. */
import type { Picture, Shape } from '../../core/picture.ts';
import { corners, disc, line, polygon } from '../shapes.ts';
import type { Stone } from './board.ts';

/** A board whose stones lie in the squares, as in othello, or on crossings of lines, as in Go. */
export function boardPicture(
  rows: number,
  columns: number,
  stone: (square: number) => Stone,
  on: 'squares' | 'crossings' = 'squares',
): Picture {
  const inset = on === 'squares' ? 0 : 0.5;
  const [across, up] = [columns - inset, rows - inset];
  const shapes: Shape[] = [polygon(corners(0, columns, 0, rows), 'ground')];
  for (let x = inset; x <= across; x++)
    shapes.push(
      line(
        [
          [x, inset],
          [x, up],
        ],
        0.04,
        'muted',
      ),
    );
  for (let y = inset; y <= up; y++)
    shapes.push(
      line(
        [
          [inset, y],
          [across, y],
        ],
        0.04,
        'muted',
      ),
    );
  for (let square = 0; square < rows * columns; square++) {
    const owner = stone(square);
    if (owner === 0) continue;
    const [x, y] = [(square % columns) + 0.5, rows - Math.floor(square / columns) - 0.5];
    shapes.push(disc([x, y], 0.42, owner === 1 ? 'body' : 'accent'));
  }
  return { view: { left: -0.2, right: columns + 0.2, bottom: -0.2, top: rows + 0.2 }, shapes };
}
