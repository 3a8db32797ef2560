import { describe, expect, test } from 'vitest';
import type { Ink, Picture, Shape } from '../core/picture.ts';
import { Rng } from '../core/rng.ts';
import { rasteriser } from './rasteriser.ts';

const view = { left: 0, right: 4, bottom: 0, top: 3 };
const grey = rasteriser({ height: 3, width: 4, channels: 1 });
const polygon = (points: [number, number][], ink: Ink = 'accent'): Shape => ({
  kind: 'polygon',
  points,
  ink,
});
/** Numbers as bytes, by rows. */
const bytes = (light: Float32Array, width: number) =>
  Array.from({ length: light.length / width }, (_, row) =>
    [...light.slice(row * width, (row + 1) * width)].map((x) => Math.round(x * 255)),
  );
const rectangle = (left: number, right: number, bottom: number, top: number): [number, number][] => [
  [left, bottom],
  [right, bottom],
  [right, top],
  [left, top],
];

describe('shares of pixels', () => {
  test('of a rectangle are its widths times its heights in them', () => {
    const light = grey({ view, shapes: [polygon(rectangle(0.5, 2.75, 0.5, 2.25))] });
    // columns are covered by 0.5, 1, 0.75, 0; rows from above by 0.25, 1, 0.5
    expect(bytes(light, 4)).toEqual(
      [0.25, 1, 0.5].map((tall) => [0.5, 1, 0.75, 0].map((wide) => Math.round(255 * tall * wide))),
    );
  });

  test('of a triangle are areas under its slope', () => {
    // under y = x / 2 from (0, 0) to (4, 2): 1/4 and 3/4 of the lowest row, then all of it; the row above likewise
    const light = grey({
      view,
      shapes: [
        polygon([
          [0, 0],
          [4, 0],
          [4, 2],
        ]),
      ],
    });
    const part = (share: number) => Math.round(255 * share);
    expect(bytes(light, 4)).toEqual([
      [0, 0, 0, 0],
      [0, 0, part(0.25), part(0.75)],
      [part(0.25), part(0.75), 255, 255],
    ]);
  });

  test('do not depend on the direction of an outline, nor on what lies outside', () => {
    const outline: [number, number][] = [
      [-3, -2],
      [7, 1],
      [2, 8],
      [-1, 2],
    ];
    const light = grey({ view, shapes: [polygon(outline)] });
    expect(grey({ view, shapes: [polygon(outline.toReversed())] })).toEqual(light);
    // twice as wide a view on twice as many pixels shows the same in its middle
    const wide = rasteriser({ height: 9, width: 12, channels: 1 })({
      view: { left: -4, right: 8, bottom: -3, top: 6 },
      shapes: [polygon(outline)],
    });
    expect(
      bytes(wide, 12)
        .slice(3, 6)
        .map((row) => row.slice(4, 8)),
    ).toEqual(bytes(light, 4));
  });

  test('are those that many points in each pixel find', () => {
    const rng = Rng.from('shapes');
    const [height, width, fine] = [11, 7, 16];
    const draw = rasteriser({ height, width, channels: 1 });
    const within = { left: -1, right: 1, bottom: -1, top: 2 };
    for (let round = 0; round < 12; round++) {
      const at = (): [number, number] => [2.6 * rng.uniform() - 1.3, 3.6 * rng.uniform() - 1.3];
      const [a, b, c] = [at(), at(), at()];
      const radius = 0.1 + 0.6 * rng.uniform();
      const shapes: [Shape, (x: number, y: number) => boolean][] = [
        [
          { kind: 'disc', center: a, radius, ink: 'accent' },
          (x, y) => Math.hypot(x - a[0], y - a[1]) < radius,
        ],
        [
          { kind: 'line', points: [a, b, c], width: 2 * radius, ink: 'accent' },
          (x, y) => near(x, y, a, b) < radius || near(x, y, b, c) < radius,
        ],
        [polygon([a, b, c]), (x, y) => inTriangle(x, y, a, b, c)],
      ];
      for (const [shape, covers] of shapes) {
        const light = draw({ view: within, shapes: [shape] });
        for (let i = 0; i < light.length; i++) {
          let hits = 0;
          for (let j = 0; j < fine * fine; j++) {
            const column = (i % width) + ((j % fine) + 0.5) / fine;
            const row = Math.floor(i / width) + (Math.floor(j / fine) + 0.5) / fine;
            if (covers(-1 + (2 * column) / width, 2 - (3 * row) / height)) hits++;
          }
          // where two stretches meet in one pixel the larger share is taken for both
          const slack = shape.kind === 'line' ? 0.35 : 0.06;
          expect(Math.abs(light[i] - hits / (fine * fine)), `${shape.kind}, pixel ${i}`).toBeLessThan(slack);
        }
      }
    }
  });
});

test('later shapes cover earlier ones by their shares, in grey and in colours', () => {
  const shapes = [polygon(rectangle(0, 4, 0, 3), 'ground'), polygon(rectangle(0, 0.5, 0, 3), 'accent')];
  // half of 0.3 and half of 1
  expect(bytes(grey({ view, shapes }), 4)[0]).toEqual([Math.round(255 * 0.65), 77, 77, 77]);
  const colours = rasteriser({ height: 1, width: 1, channels: 3 })({ view, shapes: [shapes[1]] });
  // an eighth of [1 0.65 0.2]
  expect(bytes(colours, 3)).toEqual([[32, 21, 6]]);
});

test('numbers are bytes over 255; words and what is out of view are not drawn', () => {
  const shapes: Shape[] = [
    { kind: 'disc', center: [1.3, 1.1], radius: 0.77, ink: 'imagined' },
    { kind: 'text', at: [1, 1], text: 'words', size: 1, ink: 'body' },
    { kind: 'disc', center: [9, 1], radius: 2, ink: 'accent' },
  ];
  const light = grey({ view, shapes });
  for (const value of light) expect(value).toBe(Math.fround(Math.round(value * 255) / 255));
  expect(light).toEqual(grey({ view, shapes: shapes.slice(0, 1) }));
});

test('sizes and places that make no sense are refused', () => {
  expect(() => rasteriser({ height: 0, width: 4, channels: 1 })).toThrow(
    'rasteriser: height and width must be positive integers, got 0 and 4.',
  );
  expect(() => rasteriser({ height: 4, width: 4, channels: 2 as 1 })).toThrow(
    'rasteriser: channels must be 1 (grey) or 3 (red, green, blue), got 2.',
  );
  const picture: Picture = {
    view,
    shapes: [{ kind: 'disc', center: [Number.NaN, 0], radius: 1, ink: 'body' }],
  };
  expect(() => grey(picture)).toThrow('rasteriser: places of');
});

type Point = [number, number];

function near(x: number, y: number, [ax, ay]: Point, [bx, by]: Point): number {
  const along = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2);
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay));
}

function inTriangle(x: number, y: number, ...[a, b, c]: [Point, Point, Point]): boolean {
  const side = ([px, py]: Point, [qx, qy]: Point) => (qx - px) * (y - py) - (qy - py) * (x - px) > 0;
  return side(a, b) === side(b, c) && side(b, c) === side(c, a);
}
