/** forethought train: carries out a recipe in a run folder, from its beginning or from where it stopped. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { InputError } from '../src/core/errors.ts';
import {
  duration,
  isFinished,
  isRun,
  jsonLines,
  RunFolder,
  readRun,
  recordOf,
  terminal,
  train,
} from '../src/run/files/index.ts';
import { type Assignment, listOptions } from '../src/run/options.ts';
import { type Order, order, type Recipe, settings } from '../src/run/recipe.ts';
import { VERSION } from '../src/run/version.ts';
import { onlyWord, splitArguments, wholeNumber } from './arguments.ts';
import { orderOf, recipeNamed, type Surroundings } from './surroundings.ts';

interface Flags {
  readonly seed?: number;
  readonly steps?: number;
  readonly out?: string;
  readonly quick?: boolean;
  readonly json?: boolean;
  readonly resume?: boolean;
}

/** @param named the recipe found among the arguments, whose options `--help` lists */
export function addTrain(program: Command, surroundings: Surroundings, named: Recipe | undefined): void {
  const command = program
    .command('train')
    .summary('train an agent by a recipe')
    .description('Train an agent by a recipe. Everything it makes goes into a run folder.')
    .usage('<recipe> [options] [--<option.path> <value>]...')
    .argument('<recipe>', 'name of a recipe, as "forethought list recipes" gives it')
    .option('--seed <n>', 'seed of all chance (default: 0)', wholeNumber(0))
    .option('--steps <n>', 'environment steps of training (default: the recipe says)', wholeNumber(1))
    .option('--out <dir>', 'run folder (default: runs/<recipe>-<seed>)')
    .option('--actors <n>', '1: Dreamer acts while another thread learns (as --agent.actors)', wholeNumber(0))
    .option('--quick', "the recipe's small version, which CI runs")
    .option('--resume', 'go on where the run in the folder stopped, if there is one')
    .option('--json', 'one JSON object a line on standard output, and nothing else')
    .allowUnknownOption()
    .allowExcessArguments()
    .addHelpText('after', () => `\n${named ? optionsOf(named) : ANY_OPTION}\n${EXAMPLES}`);
  command.action(async () => {
    const { words, assignments } = splitArguments(command.args);
    const recipe = recipeNamed(surroundings, onlyWord(words, 'train, recipe'));
    // `actors` stands for an option of the recipe, which need not have it
    const flags = command.options.map((option) => option.attributeName()).filter((flag) => flag !== 'actors');
    const { actors, ...given } = command.opts<Flags & { readonly actors?: number }>();
    const typed =
      actors === undefined ? assignments : [...assignments, ['agent.actors', `${actors}`] as const];
    await trainRecipe(surroundings, recipe, given, typed, flags);
  });
}

