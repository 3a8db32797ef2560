/**
 * A Go board: placing and capturing, which points may be played on, and whose area is how large.
 *
 * Points are numbered row by row from the top with one point of border to the left of each row and a row of it above and
 * below, so that the neighbours of p are p - 1, p + 1, p - stride and p + stride for every p. A position's hash is the
 * exclusive or of 64 random bits a stone (Zobrist 1970), in two 32-bit integers.
 */
import { Rng } from '../../../core/rng.ts';

/** What lies on a point, in its two low bits. */
export const EMPTY = 0;
export const BORDER = 3;

/** The stone, or {@link BORDER}, in a point's number. */
export const STONE = 3;

/** Where places are and how far apart. */
export interface GoGrid {
  readonly size: number;
  readonly stride: number;
  /** Points with the border. */
  readonly total: number;
  /** The point of each action that places a stone. [size * size] */
  readonly points: Int16Array;
}

export function goGrid(size: number): GoGrid {
  const stride = size + 1;
  return {
    size,
    stride,
    total: (size + 2) * stride + 1,
    points: Int16Array.from(
      { length: size * size },
      (_, a) => (Math.floor(a / size) + 1) * stride + (a % size) + 1,
    ),
  };
}

/** A board without stones. */
export function emptyGoBoard({ total, points }: GoGrid): Uint8Array {
  const board = new Uint8Array(total).fill(BORDER);
  for (const point of points) board[point] = EMPTY;
  return board;
}

/**
 * The rules on one board, with what the last stone did. `board` [total] holds in bits 0-1 of a point 0, the stone (1, 2) or
 * the border (3), and in bit 2 or 3 whether a stone 1 or 2 was ever captured there.
 */
export class GoBoard {
  /** What {@link place} did: the hash's change, how many of the other's and of one's own stones it took. */
  hashLow = 0;
  hashHigh = 0;
  captured = 0;
  lost = 0;
  /** The point where retaking at once would repeat the position, or -1. */
  ko = -1;

  private readonly grid: GoGrid;
  private readonly steps: readonly number[];
  /** Random bits of a stone s on a point p, at 2 p + s - 1. */
  private readonly keysLow: Int32Array;
  private readonly keysHigh: Int32Array;
  /** The stones found by {@link liberties}. */
  private readonly chain: Int16Array;
  private chainLength = 0;
  private readonly marks: Int32Array;
  private mark = 0;
  /** Liberties of the chain at each point. */
  private readonly counts: Int16Array;

  constructor(grid: GoGrid) {
    this.grid = grid;
    const { stride, total } = grid;
    this.steps = [-stride, -1, 1, stride];
    const rng = Rng.from('zobrist');
    this.keysLow = Int32Array.from({ length: 2 * total }, () => rng.uint32() | 0);
    this.keysHigh = Int32Array.from({ length: 2 * total }, () => rng.uint32() | 0);
    this.chain = new Int16Array(total);
    this.marks = new Int32Array(total);
    this.counts = new Int16Array(total);
  }

  /** Places a stone on an empty point and takes what has no liberties then: the other's stones first, else one's own. */
  place(board: Uint8Array, point: number, stone: number): void {
    this.hashLow = 0;
    this.hashHigh = 0;
    this.captured = 0;
    this.lost = 0;
    this.ko = -1;
    this.toggle(board, point, stone);
    let taken = -1;
    for (const step of this.steps) {
      const next = point + step;
      if ((board[next] & STONE) === 3 - stone && this.liberties(board, next) === 0) {
        taken = next;
        this.captured += this.take(board, 3 - stone);
      }
    }
    const own = this.liberties(board, point);
    if (own === 0) this.lost = this.take(board, stone);
    else if (own === 1 && this.chainLength === 1 && this.captured === 1) this.ko = taken;
  }

  /** The hash of all stones of a board, left in hashLow and hashHigh. */
  hash(board: Uint8Array): void {
    this.hashLow = 0;
    this.hashHigh = 0;
    for (const point of this.grid.points) {
      const stone = board[point] & STONE;
      if (stone === EMPTY) continue;
      this.hashLow ^= this.keysLow[2 * point + stone - 1];
      this.hashHigh ^= this.keysHigh[2 * point + stone - 1];
    }
  }

