/** What recipes of AlphaZero on board games share: a residual network, and a match against UCT as their judge. */
import { z } from 'zod';
import { alphaZero, type PolicyValueOptions } from '../src/agents/alphazero/index.ts';
import type { Environment } from '../src/core/environment.ts';
import { Rng } from '../src/core/rng.ts';
import type { Discrete } from '../src/core/spaces.ts';
import { matchJudge } from '../src/run/judge.ts';
import { type Budget, type Expectation, finalWins, type Recipe, recipe } from '../src/run/recipe.ts';
import { alphaZeroOptionsWith } from './alphazero-options.ts';

export interface BoardRecipe {
  readonly name: string;
  readonly summary: string;
  /** Name of the world, as `forethought list envs` gives it. */
  readonly environment: string;
  readonly game: () => Environment<unknown, Discrete>;
  readonly budget: Budget;
  /** What its network has other than 3 blocks of 32 channels. */
  readonly network?: Partial<PolicyValueOptions>;
  /** Random moves at the beginning of a game of self-play, at most. */
  readonly randomMoves: number;
  /** Simulations a decision in matches. */
  readonly evaluationSimulations: number;
  readonly checks: readonly Expectation[];
}

export function boardRecipe(asked: BoardRecipe): Recipe {
  return recipe({
    name: asked.name,
    summary: asked.summary,
    environment: asked.environment,
    agent: 'alphazero',
    options: z.strictObject({
      agent: alphaZeroOptionsWith({
        network: { channels: 32, blocks: 3, ...asked.network },
        search: { solver: true },
        gumbel: { simulations: 24 },
        evaluationSimulations: asked.evaluationSimulations,
        selfPlay: {
          planner: 'gumbel',
          games: 512,
          boards: 64,
          workers: 2,
          randomMoves: asked.randomMoves,
        },
        training: {
          window: 200_000,
          samplesPerPosition: 2,
          averageRate: 0.002,
          searchValueShare: 0.5,
          refreshEvery: 100,
        },
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
        agent: alphaZero(
          { environment, options: agent, source: asked.environment },
          Rng.from(seed).fork('agent'),
        ),
        judge: matchJudge(environment, { simulations: opponent, games: 200 }),
      };
    },
    budget: asked.budget,
    scores: {
      random: -1,
      best: 1,
      source: 'against UCT-1000, a win being 1 and a loss -1; random: 100 games, all lost',
    },
    expected: { seeds: 3, checks: asked.checks },
    quick: {
      budget: { steps: 400, evaluateEvery: 400, checkpointEvery: 200 },
      options: {
        agent: {
          network: { channels: 8, blocks: 1 },
          evaluationSimulations: 8,
          gumbel: { simulations: 8 },
          selfPlay: { games: 8, boards: 8, workers: 1 },
          training: { firstPositions: 50, batch: 16 },
        },
        opponent: 10,
      },
      checks: [{ ...finalWins, atLeast: 0 }],
    },
  });
}
