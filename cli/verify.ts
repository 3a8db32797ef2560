/** forethought verify: runs a recipe again with several seeds, compares with what it promises, and keeps the score. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { demand, InputError } from '../src/core/errors.ts';
import type { KeptEvent, Sink } from '../src/run/events.ts';
import {
  duration,
  isRun,
  onDisk,
  RunFolder,
  type RunRecord,
  readRun,
  recordOf,
  terminal,
  train,
  writeWhole,
} from '../src/run/files/index.ts';
import { type Assignment, listOptions } from '../src/run/options.ts';
import {
  commandOf,
  describeExpectation,
  type Expectation,
  holds,
  type Order,
  order,
  type Recipe,
} from '../src/run/recipe.ts';
import { wholeNumber } from './arguments.ts';
import { figure } from './figures.ts';
import { measuredOn, row, SCORES_FILE, writeSection } from './scores-file.ts';
import { recipeNamed, type Surroundings } from './surroundings.ts';

interface Flags {
  readonly seeds?: number;
  readonly quick?: boolean;
  readonly file: string;
  readonly out?: string;
  readonly resume?: boolean;
  readonly json?: boolean;
}

/** In a run's folder, beside its own files. */
const TIMING = 'timing.json';

/** One seed's outcome. */
interface Outcome {
  readonly seed: number;
  readonly seconds: number;
  /** Median time of a decision, in ms; null where none was made. */
  readonly decision: number | null;
  /** Of each check. */
  readonly values: readonly number[];
}

export function addVerify(program: Command, surroundings: Surroundings): void {
  program
    .command('verify')
    .summary('rerun a recipe and compare it with its expected score')
    .description(
      'Rerun a recipe, compare each seed with what it promises, and write its section of BENCHMARKS.md.',
    )
    .argument('<recipe>', 'name of a recipe')
    .option('--seeds <n>', 'run seeds 0 to n - 1 (default: the recipe says)', wholeNumber(1))
    .option('--quick', "the recipe's small version with its own checks; writes nothing")
    .option('--file <path>', 'where the section goes', SCORES_FILE)
    .option('--out <dir>', "keep each seed's run folder there (default: none is kept)")
    .option('--resume', 'go on with the runs in that folder')
    .option('--json', 'one JSON object a line on standard output, and nothing else')
    .addHelpText('after', EXAMPLES)
    .action((name: string, flags: Flags) => verify(surroundings, recipeNamed(surroundings, name), flags));
}

async function verify(surroundings: Surroundings, recipe: Recipe, flags: Flags): Promise<void> {
  const { stdout, stderr, signal } = surroundings;
  const seeds = flags.seeds ?? (flags.quick ? 1 : recipe.expected.seeds);
  const { checks } = flags.quick ? recipe.quick : recipe.expected;
  if (flags.resume && flags.out === undefined)
    throw new InputError(
      'verify, --resume: there must be a folder to go on in, got none. Name it with --out.',
    );
  const runs = flags.out ?? mkdtempSync(join(tmpdir(), 'forethought-verify-'));
  const outcomes: Outcome[] = [];
  try {
    for (let seed = 0; seed < seeds; seed++) {
      const played: Played[] = [];
      for (const [name, assignments] of runsOf(recipe)) {
        const asked = order(recipe, { seed, quick: flags.quick, assignments });
        const run = await play(join(runs, `${name}-${seed}`), asked, surroundings, flags.resume);
        if (!run || signal.aborted) {
          if (flags.out)
            stderr.write(`Stopped; it is saved. Go on with:\n  ${resumeCommand(recipe, flags)}\n`);
          return;
        }
        played.push(run);
      }
      const [{ events, decision }, other] = played;
      const seconds = Math.round(played.reduce((sum, run) => sum + run.seconds, 0) * 1000) / 1000;
      const values = checks.map((check) => check.measure(events, other?.events));
      outcomes.push({ seed, seconds, decision, values });
      const passed = checks.every((check, i) => holds(check, values[i]));
      if (flags.json) {
        const measured = Object.fromEntries(checks.map((check, i) => [check.says, values[i]]));
        stdout.write(
          `${JSON.stringify({ type: 'verify', recipe: recipe.name, seed, seconds, decision, passed, measured })}\n`,
        );
      }
      stderr.write(
        `seed ${seed}: ${checks.map((check, i) => `${check.says} ${figure(values[i])}`).join(', ')}  ${passed ? 'as expected' : 'NOT as expected'}\n`,
      );
    }
  } finally {
    if (flags.out === undefined) rmSync(runs, { recursive: true, force: true });
  }
  const failures = checks.flatMap((check, i) =>
    outcomes
      .filter(({ values }) => !holds(check, values[i]))
      .map(({ seed, values }) => `  seed ${seed}: ${describeExpectation(check)}, got ${figure(values[i])}`),
  );
  if (!flags.quick) {
    writeSection(flags.file, 'verify', recipe.name, sectionOf(recipe, outcomes));
    stderr.write(`Written to ${flags.file}.\n`);
  }
  if (failures.length > 0) {
    stderr.write(`${recipe.name}: not as expected.\n${failures.join('\n')}\n`);
    surroundings.exit(1);
  }
}

/** What is run with each seed, by the name of its folder. */
function runsOf({ twin }: Recipe): readonly (readonly [name: string, assignments: readonly Assignment[]])[] {
  return [['seed', []], ...(twin ? [['twin', twin.assignments] as const] : [])];
}

/** A run that came to its end. */
interface Played extends Timing {
  readonly events: readonly KeptEvent[];
}

