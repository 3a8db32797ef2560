/** Our program against a peer's: the same work from the same numbers, the same answers, and the time of each. */
import { type BenchResult, result } from './benchmark.ts';
import {
  type MeasureOptions,
  measure,
  type Timed,
  threadCounts,
  threadsName,
  timed,
  type Variants,
} from './measure.ts';
import { type Peer, startPeers } from './peer.ts';

export interface Contest {
  readonly name: string;
  /** Peer program of bench/peers, without ending. */
  readonly program: string;
  /** The peer's command line: the same numbers that ours was made of. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Our program, ready to run. Returns the number by which the sides are compared: a loss, a return. */
  ours(threads: number): Promise<() => Promise<number>>;
  /** Its matrix products and nothing else. */
  products(threads: number): Promise<Timed>;
  /** Multiplications in them, each with an addition. */
  readonly multiplications: number;
  /** Throws unless the two sides' numbers, first to last, show that they do the same. */
  agree(ours: readonly number[], theirs: readonly number[]): void;
  readonly measuring: MeasureOptions;
}

/** Result lines: against the peer as installed, against the peer told its processor, against the products alone. */
export async function contest(settings: Contest): Promise<BenchResult[]> {
  const { name, program, sizes, measuring } = settings;
  const ours: Record<string, Timed> = {};
  const products: Record<string, Timed> = {};
  const answers: number[][] = [];
  for (const threads of threadCounts()) {
    const run = await settings.ours(threads);
    const own: number[] = [];
    answers.push(own);
    ours[threadsName(threads)] = timed(async () => void own.push(await run()));
    products[threadsName(threads)] = await settings.products(threads);
  }
  const { installed, tuned, note, stop } = await startPeers(program, sizes);
  try {
    const contenders: Record<string, Variants> = { ours, products };
    if (installed) contenders.installed = installed.variants;
    if (tuned) contenders.tuned = tuned.variants;
    const { timings, warning } = await measure(contenders, measuring);
    const time = timings.ours.median;
    const ourThreads = `Ours: ${timings.ours.variant}.`;
    const against = (peer: Peer, key: string) => {
      for (const own of answers) settings.agree(own, peer.answers());
      return { peer: `${peer.label}, ${timings[key].variant}`, peerValue: timings[key].median };
    };
    const main = installed && against(installed, 'installed');
    const results = [result(name, 'ms', time, main, ourThreads, note, warning)];
    if (tuned) {
      const better = against(tuned, 'tuned');
      results.push(result(`${name}/tuned-peer`, 'ms', time, better, ourThreads, warning));
    }
    const { median: floor, variant } = timings.products;
    const alone = { peer: `its matrix products alone, ${variant}`, peerValue: floor };
    const rate = (2e-6 * settings.multiplications) / floor;
    const share = `The whole takes ${(time / floor).toFixed(2)} times as long as its products, which run at ${rate.toFixed(0)} GFLOP/s.`;
    results.push(result(`${name}/matmul`, 'ms', time, alone, share, ourThreads, warning));
    return results;
  } finally {
    stop();
  }
}

/** How many of the first losses are compared. Later ones drift apart, as rounding grows and samples flip. */
const COMPARED = 5;

/** For training steps from the same weights on the same data. @param tolerance relative */
export function demandSameLosses(
  name: string,
  tolerance: number,
  ours: readonly number[],
  theirs: readonly number[],
): void {
  const count = Math.min(COMPARED, ours.length, theirs.length);
  for (let i = 0; i < count; i++)
    if (!(Math.abs(ours[i] - theirs[i]) <= tolerance * Math.abs(theirs[i])))
      throw new Error(
        `${name}: both sides must have the same losses to ${tolerance}, got ${ours.slice(0, count)} and the peer ${theirs.slice(0, count)}.`,
      );
}

/** For decisions, each with dice of its own. @param tolerance relative */
export function demandSameMean(
  name: string,
  tolerance: number,
  ours: readonly number[],
  theirs: readonly number[],
): void {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [own, peer] = [mean(ours), mean(theirs)];
  if (!(Math.abs(own - peer) <= tolerance * Math.abs(peer)))
    throw new Error(
      `${name}: both sides must have the same mean to ${tolerance}, got ${own} and the peer ${peer}.`,
    );
}
