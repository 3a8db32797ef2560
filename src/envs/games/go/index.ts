/**
 * Go: surround points and stones; who holds the larger area when both pass has won.
 *
 * Rules: Tromp and Taylor (1995), The Logical Rules of Go, with suicide forbidden unless asked for: chains without liberties are
 * captured, no move may bring back a position of the whole board (positional superko), two passes end the game, area
 * scoring, komi for the second player. As in AlphaGo Zero (Silver et al. 2017, Methods, Self-play), a game of 2 size² moves is
 * scored as it stands.
 */
import { z } from 'zod';
import type { Environment, OwnPlayout } from '../../../core/environment.ts';
import { InputError } from '../../../core/errors.ts';
import { checkOptions } from '../../../core/options.ts';
import type { Rng } from '../../../core/rng.ts';
import { box, type Discrete, discrete } from '../../../core/spaces.ts';
import { boardText, GO_LETTERS, illegal, type Squares, type Stone, squareNames } from '../board.ts';
import { boardPicture } from '../drawing.ts';
import { boardSymmetries, SQUARE } from '../symmetries.ts';
import { EMPTY, emptyGoBoard, GoBoard, goGrid, STONE, wasCaptured } from './board.ts';
import { GoPlayout } from './playout.ts';

export interface GoState {
  /** Points with a border around them, numbered and written as in {@link GoBoard}. */
  readonly board: Uint8Array;
  /** Passes too; whoever began moves after an even number. */
  readonly moves: number;
  /** How many of the last moves were passes. */
  readonly passes: number;
  /** The point that the simple ko rule forbids, or -1; for playouts, as superko forbids it anyway. */
  readonly ko: number;
  /** All positions so far, this one first. */
  readonly past: GoPast;
}

/** The hash of a position, and those before it. */
export interface GoPast {
  readonly low: number;
  readonly high: number;
  readonly before: GoPast | undefined;
}

export const goOptions = z.strictObject({
  size: z.int().min(2).max(19).describe('rows and columns of the board'),
  komi: z.number().describe('points that the second player is given'),
  suicide: z.boolean().describe('whether a move may take own stones; never in playouts'),
  maxMoves: z.int().min(2).optional().describe('moves after which the game is scored as it stands; 2 size²'),
});

export type GoOptions = z.infer<typeof goOptions>;

export const GO_DEFAULTS: GoOptions = { size: 9, komi: 7, suicide: false };

/** What is seen: own stones, the other's, empty points that are forbidden, whose turn it is, whether the other passed. */
const PLANES = 5;

/** Go, with a way to set up positions. */
export interface GoEnvironment extends Environment<GoState, Discrete> {
  /**
   * The state with these stones and no past.
   * @param rows a text a row from the top, of `.`, `x` (who began) and `o`; spaces are ignored
   * @throws InputError where a chain has no liberty, or the board has another size
   */
  position(rows: readonly string[], toMove?: 'x' | 'o'): GoState;
}

/**
 * Go. Actions 0 to size² - 1 place a stone, row by row from the top left, size² passes. The observation has the planes
 * [5, size, size]: own stones, the other's, empty points where the rules forbid to play, ones where the player to move
 * began, ones where the other just passed. Rewards at the end, counted by who moved last: 1 for the larger area, komi
 * included, -1 for the smaller, 0 where they are equal.
 */
