/** All recipes, as `forethought list recipes` shows them. */
import type { Recipe } from '../src/run/recipe.ts';
import { mpcPendulum } from './mpc-pendulum.ts';
import { randomCartpole } from './random-cartpole.ts';

export const recipes: readonly Recipe[] = [mpcPendulum, randomCartpole];
