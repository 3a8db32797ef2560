/** The command line as a function: arguments in, exit code out. */
import { Command, CommanderError } from 'commander';
import { InputError, NumericalError, ResourceError } from '../src/core/errors.ts';
import { VERSION } from '../src/run/version.ts';
import { addBench } from './bench.ts';
import { addCompare } from './compare.ts';
import { addDream } from './dream.ts';
import { addEval } from './eval.ts';
import { addExport } from './export.ts';
import { addLadder } from './ladder.ts';
import { addList } from './list.ts';
import { addMatch } from './match.ts';
import { addPlay } from './play.ts';
import type { Surroundings } from './surroundings.ts';
import { addTrain } from './train.ts';
import { addVerify } from './verify.ts';

/** Exit codes: 0 done, 1 numbers or the machine failed or a check did, 2 the user erred, 128 + n stopped by signal n. */
const USER_ERRED = 2;
const FAILED = 1;

/**
 * Runs one command.
 * @param given the arguments after the program's name
 * @returns the exit code; errors that are foreseen are printed without a stack, others are thrown
 */
export async function runCommand(
  given: readonly string[],
  surroundings: Omit<Surroundings, 'exit'>,
): Promise<number> {
  const { stdout, stderr, signal } = surroundings;
  let code = 0;
  // not copied: what is typed is looked at only by who listens
  const all: Surroundings = Object.create(surroundings, {
    exit: {
      value: (chosen: number) => {
        code = chosen;
      },
    },
  });
  const program = new Command('forethought')
    .description('Model-based reinforcement learning: learn a world, then plan, search and dream in it.')
    .version(VERSION)
    .exitOverride()
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) })
    .showHelpAfterError('See --help for examples.')
    .addHelpText('after', EXAMPLES);
  addTrain(
    program,
    all,
    surroundings.recipes.find((recipe) => given.includes(recipe.name)),
  );
  addEval(program, all);
  addPlay(program, all);
  addDream(program, all);
  addMatch(program, all);
  addLadder(program, all);
  addCompare(program, all);
  addExport(program, all);
  addList(program, all);
  addBench(program, all);
  addVerify(program, all);
  try {
    await program.parseAsync(given, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USER_ERRED;
    if (error instanceof InputError) code = USER_ERRED;
    else if (error instanceof NumericalError || error instanceof ResourceError) code = FAILED;
    else throw error;
    stderr.write(`${error.message}\n`);
  }
  return code === 0 && signal.aborted ? Number(signal.reason) : code;
}

const EXAMPLES = `
Examples:
  forethought train pets-cartpole           learn cart-pole in a world model, into runs/pets-cartpole-0
  forethought play runs/pets-cartpole-0     watch it in the terminal
  forethought play connect-four             play it in the terminal
  forethought eval runs/pets-cartpole-0     mean, spread and 95 % interval over episodes
  forethought <command> --help              more on a command, with examples
`;