export function go(options: Partial<GoOptions> = {}): GoEnvironment {
  const {
    size,
    komi,
    suicide,
    maxMoves = 2 * size * size,
  } = checkOptions('go', goOptions, { ...GO_DEFAULTS, ...options });
  const grid = goGrid(size);
  const { points } = grid;
  const pass = size * size;
  const squares: Squares = { rows: size, columns: size, first: 'bottom', letters: GO_LETTERS };
  const names = [...squareNames(squares), 'pass'];
  const rules = new GoBoard(grid);
  const random = new GoPlayout(grid);
  const trial = new Uint8Array(grid.total);
  const kinds = new Uint8Array(pass);
  const over = ({ passes, moves }: GoState) => passes === 2 || moves >= maxMoves;

  /** 1, 0 or -1 for the owner of `stone`. */
  const result = (board: Uint8Array, stone: number) =>
    Math.sign(rules.area(board) - komi) * (stone === 1 ? 1 : -1) + 0; // never -0

  const step = (state: GoState, action: number) => {
    if (over(state)) return { state, reward: 0, discount: 0 };
    const stone = 1 + (state.moves & 1);
    const moves = state.moves + 1;
    let next: GoState;
    if (action === pass) {
      const { board, passes, past } = state;
      next = { board, moves, passes: passes + 1, ko: -1, past };
    } else {
      const point = points[action];
      if (point === undefined || (state.board[point] & STONE) !== EMPTY) illegal('go', action, names[action]);
      const board = state.board.slice();
      rules.place(board, point, stone);
      const { low, high } = state.past;
      const past = { low: low ^ rules.hashLow, high: high ^ rules.hashHigh, before: state.past };
      if (rules.lost > 0 && !suicide) illegal('go', action, `${names[action]}, suicide`);
      if ((rules.lost > 0 || wasCaptured(state.board[point], stone)) && isRepeated(past)) {
        illegal('go', action, `${names[action]}, which repeats a position`);
      }
      next = { board, moves, passes: 0, ko: rules.ko, past };
    }
    if (!over(next)) return { state: next, reward: 0, discount: -1 };
    return { state: next, reward: result(next.board, stone), discount: 0 };
  };

  const legal = (state: GoState) => {
    const mask = new Uint8Array(pass + 1);
    if (over(state)) return mask;
    const { board, moves, past } = state;
    const stone = 1 + (moves & 1);
    rules.survey(board, stone, kinds);
    for (let action = 0; action < pass; action++) {
      const kind = kinds[action];
      if (kind === 0 || kind === 3 || (kind === 2 && !suicide)) continue;
      mask[action] = 1;
      if (kind === 1 && !wasCaptured(board[points[action]], stone)) continue;
      trial.set(board);
      rules.place(trial, points[action], stone);
      const [low, high] = [past.low ^ rules.hashLow, past.high ^ rules.hashHigh];
      if (isRepeated({ low, high, before: past })) mask[action] = 0;
    }
    mask[pass] = 1;
    return mask;
  };

  const playout: OwnPlayout<GoState> = {
    equals: step,
    run({ board, moves, passes, ko }: GoState, rng: Rng): number {
      const stone = 1 + (moves & 1);
      random.run(board, stone, ko, passes, maxMoves - moves, rng);
      return result(random.stones, stone);
    },
  };

  const stoneAt = ({ board }: GoState, square: number) => (board[points[square]] & STONE) as Stone;
  const began = (board: Uint8Array, moves: number): GoState => {
    rules.hash(board);
    const past = { low: rules.hashLow, high: rules.hashHigh, before: undefined };
    return { board, moves, passes: 0, ko: -1, past };
  };

  return {
    name: `go${size}`,
    observation: box(0, 1, [PLANES, size, size]),
    action: discrete(pass + 1),
    maxSteps: maxMoves,
    reset: () => began(emptyGoBoard(grid), 0),
    step,
    observe(state) {
      const seen = new Float32Array(PLANES * pass);
      const stone = 1 + (state.moves & 1);
      const mask = legal(state);
      for (let square = 0; square < pass; square++) {
        const there = state.board[points[square]] & STONE;
        if (there === EMPTY) seen[2 * pass + square] = 1 - mask[square];
        else seen[there === stone ? square : pass + square] = 1;
      }
      if (stone === 1) seen.fill(1, 3 * pass, 4 * pass);
      if (state.passes > 0) seen.fill(1, 4 * pass);
      return seen;
    },
    legal,
    picture: (state) => boardPicture(size, size, (square) => stoneAt(state, square), 'crossings'),
    playout,
    symmetries: boardSymmetries({ rows: size, columns: size, planes: PLANES, others: 1 }, SQUARE),
    notation: {
      board: (state) => boardText(squares, (square) => stoneAt(state, square)),
      action: (action) => names[action],
    },
    position(rows, toMove = 'x') {
      const signs = rows.map((row) => row.replaceAll(' ', ''));
      if (signs.length !== size || signs.some((row) => !/^[.xo]*$/.test(row) || row.length !== size)) {
        throw new InputError(
          `go: a position must be ${size} rows of ${size} signs . x o, got "${rows.join('/')}".`,
        );
      }
      const board = emptyGoBoard(grid);
      [...signs.join('')].forEach((sign, square) => {
        board[points[square]] = '.xo'.indexOf(sign);
      });
      if (!rules.isPosition(board)) {
        throw new InputError(
          `go: every chain of a position must have a liberty, got "${rows.join('/')}". Leave out captured stones.`,
        );
      }
      return began(board, toMove === 'x' ? 0 : 1);
    },
  };
}

/** Whether a position occurred before. */
function isRepeated({ low, high, before }: GoPast): boolean {
  for (let past = before; past !== undefined; past = past.before) {
    if (past.low === low && past.high === high) return true;
  }
  return false;
}
