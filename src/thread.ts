/** The program of a worker thread of Node: does what the thread that started it needs one for. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Duty, STOP } from './parallel/backends/backend.ts';
import { answering, type Serve, type ToWorker } from './parallel/serve.ts';

const duties: Readonly<Record<Duty, () => Promise<Serve>>> = {
  rollouts: async () => (await import('./parallel/rollouts.ts')).serveRollouts,
  searches: async () => (await import('./agents/alphazero/searches.ts')).serveSearches,
  updates: async () => (await import('./agents/dreamer/updates.ts')).serveUpdates,
};

const port = parentPort!;
const take = answering(duties[workerData as Duty], (message) => port.postMessage(message));
/** One thing after another. */
let done: Promise<void> = Promise.resolve();
port.on('message', (message: ToWorker<unknown, unknown> | typeof STOP) => {
  done = done.then(() => (message === STOP ? port.close() : take(message)));
});
