/** Safety: what a run returned and how often it broke what its world forbids, by step; beside another run where there is one. */
import type { EpisodeEvent, KeptEvent } from '../events.ts';
import { type Chart, dots, type EndLabel, line, type Plot, type Point, place, type Tone } from './chart.ts';
import { html } from './markup.ts';
import { extent, linear, thin, written } from './scale.ts';

/** A run to be drawn. */
export interface SafetyRun {
  readonly name: string;
  readonly events: readonly KeptEvent[];
}

const TONES: readonly Tone[] = ['real', 'imagined', 'quiet', 'reference'];
const MOST_POINTS = 500;

/** Return of episodes and violations so far, over environment steps; undefined where no run counted violations. */
export function safetyChart(runs: readonly SafetyRun[]): Chart | undefined {
  const series = runs.map(({ name, events }, i) => ({
    name,
    tone: TONES[i % TONES.length],
    episodes: thin(countedEpisodes(events), MOST_POINTS),
    end: events.findLast((event) => event.type === 'done'),
  }));
  if (series.every(({ episodes }) => episodes.length === 0)) return undefined;
  const last = Math.max(1, ...runs.flatMap(({ events }) => events.slice(-1).map((event) => event.step)));
  const x = linear(0, last, 6);
  const totals = runs.map(({ events }) => trainingViolations(events) ?? 0);
  const alone = series.length === 1;

  const returns = series.flatMap(({ episodes }) => episodes.map(({ episode }) => episode.return));
  const [lowest, highest] = extent(returns);
  const yReturn = linear(lowest - (highest - lowest) * 0.06, highest + (highest - lowest) * 0.06, 4);
  const yTotal = linear(0, Math.max(1, ...totals) * 1.06, 4);

  const returnPlot: Plot = {
    description: `Returns of training episodes over environment steps. ${series
      .flatMap(({ name, episodes }) => {
        const end = episodes.at(-1);
        return end ? [`${name}: last ${written(end.episode.return)}.`] : [];
      })
      .join(' ')}`,
    x,
    y: yReturn,
    xLabel: 'environment steps',
    yLabel: 'return of an episode',
    marks: series.map(({ episodes, tone }) => {
      const at = place(x, yReturn);
      const points = episodes.map(({ episode }) => at(episode.step, episode.return));
      return [line(points, tone), points.length <= 60 && dots(points, tone)];
    }),
    endLabels: series.flatMap(({ tone, episodes }): EndLabel[] => {
      const value = episodes.at(-1)?.episode.return;
      return value === undefined ? [] : [{ value, text: written(value), tone }];
    }),
    height: 180,
  };
  const totalPlot: Plot = {
    description: `Violations so far over environment steps. ${series
      .map(({ name }, i) => `${name}: ${written(totals[i])} in all.`)
      .join(' ')}`,
    x,
    y: yTotal,
    xLabel: 'environment steps',
    yLabel: 'violations so far',
    marks: series.map(({ episodes, tone, end }, i) => {
      const at = place(x, yTotal);
      const points: Point[] = [at(0, 0), ...episodes.map(({ episode, total }) => at(episode.step, total))];
      if (end) points.push(at(end.step, totals[i]));
      return line(points, tone);
    }),
    endLabels: series.map(({ tone }, i) => ({ value: totals[i], text: written(totals[i]), tone })),
    height: 180,
  };
  return {
    title: 'How safely it learned',
    explanation: html`Training episodes, and the decisions in them that broke what the world forbids, added up from the first step on${
      alone
        ? '. '
        : html`: ${series.map(({ name, tone }, i) => html`${i > 0 && ', '}<b class="${tone}">${name}</b>`)}.`
    }`,
    plots: [returnPlot, totalPlot],
  };
}

/** Violations of all of training, so far where it goes on; undefined where no cost was reported. */
export function trainingViolations(events: readonly KeptEvent[]): number | undefined {
  const end = events.findLast((event) => event.type === 'done');
  return end?.violations ?? countedEpisodes(events).at(-1)?.total;
}

/** Episodes of a world that reports costs, with all violations up to each one's end. */
function countedEpisodes(events: readonly KeptEvent[]): { episode: EpisodeEvent; total: number }[] {
  let total = 0;
  return events.flatMap((event) => {
    if (event.type !== 'episode' || event.violations === undefined) return [];
    total += event.violations;
    return [{ episode: event, total }];
  });
}
