/**
 * The dream: one self-contained page that shows what a model imagined beside what came, step by step; and the strip of it in a
 * run's report.
 *
 * Legend: C moments shown, H steps dreamt, M = C + H moments in all.
 */
import { demandFinite } from '../../core/errors.ts';
import { isPicture } from '../../core/spaces.ts';
import { sizeOf } from '../../engine/tensor.ts';
import type { DreamRecording } from '../events.ts';
import { type Chart, dots, line, type Plot, type Point, place, referenceLine, renderChart } from './chart.ts';
import { differenceOf, drawingOf, imageOf, overlaid } from './drawing.ts';
import { dreamScript } from './dream-script.ts';
import { type Content, html, json, type Markup } from './markup.ts';
import { renderPage } from './page.ts';
import { transportOf } from './player.ts';
import { extent, fitting, LENGTH, linear, round, type Scale, written } from './scale.ts';

/** All the page tells. */
export interface DreamData {
  /** Who dreams of what, as "dreamer-v3 on pendulum, after 4000 steps". */
  readonly title: string;
  /** One sentence. */
  readonly summary: string;
  readonly version: string;
  readonly dream: DreamRecording;
  /** Of the observation's elements, the unit in brackets: "pole angle (rad)". */
  readonly observationNames?: readonly string[];
}

const MOST_CHARTS = 24;
/** Observations longer than this are pictures or the like, of which single numbers tell nothing. */
const LONGEST_CHARTED = 64;
const CHART_HEIGHT = 130;

/** The page as HTML. @throws NumericalError where something to be drawn is NaN or infinite */
export function renderDream({ title, summary, version, dream, observationNames }: DreamData): string {
  demandNumbers(dream);
  const charts = [errorChart(dream), rewardChart(dream), continuationChart(dream)];
  const elements = elementCharts(dream, observationNames ?? []);
  const size = numbersBesidePictures(dream).length || dream.truth.observations[0].length;
  return renderPage(
    title,
    version,
    html`<header>
<p class="kind">${title}</p>
<h1>A dream, and what came</h1>
<p class="summary">${summary}</p>
</header>
${player(dream)}
<section class="dream-charts pair">${charts.map((chart) => chart && renderChart(chart))}</section>
${
  elements.length > 0 &&
  html`<section><h2>What it saw, and what it dreamt</h2>
<p class="lead">Each number of the observation: <b class="real">what came</b>, and what the model <b class="imagined">imagined</b>. Shaded: the moments that it was shown.</p>
<div class="dream-charts elements">${elements.map(renderChart)}</div></section>`
}
${elements.length < size && html`<p class="note">${elements.length === 0 ? `Observations of ${size} numbers are not charted.` : `The first ${elements.length} of ${size} elements of the observation are charted.`}</p>`}
`,
    dreamScript,
  );
}

function demandNumbers({ truth, shown, dreams, errors = [] }: DreamRecording): void {
  for (const seen of [...truth.observations, ...shown]) demandFinite(seen, 'report: observations of a dream');
  for (const course of [truth, ...dreams]) {
    course.observations.forEach((seen) => demandFinite(seen, 'report: observations of a dream'));
    demandFinite([...course.rewards, ...course.discounts, ...errors], 'report: figures of a dream');
  }
}

/** What each moment shows; undefined where neither world nor observation can be drawn. */
type Panels =
  | {
      readonly kind: 'drawn';
      readonly view: readonly [width: number, height: number];
      /** Every shape once. */
      readonly shapes: readonly string[];
      readonly scenery: readonly number[];
      /** Indices of shapes. [M] */
      readonly truth: readonly (readonly number[])[];
      readonly dream: readonly (readonly number[])[];
    }
  | {
      readonly kind: 'pixels';
      readonly view: readonly [width: number, height: number];
      /** Addresses of images. [M] */
      readonly truth: readonly string[];
      readonly dream: readonly string[];
      readonly difference: readonly string[];
    };

