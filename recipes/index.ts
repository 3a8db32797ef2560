/** All recipes, as `forethought list recipes` shows them: the main job first. */
import type { Recipe } from '../src/run/recipe.ts';
import { mbpoPendulum } from './mbpo-pendulum.ts';
import { mpcPendulum } from './mpc-pendulum.ts';
import { petsCartpole } from './pets-cartpole.ts';
import { petsPendulum } from './pets-pendulum.ts';
import { randomCartpole } from './random-cartpole.ts';
import { sacPendulum } from './sac-pendulum.ts';

export const recipes: readonly Recipe[] = [
  petsCartpole,
  petsPendulum,
  mpcPendulum,
  mbpoPendulum,
  sacPendulum,
  randomCartpole,
];
