/** AlphaZero on othello on six by six squares. */
import type { Environment } from '../src/core/environment.ts';
import type { Discrete } from '../src/core/spaces.ts';
import { othello } from '../src/envs/games/index.ts';
import { finalWins } from '../src/run/recipe.ts';
import { boardRecipe } from './alphazero-board.ts';

export const alphazeroOthello6 = boardRecipe({
  name: 'alphazero-othello6',
  summary: 'AlphaZero learns othello on six by six squares from the rules alone.',
  environment: 'othello6',
  game: () => othello({ size: 6 }) as Environment<unknown, Discrete>,
  budget: {
    steps: 1_000_000,
    evaluateEvery: 250_000,
    evaluationEpisodes: 1,
    checkpointEvery: 50_000,
    keepEvery: 250_000,
  },
  randomMoves: 4,
  evaluationSimulations: 1600,
  checks: [{ ...finalWins, atLeast: 95 }],
});
