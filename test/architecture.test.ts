/** The arrows of ARCHITECTURE.md, read off the imports; and that the library loads in a browser. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { rolldown } from 'rolldown';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** What each folder may import, besides itself. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  math: ['core'],
  engine: ['core'],
  nn: ['core', 'engine'],
  envs: ['core', 'math', 'engine', 'nn'],
  models: ['core', 'math', 'engine', 'nn'],
  planners: ['core', 'math', 'engine', 'nn'],
  parallel: ['core', 'envs', 'models'],
  agents: ['core', 'math', 'engine', 'nn', 'envs', 'models', 'planners', 'parallel'],
  run: ['core', 'math', 'engine', 'nn', 'envs', 'models', 'planners', 'agents'],
  testing: ['core', 'math', 'engine', 'nn', 'envs', 'models', 'planners', 'agents', 'run'],
};

/** The only places in src that may know Node. */
const NODE_ONLY = [
  'src/run/files/',
  'src/engine/backends/onnxruntime.ts',
  'src/engine/backends/kept-graphs.ts',
  'src/parallel/backends/node',
  'src/thread.ts',
];

/** Packages that a browser need not have. */
const OPTIONAL = ['@mujoco/mujoco'];

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => join(folder, file));
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(/^(?:import|export)\s[^;]*?from\s+'([^']+)'|^import\s+'([^']+)'/gms)].map(
    (m) => m[1] ?? m[2],
  );
}

describe('imports follow the arrows', () => {
  for (const [folder, allowed] of Object.entries(ARROWS)) {
    it(`src/${folder}`, () => {
      const wrong = sources(`src/${folder}`).flatMap((file) =>
        importsOf(file)
          .filter((path) => path.startsWith('.'))
          .map((path) => relative('src', join(file, '..', path)).split('/')[0])
          .filter((target) => target !== folder && !allowed.includes(target))
          .map((target) => `${file} imports ${target}`),
      );
      expect(wrong).toEqual([]);
    });
  }

  it('nothing in src imports cli, recipes, bench or test', () => {
    const wrong = sources('src').flatMap((file) =>
      importsOf(file)
        .filter((path) => path.startsWith('.') && !relative('src', join(file, '..', path)).match(/^[a-z]/))
        .map((path) => `${file} imports ${path}`),
    );
    expect(wrong).toEqual([]);
  });

  it('only some places know Node', () => {
    const wrong = sources('src').flatMap((file) =>
      importsOf(file)
        .filter((path) => path.startsWith('node:') || path === 'onnxruntime-node')
        .filter(() => !NODE_ONLY.some((place) => file.startsWith(place)))
        .map((path) => `${file} imports ${path}`),
    );
    expect(wrong).toEqual([]);
  });

  it('no folder is called utils, common, helpers, base or manager', () => {
    const names = sources('src').flatMap((file) => file.split('/'));
    expect(names.filter((name) => /^(utils?|common|helpers?|base|managers?)(\.ts)?$/.test(name))).toEqual([]);
  });

  it('no clock and no hidden dice in src', () => {
    const wrong = sources('src').filter((file) =>
      /Math\.random|Date\.now/.test(readFileSync(join(ROOT, file), 'utf8')),
    );
    expect(wrong).toEqual([]);
  });
});

describe('in a browser', () => {
  for (const entry of ['src/index.ts', 'src/testing/index.ts']) {
    it(`${entry} bundles without Node`, async () => {
      const bundle = await rolldown({
        input: join(ROOT, entry),
        platform: 'browser',
        logLevel: 'silent',
        // its paths would go before the aliases, and lead to Node
        tsconfig: false,
        // an optional peer: fetched only when one of its worlds is made, and by whoever has it
        external: OPTIONAL,
        resolve: {
          alias: {
            '#backend': join(ROOT, 'src/engine/backends/jax.ts'),
            '#workers': join(ROOT, 'src/parallel/backends/none.ts'),
          },
        },
      });
      const { output } = await bundle.generate({ format: 'esm' });
      const own = output.map((chunk) => chunk.fileName);
      const outside = output
        .flatMap((chunk) => (chunk.type === 'chunk' ? [...chunk.imports, ...chunk.dynamicImports] : []))
        .filter((name) => !own.includes(name) && !OPTIONAL.includes(name));
      expect(output.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.imports : []))).not.toContain(
        OPTIONAL[0],
      );
      expect(outside).toEqual([]);
    });
  }
});
