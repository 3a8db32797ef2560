/** What the documents show is true: README's programs type-check and run, the examples run, the public names are listed. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, describe, expect, it, vi } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const SCRATCH = join(ROOT, 'test', 'scratch');

/** Programs in a document: its blocks marked as TypeScript. */
function programsOf(document: string): string[] {
  const text = readFileSync(join(ROOT, document), 'utf8');
  return [...text.matchAll(/^```ts\n(.*?)^```/gms)].map((match) => match[1]);
}

function typeErrors(files: readonly string[]): string[] {
  const config = ts.getParsedCommandLineOfConfigFile(
    join(ROOT, 'tsconfig.json'),
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: () => undefined,
    },
  );
  const program = ts.createProgram([...files], { ...config?.options, noEmit: true });
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

/** What a program prints. */
async function run(file: string): Promise<string[]> {
  const lines: string[] = [];
  const log = vi
    .spyOn(console, 'log')
    .mockImplementation((...parts: unknown[]) => void lines.push(parts.join(' ')));
  try {
    await import(/* @vite-ignore */ file);
  } finally {
    log.mockRestore();
  }
  return lines;
}

afterAll(() => rmSync(SCRATCH, { recursive: true, force: true }));

describe('README', () => {
  const programs = programsOf('README.md');
  it('shows a program', () => expect(programs.length).toBeGreaterThan(0));
  programs.forEach((program, i) => {
    it(`program ${i + 1} type-checks and runs`, async () => {
      mkdirSync(SCRATCH, { recursive: true });
      const file = join(SCRATCH, `readme-${i + 1}.ts`);
      writeFileSync(file, program);
      expect(typeErrors([file])).toEqual([]);
      expect((await run(file)).length).toBeGreaterThan(0);
    });
  });
});

describe('examples', () => {
  for (const file of readdirSync(join(ROOT, 'examples')).filter((name) => name.endsWith('.ts'))) {
    it(file, async () => {
      const lines = readFileSync(join(ROOT, 'examples', file), 'utf8').split('\n').length;
      expect(lines).toBeLessThanOrEqual(45);
      expect((await run(join(ROOT, 'examples', file))).length).toBeGreaterThan(0);
    });
  }

  it('own-world learns: the last return is far above that of random forces', async () => {
    const printed = await run(join(ROOT, 'examples', 'own-world.ts?again'));
    const returns = printed.map((line) => Number(line.split('return ')[1]));
    // at rest in the middle the return is 0; random forces leave it near the first two episodes' returns
    const random = (returns[0] + returns[1]) / 2;
    expect(returns.at(-1)).toBeGreaterThan(random / 2);
  });
});

describe('public names', () => {
  it('are these', async () => {
    expect(Object.keys(await import('../src/index.ts')).sort()).toMatchSnapshot();
  });
});
