/**
 * Othello on bitboards: where stones may be placed, and what they turn over.
 *
 * Square (row, column) is bit 8 (row mod 4) + column of one of two 32-bit integers, `top` for rows 0-3 and `bottom` for
 * the others; a 6x6 board leaves columns and rows 6 and 7 empty. All squares are looked at together, direction by
 * direction, in steps of 1, 1, 2 and 2 squares (parallel prefix, as Kogge and Stone 1973 add).
 */

/** A pair of integers that functions write to: they return nothing, so that playing on makes no objects. */
export type Pair = Int32Array; // top, bottom

/** Squares between the outer columns: only there can a stone be enclosed along a row or a diagonal. */
export interface OthelloMasks {
  readonly innerColumns: number; // the same in both halves
  readonly top: number;
  readonly bottom: number;
}

/** The squares of a board with `size` rows and columns. */
export function othelloMasks(size: 6 | 8): OthelloMasks {
  const row = (bits: number) => bits * 0x01010101;
  return {
    innerColumns: row((1 << (size - 1)) - 2) | 0,
    top: row((1 << size) - 1) | 0,
    bottom: size === 8 ? -1 : (row((1 << size) - 1) & 0xffff) | 0,
  };
}

/** Writes the squares where the owner of `own` encloses stones of the other. */
export function othelloMoves(
  ownTop: number,
  ownBottom: number,
  otherTop: number,
  otherBottom: number,
  { innerColumns, top, bottom }: OthelloMasks,
  out: Pair,
): void {
  const t = ownTop;
  const b = ownBottom;
  let p = otherTop & innerColumns;
  let q = otherBottom & innerColumns;
  // to the right and to the left: rows stay within their half
  let pp = p & (p << 1);
  let qq = q & (q << 1);
  let f = p & (t << 1);
  let g = q & (b << 1);
  f |= p & (f << 1);
  g |= q & (g << 1);
  f |= pp & (f << 2);
  g |= qq & (g << 2);
  f |= pp & (f << 2);
  g |= qq & (g << 2);
  let movesTop = f << 1;
  let movesBottom = g << 1;
  pp >>>= 1;
  qq >>>= 1;
  f = p & (t >>> 1);
  g = q & (b >>> 1);
  f |= p & (f >>> 1);
  g |= q & (g >>> 1);
  f |= pp & (f >>> 2);
  g |= qq & (g >>> 2);
  f |= pp & (f >>> 2);
  g |= qq & (g >>> 2);
  movesTop |= f >>> 1;
  movesBottom |= g >>> 1;
  // down to the right: the lower half takes over what leaves the upper, which is complete after fewer steps
  pp = p & (p << 9);
  qq = q & ((q << 9) | (p >>> 23));
  f = p & (t << 9);
  f |= p & (f << 9);
  f |= pp & (f << 18);
  g = q & ((b << 9) | ((t | f) >>> 23));
  g |= q & (g << 9);
  g |= qq & (g << 18);
  movesTop |= f << 9;
  movesBottom |= (g << 9) | (f >>> 23);
  // up to the left
  g = q & (b >>> 9);
  g |= q & (g >>> 9);
  g |= q & (q >>> 9) & (g >>> 18);
  f = p & ((t >>> 9) | ((b | g) << 23));
  f |= p & (f >>> 9);
  f |= p & (p >>> 9) & (f >>> 18);
  movesBottom |= g >>> 9;
  movesTop |= (f >>> 9) | (g << 23);
  // down to the left
  f = p & (t << 7);
  f |= p & (f << 7);
  f |= p & (p << 7) & (f << 14);
  g = q & ((b << 7) | ((t | f) >>> 25));
  g |= q & (g << 7);
  g |= q & (q << 7) & (g << 14);
  movesTop |= f << 7;
  movesBottom |= (g << 7) | (f >>> 25);
  // up to the right
  g = q & (b >>> 7);
  g |= q & (g >>> 7);
  g |= q & (q >>> 7) & (g >>> 14);
  f = p & ((t >>> 7) | ((b | g) << 25));
  f |= p & (f >>> 7);
  f |= p & (p >>> 7) & (f >>> 14);
  movesBottom |= g >>> 7;
  movesTop |= (f >>> 7) | (g << 25);
  // down and up, where the outer columns count too
  p = otherTop;
  q = otherBottom;
  f = p & (t << 8);
  f |= p & (f << 8);
  f |= p & (p << 8) & (f << 16);
  g = q & ((b << 8) | ((t | f) >>> 24));
  g |= q & (g << 8);
  g |= q & (q << 8) & (g << 16);
  movesTop |= f << 8;
  movesBottom |= (g << 8) | (f >>> 24);
  g = q & (b >>> 8);
  g |= q & (g >>> 8);
  g |= q & (q >>> 8) & (g >>> 16);
  f = p & ((t >>> 8) | ((b | g) << 24));
  f |= p & (f >>> 8);
  f |= p & (p >>> 8) & (f >>> 16);
  movesBottom |= g >>> 8;
  movesTop |= (f >>> 8) | (g << 24);
  out[0] = movesTop & top & ~(ownTop | otherTop);
  out[1] = movesBottom & bottom & ~(ownBottom | otherBottom);
}