/** What the first dream looks like, moment by moment. [M] */
function dreamtObservations({ shown, dreams }: DreamRecording): readonly Float32Array[] {
  return [...shown, ...dreams[0].observations];
}

/** The picture in an observation, the first where there are several; undefined where there is none. */
function cameraOf({ parts }: DreamRecording) {
  for (const { shape, offset } of parts) {
    if (!isPicture(shape)) continue;
    const [height, width] = shape;
    const pixels = (seen: Float32Array) => seen.subarray(offset, offset + sizeOf(shape));
    return {
      view: [width, height] as const,
      image: (seen: Float32Array) => imageOf(pixels(seen), shape),
      difference: (one: Float32Array, other: Float32Array) =>
        imageOf(differenceOf(pixels(one), pixels(other)), shape),
    };
  }
  return undefined;
}

function panelsOf(dream: DreamRecording): Panels | undefined {
  const { truth, pictures } = dream;
  const camera = cameraOf(dream);
  if (camera) {
    const seen = dreamtObservations(dream);
    return {
      kind: 'pixels',
      view: camera.view,
      truth: truth.observations.map(camera.image),
      dream: seen.map(camera.image),
      difference: seen.map((dreamt, t) => camera.difference(truth.observations[t], dreamt)),
    };
  }
  if (!pictures) return undefined;
  const places = new Map<string, number>();
  const scenery = new Set<number>();
  const drawings = [pictures.truth, pictures.dream].map((course) => course.map(drawingOf));
  const [real, dreamt] = drawings.map((course) =>
    course.map(({ shapes }) =>
      shapes.map((shape) => {
        const { markup } = shape.markup;
        const at = places.get(markup) ?? places.size;
        places.set(markup, at);
        if (shape.scenery) scenery.add(at);
        return at;
      }),
    ),
  );
  const { width, height } = drawings[0][0];
  return {
    kind: 'drawn',
    view: [width, height],
    shapes: [...places.keys()],
    scenery: [...scenery],
    truth: real,
    dream: dreamt,
  };
}

function player(dream: DreamRecording): Markup {
  const { context: C, actions, truth, dreams, errors } = dream;
  const M = actions.length + 1;
  const panels = panelsOf(dream);
  const before = <T>(list: readonly T[]): (T | null)[] => [...new Array<null>(C - 1).fill(null), ...list];
  const figures = (list: readonly number[]) => list.map((value) => round(value, 5));
  const data = {
    context: C,
    steps: M - 1,
    actions: actions.map(writtenAction),
    rewards: figures(truth.rewards),
    discounts: figures(truth.discounts),
    dreamRewards: before(figures(dreams[0].rewards)),
    dreamDiscounts: before(figures(dreams[0].discounts)),
    errors: errors ? before(figures(errors)) : [],
    panels,
  };
  return html`<section class="dream" tabindex="-1" aria-label="The dream, step by step">
<p class="lead">${lead(dream)}</p>
<noscript><p class="empty">The dream is played by a script, and scripts are off.</p></noscript>
${
  panels &&
  html`<div class="panels" data-part="panels">${[
    ['truth', 'Truth', 'real', 'what came'],
    ['dream', 'Dream', 'imagined', ''],
    [
      'difference',
      'Difference',
      '',
      panels.kind === 'pixels' ? 'brighter is further apart' : 'one over the other',
    ],
  ].map(
    ([part, name, tone, note]) =>
      html`<figure><figcaption><b class="${tone}">${name}</b> <small data-part="${part}-note">${note}</small></figcaption><div class="world">${
        panels.kind === 'pixels'
          ? html`<img data-part="${part}" alt="${name} at the present step" width="${panels.view[0]}" height="${panels.view[1]}">`
          : html`<svg data-part="${part}" role="img" aria-label="${name} at the present step" viewBox="0 0 ${panels.view[0]} ${panels.view[1]}"></svg>`
      }</div></figure>`,
  )}</div>`
}
<div class="controls">
${transportOf(M, M - 1)}
<dl class="readout">
<div><dt>step</dt><dd><span data-part="step">0</span><small> of ${M - 1}</small></dd></div>
<div><dt>action that led here</dt><dd data-part="action">–</dd></div>
<div><dt>reward, <span class="imagined">dreamt</span></dt><dd><span data-part="reward">–</span> <span class="imagined" data-part="dream-reward"></span></dd></div>
<div><dt>goes on, <span class="imagined">dreamt</span></dt><dd><span data-part="discount">–</span> <span class="imagined" data-part="dream-discount"></span></dd></div>
</dl>
<p class="keys"><kbd>space</kbd> plays, <kbd>←</kbd> <kbd>→</kbd> step, with <kbd>shift</kbd> by ten</p>
</div>
<script type="application/json">${json(data)}</script>
</section>`;
}

