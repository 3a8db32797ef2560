/**
 * Fans packed for the page: of some decisions a dozen of the candidates that the planner weighed.
 * Legend: N fans, C candidates of a fan from the best to the worst, P points of a candidate, E charts.
 */
import { demandFinite } from '../../core/errors.ts';
import type { Picture } from '../../core/picture.ts';
import type { Path, Recording } from '../events.ts';
import { type Packed, pack, packLevels } from './packed.ts';
import { extent, round, thin } from './scale.ts';

export interface FilmFans {
  /** The step of each decision that has a fan, rising. [N] */
  readonly steps: readonly number[];
  /** C; fans of fewer candidates are filled up with nothing. */
  readonly count: number;
  /** How many steps ahead the points are, the first 0. [P] */
  readonly ahead: readonly number[];
  readonly returns: readonly (readonly number[])[]; // [N][<= C]
  readonly charts: readonly Packed[]; // [E] of [N, C, P] levels
  readonly paths?: PackedPath; // [N, C, P]
}

/** Points in world units. */
export interface PackedPath {
  readonly x: Packed;
  readonly y: Packed;
}

const MOST_POINTS = 9;
/** Two bytes each. */
const MOST_NUMBERS = 54_000;

/** @param levels places of an observation's elements in their charts: E functions */
export function fansOf(
  { fans = [], pictures }: Recording,
  levels: readonly ((value: number) => number)[],
): FilmFans | undefined {
  const found = fans.flatMap((fan, step) => (fan && fan.length > 0 ? [{ fan, step }] : []));
  if (found.length === 0) return undefined;
  for (const { fan, step } of found) {
    demandFinite(
      fan.map((candidate) => candidate.return),
      `report: returns of candidates at step ${step} of the recording`,
    );
    fan.forEach(({ observations, path = [] }, c) => {
      const what = `of candidate ${c} at step ${step} of the recording`;
      observations.forEach((seen) => demandFinite(seen, `report: observations ${what}`));
      path.forEach((point) => point && demandFinite(point, `report: path ${what}`));
    });
  }
  const count = Math.max(...found.map(({ fan }) => fan.length));
  const horizon = Math.max(
    ...found.flatMap(({ fan }) => fan.map(({ observations }) => observations.length - 1)),
  );
  const ahead = thin(
    Array.from({ length: horizon + 1 }, (_, h) => h),
    MOST_POINTS,
  );
  const drawn = pictures && found.every(({ fan }) => fan.every(({ path }) => path));
  const numbers = count * ahead.length * (levels.length + (drawn ? 2 : 0));
  const every = Math.max(1, Math.ceil((found.length * numbers) / MOST_NUMBERS));
  const kept = found.filter((_, i) => i % every === 0);
  const all = (value: (fan: (typeof kept)[number]['fan'][number], h: number) => number | undefined) =>
    kept.flatMap(({ fan }) =>
      Array.from({ length: count }, (_, c) =>
        ahead.map((h) => (c < fan.length ? value(fan[c], h) : undefined)),
      ).flat(),
    );
  return {
    steps: kept.map(({ step }) => step),
    count,
    ahead,
    returns: kept.map(({ fan }) => fan.map((candidate) => round(candidate.return, 5))),
    charts: levels.map((level, e) =>
      packLevels(
        all(({ observations }, h) => (h < observations.length ? level(observations[h][e]) : undefined)),
      ),
    ),
    ...(drawn && { paths: packPath((axis) => all(({ path }, h) => path?.[h]?.[axis]), pictures) }),
  };
}

/** The plan's own path at each moment. @param paths [F] */
export function pathsOf(
  paths: readonly (Path | undefined)[],
  ahead: readonly number[],
  pictures: readonly Picture[],
): PackedPath | undefined {
  if (!paths.some((path) => path)) return undefined;
  return packPath((axis) => paths.flatMap((path) => ahead.map((h) => path?.[h]?.[axis])), pictures);
}

/** Points further out than half the view's size are packed as if they were there. */
function packPath(
  along: (axis: 0 | 1) => readonly (number | undefined)[],
  pictures: readonly Picture[],
): PackedPath {
  const wide = (edges: readonly [number, number][]): [number, number] => {
    const [low, high] = extent(edges.flat());
    return [low - (high - low) / 2, high + (high - low) / 2];
  };
  return {
    x: pack(along(0), ...wide(pictures.map(({ view }) => [view.left, view.right]))),
    y: pack(along(1), ...wide(pictures.map(({ view }) => [view.bottom, view.top]))),
  };
}
