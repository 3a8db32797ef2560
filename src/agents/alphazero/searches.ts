/**
 * The searches of one round of self-play, done by one thread or by several that take them one after another.
 *
 * Each thread begins with the same part of the games in every round, since it remembers positions that the network has judged;
 * whoever is done goes on with the parts of others. No number depends on who took what: each search has a stream of its own, and the network
 * is always called with as many rows.
 */
import { decideMany } from '../../core/decide.ts';
import type { Environment } from '../../core/environment.ts';
import type { Planning } from '../../core/planner.ts';
import { Rng, type RngState } from '../../core/rng.ts';
import type { Discrete } from '../../core/spaces.ts';
import { evaluated } from '../../models/index.ts';
import type { Serve } from '../../parallel/serve.ts';
import { makeFrom, type Recipe } from '../../parallel/source.ts';
import { gumbel, puct, type SearchCarry } from '../../planners/index.ts';
import { holding } from './evaluator.ts';
import { type PolicyValueParams, policyValueNetwork } from './network.ts';
import type { AlphaZeroOptions } from './options.ts';

/** What a search found. */
export interface Finding {
  /** What to learn: shares of visits, or Gumbel's improved policy. [n] */
  readonly policy: Float32Array;
  readonly value: number;
  /** What the search would play. */
  readonly action: number;
}

/** What a round asks. */
export interface Round<S> {
  /** Whether its moves are searched in full. */
  readonly full: boolean;
  readonly searches: readonly { readonly root: S; readonly rng: RngState }[];
}

/** Plain data, but for the memory that is shared. */
export interface Job<S = unknown> extends Round<S> {
  readonly params: PolicyValueParams;
  /** Tells weights apart. */
  readonly version: number;
  /** One integer for each thread: how many searches of its part of them have been taken. */
  readonly next: SharedArrayBuffer;
  /** One integer: threads that have a part. */
  readonly seats: SharedArrayBuffer;
}

/** What one thread did of a job. */
export interface Share {
  /** Which searches it took, and what it found. */
  readonly taken: readonly number[];
  readonly findings: readonly Finding[];
}

/** What a thread must know to search. Plain data. */
export interface SearchSetup {
  readonly world: Recipe;
  readonly options: AlphaZeroOptions;
}

export const serveSearches: Serve = async (setup) => {
  const { world, options } = setup as SearchSetup;
  const { environment } = await makeFrom(world);
  const work = searcher(environment as Environment<unknown, Discrete>, options);
  return (job) => work(job as Job);
};

/** @returns takes searches of a job and does them, until none is left */
export function searcher<S>(
  environment: Environment<S, Discrete>,
  options: AlphaZeroOptions,
): (job: Job<S>) => Promise<Share> {
  const { selfPlay, remembered } = options;
  const { fastSimulations: simulations } = selfPlay;
  const network = policyValueNetwork(environment, options.network);
  const [full, fast] =
    selfPlay.planner === 'gumbel'
      ? [gumbel(options.gumbel), gumbel({ ...options.gumbel, simulations })]
      : [puct(options.search), puct({ ...options.search, simulations, noise: 0 })];
  const held = holding(environment, network, { rows: selfPlay.boards, remembered });
  let seat: number | undefined;

  return async (job) => {
    const taken: number[] = [];
    const next = new Int32Array(job.next);
    const { searches } = job;
    seat ??= Atomics.add(new Int32Array(job.seats), 0, 1);
    const own = seat;
    function* take(): Generator<Planning<S, Discrete, SearchCarry>> {
      for (let k = 0; k < next.length; k++) {
        const part = (own + k) % next.length;
        const from = Math.floor((part * searches.length) / next.length);
        const to = Math.floor(((part + 1) * searches.length) / next.length);
        const claim = () => from + Atomics.add(next, part, 1);
        for (let at = claim(); at < to; at = claim()) {
          taken.push(at);
          const { root, rng } = searches[at];
          yield { root, action: environment.action, rng: Rng.restore(rng) };
        }
      }
    }
    const { evaluate, recall } = held(job.params, job.version);
    const model = evaluated(environment, evaluate, recall);
    const plans = await decideMany(model, job.full ? full : fast, take(), selfPlay.boards);
    return {
      taken,
      findings: plans.map(({ policy, value, action }) => ({ policy: policy!, value, action })),
    };
  };
}
