/** What passes between a worker and the thread that it works for. */
import { InputError, NumericalError, ResourceError } from '../core/errors.ts';

/** A setup comes first, then tasks, each once the one before is answered. All plain data. */
export type ToWorker<Setup, Task> = { readonly setup: Setup } | { readonly task: Task };

export type FromWorker<Result> = 'ready' | { readonly result: Result } | { readonly failed: Failure };

/** Prepares for tasks, as the setup says. */
export type Serve = (setup: unknown) => Promise<(task: unknown) => unknown>;

/** An error, as plain data: its class does not survive the way between threads. */
export interface Failure {
  readonly name: string;
  readonly message: string;
}

/** What the worker's thread calls with each message. */
export function answering(
  load: () => Promise<Serve>,
  answer: (message: FromWorker<unknown>) => void,
): (message: ToWorker<unknown, unknown>) => Promise<void> {
  let work: (task: unknown) => unknown;
  return async (message) => {
    try {
      if ('setup' in message) {
        work = await (await load())(message.setup);
        answer('ready');
      } else {
        answer({ result: await work(message.task) });
      }
    } catch (error) {
      answer({ failed: failureOf(error) });
    }
  };
}

function failureOf(error: unknown): Failure {
  return error instanceof Error
    ? { name: error.name, message: error.message }
    : { name: 'Error', message: String(error) };
}

/** The same error in this thread. */
export function errorOf({ name, message }: Failure): Error {
  const kind = [InputError, NumericalError, ResourceError].find((known) => known.name === name) ?? Error;
  return new kind(message);
}
