/** forethought verify: runs a recipe again with several seeds, compares with what it promises, and keeps the score. */
import { setImmediate } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Agent } from '../src/core/agent.ts';
import { isKept, type KeptEvent } from '../src/run/events.ts';
import { duration, terminal } from '../src/run/files/index.ts';
import {
  build,
  commandOf,
  describeExpectation,
  type Expectation,
  evaluationOf,
  holds,
  type Order,
  order,
  type Recipe,
} from '../src/run/recipe.ts';
import { MemoryReplay } from '../src/run/replay.ts';
import { run } from '../src/run/run.ts';
import { wholeNumber } from './arguments.ts';
import { figure } from './figures.ts';
import { measuredOn, row, SCORES_FILE, writeSection } from './scores-file.ts';
import { recipeNamed, type Surroundings } from './surroundings.ts';

interface Flags {
  readonly seeds?: number;
  readonly quick?: boolean;
  readonly file: string;
  readonly json?: boolean;
}

/** One seed's outcome. */
interface Outcome {
  readonly seed: number;
  readonly seconds: number;
  /** Median time of a decision, in ms; NaN where none was made. */
  readonly decision: number;
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
    .option('--json', 'one JSON object a line on standard output, and nothing else')
    .addHelpText('after', EXAMPLES)
    .action((name: string, flags: Flags) => verify(surroundings, recipeNamed(surroundings, name), flags));
}

async function verify(surroundings: Surroundings, recipe: Recipe, flags: Flags): Promise<void> {
  const { stdout, stderr, signal } = surroundings;
  const seeds = flags.seeds ?? (flags.quick ? 1 : recipe.expected.seeds);
  const { checks } = flags.quick ? recipe.quick : recipe.expected;
  const outcomes: Outcome[] = [];
  for (let seed = 0; seed < seeds; seed++) {
    const began = performance.now();
    const asked = order(recipe, { seed, quick: flags.quick });
    const { events, times } = await play(asked, surroundings);
    if (signal.aborted) return;
    const { twin } = recipe;
    const others = twin
      ? await play(order(recipe, { seed, quick: flags.quick, assignments: twin.assignments }), surroundings)
      : undefined;
    if (signal.aborted) return;
    const seconds = Math.round(performance.now() - began) / 1000;
    const values = checks.map((check) => check.measure(events, others?.events));
    const decision = Number(median(times).toPrecision(4));
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

/** Runs an order in memory; tells besides how long each decision took, in ms. */
async function play(
  asked: Order,
  { stderr, signal }: Surroundings,
): Promise<{ events: KeptEvent[]; times: number[] }> {
  const ingredients = await build(asked);
  const { environment, agent: decider, replayCapacity } = ingredients;
  const times: number[] = [];
  // timed here and not in the run, whose events are the same bytes every time
  const agent: Agent = {
    ...decider,
    async act(...given) {
      const began = performance.now();
      const decision = await decider.act(...given);
      times.push(performance.now() - began);
      return decision;
    },
    ...(decider.actMany && {
      async actMany(...given: Parameters<NonNullable<Agent['actMany']>>) {
        const began = performance.now();
        const decisions = await decider.actMany!(...given);
        times.push((performance.now() - began) / decisions.length);
        return decisions;
      },
    }),
  };
  const { steps } = asked.budget;
  const screen = terminal({ stream: stderr, steps });
  const kept: KeptEvent[] = [];
  const evaluation = evaluationOf(ingredients, asked.budget);
  const replay = new MemoryReplay({ ...environment, capacity: replayCapacity });
  for await (const event of run({ environment, agent, seed: asked.seed, steps, evaluation, replay })) {
    if (isKept(event)) kept.push(event);
    screen.take(event);
    await setImmediate();
    if (signal.aborted) break;
  }
  screen.finish();
  return { events: kept, times };
}

function sectionOf(recipe: Recipe, outcomes: readonly Outcome[]): string {
  const { checks } = recipe.expected;
  const { random, best, source } = recipe.scores;
  const rows = outcomes.map(({ seed, seconds, decision, values }) => [
    `${seed}`,
    ...values.map((value, i) => `${figure(value)}${holds(checks[i], value) ? '' : ' (not as expected)'}`),
    `${figure(decision)} ms`,
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

function twinCommand(recipe: Recipe): string {
  return commandOf(order(recipe, { seed: 0, assignments: recipe.twin?.assignments ?? [] }));
}

/** NaN of nothing. */
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
`;
