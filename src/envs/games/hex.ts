/**
 * Hex: two players connect their own pair of opposite sides of a rhombus; there is always exactly one who does.
 *
 * Rules: Hein 1942, Nash 1948; without the swap of sides after the first move, so that the first player has won in theory.
 */
import { z } from 'zod';
import type { Environment, OwnPlayout } from '../../core/environment.ts';
import { checkOptions } from '../../core/options.ts';
import type { Picture, Shape } from '../../core/picture.ts';
import type { Rng } from '../../core/rng.ts';
import { box, type Discrete } from '../../core/spaces.ts';
import { line, type Point, polygon } from '../shapes.ts';
import { LETTERS, type Stone, signsText, squareNames } from './board.ts';
import { type PlacingState, placing, seenStones, stateOfSeen, stoneToPlace } from './placing.ts';
import { boardSymmetries } from './symmetries.ts';

export type HexState = PlacingState;

export const hexOptions = z.strictObject({
  size: z.int().min(2).max(22).describe('rows and columns of the board'),
});

export type HexOptions = z.infer<typeof hexOptions>;

export const HEX_DEFAULTS: HexOptions = { size: 11 };

/**
 * Hex. The one who begins (`x`) connects top and bottom, the other left and right. An action is a cell, row by row from
 * the top left; each row lies half a cell further to the right than the one above. The observation shows the stones of
 * the player to move, the other's, and a plane of ones where it is the one who began, [3, size, size]. Reward: 1 to who
 * connects; there are no draws.
 */
export function hex(options: Partial<HexOptions> = {}): Environment<HexState, Discrete> {
  const { size } = checkOptions('hex', hexOptions, { ...HEX_DEFAULTS, ...options });
  const cells = size * size;
  const names = squareNames({ rows: size, columns: size, first: 'top' });
  const { starts, neighbours } = hexNeighbours(size);
  const trial = new Uint8Array(cells);
  const free = new Int16Array(cells);
  const stack = new Int16Array(cells);
  const seenAt = new Uint8Array(cells);

  /** Whether stones like the one at `from` connect it with both sides of their owner. */
  const connects = (stones: Uint8Array, from: number): boolean => {
    const stone = stones[from];
    let sides = 0;
    let depth = 0;
    seenAt.fill(0);
    seenAt[from] = 1;
    stack[depth++] = from;
    while (depth > 0) {
      const cell = stack[--depth];
      const place = stone === 1 ? Math.floor(cell / size) : cell % size;
      if (place === 0) sides |= 1;
      if (place === size - 1) sides |= 2;
      if (sides === 3) return true;
      for (let i = starts[cell]; i < starts[cell + 1]; i++) {
        const next = neighbours[i];
        if (stones[next] !== stone || seenAt[next] === 1) continue;
        seenAt[next] = 1;
        stack[depth++] = next;
      }
    }
    return false;
  };

  /** Whether the one who began has connected top and bottom. */
  const topToBottom = (stones: Uint8Array): boolean => {
    for (let cell = 0; cell < size; cell++) if (stones[cell] === 1 && connects(stones, cell)) return true;
    return false;
  };

  const rules = placing('hex', names, connects);

  // Stones that are placed after the end change nothing about who has connected, so the board is filled and looked at
  // once: half of the free cells, chosen at random, go to the player who is not to move.
  const playout: OwnPlayout<HexState> = {
    equals: rules.step,
    run({ stones, moves }: HexState, rng: Rng): number {
      const own = stoneToPlace(moves);
      let n = 0;
      for (let cell = 0; cell < cells; cell++) {
        trial[cell] = stones[cell] === 0 ? own : stones[cell];
        if (stones[cell] === 0) free[n++] = cell;
      }
      for (let left = n >> 1; left > 0; left--, n--) {
        // 23 random bits choose one of n: no cell is likelier than another by more than n / 2^23, 6e-5
        const i = ((rng.uint32() >>> 9) * n) >>> 23;
        trial[free[i]] = 3 - own;
        free[i] = free[n - 1];
      }
      return topToBottom(trial) === (own === 1) ? 1 : -1;
    },
  };

  return {
    ...rules,
    observation: box(0, 1, [3, size, size]),
    observe(state) {
      const seen = seenStones(state, 3);
      if (stoneToPlace(state.moves) === 1) seen.fill(1, 2 * cells);
      return seen;
    },
    picture: ({ stones }) => hexPicture(size, stones),
    stateFrom: (observation) =>
      stateOfSeen(observation, cells, observation[2 * cells] > 0.5 ? 1 : 2, connects),
    playout,
    symmetries: boardSymmetries({ rows: size, columns: size, planes: 3 }, ['half turn']),
    notation: { board: ({ stones }) => hexText(size, stones), action: (action) => names[action] },
  };
}

