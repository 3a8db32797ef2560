/**
 * Marker: the one point of a world's pictures that tells most of how it moves, as the tip of a pole or a hand. Its path
 * draws a future in one line, so that many fit into one picture of any world.
 */
import type { Ink, Picture, Shape } from '../core/picture.ts';

/** Which point of a picture: a shape, and a point of its line; for other shapes their centre. */
export interface Marker {
  readonly shape: number;
  readonly point: number;
}

export type Point = readonly [x: number, y: number];

const SCENERY: readonly Ink[] = ['ground', 'muted', 'goal'];

/** The point that goes the longest way through all pictures, scenery aside; undefined where nothing moves. */
export function markerOf(pictures: readonly Picture[]): Marker | undefined {
  let best: Marker | undefined;
  let longest = 0;
  pictures[0].shapes.forEach((shape, s) => {
    if (SCENERY.includes(shape.ink)) return;
    for (let point = 0; point < pointsOf(shape).length; point++) {
      const marker = { shape: s, point };
      const path = pictures.map((picture) => pointAt(picture, marker));
      const length = lengthOf(path);
      // of points that move alike the first is as good as any
      if (length > longest * (1 + 1e-9)) {
        best = marker;
        longest = length;
      }
    }
  });
  return best;
}

/** Where the marker is; undefined where the picture has no such point. */
export function pointAt({ shapes }: Picture, { shape, point }: Marker): Point | undefined {
  return shapes[shape] && pointsOf(shapes[shape])[point];
}

function pointsOf(shape: Shape): readonly Point[] {
  switch (shape.kind) {
    case 'line':
      return shape.points;
    case 'polygon': {
      const mean = (axis: 0 | 1) =>
        shape.points.reduce((sum, point) => sum + point[axis], 0) / shape.points.length;
      return [[mean(0), mean(1)]];
    }
    case 'disc':
      return [shape.center];
    case 'text':
      return [];
  }
}

/** How far a point goes in all; 0 where some picture lacks it. */
function lengthOf(path: readonly (Point | undefined)[]): number {
  let length = 0;
  for (let i = 0; i < path.length; i++) {
    const [here, before] = [path[i], path[Math.max(0, i - 1)]];
    if (!here || !before) return 0;
    length += Math.hypot(here[0] - before[0], here[1] - before[1]);
  }
  return length;
}