/** Writes the stones that a stone of `own` placed at `stone` turns over. */
export function othelloFlips(
  ownTop: number,
  ownBottom: number,
  otherTop: number,
  otherBottom: number,
  stoneTop: number,
  stoneBottom: number,
  { innerColumns }: OthelloMasks,
  out: Pair,
): void {
  const t = stoneTop;
  const b = stoneBottom;
  let p = otherTop & innerColumns;
  let q = otherBottom & innerColumns;
  let flipsTop = 0;
  let flipsBottom = 0;
  let f = 0;
  let g = 0;
  // a run of the other's stones from the stone on, turned over where one's own comes after it
  f = p & (t << 1);
  g = q & (b << 1);
  if ((f | g) !== 0) {
    for (let i = 0; i < 5; i++) {
      f |= p & (f << 1);
      g |= q & (g << 1);
    }
    if ((((f << 1) & ownTop) | ((g << 1) & ownBottom)) !== 0) {
      flipsTop |= f;
      flipsBottom |= g;
    }
  }
  f = p & (t >>> 1);
  g = q & (b >>> 1);
  if ((f | g) !== 0) {
    for (let i = 0; i < 5; i++) {
      f |= p & (f >>> 1);
      g |= q & (g >>> 1);
    }
    if ((((f >>> 1) & ownTop) | ((g >>> 1) & ownBottom)) !== 0) {
      flipsTop |= f;
      flipsBottom |= g;
    }
  }
  for (let shift = 7; shift <= 9; shift++) {
    if (shift === 8) {
      p = otherTop;
      q = otherBottom;
    } else {
      p = otherTop & innerColumns;
      q = otherBottom & innerColumns;
    }
    const over = 32 - shift;
    f = p & (t << shift);
    g = q & ((b << shift) | (t >>> over));
    if ((f | g) !== 0) {
      f |= p & (f << shift);
      f |= p & (f << shift);
      g |= q & (f >>> over);
      g |= q & (g << shift);
      g |= q & (g << shift);
      g |= q & (g << shift);
      if ((((f << shift) & ownTop) | (((g << shift) | (f >>> over)) & ownBottom)) !== 0) {
        flipsTop |= f;
        flipsBottom |= g;
      }
    }
    g = q & (b >>> shift);
    f = p & ((t >>> shift) | (b << over));
    if ((f | g) !== 0) {
      g |= q & (g >>> shift);
      g |= q & (g >>> shift);
      f |= p & (g << over);
      f |= p & (f >>> shift);
      f |= p & (f >>> shift);
      f |= p & (f >>> shift);
      if ((((g >>> shift) & ownBottom) | (((f >>> shift) | (g << over)) & ownTop)) !== 0) {
        flipsTop |= f;
        flipsBottom |= g;
      }
    }
  }
  out[0] = flipsTop;
  out[1] = flipsBottom;
}
