/** How threads are started where this runs. `#workers` in package.json chooses. */
import type { FromWorker, ToWorker } from '../serve.ts';

export interface WorkerThread {
  post(message: ToWorker): void;
  /** Whether the process waits for this thread. */
  keepAlive(needed: boolean): void;
  stop(): void;
}

export interface WorkerBackend {
  /** Processors that this process may use. */
  processors(): number;
  /** @param died is called once, with the reason, when the thread has ended without having been stopped */
  start(hear: (message: FromWorker) => void, died: (reason: string) => void): Promise<WorkerThread>;
}
