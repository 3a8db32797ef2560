/** Threads that search for self-play, this one among them. */
import { workers as backend } from '#workers';
import type { Environment } from '../../core/environment.ts';
import { demand } from '../../core/errors.ts';
import type { Discrete } from '../../core/spaces.ts';
import { type Recipe, recipeOf, type WorldSource } from '../../parallel/source.ts';
import { Team } from '../../parallel/team.ts';
import type { PolicyValueParams } from './network.ts';
import type { AlphaZeroOptions } from './options.ts';
import { type Finding, type Job, type Round, type SearchSetup, type Share, searcher } from './searches.ts';

/** A round of searches that other threads may have begun. */
export interface Underway {
  /** This thread does its share. @returns in the order of the searches */
  finish(): Promise<readonly Finding[]>;
}

export interface Crew<S> {
  /** Threads, this one among them. */
  readonly threads: number;
  /** Hands a round to the other threads, which begin at once: this one may do something else before it joins them. */
  begin(round: Round<S>, params: PolicyValueParams): Underway;
  /** What befell threads since this was last asked, told to people. */
  news(): string[];
  /** Lets the threads beside this one end. @returns when they have ended */
  dispose(): Promise<void>;
}

/** @param source where other threads get the rules from */
export function searchCrew<S>(
  environment: Environment<S, Discrete>,
  options: AlphaZeroOptions,
  source: WorldSource | undefined,
): Crew<S> {
  const { workers } = options.selfPlay;
  const work = searcher(environment, options);
  const team = workers > 1 ? teamOf(options, demandSource(source, workers)) : undefined;

  let newest: PolicyValueParams | undefined;
  let version = 0;
  const seats = new SharedArrayBuffer(4);

  const jobOf = (round: Round<S>, params: PolicyValueParams): Job<S> => ({
    ...round,
    params,
    version,
    next: new SharedArrayBuffer(4 * workers),
    seats,
  });

  return {
    threads: workers,
    begin(round, params) {
      if (params !== newest) version++;
      newest = params;
      const job = jobOf(round, params);
      const findings = new Array<Finding | undefined>(round.searches.length);
      const place = (share: Share, at: (i: number) => number) => {
        share.findings.forEach((finding, i) => {
          findings[at(share.taken[i])] = finding;
        });
      };
      // where threads are still to be started, they are once this one waits for them
      let theirs = team && team.present > 0 ? team.share(job) : undefined;
      return {
        async finish() {
          await team?.gather();
          theirs ??= team?.share(job);
          place(await work(job), (i) => i);
          for (const share of (await theirs) ?? []) place(share, (i) => i);
          // what a thread took that died
          const missing = Array.from(findings.keys()).filter((i) => findings[i] === undefined);
          if (missing.length > 0) {
            const searches = missing.map((i) => round.searches[i]);
            place(await work(jobOf({ ...round, searches }, params)), (i) => missing[i]);
          }
          return findings as Finding[];
        },
      };
    },
    news: () =>
      (team?.obituaries() ?? []).map(
        (reason) =>
          `alphazero: a thread of self-play died ("${reason}"). Its searches were done again, and another takes its place.`,
      ),
    dispose: async () => team?.dispose(),
  };
}

function demandSource(source: WorldSource | undefined, workers: number): Recipe {
  demand(
    source !== undefined,
    () =>
      `alphazero: \`source\` must tell other threads where the rules come from, got none with selfPlay.workers ${workers}. Give the world's name or its module, or set selfPlay.workers to 1.`,
  );
  return recipeOf(source, 1);
}

function teamOf(options: AlphaZeroOptions, world: Recipe): Team<SearchSetup, Job, Share> {
  return new Team({
    backend,
    duty: 'searches',
    setup: { world, options },
    where: 'alphazero, self-play',
    size: options.selfPlay.workers - 1,
  });
}
