/** Benchmark: what is timed, what figure is aimed at, and the lines it prints. */

/** One line of `forethought bench --json`. */
export interface BenchResult {
  readonly type: 'bench';
  readonly name: string;
  /** Median over the repetitions. */
  readonly value: number;
  readonly unit: 'ms' | 'us';
  /** What it is compared with, and at which threads it was fastest; null where there is nothing to compare with. */
  readonly peer: string | null;
  /** The peer's median, in the same unit. */
  readonly peerValue: number | null;
  /** The peer's time over ours: above 1 when ours is faster. */
  readonly speedup: number | null;
  /** What else must be known to read the numbers: the threads, a missing peer, a busy machine. */
  readonly note?: string;
}

export interface Benchmark {
  /** As given to `forethought bench`. */
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** The figure to reach, in words. */
  readonly target: string;
  /** Takes seconds to a minute. Result lines are named like the benchmark, or below it with a slash. */
  run(): Promise<BenchResult[]>;
}

/** Another program's time for the same work. */
export interface Comparison {
  readonly peer: string;
  readonly peerValue: number;
}

/** A result line. Without a comparison, a note must say why there is none. */
export function result(
  name: string,
  unit: BenchResult['unit'],
  value: number,
  comparison: Comparison | undefined,
  ...notes: readonly (string | undefined)[]
): BenchResult {
  const note = notes.filter((part) => part !== undefined && part !== '').join(' ');
  return {
    type: 'bench',
    name,
    value: rounded(value),
    unit,
    peer: comparison?.peer ?? null,
    peerValue: comparison ? rounded(comparison.peerValue) : null,
    speedup: comparison ? rounded(comparison.peerValue / value) : null,
    ...(note === '' ? {} : { note }),
  };
}

/** Four digits: more would be noise. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
