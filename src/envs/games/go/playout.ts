/**
 * Go played on at random: uniformly over the moves that neither fill an own eye nor take own stones, until neither has one.
 *
 * An eye is a point with own stones or the border on all four sides and at most one of the other's stones across its
 * corners, none at the border (Gelly et al. 2006, Modification of UCT with Patterns in Monte-Carlo Go, section 3.1): a
 * player who filled these too would lose all, and games would not end. Repetition is forbidden by the simple ko rule
 * alone; whoever finds nothing to play passes.
 *
 * A chain counts its liberties once for each stone beside them (pseudo-liberties), which needs no search of the board:
 * only whether the count is 0 matters.
 */
import type { Rng } from '../../../core/rng.ts';
import { BORDER, EMPTY, type GoGrid, STONE } from './board.ts';

/** One board to play out on, again and again. */
export class GoPlayout {
  /** The board at the end of the last playout: 0, 1, 2 or the border. [total] */
  readonly stones: Uint8Array;

  private readonly grid: GoGrid;
  /** A stone of the chain that stands for all; the chain's stones in a ring; its stones and pseudo-liberties, at its head. */
  private readonly head: Int16Array;
  private readonly next: Int16Array;
  private readonly count: Int16Array;
  private readonly liberties: Int16Array;
  /** The empty points in any order, and where each is in this list. */
  private readonly free: Int16Array;
  private readonly place: Int16Array;
  private frees = 0;
  /** Where the simple ko rule forbids to play, or -1. */
  private ko = -1;

  constructor(grid: GoGrid) {
    this.grid = grid;
    const make = () => new Int16Array(grid.total);
    this.stones = new Uint8Array(grid.total);
    this.head = make();
    this.next = make();
    this.count = make();
    this.liberties = make();
    this.free = make();
    this.place = make();
  }

  /**
   * Plays on from `board` until two passes or `moves` moves, and leaves the end in {@link stones}.
   * @param stone whose turn it is
   * @param passes passes just before
   */
  run(board: Uint8Array, stone: number, ko: number, passes: number, moves: number, rng: Rng): void {
    this.setUp(board);
    this.ko = ko;
    for (; passes < 2 && moves > 0; moves--, stone = 3 - stone) {
      if (this.move(stone, rng)) passes = 0;
      else {
        this.ko = -1;
        passes++;
      }
    }
  }

  /** One random move; false where there is none. */
  private move(stone: number, rng: Rng): boolean {
    const { free, place } = this;
    for (let n = this.frees; n > 0; n--) {
      // 23 random bits choose one of n: no point is likelier than another by more than n / 2^23, 5e-5
      const i = ((rng.uint32() >>> 9) * n) >>> 23;
      const point = free[i];
      if (point !== this.ko && !this.isEye(point, stone) && this.play(point, stone)) return true;
      // not this one: put it behind those that are left
      const other = free[n - 1];
      free[i] = other;
      place[other] = i;
      free[n - 1] = point;
      place[point] = n - 1;
    }
    return false;
  }

  private isEye(point: number, stone: number): boolean {
    const { stones } = this;
    const { stride } = this.grid;
    if (stones[point - 1] !== stone && stones[point - 1] !== BORDER) return false;
    if (stones[point + 1] !== stone && stones[point + 1] !== BORDER) return false;
    if (stones[point - stride] !== stone && stones[point - stride] !== BORDER) return false;
    if (stones[point + stride] !== stone && stones[point + stride] !== BORDER) return false;
    let others = 0;
    let outside = 0;
    for (let i = 0; i < 4; i++) {
      const corner = stones[point + (i < 2 ? -stride : stride) + ((i & 1) === 0 ? -1 : 1)];
      if (corner === 3 - stone) others++;
      else if (corner === BORDER) outside = 1;
    }
    return others + outside < 2;
  }

