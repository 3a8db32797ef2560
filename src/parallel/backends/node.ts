/** Threads of Node. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Awaitable } from '../../core/model.ts';
import { STOP, type WorkerBackend } from './backend.ts';

/** @param entry where the program of a thread is; asked for when the first is started */
export function nodeWorkers(entry: () => Awaitable<URL>): WorkerBackend {
  return {
    processors: availableParallelism,
    async start(duty, hear, died) {
      const worker = new Worker(await entry(), { workerData: duty });
      let stopped = false;
      let reason: string | undefined;
      worker.on('message', hear);
      worker.on('error', (error: unknown) => {
        reason = error instanceof Error ? error.message : String(error);
      });
      worker.on('exit', (code) => {
        if (!stopped) died(reason ?? `exit code ${code}`);
      });
      return {
        post: (message) => worker.postMessage(message),
        keepAlive: (needed) => (needed ? worker.ref() : worker.unref()),
        stop() {
          stopped = true;
          // not terminated: a thread amid native code would take the process with it
          worker.ref();
          worker.postMessage(STOP);
          return new Promise((ended) => {
            worker.once('exit', () => ended());
          });
        },
      };
    },
  };
}

export const workers: WorkerBackend = nodeWorkers(() => new URL('../../thread.js', import.meta.url));
