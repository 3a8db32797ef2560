/** Peers: our own programs in other stacks, run beside ours and asked for repetitions in turn. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Timed, threadCounts, threadsName, type Variants } from './measure.ts';

/** What a peer says when it is ready. */
interface Ready {
  readonly torch: string;
  readonly blas: string;
  /** The processor that OpenBLAS takes this one for; null where it cannot be asked. */
  readonly core: string | null;
  /** The one it should be taken for, where OpenBLAS errs; else null. */
  readonly better: string | null;
}

interface Block {
  readonly milliseconds: readonly number[];
  readonly answers: readonly number[];
}

/** One peer program at its different numbers of threads. */
export interface Peer {
  /** `PyTorch 1.13.0 with OpenBLAS`. */
  readonly label: string;
  readonly variants: Variants;
  /** The losses or returns of all repetitions so far, of the variant with one thread. */
  answers(): readonly number[];
}

export interface Peers {
  /** As the system's packages install it; undefined when it is missing. */
  readonly installed?: Peer;
  /** With OpenBLAS told which processor this is, where it does not know; undefined where it does. */
  readonly tuned?: Peer;
  /** What is missing, or what must be known of `installed`. */
  readonly note?: string;
  /** Ends all processes. */
  stop(): void;
}

/**
 * Starts a PyTorch program of bench/peers with the given sizes, once for each number of threads worth trying.
 * @param program a file name, without folder and ending
 */
export async function startPeers(program: string, sizes: Readonly<Record<string, number>>): Promise<Peers> {
  const python = findPython();
  if (!python) {
    return {
      note: 'No peer: no Python with PyTorch here. On Debian: apt-get install python3-torch libopenblas0-pthread.',
      stop: () => {},
    };
  }
  const running: Running[] = [];
  const stop = () => {
    for (const { child } of running) child.kill();
  };
  const start = async (environment: Readonly<Record<string, string>>): Promise<[Peer, Ready]> => {
    const variants: Record<string, Timed> = {};
    const own: Running[] = [];
    for (const [name, threads] of Object.entries(peerThreads())) {
      const process = await launch(python, program, { ...sizes, ...threads }, environment);
      running.push(process);
      own.push(process);
      variants[name] = process.timed;
    }
    const { ready } = own[0];
    const label = [`PyTorch ${ready.torch} with ${ready.blas}`, ...settings(environment)].join(', ');
    return [{ label, variants, answers: () => own[0].answers }, ready];
  };
  try {
    const [installed, ready] = await start({});
    if (ready.blas === 'reference BLAS') {
      stop();
      return {
        note: 'No peer: PyTorch is here without OpenBLAS or MKL, ten times slower. On Debian: apt-get install libopenblas0-pthread.',
        stop: () => {},
      };
    }
    if (!ready.better) return { installed, stop };
    const [tuned] = await start({ OPENBLAS_CORETYPE: ready.better });
    const note = `The peer's OpenBLAS takes this processor for a ${ready.core} and is slower for it: see the line of the tuned peer.`;
    return { installed, tuned, note, stop };
  } catch (error) {
    stop();
    throw error;
  }
}

/** PyTorch and the library of its matrix products have threads of their own, and get in each other's way. */
function peerThreads(): Record<string, { threads: number; blasThreads: number }> {
  const variants: Record<string, { threads: number; blasThreads: number }> = {};
  for (const count of threadCounts()) {
    if (count > 1) variants[`1 thread, products on ${count}`] = { threads: 1, blasThreads: count };
    variants[threadsName(count)] = { threads: count, blasThreads: count };
  }
  return variants;
}

function settings(environment: Readonly<Record<string, string>>): string[] {
  return Object.entries(environment).map(([name, value]) => `${name}=${value}`);
}

interface Running {
  readonly child: ChildProcess;
  readonly ready: Ready;
  readonly timed: Timed;
  readonly answers: readonly number[];
}

async function launch(
  python: string,
  program: string,
  sizes: Readonly<Record<string, number>>,
  environment: Readonly<Record<string, string>>,
): Promise<Running> {
  const file = join(packageRoot(), 'bench', 'peers', `${program}.py`);
  const flags = Object.entries(sizes).flatMap(([name, value]) => [`--${dashed(name)}`, String(value)]);
  const child = spawn(python, ['-B', file, ...flags], {
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const complaints: string[] = [];
  child.stderr.on('data', (text) => complaints.push(String(text)));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async <T>(): Promise<T> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`The peer ${file} ended without an answer:\n${complaints.join('')}`);
    return JSON.parse(value) as T;
  };
  const ready = await read<Ready>();
  const answers: number[] = [];
  const timed: Timed = async (repetitions) => {
    child.stdin.write(`${repetitions}\n`);
    const block = await read<Block>();
    answers.push(...block.answers);
    return block.milliseconds;
  };
  return { child, ready, timed, answers };
}

/**
 * Debian's Python has Debian's PyTorch; another may stand before it on the path. FORETHOUGHT_PYTHON names the one to use
 * instead of both.
 */
function findPython(): string | undefined {
  const has = (python: string) =>
    spawnSync(python, ['-c', 'import numpy, torch'], { stdio: 'ignore' }).status === 0;
  const named = process.env.FORETHOUGHT_PYTHON;
  return (named ? [named] : ['/usr/bin/python3', 'python3']).find(has);
}

/** The nearest folder above this file with a package.json: this file runs from bench/ and from dist/bench/. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const above = dirname(folder);
    if (above === folder) throw new Error(`No package.json above ${fileURLToPath(import.meta.url)}.`);
    folder = above;
  }
  return folder;
}

function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
