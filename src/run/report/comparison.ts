/** The comparison: one self-contained page with several runs on the same axes, as a constrained one beside one without limits. */
import type { EvaluationEvent } from '../events.ts';
import { type Chart, dots, line, place, renderChart, type Tone } from './chart.ts';
import { html, type Markup, trusted } from './markup.ts';
import { type SafetyRun, safetyChart, trainingViolations } from './safety.ts';
import { extent, linear, written } from './scale.ts';
import { style } from './style.ts';

/** A run to be compared. */
export interface ComparedRun extends SafetyRun {
  readonly recipe: string;
  readonly world: string;
  readonly seed: number;
}

const TONES: readonly Tone[] = ['real', 'imagined', 'quiet', 'reference'];

/**
 * The page as HTML: nothing is fetched.
 * @throws NumericalError where an event holds NaN or an infinity
 */
export function renderComparison(runs: readonly ComparedRun[], version: string): string {
  const evaluations = evaluationChart(runs);
  const safety = safetyChart(runs);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="generator" content="Forethought ${version}">
<title>${runs.map(({ name }) => name).join(', ')}</title>
<link rel="icon" href="data:,">
<style>${trusted(style)}</style>
</head>
<body>
<main>
<header>
<p class="kind">${[...new Set(runs.map(({ world }) => world))].join(', ')}</p>
<h1>${String(runs.length)} runs compared</h1>
${table(runs)}
</header>
${safety && html`<section>${renderChart(safety)}</section>`}
${evaluations && html`<section>${renderChart(evaluations)}</section>`}
<footer>Made by Forethought ${version}.</footer>
</main>
</body>
</html>
`;
  return page.markup;
}

function table(runs: readonly ComparedRun[]): Markup {
  const counted = runs.some(({ events }) => trainingViolations(events) !== undefined);
  const judged = runs.some(({ events }) => evaluationsOf(events).at(-1)?.violations !== undefined);
  return html`<div class="scroll"><table class="figures">
<thead><tr><th scope="col">run</th><th scope="col">recipe</th><th scope="col">seed</th><th scope="col">environment steps</th><th scope="col">last evaluation</th>${
    counted && html`<th scope="col">violations during training</th>`
  }${judged && html`<th scope="col">violations in an episode of the last evaluation</th>`}</tr></thead>
<tbody>${runs.map(({ name, recipe, seed, events }, i) => {
    const last = evaluationsOf(events).at(-1);
    return html`<tr><td><b class="${TONES[i % TONES.length]}">${name}</b></td><td>${recipe}</td><td>${String(seed)}</td><td>${written(
      events.at(-1)?.step ?? 0,
    )}</td><td>${figure(last?.mean)}</td>${
      counted && html`<td>${figure(trainingViolations(events))}</td>`
    }${judged && html`<td>${figure(last?.violations)}</td>`}</tr>`;
  })}</tbody>
</table></div>`;
}

function figure(value: number | undefined): string {
  return value === undefined ? '–' : written(value);
}

/** Mean return of evaluations over environment steps; undefined where no run was evaluated twice. */
function evaluationChart(runs: readonly ComparedRun[]): Chart | undefined {
  const series = runs.map(({ name, events }, i) => ({
    name,
    tone: TONES[i % TONES.length],
    evaluations: evaluationsOf(events),
  }));
  if (series.every(({ evaluations }) => evaluations.length < 2)) return undefined;
  const means = series.flatMap(({ evaluations }) => evaluations.map(({ mean }) => mean));
  const [lowest, highest] = extent(means);
  const y = linear(lowest - (highest - lowest) * 0.06, highest + (highest - lowest) * 0.1, 5);
  const x = linear(0, Math.max(...series.map(({ evaluations }) => evaluations.at(-1)?.step ?? 0)), 6);
  const at = place(x, y);
  return {
    title: 'How they learned',
    explanation: html`Mean return of evaluations, on episodes that are not learned from: ${series.map(
      ({ name, tone }, i) => html`${i > 0 && ', '}<b class="${tone}">${name}</b>`,
    )}.`,
    plots: [
      {
        description: series
          .map(
            ({ name, evaluations }) => `${name}: ${evaluations.map(({ mean }) => written(mean)).join(', ')}.`,
          )
          .join(' '),
        x,
        y,
        xLabel: 'environment steps',
        yLabel: 'mean return of an evaluation',
        marks: series.map(({ tone, evaluations }) => {
          const points = evaluations.map(({ step, mean }) => at(step, mean));
          return [line(points, tone), dots(points, tone)];
        }),
        endLabels: series.flatMap(({ tone, evaluations }) => {
          const value = evaluations.at(-1)?.mean;
          return value === undefined ? [] : [{ value, text: written(value), tone }];
        }),
        height: 240,
      },
    ],
  };
}

function evaluationsOf(events: ComparedRun['events']): EvaluationEvent[] {
  return events.filter((event) => event.type === 'evaluation');
}
