/** All recipes, as `forethought list recipes` shows them. */
import type { Recipe } from '../src/run/recipe.ts';
import { randomCartpole } from './random-cartpole.ts';

export const recipes: readonly Recipe[] = [randomCartpole];
