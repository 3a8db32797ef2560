/** AlphaZero on connect four. */

import type { Environment } from '../src/core/environment.ts';
import type { Discrete } from '../src/core/spaces.ts';
import { connectFour } from '../src/envs/games/index.ts';
import { boardRecipe } from './alphazero-board.ts';

export const alphazeroConnectFour = boardRecipe({
  name: 'alphazero-connect-four',
  summary: 'AlphaZero learns connect four from the rules alone.',
  environment: 'connect-four',
  game: () => connectFour() as Environment<unknown, Discrete>,
  agent: {
    network: { channels: 32, blocks: 3 },
    search: { simulations: 64 },
    evaluationSimulations: 400,
    selfPlay: { temperatureMoves: 12, randomMoves: 4 },
    training: { window: 100_000 },
  },
  budget: { steps: 400_000, evaluateEvery: 50_000 },
  games: 100,
  atLeast: 98,
});
