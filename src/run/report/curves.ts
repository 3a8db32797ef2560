/** The curves of a run: returns, how well the model fits, and how the model's errors grow with the distance it looks ahead. */

import { demandFinite } from '../../core/errors.ts';
import type { EpisodeEvent, EvaluationEvent, KeptEvent, LearnEvent } from '../events.ts';
import type { Scores } from '../recipe.ts';
import {
  band,
  type Chart,
  dots,
  type EndLabel,
  line,
  type Plot,
  place,
  referenceLine,
  type Tone,
} from './chart.ts';
import { html } from './markup.ts';
import { extent, fitting, linear, type Scale, thin, written } from './scale.ts';

/** Heights of a plot alone and of two on one another, in pixels. */
const HIGH = 240;
const LOW = 92;

const MOST_DOTS = 2000;
const MOST_LINE_POINTS = 500;

/** Returns over environment steps, or undefined when nothing was played. */
export function learningCurve(events: readonly KeptEvent[], scores: Scores): Chart | undefined {
  const episodes = events.filter((event): event is EpisodeEvent => event.type === 'episode');
  const evaluations = events.filter((event): event is EvaluationEvent => event.type === 'evaluation');
  if (episodes.length + evaluations.length === 0) return undefined;
  const values = [
    scores.random,
    scores.best,
    ...episodes.map((episode) => episode.return),
    ...evaluations.flatMap(({ mean, low, high }) => [mean, low ?? mean, high ?? mean]),
  ];
  demandFinite(values, 'report: scores, returns and evaluations');
  const [lowest, highest] = extent(values);
  const y = linear(lowest - (highest - lowest) * 0.06, highest + (highest - lowest) * 0.1, 5);
  const x = stepScale(events);
  const at = place(x, y);
  const shown = thin(episodes, MOST_DOTS);
  const last = evaluations.at(-1);
  const means = evaluations.map(({ step, mean }) => at(step, mean));
  const lows = evaluations.map(({ step, mean, low }) => at(step, low ?? mean));
  const highs = evaluations.map(({ step, mean, high }) => at(step, high ?? mean));
  const bars = means.length <= 12 ? highs.map((high, i) => line([high, lows[i]], 'real', 'bar')) : [];
  return {
    title: 'How it learned',
    explanation: html`${
      last &&
      html`<b class="real">Evaluations</b>, mean return${last.high !== null && ' with its 95 % interval'}, on episodes it does not learn from. `
    }${
      episodes.length > 0 &&
      html`<b class="quiet">Dots</b> are training episodes${
        shown.length < episodes.length
          ? ` (${written(shown.length)} of ${written(episodes.length)} shown)`
          : ''
      }. `
    }Dashed: random play and the best known score (${scores.source}).`,
    plots: [
      {
        description:
          (last
            ? `Mean return of ${evaluations.length} evaluations over environment steps: first ${written(evaluations[0].mean)}, last ${written(last.mean)}. `
            : '') +
          (episodes.length > 0
            ? `Returns of ${episodes.length} training episodes: first ${written(episodes[0].return)}, last ${written(episodes[episodes.length - 1].return)}. `
            : '') +
          `Random play returns ${written(scores.random)}, the best known score is ${written(scores.best)}.`,
        x,
        y,
        xLabel: 'environment steps',
        yLabel: 'return of an episode',
        marks: [
          referenceLine(y, scores.best),
          referenceLine(y, scores.random),
          dots(
            shown.map((episode) => at(episode.step, episode.return)),
            'quiet',
          ),
          means.length > 1 ? band(highs, lows, 'real') : undefined,
          ...bars,
          line(means, 'real'),
          means.length <= 60 ? dots(means, 'real') : undefined,
        ],
        lineLabels: [
          { value: scores.best, text: `best known ${written(scores.best)}`, tone: 'reference', side: 'left' },
          {
            value: scores.random,
            text: `random ${written(scores.random)}`,
            tone: 'reference',
            side: 'right',
            below: scores.random > scores.best,
          },
        ],
        endLabels: last && [{ value: last.mean, text: written(last.mean), tone: 'real' }],
        height: 320,
      },
    ],
  };
}

