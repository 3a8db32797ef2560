/** Where a world comes from, told so that another thread can make its own copy of it. */
import type { Environment } from '../core/environment.ts';
import { demand, didYouMean, InputError } from '../core/errors.ts';
import type { Space } from '../core/spaces.ts';
import { environments, repeated } from '../envs/index.ts';
import { type ExactModel, exact } from '../models/index.ts';

/** The name of one of the library's worlds, or what a module of your own exports. */
export type WorldSource = string | WorldModule;

export interface WorldModule {
  /** Its whole address, as `new URL('./my-world.js', import.meta.url)`: threads have no place that `./` could start from. */
  readonly module: string | URL;
  /** The name of a function without arguments that returns the world, at once or later. Default: `default`. */
  readonly export?: string;
}

/** All that a thread needs to know to make the model. Plain data. */
export interface Recipe {
  readonly name?: string;
  readonly module?: string;
  readonly export?: string;
  readonly actionRepeat: number;
}

export function recipeOf(source: WorldSource, actionRepeat: number): Recipe {
  if (typeof source === 'string') return { name: source, actionRepeat };
  const address = String(source?.module);
  demand(
    URL.canParse(address),
    () =>
      `parallel: a module must be given by its whole address, got "${address}". ` +
      "Write new URL('./my-world.js', import.meta.url).",
  );
  return { module: address, export: source.export ?? 'default', actionRepeat };
}

/** A world of this thread's own, and the model that it is. */
export async function makeFrom(recipe: Recipe): Promise<{
  readonly environment: Environment<unknown, Space>;
  readonly model: ExactModel<unknown, Space>;
}> {
  const world = recipe.module === undefined ? await named(recipe.name!) : await exported(recipe);
  const environment = repeated(world, recipe.actionRepeat);
  return { environment, model: exact(environment) };
}

async function named(name: string): Promise<Environment> {
  const names = Object.keys(environments);
  demand(
    names.includes(name),
    () => `parallel: there is no world "${name}".${didYouMean(name, names)} There are: ${names.join(', ')}.`,
  );
  return environments[name].make();
}

async function exported({ module: address, export: name }: Recipe): Promise<Environment> {
  const exports = await load(address!);
  const make = exports[name!];
  demand(
    typeof make === 'function',
    () =>
      `parallel: ${address} must export a function "${name}" that returns a world, got ${typeof make}.` +
      didYouMean(name!, Object.keys(exports)),
  );
  const world = (await make()) as Environment;
  demand(
    typeof world?.step === 'function',
    () => `parallel: "${name}" of ${address} must return a world, got ${typeof world}.`,
  );
  return world;
}

async function load(address: string): Promise<Record<string, unknown>> {
  try {
    return await import(/* @vite-ignore */ address);
  } catch (error) {
    throw new InputError(
      `parallel: the module ${address} must load, got "${error instanceof Error ? error.message : error}".`,
    );
  }
}
