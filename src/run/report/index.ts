/** The report: one self-contained page that shows what a run did, what its model came to know, and how it planned. */
import type { EpisodeEvent, EvaluationEvent, KeptEvent, Recording } from '../events.ts';
import type { Scores } from '../recipe.ts';
import { type Chart, renderChart } from './chart.ts';
import { errorByHorizon, learningCurve, modelFit } from './curves.ts';
import { renderFilmstrip } from './dream.ts';
import { type Content, html, type Markup } from './markup.ts';
import { renderPage } from './page.ts';
import { renderPlayer } from './player.ts';
import { safetyChart } from './safety.ts';
import { written } from './scale.ts';

/** All the page tells. */
export interface ReportData {
  readonly recipe: {
    readonly name: string;
    /** One sentence. */
    readonly summary: string;
    readonly world: string;
    readonly agent: string;
    readonly seed: number;
    readonly version: string;
    /** Everything resolved, as nested plain objects. */
    readonly options: Readonly<Record<string, unknown>>;
    /** What to type to run it again. */
    readonly command: string;
  };
  readonly scores: Scores;
  readonly events: readonly KeptEvent[];
  /** The last evaluation episode. */
  readonly recording?: Recording;
  /** Of the observation's elements, the unit in brackets: "pole angle (rad)". */
  readonly observationNames?: readonly string[];
}

/**
 * The page as HTML: styles, script, drawings and data are inside, nothing is fetched.
 * @throws NumericalError where an event or the recording holds NaN or an infinity
 */
export function renderReport(data: ReportData): string {
  const { recipe, scores, events, recording, observationNames } = data;
  const evaluations = events.filter((event): event is EvaluationEvent => event.type === 'evaluation');
  const episodes = events.filter((event): event is EpisodeEvent => event.type === 'episode');
  const learning = learningCurve(events, scores);
  const safety = safetyChart([{ name: recipe.name, events }]);
  const model = [errorByHorizon(events), modelFit(events)].filter((chart) => chart !== undefined);
  return renderPage(
    `${recipe.name}, seed ${recipe.seed}`,
    recipe.version,
    html`<header>
<p class="kind">${recipe.agent} on ${recipe.world}</p>
<h1>${recipe.name}</h1>
<p class="summary">${recipe.summary}</p>
${keyNumbers(data, episodes, evaluations)}
</header>
${recording && recording.actions.length > 0 && renderPlayer(recording, { names: observationNames })}
${recording?.dream && renderFilmstrip(recording.dream)}
<section class="curve">
${learning ? renderChart(learning) : html`<h2>How it learned</h2><p class="empty">No episode has ended and no evaluation was made yet.</p>`}
${evaluations.length > 0 && evaluationTable(evaluations)}
</section>
${safety && html`<section>${renderChart(safety)}</section>`}
${model.length > 0 && html`<section class="pair">${model.map((chart: Chart) => renderChart(chart))}</section>`}
<section>
<h2>Run it again</h2>
<p class="lead">The same version, seed and options give the same numbers.</p>
<pre><code>${recipe.command}</code></pre>
</section>
<section>
<h2>Everything that was set</h2>
${optionTables(recipe.options)}
</section>
`,
  );
}

function keyNumbers(
  { recipe, scores, events }: ReportData,
  episodes: readonly EpisodeEvent[],
  evaluations: readonly EvaluationEvent[],
): Markup {
  const last = evaluations.at(-1);
  const best = evaluations.reduce<EvaluationEvent | undefined>(
    (highest, evaluation) => (highest === undefined || evaluation.mean > highest.mean ? evaluation : highest),
    undefined,
  );
  const steps = Math.max(0, ...events.slice(-1).map((event) => event.step));
  const ended = events.some((event) => event.type === 'done');
  return html`${last && html`<p class="outcome">${outcome(last, scores)}</p>`}<dl class="numbers">
${
  last &&
  html`<div class="first"><dt>${ended ? 'final' : 'last'} evaluation</dt><dd>${written(last.mean)}<small>${interval(last)}</small>${gauge(last, scores)}</dd></div>`
}
${
  best &&
  html`<div><dt>best evaluation</dt><dd>${written(best.mean)}<small>at step ${written(best.step)}</small></dd></div>`
}
<div><dt>environment steps</dt><dd>${written(steps)}${!ended && html`<small>when this page was written; the run had not ended</small>`}</dd></div>
<div class="small episodes"><dt>training episodes</dt><dd>${written(episodes.length)}</dd></div>
<div class="small"><dt>seed</dt><dd>${String(recipe.seed)}</dd></div>
<div class="small"><dt>version</dt><dd>${recipe.version}</dd></div>
</dl>`;
}

