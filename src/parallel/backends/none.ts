/** Where there are no threads yet, as in browsers: this one does all the work. */
import { InputError } from '../../core/errors.ts';
import type { WorkerBackend } from './backend.ts';

export const workers: WorkerBackend = {
  processors: () => 1,
  async start() {
    throw new InputError(
      'parallel: worker threads need Node, got another runtime. Leave out `workers`, or set it to 1.',
    );
  },
};
