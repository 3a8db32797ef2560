/** Commands run as the shell would, in this process. */
import { runCommand } from '../cli/program.ts';
import type { Recipe } from '../src/run/recipe.ts';

export interface Terminal {
  readonly recipes: readonly Recipe[];
  readonly isTTY?: boolean;
  /** What it must say on standard error to be stopped. */
  readonly stopAt?: RegExp;
}

export async function inTerminal({ recipes, isTTY = false, stopAt = /^$/ }: Terminal, ...given: string[]) {
  const stopping = new AbortController();
  let out = '';
  let error = '';
  const code = await runCommand(given, {
    recipes,
    stdout: { write: (text) => (out += text), columns: 80, isTTY },
    stderr: {
      write: (text) => {
        error += text;
        if (stopAt.test(text)) stopping.abort();
      },
    },
    signal: stopping.signal,
  });
  return { code, out, error };
}

/** Lines of JSON. */
export function linesOf(text: string): Record<string, unknown>[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}
