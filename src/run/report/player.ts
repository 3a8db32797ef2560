/** The player: an episode shown moment by moment, with what the planner imagined at each drawn over what then happened. */
import type { Recording } from '../events.ts';
import { type Film, type FilmChart, film } from './film.ts';
import { type Content, html, json, type Markup } from './markup.ts';
import { CHART_LEVELS } from './packed.ts';
import { written, writtenTick } from './scale.ts';

/** Views less wide than this, width by height, stand beside the charts where there is room. */
const UPRIGHT = 1.5;
/** Steps a second. */
const SPEEDS = [1, 2, 5, 10, 20, 50, 100];
/** An episode should play in about so many seconds. */
const PLEASANT_SECONDS = 12;

export interface PlayerOptions {
  readonly names?: readonly string[];
  /** Default: what is imagined in the last evaluation episode. */
  readonly title?: string;
  /** Which episode it is. Default: the last evaluation episode. */
  readonly episode?: string;
}

/** The section that plays `recording`, with the data it needs; the script is the page's. */
export function renderPlayer(recording: Recording, options: PlayerOptions = {}): Markup {
  const packed = film(recording, options.names);
  const view = recording.pictures?.[0]?.view;
  const aspect = view && (view.right - view.left) / (view.top - view.bottom);
  const imagines = packed.ahead.length > 1;
  const layout = aspect === undefined ? 'bare' : aspect < UPRIGHT ? 'upright' : 'wide';
  const { title = imagines ? 'What it imagined, and what then happened' : 'The last evaluation episode' } =
    options;
  return html`<section class="player ${layout}" tabindex="-1" aria-label="${title}">
<h2>${title}</h2>
<p class="lead">${lead(recording, packed, options.episode ?? 'The last evaluation episode')}</p>
<noscript><p class="empty">The episode is played by a script, and scripts are off.</p></noscript>
<div class="show">
${
  aspect !== undefined &&
  html`<div class="world" data-part="world"><svg data-part="stage" role="img" aria-label="The world at the present step${
    imagines ? ', and fading ahead of it the states the planner imagines' : ''
  }" style="aspect-ratio:${Math.round(aspect * 1000) / 1000}"></svg></div>`
}
${controls(packed)}
${packed.charts.length > 0 && html`<div class="strips">${packed.charts.map(renderStrip)}</div>`}
</div>
${uncharted(packed)}
<script type="application/json">${json(packed)}</script>
</section>`;
}

function lead({ plans }: Recording, { ahead, fans, steps }: Film, episode: string): Content {
  if (ahead.length < 2) return `${episode}, moment by moment.`;
  const horizon = ahead[ahead.length - 1];
  const drawnEvery = fans && fans.steps.length > 1 ? fans.steps[1] - fans.steps[0] : 1;
  const questions = (plans ?? []).flatMap((plan) => (plan ? [plan.questions] : []));
  const asked = (plans ?? []).flatMap((plan) => (plan ? [plan.steps] : []));
  const average = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  return html`${episode}. <b class="imagined">Orange</b> is what the planner, at each moment, expected of the next ${
    horizon === 1 ? 'step' : `${horizon} steps`
  }; the curves in <b class="real">blue</b> are what happened.${
    fans &&
    html` Thin lines are other action sequences that it weighed, ${fans.count} spread over their ranking, from the <b class="imagined">best</b> to the <b class="quiet">worst</b>${
      drawnEvery > 1 && steps > drawnEvery && `, at one decision in ${drawnEvery}`
    }.`
  }${
    asked.length > 0 &&
    ` A decision took ${written(Math.round(average(asked)))} steps of the model on average, in ${written(Math.round(10 * average(questions)) / 10)} ${average(questions) === 1 ? 'question' : 'questions'}.`
  }`;
}

/** Buttons, a scrubber over `moments` and a choice of speed, as the page's script knows them. */
export function transportOf(moments: number, steps: number): Markup {
  const pleasant = steps / PLEASANT_SECONDS;
  const chosen = SPEEDS.find((speed) => speed >= pleasant) ?? SPEEDS[SPEEDS.length - 1];
  return html`<div class="transport">
