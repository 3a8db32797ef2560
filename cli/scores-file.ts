/** BENCHMARKS.md: sections between marks, each written by the command that measured it and never by hand. */
import { existsSync, readFileSync } from 'node:fs';
import { arch, cpus, platform } from 'node:os';
import { InputError } from '../src/core/errors.ts';
import { onDisk, writeWhole } from '../src/run/files/index.ts';
import { VERSION } from '../src/run/version.ts';

export const SCORES_FILE = 'BENCHMARKS.md';

/** Puts a section in place of the old one of the same command and name, or at the end. */
export function writeSection(file: string, command: 'verify' | 'bench', name: string, section: string): void {
  const [open, close] = [`<!-- ${command} ${name} -->`, `<!-- end ${command} ${name} -->`];
  const old = existsSync(file) ? onDisk(file, () => readFileSync(file, 'utf8')) : HEADING;
  const text = `${open}\n${section}\n${close}\n`;
  const start = old.indexOf(open);
  const end = old.indexOf(close);
  if (start >= 0 !== end >= 0 || end < start) {
    throw new InputError(
      `${file}: a section must lie between "${open}" and "${close}", got only one of them. Restore it.`,
    );
  }
  const after = end + close.length + 1;
  writeWhole(
    file,
    start >= 0 ? old.slice(0, start) + text + old.slice(after) : `${old.trimEnd()}\n\n${text}`,
  );
}

/** What measured: versions, processor, cores. */
export function measuredOn(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  return `Forethought ${VERSION}, Node ${process.versions.node}, ${platform()} ${arch()}, ${model}, ${cpus().length} cores`;
}

/** A row of a table. */
export function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

const HEADING = `# Benchmarks

Scores are written by \`forethought verify <recipe>\` and speeds by \`forethought bench --write\`, never by hand.
`;
