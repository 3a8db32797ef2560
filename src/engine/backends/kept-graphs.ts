/**
 * Compiled graphs on the disk, so that a program that takes seconds to trace and optimise is loaded the next time.
 *
 * A file holds one program: its name in full, the form of what it returns, and the optimised ONNX model. The file's own name is a
 * hash of the program's name and of all that its making depends on: the sources of this package, the libraries that trace and
 * optimise, the processor. So nothing that has changed is ever found. Files are written under another name and renamed; a
 * damaged one is told of and written anew.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, homedir } from 'node:os';
import { basename, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { threadId } from 'node:worker_threads';
import { tellCompiling } from '../compiling.ts';
import type { OnnxPort } from '../onnx.ts';
import type { Structure } from '../tree.ts';

/** All that is needed to run a program without tracing it. */
export interface KeptGraph {
  /** The form of what the program returns. */
  readonly output: Structure;
  readonly inputs: readonly string[];
  readonly outputs: readonly OnnxPort[];
  /** The optimised model. */
  readonly model: Uint8Array;
}

export interface KeptGraphs {
  /** What was kept under a name; undefined where there is nothing sound. */
  find(identity: string): KeptGraph | undefined;
  /** A path for ONNX Runtime to write a model to, which nobody else uses; undefined where nothing can be written. */
  draft(identity: string): string | undefined;
  /** Keeps a program whose model lies at the path that {@link draft} gave, and takes that away. */
  keep(identity: string, draft: string, graph: Omit<KeptGraph, 'model'>): void;
  /** Takes away what lies at that path, since it could not be written. */
  discard(draft: string): void;
  /** Tells that what was found under a name is of no use; it will be written anew. */
  complain(identity: string): void;
}

/** Names the folder, or switches all of this off where it is `off`. */
export const CACHE_VARIABLE = 'FORETHOUGHT_CACHE';

/** The oldest files go when all together hold more: some hundred training steps. */
const LIMIT_BYTES = 256 * 2 ** 20;

