/** All recipes, as `forethought list recipes` shows them: the main job first. */
import type { Recipe } from '../src/run/recipe.ts';
import { ilqrPendulum } from './ilqr-pendulum.ts';
import { mbpoHopper } from './mbpo-hopper.ts';
import { mbpoInvertedPendulum } from './mbpo-inverted-pendulum.ts';
import { mbpoPendulum } from './mbpo-pendulum.ts';
import { mpcPendulum } from './mpc-pendulum.ts';
import { petsCartpole } from './pets-cartpole.ts';
import { petsCartpoleSwingup } from './pets-cartpole-swingup.ts';
import { petsPendulum } from './pets-pendulum.ts';
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
  mpcPendulum,
  ilqrPendulum,
  mbpoPendulum,
  sacPendulum,
  mbpoInvertedPendulum,
  sacInvertedPendulum,
  mbpoHopper,
  sacHopper,
  safePendulum,
  safeCartpole,
  safeReacherRecipe,
  randomCartpole,
];
