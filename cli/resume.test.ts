/** A run that is killed and resumed leaves the same bytes as one that was not: with real processes and real signals. */
import { type ChildProcess, spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Rng } from '../src/core/rng.ts';
import { bundle } from '../test/programs/bundle.ts';

let program: string;
let whole: string;
const dir = mkdtempSync(join(tmpdir(), 'forethought-'));

beforeAll(async () => {
  program = await bundle('test/programs/drift.ts');
  whole = join(dir, 'whole');
  expect(await ended(start(whole))).toMatchObject({ code: 0 });
});
afterAll(() => rmSync(dir, { recursive: true }));

function start(out: string, ...more: string[]): ChildProcess {
  return spawn(
    process.execPath,
    [program, 'train', 'drift', '--seed', '3', '--json', '--out', out, ...more],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
}

async function ended(
  child: ChildProcess,
): Promise<{ code: number | null; signal: string | null; error: string }> {
  let error = '';
  child.stderr!.on('data', (chunk) => {
    error += chunk;
  });
  child.stdout!.resume();
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code, signal, error };
}

/** All files below a folder with their bytes. */
function contents(folder: string, inside = ''): Record<string, string> {
  return Object.fromEntries(
    readdirSync(join(folder, inside)).flatMap((name) => {
      const path = join(inside, name);
      if (statSync(join(folder, path)).isDirectory()) return Object.entries(contents(folder, path));
      return [[path, readFileSync(join(folder, path), 'latin1')]];
    }),
  );
}

test('killed ten times at random moments', { timeout: 180_000 }, async () => {
  const rng = Rng.from('kills');
  const out = join(dir, 'killed');
  const long = ['--steps', '8000', '--resume']; // so that even a slow test is quick enough to hit it in the middle
  const reached: number[] = [];
  for (let kills = 0; kills < 10; kills++) {
    const child = start(out, ...long);
    // before any sign of life, or some checkpoints later
    if (rng.uniform() < 0.2) await setTimeout(100 * rng.uniform());
    else await checkpoints(child, 1 + rng.integer(4));
    await setTimeout(10 * rng.uniform());
    child.kill('SIGKILL');
    await ended(child);
    const { lengths, step } = checkpointOf(out) ?? { step: 0 };
    reached.push(step);
    if (lengths) expect(statSync(join(out, 'events.jsonl')).size).toBeGreaterThanOrEqual(lengths.events);
  }
  // the test means something only if it was killed in the middle
  expect(new Set(reached.filter((step) => step > 0 && step < 8000)).size).toBeGreaterThanOrEqual(2);
  expect(await ended(start(out, ...long))).toMatchObject({ code: 0 });
  const never = join(dir, 'never-killed');
  expect(await ended(start(never, ...long))).toMatchObject({ code: 0 });
  expect(contents(out)).toEqual(contents(never));
});

/** Waits until a run has told of so many checkpoints. */
async function checkpoints(child: ChildProcess, count: number): Promise<void> {
  let told = '';
  for await (const [chunk] of on(child.stdout!, 'data', { close: ['end'] })) {
    told += chunk;
    if (told.split('"checkpoint"').length > count) return;
  }
}

function checkpointOf(out: string): { step: number; lengths: { events: number } } | undefined {
  try {
    return JSON.parse(readFileSync(join(out, 'checkpoint', 'run.json'), 'utf8'));
  } catch {
    return undefined;
  }
}

test('how often checkpoints are written does not change the run', async () => {
  const out = join(dir, 'rarely');
  expect(await ended(start(out, '--budget.checkpointEvery', '1999'))).toMatchObject({ code: 0 });
  const [rare, often] = [contents(out), contents(whole)];
  for (const file of [
    'events.jsonl',
    join('checkpoint', 'agent.safetensors'),
    join('checkpoint', 'replay.safetensors'),
  ])
    expect(rare[file]).toBe(often[file]);
});

test('a run extended with more steps is the longer run', async () => {
  const out = join(dir, 'extended');
  expect(await ended(start(out, '--steps', '990'))).toMatchObject({ code: 0 }); // evaluated at 990 in either case
  expect(await ended(start(out, '--steps', '2000', '--resume'))).toMatchObject({ code: 0 });
  expect(contents(out)).toEqual(contents(whole));
});

test('Ctrl-C saves, tells how to go on, and exits with 130', async () => {
  const out = join(dir, 'interrupted');
  const child = start(out, '--steps', '100000');
  const end = ended(child);
  await once(child.stdout!, 'data');
  child.kill('SIGINT');
  const { code, error } = await end;
  expect(code).toBe(130);
  expect(error).toMatch(
    /Stopped after step \d+; it is saved\. Go on with:\n {2}npx forethought train drift --out .*interrupted --resume/,
  );
  expect(Number(/after step (\d+)/.exec(error)![1])).toBe(checkpointOf(out)!.step);
  expect(readdirSync(out)).not.toContain('lock');
});

test.each<[string, string, string[]]>([
  ['the main job in small, killed while it learns and while it plans', 'pets-cartpole', ['--steps', '90']],
  ['self-play, killed', 'alphazero-connect-four', []],
])('%s', { timeout: 120_000 }, async (_, name, given) => {
  const main = await bundle('cli/main.ts');
  const begin = (out: string) =>
    spawn(process.execPath, [main, 'train', name, '--quick', ...given, '--json', '--resume', '--out', out]);
  const [whole, often] = [join(dir, `${name}-whole`), join(dir, `${name}-killed`)];
  expect(await ended(begin(whole))).toMatchObject({ code: 0 });
  const rng = Rng.from(name);
  for (let kills = 0; kills < 3; kills++) {
    const child = begin(often);
    // the first learning follows some steps after the first checkpoint
    await once(child.stdout!, 'data');
    await setTimeout(700 * rng.uniform());
    child.kill('SIGKILL');
    await ended(child);
  }
  expect(readFileSync(join(often, 'events.jsonl'), 'utf8')).not.toContain('"done"');
  expect(await ended(begin(often))).toMatchObject({ code: 0 });
  expect(contents(often)).toEqual(contents(whole));
});
