/** What a worker does, and the messages between it and the thread that it works for. */
import { InputError, NumericalError, ResourceError } from '../core/errors.ts';
import { Board, type Job } from './board.ts';
import { makeFrom, type Recipe } from './source.ts';

export type ToWorker = { readonly recipe: Recipe } | { readonly job: Job };

export type FromWorker = 'ready' | 'finished' | { readonly failed: Failure };

/** An error, as plain data: its class does not survive the way between threads. */
export interface Failure {
  readonly name: string;
  readonly message: string;
}

/** What the worker's thread calls with each message. */
export function serve(answer: (message: FromWorker) => void): (message: ToWorker) => Promise<void> {
  let made: ReturnType<typeof makeFrom>;
  return async (message) => {
    if ('recipe' in message) {
      try {
        made = makeFrom(message.recipe);
        await made;
        answer('ready');
      } catch (error) {
        answer({ failed: failureOf(error) });
      }
      return;
    }
    const { model } = await made;
    new Board(message.job).work(model);
    answer('finished');
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
