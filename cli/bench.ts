/** forethought bench: how fast the library is, beside other programs that do the same work. */
import type { Command } from 'commander';
import type { Benchmark, BenchResult } from '../bench/benchmark.ts';
import { didYouMean, InputError } from '../src/core/errors.ts';
import { codeOf } from '../src/run/files/disk.ts';
import { measuredOn, row, SCORES_FILE, writeSection } from './scores-file.ts';
import type { Surroundings } from './surroundings.ts';

interface Flags {
  readonly json?: boolean;
  readonly write?: boolean;
}

export function addBench(program: Command, surroundings: Surroundings): void {
  program
    .command('bench')
    .summary('measure speed')
    .description('Measure speed, beside other programs that do the same work where they are installed.')
    .argument('[name]', 'a benchmark, or the beginning of some names; leave out for all')
    .option('--json', 'one JSON object a line on standard output, and nothing else')
    .option('--write', `write what was measured into ${SCORES_FILE}`)
    .addHelpText('after', EXAMPLES)
    .action((name: string | undefined, flags: Flags) => measure(surroundings, name, flags));
}

async function measure(
  { stdout, stderr, signal }: Surroundings,
  name: string | undefined,
  flags: Flags,
): Promise<void> {
  const { benchmarks } = await load();
  const chosen = benchmarks.filter(
    (benchmark) => name === undefined || `${benchmark.name}/`.startsWith(`${name}/`),
  );
  if (chosen.length === 0) {
    const names = benchmarks.map((benchmark) => benchmark.name);
    throw new InputError(
      `benchmark "${name}": there is no such benchmark.${didYouMean(name ?? '', names)} There are: ${names.join(', ')}.`,
    );
  }
  for (const benchmark of chosen) {
    if (signal.aborted) return;
    stderr.write(`${benchmark.name}: ${benchmark.summary}\n`);
    const lines = await benchmark.run();
    if (flags.write) writeSection(SCORES_FILE, 'bench', benchmark.name, sectionOf(benchmark, lines));
    for (const line of lines) {
      if (flags.json) {
        stdout.write(`${JSON.stringify(line)}\n`);
        continue;
      }
      const ours = `${line.name}  ${line.value} ${line.unit}`;
      const theirs =
        line.peer === null ? '' : `  ${line.peer} ${line.peerValue} ${line.unit}  speedup ${line.speedup}`;
      stdout.write(`${ours}${theirs}${line.note ? `  (${line.note})` : ''}\n`);
    }
    if (!flags.json) stdout.write(`  to reach: ${benchmark.target}\n`);
  }
}

function sectionOf({ name, summary, target }: Benchmark, lines: readonly BenchResult[]): string {
  const header = ['', 'value', 'beside it', 'its value', 'speedup', 'note'];
  return [
    `## ${name}`,
    '',
    summary,
    '',
    `- To reach: ${target}.`,
    `- ${measuredOn()}.`,
    '',
    row(header),
    row(header.map(() => '---')),
    ...lines.map((line) =>
      row([
        line.name,
        `${line.value} ${line.unit}`,
        line.peer ?? '',
        line.peer === null ? '' : `${line.peerValue} ${line.unit}`,
        line.speedup === null ? '' : `${line.speedup}`,
        line.note ?? '',
      ]),
    ),
  ].join('\n');
}

/** Benchmarks live in the source tree and are not published. */
async function load() {
  try {
    return await import('../bench/index.ts');
  } catch (error) {
    if (codeOf(error) !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new InputError(
      'bench: benchmarks are only in the source tree, got the published package. Clone it to run them.',
    );
  }
}

const EXAMPLES = `
Examples:
  forethought bench
  forethought bench engine/call --json
  forethought bench --write                 all, on a quiet machine, into BENCHMARKS.md
`;
