import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recipes } from '../recipes/index.ts';
import { build, order } from '../src/run/recipe.ts';
import { inTerminal, linesOf } from '../test/command.ts';
import { boastfulRecipe, driftRecipe } from '../test/worlds/drift-recipe.ts';
import { runCommand } from './program.ts';

const dir = mkdtempSync(join(tmpdir(), 'forethought-'));
const trained = join(dir, 'trained');
afterAll(() => rmSync(dir, { recursive: true }));

const here = { recipes: [driftRecipe, boastfulRecipe] };
const forethought = (...given: string[]) => inTerminal(here, ...given);

let training: Awaited<ReturnType<typeof forethought>>;
beforeAll(async () => {
  training = await forethought('train', 'drift', '--out', trained, '--steps', '700', '--json');
});

test('train --json prints JSON lines alone, as scripts rely on them', () => {
  expect(training).toMatchObject({ code: 0, error: '' });
  const events = linesOf(training.out);
  expect(new Set(events.map((event) => event.type))).toEqual(
    new Set(['episode', 'evaluation', 'learn', 'checkpoint', 'done']),
  );
  const number = expect.any(Number);
  const expected: Record<string, object> = {
    episode: { step: number, return: number, length: number },
    evaluation: { step: number, mean: number, low: number, high: number, episodes: 4 },
    learn: { step: number, metrics: { 'model/loss': number } },
    checkpoint: { step: number },
    done: { step: 700, dir: trained, seconds: number },
  };
  for (const event of events) expect(event).toMatchObject(expected[event.type as string]);
  expect(events.at(-1)!.type).toBe('done');
  const kept = readFileSync(join(trained, 'events.jsonl'), 'utf8').trimEnd().split('\n');
  const printed = training.out
    .split('\n')
    .filter((line) => !/"type":"(checkpoint|done)"/.test(line) && line !== '');
  expect(printed).toEqual(kept.slice(0, -1));
});

test('train for people: progress on standard error, the result on standard output', async () => {
  const { code, out, error } = await forethought('train', 'drift', '--out', join(dir, 'people'), '--quick');
  expect(code).toBe(0);
  expect(out).toMatch(/^Done in \d+:\d\d\. Report: .*people\/report\.html\n$/);
  expect(error).toMatch(/^drift: Bring a drifting point to rest\.\nseed 0, 300 steps, into .*people\n/);
  expect(error).toMatch(/\nstep 150\/300 {2}episode \d+ {2}return .* evaluation .* model\/loss /);
});

test('options of a recipe by their path, before or after its name', async () => {
  const given = ['--replay.capacity', '60', 'drift', '--rate=0.05', '--seed', '5', '--quick'];
  expect(await forethought('train', ...given, '--out', join(dir, 'set'))).toMatchObject({ code: 0 });
  const record = JSON.parse(readFileSync(join(dir, 'set', 'recipe.json'), 'utf8'));
  expect(record).toEqual({
    forethought: '0.1.0',
    recipe: 'drift',
    seed: 5,
    environment: 'drift',
    agent: 'drift-agent',
    budget: { ...driftRecipe.budget, keepEvery: 0, steps: 300, evaluateEvery: 150 },
    options: { rate: 0.05, failAt: 0, exportError: 0, replay: { capacity: 60 } },
  });
});

test('eval tells mean, spread and interval, the same whenever it is asked', async () => {
  const { code, out, error } = await forethought('eval', trained, '--episodes', '6', '--json');
  expect({ code, error }).toEqual({ code: 0, error: '' });
  const [evaluation, done] = linesOf(out);
  const returns = evaluation.returns as number[];
  expect(evaluation).toMatchObject({
    type: 'evaluation',
    step: 700,
    episodes: 6,
    spread: expect.any(Number),
  });
  expect(evaluation.mean).toBeCloseTo(returns.reduce((sum, value) => sum + value) / 6, 10);
  expect(evaluation.mean).toBeGreaterThan(-0.8); // random -2.56, best -0.17
  expect(evaluation.modelError).toHaveLength(15);
  expect(done).toMatchObject({ type: 'done', dir: trained, seconds: expect.any(Number) });
  const { median, p95 } = done.decisionMs as { median: number; p95: number };
  expect(median).toBeGreaterThanOrEqual(0); // 0 where a decision is shorter than the clock's tick
  expect(p95).toBeGreaterThanOrEqual(median);
  const again = linesOf((await forethought('eval', trained, '--episodes', '6', '--json')).out);
  expect(again[0]).toEqual(evaluation);
  const other = linesOf((await forethought('eval', trained, '--episodes', '6', '--seed', '1', '--json')).out);
  expect(other[0].returns).not.toEqual(returns);
  const people = await forethought('eval', trained, '--episodes', '6');
  expect(people.out).toMatch(
    /^drift, seed 0, after 700 steps\nepisodes {2}6, of .*\nmean .*\n95 % .* to .*\nspread .*\ndecision {2}[\d.]+ ms \(median\), [\d.]+ ms \(95 % are faster\)\n$/,
  );
});

