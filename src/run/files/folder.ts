/**
 * The folder of a run: what it was asked to do, what happened, and where it can go on from.
 *
 *     recipe.json     everything resolved, with version and seed
 *     events.jsonl    one kept event a line
 *     checkpoint/     agent.safetensors, replay.safetensors, run.safetensors, run.json
 *     earlier/        what acted, as it was at some steps: 400000.safetensors
 *     tensorboard/    the same events for TensorBoard
 *     report.html     one self-contained page
 *     lock            while a process writes to it
 *
 * `events.jsonl` and the TensorBoard file only grow; a checkpoint holds their lengths, and resuming cuts them back to
 * it, so that a run that was killed leaves the same bytes as one that was not.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { demand, didYouMean, InputError, ResourceError } from '../../core/errors.ts';
import type { Json, Saved } from '../../core/saved.ts';
import { readSafetensors, writeSafetensors } from '../../nn/safetensors.ts';
import type { Checkpoint, KeptEvent } from '../events.ts';
import { decodeFacts, encodeFacts } from '../plain.ts';
import { VERSION } from '../version.ts';
import {
  codeOf,
  GrowingFile,
  onDisk,
  readableFolder,
  settleFolder,
  syncFolder,
  writeFolderWhole,
  writeWhole,
} from './disk.ts';
import { type Lock, lockFolder } from './lock.ts';
import { tensorboardHeader, tensorboardRecords } from './tensorboard.ts';

const count = z.number().int().min(0);

const recordSchema = z.object({
  forethought: z.string(),
  recipe: z.string(),
  seed: z.number().int(),
  environment: z.string(),
  agent: z.string(),
  budget: z.object({
    steps: count,
    evaluateEvery: count,
    evaluationEpisodes: count,
    checkpointEvery: count,
    keepEvery: count.default(0),
  }),
  options: z.record(z.string(), z.unknown()),
});

/** What a run was asked to do: the content of `recipe.json`. */
export type RunRecord = z.infer<typeof recordSchema>;

const RECIPE = 'recipe.json';
const EVENTS = 'events.jsonl';
const CHECKPOINT = 'checkpoint';
const EARLIER = 'earlier';
const TENSORBOARD = join('tensorboard', 'events.out.tfevents.0.forethought');
const REPORT = 'report.html';
const FACTS = 'run.json';
const PARTS = ['agent', 'replay', 'run'] as const;

/** Of the checkpoint's files. Raised whenever older programs could not read them. */
const FORMAT = 1;

const checkpointSchema = z.object({
  format: z.number(),
  forethought: z.string(),
  step: count,
  /** Bytes of the growing files when the checkpoint was taken. */
  lengths: z.object({ events: count, tensorboard: count }),
  files: z.record(z.string(), z.object({ bytes: count, sha256: z.string() })),
});

type CheckpointFacts = z.infer<typeof checkpointSchema>;

/** Bytes of the growing files. */
export type Told = Readonly<CheckpointFacts['lengths']>;

/** A run folder being written to. Close it when done. */
export class RunFolder {
  readonly path: string;
  readonly record: RunRecord;
  /** Where the run can go on from, if it was resumed and has come that far. */
  readonly checkpoint: Checkpoint | undefined;
  private readonly lock: Lock;
  private readonly events: GrowingFile;
  private readonly tensorboard: GrowingFile;

  private constructor(path: string, record: RunRecord, lock: Lock, from: Found | undefined) {
    this.path = path;
    this.record = record;
    this.lock = lock;
    this.checkpoint = from?.checkpoint;
    this.events = new GrowingFile(join(path, EVENTS), from?.lengths.events ?? 0);
    this.tensorboard = new GrowingFile(join(path, TENSORBOARD), from?.lengths.tensorboard ?? 0);
    if (this.tensorboard.length === 0) this.tensorboard.append(tensorboardHeader());
  }

  /**
   * Makes a new folder, whole or not at all.
   * @throws InputError where something stands already
   */
  static create(path: string, record: RunRecord): RunFolder {
    demandFree(path);
    // completed beside its place, under a lock, then renamed
    const fresh = `${path}.new`;
    makeFolder(fresh, path);
    const lock = lockFolder(fresh, path);
    try {
      onDisk(path, () => mkdirSync(join(fresh, dirname(TENSORBOARD)), { recursive: true }));
      writeWhole(join(fresh, RECIPE), textOf(record));
      onDisk(path, () => {
        if (existsSync(path)) rmdirSync(path); // it was empty
        renameSync(fresh, path);
        syncFolder(dirname(path));
      });
    } catch (error) {
      lock.release();
      if (codeOf(error) === 'ENOTEMPTY') demandFree(path);
      throw error;
    }
    lock.moved(path);
    return RunFolder.open(path, record, lock, undefined);
  }

