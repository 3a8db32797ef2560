import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { bundle } from '../../../test/programs/bundle.ts';
import { ResourceError } from '../../core/errors.ts';
import { lockFolder } from './lock.ts';

const top = mkdtempSync(join(tmpdir(), 'forethought-'));
afterAll(() => rmSync(top, { recursive: true }));
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(top, 'run-'));
});

async function holder() {
  const child = spawn(process.execPath, [await bundle('test/programs/hold-lock.ts'), dir], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  await once(child.stdout, 'data');
  return child;
}

test('one at a time: a second process is refused by name, until the first lets go', async () => {
  const child = await holder();
  expect(() => lockFolder(dir)).toThrow(ResourceError);
  expect(() => lockFolder(dir)).toThrow(
    new RegExp(`only one process .* process ${child.pid} does\\. Wait for it`),
  );
  child.stdin.end();
  await once(child, 'close');
  lockFolder(dir).release();
  expect(readdirSync(dir)).toEqual([]);
});

test('the lock of a killed process is taken over', async () => {
  const child = await holder();
  child.kill('SIGKILL');
  await once(child, 'close');
  expect(existsSync(join(dir, 'lock'))).toBe(true);
  const lock = lockFolder(dir);
  lock.demandHeld();
  expect(JSON.parse(readFileSync(join(dir, 'lock'), 'utf8')).pid).toBe(process.pid);
  lock.release();
});

const write = (holding: object | string) =>
  writeFileSync(join(dir, 'lock'), typeof holding === 'string' ? holding : JSON.stringify(holding));

test.skipIf(process.platform !== 'linux')('a number that another process uses now does not hold', () => {
  write({ pid: process.pid, host: hostname(), started: 'another boot 1' });
  lockFolder(dir).release();
});

test('a lock cut short by a crash is taken over', () => {
  write('{"pid": 12');
  lockFolder(dir).release();
});

test('another machine cannot be asked: it is refused, and told how to go on', () => {
  write({ pid: 1, host: 'elsewhere', started: null });
  expect(() => lockFolder(dir)).toThrow(
    /process 1 on elsewhere does\. If that process is gone, delete .*lock/,
  );
});

test('a lock lost to another process is noticed, and theirs is left alone', () => {
  const lock = lockFolder(dir);
  write({ pid: 1, host: 'elsewhere', started: null });
  expect(() => lock.demandHeld()).toThrow(ResourceError);
  lock.release();
  expect(existsSync(join(dir, 'lock'))).toBe(true);
  rmSync(join(dir, 'lock'));
  expect(() => lock.demandHeld()).toThrow(/lock must stay/);
});

test('the lock goes with the folder', () => {
  const lock = lockFolder(dir);
  renameSync(dir, `${dir}-moved`);
  lock.moved(`${dir}-moved`);
  lock.demandHeld();
  lock.release();
  expect(readdirSync(`${dir}-moved`)).toEqual([]);
});
