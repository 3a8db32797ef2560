import { expect, test } from 'vitest';
import { z } from 'zod';
import { aimless, drift, driftAgent } from '../../test/worlds/drift.ts';
import type { KeptEvent } from './events.ts';
import { listOptions } from './options.ts';
import {
  bestReturnBy,
  build,
  commandOf,
  describeExpectation,
  finalEvaluation,
  holds,
  meanReturn,
  meanReturnOfLast,
  order,
  recipe,
  settings,
} from './recipe.ts';

const example = recipe({
  name: 'example',
  summary: 'For tests.',
  environment: 'drift',
  agent: 'drift-agent',
  options: z.strictObject({
    rate: z.number().gt(0).default(0.1).describe('step size'),
    kind: z.enum(['learning', 'aimless']).default('learning').describe('which agent'),
    model: z
      .strictObject({
        layers: z.array(z.number().int()).default([200, 200]).describe('widths'),
        population: z.number().int().min(2).default(500).describe('candidates'),
        capacity: z.number().nullable().default(null).describe('rows'),
        bounded: z.boolean().default(true).describe('whether bounded'),
      })
      .prefault({}),
    title: z.string().default('').describe('words'),
  }),
  build: ({ rate, kind }) => {
    const environment = drift();
    return { environment, agent: kind === 'aimless' ? aimless(environment.action) : driftAgent({ rate }) };
  },
  budget: { steps: 300, evaluateEvery: 100, evaluationEpisodes: 5, checkpointEvery: 50 },
  scores: { random: -2.56, best: -0.17, source: 'measured over 2000 episodes' },
  expected: { seeds: 3, checks: [{ ...finalEvaluation, atLeast: -0.5 }] },
  quick: { budget: { steps: 40 }, options: { model: { population: 7 } }, checks: [] },
});

const defaults = {
  rate: 0.1,
  kind: 'learning',
  model: { layers: [200, 200], population: 500, capacity: null, bounded: true },
  title: '',
};

test('nothing given: all defaults', () => {
  expect(order(example, { seed: 3 })).toEqual({
    recipe: example,
    seed: 3,
    budget: { ...example.budget, keepEvery: 0 },
    options: defaults,
  });
});

test('quick lays its options and budget over the defaults, and what is typed over both', () => {
  expect(order(example, { seed: 0, quick: true })).toMatchObject({
    budget: { ...example.budget, steps: 40 },
    options: { ...defaults, model: { ...defaults.model, population: 7 } },
  });
  const assignments = [
    ['model.population', '9'],
    ['budget.steps', '5'],
  ] as const;
  expect(order(example, { seed: 0, quick: true, assignments })).toMatchObject({
    budget: { steps: 5 },
    options: { model: { population: 9 } },
  });
  expect(example.quick.options).toEqual({ model: { population: 7 } });
});

test('typed texts become what each option takes', () => {
  const assignments = [
    ['rate', '1e-3'],
    ['kind', 'aimless'],
    ['model.layers', '64, 32'],
    ['model.capacity', '100'],
    ['model.bounded', 'false'],
    ['title', '12'],
    ['budget.evaluateEvery', '0'],
  ] as const;
  expect(order(example, { seed: 0, assignments })).toMatchObject({
    options: {
      rate: 0.001,
      kind: 'aimless',
      model: { layers: [64, 32], population: 500, capacity: 100, bounded: false },
      title: '12',
    },
    budget: { ...example.budget, evaluateEvery: 0 },
  });
  const json = [
    ['model.layers', '[8]'],
    ['model.capacity', 'null'],
  ] as const;
  expect(order(example, { seed: 0, assignments: json }).options).toMatchObject({
    model: { layers: [8], capacity: null },
  });
});

test('a group that has defaults of its own keeps those that nothing is typed for', () => {
  const { shape } = example.options as unknown as z.ZodObject;
  const model = (shape.model as unknown as z.ZodPrefault<z.ZodObject>)
    .unwrap()
    .prefault({ population: 20, bounded: false });
  const grouped = recipe({ ...example, options: z.strictObject({ ...shape, model }) as never });
  const assignments = [['model.population', '9']] as const;
  expect(order(grouped, { seed: 0, assignments }).options).toEqual({
    ...defaults,
    model: { ...defaults.model, population: 9, bounded: false },
  });
});

