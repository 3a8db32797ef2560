/**
 * Film: a recorded episode packed for the page that plays it. What never changes is stored once, what changes as small
 * whole numbers, so that an episode of 200 steps with all its imagined futures is a fraction of a megabyte.
 * Legend: T decisions, F moments kept of T + 1, H horizon, G ghosts, E charted elements of an observation.
 */
import { demandFinite, InputError } from '../../core/errors.ts';
import type { Picture, Shape } from '../../core/picture.ts';
import type { Recording } from '../events.ts';
import { type FilmFans, fansOf, type PackedPath, pathsOf } from './fans.ts';
import { CHART_LEVELS, type Packed, packLevels } from './packed.ts';
import { extent, linear, round, thin } from './scale.ts';

/** A changing number of a picture is stored as one of so many steps between its smallest and its largest. */
const PICTURE_LEVELS = 8191;

const MOST_CHARTS = 6;
/** Observations longer than this are pictures or the like, of which single numbers tell nothing. */
const LONGEST_CHARTED = 64;
const MOST_MOMENTS = 2000;
const MOST_GHOSTS = 6;
const MOST_FUTURE_POINTS = 20;
const MOST_NUMBERS = 90_000;

export interface Film {
  /** T */
  readonly steps: number;
  /** Only every so many moments are kept: moment i is step i * stride. 1 for all but very long episodes. */
  readonly stride: number;
  /** The moment whose imagined future moves most: shown while nothing plays. */
  readonly poster: number;
  readonly actions: readonly string[]; // [F], empty at the end of the episode
  readonly rewards: readonly (number | null)[]; // [F]
  readonly returns: readonly number[]; // [F] sum of rewards before the moment
  /** How many steps ahead the points of an imagined future are, the first 0. [P] */
  readonly ahead: readonly number[];
  readonly charts: readonly FilmChart[]; // [E]
  /** Observation elements that have no chart. */
  readonly uncharted: number;
  readonly pictures?: FilmPictures;
  readonly fans?: FilmFans;
  /** What each moment's plan was expected to return, and the model steps it took; null where nothing was planned. [F] */
  readonly plans?: readonly (readonly [value: number | null, modelSteps: number] | null)[];
}

export interface FilmChart {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
  readonly real: readonly number[]; // [F] levels
  readonly imagined: Packed; // [F, P] levels
}

export interface FilmPictures {
  readonly templates: readonly Template[];
  readonly real: readonly Row[]; // [F]
  readonly imagined: readonly (readonly Row[] | null)[]; // [F][G], nearest first
  /** How many steps ahead each ghost is. [G] */
  readonly ahead: readonly number[];
  /** Where the plan leads the point that moves most. [F, P] */
  readonly paths?: PackedPath;
}

/** What pictures of the same make-up share. */
export interface Template {
  /** Kind (l line, p polygon, d disc, t text) and number of points of each shape. */
  readonly shapes: readonly (readonly [kind: string, points: number])[];
  /** The view's four bounds, then each shape's ink and numbers: a value where it never changes, else null. */
  readonly columns: readonly (number | string | null)[];
  /** For each changing column, its smallest value and its step; null where it holds words. */
  readonly levels: readonly (readonly [low: number, step: number] | null)[];
}

/** A picture: its template, then one entry for each changing column. */
export type Row = readonly (number | string)[];

/**
 * Packs an episode.
 * @param names of the observation's elements, with the unit in brackets: "pole angle (rad)"
 * @throws NumericalError where the recording holds NaN or an infinity
 */
export function film(recording: Recording, names: readonly string[] = []): Film {
  const { observations, actions, rewards } = recording;
  const steps = actions.length;
  if (observations.length !== steps + 1 || rewards.length !== steps) {
    throw new InputError(
      `report: a recording of ${steps} actions must have ${steps} rewards and ${steps + 1} observations, got ${rewards.length} and ${observations.length}.`,
    );
  }
  if (recording.pictures && recording.pictures.length !== steps + 1) {
    throw new InputError(
      `report: a recording of ${steps} actions must have ${steps + 1} pictures or none, got ${recording.pictures.length}.`,
    );
  }
  demandFinite(rewards, 'report: rewards of the recording');
  observations.forEach((values, t) => demandFinite(values, `report: observation ${t} of the recording`));
  recording.imagined.forEach((future, t) =>
    future?.forEach((values, h) =>
      demandFinite(values, `report: observation imagined ${h} steps ahead at step ${t} of the recording`),
    ),
  );

  const changing = recording.pictures ? changingEntries(recording.pictures) : 0;
  const most = Math.max(2, Math.min(MOST_MOMENTS, MOST_NUMBERS / (1 + changing)));
  const stride = Math.ceil((steps + 1) / most);
  const moments = Array.from({ length: Math.floor(steps / stride) + 1 }, (_, i) => i * stride);

  const returns = [0];
  for (const reward of rewards) returns.push(returns[returns.length - 1] + reward);
  const { levels, ...charts } = chartsOf(recording, moments, names);
  const pictures = picturesOf(recording, moments, changing);
  const paths =
    recording.pictures &&
    pathsOf(
      moments.map((t) => recording.paths?.[t]),
      charts.ahead,
      recording.pictures,
    );
  const fans = fansOf(recording, levels);
  return {
    steps,
    stride,
    poster: posterOf(recording, moments, levels),
    actions: moments.map((t) => (t < steps ? writtenAction(actions[t]) : '')),
    rewards: moments.map((t) => (t < steps ? round(rewards[t], 4) : null)),
    returns: moments.map((t) => round(returns[t], 6)),
    ...charts,
    ...(pictures && { pictures: { ...pictures, ...(paths && { paths }) } }),
    ...(fans && { fans }),
    ...(recording.plans && { plans: moments.map((t) => writtenPlan(recording, t)) }),
  };
}

