/** A process that runs one command: its streams, its signals, its exit code. */
import type { Recipe } from '../src/run/recipe.ts';
import { runCommand } from './program.ts';

/** 128 and the signal's number, as shells have it. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/** @param given the arguments after the program's name */
export async function runProcess(given: readonly string[], recipes: readonly Recipe[]): Promise<void> {
  const stop = new AbortController();
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(code); // asked twice: at once
      process.stderr.write('\nStopping at the next step. Once more to quit at once.\n');
      stop.abort(code);
    });
  }
  // whoever reads our output may leave before us, as `head` does
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  const { stdout, stderr } = process;
  let listened = false;
  const surroundings = {
    recipes,
    stdout,
    stderr,
    signal: stop.signal,
    // looked at only by commands that listen: once it is, the process waits for more
    get stdin() {
      listened = true;
      return process.stdin;
    },
  };
  process.exitCode = await runCommand(given, surroundings);
  if (listened) process.stdin.destroy();
}