/** Where a score lies between random play and the best known. */
function outcome({ step, mean }: EvaluationEvent, { random, best }: Scores): Content {
  const reached = `After ${written(step)} environment steps an episode returns ${written(mean)} on average`;
  if (best === random) return `${reached}.`;
  // Rounded down: 100 % is said only of a score that reaches the best.
  const share = Math.floor((100 * (mean - random)) / (best - random) + 1e-9);
  const from = `random play (${written(random)}) to the best known score (${written(best)})`;
  if (share < 0) return `${reached}, worse than random play (${written(random)}).`;
  return html`${reached}: <b>${String(share)} % of the way</b> from ${from}.`;
}

/** A rule from random play to the best known score, with the last evaluation and its interval on it. */
function gauge({ mean, low, high }: EvaluationEvent, { random, best }: Scores): Markup | undefined {
  if (best === random) return undefined;
  const at = (score: number) =>
    Math.round(1000 * Math.min(1, Math.max(0, (score - random) / (best - random)))) / 10;
  const [from, to] = [at(low ?? mean), at(high ?? mean)];
  return html`<span class="gauge" aria-hidden="true"><span class="run" style="width:${at(mean)}%"></span><span class="spread" style="left:${from}%;width:${
    Math.round(10 * (to - from)) / 10
  }%"></span><span class="point" style="left:${at(mean)}%"></span></span><span class="ends" aria-hidden="true"><span>random ${written(random)}</span><span>best known ${written(best)}</span></span>`;
}

function interval({ low, high, episodes }: EvaluationEvent): string {
  const over = `over ${written(episodes)} ${episodes === 1 ? 'episode' : 'episodes'}`;
  return low === null || high === null ? over : `95 % interval ${between(low, high)}, ${over}`;
}

function between(low: number | null, high: number | null): string {
  return low === null || high === null ? '–' : `${written(low)} to ${written(high)}`;
}

function evaluationTable(evaluations: readonly EvaluationEvent[]): Markup {
  return html`<details><summary>All evaluations as a table</summary><div class="scroll"><table class="figures">
<thead><tr><th scope="col">step</th><th scope="col">mean</th><th scope="col">95 % interval</th><th scope="col">episodes</th></tr></thead>
<tbody>${evaluations.map(
    ({ step, mean, low, high, episodes }) =>
      html`<tr><td>${written(step)}</td><td>${written(mean)}</td><td>${between(low, high)}</td><td>${written(episodes)}</td></tr>`,
  )}</tbody>
</table></div></details>`;
}

/** One table for each group of options, and one before them for options that stand alone. */
function optionTables(options: Readonly<Record<string, unknown>>): Markup {
  const alone: [string, unknown][] = [];
  const groups: [string, [string, unknown][]][] = [];
  for (const [name, value] of Object.entries(options)) {
    if (isGroup(value)) groups.push([name, flatten(value)]);
    else alone.push([name, value]);
  }
  const tables = [...(alone.length > 0 ? [['general', alone] as const] : []), ...groups];
  if (tables.length === 0) return html`<p class="empty">This recipe has no options.</p>`;
  return html`<div class="options">${tables.map(
    ([name, rows]) =>
      html`<table><caption>${name}</caption><tbody>${rows.map(
        ([path, value]) => html`<tr><th scope="row">${path}</th><td>${optionText(value)}</td></tr>`,
      )}</tbody></table>`,
  )}</div>`;
}

function flatten(group: object): [path: string, value: unknown][] {
  return Object.entries(group).flatMap(([name, value]): [string, unknown][] =>
    isGroup(value) ? flatten(value).map(([path, inner]) => [`${name}.${path}`, inner]) : [[name, value]],
  );
}

function isGroup(value: unknown): value is object {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
  );
}

function optionText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || value === undefined) return String(value);
  return JSON.stringify(value).replaceAll(',', ', ');
}