function writtenPlan({ plans }: Recording, t: number): [value: number | null, modelSteps: number] | null {
  const plan = plans?.[t];
  if (!plan) return null;
  if (plan.value !== undefined) demandFinite([plan.value], `report: value of the plan at step ${t}`);
  return [plan.value === undefined ? null : round(plan.value, 5), plan.steps];
}

/** A movement in parts of a number's size that is rounding. */
const STILL = 1e-5;

function chartsOf(
  { observations, imagined, fans = [] }: Recording,
  moments: readonly number[],
  names: readonly string[],
): Pick<Film, 'charts' | 'uncharted' | 'ahead'> & { levels: ((value: number) => number)[] } {
  const size = observations[0].length;
  const charted = size > LONGEST_CHARTED ? 0 : Math.min(size, MOST_CHARTS);
  const horizon = Math.max(0, ...moments.map((t) => (imagined[t]?.length ?? 1) - 1));
  const room = Math.floor(MOST_NUMBERS / Math.max(1, moments.length * charted));
  const ahead = thin(
    Array.from({ length: horizon + 1 }, (_, h) => h),
    Math.max(2, Math.min(MOST_FUTURE_POINTS, room)),
  );
  const levels: ((value: number) => number)[] = [];
  const charts = Array.from({ length: charted }, (_, e): FilmChart => {
    const [lowest, highest] = extent(observations.map((values) => values[e]));
    const size = Math.max(Math.abs(lowest), Math.abs(highest));
    // what moves by no more than numbers of single precision are rounded by stands still
    const span = highest - lowest > STILL * size ? highest - lowest : size || 1;
    const near = (value: number) => Math.min(highest + span / 2, Math.max(lowest - span / 2, value));
    // Wild imagination may leave the chart, but must not press reality flat.
    const [low, high] = extent([
      lowest,
      highest,
      ...moments.flatMap((t) => (imagined[t] ?? []).map((values) => near(values[e]))),
      ...fans.flatMap((fan = []) => fan.flatMap((each) => each.observations.map((seen) => near(seen[e])))),
    ]);
    const scale = linear(low - span * 0.06, high + span * 0.06, 3);
    const place = (value: number) => ((value - scale.low) / (scale.high - scale.low)) * CHART_LEVELS;
    levels.push(place);
    return {
      name: names[e] ?? `observation ${e + 1}`,
      low: round(scale.low, 7),
      high: round(scale.high, 7),
      ticks: scale.ticks,
      real: moments.map((t) => Math.round(place(observations[t][e]))),
      imagined: packLevels(
        moments.flatMap((t) => ahead.map((h) => imagined[t]?.[h] && place(imagined[t][h][e]))),
      ),
    };
  });
  return { charts, uncharted: size - charted, ahead, levels };
}

/** The moment whose imagined future goes furthest, all charts together; 0 when nothing is imagined. */
function posterOf(
  { imagined }: Recording,
  moments: readonly number[],
  levels: readonly ((value: number) => number)[],
): number {
  let best = 0;
  let furthest = 0;
  moments.forEach((t, i) => {
    const future = imagined[t];
    if (!future) return;
    const [first, last] = [future[0], future[future.length - 1]];
    const distance = levels
      .map((place, e) => Math.min(CHART_LEVELS, Math.abs(place(last[e]) - place(first[e]))))
      .reduce((sum, each) => sum + each, 0);
    if (distance > furthest) {
      furthest = distance;
      best = i;
    }
  });
  return best;
}