test('play draws a run and a world', async () => {
  const { code, out } = await forethought('play', trained, '--frames', '2');
  expect(code).toBe(0);
  expect(out).toContain('drift-agent on drift, after 700 steps\nepisode 1  step 1  return -');
  expect(out).toMatch(/[\u2801-\u28ff]/);
  const world = await forethought('play', 'pendulum', '--frames', '1');
  expect(world.out).toContain('pendulum, random actions\nepisode 1  step 0  return 0.00');
});

test('play in a terminal draws each frame over the last, and gives the cursor back', async () => {
  const { out } = await inTerminal(
    { ...here, isTTY: true },
    'play',
    trained,
    '--frames',
    '3',
    '--fps',
    '1000',
  );
  expect(out.startsWith('\u001b[?25l')).toBe(true);
  const height = out.slice(0, out.indexOf('step 0')).split('\n').length;
  const frames = out.split(`\u001b[${height}A`);
  expect(frames).toHaveLength(3);
  for (const frame of frames) expect(frame.split('\n')).toHaveLength(height + 1);
  expect(frames[2]).toMatch(/episode 1 {2}step 2 {2}return -\d+\.\d\d\n/);
  expect(out.endsWith('\u001b[?25h')).toBe(true);
});

test('play writes the episodes it would show into a page, and says where', async () => {
  const file = join(dir, 'drift.html');
  const { code, out, error } = await forethought('play', trained, '--episodes', '2', '--out', file);
  expect({ code, error }).toEqual({ code: 0, error: '' });
  expect(out).toMatch(
    /^drift-agent on drift, after 700 steps: returns -\d\.\d\d, -\d\.\d\d\nAnimation: .*drift\.html\n$/,
  );
  const page = readFileSync(file, 'utf8');
  const films = [...page.matchAll(/<script type="application\/json">(.*?)<\/script>/g)].map(([, data]) =>
    JSON.parse(data),
  );
  // what the terminal shows is what is in the file
  const shown = await forethought('play', trained, '--episodes', '2', '--frames', '1000');
  const ends = films.map(({ returns }) => returns.at(-1).toFixed(2));
  expect(films.map(({ steps }) => steps)).toEqual([20, 20]);
  for (const [i, end] of ends.entries()) {
    expect(out).toContain(end);
    expect(shown.out).toContain(`episode ${i + 1}  step 20  return ${end}`);
  }
  expect(ends[0]).not.toBe(ends[1]);
  const other = join(dir, 'other.html');
  await forethought('play', trained, '--seed', '1', '--out', other);
  expect(readFileSync(other, 'utf8')).not.toContain(JSON.stringify(films[0].returns));
});

test('play writes random actions in a world into a page', async () => {
  const file = join(dir, 'pendulum.html');
  expect(await forethought('play', 'pendulum', '--out', file)).toMatchObject({ code: 0 });
  const page = readFileSync(file, 'utf8');
  expect(page).toContain('<h1>pendulum, random actions</h1>');
  expect(page).toContain('200 decisions, return');
  expect(page).toContain('data-part="stage"');
});

test('export writes a network that others compute as we do', async () => {
  const file = join(dir, 'dynamics.onnx');
  const { code, out } = await forethought('export', trained, '--onnx', file);
  expect(out).toMatch(
    /^.*dynamics\.onnx {2}dynamics: x \[1\], a \[1\] -> next \[1\] {2}\(differs from our own output by at most \S+\)\n$/,
  );
  expect(code).toBe(0);
  const session = await InferenceSession.create(readFileSync(file));
  const feed = (value: number) => new Tensor('float32', Float32Array.of(value), [1]);
  const { next } = await session.run({ x: feed(1), a: feed(-1) });
  expect((next.data as Float32Array)[0]).toBeCloseTo(0.7, 1); // the world's own 0.9 x + 0.2 a
});

