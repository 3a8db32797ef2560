/** A picture of a simulated world: its geoms' outlines, seen along an axis. */
import type { Ink, Picture, Shape } from '../../core/picture.ts';
import { disc, line, type Point, polygon } from '../shapes.ts';
import { INK_GROUPS } from './mjcf.ts';
import type { Simulator } from './simulator.ts';

/** Where from, and how much is seen. */
export interface Vista {
  /** `side`: x to the right, z up. `above`: x to the right, y up. */
  readonly from: 'side' | 'above';
  readonly view: Picture['view'];
  /** The body that stays in the middle, left and right. */
  readonly follow?: string;
}

// mjtGeom
const PLANE = 0;
const SPHERE = 2;
const CAPSULE = 3;
const CYLINDER = 5;
const BOX = 6;

const ROUND = 16; // corners of an outline's circle
const EARTH = 0.03; // of the view's height, a plane's line

/** Every geom in the ink of its group, in the model's order. The places of geoms must be up to date. */
export function drawGeoms(simulator: Simulator, { from, view, follow }: Vista): Picture {
  const { model } = simulator;
  const [right, up] = from === 'side' ? [0, 2] : [0, 1];
  const shift = follow === undefined ? 0 : simulator.xpos[3 * simulator.id('body', follow)];
  const seen = { ...view, left: view.left + shift, right: view.right + shift };
  const shapes: Shape[] = [];
  const { geom_type: types, geom_size: sizes, geom_group: groups } = model;
  for (let g = 0; g < model.ngeom; g++) {
    const center: Point = [simulator.geomPos[3 * g + right], simulator.geomPos[3 * g + up]];
    const size = sizes.subarray(3 * g, 3 * g + 3);
    const colour: Ink = INK_GROUPS[groups[g]] ?? 'body';
    /** A place given in the geom's own axes. */
    const at = (x: number, y: number, z: number): Point => {
      const turn = (row: number) =>
        simulator.geomMat[9 * g + 3 * row] * x +
        simulator.geomMat[9 * g + 3 * row + 1] * y +
        simulator.geomMat[9 * g + 3 * row + 2] * z;
      return [center[0] + turn(right), center[1] + turn(up)];
    };
    if (types[g] === PLANE) {
      const width = EARTH * (seen.top - seen.bottom);
      shapes.push(
        line(
          [
            [seen.left, center[1] - width / 2],
            [seen.right, center[1] - width / 2],
          ],
          width,
          colour,
        ),
      );
    } else if (types[g] === SPHERE) {
      shapes.push(disc(center, size[0], colour));
    } else if (types[g] === CAPSULE) {
      const ends = [at(0, 0, -size[1]), at(0, 0, size[1])];
      shapes.push(line(ends, 2 * size[0], colour), ...ends.map((end) => disc(end, size[0], colour)));
    } else if (types[g] === BOX || types[g] === CYLINDER) {
      shapes.push(polygon(hull(types[g] === BOX ? boxCorners(size, at) : rims(size, at)), colour));
    }
  }
  return { view: seen, shapes };
}

type Place = (x: number, y: number, z: number) => Point;

function boxCorners([x, y, z]: Float64Array, at: Place): Point[] {
  return Array.from({ length: 8 }, (_, i) => at(i & 1 ? x : -x, i & 2 ? y : -y, i & 4 ? z : -z));
}

function rims([radius, half]: Float64Array, at: Place): Point[] {
  return Array.from({ length: 2 * ROUND }, (_, i) => {
    const turn = (2 * Math.PI * i) / ROUND;
    return at(radius * Math.cos(turn), radius * Math.sin(turn), i < ROUND ? half : -half);
  });
}

/** The convex hull, counterclockwise (Andrew 1979, the monotone chain). */
function hull(points: readonly Point[]): Point[] {
  const sorted = points.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
  const half = (order: readonly Point[]): Point[] => {
    const chain: Point[] = [];
    for (const p of order) {
      while (chain.length >= 2 && !turnsLeft(chain[chain.length - 2], chain[chain.length - 1], p))
        chain.pop();
      chain.push(p);
    }
    return chain.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.toReversed())];
}

function turnsLeft(a: Point, b: Point, c: Point): boolean {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) > 0;
}