function picturesOf(
  recording: Recording,
  moments: readonly number[],
  changing: number,
): FilmPictures | undefined {
  const { pictures, imaginedPictures = [] } = recording;
  if (pictures === undefined) return undefined;
  const horizon = Math.max(0, ...moments.map((t) => (imaginedPictures[t]?.length ?? 1) - 1));
  const room = Math.floor(MOST_NUMBERS / (moments.length * (1 + changing))) - 1;
  const all = Array.from({ length: horizon }, (_, h) => horizon - h);
  // The far end of the future is kept first.
  const ghosts = Math.max(0, Math.min(MOST_GHOSTS, room));
  const ahead = ghosts === 1 ? all.slice(0, 1) : [...thin(all, ghosts)].reverse();

  const templates = new Map<string, { index: number; real: Entry[][]; imagined: Entry[][] }>();
  const sort = (picture: Picture, kind: 'real' | 'imagined', where: string) => {
    const vector = vectorOf(picture);
    demandFinite(
      vector.filter((entry) => typeof entry === 'number'),
      `report: ${where}`,
    );
    const key = JSON.stringify(makeUp(picture));
    let template = templates.get(key);
    if (template === undefined) {
      template = { index: templates.size, real: [], imagined: [] };
      templates.set(key, template);
    }
    template[kind].push(vector);
    return { key, vector };
  };
  const real = moments.map((t) => sort(pictures[t], 'real', `picture of step ${t}`));
  const imagined = moments.map((t) => {
    const future = imaginedPictures[t];
    if (!future) return null;
    return ahead
      .filter((h) => h < future.length)
      .map((h) => sort(future[h], 'imagined', `picture imagined ${h} steps ahead at step ${t}`));
  });

  const packers = new Map([...templates].map(([key, found]) => [key, packerOf(key, found)]));
  const pack = ({ key, vector }: { key: string; vector: Entry[] }) => packers.get(key)!.pack(vector);
  return {
    templates: [...packers.values()].map(({ template }) => template),
    real: real.map(pack),
    imagined: imagined.map((rows) => rows?.map(pack) ?? null),
    ahead,
  };
}

type Entry = number | string;

/** Kinds and point counts: pictures that share them share a template. */
function makeUp({ shapes }: Picture): [kind: string, points: number][] {
  return shapes.map((shape) => [shape.kind[0], 'points' in shape ? shape.points.length : 1]);
}

/** All a picture says, in the order of {@link Template.columns}. */
function vectorOf({ view, shapes }: Picture): Entry[] {
  return [view.left, view.right, view.bottom, view.top, ...shapes.flatMap(entriesOf)];
}

function entriesOf(shape: Shape): Entry[] {
  switch (shape.kind) {
    case 'line':
      return [shape.ink, shape.width, ...shape.points.flat()];
    case 'polygon':
      return [shape.ink, ...shape.points.flat()];
    case 'disc':
      return [shape.ink, ...shape.center, shape.radius];
    case 'text':
      return [shape.ink, ...shape.at, shape.size, shape.text];
  }
}

/** How many entries change among pictures, judged by the first one's make-up. */
function changingEntries(pictures: readonly Picture[]): number {
  const first = vectorOf(pictures[0]);
  const changed = new Set<number>();
  for (const picture of pictures) {
    vectorOf(picture).forEach((entry, i) => {
      if (entry !== first[i]) changed.add(i);
    });
  }
  return changed.size;
}

function packerOf(
  key: string,
  found: { index: number; real: Entry[][]; imagined: Entry[][] },
): { template: Template; pack: (vector: readonly Entry[]) => Row } {
  const vectors = [...found.real, ...found.imagined];
  const shapes: [string, number][] = JSON.parse(key);
  const columns: (Entry | null)[] = [];
  const levels: ([number, number] | null)[] = [];
  const writers: ((vector: readonly Entry[]) => Entry)[] = [];
  for (let c = 0; c < vectors[0].length; c++) {
    const first = vectors[0][c];
    if (vectors.every((vector) => vector[c] === first)) {
      columns.push(typeof first === 'number' ? round(first, 6) : first);
      continue;
    }
    columns.push(null);
    if (typeof first === 'string') {
      levels.push(null);
      writers.push((vector) => vector[c]);
      continue;
    }
    const [low, high] = boundsOf(found, c);
    const step = (high - low) / PICTURE_LEVELS;
    levels.push([round(low, 7), round(step, 7)]);
    writers.push((vector) => {
      const place = Math.round((Number(vector[c]) - low) / step);
      return Math.min(PICTURE_LEVELS, Math.max(0, place));
    });
  }
  return {
    template: { shapes, columns, levels },
    pack: (vector) => [found.index, ...writers.map((write) => write(vector))],
  };
}

/** Bounds of a column: reality's own and up to twice the view beyond, so that wild imagination costs no precision. */
function boundsOf(found: { real: Entry[][]; imagined: Entry[][] }, column: number): [number, number] {
  const values = (vectors: Entry[][]) => vectors.map((vector) => Number(vector[column]));
  const [low, high] = extent(values([...found.real, ...found.imagined]));
  if (found.real.length === 0) return [low, high];
  const [left, right, bottom, top] = found.real[0].map(Number);
  const margin = 2 * Math.max(right - left, top - bottom);
  const [lowest, highest] = extent(values(found.real));
  return [Math.max(low, lowest - margin), Math.min(high, highest + margin)];
}

function writtenAction(action: number | Float32Array): string {
  const one = (value: number) => String(round(value, 3)).replace('-', '−');
  if (typeof action === 'number') return one(action);
  demandFinite(action, 'report: actions of the recording');
  const shown = [...action.subarray(0, 6)].map(one).join(', ');
  return action.length > 6 ? `${shown}, …` : shown;
}
