/** Canvas: draws a picture with the dots of braille characters, 2 x 4 a character. */
import type { Ink, Picture, Shape } from '../src/core/picture.ts';

/** ANSI colours of a terminal; its own theme decides how they look in light and in dark. */
const COLOURS: Readonly<Record<Ink, number>> = {
  body: 39,
  accent: 33,
  ground: 90,
  muted: 90,
  goal: 32,
  imagined: 36,
};

/** Unicode's braille patterns: bit of the dot at [row][column]. */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;
const EMPTY = 0x2800;

export interface CanvasOptions {
  /** Characters. The picture keeps its proportions and may use less. */
  readonly columns: number;
  readonly rows: number;
  readonly colour: boolean;
}

/** The picture as lines of text, all equally long without their colours. */
export function drawPicture({ view, shapes }: Picture, { columns, rows, colour }: CanvasOptions): string[] {
  const width = view.right - view.left;
  const height = view.top - view.bottom;
  const scale = Math.min((2 * columns) / width, (4 * rows) / height); // dots a world unit
  const across = Math.max(1, Math.ceil((width * scale) / 2 - 1e-9));
  const down = Math.max(1, Math.ceil((height * scale) / 4 - 1e-9));
  const dots: (Ink | undefined)[] = new Array(2 * across * 4 * down); // [4 down, 2 across]
  const letters: ({ letter: string; ink: Ink } | undefined)[] = new Array(across * down); // [down, across]

  for (const shape of shapes) {
    if (shape.kind === 'text') {
      const column = Math.round(((shape.at[0] - view.left) * scale) / 2 - shape.text.length / 2);
      const row = Math.floor(((view.top - shape.at[1]) * scale) / 4);
      for (const [i, letter] of [...shape.text].entries()) {
        const at = column + i;
        if (row >= 0 && row < down && at >= 0 && at < across)
          letters[row * across + at] = { letter, ink: shape.ink };
      }
      continue;
    }
    const [left, right, bottom, top] = extent(shape, 0.5 / scale);
    const firstX = Math.max(0, Math.floor((left - view.left) * scale));
    const lastX = Math.min(2 * across - 1, Math.ceil((right - view.left) * scale));
    const firstY = Math.max(0, Math.floor((view.top - top) * scale));
    const lastY = Math.min(4 * down - 1, Math.ceil((view.top - bottom) * scale));
    for (let y = firstY; y <= lastY; y++) {
      for (let x = firstX; x <= lastX; x++) {
        const at = [view.left + (x + 0.5) / scale, view.top - (y + 0.5) / scale] as const;
        if (covers(shape, at, 0.5 / scale)) dots[y * 2 * across + x] = shape.ink;
      }
    }
  }

  return Array.from({ length: down }, (_, row) => {
    let line = '';
    let current: Ink | undefined;
    for (let column = 0; column < across; column++) {
      const { text, ink } = cell(dots, letters, across, row, column);
      if (colour && ink !== undefined && ink !== current) {
        line += `\u001b[${COLOURS[ink]}m`;
        current = ink;
      }
      line += text;
    }
    return current === undefined ? line : `${line}\u001b[0m`;
  });
}

/** One character, in the ink that most of its dots have. */
function cell(
  dots: readonly (Ink | undefined)[],
  letters: readonly ({ letter: string; ink: Ink } | undefined)[],
  across: number,
  row: number,
  column: number,
): { text: string; ink: Ink | undefined } {
  const written = letters[row * across + column];
  if (written) return { text: written.letter, ink: written.ink };
  let bits = 0;
  const counts = new Map<Ink, number>();
  for (let y = 0; y < 4; y++) {
    for (let x = 0; x < 2; x++) {
      const ink = dots[(4 * row + y) * 2 * across + 2 * column + x];
      if (ink === undefined) continue;
      bits |= DOTS[y][x];
      counts.set(ink, (counts.get(ink) ?? 0) + 1);
    }
  }
  const [ink] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [undefined];
  return { text: bits === 0 ? ' ' : String.fromCharCode(EMPTY + bits), ink };
}

type Drawn = Exclude<Shape, { kind: 'text' }>;
type Point = readonly [x: number, y: number];

/** Left, right, bottom, top. */
function extent(shape: Drawn, least: number): [number, number, number, number] {
  if (shape.kind === 'disc') {
    const [x, y] = shape.center;
    const r = Math.max(shape.radius, least);
    return [x - r, x + r, y - r, y + r];
  }
  const reach = shape.kind === 'line' ? Math.max(shape.width / 2, least) : 0;
  const xs = shape.points.map(([x]) => x);
  const ys = shape.points.map(([, y]) => y);
  return [Math.min(...xs) - reach, Math.max(...xs) + reach, Math.min(...ys) - reach, Math.max(...ys) + reach];
}

/** @param least half a dot: nothing is drawn thinner, so that it does not vanish */
function covers(shape: Drawn, at: Point, least: number): boolean {
  switch (shape.kind) {
    case 'disc':
      return Math.hypot(at[0] - shape.center[0], at[1] - shape.center[1]) <= Math.max(shape.radius, least);
    case 'line': {
      const reach = Math.max(shape.width / 2, least);
      return shape.points.some((point, i) => i > 0 && distance(at, shape.points[i - 1], point) <= reach);
    }
    case 'polygon':
      return inside(at, shape.points);
  }
}

/** From a point to a stretch. */
function distance([x, y]: Point, [ax, ay]: Point, [bx, by]: Point): number {
  const [dx, dy] = [bx - ax, by - ay];
  const squared = dx * dx + dy * dy;
  const along = squared === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / squared));
  return Math.hypot(x - ax - along * dx, y - ay - along * dy);
}

/** Whether a ray to the right crosses the outline an odd number of times. */
function inside([x, y]: Point, points: readonly Point[]): boolean {
  let crossings = 0;
  for (let i = 0; i < points.length; i++) {
    const [ax, ay] = points[i];
    const [bx, by] = points[(i + 1) % points.length];
    if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) crossings++;
  }
  return crossings % 2 === 1;
}
