/** Judge: says how good an agent is where its own return does not: in games, by matches against others. */
import { uctAgent } from '../agents/uct.ts';
import type { Agent } from '../core/agent.ts';
import type { Environment } from '../core/environment.ts';
import type { Rng } from '../core/rng.ts';
import type { Discrete, Space } from '../core/spaces.ts';
import type { EvaluatingEvent, EvaluationEvent } from './events.ts';
import { playExhaustively } from './exhaustive.ts';
import { playMatch } from './match.ts';
import { retold } from './retold.ts';

/** What a judge says: as much of an evaluation's event as it knows. `mean` is what the agent is measured by. */
export type Judgement = Omit<EvaluationEvent, 'type' | 'step'>;

/**
 * Yields how far it has come whenever it can be stopped.
 * @param rng a stream of this evaluation's own: training is not disturbed
 */
export type Judge<A extends Space = Space> = (
  agent: Agent<A>,
  rng: Rng,
) => AsyncGenerator<Pick<EvaluatingEvent, 'episode' | 'episodes'>, Judgement, void>;

/** Every game there is against the agent, as first and as second player: for tiny games. `mean` has wins as 1 and losses as -1. */
export function exhaustiveJudge<S>(environment: Environment<S, Discrete>): Judge {
  // biome-ignore lint/correctness/useYield: there are too few games to stop amid them
  return async function* (agent, rng) {
    const { wins, draws, losses } = await playExhaustively({
      environment,
      agent: agent as unknown as Agent<Discrete>,
      rng,
    });
    const episodes = wins + draws + losses;
    // all games there are: nothing is left to chance
    const mean = (wins - losses) / episodes;
    return { mean, low: mean, high: mean, episodes, wins, draws, losses };
  };
}

export interface MatchJudgeOptions {
  /** Of the UCT player, each with a random playout. */
  readonly simulations: number;
  readonly games: number;
  /** Random moves that every game begins with. Default 0: UCT's dice make games differ. */
  readonly openings?: number;
}

/** A match against UCT, the agent beginning half of the games. `mean` has wins as 1 and losses as -1. */
export function matchJudge<S>(
  environment: Environment<S, Discrete>,
  { simulations, games, openings }: MatchJudgeOptions,
): Judge {
  const opponent = uctAgent(environment, { simulations });
  return async function* (agent, rng) {
    const players = [agent as unknown as Agent<Discrete>, opponent] as const;
    const playing = playMatch({ environment, players, games, rng, openings });
    const match = yield* retold(playing, ({ finished }) => ({
      episode: Math.min(games, finished + 1),
      episodes: games,
    }));
    const { wins, draws, losses, begun, answered, score } = match;
    // points are between 0 and 1
    return {
      mean: (wins - losses) / games,
      low: 2 * score.low - 1,
      high: 2 * score.high - 1,
      episodes: games,
      wins,
      draws,
      losses,
      begun,
      answered,
    };
  };
}
