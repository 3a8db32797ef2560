/** The program of a worker thread of Node: does what the thread that started it needs one for. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Duty } from './parallel/backends/backend.ts';
import { answering, type Serve } from './parallel/serve.ts';

const duties: Readonly<Record<Duty, () => Promise<Serve>>> = {
  rollouts: async () => (await import('./parallel/rollouts.ts')).serveRollouts,
  searches: async () => (await import('./agents/alphazero/searches.ts')).serveSearches,
};

const port = parentPort!;
const take = answering(duties[workerData as Duty], (message) => port.postMessage(message));
port.on('message', (message) => void take(message));
