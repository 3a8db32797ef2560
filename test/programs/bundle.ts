/** Makes a program of TypeScript files runnable by Node alone, for tests that start processes. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const root = fileURLToPath(new URL('../../', import.meta.url));
const cache = join(root, 'node_modules', '.cache', 'forethought');

/**
 * Bundles an entry, packages left outside.
 * @param entry from the repository's root, as `cli/main.ts`
 * @returns the path of the program
 */
export async function bundle(entry: string): Promise<string> {
  // beside the packages, so that they are found from there; a folder for each process, since test files run at once
  const dir = join(cache, `${process.pid}-${entry.replaceAll('/', '-')}`);
  mkdirSync(dir, { recursive: true });
  for (const name of readdirSync(cache)) {
    if (!isAlive(Number.parseInt(name, 10))) rmSync(join(cache, name), { recursive: true, force: true });
  }
  await build({
    input: join(root, entry),
    platform: 'node',
    external: (id) => /^(node:|[a-z])/.test(id) || /^@(?!oxc-project)/.test(id),
    resolve: {
      alias: {
        '#backend': join(root, 'src/engine/backends/onnxruntime.ts'),
        '#workers': join(root, 'src/parallel/backends/node.ts'),
      },
    },
    output: { dir, entryFileNames: 'main.mjs', chunkFileNames: '[name]-[hash].mjs' },
    logLevel: 'warn',
  });
  return join(dir, 'main.mjs');
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
