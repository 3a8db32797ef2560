/**
 * Ladder: an agent plays opponents of known strength, from random to UCT with many simulations, and is given an Elo rating among
 * them; and the judge of tiny games, who plays every game there is against an agent.
 */
import { randomAgent } from '../agents/random.ts';
import { uctAgent } from '../agents/uct.ts';
import type { Agent } from '../core/agent.ts';
import type { Environment } from '../core/environment.ts';
import { demand } from '../core/errors.ts';
import type { Rng } from '../core/rng.ts';
import type { Discrete } from '../core/spaces.ts';
import { elo, type Rating } from './elo.ts';
import { type Match, type MatchMoment, type Pairing, playMatch } from './match.ts';
import { retold } from './retold.ts';

/** Simulations of the UCT players on the ladder. */
const SIMULATIONS = [100, 1000];

/** The random player, and UCT with random playouts at growing numbers of simulations. */
export function standardRungs<S>(
  environment: Environment<S, Discrete>,
  simulations: readonly number[] = SIMULATIONS,
): Agent<Discrete>[] {
  return [
    randomAgent(environment.action),
    ...simulations.map((count) => uctAgent(environment, { simulations: count })),
  ];
}

export interface LadderOptions<S> {
  readonly environment: Environment<S, Discrete>;
  /** From the weakest to the strongest, the first being rated 0. Earlier checkpoints may be among them. Names must differ. */
  readonly rungs: readonly Agent<Discrete>[];
  /** A pairing. */
  readonly games: number;
  readonly rng: Rng;
  /** Random first moves, as of a match. Default 0. */
  readonly openings?: number;
}

export interface ClimbOptions<S> extends LadderOptions<S> {
  readonly agent: Agent<Discrete>;
  /**
   * Results of the rungs among themselves, as {@link calibrate} plays them. Without any the agent's own games are all that
   * connects them, so that its rating rests on those against the first rung alone.
   */
  readonly known?: readonly Pairing[];
}

export interface Climb {
  /** Against each rung, in their order, as the agent counts. */
  readonly matches: readonly Match[];
  /** Of the agent. */
  readonly rating: Rating;
  /** Of all, the strongest first. */
  readonly ratings: readonly Rating[];
}

export interface LadderMoment extends MatchMoment {
  readonly players: readonly [string, string];
}

/**
 * Plays an agent against each rung, and rates it among them. Which other rungs there are changes no game.
 * @example const { rating } = await resultOf(climb({ environment, agent, rungs: standardRungs(environment), games: 100, rng }))
 */
export async function* climb<S>(options: ClimbOptions<S>): AsyncGenerator<LadderMoment, Climb, void> {
  const { agent, rungs, known = [] } = options;
  demandRungs([...rungs, agent]);
  const matches: Match[] = [];
  for (const rung of rungs) matches.push(yield* pair(options, agent, rung));
  const ratings = elo([...known, ...matches], { anchor: rungs[0].name });
  return { matches, ratings, rating: ratings.find(({ name }) => name === agent.name)! };
}

/** Plays each rung against the next: what ties the ladder together. */
export async function* calibrate<S>(options: LadderOptions<S>): AsyncGenerator<LadderMoment, Match[], void> {
  const { rungs } = options;
  demandRungs(rungs);
  const matches: Match[] = [];
  for (let i = 1; i < rungs.length; i++) matches.push(yield* pair(options, rungs[i], rungs[i - 1]));
  return matches;
}

async function* pair<S>(
  { environment, games, rng, openings }: LadderOptions<S>,
  first: Agent<Discrete>,
  second: Agent<Discrete>,
): AsyncGenerator<LadderMoment, Match, void> {
  const stream = rng.fork(first.name).fork(second.name);
  const playing = playMatch({ environment, players: [first, second], games, rng: stream, openings });
  return yield* retold(playing, (moment) => ({ ...moment, players: [first.name, second.name] as const }));
}

function demandRungs(players: readonly Agent<Discrete>[]): void {
  const names = players.map(({ name }) => name);
  demand(names.length > 1, () => `ladder: there must be two players or more, got ${names.length}.`);
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  demand(
    twice.length === 0,
    () => `ladder: players must have names of their own, got ${twice.join(', ')} twice. Rename one of them.`,
  );
}