test('export writes nothing where the file would not compute what we do', async () => {
  const out = join(dir, 'wrong');
  await forethought('train', 'drift', '--out', out, '--quick', '--exportError', '0.01');
  const file = join(dir, 'wrong.onnx');
  const { code, error } = await forethought('export', out, '--onnx', file);
  expect(error).toMatch(
    /^dynamics: output "next" of the file must be our own, got a difference of 0\.01\d* at index 0/,
  );
  expect(code).toBe(1);
  expect(existsSync(file)).toBe(false);
});

test('list', async () => {
  expect((await forethought('list', 'recipes')).out).toBe(
    [
      'recipe    world  agent        steps  expected',
      'drift     drift  drift-agent  2,000   >= -0.6',
      '  Bring a drifting point to rest.',
      'boastful  drift  drift-agent  2,000      >= 1',
      '  Bring a drifting point to rest.',
      '',
    ].join('\n'),
  );
  const [drift, boastful] = linesOf((await forethought('list', 'recipes', '--json')).out);
  expect(drift).toMatchObject({
    type: 'recipe',
    name: 'drift',
    environment: 'drift',
    agent: 'drift-agent',
    steps: 2000,
    scores: { random: -2.56, best: -0.17 },
    expected: { seeds: 2, checks: [{ atLeast: -0.6 }, { atLeast: -1.2 }] },
  });
  expect(boastful.name).toBe('boastful');
  const kinds = linesOf((await forethought('list', '--json')).out).map(({ type }) => type);
  expect(new Set(kinds)).toEqual(new Set(['recipe', 'env', 'agent']));
  expect((await forethought('list', 'envs')).out).toMatch(/^cart-pole {2,}Keep a pole upright/);
  expect((await forethought('list', 'agents')).out).toBe('drift-agent  in drift, boastful\n');
  expect((await forethought('list')).out).toMatch(
    /^recipes\n {2}recipe .*\n {2}drift .*\n\nenvs\n {2}cart-pole .*\n\nagents\n/s,
  );
});

test.each([80, 120])('list fits %d columns, its numbers one under the other', async (columns) => {
  for (const what of ['recipes', 'envs', 'agents', undefined]) {
    const { out } = await runHelp(columns, 'list', ...(what ? [what] : []));
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
  }
  const { out } = await runHelp(columns, 'list', 'recipes');
  const table = out.split('\n').filter((line) => line !== '' && !line.startsWith(' '));
  expect(table).toHaveLength(recipes.length + 1);
  expect(new Set(table.map((line) => line.length)).size).toBe(1);
  for (const { name, environment, agent, budget, scores } of recipes) {
    const row = table.find((line) => line.startsWith(`${name} `))!.split(/ +/);
    expect(row.slice(0, 4)).toEqual([name, environment, agent, budget.steps.toLocaleString('en')]);
    if (columns === 120) expect(row.at(-1)).toBe(scores.best.toLocaleString('en'));
  }
});