test('all problems are told at once, unknown names with the nearest', () => {
  const assignments = [
    ['rate', '-1'],
    ['model.popultion', '300'],
    ['population', '300'],
    ['kind', 'lerning'],
    ['model.layers', '64,wide'],
    ['model.bounded', 'yes'],
    ['model.population', ''],
    ['budget.steps', '1.5'],
  ] as const;
  expect(() => order(example, { seed: 0, assignments })).toThrowErrorMatchingInlineSnapshot(`
    [InputError: example: 8 options cannot be used.
      model.popultion: there is no such option. Did you mean --model.population?
      population: there is no such option. Did you mean --model.population?
      rate: expected number to be >0, got -1.
      kind: expected one of "learning"|"aimless", got "lerning".
      model.layers.1: expected number, got "wide".
      model.population: expected number, got "".
      model.bounded: expected boolean, got "yes".
      budget.steps: expected int, got 1.5.]
  `);
});

test('the command that runs it again', () => {
  expect(commandOf(order(example, { seed: 3 }))).toBe('npx forethought train example --seed 3');
  const assignments = [
    ['model.layers', '64,32'],
    ['title', "it's"],
    ['budget.steps', '20'],
    ['budget.checkpointEvery', '7'],
  ] as const;
  expect(commandOf(order(example, { seed: 3, assignments }))).toBe(
    `npx forethought train example --seed 3 --steps 20 --model.layers '[64,32]' --title 'it'\\''s' --budget.checkpointEvery 7`,
  );
});

test('lists what can be set', () => {
  expect(
    listOptions(settings(example)).map(({ path, takes, default: value }) => [path, takes, value]),
  ).toEqual([
    ['rate', 'number', 0.1],
    ['kind', 'one of learning, aimless', 'learning'],
    ['model.layers', 'list of integers', [200, 200]],
    ['model.population', 'integer', 500],
    ['model.capacity', 'number or null', null],
    ['model.bounded', 'true or false', true],
    ['title', 'text', ''],
    ['budget.steps', 'integer', 300],
    ['budget.evaluateEvery', 'integer', 100],
    ['budget.evaluationEpisodes', 'integer', 5],
    ['budget.checkpointEvery', 'integer', 50],
    ['budget.keepEvery', 'integer', 0],
  ]);
});

test('builds with its own options', async () => {
  const assignments = [['kind', 'aimless']] as const;
  expect((await build(order(example, { seed: 0, assignments }))).agent.name).toBe('aimless');
});

test('expectations measure what they say', () => {
  const events: KeptEvent[] = [
    ...[5, 30, 10, 20].map((value, i) => ({
      type: 'episode' as const,
      step: 10 * i,
      episode: i + 1,
      return: value,
      length: 10,
      terminated: true,
    })),
    { type: 'evaluation', step: 40, mean: 7, low: 6, high: 8, episodes: 3 },
    { type: 'evaluation', step: 50, mean: 9, low: 6, high: 12, episodes: 3 },
  ];
  expect(meanReturn(2, 3).measure(events)).toBe(20);
  expect(meanReturn(4, 5).measure(events)).toBeNaN();
  expect(meanReturnOfLast(2).measure(events)).toBe(15);
  expect(meanReturnOfLast(5).measure(events)).toBeNaN();
  expect(bestReturnBy(1).measure(events)).toBe(5);
  expect(bestReturnBy(4).measure(events)).toBe(30);
  expect(finalEvaluation.measure(events)).toBe(9);
  expect(finalEvaluation.measure([])).toBeNaN();
  const check = { ...meanReturn(2, 3), atLeast: 20, atMost: 25 };
  expect(describeExpectation(check)).toBe('mean return of episodes 2-3 >= 20 and <= 25');
  expect([19, 20, 25, 26, Number.NaN].map((value) => holds(check, value))).toEqual([
    false,
    true,
    true,
    false,
    false,
  ]);
});