  /**
   * Takes a folder up where its last checkpoint left it: what was written after that is cut off.
   * @param steps the run's new length, where it is to be another
   */
  static resume(path: string, steps?: number): RunFolder {
    demandRun(path);
    const lock = lockFolder(path);
    try {
      onDisk(path, () => settleFolder(join(path, CHECKPOINT)));
      const old = readRecord(path);
      const record = steps === undefined ? old : { ...old, budget: { ...old.budget, steps } };
      const found = readCheckpoint(path);
      if (found && record.budget.steps < found.checkpoint.step) {
        throw new InputError(
          `${path}: steps must be at least the ${found.checkpoint.step} already made, got ${record.budget.steps}. Ask for more steps.`,
        );
      }
      if (record !== old) writeWhole(join(path, RECIPE), textOf(record));
      return RunFolder.open(path, record, lock, found);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  private static open(path: string, record: RunRecord, lock: Lock, found: Found | undefined): RunFolder {
    try {
      return new RunFolder(path, record, lock, found);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  append(event: KeptEvent): void {
    this.events.append(`${JSON.stringify(event)}\n`);
    this.tensorboard.append(tensorboardRecords(event));
  }

  /** How much has been told so far, in bytes. */
  get told(): Told {
    return { events: this.events.length, tensorboard: this.tensorboard.length };
  }

  /**
   * Replaces the checkpoint: a crash leaves the old one or this one.
   * @param told what had been told when the run stood there; default: all
   */
  saveCheckpoint(checkpoint: Checkpoint, told: Told = this.told): void {
    this.lock.demandHeld();
    this.events.sync();
    this.tensorboard.sync();
    const files: Record<string, Uint8Array> = {};
    for (const part of PARTS) files[fileOf(part)] = packPart(checkpoint[part], `checkpoint of ${part}`);
    const facts: CheckpointFacts = {
      format: FORMAT,
      forethought: VERSION,
      step: checkpoint.step,
      lengths: told,
      files: Object.fromEntries(
        Object.entries(files).map(([name, bytes]) => [name, { bytes: bytes.length, sha256: hash(bytes) }]),
      ),
    };
    writeFolderWhole(join(this.path, CHECKPOINT), { ...files, [FACTS]: textOf(facts) });
  }

  /** Keeps what acted at a step, beside what is kept already. */
  keepEarlier(step: number, acting: Saved): void {
    this.lock.demandHeld();
    makeFolder(join(this.path, EARLIER), this.path);
    writeWhole(earlierFile(this.path, step), packPart(acting, `agent of step ${step}`));
  }

  writeReport(page: string): void {
    this.lock.demandHeld();
    writeWhole(join(this.path, REPORT), page);
  }

  /** All events so far. */
  readEvents(): KeptEvent[] {
    return readEvents(this.path);
  }

  close(): void {
    try {
      this.events.close();
      this.tensorboard.close();
    } finally {
      this.lock.release();
    }
  }
}

/** A run folder being read, also while another process writes to it. */
export interface RunOnDisk {
  readonly record: RunRecord;
  readonly events: readonly KeptEvent[];
  /** Undefined where the run has not come that far. */
  readonly checkpoint: Checkpoint | undefined;
}

/** @throws InputError where there is no run, or files in it are not whole */
export function readRun(path: string): RunOnDisk {
  demandRun(path);
  return { record: readRecord(path), events: readEvents(path), checkpoint: readCheckpoint(path)?.checkpoint };
}

/** Whether a run stands here. */
export function isRun(path: string): boolean {
  return existsSync(join(path, RECIPE));
}

/** Whether a run stands here and has come to its end. */
export function isFinished(path: string): boolean {
  return readEvents(path).at(-1)?.type === 'done';
}

/** The steps of which a run has kept what acted, the first ones first. */
export function earlierSteps(path: string): number[] {
  const folder = join(path, EARLIER);
  if (!existsSync(folder)) return [];
  const steps = readdirSync(folder).flatMap((name) => /^(\d+)\.safetensors$/.exec(name)?.[1] ?? []);
  return steps.map(Number).sort((a, b) => a - b);
}

/** What acted at a step. @throws InputError naming the steps that were kept */
export function readEarlier(path: string, step: number): Saved {
  const steps = earlierSteps(path);
  demand(
    steps.includes(step),
    () =>
      `${path}: must have kept what acted at step ${step}, got ${steps.length > 0 ? `steps ${steps.join(', ')}` : 'no steps. Train with --budget.keepEvery'}.`,
  );
  const file = earlierFile(path, step);
  return unpackPart(file, readBytes(file));
}

function earlierFile(path: string, step: number): string {
  return join(path, EARLIER, `${step}.safetensors`);
}

interface Found {
  readonly checkpoint: Checkpoint;
  readonly lengths: Told;
}

/** The checkpoint, undefined where there is none yet. */
function readCheckpoint(path: string): Found | undefined {
  const folder = readableFolder(join(path, CHECKPOINT));
  if (!folder) return undefined;
  const factsPath = join(folder, FACTS);
  const parsed = parseJson(factsPath, readBytes(factsPath).toString());
  const format = (parsed as { format?: unknown } | null)?.format;
  demand(
    format === FORMAT,
    () =>
      `${factsPath}: must be a checkpoint of format ${FORMAT}, got ${JSON.stringify(format) ?? 'none'}. ` +
      'Go on with the version that wrote it, or start anew.',
  );
  const facts = checkSchema(factsPath, checkpointSchema, parsed);
  const part = (name: (typeof PARTS)[number]): Saved => {
    const file = join(folder, fileOf(name));
    const expected = facts.files[fileOf(name)];
    const bytes = readBytes(file);
    const damage = 'The file was cut short or changed; restore it, or start anew with another --out.';
    demand(
      expected !== undefined && bytes.length === expected.bytes,
      () => `${file}: must have ${expected?.bytes ?? 'no'} bytes, got ${bytes.length}. ${damage}`,
    );
    demand(
      hash(bytes) === expected.sha256,
      () =>
        `${file}: must be the file that ${FACTS} names (SHA-256 ${expected.sha256.slice(0, 12)}…), got another. ${damage}`,
    );
    return unpackPart(file, bytes);
  };
  return {
    checkpoint: { step: facts.step, agent: part('agent'), replay: part('replay'), run: part('run') },
    lengths: facts.lengths,
  };
}

function fileOf(part: (typeof PARTS)[number]): string {
  return `${part}.safetensors`;
}

function packPart({ arrays, facts }: Saved, where: string): Uint8Array {
  return writeSafetensors(arrays, { facts: JSON.stringify(encodeFacts(facts, where)) });
}

function unpackPart(file: string, bytes: Uint8Array): Saved {
  try {
    const { arrays, metadata } = readSafetensors(bytes);
    return { arrays, facts: decodeFacts(JSON.parse(metadata.facts)) as { readonly [key: string]: Json } };
  } catch (error) {
    throw new InputError(`${file}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

function readRecord(path: string): RunRecord {
  const file = join(path, RECIPE);
  return checkSchema(file, recordSchema, parseJson(file, readBytes(file).toString()));
}

/** Events of whole lines: a last line without an end was cut off by a crash. */
function readEvents(path: string): KeptEvent[] {
  const file = join(path, EVENTS);
  if (!existsSync(file)) return [];
  const lines = readBytes(file).toString().split('\n').slice(0, -1);
  return lines.map((line, i) => parseJson(`${file}:${i + 1}`, line) as KeptEvent);
}

function demandRun(path: string): void {
  if (isRun(path)) return;
  demand(existsSync(path), () => {
    const beside = existsSync(dirname(path)) ? readdirSync(dirname(path)) : [];
    const runs = beside.filter((name) => isRun(join(dirname(path), name)));
    return `${path}: must be the folder of a run, got nothing there.${didYouMean(basename(path), runs)}`;
  });
  throw new InputError(
    `${path}: must be the folder of a run, got one without ${RECIPE}. Name another folder.`,
  );
}

/** Makes a folder with those above it, unless it is there. */
function makeFolder(folder: string, shown: string): void {
  try {
    onDisk(shown, () => mkdirSync(dirname(folder), { recursive: true }), ['ENOENT']);
    onDisk(shown, () => mkdirSync(folder), ['EEXIST']);
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && statSync(folder).isDirectory()) return;
    // what Node says where a disk may not be written, and of disks that are gone
    if (codeOf(error) === 'ENOENT') {
      throw new ResourceError(
        `${shown}: it must be possible to make this folder, got ENOENT. Choose another with --out.`,
        { cause: error },
      );
    }
    throw error;
  }
}

function demandFree(path: string): void {
  if (!existsSync(path)) return;
  demand(
    onDisk(path, () => statSync(path)).isDirectory(),
    () => `${path}: must be free or an empty folder, got a file. Choose another folder with --out.`,
  );
  if (isRun(path)) {
    const advice = isFinished(path)
      ? 'Choose another folder with --out, or go on further with --resume and more --steps.'
      : 'Go on with --resume, or choose another folder with --out.';
    throw new InputError(
      `${path}: must be free, got a run that ${isFinished(path) ? 'is finished' : 'is not finished'}. ${advice}`,
    );
  }
  demand(
    onDisk(path, () => readdirSync(path)).length === 0,
    () =>
      `${path}: must be free or an empty folder, got one with other files. Choose another folder with --out.`,
  );
}

function readBytes(file: string): Buffer {
  try {
    return onDisk(file, () => readFileSync(file), ['ENOENT']);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    throw new InputError(
      `${file}: must be there, got nothing. The folder is not whole; restore it, or start anew with another --out.`,
    );
  }
}

function parseJson(where: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InputError(
      `${where}: must be JSON, got ${JSON.stringify(text.slice(0, 40))}. Restore the file, or start anew with another --out.`,
    );
  }
}

function checkSchema<T>(file: string, schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    (issue) => `  ${issue.path.join('.') || 'content'}: ${issue.message}`,
  );
  throw new InputError(
    `${file}: must be what this version (${VERSION}) writes, got problems.\n${problems.join('\n')}`,
  );
}

function textOf(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
