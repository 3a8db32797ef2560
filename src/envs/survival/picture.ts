/** The survival world from above. A square is one unit wide; the lower left corner is the origin. */
import type { Picture, Shape } from '../../core/picture.ts';
import { corners, disc, polygon } from '../shapes.ts';
import { BARE_BUSH, BUSH, GRASS, ORE, STONE, TREE, WATER } from './land.ts';

/** What is drawn of a state. */
export interface Drawn {
  readonly land: Uint8Array;
  readonly at: number;
  readonly facing: number;
  readonly health: number;
  readonly food: number;
  readonly water: number;
  readonly energy: number;
}

export function survivalPicture(state: Drawn, size: number): Picture {
  const { land, at, facing } = state;
  const center = (square: number): [number, number] => [
    (square % size) + 0.5,
    size - Math.floor(square / size) - 0.5,
  ];
  const shapes: Shape[] = [polygon(corners(0, size, 0, size), 'muted')];
  for (const [square, kind] of land.entries()) {
    if (kind !== GRASS) shapes.push(...squareShapes(kind, center(square)));
  }
  const [x, y] = center(at);
  const [east, north] = [
    [0, 1],
    [1, 0],
    [0, -1],
    [-1, 0],
  ][facing];
  shapes.push(disc([x, y], 0.4, 'body'), disc([x + 0.25 * east, y + 0.25 * north], 0.13, 'muted'));
  // what is left of health, food, water and energy
  for (const [i, level] of [state.health, state.food, state.water, state.energy].entries()) {
    const left = (i * size) / 4;
    const right = left + ((size / 4) * level) / 10;
    if (level > 0) shapes.push(polygon(corners(left, right, -0.8, -0.3), i === 0 ? 'body' : 'ground'));
  }
  return { view: { left: -0.5, right: size + 0.5, bottom: -1.2, top: size + 0.5 }, shapes };
}

function squareShapes(kind: number, [x, y]: [number, number]): Shape[] {
  const block = (half: number, ink: Shape['ink']) =>
    polygon(corners(x - half, x + half, y - half, y + half), ink);
  if (kind === WATER) return [block(0.5, 'accent')];
  if (kind === STONE) return [block(0.48, 'ground')];
  if (kind === ORE) return [block(0.48, 'ground'), disc([x, y], 0.2, 'muted')];
  if (kind === TREE) return [block(0.1, 'body'), disc([x, y + 0.1], 0.35, 'goal')];
  if (kind === BUSH) return [disc([x, y], 0.25, 'goal'), disc([x, y], 0.1, 'body')];
  if (kind === BARE_BUSH) return [disc([x, y], 0.15, 'goal')];
  return [block(0.35, 'body')];
}
