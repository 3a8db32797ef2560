/**
 * Timing with care: contenders take turns, never at the same time, so that a machine that slows down slows all of them;
 * each takes its turn after a rest in which its rivals' threads stop spinning; the figure is the median.
 */
import { availableParallelism, cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Awaitable } from '../src/core/model.ts';

/** Runs something so many times, one after another, and tells how many milliseconds each took. */
export type Timed = (repetitions: number) => Promise<readonly number[]>;

/**
 * Times a function of this process.
 * @param calls calls to a repetition: more than 1 for what takes microseconds
 */
export function timed(run: () => Awaitable<unknown>, calls = 1): Timed {
  return async (repetitions) => {
    const milliseconds: number[] = [];
    for (let i = 0; i < repetitions; i++) {
      const started = performance.now();
      // awaiting every answer keeps it from being optimised away
      for (let call = 0; call < calls; call++) await run();
      milliseconds.push((performance.now() - started) / calls);
    }
    return milliseconds;
  };
}

/** The ways in which one contender can be run, by name: `1 thread`, `2 threads`. */
export type Variants = Readonly<Record<string, Timed>>;

export interface MeasureOptions {
  /** Repetitions before the clock counts. Default 3. */
  readonly warmUp?: number;
  /** Turns each variant takes. Default 5. */
  readonly rounds?: number;
  /** Repetitions in a turn. Default 10. */
  readonly repetitions?: number;
}

export interface Timing {
  /** The name of the fastest variant. */
  readonly variant: string;
  /** Its median, in milliseconds. */
  readonly median: number;
}

export interface Measured<Name extends string> {
  readonly timings: Readonly<Record<Name, Timing>>;
  /** Says so when others kept the processors busy meanwhile. */
  readonly warning?: string;
}

/** Times every contender at its fastest variant. Variants twice as slow as the best in the warm-up are left out. */
export async function measure<Name extends string>(
  contenders: Readonly<Record<Name, Variants>>,
  { warmUp = 3, rounds = 5, repetitions = 10 }: MeasureOptions = {},
): Promise<Measured<Name>> {
  const names = Object.keys(contenders) as Name[];
  const others: number[] = [];
  const turn = async (run: Timed, count: number) => {
    others.push(await rest());
    return run(count);
  };
  const candidates: { name: Name; variant: string; run: Timed; times: number[] }[] = [];
  for (const name of names) {
    const first = new Map<string, number>();
    const variants = Object.entries<Timed>(contenders[name]);
    for (const [variant, run] of variants) first.set(variant, Math.min(...(await turn(run, warmUp))));
    const limit = 2 * Math.min(...first.values());
    for (const [variant, run] of variants)
      if (first.get(variant)! <= limit) candidates.push({ name, variant, run, times: [] });
  }
  for (let round = 0; round < rounds; round++)
    for (const { run, times } of candidates) times.push(...(await turn(run, repetitions)));

  const timings = {} as Record<Name, Timing>;
  for (const { name, variant, times } of candidates) {
    const timing = { variant, median: median(times) };
    if (!(name in timings) || timing.median < timings[name].median) timings[name] = timing;
  }
  return { timings, warning: warningOf(others) };
}

/** One thread, and as many as there are processors. */
export function threadCounts(): number[] {
  return [...new Set([1, availableParallelism()])];
}

export function threadsName(threads: number): string {
  return threads === 1 ? '1 thread' : `${threads} threads`;
}

/** The middle number, or the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Waits until the threads of whoever ran last sleep, and returns how many processors are busy all the same. */
async function rest(): Promise<number> {
  await sleep(60);
  const before = processorTimes();
  await sleep(140);
  const after = processorTimes();
  const elapsed = after.all - before.all;
  return elapsed > 0 ? ((after.busy - before.busy) / elapsed) * cpus().length : 0;
}

function processorTimes(): { busy: number; all: number } {
  let busy = 0;
  let all = 0;
  for (const { times } of cpus()) {
    const working = times.user + times.nice + times.sys + times.irq;
    busy += working;
    all += working + times.idle;
  }
  return { busy, all };
}

/** Share of one processor that a quiet machine may use for its own housekeeping. */
const QUIET = 0.15;

function warningOf(others: readonly number[]): string | undefined {
  const mean = others.reduce((sum, value) => sum + value, 0) / others.length;
  if (mean <= QUIET) return undefined;
  return `Not to be trusted: other programs kept ${mean.toFixed(1)} of ${cpus().length} processors busy.`;
}