  /** Plays there unless it takes own stones; says whether it did. */
  private play(point: number, stone: number): boolean {
    const { stones, head, liberties } = this;
    const { stride } = this.grid;
    const [a, b, c, d] = [point - 1, point + 1, point - stride, point + stride];
    const [sa, sb, sc, sd] = [stones[a], stones[b], stones[c], stones[d]];
    const other = 3 - stone;
    // the chains around lose the liberty
    if (sa === 1 || sa === 2) liberties[head[a]]--;
    if (sb === 1 || sb === 2) liberties[head[b]]--;
    if (sc === 1 || sc === 2) liberties[head[c]]--;
    if (sd === 1 || sd === 2) liberties[head[d]]--;
    const takes =
      (sa === other && liberties[head[a]] === 0) ||
      (sb === other && liberties[head[b]] === 0) ||
      (sc === other && liberties[head[c]] === 0) ||
      (sd === other && liberties[head[d]] === 0);
    const open =
      (sa === EMPTY ? 1 : 0) + (sb === EMPTY ? 1 : 0) + (sc === EMPTY ? 1 : 0) + (sd === EMPTY ? 1 : 0);
    if (open === 0 && !takes) {
      const lives =
        (sa === stone && liberties[head[a]] > 0) ||
        (sb === stone && liberties[head[b]] > 0) ||
        (sc === stone && liberties[head[c]] > 0) ||
        (sd === stone && liberties[head[d]] > 0);
      if (!lives) {
        if (sa === 1 || sa === 2) liberties[head[a]]++;
        if (sb === 1 || sb === 2) liberties[head[b]]++;
        if (sc === 1 || sc === 2) liberties[head[c]]++;
        if (sd === 1 || sd === 2) liberties[head[d]]++;
        return false;
      }
    }
    this.occupy(point, stone, open);
    const joined = sa === stone || sb === stone || sc === stone || sd === stone;
    if (sa === stone) this.join(point, a);
    if (sb === stone) this.join(point, b);
    if (sc === stone) this.join(point, c);
    if (sd === stone) this.join(point, d);
    this.ko = -1;
    if (takes) {
      let taken = 0;
      let last = -1;
      for (let i = 0; i < 4; i++) {
        const beside = i === 0 ? a : i === 1 ? b : i === 2 ? c : d;
        if (stones[beside] === other && liberties[head[beside]] === 0) {
          taken += this.take(beside);
          last = beside;
        }
      }
      if (taken === 1 && open === 0 && !joined) this.ko = last;
    }
    return true;
  }

  /** Puts a stone there as a chain of its own. */
  private occupy(point: number, stone: number, open: number): void {
    const { free, place } = this;
    this.stones[point] = stone;
    this.head[point] = point;
    this.next[point] = point;
    this.count[point] = 1;
    this.liberties[point] = open;
    const last = free[--this.frees];
    const i = place[point];
    free[i] = last;
    place[last] = i;
  }

  /** Makes two chains of one colour one, the smaller joining the larger. */
  private join(p: number, q: number): void {
    const { head, next, count, liberties } = this;
    let into = head[p];
    let from = head[q];
    if (into === from) return;
    if (count[into] < count[from]) [into, from] = [from, into];
    count[into] += count[from];
    liberties[into] += liberties[from];
    let stone = from;
    do {
      head[stone] = into;
      stone = next[stone];
    } while (stone !== from);
    // two rings become one where their next ones are exchanged
    const after = next[into];
    next[into] = next[from];
    next[from] = after;
  }

  /** Takes a chain off the board; the chains around it gain liberties. */
  private take(from: number): number {
    const { stones, head, next, liberties, free, place } = this;
    const { stride } = this.grid;
    let taken = 0;
    let point = from;
    do {
      stones[point] = EMPTY;
      free[this.frees] = point;
      place[point] = this.frees++;
      taken++;
      point = next[point];
    } while (point !== from);
    do {
      for (let i = 0; i < 4; i++) {
        const beside = point + (i === 0 ? -1 : i === 1 ? 1 : i === 2 ? -stride : stride);
        const stone = stones[beside];
        if (stone === 1 || stone === 2) liberties[head[beside]]++;
      }
      point = next[point];
    } while (point !== from);
    return taken;
  }

  private setUp(board: Uint8Array): void {
    const { stones, grid, free, place } = this;
    const { points, stride, total } = grid;
    for (let point = 0; point < total; point++) stones[point] = board[point] & STONE;
    // all are listed as free first, and then occupied
    this.frees = points.length;
    for (let i = 0; i < points.length; i++) {
      free[i] = points[i];
      place[points[i]] = i;
    }
    for (let i = 0; i < points.length; i++) {
      const point = points[i];
      const stone = stones[point];
      if (stone === EMPTY) continue;
      let open = stones[point - 1] === EMPTY ? 1 : 0;
      if (stones[point + 1] === EMPTY) open++;
      if (stones[point - stride] === EMPTY) open++;
      if (stones[point + stride] === EMPTY) open++;
      this.occupy(point, stone, open);
      if (stones[point - 1] === stone) this.join(point, point - 1);
      if (stones[point - stride] === stone) this.join(point, point - stride);
    }
  }
}
