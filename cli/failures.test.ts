/** What the machine does to a run: a full disk, a second process, a reader that leaves. With real ones. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle } from '../test/programs/bundle.ts';

let program: string;
let whole: string;
const dir = mkdtempSync(join(tmpdir(), 'forethought-'));

beforeAll(async () => {
  program = await bundle('test/programs/drift.ts');
  whole = join(dir, 'whole');
  expect(shell(train(whole))).toMatchObject({ status: 0 });
});
afterAll(() => rmSync(dir, { recursive: true }));

/** So long that even a slow test is quick enough to meet it in the middle. */
const STEPS = 6000;
const argumentsFor = (out: string, ...more: string[]) => [
  'train',
  'drift',
  '--json',
  '--steps',
  `${STEPS}`,
  '--out',
  out,
  ...more,
];
const train = (out: string, ...more: string[]) =>
  [process.execPath, program, ...argumentsFor(out, ...more)].join(' ');

const shell = (script: string) => spawnSync('sh', ['-c', script], { encoding: 'utf8' });

/** The files that a run of the same seed always leaves alike. */
function kept(out: string): Record<string, Buffer> {
  const files = [
    'events.jsonl',
    'checkpoint/agent.safetensors',
    'checkpoint/replay.safetensors',
    'checkpoint/run.json',
  ];
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(out, file))]));
}

test('files that may not grow on: one message, exit code 1, and the last checkpoint is good to go on from', () => {
  const out = join(dir, 'limited');
  // the shell's limit counts blocks of 512 bytes; with the signal ignored, writes fail with EFBIG
  const { status, stderr } = shell(`trap '' XFSZ; ulimit -f 40; exec ${train(out)}`);
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /limited\/\S+: files of this size must be allowed, got EFBIG\. Raise the limit.*--resume/,
  );
  expect(stderr).not.toMatch(/\n\s+at /);
  const { step } = JSON.parse(readFileSync(join(out, 'checkpoint', 'run.json'), 'utf8'));
  expect(step).toBeGreaterThan(0);
  expect(step).toBeLessThan(STEPS);
  expect(readdirSync(out)).not.toContain('lock');
  expect(shell(train(out, '--resume'))).toMatchObject({ status: 0 });
  expect(kept(out)).toEqual(kept(whole));
});

// a small disk of our own needs a kernel that lets us mount one
const canMount = shell('unshare -rm mount -t tmpfs -o size=100k none /mnt').status === 0;

test.skipIf(!canMount)('a full disk: the same', () => {
  const [disk, copy] = [join(dir, 'disk'), join(dir, 'copy')];
  mkdirSync(disk);
  const out = join(disk, 'run');
  const script = `mount -t tmpfs -o size=100k none ${disk}; ${train(out)}; echo "exit $?" >&2; \
    mount -o remount,size=10m ${disk}; cp -r ${out}/checkpoint ${copy}; ${train(out, '--resume')}; cp -r ${out} ${copy}`;
  const { status, stderr } = spawnSync('unshare', ['-rm', 'sh', '-c', script], { encoding: 'utf8' });
  expect(stderr).toMatch(
    /disk\/run\S*: there must be room on the disk, got ENOSPC\. Free some space.*\nexit 1\n/,
  );
  expect(status).toBe(0);
  const { step } = JSON.parse(readFileSync(join(copy, 'run.json'), 'utf8'));
  expect(step).toBeGreaterThan(0);
  expect(step).toBeLessThan(STEPS);
  expect(kept(join(copy, 'run'))).toEqual(kept(whole));
});

test.skipIf(!canMount)('a disk that may not be written: one message, exit code 1', () => {
  const disk = join(dir, 'readonly');
  mkdirSync(disk);
  const script = `mount -t tmpfs -o ro none ${disk} && ${train(join(disk, 'run'))}`;
  const { status, stderr } = spawnSync('unshare', ['-rm', 'sh', '-c', script], { encoding: 'utf8' });
  expect(stderr).toMatch(/^\S+readonly\/run: the disk must be writable, got EROFS\. .*--out/);
  expect(status).toBe(1);
});

function start(out: string): ChildProcess {
  return spawn(process.execPath, [program, ...argumentsFor(out)]);
}

test('a second process on the same folder is refused and disturbs nothing', async () => {
  const out = join(dir, 'shared');
  const first = start(out);
  await once(first.stdout!, 'data');
  first.kill('SIGSTOP');
  const second = shell(train(out, '--resume'));
  expect(second.status).toBe(1);
  expect(second.stderr).toMatch(
    new RegExp(
      `shared: only one process at a time may write to it, but process ${first.pid} does\\. Wait for it`,
    ),
  );
  first.kill('SIGCONT');
  first.stdout!.resume();
  expect(await once(first, 'close')).toEqual([0, null]);
  expect(kept(out)).toEqual(kept(whole));
});

test('told to stop twice, it quits at once, without the checkpoint that one signal gives', async () => {
  const child = start(join(dir, 'twice'));
  let error = '';
  child.stderr!.on('data', (chunk) => {
    error += chunk;
  });
  await once(child.stdout!, 'data');
  // held, so that both signals are there when it goes on
  for (const signal of ['SIGSTOP', 'SIGINT', 'SIGTERM', 'SIGCONT'] as const) child.kill(signal);
  child.stdout!.resume();
  const [code] = await once(child, 'close');
  // of two signals that wait, either may be told first
  expect([130, 143]).toContain(code);
  expect(error).toContain('Once more to quit at once');
  expect(error).not.toContain('Stopped after step');
});

test('a reader that leaves early is no error', () => {
  const { stdout, stderr } = shell(`{ ${train(join(dir, 'head'))}; echo "exit $?" >&2; } | head -n 1`);
  expect(stdout).toMatch(/^\{"type":"\w+".*\}\n$/);
  expect(stderr).toBe('exit 0\n');
});