/** Which metrics of learn events tell how well the model fits. */
const TRAINING_LOSS = 'model/loss';
const HOLD_OUT = /^model\/.*(hold-?out|validation)/i;

/**
 * How well the model fits over environment steps, or undefined when no learn event tells it. A hold-out loss is drawn
 * beside the training loss; anything else that is measured on held-out data, as an error, has a scale of its own.
 */
export function modelFit(events: readonly KeptEvent[]): Chart | undefined {
  const learned = events.filter((event): event is LearnEvent => event.type === 'learn');
  const holdOutName = learned
    .flatMap(({ metrics }) => Object.keys(metrics))
    .find((name) => HOLD_OUT.test(name));
  const seriesOf = (metric: string, tone: Tone, label: string): Series[] => {
    const pairs = learned.flatMap(({ step, metrics }) =>
      metric in metrics ? [[step, metrics[metric]] as const] : [],
    );
    demandFinite(
      pairs.map(([, value]) => value),
      `report: ${metric}`,
    );
    return pairs.length === 0 ? [] : [{ pairs: thinMean(pairs), tone, label }];
  };
  const training = seriesOf(TRAINING_LOSS, 'quiet', 'training');
  const holdOut = holdOutName === undefined ? [] : seriesOf(holdOutName, 'imagined', 'hold-out');
  if (training.length + holdOut.length === 0) return undefined;
  const comparable = holdOutName !== undefined && /loss/i.test(holdOutName);
  const together = comparable || training.length === 0 || holdOut.length === 0;
  const x = stepScale(events);
  return {
    title: 'How well the model fits',
    explanation: html`The world model on what it <b class="quiet">trains on</b>${
      holdOut.length > 0 && html` and on what is <b class="imagined">held out</b>`
    }. Lower is better.`,
    plots: together
      ? [fitPlot(x, [...training, ...holdOut], training.length > 0 ? 'loss' : measureOf(holdOutName), HIGH)]
      : [fitPlot(x, holdOut, measureOf(holdOutName), LOW), fitPlot(x, training, 'training loss', LOW)],
  };
}

interface Series {
  readonly pairs: readonly Pair[];
  readonly tone: Tone;
  readonly label: string;
}

function fitPlot(x: Scale, series: readonly Series[], yLabel: string, height: number): Plot {
  const y = fitting(
    series.flatMap(({ pairs }) => pairs.map(([, value]) => value)),
    height === LOW ? 3 : 4,
    0.08,
  );
  const at = place(x, y);
  return {
    description: series
      .map(({ pairs, label }) => {
        const [first, last] = [pairs[0][1], pairs[pairs.length - 1][1]];
        return `${yLabel}, ${label}: first ${written(first)}, last ${written(last)} after ${written(pairs[pairs.length - 1][0])} environment steps.`;
      })
      .join(' '),
    x,
    y,
    xLabel: 'environment steps',
    yLabel,
    marks: series.map(({ pairs, tone }) => {
      const points = pairs.map(([step, value]) => at(step, value));
      return [line(points, tone), points.length <= 40 && dots(points, tone)];
    }),
    endLabels: series.map(({ pairs, tone, label }) => {
      const [, value] = pairs[pairs.length - 1];
      // A plot of its own is named by its axis.
      return { value, text: height === LOW ? written(value) : label, tone };
    }),
    height,
  };
}

/** `model/hold-out error` is a "hold-out error". */
function measureOf(name: string | undefined): string {
  return name === undefined ? '' : name.slice(name.indexOf('/') + 1);
}

const MOST_EARLIER = 12;

