/**
 * Match: two agents play a two-player game against each other, each beginning half of the games.
 *
 * All games go on in lockstep, so that an agent with a network is asked once for all games in which it is to move.
 */
import type { Agent } from '../core/agent.ts';
import type { Environment } from '../core/environment.ts';
import { demand, InputError } from '../core/errors.ts';
import type { View } from '../core/model.ts';
import { Rng } from '../core/rng.ts';
import { complaint, type Discrete } from '../core/spaces.ts';
import { type Interval, proportion95 } from '../math/statistics.ts';
import { randomLegal } from '../models/playouts.ts';
import { viewOf } from './episode.ts';
import { beginning, decisionsIn, following, outcomeOf, type Standing } from './standing.ts';

export interface MatchOptions<S> {
  readonly environment: Environment<S, Discrete>;
  readonly players: readonly [Agent<Discrete>, Agent<Discrete>];
  /** Where they are odd, the first player begins one more. */
  readonly games: number;
  readonly rng: Rng;
  /**
   * Random moves that every game begins with, so that agents without dice do not repeat one game. Two games each have
   * the same, once begun by either player. Default 0.
   */
  readonly openings?: number;
}

/** Games won, drawn and lost, as one player counts them. */
export interface Tally {
  readonly wins: number;
  readonly draws: number;
  readonly losses: number;
}

/** What two players made of their games, as the first of them counts. */
export interface Pairing extends Tally {
  readonly players: readonly [first: string, second: string];
}

export interface Match extends Pairing {
  readonly game: string;
  readonly games: number;
  /** Those that the first player began. */
  readonly begun: Tally;
  /** Those that the second player began. */
  readonly answered: Tally;
  /** Points a game, a win being 1 and a draw 1/2, with the 95 % interval of {@link proportion95}. */
  readonly score: Interval;
  /** Of each game, 1 where the first player won it, 0, or -1. [games] */
  readonly outcomes: readonly number[];
  /** Mean number of moves in a game, openings included. */
  readonly length: number;
}

/** How far a match has come. */
export interface MatchMoment {
  readonly finished: number;
  readonly games: number;
}

/** Openings after which the game was over are drawn anew so often. */
const MOST_ATTEMPTS = 1000;

/** A game under way. */
interface Table<S> {
  /** Counted from 1. */
  readonly number: number;
  /** Who began: 0 or 1. */
  readonly begins: number;
  readonly dice: Rng;
  readonly streams: readonly [Rng, Rng];
  readonly carries: unknown[]; // [2]
  /** As who began counts. */
  standing: Standing<S>;
}

/**
 * Plays a match, yielding after every time that a player is asked. A game is won by who has the greater sum of rewards; one
 * cut off at `maxSteps` is drawn. Each game has streams of its own: how many games there are changes none of them, as long
 * as agents with `actMany` keep to the streams that they are handed.
 * @throws InputError for a world that is no game for two, and for a move that is not legal
 * @example const { score } = await resultOf(playMatch({ environment, players: [agent, randomAgent(environment.action)], games: 100, rng }))
 */
export async function* playMatch<S>(options: MatchOptions<S>): AsyncGenerator<MatchMoment, Match, void> {
  const { environment, players, games, rng, openings = 0 } = options;
  demand(
    Number.isInteger(games) && games >= 1,
    () => `match: games must be a positive integer, got ${games}.`,
  );
  demand(
    Number.isInteger(openings) && openings >= 0,
    () => `match: openings must be 0 or a positive integer, got ${openings}.`,
  );
  demandGame(environment);
  const tables = Array.from({ length: games }, (_, i) => opened(environment, i, openings, rng));
  let finished = 0;
  while (finished < games) {
    for (const [seat, player] of players.entries()) {
      const asking = tables.filter((table) => !table.standing.over && seatToMove(table) === seat);
      // all at once where the agent can, one after the other where it cannot
      const batches = player.actMany ? [asking] : asking.map((table) => [table]);
      for (const batch of batches) {
        if (batch.length === 0) continue;
        await move(environment, player, seat, batch);
        finished = tables.filter(({ standing }) => standing.over).length;
        yield { finished, games };
      }
    }
  }
  return sumUp(environment.name, players, tables);
}

/** Runs a generator to its end, and gives what it returns. */
export async function resultOf<T>(playing: AsyncGenerator<unknown, T, void>): Promise<T> {
  for (;;) {
    const moment = await playing.next();
    if (moment.done) return moment.value;
  }
}