function lead({ context: C, policy, dreams, actions, truth }: DreamRecording): Content {
  const H = actions.length - (C - 1);
  const ended = truth.discounts[truth.discounts.length - 1] === 0;
  return html`The model was shown ${C === 1 ? 'the first moment' : `${C} moments`} of an episode, then imagined ${
    H === 1 ? 'one step' : `${H} steps`
  } ${
    policy
      ? 'in which the agent acted as it saw fit in its dream. The truth is the world under the same actions'
      : 'under the actions that were really taken, seeing nothing more'
  }${ended && '; there the true episode ended'}. ${
    dreams.length > 1 && `The first of ${dreams.length} dreams is played, the others are faint in the curves.`
  }`;
}

/** A mark that the script moves: at the left end is moment `from`, at the right end moment `to`. */
function nowMark(from: number, to: number): Markup {
  return html`<path class="now" data-now="${from} ${to}" d=""/>`;
}

/** Steps of the episode, whole numbers alone; the context shaded. */
function stepsOf({ context: C, actions }: DreamRecording): { x: Scale; marks: Content; label: string } {
  const last = actions.length;
  const scale = linear(0, last, 5);
  const x = { ...scale, ticks: scale.ticks.filter((tick) => Number.isInteger(tick)) };
  const edge = x.at(C - 1);
  return {
    x,
    marks: [html`<path class="context" d="M0 0H${edge}V${LENGTH}H0Z"/>`, nowMark(0, last)],
    label: 'step of the episode',
  };
}

function errorChart({ errors, context: C, actions, dreams }: DreamRecording): Chart | undefined {
  if (!errors) return undefined;
  const H = errors.length;
  const scale = linear(1, Math.max(2, H), 5);
  const x = { ...scale, ticks: scale.ticks.filter((tick) => Number.isInteger(tick)) };
  const y = fitting([...errors, 0], 4, 0.08);
  const at = place(x, y);
  const points = errors.map((error, h) => at(h + 1, error));
  const guessing = y.high > 1;
  return {
    title: 'How far it strays',
    explanation: html`Error of the ${dreams.length > 1 ? 'dreams' : 'dream'} by <b class="imagined">steps ahead</b>.`,
    plots: [
      {
        description: `Root mean square error of what was dreamt: ${written(errors[0])} one step ahead, ${written(errors[H - 1])} at ${H} steps. In standard deviations of the observations.`,
        x,
        y,
        xLabel: 'steps ahead',
        yLabel: 'root mean square error, in standard deviations',
        marks: [
          nowMark(C, Math.max(C + 1, actions.length)),
          guessing && referenceLine(y, 1),
          line(points, 'imagined', 'strong'),
          H <= 60 && dots(points, 'imagined'),
        ],
        lineLabels: guessing
          ? [{ value: 1, text: 'as bad as guessing the average', tone: 'reference', side: 'left' }]
          : [],
        height: 200,
      },
    ],
  };
}

interface Curves {
  /** [M], from moment `first` on. */
  readonly real: readonly number[];
  readonly first: number;
  /** What the model makes of what it is shown. [C] */
  readonly shown?: readonly number[];
  readonly dreams: readonly (readonly number[])[]; // [samples][H]
}

