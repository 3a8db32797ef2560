/** forethought compare: several runs on the same axes, in one page. */
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { demand } from '../src/core/errors.ts';
import { readRun, writeWhole } from '../src/run/files/index.ts';
import { renderComparison } from '../src/run/report/comparison.ts';
import { VERSION } from '../src/run/version.ts';
import type { Surroundings } from './surroundings.ts';

export function addCompare(program: Command, surroundings: Surroundings): void {
  program
    .command('compare')
    .summary('show runs side by side')
    .description(
      'Write a page with several runs on the same axes: returns, and violations where the world has costs.',
    )
    .argument('<run dir...>', 'folders of two runs or more')
    .option('--out <file>', 'where the page goes', 'compare.html')
    .addHelpText('after', EXAMPLES)
    .action((paths: readonly string[], { out }: { readonly out: string }) => {
      demand(paths.length > 1, () => `compare: there must be two runs or more, got ${paths.length}.`);
      const runs = paths.map((path) => {
        const { record, events } = readRun(path);
        const { recipe, environment: world, seed } = record;
        return { name: basename(resolve(path)), recipe, world, seed, events };
      });
      writeWhole(out, renderComparison(runs, VERSION));
      surroundings.stdout.write(`Written to ${out}\n`);
    });
}

const EXAMPLES = `
Examples:
  forethought train safe-pendulum
  forethought train safe-pendulum --constrained false --out runs/unconstrained
  forethought compare runs/safe-pendulum-0 runs/unconstrained
`;