async function trainRecipe(
  surroundings: Surroundings,
  recipe: Recipe,
  flags: Flags,
  typed: readonly Assignment[],
  otherNames: readonly string[],
): Promise<void> {
  const { stdout, stderr, signal } = surroundings;
  const began = performance.now();
  const assignments =
    flags.steps === undefined ? typed : [...typed, ['budget.steps', `${flags.steps}`] as const];
  const asked = order(recipe, { seed: flags.seed ?? 0, quick: flags.quick, assignments, otherNames });
  const path = flags.out ?? join('runs', `${recipe.name}-${asked.seed}`);
  const progress = flags.json ? undefined : stderr;
  const done = (step: number) => {
    const seconds = Math.round(performance.now() - began) / 1000;
    if (flags.json) stdout.write(`${JSON.stringify({ type: 'done', step, dir: path, seconds })}\n`);
    else stdout.write(`Done in ${duration(seconds)}. Report: ${join(path, 'report.html')}\n`);
  };

  let folder: RunFolder;
  let carriedOut = asked;
  if (flags.resume && existsSync(path)) {
    carriedOut = resumedOrder(surroundings, path, asked, flags, typed);
    const { steps } = carriedOut.budget;
    if (isFinished(path) && steps === readRun(path).record.budget.steps) {
      stderr.write(`${path} is finished already. To go on further, give more --steps.\n`);
      done(steps);
      return;
    }
    folder = RunFolder.resume(path, steps);
    const from = folder.checkpoint?.step;
    progress?.write(
      `Going on ${from === undefined ? 'from the beginning' : `after step ${from}`} of ${steps} in ${path}\n`,
    );
  } else {
    if (flags.resume) stderr.write(`Nothing to resume in ${path}: starting from the beginning.\n`);
    folder = RunFolder.create(path, recordOf(asked));
    progress?.write(
      `${recipe.name}: ${recipe.summary}\nseed ${asked.seed}, ${asked.budget.steps} steps, into ${path}\n`,
    );
  }

  const screen = progress && terminal({ stream: progress, steps: carriedOut.budget.steps });
  const sinks = [...(screen ? [screen.take] : []), ...(flags.json ? [jsonLines(stdout)] : [])];
  try {
    const { step, finished } = await train({ order: carriedOut, folder, sinks, signal });
    screen?.finish();
    if (finished) done(step);
    else
      stderr.write(
        `Stopped after step ${step}; it is saved. Go on with:\n  ${resumeCommand(carriedOut, flags.out)}\n`,
      );
  } finally {
    screen?.finish();
  }
}

/** The order in a folder, which what was typed must not contradict; only more steps may be asked for. */
function resumedOrder(
  surroundings: Surroundings,
  path: string,
  asked: Order,
  flags: Flags,
  typed: readonly Assignment[],
): Order {
  const { record } = readRunRecord(path);
  const found = orderOf(surroundings, { record });
  const problems: string[] = [];
  const compare = (what: string, inFolder: unknown, given: unknown) => {
    if (JSON.stringify(inFolder) !== JSON.stringify(given))
      problems.push(`  ${what}: the run has ${JSON.stringify(inFolder)}, got ${JSON.stringify(given)}`);
  };
  compare('recipe', found.recipe.name, asked.recipe.name);
  if (flags.seed !== undefined) compare('seed', found.seed, asked.seed);
  for (const [name] of typed) compare(name, valueAt(found, name), valueAt(asked, name));
  if (problems.length > 0) {
    throw new InputError(
      `${path}: a run goes on with what it began with, but\n${problems.join('\n')}\nLeave these out, or start anew with another --out.`,
    );
  }
  if (record.forethought !== VERSION) {
    surroundings.stderr.write(
      `${path} was begun with version ${record.forethought}, this is ${VERSION}: results may differ from an uninterrupted run.\n`,
    );
  }
  return flags.steps === undefined ? found : { ...found, budget: { ...found.budget, steps: flags.steps } };
}

function readRunRecord(path: string) {
  if (!isRun(path)) RunFolder.resume(path); // says what is wrong with it
  return readRun(path);
}

function valueAt({ options, budget }: Order, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], {
      ...options,
      budget,
    });
}

function resumeCommand({ recipe, seed }: Order, out: string | undefined): string {
  const where = out === undefined ? `--seed ${seed}` : `--out ${out}`;
  return `npx forethought train ${recipe.name} ${where} --resume`;
}

function optionsOf(recipe: Recipe): string {
  const rows = listOptions(settings(recipe)).map(({ path, takes, default: value, description }) => [
    `  --${path} <${takes}>`,
    `${description} (default: ${JSON.stringify(value) ?? 'none'})`,
  ]);
  const width = Math.max(...rows.map(([name]) => name.length));
  return `Options of ${recipe.name}:\n${rows.map(([name, text]) => `${name.padEnd(width)}  ${text}`).join('\n')}\n`;
}

const ANY_OPTION = `Any option of a recipe can be set by its path. For a list: forethought train <recipe> --help
`;

const EXAMPLES = `Examples:
  forethought train pets-cartpole
  forethought train mpc-pendulum --seed 3 --planner.population 300
  forethought train pets-cartpole --out runs/long --steps 3000 --json
  forethought train pets-cartpole --out runs/long --resume
`;
