/**
 * The judge of tiny games: an agent plays every game that any opponent could make of it.
 *
 * Positions that different games lead to are one: the agent is asked once for each, all of the same depth at a time.
 */
import type { Agent } from '../core/agent.ts';
import type { Environment } from '../core/environment.ts';
import type { Rng } from '../core/rng.ts';
import { type Discrete, legalActions } from '../core/spaces.ts';
import { viewOf } from './episode.ts';
import { demandGame, demandMove, type Tally, written } from './match.ts';
import { beginning, decisionsIn, following, outcomeOf, type Standing } from './standing.ts';

export interface ExhaustiveOptions<S> {
  /** Steps must draw nothing. With a codec, which tells what positions are the same, there is far less to ask. */
  readonly environment: Environment<S, Discrete>;
  readonly agent: Agent<Discrete>;
  /** Each position has a stream of its own: an agent that draws is one of the agents it could be. */
  readonly rng: Rng;
}

/** Distinct games, by what they brought the agent. */
export interface Exhaustive extends Tally {
  /** Those that the agent began. */
  readonly begun: Tally;
  /** Those that the opponent began. */
  readonly answered: Tally;
  /** How many positions the agent was asked about. */
  readonly positions: number;
  /** The moves of one of the lost games, where there are any. */
  readonly lost?: readonly string[];
}

/** A position, and the games that lead to it. */
interface Place<S> {
  /** As the agent counts. */
  readonly standing: Standing<S>;
  /** How many games lead here. */
  games: number;
  /** The moves of one of them. */
  readonly moves: readonly number[];
  readonly key: string;
}

type Counts = { -readonly [K in keyof Tally]: number };

/**
 * Plays an agent against every sequence of opponent's moves, as first and as second player. It acts as in `evaluate`, and at each
 * position as if its episode began there.
 * @throws InputError for a world that is no game for two, and for a move that is not legal
 * @example const { losses } = await playExhaustively({ environment: ticTacToe(), agent, rng })
 */
export async function playExhaustively<S>(options: ExhaustiveOptions<S>): Promise<Exhaustive> {
  const { environment } = options;
  demandGame(environment);
  const sides = [await playSide(options, 1), await playSide(options, -1)];
  const [begun, answered] = sides.map(({ counts }) => counts);
  const lost = sides.find((side) => side.lost)?.lost;
  return {
    wins: begun.wins + answered.wins,
    draws: begun.draws + answered.draws,
    losses: begun.losses + answered.losses,
    begun,
    answered,
    positions: sides[0].positions + sides[1].positions,
    ...(lost && { lost: lost.map((action) => written(environment, action)) }),
  };
}

/** @param weight 1 where the agent begins, -1 where the opponent does */
async function playSide<S>(
  { environment, agent, rng }: ExhaustiveOptions<S>,
  weight: 1 | -1,
): Promise<{ counts: Tally; positions: number; lost: readonly number[] | undefined }> {
  const counts: Counts = { wins: 0, draws: 0, losses: 0 };
  let positions = 0;
  let lost: readonly number[] | undefined;
  const state = environment.reset(rng.fork('environment'));
  let places: Place<S>[] = [{ standing: beginning(state, weight), games: 1, moves: [], key: 'beginning' }];
  while (places.length > 0) {
    const next = new Map<string, Place<S>>();
    const follow = (place: Place<S>, action: number) => {
      const standing = following(environment, place.standing, action, rng);
      const moves = [...place.moves, action];
      if (standing.over) {
        const outcome = outcomeOf(standing);
        counts[outcome > 0 ? 'wins' : outcome < 0 ? 'losses' : 'draws'] += place.games;
        if (outcome < 0) lost ??= moves;
        return;
      }
      const { weight: after, total } = standing;
      const key = `${after} ${total} ${nameOf(environment, standing.state) ?? `after ${moves.join(' ')}`}`;
      const same = next.get(key);
      if (same) same.games += place.games;
      else next.set(key, { standing, games: place.games, moves, key });
    };
    const asking = places.filter(({ standing }) => standing.weight > 0);
    positions += asking.length;
    const actions = await ask(environment, agent, asking, rng);
    asking.forEach((place, i) => {
      follow(place, actions[i]);
    });
    for (const place of places) {
      const { state: here, weight: whose } = place.standing;
      if (whose > 0) continue;
      for (const action of legalActions(environment.action, environment.legal?.(here))) follow(place, action);
    }
    places = [...next.values()];
  }
  return { counts, positions, lost };
}

/** The agent's moves. */
async function ask<S>(
  environment: Environment<S, Discrete>,
  agent: Agent<Discrete>,
  places: readonly Place<S>[],
  rng: Rng,
): Promise<number[]> {
  if (places.length === 0) return [];
  const views = places.map(({ standing }) => viewOf(environment, standing.state));
  const decisions = await decisionsIn(
    agent,
    views,
    views.map(() => undefined),
    places.map(({ key }) => rng.fork('position').fork(key)),
  );
  return decisions.map(({ action }, i) => {
    const { moves } = places[i];
    const where = `after ${moves.map((move) => written(environment, move)).join(' ') || 'no move'}`;
    demandMove(environment, agent, views[i], action, where);
    return action;
  });
}

/** What tells positions apart, where the game has a codec. */
function nameOf<S>({ codec }: Environment<S, Discrete>, state: S): string | undefined {
  if (!codec) return undefined;
  const words = new Int32Array(codec.words);
  codec.write(state, words, 0);
  return words.join(' ');
}
