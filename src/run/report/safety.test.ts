/** Pages that show how safely runs learned. */
import { expect, test } from 'vitest';
import type { KeptEvent } from '../events.ts';
import { renderComparison } from './comparison.ts';
import { safetyChart } from './safety.ts';

const episodes = (violations: readonly number[], unfinished = 0): KeptEvent[] => [
  ...violations.map(
    (count, i): KeptEvent => ({
      type: 'episode',
      step: 100 * (i + 1),
      episode: i + 1,
      return: -1000 + 100 * i,
      length: 100,
      terminated: false,
      cost: count / 2,
      violations: count,
    }),
  ),
  {
    type: 'evaluation',
    step: 300,
    mean: -750.5,
    low: null,
    high: null,
    episodes: 2,
    cost: 3,
    violations: violations.length / 2,
  },
  { type: 'done', step: 350, violations: violations.reduce((sum, count) => sum + count, unfinished) },
];
const free = episodes([5, 20, 10], 4);
const safe = episodes([0, 2, 0]);
const without: KeptEvent[] = [
  { type: 'episode', step: 100, episode: 1, return: 3, length: 100, terminated: false },
  { type: 'done', step: 100 },
];

test('violations add up over the episodes, to what all of training had', () => {
  const [returns, totals] = safetyChart([
    { name: 'safe', events: safe },
    { name: 'free', events: free },
  ])!.plots;
  expect(returns.description).toContain('safe: last −800. free: last −800.');
  expect(totals.description).toContain('safe: 2 in all. free: 39 in all.');
  // both plots of both runs share the axis of steps
  expect(totals.x).toBe(returns.x);
  expect(totals.endLabels!.map(({ value, text }) => [value, text])).toEqual([
    [2, '2'],
    [39, '39'],
  ]);
});

test('runs of worlds without costs have no such chart', () => {
  expect(safetyChart([{ name: 'plain', events: without }])).toBeUndefined();
});

test('a comparison tells the figures of each run, and no text becomes an element', () => {
  const run = (name: string, events: readonly KeptEvent[]) => ({
    name,
    recipe: 'safe-<b>',
    world: 'limited-pendulum',
    seed: 3,
    events,
  });
  const page = renderComparison(
    [
      run('safe', safe),
      run('<img src=x>', free),
      run('plain', without),
      // still going on: what its episodes had so far
      run('going', free.slice(0, 2)),
    ],
    '0.1.0',
  );
  const text = page
    .replace(/<style>[\s\S]*?<\/style>/, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
  expect(text).toContain('violations during training violations in an episode of the last evaluation ');
  expect(text).toContain('safe safe-&lt;b&gt; 3 350 −750.5 2 1.5 ');
  expect(text).toContain('&lt;img src=x&gt; safe-&lt;b&gt; 3 350 −750.5 39 1.5 ');
  expect(text).toContain('plain safe-&lt;b&gt; 3 100 – – – ');
  expect(text).toContain('going safe-&lt;b&gt; 3 200 – 25 – ');
  expect(page).not.toContain('<img');
  expect(page).not.toMatch(/https?:|NaN|undefined/);
});
