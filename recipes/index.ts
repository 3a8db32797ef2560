/** All recipes, as `forethought list recipes` shows them: the main job first. */
import type { Recipe } from '../src/run/recipe.ts';
import { alphazeroConnectFour } from './alphazero-connect-four.ts';
import { alphazeroOthello6 } from './alphazero-othello6.ts';
import { alphazeroTicTacToe } from './alphazero-tic-tac-toe.ts';
import { dreamerV1CartpoleSwingup } from './dreamer-v1-cartpole-swingup.ts';
import { dreamerV2CartpoleSwingup } from './dreamer-v2-cartpole-swingup.ts';
import { dreamerV3BallInCup } from './dreamer-v3-ball-in-cup.ts';
import { dreamerV3Cartpole } from './dreamer-v3-cartpole.ts';
import { dreamerV3CartpoleBalance } from './dreamer-v3-cartpole-balance.ts';
import { dreamerV3CartpoleSwingup } from './dreamer-v3-cartpole-swingup.ts';
import { dreamerV3MemoryLength } from './dreamer-v3-memory-length.ts';
import { dreamerV3Pendulum } from './dreamer-v3-pendulum.ts';
import { dreamerV3PendulumSwingup } from './dreamer-v3-pendulum-swingup.ts';
import { dreamerV3PixelCartpole } from './dreamer-v3-pixel-cartpole.ts';
import { dreamerV3PixelCatch } from './dreamer-v3-pixel-catch.ts';
import { dreamerV3TMaze } from './dreamer-v3-tmaze.ts';
import { icemBallInCup } from './icem-ball-in-cup.ts';
import { icemCartpoleSwingup } from './icem-cartpole-swingup.ts';
import { icemCheetahRun } from './icem-cheetah-run.ts';
import { icemPendulumSwingup } from './icem-pendulum-swingup.ts';
import { icemReacherEasy } from './icem-reacher-easy.ts';
import { icemWalkerWalk } from './icem-walker-walk.ts';
import { ilqrPendulum } from './ilqr-pendulum.ts';
import { mbpoHopper } from './mbpo-hopper.ts';
import { mbpoInvertedPendulum } from './mbpo-inverted-pendulum.ts';
import { mbpoPendulum } from './mbpo-pendulum.ts';
import { mpcPendulum } from './mpc-pendulum.ts';
import { petsBallInCup } from './pets-ball-in-cup.ts';
import { petsCartpole } from './pets-cartpole.ts';
import { petsCartpoleSwingup } from './pets-cartpole-swingup.ts';
import { petsInvertedPendulum } from './pets-inverted-pendulum.ts';
import { petsPendulum } from './pets-pendulum.ts';
import { petsReacher } from './pets-reacher.ts';
import { randomCartpole } from './random-cartpole.ts';
import { sacHopper } from './sac-hopper.ts';
import { sacInvertedPendulum } from './sac-inverted-pendulum.ts';
import { sacPendulum } from './sac-pendulum.ts';
import { safeCartpole } from './safe-cartpole.ts';
import { safePendulum } from './safe-pendulum.ts';
import { safeReacherRecipe } from './safe-reacher.ts';

export const recipes: readonly Recipe[] = [
  petsCartpole,
  petsPendulum,
  petsCartpoleSwingup,
  petsInvertedPendulum,
  petsReacher,
  petsBallInCup,
  mpcPendulum,
  ilqrPendulum,
  icemCartpoleSwingup,
  icemPendulumSwingup,
  icemBallInCup,
  icemReacherEasy,
  icemWalkerWalk,
  icemCheetahRun,
  mbpoPendulum,
  sacPendulum,
  mbpoInvertedPendulum,
  sacInvertedPendulum,
  mbpoHopper,
  sacHopper,
  safePendulum,
  safeCartpole,
  safeReacherRecipe,
  dreamerV3Cartpole,
  dreamerV3Pendulum,
  dreamerV3CartpoleSwingup,
  dreamerV3TMaze,
  dreamerV3MemoryLength,
  dreamerV3CartpoleBalance,
  dreamerV3PendulumSwingup,
  dreamerV3BallInCup,
  dreamerV2CartpoleSwingup,
  dreamerV1CartpoleSwingup,
  dreamerV3PixelCatch,
  dreamerV3PixelCartpole,
  alphazeroTicTacToe,
  alphazeroConnectFour,
  alphazeroOthello6,
  randomCartpole,
];
