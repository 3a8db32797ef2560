/** What is typed, line by line, however it arrives. */

/** Bytes or text as it is typed or piped. */
export type Typed = AsyncIterable<string | Uint8Array>;

/** Lines without their ends; a last one without an end counts. */
export async function* linesOf(typed: Typed): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of typed) {
    rest += typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true });
    const lines = rest.split(/\r?\n/);
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== '') yield rest;
}

/** The next line; undefined at the end, and as soon as the signal asks to stop. */
export async function nextLine(
  lines: AsyncIterator<string, void, void>,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (signal.aborted) return undefined;
  let stop = () => {};
  const stopped = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
    signal.addEventListener('abort', stop, { once: true });
  });
  const line = lines.next().then(({ done, value }) => (done ? undefined : (value as string)));
  try {
    return await Promise.race([line, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