/** Truth and dreams over the steps of the episode. What runs wild may leave the plot, but must not press truth flat. */
function curvesPlot(
  dream: DreamRecording,
  { real, first, shown = [], dreams }: Curves,
  bounds?: readonly [number, number],
): Omit<Plot, 'description' | 'yLabel'> {
  const { context: C } = dream;
  const { x, marks, label } = stepsOf(dream);
  const [lowest, highest] = extent(real);
  const span = highest - lowest || Math.abs(highest) || 1;
  const near = (value: number) => Math.min(highest + span, Math.max(lowest - span, value));
  const [low, high] = bounds ?? extent([...real, ...shown, ...dreams.flat()].map(near));
  const y = linear(low - (high - low) * 0.06, high + (high - low) * 0.06, 3);
  const at = place(x, y);
  const points = (values: readonly number[], from: number): Point[] =>
    values.map((value, i) => at(from + i, near(value)));
  const start = shown.length > 0 ? [near(shown[shown.length - 1])] : [];
  return {
    x,
    y,
    xLabel: label,
    marks: [
      marks,
      line(points(real, first), 'real'),
      line(points(shown, 0), 'imagined', 'later'),
      dreams
        .slice(1)
        .map((values) => line(points([...start, ...values], C - start.length), 'imagined', 'later')),
      line(points([...start, ...dreams[0]], C - start.length), 'imagined', 'strong'),
      real.length - 1 + first <= C && dots(points(dreams[0], C), 'imagined'),
    ],
    height: CHART_HEIGHT,
  };
}

function rewardChart(dream: DreamRecording): Chart {
  const { truth, dreams, context: C } = dream;
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const [real, dreamt] = [sum(truth.rewards.slice(C - 1)), sum(dreams[0].rewards)];
  return {
    title: 'What it earned',
    explanation: html`Rewards: <b class="real">${written(round(real, 4))}</b> came in all after the dream began, <b class="imagined">${written(round(dreamt, 4))}</b> were dreamt.`,
    plots: [
      {
        ...curvesPlot(dream, {
          real: truth.rewards,
          first: 1,
          dreams: dreams.map(({ rewards }) => rewards),
        }),
        description: `Rewards step by step: ${written(real)} in all came, ${written(dreamt)} were dreamt.`,
        yLabel: 'reward',
      },
    ],
  };
}

function continuationChart(dream: DreamRecording): Chart {
  const { truth, dreams } = dream;
  const lowest = Math.min(0, ...truth.discounts, ...dreams.flatMap(({ discounts }) => [...discounts]));
  return {
    title: 'Whether it goes on',
    explanation: html`<b class="real">1</b> while the episode goes on, 0 at an end; the model's <b class="imagined">expectation</b>.`,
    plots: [
      {
        ...curvesPlot(
          dream,
          {
            real: truth.discounts,
            first: 1,
            dreams: dreams.map(({ discounts }) => discounts),
          },
          [lowest, 1],
        ),
        description: `Continuation step by step; dreamt between ${written(extent(dreams[0].discounts)[0])} and ${written(extent(dreams[0].discounts)[1])}.`,
        yLabel: 'continuation',
      },
    ],
  };
}

function elementCharts(dream: DreamRecording, names: readonly string[]): Chart[] {
  const { truth, shown, dreams } = dream;
  return numbersBesidePictures(dream)
    .slice(0, MOST_CHARTS)
    .map(({ at: e, called }): Chart => {
      const name = names[e] ?? called;
      const of = (seen: readonly Float32Array[]) => seen.map((values) => values[e]);
      return {
        title: name,
        explanation: undefined,
        plots: [
          {
            ...curvesPlot(dream, {
              real: of(truth.observations),
              first: 0,
              shown: of(shown),
              dreams: dreams.map(({ observations }) => of(observations)),
            }),
            description: `${name}, as it came and as it was dreamt.`,
            yLabel: '',
          },
        ],
      };
    });
}

