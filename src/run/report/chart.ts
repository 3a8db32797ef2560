/**
 * A chart: a stretchable drawing with axes, whose words are HTML laid over it. The drawing takes the width there is,
 * while words and strokes keep their size, so one chart serves a phone and a desktop without a script.
 */
import { type Content, html, type Markup } from './markup.ts';
import { LENGTH, type Scale, writtenTick } from './scale.ts';

/** Words beside the end of a line, in the right margin. */
export interface EndLabel {
  /** In the y axis's own units. */
  readonly value: number;
  readonly text: string;
  readonly tone: Tone;
}

/** Words inside the drawing, just above (or below) a height. */
export interface LineLabel extends EndLabel {
  readonly side: 'left' | 'right';
  readonly below?: boolean;
}

/** What a mark speaks of; the style sheet gives each its colour, in light and in dark. */
export type Tone = 'real' | 'imagined' | 'quiet' | 'reference';

/** What is said and shown together. Where there are several plots they stand on one another and share the x axis. */
export interface Chart {
  readonly title: string;
  readonly explanation: Content;
  readonly plots: readonly Plot[];
}

export interface Plot {
  /** What a reader who cannot see the plot is told. */
  readonly description: string;
  readonly x: Scale;
  readonly y: Scale;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly marks: Content;
  readonly lineLabels?: readonly LineLabel[];
  readonly endLabels?: readonly EndLabel[];
  /** Pixels. */
  readonly height: number;
}

/** A point in the drawing: x to the right, y downwards, both in 0 .. LENGTH. */
export type Point = readonly [x: number, y: number];

/** Places a pair of values in the drawing. */
export function place(x: Scale, y: Scale): (xValue: number, yValue: number) => Point {
  return (xValue, yValue) => [x.at(xValue), fromTop(y, yValue)];
}

/** A line through points. */
export function line(points: readonly Point[], tone: Tone, kind = ''): Markup {
  const path = points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${x} ${y}`).join('');
  return html`<path class="line ${tone} ${kind}" d="${path}"/>`;
}

/** Dots at points; each a line of no length with round ends, so that stretching leaves it round. */
export function dots(points: readonly Point[], tone: Tone): Markup {
  return html`<path class="dots ${tone}" d="${points.map(([x, y]) => `M${x} ${y}h.01`).join('')}"/>`;
}

/** The area between an upper and a lower line. */
export function band(upper: readonly Point[], lower: readonly Point[], tone: Tone): Markup {
  const outline = [...upper, ...[...lower].reverse()].map(([x, y]) => `${x} ${y}`).join('L');
  return html`<path class="band ${tone}" d="M${outline}Z"/>`;
}

/** A dashed line across the whole drawing. */
export function referenceLine(y: Scale, value: number): Markup {
  return html`<path class="line reference" d="M0 ${fromTop(y, value)}H${LENGTH}"/>`;
}

export function renderChart({ title, explanation, plots }: Chart): Markup {
  return html`<figure class="chart">
<figcaption><h3>${title}</h3><p>${explanation}</p></figcaption>
<div>${plots.map((plot, i) => renderPlot(plot, i === plots.length - 1))}</div>
</figure>`;
}

function renderPlot(plot: Plot, lowest: boolean): Markup {
  const { x, y, height } = plot;
  const ends = spread(plot.endLabels ?? [], y, (17 / height) * LENGTH);
  return html`<div class="plot${ends.length > 0 && ' with-ends'}" role="img" aria-label="${plot.description}">
<p class="y-label">${plot.yLabel}</p>
<div class="area" style="height:${height}px">
<svg viewBox="0 0 ${LENGTH} ${LENGTH}" preserveAspectRatio="none">${y.ticks.map(
    (tick) => html`<path class="grid" d="M0 ${fromTop(y, tick)}H${LENGTH}"/>`,
  )}${plot.marks}</svg>
${y.ticks.map((tick) => html`<span class="y-tick" style="top:${percent(fromTop(y, tick))}">${writtenTick(tick)}</span>`)}
${lowest && x.ticks.map((tick) => html`<span class="x-tick" style="left:${percent(x.at(tick))}">${writtenTick(tick)}</span>`)}
${(plot.lineLabels ?? []).map(
  (label) =>
    html`<span class="line-label ${label.tone} ${label.side}${label.below && ' below'}" style="top:${percent(
      fromTop(y, label.value),
    )}">${label.text}</span>`,
)}
${ends.map(({ label, top }) => html`<span class="end-label ${label.tone}" style="top:${percent(top)}">${label.text}</span>`)}
</div>
${lowest && html`<p class="x-label">${plot.xLabel}</p>`}
</div>`;
}

function fromTop(scale: Scale, value: number): number {
  return Math.round((LENGTH - scale.at(value)) * 10) / 10;
}

function percent(place: number): string {
  return `${Math.round((place / LENGTH) * 1e4) / 100}%`;
}

/** Moves labels apart until each has `gap` to the next, from the lowest up; none leaves the drawing's foot. */
function spread(labels: readonly EndLabel[], y: Scale, gap: number): { label: EndLabel; top: number }[] {
  const placed = labels
    .map((label) => ({ label, top: Math.min(LENGTH, Math.max(0, fromTop(y, label.value))) }))
    .sort((a, b) => b.top - a.top);
  for (let i = 1; i < placed.length; i++) placed[i].top = Math.min(placed[i].top, placed[i - 1].top - gap);
  return placed;
}