/** What a run took, kept beside its files: those hold nothing that depends on the clock. */
const timingSchema = z.object({
  /** From the run's beginning to its last checkpoint, pauses left out. */
  seconds: z.number().min(0),
  /** Median time of a decision since the run last went on, in ms; null where none was made. */
  decision: z.number().min(0).nullable(),
});

type Timing = z.infer<typeof timingSchema>;

/**
 * Carries an order out in a folder.
 * @param resume whether to go on where a run in the folder stopped
 * @returns undefined where it was stopped
 */
async function play(
  path: string,
  asked: Order,
  { stderr, signal }: Surroundings,
  resume = false,
): Promise<Played | undefined> {
  const found = resume && isRun(path) ? readRun(path) : undefined;
  if (found) demandSame(path, found.record, asked);
  const { steps } = asked.budget;
  const file = join(path, TIMING);
  const before: Timing = found?.checkpoint ? readTiming(file) : { seconds: 0, decision: null };
  if (found && found.events.at(-1)?.type === 'done' && found.record.budget.steps === steps)
    return { events: found.events, ...before };

  const folder = found ? RunFolder.resume(path, steps) : RunFolder.create(path, recordOf(asked));
  const began = performance.now();
  const times: number[] = [];
  const note = (): Timing => {
    const seconds = before.seconds + (performance.now() - began) / 1000;
    const decision = times.length > 0 ? Number(median(times).toPrecision(4)) : before.decision;
    writeWhole(file, `${JSON.stringify({ seconds, decision })}\n`);
    return { seconds, decision };
  };
  const screen = terminal({ stream: stderr, steps });
  const timing: Sink = ({ type }) => type === 'checkpoint' && note();
  try {
    const { finished } = await train({ order: asked, folder, sinks: [screen.take, timing], signal, times });
    return finished ? { events: folder.readEvents(), ...note() } : undefined;
  } finally {
    screen.finish();
  }
}

function readTiming(file: string): Timing {
  const advice = 'Only runs that verify began can be gone on with; start anew with another --out.';
  demand(existsSync(file), () => `${file}: must be there, got nothing. ${advice}`);
  const text = onDisk(file, () => readFileSync(file, 'utf8'));
  try {
    return timingSchema.parse(JSON.parse(text));
  } catch {
    throw new InputError(`${file}: must tell seconds and decision, got ${JSON.stringify(text)}. ${advice}`);
  }
}

/** A run goes on with what it began with; only more steps may be asked for. */
function demandSame(path: string, record: RunRecord, asked: Order): void {
  const settingsOf = ({ recipe, seed, budget, options }: RunRecord) =>
    JSON.stringify({ recipe, seed, budget: { ...budget, steps: 0 }, options });
  demand(
    settingsOf(record) === settingsOf(recordOf(asked)),
    () =>
      `${path}: must be a run of ${asked.recipe.name}, seed ${asked.seed}, with the recipe's settings of today, got another. ` +
      'Start anew with another --out.',
  );
}

function resumeCommand(recipe: Recipe, { seeds, quick, out }: Flags): string {
  const more = [...(seeds === undefined ? [] : [`--seeds ${seeds}`]), ...(quick ? ['--quick'] : [])];
  return ['npx forethought verify', recipe.name, ...more, `--out ${out} --resume`].join(' ');
}

function sectionOf(recipe: Recipe, outcomes: readonly Outcome[]): string {
  const { checks } = recipe.expected;
  const { random, best, source } = recipe.scores;
  const rows = outcomes.map(({ seed, seconds, decision, values }) => [
    `${seed}`,
    ...values.map((value, i) => `${figure(value)}${holds(checks[i], value) ? '' : ' (not as expected)'}`),
    // an agent that a judge plays with is not timed
    decision === null ? 'not taken' : `${figure(decision)} ms`,
    duration(seconds),
  ]);
  const header = ['seed', ...checks.map((check) => check.says), 'a decision (median)', 'wall time'];
  const commands = outcomes.length > 0 ? commandOf(order(recipe, { seed: outcomes[0].seed })) : '';
  return [
    `## ${recipe.name}`,
    '',
    recipe.summary,
    '',
    ...checks.map(
      (check) => `- ${bounded(check) ? 'Expected of every seed' : 'Told'}: ${describeExpectation(check)}.`,
    ),
    ...(recipe.twin ? [`- Twin: the same run, ${recipe.twin.name}: \`${twinCommand(recipe)}\``] : []),
    `- Scale: random ${random}, best known ${best} (${source}).`,
    `- ${recipe.budget.steps} environment steps a seed. Run one again: \`${commands}\``,
    ...statedOptions(recipe),
    `- ${measuredOn()}.`,
    '',
    row(header),
    row(header.map(() => '---:')),
    ...rows.map(row),
  ].join('\n');
}

/** Whether a check can fail; else its figure is only told. */
function bounded({ atLeast, atMost }: Expectation): boolean {
  return atLeast !== undefined || atMost !== undefined;
}

function statedOptions(recipe: Recipe): string[] {
  const options = listOptions(recipe.options);
  return (recipe.stated ?? []).map((path) => {
    const option = options.find((one) => one.path === path);
    demand(option !== undefined, () => `recipe ${recipe.name}: stated: there is no option ${path}.`);
    return `- \`${path}\` ${JSON.stringify(option.default)}: ${option.description}.`;
  });
}

function twinCommand(recipe: Recipe): string {
  return commandOf(order(recipe, { seed: 0, assignments: recipe.twin?.assignments ?? [] }));
}

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const EXAMPLES = `
Examples:
  forethought verify pets-cartpole
  forethought verify mpc-pendulum --seeds 2
  forethought verify pets-cartpole --quick
  forethought verify alphazero-othello6 --out runs/othello6 --resume
`;
