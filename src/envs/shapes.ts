/** Short names for the shapes of pictures. World units, y upwards. */
import type { Ink, Shape } from '../core/picture.ts';

/** A place. */
export type Point = readonly [x: number, y: number];

/** An open line through `points`. */
export function line(points: readonly Point[], width: number, ink: Ink): Shape {
  return { kind: 'line', points, width, ink };
}

/** A filled outline. */
export function polygon(points: readonly Point[], ink: Ink): Shape {
  return { kind: 'polygon', points, ink };
}

/** A filled disc. */
export function disc(center: Point, radius: number, ink: Ink): Shape {
  return { kind: 'disc', center, radius, ink };
}

/** `points` turned counterclockwise by `angle` in rad around the origin, then moved to `to`. */
export function placed(points: readonly Point[], angle: number, to: Point): Point[] {
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  return points.map(([x, y]) => [to[0] + cosine * x - sine * y, to[1] + sine * x + cosine * y]);
}

/** The corners of a box. */
export function corners(left: number, right: number, bottom: number, top: number): Point[] {
  return [
    [left, bottom],
    [right, bottom],
    [right, top],
    [left, top],
  ];
}
