/** A small board of stones in a few integers: 2 bits a square, 16 squares a word, then one word of what else is known. */
import type { Codec } from '../../core/environment.ts';

/** Boards with more squares are kept as they are: a search would gain little from 20 and more bytes of squares alone. */
const MOST_SQUARES = 64;

/** A state that is a board and an integer. */
export interface StonesAndMore {
  /** 0 empty, 1 of the one who began, 2 of the other */
  readonly stones: Uint8Array; // [squares]
  readonly more: number;
}

/** A codec by way of stones and an integer; none for boards too large. */
export function stonesCodec<S>(
  squares: number,
  split: (state: S) => StonesAndMore,
  join: (parts: StonesAndMore) => S,
): Codec<S> | undefined {
  if (squares > MOST_SQUARES) return undefined;
  const filled = Math.ceil(squares / 16);
  return {
    words: filled + 1,
    write(state, out, offset) {
      const { stones, more } = split(state);
      out.fill(0, offset, offset + filled);
      for (let i = 0; i < squares; i++) out[offset + (i >> 4)] |= stones[i] << (2 * (i & 15));
      out[offset + filled] = more;
    },
    read(from, offset) {
      const stones = new Uint8Array(squares);
      for (let i = 0; i < squares; i++) stones[i] = (from[offset + (i >> 4)] >>> (2 * (i & 15))) & 3;
      return join({ stones, more: from[offset + filled] });
    },
  };
}
