/**
 * A lock on a folder: one process at a time writes a run. A lock whose process has died is taken over.
 *
 * A process is known by machine, boot, number and the time it started, since numbers are used again.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { ResourceError } from '../../core/errors.ts';
import { codeOf, onDisk } from './disk.ts';

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Of the process, where the system tells: boot and clock ticks since. */
  readonly started: string | null;
}

export interface Lock {
  /** @throws ResourceError when another process has taken the lock from us */
  demandHeld(): void;
  /** The folder now has this name. */
  moved(folder: string): void;
  release(): void;
}

const NAME = 'lock';

/**
 * Locks a folder.
 * @param shown the folder's name in errors
 * @throws ResourceError naming the process that holds it
 */
export function lockFolder(folder: string, shown = folder): Lock {
  const path = join(folder, NAME);
  const mine = describeSelf();
  for (;;) {
    try {
      onDisk(shown, () => writeNew(path, mine), ['EEXIST']);
      return held(path, mine, shown);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    const text = readLock(path);
    if (text === undefined) continue; // released in this moment
    const holder = parse(text);
    if (holder && isAlive(holder)) throw new ResourceError(heldBy(shown, path, holder));
    removeStale(path, text);
  }
}

/** Which process holds a folder, if one does. */
export function holderOf(folder: string): number | undefined {
  const text = readLock(join(folder, NAME));
  const holder = text === undefined ? undefined : parse(text);
  return holder && isAlive(holder) ? holder.pid : undefined;
}

function describeSelf(): string {
  const holder: Holder = { pid: process.pid, host: hostname(), started: startOf(process.pid) };
  return `${JSON.stringify(holder)}\n`;
}

function held(at: string, mine: string, shown: string): Lock {
  let path = at;
  return {
    demandHeld() {
      const now = readLock(path);
      if (now === mine) return;
      const holder = now === undefined ? undefined : parse(now);
      throw new ResourceError(
        holder
          ? heldBy(shown, path, holder)
          : `${shown}: its lock must stay while it is written to, but ${path} is gone. Go on with --resume.`,
      );
    },
    moved(folder) {
      path = join(folder, NAME);
    },
    release() {
      if (readLock(path) === mine) rmSync(path, { force: true });
    },
  };
}

function heldBy(shown: string, path: string, { pid, host }: Holder): string {
  const elsewhere = host === hostname() ? '' : ` on ${host}`;
  const advice =
    host === hostname()
      ? 'Wait for it to end, or choose another folder with --out.'
      : `If that process is gone, delete ${path}.`;
  return `${shown}: only one process at a time may write to it, but process ${pid}${elsewhere} does. ${advice}`;
}

/** Fails with EEXIST where the file exists. Others see it with its text or not at all, where files can be linked. */
function writeNew(path: string, text: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    writeFileSync(aside, text);
    linkSync(aside, path);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(codeOf(error) ?? '')) throw error;
    writeFileSync(path, text, { flag: 'wx' });
  } finally {
    rmSync(aside, { force: true });
  }
}

function readLock(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    return onDisk(path, () => {
      throw error;
    });
  }
}

function parse(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const { pid, host, started } = value as Holder;
    return Number.isInteger(pid) && typeof host === 'string' ? { pid, host, started } : undefined;
  } catch {
    return undefined; // half written by a process that died
  }
}

function isAlive({ pid, host, started }: Holder): boolean {
  if (host !== hostname()) return true; // we cannot know
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false;
  }
  return started === null || startOf(pid) === started; // a number is used again after a while
}

/** Moves the lock aside before deleting it: of several processes that find it stale, one succeeds. */
function removeStale(path: string, stale: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  // another process may have replaced it since it was read: give that one back
  if (readLock(aside) !== stale) renameSync(aside, path);
  else rmSync(aside, { force: true });
}

/** Boot and start time of a process; null where the system does not tell (it must be Linux). */
function startOf(pid: number): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // the command's name, in brackets, may hold spaces; the start time is field 22
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ended = fields[0] === 'Z' || fields[0] === 'X'; // only its parent has not noticed
    return ended ? 'ended' : `${boot} ${fields[19]}`;
  } catch {
    return null;
  }
}
