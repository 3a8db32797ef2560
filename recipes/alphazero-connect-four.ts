/** AlphaZero on connect four. */
import type { Environment } from '../src/core/environment.ts';
import type { Discrete } from '../src/core/spaces.ts';
import { connectFour } from '../src/envs/games/index.ts';
import { finalWinsWhere } from '../src/run/recipe.ts';
import { boardRecipe } from './alphazero-board.ts';

export const alphazeroConnectFour = boardRecipe({
  name: 'alphazero-connect-four',
  summary: 'AlphaZero learns connect four from the rules alone.',
  environment: 'connect-four',
  game: () => connectFour() as Environment<unknown, Discrete>,
  budget: {
    steps: 2_400_000,
    evaluateEvery: 2_400_000,
    evaluationEpisodes: 1,
    checkpointEvery: 100_000,
    keepEvery: 400_000,
  },
  // who wins a column thirty moves on depends on the whole board: heads must see more of it than four planes tell
  network: { headChannels: 16, valueHidden: 64 },
  // games against UCT leave early what good players play
  randomMoves: 12,
  // who must move at the end, thirty moves on, often decides a game
  evaluationSimulations: 6400,
  checks: [
    { ...finalWinsWhere('begun'), atLeast: 98 },
    { ...finalWinsWhere('answered'), atLeast: 98 },
  ],
});