/** Where each number of an observation's vectors is, and what it is called where it has no name; none where they are long. */
function numbersBesidePictures({ parts }: DreamRecording): { at: number; called: string }[] {
  const vectors = parts.filter(({ shape }) => !isPicture(shape));
  if (vectors.some(({ shape }) => sizeOf(shape) > LONGEST_CHARTED)) return [];
  return vectors.flatMap(({ name, shape, offset }) =>
    Array.from({ length: sizeOf(shape) }, (_, e) => ({ at: offset + e, called: `${name} ${e + 1}` })),
  );
}

function writtenAction(action: number | Float32Array): string {
  if (typeof action === 'number') return String(action);
  demandFinite(action, 'report: actions of a dream');
  const shown = [...action.subarray(0, 4)].map((value) => String(round(value, 3)).replace('-', '−'));
  return action.length > 4 ? `${shown.join(', ')}, …` : shown.join(', ');
}

/** Steps ahead at which the strip looks. */
const GLANCES = [1, 2, 5, 10, 20, 30, 45];
const MOST_GLANCES = 6;

/** A few moments of a dream in a row: truth above dream above difference. Undefined where nothing can be drawn. */
export function renderFilmstrip(dream: DreamRecording): Markup | undefined {
  demandNumbers(dream);
  const { context: C, truth, pictures, errors } = dream;
  const H = dream.actions.length - (C - 1);
  const within = [...new Set([...GLANCES.filter((h) => h < H), H])];
  const ahead = within.length > MOST_GLANCES ? [...within.slice(0, MOST_GLANCES - 1), H] : within;
  const seen = dreamtObservations(dream);
  let cells: ((t: number) => readonly Markup[]) | undefined;
  const camera = cameraOf(dream);
  if (camera) {
    const [width, height] = camera.view;
    const image = (address: string) =>
      html`<img src="${address}" alt="" width="${width}" height="${height}">`;
    cells = (t) => [
      image(camera.image(truth.observations[t])),
      image(camera.image(seen[t])),
      image(camera.difference(truth.observations[t], seen[t])),
    ];
  } else if (pictures) {
    cells = (t) => {
      const [real, dreamt] = [drawingOf(pictures.truth[t]), drawingOf(pictures.dream[t])];
      const svg = (content: Content) =>
        html`<svg viewBox="0 0 ${real.width} ${real.height}" aria-hidden="true">${content}</svg>`;
      const all = ({ shapes }: typeof real) => svg(shapes.map(({ markup }) => markup));
      return [all(real), all(dreamt), svg(overlaid(real, dreamt))];
    };
  }
  if (!cells) return undefined;
  const columns = ahead.map((h) => cells(C - 1 + h));
  const rows = [
    ['real', 'Truth'],
    ['imagined', 'Dream'],
    ['', 'Difference'],
  ] as const;
  return html`<section class="filmstrip">
<h2>What it dreams</h2>
<p class="lead">The last evaluation episode: after the ${C} moments that it was shown, the model imagined ${H} steps under the actions that were taken, seeing nothing more. A page with all of it: forethought dream.</p>
<div class="scroll"><table aria-label="Truth, dream and difference at some steps ahead">
<thead><tr><td></td>${ahead.map((h) => html`<th scope="col">${h} ${h === 1 ? 'step' : 'steps'} ahead</th>`)}</tr></thead>
<tbody>${rows.map(
    ([tone, name], row) =>
      html`<tr><th scope="row"><b class="${tone}">${name}</b></th>${columns.map((column) => html`<td><div class="world">${column[row]}</div></td>`)}</tr>`,
  )}
${errors && html`<tr class="errors"><th scope="row">Error</th>${ahead.map((h) => html`<td>${written(round(errors[h - 1], 2))}</td>`)}</tr>`}</tbody>
</table></div>
${errors && html`<p class="note">Errors in standard deviations of the observations: 1 is as bad as guessing the average.</p>`}
</section>`;
}
