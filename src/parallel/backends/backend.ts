/** How threads are started where this runs. `#workers` in package.json chooses. */

/** What a thread is there for: `src/thread.ts` knows what each means. */
export type Duty = 'rollouts' | 'searches' | 'updates';

/** Posted to a thread, it asks it to end. */
export const STOP = 'stop';

/** Messages are plain data. */
export interface WorkerThread {
  post(message: unknown): void;
  /** Whether the process waits for this thread. */
  keepAlive(needed: boolean): void;
  /** Lets it end once it has answered all that was posted. @returns when it has ended */
  stop(): Promise<void>;
}

export interface WorkerBackend {
  /** Processors that this process may use. */
  processors(): number;
  /** @param died is called once, with the reason, when the thread has ended without having been stopped */
  start(duty: Duty, hear: (message: unknown) => void, died: (reason: string) => void): Promise<WorkerThread>;
}
