/** AlphaZero on othello on six by six squares. */
import type { Environment } from '../src/core/environment.ts';
import type { Discrete } from '../src/core/spaces.ts';
import { othello } from '../src/envs/games/index.ts';
import { boardRecipe } from './alphazero-board.ts';

export const alphazeroOthello6 = boardRecipe({
  name: 'alphazero-othello6',
  summary: 'AlphaZero learns othello on six by six squares from the rules alone.',
  environment: 'othello6',
  game: () => othello({ size: 6 }) as Environment<unknown, Discrete>,
  temperatureMoves: 10,
  atLeast: 95,
});
