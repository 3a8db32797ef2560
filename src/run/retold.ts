/** A generator passed on by another, which tells of its moments in its own words. */

/** @returns what the generator returns */
export async function* retold<M, N, T>(
  playing: AsyncGenerator<M, T, void>,
  tell: (moment: M) => N,
): AsyncGenerator<N, T, void> {
  for (;;) {
    const moment = await playing.next();
    if (moment.done) return moment.value;
    yield tell(moment.value);
  }
}
