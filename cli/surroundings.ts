/** What commands are given of the world outside, so that tests can give them another. */
import { didYouMean, InputError } from '../src/core/errors.ts';
import type { Checkpoint } from '../src/run/events.ts';
import { type RunOnDisk, readRun, type TextStream } from '../src/run/files/index.ts';
import { type Order, order, type Recipe } from '../src/run/recipe.ts';
import type { Typed } from './lines.ts';

export interface Surroundings {
  readonly recipes: readonly Recipe[];
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  /** What the user types; absent where nothing comes. */
  readonly stdin?: Typed;
  /** Aborted when the user asks to stop, with the exit code as its reason. */
  readonly signal: AbortSignal;
  /** Sets the exit code, 0 unless told otherwise. */
  exit(code: number): void;
}

/** @throws InputError with the nearest names */
export function recipeNamed({ recipes }: Surroundings, name: string): Recipe {
  const found = recipes.find((recipe) => recipe.name === name);
  if (found) return found;
  const names = recipes.map((recipe) => recipe.name);
  throw new InputError(
    `recipe "${name}": there is no such recipe.${didYouMean(name, names)} See: forethought list recipes`,
  );
}

/** The order that a run folder is the result of. */
export function orderOf(surroundings: Surroundings, { record }: Pick<RunOnDisk, 'record'>): Order {
  const recipe = recipeNamed(surroundings, record.recipe);
  const { seed, budget, options } = record;
  return { ...order(recipe, { seed }), budget, options };
}

/** A run that has something to show. @throws InputError where there is none yet */
export function trainedRun(path: string): RunOnDisk & { readonly checkpoint: Checkpoint } {
  const run = readRun(path);
  const { checkpoint } = run;
  if (!checkpoint) {
    throw new InputError(
      `${path}: there must be a checkpoint, got a run that has not come that far. Go on with: forethought train ${run.record.recipe} --out ${path} --resume`,
    );
  }
  return { ...run, checkpoint };
}
