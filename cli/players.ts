/** Who plays a game: an agent by what was typed, `random`, `uct:1000` or the folder of a run. */
import { existsSync } from 'node:fs';
import { randomAgent } from '../src/agents/random.ts';
import { uctAgent } from '../src/agents/uct.ts';
import type { Agent } from '../src/core/agent.ts';
import type { Environment } from '../src/core/environment.ts';
import { demand, didYouMean, InputError } from '../src/core/errors.ts';
import type { Discrete } from '../src/core/spaces.ts';
import { environments } from '../src/envs/index.ts';
import { isRun, readEarlier } from '../src/run/files/index.ts';
import { demandGame, isGameForTwo } from '../src/run/match.ts';
import { build } from '../src/run/recipe.ts';
import { orderOf, type Surroundings, trainedRun } from './surroundings.ts';

export type Game = Environment<unknown, Discrete>;
export type Player = Agent<Discrete>;

/** What may be typed for a player. */
export const PLAYERS =
  'random, uct:<simulations>, the folder of a run, or <folder>@<step> for an earlier self of it';

/** A run, and the step at which it is meant where that is not the last; undefined where none is typed. */
function runIn(typed: string): { readonly folder: string; readonly step?: number } | undefined {
  if (isRun(typed)) return { folder: typed };
  const [, folder, step] = /^(.+)@(\d+)$/.exec(typed) ?? [];
  return folder !== undefined && isRun(folder) ? { folder, step: Number(step) } : undefined;
}

/** Whether the folder of a run is typed, or one with a step. */
export function isRunTyped(typed: string): boolean {
  return runIn(typed) !== undefined;
}

/** A game by its name. @throws InputError where there is none, or it is not for two */
export async function gameNamed(name: string): Promise<Game> {
  const known = environments[name];
  if (!known)
    throw new InputError(
      `game "${name}": there is no such game.${didYouMean(name, Object.keys(environments))} See: forethought list envs`,
    );
  const world = await known.make();
  demandGame(world);
  return world as Game;
}

/** The game that a run was trained on, undefined where its world is none. */
export async function gameOfRun(surroundings: Surroundings, path: string): Promise<Game | undefined> {
  const { environment } = await build(orderOf(surroundings, trainedRun(runIn(path)?.folder ?? path)));
  return isGameForTwo(environment) ? environment : undefined;
}

/** The game asked for, or that of the first run among the players. @throws InputError where there is neither */
export async function gameFor(
  surroundings: Surroundings,
  command: string,
  typed: readonly string[],
  name: string | undefined,
): Promise<Game> {
  if (name !== undefined) return gameNamed(name);
  const run = typed.map((player) => runIn(player)?.folder).find((folder) => folder !== undefined);
  if (run === undefined)
    throw new InputError(
      `${command}: there must be a game, got none. Name one with --game, as --game connect-four.`,
    );
  const game = await gameOfRun(surroundings, run);
  if (!game) throw new InputError(`${run}: must be a run of a game for two, got one of another world.`);
  return game;
}

/** @throws InputError for what names no player, and for a run of another game */
export async function playerNamed(surroundings: Surroundings, typed: string, game: Game): Promise<Player> {
  const run = runIn(typed);
  if (run) {
    const { folder, step } = run;
    const { record, checkpoint } = trainedRun(folder);
    const { environment, agent } = await build(orderOf(surroundings, { record }));
    demand(
      environment.name === game.name,
      () => `${typed}: must be a run of ${game.name}, got one of ${environment.name}.`,
    );
    if (step === undefined) agent.load(checkpoint.agent);
    else (agent.acting ?? agent).load(readEarlier(folder, step));
    const { act, actMany } = agent as Player;
    // two runs of a recipe are told apart by where they are
    return { ...(agent as Player), name: typed, act, ...(actMany && { actMany }) };
  }
  if (typed === 'random') return randomAgent(game.action);
  const [, simulations] = /^uct(?::(\d+))?$/.exec(typed) ?? [undefined, undefined];
  if (typed === 'uct' || (simulations !== undefined && Number(simulations) >= 1))
    return uctAgent(game, simulations === undefined ? {} : { simulations: Number(simulations) });
  // whoever typed a folder is told about folders
  if (/[/\\]/.test(typed) || existsSync(typed)) trainedRun(typed);
  throw new InputError(
    `player "${typed}": must be ${PLAYERS}, got neither.${didYouMean(typed, ['random', 'uct:1000'])}`,
  );
}
