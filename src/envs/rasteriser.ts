/**
 * Pictures as numbers: shapes drawn into a grid of any size, each pixel by the exact share of it that a shape covers.
 *
 * The share is had by summing signed areas to the left of each edge, as rasterisers of fonts do: an edge tells each pixel
 * that it crosses how much more it covers than the pixel before, and a running sum along the row gives the rest. A disc is
 * a polygon of 32 corners, a line its stretches, each a bar with round ends. Outlines must not cross themselves.
 *
 * Words are not drawn. The view is stretched to fill the grid.
 */
import { demand } from '../core/errors.ts';
import type { Ink, Picture } from '../core/picture.ts';

/** Red, green and blue light of each ink on black; in one channel all inks differ by it too. */
const LIGHT: Readonly<Record<Ink, { readonly grey: number; readonly colour: readonly number[] }>> = {
  body: { grey: 0.8, colour: [0.75, 0.8, 0.85] },
  accent: { grey: 1, colour: [1, 0.65, 0.2] },
  ground: { grey: 0.3, colour: [0.3, 0.3, 0.3] },
  muted: { grey: 0.45, colour: [0.45, 0.45, 0.5] },
  goal: { grey: 0.65, colour: [0.3, 0.85, 0.4] },
  imagined: { grey: 0.6, colour: [0.3, 0.75, 0.9] },
};

/** Corners of a disc, and of a line's round ends. */
const CORNERS = 32;
const CIRCLE = Array.from({ length: CORNERS }, (_, i) => {
  const angle = (2 * Math.PI * i) / CORNERS;
  return [Math.cos(angle), Math.sin(angle)] as const;
});
/** Bytes of light. */
const LEVELS = 255;

export interface Raster {
  readonly height: number;
  readonly width: number;
  /** 1 is grey, 3 is red, green, blue. */
  readonly channels: 1 | 3;
}

type Point = readonly [x: number, y: number];

/**
 * A function that draws pictures of one size, row by row from above, as numbers k / 255.
 * @example const draw = rasteriser({ height: 32, width: 32, channels: 1 });
 */
