import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: '#backend', replacement: at('./src/engine/backends/onnxruntime.ts') },
      // Node cannot run a thread from TypeScript: tests start threads from a bundle of the same sources
      { find: '#workers', replacement: at('./test/programs/workers.ts') },
      { find: /^forethought$/, replacement: at('./src/index.ts') },
      { find: /^forethought\/testing$/, replacement: at('./src/testing/index.ts') },
      { find: /^forethought\/files$/, replacement: at('./src/run/files/index.ts') },
    ],
  },
  test: {
    include: ['src/**/*.test.ts', 'bench/**/*.test.ts', 'cli/**/*.test.ts', 'test/**/*.test.ts'],
    // tests neither read nor write what the user's own programs keep
    env: { FORETHOUGHT_CACHE: 'off' },
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
  },
});