const ENDING = '.graph';
const HEAD = 'forethought graph 1';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where the environment says that graphs are kept; undefined where it says that none are. */
export function graphFolder(
  environment: Environment,
  platform: string = process.platform,
): string | undefined {
  const named = environment[CACHE_VARIABLE];
  if (named === 'off') return undefined;
  if (named) return join(named, 'graphs');
  const { XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = environment;
  // a relative path in it is to be ignored: XDG Base Directory Specification
  if (xdg && isAbsolute(xdg)) return join(xdg, 'forethought', 'graphs');
  if (platform === 'win32' && local) return join(local, 'forethought', 'graphs');
  const caches = platform === 'darwin' ? ['Library', 'Caches'] : ['.cache'];
  return join(homedir(), ...caches, 'forethought', 'graphs');
}

/**
 * The graphs kept in a folder. Whatever the machine refuses is told of once and else ignored: a program can always be made anew.
 * @param made names all that the making of graphs depends on besides the program
 */
export function keptGraphs(folder: string, made: string, limit = LIMIT_BYTES): KeptGraphs {
  const pathOf = (identity: string) => join(folder, `${digest(made, identity).slice(0, 40)}${ENDING}`);
  let refused = false;
  let drafts = 0;
  const trouble = (message: string) => tellCompiling({ type: 'trouble', message });
  const refuse = (error: unknown) => {
    if (!refused)
      trouble(
        `${folder}: compiled programs cannot be kept here (${(error as Error).message}). Set ${CACHE_VARIABLE} to another folder, or to off.`,
      );
    refused = true;
  };
  const complain = (identity: string) =>
    trouble(`${pathOf(identity)}: a kept program is damaged. It is compiled and written anew.`);
  const discard = (draft: string) => rmSync(draft, { force: true });
  return {
    find(identity) {
      const path = pathOf(identity);
      let bytes: Uint8Array;
      try {
        bytes = readFileSync(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') refuse(error);
        return undefined;
      }
      const found = decode(bytes, identity);
      if (!found) complain(identity);
      return found;
    },
    complain,
    draft(identity) {
      if (refused) return undefined;
      try {
        mkdirSync(folder, { recursive: true });
        const path = `${pathOf(identity)}.${process.pid}.${threadId}.${drafts++}.draft`;
        writeFileSync(path, '');
        return path;
      } catch (error) {
        refuse(error);
        return undefined;
      }
    },
    keep(identity, draft, graph) {
      try {
        const model = readFileSync(draft);
        writeFileSync(draft, encode(identity, { ...graph, model }));
        renameSync(draft, pathOf(identity));
        dropOldest(folder, limit);
      } catch (error) {
        refuse(error);
      } finally {
        discard(draft);
      }
    },
    discard,
  };
}

/** The graphs of this machine's user; undefined where none are kept. */
export function usersGraphs(environment: Environment = process.env): KeptGraphs | undefined {
  const folder = graphFolder(environment);
  const made = folder === undefined ? undefined : makersName();
  return folder === undefined || made === undefined ? undefined : keptGraphs(folder, made);
}

/**
 * Names all that the making of graphs depends on besides the program: the sources of this package and of what traces, the
 * runtime that optimises, whose models are for one kind of processor, and Node, which computes constants. Undefined where the sources
 * cannot be told, as in a bundle: then nothing may be kept.
 */
function makersName(): string | undefined {
  const own = fileURLToPath(import.meta.url);
  const root = join(own, '..', '..', '..');
  const require = createRequire(import.meta.url);
  try {
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(isSource).sort();
    if (!files.includes(join('engine', 'backends', basename(own)))) return undefined;
    const hash = createHash('sha256');
    for (const file of files) hash.update(digest(file, readFileSync(join(root, file))));
    hash.update(readFileSync(require.resolve('@jax-js/jax')));
    hash.update(readFileSync(require.resolve('onnxruntime-node/package.json')));
    for (const part of [process.version, process.platform, process.arch, cpus()[0]?.model ?? ''])
      hash.update(`${part}\n`);
    return hash.digest('hex');
  } catch {
    return undefined;
  }
}

function isSource(file: string): boolean {
  return /\.(js|ts)$/.test(file) && !/\.(d|test)\.ts$/.test(file);
}

/** A hash of several texts, each told from the next. */
function digest(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}\n`).update(part);
  return hash.digest('hex');
}

/** Two lines of text, then the model: what the file is and its hash; then all but the model, as JSON. */
function encode(identity: string, { model, ...rest }: KeptGraph): Uint8Array {
  const told = `${JSON.stringify({ identity, ...rest })}\n`;
  return Buffer.concat([Buffer.from(`${HEAD} ${digest(told, model)}\n${told}`), model]);
}

/** Undefined where anything is not as it was written. */
function decode(bytes: Uint8Array, identity: string): KeptGraph | undefined {
  const first = bytes.indexOf(10);
  const second = bytes.indexOf(10, first + 1);
  if (first < 0 || second < 0) return undefined;
  const text = (start: number, end: number) => Buffer.from(bytes.subarray(start, end)).toString('utf8');
  const told = text(first + 1, second + 1);
  const model = bytes.subarray(second + 1);
  if (text(0, first) !== `${HEAD} ${digest(told, model)}`) return undefined;
  const { identity: named, ...rest } = JSON.parse(told) as { identity: string } & Omit<KeptGraph, 'model'>;
  return named === identity ? { ...rest, model } : undefined;
}

/** Takes the files away that were written first, until all others fit; and what processes that ended amid writing left. */
function dropOldest(folder: string, limit: number): void {
  const files = readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    const about = statSync(path, { throwIfNoEntry: false });
    return about && (name.endsWith(ENDING) || name.endsWith('.draft')) ? [{ path, about }] : [];
  });
  files.sort((a, b) => b.about.mtimeMs - a.about.mtimeMs);
  let total = 0;
  for (const { path, about } of files) {
    total += about.size;
    if (total > limit) rmSync(path, { force: true });
  }
}
