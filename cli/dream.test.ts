import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RunFolder } from '../src/run/files/index.ts';
import { recordOf } from '../src/run/files/train.ts';
import { order } from '../src/run/recipe.ts';
import { inTerminal, linesOf } from '../test/command.ts';
import { aimless, drift } from '../test/worlds/drift.ts';
import { driftRecipe } from '../test/worlds/drift-recipe.ts';

const dir = mkdtempSync(join(tmpdir(), 'forethought-'));
const trained = join(dir, 'trained');
afterAll(() => rmSync(dir, { recursive: true }));

/** The same world, by an agent that has learned nothing to dream in. */
const blindRecipe = {
  ...driftRecipe,
  name: 'blind',
  build: () => ({ environment: drift(), agent: aimless(drift().action) }),
};

const forethought = (...given: string[]) => inTerminal({ recipes: [driftRecipe, blindRecipe] }, ...given);

const dataOf = (file: string) =>
  JSON.parse(/<script type="application\/json">(.*?)<\/script>/.exec(readFileSync(file, 'utf8'))![1]);

beforeAll(async () => {
  for (const name of ['drift', 'blind'])
    await forethought('train', name, '--out', join(dir, name === 'drift' ? 'trained' : name), '--quick');
});

test('dream writes a page into the run, and says how far the dream strays', async () => {
  const { code, out, error } = await forethought('dream', trained);
  expect({ code, error }).toEqual({ code: 0, error: '' });
  expect(out).toMatch(
    /^drift-agent on drift, after 300 steps: 16 steps dreamt after 5 shown\nerror {5}[\d.]+ at 1, [\d.]+ at 5, [\d.]+ at 15, [\d.]+ at 16 steps ahead\nrewards {3}wrong by [\d.e-]+ on average\nPage: .*trained\/dream\.html\n$/,
  );
  expect(dataOf(join(trained, 'dream.html'))).toMatchObject({ context: 5, steps: 20 });
  expect(readFileSync(join(trained, 'report.html'), 'utf8')).toContain('What it dreams');
});

test('dream --json tells the errors by the step ahead, the same whenever it is asked', async () => {
  const out = join(dir, 'other.html');
  const asked = ['dream', trained, '--json', '--steps', '3', '--context', '2', '--out', out];
  const told = await forethought(...asked);
  expect(told).toMatchObject({ code: 0, error: '' });
  const [first, , third, done] = linesOf(told.out);
  const number = expect.any(Number);
  expect(first).toEqual({ type: 'dream', ahead: 1, error: number, reward: number, continuation: 0 });
  expect(third).toMatchObject({ ahead: 3 });
  expect(done).toEqual({
    type: 'done',
    step: 300,
    dir: trained,
    page: out,
    context: 2,
    policy: false,
    samples: 1,
    seed: 0,
    episode: 1,
  });
  // the world's noise alone stands between them: 0.01 a step
  expect(first.error as number).toBeLessThan(0.5);
  const { rewards } = dataOf(out);
  expect((await forethought(...asked)).out).toBe(told.out);
  for (const other of [
    ['--seed', '1'],
    ['--episode', '2'],
  ]) {
    expect((await forethought(...asked, ...other)).code).toBe(0);
    expect(dataOf(out).rewards).not.toEqual(rewards);
  }
});

test('dream --policy lets the agent act on what it dreams', async () => {
  const [recorded, acted] = [join(dir, 'recorded.html'), join(dir, 'acted.html')];
  await forethought('dream', trained, '--out', recorded);
  expect(await forethought('dream', trained, '--out', acted, '--policy')).toMatchObject({ code: 0 });
  const [one, other] = [dataOf(recorded), dataOf(acted)];
  // up to the first decision in the dream all is alike; a little later it is not, as the world has noise
  expect(other.actions.slice(0, 4)).toEqual(one.actions.slice(0, 4));
  expect(other.actions).not.toEqual(one.actions);
  expect(readFileSync(acted, 'utf8')).toContain('the agent acted as it saw fit in its dream');
});

test.each<[string, string[], RegExp]>([
  [
    'an agent without a model',
    [join(dir, 'blind')],
    /got "aimless", which has no learned world model to dream in/,
  ],
  ['no such run', [join(dir, 'nowhere')], /nowhere/],
  ['no steps', [trained, '--steps', '0'], /--steps <n>.*whole number from 1 on/],
  [
    'a context beyond the episode',
    [trained, '--context', '30'],
    /context must leave a step to be dreamt, so be at most 20, the decisions of the episode, got 30/,
  ],
  ['samples of acting', [trained, '--policy', '--samples', '2'], /samples must be 1 where the agent acts/],
])('bad input: %s', async (_, given, message) => {
  const { code, out, error } = await forethought('dream', ...given, '--out', join(dir, 'none.html'));
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(error).toMatch(message);
  expect(existsSync(join(dir, 'none.html'))).toBe(false);
});

test('a run that has no checkpoint yet is told how to go on', async () => {
  const path = join(dir, 'begun');
  RunFolder.create(path, recordOf(order(driftRecipe, { seed: 0 }))).close();
  const { code, error } = await forethought('dream', path);
  expect(code).toBe(2);
  expect(error).toContain('there must be a checkpoint');
  expect(error).toContain(`forethought train drift --out ${path} --resume`);
});
