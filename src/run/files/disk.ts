/**
 * Files that are whole or not there: written under another name, brought to the disk, then renamed.
 *
 * A folder cannot be renamed over another one. So a new one is completed beside the old one, the old one is moved
 * aside, and the new one takes its name; {@link settleFolder} finishes what a crash between the two left undone.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { InputError, ResourceError } from '../../core/errors.ts';

/** What a machine's refusals mean for the user. */
const REFUSALS: Readonly<Record<string, readonly [must: string, advice: string]>> = {
  ENOSPC: ['there must be room on the disk', 'Free some space and go on with --resume.'],
  EDQUOT: ['there must be room in your quota', 'Free some space and go on with --resume.'],
  EFBIG: ['files of this size must be allowed', 'Raise the limit (ulimit -f) and go on with --resume.'],
  EACCES: [
    'it must be allowed to be read and written',
    'Change its permissions, or choose another folder with --out.',
  ],
  EPERM: [
    'it must be allowed to be read and written',
    'Change its permissions, or choose another folder with --out.',
  ],
  EROFS: ['the disk must be writable', 'Choose a folder on another disk with --out.'],
  EMFILE: ['more files must be allowed to be open', 'Raise the limit (ulimit -n).'],
  EIO: ['the disk must work', 'Check it, and go on with --resume on a sound copy.'],
};

/**
 * Does something with files. A refusal of the machine becomes a {@link ResourceError} that says what to do.
 * @param expected codes that the caller wants to see as they are
 */
export function onDisk<T>(path: string, action: () => T, expected: readonly string[] = []): T {
  try {
    return action();
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined || expected.includes(code)) throw error;
    const refusal = REFUSALS[code];
    if (refusal) {
      const [must, advice] = refusal;
      throw new ResourceError(`${path}: ${must}, got ${code}. ${advice} Nothing saved before is lost.`, {
        cause: error,
      });
    }
    if (code === 'ENOTDIR' || code === 'EEXIST') {
      throw new InputError(
        `${path}: must be a folder or free to become one, got a file in its way. Use another path.`,
      );
    }
    throw error;
  }
}

/** The system's name of an error, as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Writes a file that appears whole, in place of the old one. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const fresh = `${path}.new`;
  onDisk(path, () => {
    try {
      writeThrough(fresh, content);
      renameSync(fresh, path);
    } catch (error) {
      rmSync(fresh, { force: true });
      throw error;
    }
    syncFolder(dirname(path));
  });
}

/** Writes a folder of files that appears whole, in place of the old one. */
export function writeFolderWhole(path: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  const { fresh, old } = besides(path);
  onDisk(path, () => {
    settleFolder(path);
    try {
      mkdirSync(fresh);
      for (const [name, content] of Object.entries(files)) writeThrough(join(fresh, name), content);
      syncFolder(fresh);
    } catch (error) {
      rmSync(fresh, { force: true, recursive: true });
      throw error;
    }
    if (existsSync(path)) renameSync(path, old);
    renameSync(fresh, path);
    syncFolder(dirname(path));
    rmSync(old, { force: true, recursive: true });
  });
}

/** Finishes or undoes a {@link writeFolderWhole} that a crash interrupted. */
export function settleFolder(path: string): void {
  const { fresh, old } = besides(path);
  onDisk(path, () => {
    // once the old folder is out of the way, the new one is known to be complete
    if (!existsSync(path) && existsSync(old)) renameSync(existsSync(fresh) ? fresh : old, path);
    rmSync(fresh, { force: true, recursive: true });
    rmSync(old, { force: true, recursive: true });
  });
}

/** Where a folder is to be read while another process may be replacing it; undefined where there is none. */
export function readableFolder(path: string): string | undefined {
  const { fresh, old } = besides(path);
  if (existsSync(path)) return path;
  return existsSync(old) ? [fresh, old].find((folder) => existsSync(folder)) : undefined;
}

function besides(path: string): { fresh: string; old: string } {
  return { fresh: `${path}.new`, old: `${path}.old` };
}

function writeThrough(path: string, content: string | Uint8Array): void {
  const file = openSync(path, 'w');
  try {
    writeFully(file, typeof content === 'string' ? Buffer.from(content) : content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** A file system may take a part only. */
function writeFully(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
}

/** Brings renames to the disk. */
export function syncFolder(path: string): void {
  let folder: number;
  try {
    folder = openSync(path, 'r');
  } catch (error) {
    // Windows has no handles of folders
    if (codeOf(error) === 'EPERM' || codeOf(error) === 'EISDIR') return;
    throw error;
  }
  try {
    fsyncSync(folder);
  } catch (error) {
    if (codeOf(error) !== 'EPERM' && codeOf(error) !== 'EINVAL') throw error;
  } finally {
    closeSync(folder);
  }
}

/** A file that only grows, and can be cut back to a length it once had. */
export class GrowingFile {
  readonly path: string;
  private readonly file: number;
  private size: number;

  /**
   * @param length what to keep of the file that is there, in bytes
   * @throws InputError when the file is shorter
   */
  constructor(path: string, length: number) {
    this.path = path;
    const held = existsSync(path) ? onDisk(path, () => statSync(path)).size : 0;
    if (held < length) {
      throw new InputError(
        `${path}: must have at least the ${length} bytes it had at the checkpoint, got ${held}. ` +
          'The file was changed since; restore it, or start anew with another --out.',
      );
    }
    this.file = onDisk(path, () => openSync(path, 'a'));
    onDisk(path, () => ftruncateSync(this.file, length));
    this.size = length;
  }

  /** Bytes. */
  get length(): number {
    return this.size;
  }

  append(content: string | Uint8Array): void {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    onDisk(this.path, () => writeFully(this.file, bytes));
    this.size += bytes.length;
  }

  /** Brings what was appended to the disk. */
  sync(): void {
    onDisk(this.path, () => fsyncSync(this.file));
  }

  close(): void {
    closeSync(this.file);
  }
}