export function rasteriser({ height, width, channels }: Raster): (picture: Picture) => Float32Array {
  demand(
    [height, width].every((size) => Number.isInteger(size) && size >= 1),
    () => `rasteriser: height and width must be positive integers, got ${height} and ${width}.`,
  );
  demand(
    channels === 1 || channels === 3,
    () => `rasteriser: channels must be 1 (grey) or 3 (red, green, blue), got ${channels}.`,
  );
  // changes of coverage from one pixel to the next; clean between polygons
  const changes = new Float64Array(height * (width + 2));
  const stride = width + 2;
  const covered = new Float64Array(height * width);
  // rows and columns of `covered` that the shape at hand touches
  let [firstRow, lastRow, firstColumn, lastColumn] = [height, -1, width, -1];

  /** Adds an edge in pixels, y downwards, x kept at the grid's borders by the caller. */
  const edge = (x0: number, y0: number, x1: number, y1: number) => {
    if (y0 === y1) return;
    const direction = y0 < y1 ? 1 : -1;
    const [topX, topY, bottomX, bottomY] = y0 < y1 ? [x0, y0, x1, y1] : [x1, y1, x0, y0];
    const from = Math.max(0, topY);
    const to = Math.min(height, bottomY);
    if (from >= to) return;
    const slope = (bottomX - topX) / (bottomY - topY);
    const lastOf = Math.min(height - 1, Math.ceil(to) - 1);
    for (let row = Math.floor(from); row <= lastOf; row++) {
      const top = Math.max(from, row);
      const bottom = Math.min(to, row + 1);
      const tall = (bottom - top) * direction;
      const a = clamp(topX + (top - topY) * slope, width);
      const b = clamp(topX + (bottom - topY) * slope, width);
      const [left, right] = a < b ? [a, b] : [b, a];
      const first = Math.floor(left);
      const at = row * stride + first;
      if (right <= first + 1) {
        // within one column: what lies to the right of the edge's middle, and all further ones whole
        const beside = first + 1 - (left + right) / 2;
        changes[at] += tall * beside;
        changes[at + 1] += tall * (1 - beside);
      } else {
        const each = tall / (right - left); // of height for each column crossed
        let before = 0;
        for (let column = first; column < right; column++) {
          const enter = Math.max(left, column);
          const leave = Math.min(right, column + 1);
          const here = each * (leave - enter) * (column + 1 - (enter + leave) / 2);
          const past = each * (enter - left);
          changes[row * stride + column] += past + here - before;
          before = past + here;
        }
        changes[row * stride + Math.ceil(right)] += tall - before;
      }
    }
  };

  /** Adds an outline in pixels to what is covered. */
  const fill = (points: readonly Point[]) => {
    let [low, high, left, right] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const [x, y] of points) {
      low = Math.min(low, y);
      high = Math.max(high, y);
      left = Math.min(left, x);
      right = Math.max(right, x);
    }
    demand(
      Number.isFinite(high - low) && Number.isFinite(right - left),
      () =>
        `rasteriser: places of a picture's shapes must be finite, got ${left} to ${right}, ${low} to ${high}.`,
    );
    const top = Math.max(0, Math.floor(low));
    const bottom = Math.min(height - 1, Math.ceil(high) - 1);
    const begin = Math.max(0, Math.floor(left));
    const end = Math.min(width - 1, Math.ceil(right) - 1);
    if (top > bottom || begin > end) return;
    for (let i = 0; i < points.length; i++) {
      const [x0, y0] = points[i];
      const [x1, y1] = points[(i + 1) % points.length];
      clippedEdge(x0, y0, x1, y1);
    }
    for (let row = top; row <= bottom; row++) {
      let sum = 0;
      for (let column = begin; column <= end; column++) {
        sum += changes[row * stride + column];
        const share = Math.min(1, Math.abs(sum));
        const at = row * width + column;
        if (share > covered[at]) covered[at] = share;
      }
    }
    for (let row = top; row <= bottom; row++) changes.fill(0, row * stride, (row + 1) * stride);
    firstRow = Math.min(firstRow, top);
    lastRow = Math.max(lastRow, bottom);
    firstColumn = Math.min(firstColumn, begin);
    lastColumn = Math.max(lastColumn, end);
  };

  /** An edge that leaves the grid to the left or right goes on along its border. */
  const clippedEdge = (x0: number, y0: number, x1: number, y1: number) => {
    if (Math.min(x0, x1) >= 0 && Math.max(x0, x1) <= width) return edge(x0, y0, x1, y1);
    const cuts = [0, 1];
    for (const border of [0, width]) {
      const along = (border - x0) / (x1 - x0);
      if (along > 0 && along < 1) cuts.push(along);
    }
    cuts.sort((a, b) => a - b);
    for (let i = 1; i < cuts.length; i++) {
      const point = (along: number): Point =>
        along === 1 ? [x1, y1] : [x0 + along * (x1 - x0), y0 + along * (y1 - y0)];
      const [ax, ay] = point(cuts[i - 1]);
      const [bx, by] = point(cuts[i]);
      edge(clamp(ax, width), ay, clamp(bx, width), by);
    }
  };

  return function draw({ view, shapes }: Picture): Float32Array {
    const light = new Float64Array(height * width * channels);
    const acrossScale = width / (view.right - view.left);
    const downScale = height / (view.top - view.bottom);
    const place = ([x, y]: Point): Point => [(x - view.left) * acrossScale, (view.top - y) * downScale];
    for (const shape of shapes) {
      if (shape.kind === 'text') continue;
      if (shape.kind === 'polygon') fill(shape.points.map(place));
      else if (shape.kind === 'disc') fill(around(shape.center, shape.radius).map(place));
      else {
        for (let i = 1; i < shape.points.length; i++)
          fill(bar(shape.points[i - 1], shape.points[i], shape.width / 2).map(place));
      }
      const { grey, colour } = LIGHT[shape.ink];
      for (let row = firstRow; row <= lastRow; row++) {
        for (let column = firstColumn; column <= lastColumn; column++) {
          const at = row * width + column;
          const share = covered[at];
          if (share === 0) continue;
          covered[at] = 0;
          for (let c = 0; c < channels; c++) {
            const ink = channels === 1 ? grey : colour[c];
            light[at * channels + c] += share * (ink - light[at * channels + c]);
          }
        }
      }
      [firstRow, lastRow, firstColumn, lastColumn] = [height, -1, width, -1];
    }
    return Float32Array.from(light, (value) => Math.round(value * LEVELS) / LEVELS);
  };
}

function clamp(x: number, limit: number): number {
  return Math.min(limit, Math.max(0, x));
}

function around([x, y]: Point, radius: number): Point[] {
  return CIRCLE.map(([cosine, sine]) => [x + radius * cosine, y + radius * sine]);
}

/** A stretch with round ends. */
function bar([ax, ay]: Point, [bx, by]: Point, radius: number): Point[] {
  const length = Math.hypot(bx - ax, by - ay);
  if (length === 0) return around([ax, ay], radius);
  const [cosine, sine] = [((bx - ax) / length) * radius, ((by - ay) / length) * radius];
  const half = CORNERS / 2;
  const end = (x: number, y: number, from: number): Point[] =>
    Array.from({ length: half + 1 }, (_, i) => {
      const [c, s] = CIRCLE[(from + i) % CORNERS];
      return [x + cosine * c - sine * s, y + sine * c + cosine * s];
    });
  // half a circle round b, from the right hand side of the stretch to the left, then half a one round a
  return [...end(bx, by, (3 * CORNERS) / 4), ...end(ax, ay, CORNERS / 4)];
}