/** Whether the turn passes in this world: found by playing once at random. */
export function isGameForTwo(environment: Environment): environment is Environment<unknown, Discrete> {
  if (environment.action.kind !== 'discrete') return false;
  const game = environment as Environment<unknown, Discrete>;
  const rng = Rng.from('whether the turn passes');
  let state = game.reset(rng);
  for (let t = 0; t < game.maxSteps; t++) {
    const { state: next, discount } = game.step(state, randomLegal(game, state, rng), rng);
    if (discount < 0) return true;
    if (discount === 0) return false;
    state = next;
  }
  return false;
}

/** @throws InputError for a world that is no game for two */
export function demandGame(environment: Environment): void {
  demand(
    isGameForTwo(environment),
    () =>
      `${environment.name}: must be a game for two, got a world in which the turn does not pass. A discount of -1 passes it.`,
  );
}

/** A move as people write it. */
export function written<S>(environment: Environment<S, Discrete>, action: number): string {
  return environment.notation?.action(action) ?? String(action);
}

/** @throws InputError naming the agent, the game and the move where it is not legal */
export function demandMove<S>(
  environment: Environment<S, Discrete>,
  { name }: Agent<Discrete>,
  view: View,
  action: number,
  where: string,
): void {
  const problem = complaint(environment.action, action);
  demand(
    problem === undefined,
    () =>
      `agent ${name}, ${where} of ${environment.name}: its move ${problem}. Make the agent's space the game's.`,
  );
  demand(
    !view.legal || view.legal[action] === 1,
    () =>
      `agent ${name}, ${where} of ${environment.name}: its move must be legal, got ${written(environment, action)} (action ${action}). Use the mask it is shown.`,
  );
}

/** A game with its random first moves made. */
function opened<S>(
  environment: Environment<S, Discrete>,
  index: number,
  openings: number,
  rng: Rng,
): Table<S> {
  const pair = rng.fork('pair').fork(index >> 1);
  const own = rng.fork('game').fork(index);
  const moves = pair.fork('opening');
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const dice = pair.fork('environment');
    const table: Table<S> = {
      number: index + 1,
      begins: index % 2,
      dice,
      streams: [own.fork('first player'), own.fork('second player')],
      carries: [undefined, undefined],
      standing: beginning(environment.reset(dice)),
    };
    for (let t = 0; t < openings && !table.standing.over; t++)
      carryOut(environment, table, randomLegal(environment, table.standing.state, moves));
    if (!table.standing.over) return table;
  }
  throw new InputError(
    `match: openings must leave games to be played, got ${openings} random moves, after which ${environment.name} is over. Take fewer.`,
  );
}

function seatToMove<S>({ begins, standing }: Table<S>): number {
  return standing.weight > 0 ? begins : 1 - begins;
}

/** One player moves at some tables. */
async function move<S>(
  environment: Environment<S, Discrete>,
  player: Agent<Discrete>,
  seat: number,
  tables: readonly Table<S>[],
): Promise<void> {
  const views = tables.map(({ standing }) => viewOf(environment, standing.state));
  const decisions = await decisionsIn(
    player,
    views,
    tables.map(({ carries }) => carries[seat]),
    tables.map(({ streams }) => streams[seat]),
  );
  tables.forEach((table, i) => {
    const { action, carry } = decisions[i];
    demandMove(
      environment,
      player,
      views[i],
      action,
      `game ${table.number}, move ${table.standing.length + 1}`,
    );
    table.carries[seat] = carry;
    carryOut(environment, table, action);
  });
}

function carryOut<S>(environment: Environment<S, Discrete>, table: Table<S>, action: number): void {
  table.standing = following(environment, table.standing, action, table.dice);
}

/** Points a game with their interval: a win is 1, a draw 1/2. */
export function scoreOf({ wins, draws, losses }: Tally): Interval {
  return proportion95(wins + draws / 2, wins + draws + losses);
}

function sumUp<S>(game: string, players: MatchOptions<S>['players'], tables: readonly Table<S>[]): Match {
  // 0 and not -0 for draws
  const outcomes = tables.map(({ begins, standing }) => (begins === 0 ? 1 : -1) * outcomeOf(standing) || 0);
  const tally = (seat?: number): Tally => {
    const counted = outcomes.filter((_, i) => seat === undefined || tables[i].begins === seat);
    const count = (wanted: number) => counted.filter((outcome) => outcome === wanted).length;
    return { wins: count(1), draws: count(0), losses: count(-1) };
  };
  const all = tally();
  return {
    game,
    players: [players[0].name, players[1].name],
    games: tables.length,
    ...all,
    begun: tally(0),
    answered: tally(1),
    score: scoreOf(all),
    outcomes,
    length: tables.reduce((sum, { standing }) => sum + standing.length, 0) / tables.length,
  };
}
