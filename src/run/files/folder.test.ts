import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { driftRecipe } from '../../../test/worlds/drift-recipe.ts';
import { InputError, ResourceError } from '../../core/errors.ts';
import { readSafetensors } from '../../nn/safetensors.ts';
import type { Checkpoint, RunEvent } from '../events.ts';
import { order } from '../recipe.ts';
import { isFinished, RunFolder, readRun } from './folder.ts';
import { recordOf, train } from './train.ts';

const top = mkdtempSync(join(tmpdir(), 'forethought-'));
afterAll(() => rmSync(top, { recursive: true }));
let dir: string;
beforeEach(() => {
  dir = join(mkdtempSync(join(top, 'test-')), 'drift-0');
});

const asked = order(driftRecipe, { seed: 0, assignments: [['budget.steps', '300']] });
const record = recordOf(asked);

async function trained(): Promise<void> {
  await train({ order: asked, folder: RunFolder.create(dir, record) });
}

test('a finished run has everything the folder promises, and no lock', async () => {
  await trained();
  expect(readdirSync(dir).sort()).toEqual([
    'checkpoint',
    'events.jsonl',
    'recipe.json',
    'report.html',
    'tensorboard',
  ]);
  expect(readdirSync(join(dir, 'checkpoint')).sort()).toEqual([
    'agent.safetensors',
    'replay.safetensors',
    'run.json',
    'run.safetensors',
  ]);
  const run = readRun(dir);
  expect(run.record).toEqual(record);
  expect(run.events.at(-1)).toEqual({ type: 'done', step: 300 });
  expect(run.checkpoint?.step).toBe(300);
  expect(isFinished(dir)).toBe(true);
  const weights = readSafetensors(readFileSync(join(dir, 'checkpoint', 'agent.safetensors'))).arrays.weights;
  expect(weights.shape).toEqual([3]);
  // on the way from the first guess, 0 x + 1 a, to the world's own 0.9 x + 0.2 a
  expect(weights.data[0]).toBeGreaterThan(0.6);
  expect(weights.data[1]).toBeLessThan(0.4);
  expect(readFileSync(join(dir, 'report.html'), 'utf8')).toContain(
    'npx forethought train drift --seed 0 --steps 300',
  );
});

test.each([
  ['a step', 41, (event: RunEvent) => event.type === 'step'],
  ['an episode', 41, (event: RunEvent) => event.type === 'episode'],
  ['learning', 41, (event: RunEvent) => event.type === 'learn'],
  [
    'the middle of an evaluation',
    150,
    (event: RunEvent) => event.type === 'evaluating' && event.episode === 2,
  ],
  ['an evaluation', 150, (event: RunEvent) => event.type === 'evaluation'],
  ['a recording', 150, (event: RunEvent) => event.type === 'recording'],
  ['the last evaluation', 300, (event: RunEvent) => event.type === 'evaluation'],
])('told to stop after %s, it saves and goes on from there with the same bytes', async (_, from, stops) => {
  const evaluating = order(driftRecipe, {
    seed: 0,
    assignments: [['budget.steps', '300'], ['budget.evaluateEvery', '150'], ['budget.checkpointEvery', '1000']], // biome-ignore format: a table
  });
  const files = () =>
    readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => [entry.name, readFileSync(join(entry.parentPath, entry.name), 'latin1')]);
  await train({ order: evaluating, folder: RunFolder.create(dir, recordOf(evaluating)) });
  const whole = files();
  rmSync(dir, { recursive: true });
  const stop = new AbortController();
  const sinks = [
    (event: RunEvent) => {
      if (event.step >= from && stops(event)) stop.abort();
    },
  ];
  const folder = RunFolder.create(dir, recordOf(evaluating));
  const { step, finished } = await train({ order: evaluating, folder, sinks, signal: stop.signal });
  expect({ finished, saved: readRun(dir).checkpoint?.step }).toEqual({ finished: false, saved: step });
  expect(await train({ order: evaluating, folder: RunFolder.resume(dir) })).toEqual({
    step: 300,
    finished: true,
  });
  expect(files()).toEqual(whole);
});

test('a checkpoint comes back as it was, facts and all', () => {
  const folder = RunFolder.create(dir, record);
  const part = (n: number) => ({
    arrays: {
      'a.0': { shape: [1, 2], data: Float32Array.of(n, -0) },
      bytes: { shape: [0], data: new Uint8Array(0) },
    },
    facts: { name: 'é', best: -0, deep: { list: [1, null, Number.NaN] } },
  });
  const checkpoint: Checkpoint = { step: 7, agent: part(1), replay: part(2), run: part(3) };
  folder.saveCheckpoint({ ...checkpoint, step: 6 });
  folder.saveCheckpoint(checkpoint);
  folder.close();
  expect(readRun(dir).checkpoint).toEqual(checkpoint);
  const again = RunFolder.resume(dir);
  expect(again.checkpoint).toEqual(checkpoint);
  again.close();
});

test('resuming cuts back what was told after the checkpoint', () => {
  const folder = RunFolder.create(dir, record);
  folder.append({ type: 'done', step: 1 });
  folder.saveCheckpoint({
    step: 1,
    agent: { arrays: {}, facts: {} },
    replay: { arrays: {}, facts: {} },
    run: { arrays: {}, facts: {} },
  });
  folder.append({ type: 'done', step: 2 });
  folder.close();
  writeFileSync(join(dir, 'events.jsonl'), '{"type":"do', { flag: 'a' }); // a line cut off by a crash
  expect(readRun(dir).events.map((event) => event.step)).toEqual([1, 2]);
  RunFolder.resume(dir).close();
  expect(readFileSync(join(dir, 'events.jsonl'), 'utf8')).toBe('{"type":"done","step":1}\n');
});

