import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { bundle } from '../../../test/programs/bundle.ts';
import { InputError, ResourceError } from '../../core/errors.ts';
import { Rng } from '../../core/rng.ts';
import { GrowingFile, onDisk, readableFolder, settleFolder, writeFolderWhole, writeWhole } from './disk.ts';

const dir = mkdtempSync(join(tmpdir(), 'forethought-'));
afterAll(() => rmSync(dir, { recursive: true }));

const read = (path: string) => readFileSync(path, 'utf8');

test('a file appears whole in place of the old one, and leaves nothing beside it', () => {
  const path = join(dir, 'page.html');
  writeWhole(path, 'old');
  writeWhole(path, Uint8Array.of(110, 101, 119));
  expect(read(path)).toBe('new');
  expect(readdirSync(dir).filter((name) => name.startsWith('page'))).toEqual(['page.html']);
});

test('a folder is replaced with all its files', () => {
  const path = join(dir, 'replaced');
  writeFolderWhole(path, { a: '1', b: '1' });
  writeFolderWhole(path, { a: '2', c: '2' });
  expect(readdirSync(path).sort()).toEqual(['a', 'c']);
  expect(readdirSync(dir).filter((name) => name.startsWith('replaced'))).toEqual(['replaced']);
});

test.each([
  ['while the new one was written', { '': '1', '.new': 'part' }, '1'],
  ['between the two renames', { '.old': '1', '.new': '2' }, '2'],
  ['before the old one was deleted', { '': '2', '.old': '1' }, '2'],
  ['after a restore from the old one was needed', { '.old': '1' }, '1'],
  ['before there was any', { '.new': 'part' }, undefined],
])('after a crash %s the folder settles on a whole version', (when, states, expected) => {
  const path = join(dir, when.replaceAll(' ', '-'));
  for (const [suffix, text] of Object.entries(states)) {
    mkdirSync(path + suffix);
    writeFileSync(join(path + suffix, 'a'), text);
  }
  const readable = readableFolder(path);
  expect(readable && read(join(readable, 'a'))).toBe(expected);
  settleFolder(path);
  expect(existsSync(path) ? read(join(path, 'a')) : undefined).toBe(expected);
  expect(existsSync(`${path}.new`) || existsSync(`${path}.old`)).toBe(false);
  writeFolderWhole(path, { a: '3' });
  expect(read(join(path, 'a'))).toBe('3');
});

test('killed while replacing, the folder is the last version told or the next', async () => {
  const program = await bundle('test/programs/replace-folder.ts');
  const path = join(dir, 'killed');
  const rng = Rng.from('disk');
  for (let kills = 0; kills < 8; kills++) {
    const child = spawn(process.execPath, [program, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    let told = '';
    child.stdout.on('data', (chunk) => {
      told += chunk;
    });
    await once(child.stdout, 'data');
    await setTimeout(20 * rng.uniform());
    child.kill('SIGKILL');
    await once(child, 'close');
    const last = Number(told.trim().split('\n').at(-1));
    settleFolder(path);
    const versions = ['a', 'b', 'c'].map((name) => read(join(path, name)));
    expect(new Set(versions).size).toBe(1);
    const [version, ...rest] = versions[0].trim().split('\n').map(Number);
    expect(rest).toEqual(Array(1999).fill(version));
    expect([last, last + 1]).toContain(version);
  }
});

test('a growing file is cut back to a length it had', () => {
  const path = join(dir, 'events');
  const first = new GrowingFile(path, 0);
  first.append('one\n');
  const { length } = first;
  first.append('two\n');
  first.close();
  const second = new GrowingFile(path, length);
  second.append('due\n');
  second.close();
  expect(read(path)).toBe('one\ndue\n');
  expect(() => new GrowingFile(path, 100)).toThrow(InputError);
  expect(() => new GrowingFile(path, 100)).toThrow(/events: must have at least the 100 bytes .* got 8/);
  expect(read(path)).toBe('one\ndue\n');
});

test('a full device is a ResourceError that says what to do', () => {
  // the kernel's own full device: every write fails with ENOSPC
  const full = () => onDisk('/dev/full', () => writeFileSync('/dev/full', 'x'));
  expect(full).toThrow(ResourceError);
  expect(full).toThrow(
    /\/dev\/full: there must be room on the disk, got ENOSPC\. Free some space.*Nothing saved/,
  );
});

test.skipIf(process.getuid?.() === 0)('a folder that may not be written is a ResourceError', () => {
  const path = join(dir, 'locked');
  mkdirSync(path);
  chmodSync(path, 0o500);
  expect(() => writeWhole(join(path, 'a'), 'x')).toThrow(ResourceError);
  expect(() => writeWhole(join(path, 'a'), 'x')).toThrow(/must be allowed .* got EACCES/);
});

test('a file where a folder must be is an InputError', () => {
  writeFileSync(join(dir, 'file'), '');
  expect(() => writeWhole(join(dir, 'file', 'a'), 'x')).toThrow(InputError);
});
