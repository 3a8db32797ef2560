import { expect, test } from 'vitest';
import type { Shape } from '../src/core/picture.ts';
import { drawPicture } from './canvas.ts';

/** Four characters by two, a dot a tenth of a unit. */
const size = { columns: 4, rows: 2, colour: false };
const view = { left: 0, right: 0.8, bottom: 0, top: 0.8 };
const draw = (...shapes: Shape[]) => drawPicture({ view, shapes }, size);

test('nothing is blank', () => {
  expect(draw()).toEqual(['    ', '    ']);
});

test('a polygon fills the dots whose middle it holds', () => {
  const square: Shape = { kind: 'polygon', points: [[0, 0.4], [0.2, 0.4], [0.2, 0.8], [0, 0.8]], ink: 'body' }; // biome-ignore format: corners
  expect(draw(square)).toEqual(['\u28ff   ', '    ']); // one whole character, at the top left
  const triangle: Shape = { kind: 'polygon', points: [[0, 0], [0.85, 0], [0, 0.85]], ink: 'body' }; // biome-ignore format: corners
  expect(draw(triangle)).toEqual(['⣷⣄  ', '⣿⣿⣷⣄']);
});

test('a thin line is one dot wide, and y points up', () => {
  const line: Shape = { kind: 'line', points: [[0.05, 0.05], [0.75, 0.05]], width: 0, ink: 'ground' }; // biome-ignore format: ends
  expect(draw(line)).toEqual(['    ', '⣀⣀⣀⣀']);
});

test('a disc, and a dot for one too small to see', () => {
  expect(draw({ kind: 'disc', center: [0.4, 0.4], radius: 0.2, ink: 'body' })).toEqual([' ⣠⣄ ', ' ⠙⠋ ']);
  expect(draw({ kind: 'disc', center: [0.05, 0.75], radius: 0, ink: 'body' })).toEqual(['⠁   ', '    ']);
});

test('words stand over dots', () => {
  const field: Shape = { kind: 'disc', center: [0.4, 0.4], radius: 2, ink: 'body' };
  expect(draw(field, { kind: 'text', at: [0.4, 0.2], text: 'up', size: 0.1, ink: 'accent' })).toEqual([
    '⣿⣿⣿⣿',
    '⣿up⣿',
  ]);
});

test('what lies outside is cut off', () => {
  const wide: Shape = { kind: 'line', points: [[-5, 0.75], [5, 0.75]], width: 0, ink: 'body' }; // biome-ignore format: ends
  expect(draw(wide, { kind: 'text', at: [0.8, 0.1], text: 'long', size: 1, ink: 'body' })).toEqual([
    '⠉⠉⠉⠉',
    '  lo',
  ]);
});

test('proportions are kept: a wide view uses fewer rows', () => {
  const lines = drawPicture(
    { view: { left: 0, right: 4, bottom: 0, top: 1 }, shapes: [] },
    { columns: 40, rows: 20, colour: false },
  );
  expect([lines.length, lines[0].length]).toEqual([5, 40]);
});

test('colour: the ink of most dots, later shapes over earlier ones', () => {
  const cover = (left: number, right: number, ink: Shape['ink']): Shape => ({
    kind: 'polygon',
    points: [[left, 0], [right, 0], [right, 1], [left, 1]], // biome-ignore format: corners
    ink,
  });
  const lines = drawPicture(
    { view, shapes: [cover(0, 0.8, 'ground'), cover(0.4, 0.8, 'goal')] },
    { ...size, colour: true },
  );
  expect(lines[0]).toBe('\u001b[90m⣿⣿\u001b[32m⣿⣿\u001b[0m');
});