test('a run without a checkpoint starts over', () => {
  const folder = RunFolder.create(dir, record);
  folder.append({ type: 'episode', step: 1, episode: 1, return: 0, length: 1, terminated: true });
  folder.close();
  const size = readFileSync(join(dir, 'tensorboard', 'events.out.tfevents.0.forethought')).length;
  const again = RunFolder.resume(dir);
  expect(again.checkpoint).toBeUndefined();
  again.close();
  expect(readRun(dir).events).toEqual([]);
  // the file's head alone
  expect(readFileSync(join(dir, 'tensorboard', 'events.out.tfevents.0.forethought')).length).toBeLessThan(
    size,
  );
});

test('a folder is made whole, over what a crash left of an earlier try', () => {
  mkdirSync(`${dir}.new`);
  writeFileSync(join(`${dir}.new`, 'lock'), '{"pid":');
  mkdirSync(dir); // empty is as good as free
  RunFolder.create(dir, record).close();
  expect(existsSync(`${dir}.new`)).toBe(false);
  expect(readRun(dir).record).toEqual(record);
});

test('two writers: the second is refused, a reader is not', async () => {
  const folder = RunFolder.create(dir, record);
  expect(() => RunFolder.resume(dir)).toThrow(ResourceError);
  expect(readRun(dir).events).toEqual([]);
  folder.close();
  RunFolder.resume(dir).close();
});

const nothing = () => {};
const create = () => RunFolder.create(dir, record).close();

test.each<[string, () => void, () => unknown, RegExp]>([
  ['nothing there', nothing, () => readRun(dir), /must be the folder of a run, got nothing there/],
  [
    'a name nearly right',
    create,
    () => readRun(dir.replace('drift-0', 'drfit-0')),
    /got nothing there\. Did you mean "drift-0"\?/,
  ],
  ['another folder', () => mkdirSync(dir), () => readRun(dir), /got one without recipe\.json/],
  [
    'other files in the way',
    () => {
      mkdirSync(dir);
      writeFileSync(join(dir, 'mine.txt'), '');
    },
    create,
    /must be free or an empty folder, got one with other files/,
  ],
  ['a file in the way', () => writeFileSync(dir, ''), create, /must be free or an empty folder, got a file/],
  [
    'an unfinished run in the way',
    create,
    create,
    /got a run that is not finished\. Go on with --resume, or choose another folder with --out/,
  ],
])('bad input: %s', (_, prepare, action, message) => {
  prepare();
  expect(action).toThrow(InputError);
  expect(action).toThrow(message);
});

const inCheckpoint = (name: string) => join(dir, 'checkpoint', name);
const changeFacts = (change: object) => {
  const facts = JSON.parse(readFileSync(inCheckpoint('run.json'), 'utf8'));
  writeFileSync(inCheckpoint('run.json'), JSON.stringify({ ...facts, ...change }));
};

test.each<[string, () => void, RegExp]>([
  [
    'weights cut short',
    () => truncateSync(inCheckpoint('agent.safetensors'), 50),
    /agent\.safetensors: must have \d+ bytes, got 50\. The file was cut short or changed/,
  ],
  [
    'weights of another run',
    () => {
      const bytes = readFileSync(inCheckpoint('agent.safetensors'));
      bytes[bytes.length - 1] ^= 1;
      writeFileSync(inCheckpoint('agent.safetensors'), bytes);
    },
    /agent\.safetensors: must be the file that run\.json names .* got another/,
  ],
  [
    'a file missing',
    () => rmSync(inCheckpoint('replay.safetensors')),
    /replay\.safetensors: must be there, got nothing/,
  ],
  ['facts missing', () => rmSync(inCheckpoint('run.json')), /run\.json: must be there, got nothing/],
  ['facts cut short', () => truncateSync(inCheckpoint('run.json'), 20), /run\.json: must be JSON, got/],
  [
    'another format',
    () => changeFacts({ format: 99 }),
    /run\.json: must be a checkpoint of format 1, got 99/,
  ],
  ['foreign facts', () => changeFacts({ step: 'x' }), /run\.json: must be what this version .*\n {2}step: /],
  [
    'events cut short',
    () => truncateSync(join(dir, 'events.jsonl'), 10),
    /events\.jsonl: must have at least the \d+ bytes/,
  ],
  [
    'foreign recipe.json',
    () => writeFileSync(join(dir, 'recipe.json'), '{"name":"package"}'),
    /recipe\.json: must be what this version .* writes, got problems\.\n {2}forethought: /,
  ],
])('a damaged folder is refused by file and what differs, and left alone: %s', async (_, damage, message) => {
  await trained();
  damage();
  const before = readdirSync(dir, { recursive: true });
  expect(() => RunFolder.resume(dir)).toThrow(InputError);
  expect(() => RunFolder.resume(dir)).toThrow(message);
  expect(readdirSync(dir, { recursive: true })).toEqual(before);
});

test('a checkpoint of another world is refused by what differs', async () => {
  await trained();
  const folder = RunFolder.resume(dir);
  const replay = folder.checkpoint!.replay;
  const wide = {
    ...replay,
    arrays: { ...replay.arrays, observations: { shape: [300, 2], data: new Float32Array(600) } },
  };
  folder.saveCheckpoint({ ...folder.checkpoint!, replay: wide });
  folder.close();
  const resumed = train({ order: asked, folder: RunFolder.resume(dir) });
  await expect(resumed).rejects.toThrow(InputError);
  await expect(resumed).rejects.toThrow(/saved observations must be \[300, 1\], got \[300,2\]/);
});
