/** forethought list: recipes, worlds and agents by name. */
import { Argument, type Command } from 'commander';
import { environments } from '../src/envs/index.ts';
import type { Surroundings } from './surroundings.ts';

const KINDS = ['recipes', 'envs', 'agents'] as const;
type Kind = (typeof KINDS)[number];

export function addList(program: Command, surroundings: Surroundings): void {
  program
    .command('list')
    .summary('list recipes, worlds and agents')
    .description('List what there is, by name.')
    .addArgument(new Argument('[what]', 'leave out for all').choices(KINDS))
    .addHelpText('after', EXAMPLES)
    .action((what: Kind | undefined) => {
      const lists = (what ? [what] : KINDS).map((kind) => {
        const rows = rowsOf(kind, surroundings);
        const width = Math.max(...rows.map(([name]) => name.length));
        const lines = rows.map(([name, text]) => `${name.padEnd(width)}  ${text}\n`).join('');
        return what ? lines : `${kind}\n${lines.replace(/^/gm, '  ').trimEnd()}\n`;
      });
      surroundings.stdout.write(lists.join('\n'));
    });
}

function rowsOf(kind: Kind, { recipes }: Surroundings): [name: string, text: string][] {
  switch (kind) {
    case 'recipes':
      return recipes.map(({ name, summary }) => [name, summary]);
    case 'envs':
      return Object.entries(environments).map(([name, { summary }]) => [name, summary]);
    case 'agents':
      return [...new Set(recipes.map((recipe) => recipe.agent))].map((agent) => [
        agent,
        `in ${recipes.flatMap((recipe) => (recipe.agent === agent ? [recipe.name] : [])).join(', ')}`,
      ]);
  }
}

const EXAMPLES = `
Examples:
  forethought list
  forethought list recipes
`;
