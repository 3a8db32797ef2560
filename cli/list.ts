/** forethought list: recipes, worlds and agents by name. */
import { Argument, type Command } from 'commander';
import { environments } from '../src/envs/index.ts';
import type { Expectation, Recipe } from '../src/run/recipe.ts';
import type { Surroundings } from './surroundings.ts';

const KINDS = ['recipes', 'envs', 'agents'] as const;
type Kind = (typeof KINDS)[number];

/** Where the output does not tell its width. */
const PLAIN_COLUMNS = 80;
/** Narrower than this, the ends of the scale of scores are left out. */
const WIDE = 100;

export function addList(program: Command, surroundings: Surroundings): void {
  program
    .command('list')
    .summary('list recipes, worlds and agents')
    .description('List what there is, by name.')
    .addArgument(new Argument('[what]', 'leave out for all').choices(KINDS))
    .option('--json', 'one JSON object a line on standard output, and nothing else')
    .addHelpText('after', EXAMPLES)
    .action((what: Kind | undefined, { json }: { readonly json?: boolean }) => {
      const { stdout } = surroundings;
      const kinds = what ? [what] : KINDS;
      if (json) {
        for (const entry of kinds.flatMap((kind) => entriesOf(kind, surroundings)))
          stdout.write(`${JSON.stringify(entry)}\n`);
        return;
      }
      const columns = stdout.columns || PLAIN_COLUMNS;
      const lists = kinds.map((kind) => {
        const lines = linesOf(kind, surroundings, what ? columns : columns - 2);
        return (what ? lines : [kind, ...lines.map((line) => `  ${line}`)]).join('\n');
      });
      stdout.write(`${lists.join('\n\n')}\n`);
    });
}

function entriesOf(kind: Kind, { recipes }: Surroundings): object[] {
  switch (kind) {
    case 'recipes':
      return recipes.map(({ name, summary, environment, agent, budget, scores, expected }) => ({
        type: 'recipe',
        name,
        summary,
        environment,
        agent,
        steps: budget.steps,
        scores,
        expected: {
          seeds: expected.seeds,
          checks: expected.checks.map(({ says, atLeast, atMost }) => ({ says, atLeast, atMost })),
        },
      }));
    case 'envs':
      return Object.entries(environments).map(([name, { summary }]) => ({ type: 'env', name, summary }));
    case 'agents':
      return agentsOf(recipes).map(({ name, used }) => ({ type: 'agent', name, recipes: used }));
  }
}

function linesOf(kind: Kind, { recipes }: Surroundings, columns: number): string[] {
  switch (kind) {
    case 'recipes':
      return recipeLines(recipes, columns);
    case 'envs':
      return described(
        Object.entries(environments).map(([name, { summary }]) => [name, summary]),
        columns,
      );
    case 'agents':
      return described(
        agentsOf(recipes).map(({ name, used }) => [name, `in ${used.join(', ')}`]),
        columns,
      );
  }
}

/** A table of what can be compared, and under each row what it is about. */
function recipeLines(recipes: readonly Recipe[], columns: number): string[] {
  const wide = columns >= WIDE;
  const head = ['recipe', 'world', 'agent', 'steps', 'expected', ...(wide ? ['random', 'best'] : [])];
  const rows = recipes.map(({ name, environment, agent, budget, scores, expected }) => [
    name,
    environment,
    agent,
    grouped(budget.steps),
    promiseOf(expected.checks[0]),
    ...(wide ? [grouped(scores.random), grouped(scores.best)] : []),
  ]);
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  const gap = widths.reduce((sum, width) => sum + width + 2, -2) > columns ? ' ' : '  ';
  // numbers end at the same place, so that they can be compared
  const written = (row: readonly string[]) =>
    row.map((cell, i) => (i < 3 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(gap);
  return [
    written(head),
    ...rows.flatMap((row, i) => [
      written(row),
      ...wrapped(recipes[i].summary, columns - 2).map((line) => `  ${line}`),
    ]),
  ];
}

/** Names, and beside them what they are, wrapped. */
function described(rows: readonly (readonly [name: string, text: string])[], columns: number): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.flatMap(([name, text]) =>
    wrapped(text, columns - width - 2).map((line, i) => `${(i === 0 ? name : '').padEnd(width)}  ${line}`),
  );
}

function agentsOf(recipes: readonly Recipe[]): { name: string; used: string[] }[] {
  return [...new Set(recipes.map((recipe) => recipe.agent))].map((name) => ({
    name,
    used: recipes.flatMap((recipe) => (recipe.agent === name ? [recipe.name] : [])),
  }));
}

/** The first thing that a recipe promises of each of its seeds. */
function promiseOf(check: Expectation | undefined): string {
  if (check?.atLeast !== undefined) return `>= ${grouped(check.atLeast)}`;
  return check?.atMost === undefined ? '' : `<= ${grouped(check.atMost)}`;
}

function grouped(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 6 });
}

/** Text in lines of at most so many characters, broken between words; a longer word has a line of its own. */
function wrapped(text: string, columns: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines[lines.length - 1];
    if (line !== '' && line.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}

const EXAMPLES = `
Examples:
  forethought list
  forethought list recipes
  forethought list recipes --json
`;