  /**
   * How the rules look at each point for the owner of `stone`, repetition aside: 0 taken, 1 to be played on, 2 where it
   * would take one's own stones, 3 where it would take but the stone itself.
   * @param out [size * size]
   */
  survey(board: Uint8Array, stone: number, out: Uint8Array): void {
    const { points } = this.grid;
    this.countAll(board);
    for (let action = 0; action < points.length; action++) {
      const point = points[action];
      if ((board[point] & STONE) !== EMPTY) {
        out[action] = 0;
        continue;
      }
      let kind = 3;
      for (const step of this.steps) {
        const next = point + step;
        const there = board[next] & STONE;
        if (there === EMPTY) kind = 1;
        else if (there === stone) kind = Math.min(kind, this.counts[next] > 1 ? 1 : 2);
        else if (there === 3 - stone && this.counts[next] === 1) kind = 1;
      }
      out[action] = kind;
    }
  }

  /** Whether every chain has a liberty: positions without one cannot arise. */
  isPosition(board: Uint8Array): boolean {
    return this.grid.points.every(
      (point) => (board[point] & STONE) === EMPTY || this.liberties(board, point) > 0,
    );
  }

  /** Points of stone 1 less points of stone 2: stones, and empty regions that reach stones of one colour only. */
  area(board: Uint8Array): number {
    const { points } = this.grid;
    const { chain, marks } = this;
    const mark = ++this.mark;
    let difference = 0;
    for (let action = 0; action < points.length; action++) {
      const point = points[action];
      const stone = board[point] & STONE;
      if (stone !== EMPTY) difference += stone === 1 ? 1 : -1;
      else if (marks[point] !== mark) {
        let length = 0;
        let reached = 0; // bit 1: stones 1, bit 2: stones 2
        chain[length++] = point;
        marks[point] = mark;
        for (let i = 0; i < length; i++) {
          for (const step of this.steps) {
            const next = chain[i] + step;
            const there = board[next] & STONE;
            if (there === EMPTY) {
              if (marks[next] === mark) continue;
              marks[next] = mark;
              chain[length++] = next;
            } else if (there !== BORDER) reached |= there;
          }
        }
        if (reached === 1) difference += length;
        else if (reached === 2) difference -= length;
      }
    }
    return difference;
  }

  /** How many empty points touch the chain at `from`; leaves its stones in `chain`. */
  private liberties(board: Uint8Array, from: number): number {
    const { chain, marks } = this;
    const mark = ++this.mark;
    const stone = board[from] & STONE;
    let length = 0;
    let count = 0;
    chain[length++] = from;
    marks[from] = mark;
    for (let i = 0; i < length; i++) {
      for (const step of this.steps) {
        const next = chain[i] + step;
        if (marks[next] === mark) continue;
        const there = board[next] & STONE;
        if (there === stone) chain[length++] = next;
        else if (there === EMPTY) count++;
        else continue;
        marks[next] = mark;
      }
    }
    this.chainLength = length;
    return count;
  }

  /** Liberties of all chains, each chain looked at once. */
  private countAll(board: Uint8Array): void {
    const { points } = this.grid;
    this.counts.fill(0);
    for (let action = 0; action < points.length; action++) {
      const point = points[action];
      if ((board[point] & STONE) === EMPTY || this.counts[point] !== 0) continue;
      const count = this.liberties(board, point);
      for (let i = 0; i < this.chainLength; i++) this.counts[this.chain[i]] = count;
    }
  }

  /** Takes the chain found last off the board. Returns how many stones it had. */
  private take(board: Uint8Array, stone: number): number {
    for (let i = 0; i < this.chainLength; i++) {
      this.toggle(board, this.chain[i], stone);
      board[this.chain[i]] |= 4 << (stone - 1);
    }
    return this.chainLength;
  }

  private toggle(board: Uint8Array, point: number, stone: number): void {
    board[point] ^= stone;
    this.hashLow ^= this.keysLow[2 * point + stone - 1];
    this.hashHigh ^= this.keysHigh[2 * point + stone - 1];
  }
}

/** Whether a stone like this was captured at the point before: only there can a move bring back an earlier position. */
export function wasCaptured(point: number, stone: number): boolean {
  return (point & (4 << (stone - 1))) !== 0;
}