/** The error of predictions 1 .. H steps ahead, last evaluation against earlier ones; undefined when none has it. */
export function errorByHorizon(events: readonly KeptEvent[]): Chart | undefined {
  const measured = events.flatMap((event) =>
    event.type === 'evaluation' && event.modelError && event.modelError.length > 0
      ? [{ step: event.step, errors: event.modelError }]
      : [],
  );
  const last = measured.at(-1);
  if (last === undefined) return undefined;
  for (const { step, errors } of measured) demandFinite(errors, `report: model error at step ${step}`);
  const earlier = thin(measured.slice(0, -1), MOST_EARLIER);
  const shown = [...earlier, last];
  const horizon = Math.max(...shown.map(({ errors }) => errors.length));
  const y = fitting(
    shown.flatMap(({ errors }) => errors),
    4,
    0.08,
  );
  const whole = linear(1, Math.max(2, horizon), Math.min(6, Math.max(1, horizon - 1)));
  const ticks = [...new Set([1, ...whole.ticks.filter((tick) => Number.isInteger(tick)), horizon])];
  // The horizon itself always has its tick; one that would run into it gives way.
  const x = { ...whole, ticks: ticks.filter((tick) => tick === horizon || horizon - tick > horizon * 0.08) };
  // An error of one standard deviation is what predicting the average observation would give.
  const guessing = y.low < 1 && y.high > 1;
  const at = place(x, y);
  const points = (errors: readonly number[]) => errors.map((error, i) => at(i + 1, error));
  const end = (errors: readonly number[]) => errors[errors.length - 1];
  const ends: EndLabel[] = [
    { value: end(last.errors), text: `step ${written(last.step)}`, tone: 'imagined' },
  ];
  if (earlier.length > 0) {
    ends.push({ value: end(earlier[0].errors), text: `step ${written(earlier[0].step)}`, tone: 'reference' });
  }
  return {
    title: 'How far ahead the model can see',
    explanation: html`Error of the model's predictions, each made from the one before, at the <b class="imagined">last
evaluation</b>${earlier.length > 0 && html` and, faint, at earlier ones`}.`,
    plots: [
      {
        description: `Root mean square error of the model at the last evaluation: ${written(last.errors[0])} one step ahead, ${written(end(last.errors))} ${last.errors.length} steps ahead${
          earlier.length > 0
            ? `; at the first shown, ${written(earlier[0].errors[0])} and ${written(end(earlier[0].errors))}`
            : ''
        }. In standard deviations of the observations.`,
        x,
        y,
        xLabel: 'steps ahead',
        yLabel: 'root mean square error, in standard deviations',
        marks: [
          guessing && referenceLine(y, 1),
          ...earlier.map(({ errors }, i) => {
            const opacity = 0.16 + (0.34 * (i + 1)) / earlier.length;
            return html`<g opacity="${Math.round(opacity * 100) / 100}">${line(points(errors), 'imagined')}</g>`;
          }),
          line(points(last.errors), 'imagined', 'strong'),
          last.errors.length <= 40 ? dots(points(last.errors), 'imagined') : undefined,
        ],
        lineLabels: guessing
          ? [{ value: 1, text: 'as bad as guessing the average', tone: 'reference', side: 'left' }]
          : [],
        endLabels: ends,
        height: HIGH,
      },
    ],
  };
}

type Pair = readonly [step: number, value: number];

function stepScale(events: readonly KeptEvent[]): Scale {
  const [, last] = extent(events.map((event) => event.step));
  return linear(0, Math.max(1, last), 5);
}

/** Averages runs of neighbours until a line has few enough points to be drawn. */
function thinMean(pairs: readonly Pair[]): readonly Pair[] {
  if (pairs.length <= MOST_LINE_POINTS) return pairs;
  const group = Math.ceil(pairs.length / MOST_LINE_POINTS);
  return Array.from({ length: Math.ceil(pairs.length / group) }, (_, i) => {
    const neighbours = pairs.slice(i * group, (i + 1) * group);
    const mean = (column: 0 | 1) =>
      neighbours.reduce((sum, pair) => sum + pair[column], 0) / neighbours.length;
    return [mean(0), mean(1)] as const;
  });
}