<button type="button" data-part="back" aria-label="One step back"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M18 5v14L8 12zM5 5h2v14H5z"/></svg></button>
<button type="button" data-part="play" class="play" aria-label="Play"><svg viewBox="0 0 24 24" aria-hidden="true"><path class="to-play" d="M8 5v14l11-7z"/><path class="to-pause" d="M7 5h4v14H7zM13 5h4v14h-4z"/></svg></button>
<button type="button" data-part="forth" aria-label="One step on"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 5v14l10-7zM17 5h2v14h-2z"/></svg></button>
<input type="range" data-part="scrubber" min="0" max="${moments - 1}" step="1" value="0" aria-label="Step of the episode">
<label class="speed"><span class="unseen">Speed</span><select data-part="speed">${SPEEDS.map(
    (speed) =>
      html`<option value="${speed}"${speed === chosen && html` selected`}>${speed} ${speed === 1 ? 'step' : 'steps'}/s</option>`,
  )}</select></label>
</div>`;
}

function controls({ steps, stride, returns, plans, fans }: Film): Markup {
  return html`<div class="controls">
${transportOf(returns.length, steps)}
<dl class="readout${plans && ' planned'}">
<div><dt>step</dt><dd><span data-part="step">0</span><small> of ${steps}</small></dd></div>
<div><dt>action</dt><dd data-part="action">–</dd></div>
<div><dt>reward</dt><dd data-part="reward">–</dd></div>
<div><dt>return so far</dt><dd data-part="return">–</dd></div>
${
  plans &&
  html`<div><dt>return its plan expects</dt><dd><span data-part="value">–</span>${fans && html`<small class="range" data-part="range"></small>`}</dd></div>
<div><dt>model steps</dt><dd data-part="model-steps">–</dd></div>`
}
</dl>
${fans && html`<label class="weighed"><input type="checkbox" data-part="weighed" checked> <span>Show what else it weighed, <i class="ramp" aria-hidden="true"></i> worst to best</span></label>`}
<p class="keys"><kbd>space</kbd> plays, <kbd>←</kbd> <kbd>→</kbd> step, with <kbd>shift</kbd> by ten${
    stride > 1 && html`; one step in ${stride} is shown`
  }</p>
</div>`;
}

function renderStrip(chart: FilmChart): Markup {
  const [, quantity, unit] = /^(.*?)(?:\s*\(([^()]*)\))?$/.exec(chart.name) ?? ['', chart.name, undefined];
  const top = (tick: number) => Math.round(((chart.high - tick) / (chart.high - chart.low)) * 1e4) / 100;
  const zero = chart.low < 0 && chart.high > 0 && (1 - -chart.low / (chart.high - chart.low)) * CHART_LEVELS;
  return html`<div class="strip" data-part="chart" role="group" aria-label="${chart.name}">
<p class="strip-head"><span>${quantity}</span>${unit !== undefined && html` <small>${unit}</small>`}<output data-mark="value" aria-live="off"></output></p>
<div class="area" data-mark="area">
<svg preserveAspectRatio="none" aria-hidden="true">${
    zero !== false && html`<path class="grid" d="M-100000 ${Math.round(zero)}H1000000"/>`
  }<path class="now" data-mark="now"/><path class="line real later" data-mark="ahead"/><path class="line imagined hairs" data-mark="hairs"/><g class="fan" data-mark="fan"></g><path
class="line real" data-mark="happened"/><path class="line imagined strong" data-mark="future"/></svg>
${chart.ticks.map((tick) => html`<span class="y-tick" style="top:${top(tick)}%">${writtenTick(tick)}</span>`)}
<span class="dot" data-mark="dot"></span><span class="now-label">now</span><span class="x-tick from" data-mark="from"></span><span class="x-tick to" data-mark="to"></span>
</div>
</div>`;
}

function uncharted({ charts, uncharted }: Film): Markup | undefined {
  if (uncharted === 0) return undefined;
  return charts.length === 0
    ? html`<p class="note">Observations of ${uncharted} numbers are not charted.</p>`
    : html`<p class="note">The first ${charts.length} of ${charts.length + uncharted} elements of the observation are charted.</p>`;
}