/** The six cells around a cell: so many rows down, so many columns to the right. */
const DIRECTIONS = [
  [-1, 0],
  [-1, 1],
  [0, -1],
  [0, 1],
  [1, -1],
  [1, 0],
] as const;

/** The cells beside each cell: those of cell i are neighbours[starts[i]] to neighbours[starts[i + 1] - 1]. */
function hexNeighbours(size: number): { readonly starts: Int16Array; readonly neighbours: Int16Array } {
  const lists = Array.from({ length: size * size }, (_, cell) => {
    const [row, column] = [Math.floor(cell / size), cell % size];
    return DIRECTIONS.map(([down, right]) => [row + down, column + right] as const)
      .filter(([r, c]) => r >= 0 && r < size && c >= 0 && c < size)
      .map(([r, c]) => r * size + c);
  });
  const starts = new Int16Array(lists.length + 1);
  lists.forEach((list, cell) => {
    starts[cell + 1] = starts[cell] + list.length;
  });
  return { starts, neighbours: Int16Array.from(lists.flat()) };
}

/** The rhombus, each row a little further to the right. */
function hexText(size: number, stones: Uint8Array): string {
  const width = String(size).length;
  const rows = signsText(size, size, (cell) => stones[cell] as Stone);
  const lines = rows.map((row, r) => `${' '.repeat(r)}${String(r + 1).padStart(width)} ${row}`);
  const all = [`${' '.repeat(width)}${[...LETTERS.slice(0, size)].join(' ')}`, ...lines];
  const longest = Math.max(...all.map((text) => text.length));
  return all.map((text) => text.padEnd(longest)).join('\n');
}

/** Cells one unit wide; the sides have the colours of their owners. */
function hexPicture(size: number, stones: Uint8Array): Picture {
  const rise = Math.sqrt(3) / 2;
  const middle = (row: number, column: number): Point => [column + row / 2, -row * rise];
  const last = size - 1;
  const shapes: Shape[] = [
    line([middle(-0.8, 0), middle(-0.8, last + 0.4)], 0.15, 'body'),
    line([middle(last + 0.8, -0.4), middle(last + 0.8, last)], 0.15, 'body'),
    line([middle(0, -0.8), middle(last, -0.8)], 0.15, 'accent'),
    line([middle(0, last + 0.8), middle(last, last + 0.8)], 0.15, 'accent'),
  ];
  stones.forEach((stone, cell) => {
    const [x, y] = middle(Math.floor(cell / size), cell % size);
    const outline = Array.from({ length: 6 }, (_, i): Point => {
      const angle = (Math.PI / 3) * (i + 0.5);
      return [x + 0.54 * Math.cos(angle), y + 0.54 * Math.sin(angle)];
    });
    shapes.push(polygon(outline, stone === 0 ? 'ground' : stone === 1 ? 'body' : 'accent'));
  });
  return { view: { left: -1.2, right: 1.5 * last + 1.2, bottom: -last * rise - 1, top: 1 }, shapes };
}
