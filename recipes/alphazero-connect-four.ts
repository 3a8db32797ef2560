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
  temperatureMoves: 12,
  atLeast: 98,
});