test('verify measures every seed, and keeps the score in its section alone', async () => {
  const file = join(dir, 'BENCHMARKS.md');
  writeFileSync(
    file,
    '# Benchmarks\n\nBefore.\n\n<!-- verify drift -->\nold\n<!-- end verify drift -->\n\nAfter.\n',
  );
  const { code, out, error } = await forethought('verify', 'drift', '--file', file, '--json');
  expect(error).toMatch(/seed 1: mean return of the final evaluation .* as expected/);
  expect(code).toBe(0);
  expect(linesOf(out)).toMatchObject([
    { type: 'verify', recipe: 'drift', seed: 0, passed: true },
    { type: 'verify', recipe: 'drift', seed: 1, passed: true, decision: expect.any(Number) },
  ]);
  const text = readFileSync(file, 'utf8');
  expect(text).toMatch(/^# Benchmarks\n\nBefore\.\n\n<!-- verify drift -->\n## drift\n/);
  expect(text).toMatch(/\n<!-- end verify drift -->\n\nAfter\.\n$/);
  expect(text).not.toContain('old');
  expect(text).toMatch(
    /\| seed \| mean return of the final evaluation \| mean return of episodes 50-90 \| a decision \(median\) \| wall time \|/,
  );
  expect(text).toMatch(/\n\| 0 \| -0\.\d+ \| -0\.\d+ \| [\d.e-]+ ms \| 0:0\d \|\n\| 1 \| /);
  expect(text).toMatch(/Forethought 0\.1\.0, Node \d+/);
  expect(text).toContain('\n- `rate` 0.1: step size of the gradient.\n- `replay.capacity` 500: rows kept.\n');
});

test('verify fails where a recipe does not hold what it promises, and says so in the file', async () => {
  const file = join(dir, 'fresh.md');
  const { code, error } = await forethought('verify', 'boastful', '--file', file);
  expect(code).toBe(1);
  expect(error).toMatch(
    /boastful: not as expected\.\n {2}seed 0: mean return of the final evaluation >= 1, got -0\./,
  );
  expect(readFileSync(file, 'utf8')).toMatch(/^# Benchmarks\n[\s\S]*\(not as expected\)/);
});

test('verify --quick runs the small version and writes nothing', async () => {
  const file = join(dir, 'none.md');
  expect(await forethought('verify', 'drift', '--quick', '--file', file)).toMatchObject({ code: 0 });
  expect(existsSync(file)).toBe(false);
});

test('verify goes on with the runs it is given, and takes nothing else for them', async () => {
  const [out, file] = [join(dir, 'verified'), join(dir, 'resumed.md')];
  const resume = ['--file', file, '--out', out, '--resume', '--json'];
  const whole = linesOf((await forethought('verify', 'drift', '--file', file, '--json')).out);
  expect(await forethought('verify', 'drift', '--seeds', '1', ...resume)).toMatchObject({ code: 0 });
  const timing = join(out, 'seed-0', 'timing.json');
  const { decision } = JSON.parse(readFileSync(timing, 'utf8')) as { decision: number };
  writeFileSync(timing, JSON.stringify({ seconds: 5025, decision }));
  expect((await inTerminal({ ...here, stopAt: /^seed 0:/ }, 'verify', 'drift', ...resume)).error).toMatch(
    /Stopped; it is saved\. Go on with:\n {2}npx forethought verify drift --out .*verified --resume\n/,
  );
  const { code, out: told } = await forethought('verify', 'drift', ...resume);
  expect(code).toBe(0);
  const measured = (all: Record<string, unknown>[]) => all.map((line) => line.measured);
  expect(measured(linesOf(told))).toEqual(measured(whole));
  expect(readFileSync(file, 'utf8')).toMatch(/\n\| 0 \| .* \| 1:23:45 \|\n\| 1 \| .* \| 0:0\d \|\n/);

  expect((await forethought('verify', 'drift', '--out', out)).error).toMatch(
    /seed-0: must be free, got a run/,
  );
  expect((await forethought('verify', 'boastful', ...resume)).error).toMatch(
    /seed-0: must be a run of boastful, seed 0, with the recipe's settings of today, got another/,
  );
  expect((await forethought('verify', 'drift', '--resume')).error).toMatch(/Name it with --out/);
  rmSync(timing);
  expect((await forethought('verify', 'drift', ...resume)).error).toMatch(
    /timing\.json: must be there, got nothing\. Only runs that verify began/,
  );
});

test.each<[string[], RegExp]>([
  [['trian', 'drift'], /unknown command 'trian'[\s\S]*Did you mean train/],
  [['train', 'drfit'], /recipe "drfit": there is no such recipe\. Did you mean "drift"\?/],
  [['train'], /missing required argument 'recipe'/],
  [['train', 'drift', 'drift'], /there must be exactly one, got "drift" "drift"/],
  [
    ['train', 'drift', '--seed', '1.5'],
    /'--seed <n>' argument '1\.5' is invalid\. It must be a whole number from 0 on/,
  ],
  [['train', 'drift', '--sed', '5'], /sed: there is no such option\. Did you mean --seed\?/],
  [['train', 'drift', '--rate'], /--rate: must be followed by a value, got none/],
  [
    ['train', 'drift', '--rate', 'fast', '--replay.capcity', '9', '--replay.capacity', '0'],
    /drift: 3 options cannot be used\.\n {2}replay\.capcity: .*Did you mean --replay\.capacity\?\n {2}rate: expected number, got "fast"\.\n {2}replay\.capacity: .*>=1, got 0/,
  ],
  [
    ['train', 'drift', '--out', trained],
    /trained: must be free, got a run that is finished\. Choose another folder/,
  ],
  [
    ['train', 'drift', '--out', trained, '--resume', '--steps', '300'],
    /steps must be at least the 700 already made, got 300/,
  ],
  [
    ['train', 'drift', '--out', trained, '--resume', '--seed', '4', '--rate', '0.3'],
    /goes on with what it began with, but\n {2}seed: the run has 0, got 4\n {2}rate: the run has 0\.1, got 0\.3/,
  ],
  [['train', 'boastful', '--out', trained, '--resume'], /recipe: the run has "drift", got "boastful"/],
  [
    ['eval', join(dir, 'trainde')],
    /trainde: must be the folder of a run, got nothing there\. Did you mean "trained"\?/,
  ],
  [['eval', dir], /must be the folder of a run, got one without recipe\.json/],
  [['eval', trained, '--episodes', '0'], /'0' is invalid\. It must be a whole number from 1 on/],
  [['play', 'pendulm'], /"pendulm": there is no such run or world\. Did you mean "pendulum"\?/],
  [['play', 'no/such/run'], /no\/such\/run: must be the folder of a run, got nothing there/],
  [
    ['play', 'pendulum', '--out', join(dir, 'x.html'), '--frames', '3'],
    /--frames must be left out with --out/,
  ],
  [['export', trained], /required option '--onnx <file>' not specified/],
  [['list', 'worlds'], /value 'worlds' is invalid .* Allowed choices are recipes, envs, agents/],
  [['verify', 'drift', '--seeds', '0'], /'0' is invalid/],
  [
    ['bench', 'engine/cal'],
    /benchmark "engine\/cal": there is no such benchmark\. Did you mean "engine\/call"/,
  ],
])('bad input: %j gets one message without a stack, and exit code 2', async (given, message) => {
  const before = readFileSync(join(trained, 'events.jsonl'), 'utf8');
  const { code, out, error } = await forethought(...given);
  expect(error).toMatch(message);
  expect(error).not.toMatch(/\n\s+at /);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(readFileSync(join(trained, 'events.jsonl'), 'utf8')).toBe(before);
});

test('a NaN stops the run with exit code 1 and keeps the last good checkpoint', async () => {
  const out = join(dir, 'nan');
  const { code, error } = await forethought('train', 'drift', '--out', out, '--failAt', '333');
  expect(code).toBe(1);
  expect(error).toMatch(
    /weights of drift-agent: every number must be finite, got NaN at index 0 of 3\. The checkpoint of step 280 is kept in .*nan\.\n$/,
  );
  const evaluation = await forethought('eval', out, '--episodes', '3', '--json');
  expect(linesOf(evaluation.out)[0]).toMatchObject({ step: 280, mean: expect.any(Number) });
});

test('--resume where nothing is starts, and says so; where all is done, it says that', async () => {
  const out = join(dir, 'fresh');
  const first = await forethought('train', 'drift', '--out', out, '--quick', '--resume');
  expect(first).toMatchObject({
    code: 0,
    error: expect.stringMatching(/^Nothing to resume in .*fresh: starting/),
  });
  const second = await forethought('train', 'drift', '--out', out, '--quick', '--resume', '--json');
  expect(second).toMatchObject({ code: 0, error: expect.stringContaining('is finished already') });
  expect(linesOf(second.out)).toMatchObject([{ type: 'done', step: 300, dir: out }]);
});

test('every recipe that comes with the program can be ordered and built', async () => {
  expect(recipes.length).toBeGreaterThan(0);
  for (const recipe of recipes) {
    const { name } = recipe;
    const { code, out } = await runHelp(100, 'train', name, '--help');
    expect({ name, code }).toEqual({ name, code: 0 });
    expect(out).toContain(`Options of ${name}:`);
    for (const path of recipe.stated ?? []) expect(out).toContain(`--${path} `);
    for (const quick of [false, true]) {
      const { environment, agent } = await build(order(recipe, { seed: 0, quick }));
      expect([environment.name, agent.name]).toEqual([recipe.environment, recipe.agent]);
      const names = recipe.observationNames?.length ?? environment.observation.low.length;
      expect(names).toBe(environment.observation.low.length);
    }
  }
});

async function runHelp(columns: number, ...given: string[]) {
  let out = '';
  const stdout = { write: (text: string) => (out += text), columns };
  const code = await runCommand(given, {
    recipes,
    stdout,
    stderr: stdout,
    signal: new AbortController().signal,
  });
  return { code, out };
}

test.each([
  [[]],
  [['train']],
  [['eval']],
  [['play']],
  [['dream']],
  [['export']],
  [['list']],
  [['bench']],
  [['verify']],
])('help: %j', async (command) => {
  const { code, out, error } = await forethought(...command, '--help');
  expect({ code, error }).toEqual({ code: 0, error: '' });
  expect(out).toContain('Examples:\n  forethought ');
  expect(out).toMatchSnapshot();
});

test('the version is the package’s', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  expect(await forethought('--version')).toMatchObject({ code: 0, out: `${version}\n` });
});
