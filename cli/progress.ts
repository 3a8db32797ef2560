/** A line that says how far something is, drawn over and over while it goes on. */
import type { Surroundings } from './surroundings.ts';

const CLEAR_LINE = '\r\u001b[2K';

/**
 * Follows a generator to its end. Where people watch on a terminal, `say` tells them of each moment.
 * @param quiet says nothing
 * @returns what it returned; undefined where it was stopped
 */
export async function followed<M, T>(
  { stderr, signal }: Surroundings,
  playing: AsyncGenerator<M, T, void>,
  say: (moment: M) => string,
  quiet = false,
): Promise<T | undefined> {
  const live = !quiet && stderr.isTTY === true;
  let shown = '';
  for (;;) {
    const moment = await playing.next();
    if (moment.done) {
      if (live) stderr.write(CLEAR_LINE);
      return moment.value;
    }
    if (signal.aborted) return undefined;
    const now = say(moment.value);
    if (live && now !== shown) stderr.write(`${CLEAR_LINE}${now}`);
    shown = now;
  }
}
