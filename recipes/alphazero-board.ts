/** What recipes of AlphaZero on board games share: a residual network, and a match against UCT as their judge. */
import { z } from 'zod';
import { alphaZero } from '../src/agents/alphazero/index.ts';
import type { Environment } from '../src/core/environment.ts';
import { Rng } from '../src/core/rng.ts';
import type { Discrete } from '../src/core/spaces.ts';
import { matchJudge } from '../src/run/judge.ts';
import { finalWins, type Recipe, recipe } from '../src/run/recipe.ts';
import { alphaZeroOptionsWith } from './alphazero-options.ts';

export interface BoardRecipe {
  readonly name: string;
  readonly summary: string;
  /** Name of the world, as `forethought list envs` gives it. */
  readonly environment: string;
  readonly game: () => Environment<unknown, Discrete>;
  /** Moves of a self-play game that are drawn in proportion to visits. */
  readonly temperatureMoves: number;
  /** Of a hundred games against UCT-1000, how many must be won. */
  readonly atLeast: number;
}

export function boardRecipe(asked: BoardRecipe): Recipe {
  return recipe({
    name: asked.name,
    summary: asked.summary,
    environment: asked.environment,
    agent: 'alphazero',
    options: z.strictObject({
      agent: alphaZeroOptionsWith({
        network: { channels: 32, blocks: 3 },
        search: { simulations: 64 },
        evaluationSimulations: 400,
        selfPlay: { temperatureMoves: asked.temperatureMoves, randomMoves: 4 },
        training: { window: 100_000 },
      }).prefault({}),
      opponent: z
        .number()
        .int()
        .min(1)
        .default(1000)
        .describe('simulations of the UCT player it is judged by'),
    }),
    build({ agent, opponent }, seed) {
      const environment = asked.game();
      return {
        environment,
        agent: alphaZero({ environment, options: agent }, Rng.from(seed).fork('agent')),
        judge: matchJudge(environment, { simulations: opponent, games: 100 }),
      };
    },
    budget: { steps: 400_000, evaluateEvery: 50_000, evaluationEpisodes: 1, checkpointEvery: 50_000 },
    scores: {
      random: -1,
      best: 1,
      source: 'against UCT-1000, a win being 1 and a loss -1; random: 100 games, all lost',
    },
    expected: { seeds: 3, checks: [{ ...finalWins, atLeast: asked.atLeast }] },
    quick: {
      budget: { steps: 400, evaluateEvery: 400, checkpointEvery: 200 },
      options: {
        agent: {
          network: { channels: 8, blocks: 1 },
          search: { simulations: 8 },
          evaluationSimulations: 8,
          selfPlay: { games: 8 },
          training: { firstPositions: 50, batch: 16 },
        },
        opponent: 10,
      },
      checks: [{ ...finalWins, atLeast: 0 }],
    },
  });
}
