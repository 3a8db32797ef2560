/** Go: known counts of positions, captures and repetitions by hand, and everything against a slow reading of the rules. */
import { describe, expect, it } from 'vitest';
import { playMoves } from '../../../../test/worlds/moves.ts';
import { InputError } from '../../../core/errors.ts';
import { Rng } from '../../../core/rng.ts';
import { GoBoard, goGrid } from './board.ts';
import { type GoEnvironment, type GoState, go } from './index.ts';
import { GoPlayout } from './playout.ts';

const rng = Rng.from(0);

const actionOf = (game: GoEnvironment, name: string) =>
  Array.from({ length: game.action.n }, (_, a) => a).find((a) => game.notation!.action(a) === name) ?? -1;

/** Plays moves by name. */
const play = (game: GoEnvironment, from: GoState, moves: string) => playMoves(game, moves, from);

/** The rows of the board, without names of rows and columns. */
const rowsOf = (game: GoEnvironment, state: GoState) =>
  game
    .notation!.board(state)
    .split('\n')
    .slice(0, -1)
    .map((row) => row.trim().split(' ').slice(1).join(' '));

const may = (game: GoEnvironment, state: GoState, move: string) =>
  game.legal!(state)[actionOf(game, move)] === 1;

const five = go({ size: 5 });
const EMPTY_ROW = '. . . . .';

describe('positions', () => {
  it.each([
    [2, 57],
    [3, 12675],
  ])('on %s lines there are %s', (size, expected) => {
    // Tromp and Farnebäck (2007), Combinatorics of Go, table 1: legal positions
    const game = go({ size });
    let count = 0;
    for (let code = 0; code < 3 ** (size * size); code++) {
      const signs = code
        .toString(3)
        .padStart(size * size, '0')
        .replaceAll('0', '.')
        .replaceAll('1', 'x');
      const rows = Array.from({ length: size }, (_, r) =>
        signs.slice(r * size, (r + 1) * size).replaceAll('2', 'o'),
      );
      try {
        game.position(rows);
        count++;
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
      }
    }
    expect(count).toBe(expected);
  });

  it('all 57 on two lines are reached by play, and none else', () => {
    const game = go({ size: 2, maxMoves: 200 });
    const seen = new Set<string>();
    for (let i = 0; i < 400; i++) {
      let state = game.reset(rng);
      for (let over = false; !over; ) {
        seen.add(rowsOf(game, state).join('/'));
        const moves = [...game.legal!(state).keys()].filter((a) => game.legal!(state)[a] === 1);
        const next = game.step(state, moves[rng.integer(moves.length)], rng);
        state = next.state;
        over = next.discount === 0;
      }
    }
    expect(seen.size).toBe(57);
  });
});

describe('captures', () => {
  it('take a stone with its last liberty', () => {
    const from = five.position(['. x . . .', 'x o x . .', EMPTY_ROW, EMPTY_ROW, EMPTY_ROW]);
    const { state, reward, discount } = play(five, from, 'b3');
    expect([reward, discount]).toEqual([0, -1]);
    expect(rowsOf(five, state).slice(0, 3)).toEqual(['. x . . .', 'x . x . .', '. x . . .']);
  });

  it('take several chains at once, before they could take the stone placed', () => {
    const from = five.position(['. x o . .', 'x o . . .', 'o . . . .', EMPTY_ROW, EMPTY_ROW], 'o');
    expect(rowsOf(five, play(five, from, 'a5').state).slice(0, 3)).toEqual([
      'o . o . .',
      '. o . . .',
      'o . . . .',
    ]);
  });

  it('of one own stones are suicide, forbidden unless the rules allow it', () => {
    const rows = ['. o x . .', 'x x x . .', EMPTY_ROW, EMPTY_ROW, EMPTY_ROW];
    const from = five.position(rows, 'o');
    expect(may(five, from, 'a5')).toBe(false);
    expect(() => play(five, from, 'a5')).toThrow(/go: the action must be legal, got 0 \(a5, suicide\)/);
    const lax = go({ size: 5, suicide: true });
    expect(may(lax, lax.position(rows, 'o'), 'a5')).toBe(true);
    expect(rowsOf(lax, play(lax, lax.position(rows, 'o'), 'a5').state)[0]).toBe('. . x . .');
    // a stone that takes but itself leaves the position as it was
    const alone = lax.position(['. x . . .', 'x . . . .', EMPTY_ROW, EMPTY_ROW, EMPTY_ROW], 'o');
    expect(may(lax, alone, 'a5')).toBe(false);
    expect(() => play(lax, alone, 'a5')).toThrow(/repeats a position/);
  });

  it('may be retaken at once in a snapback', () => {
    // x throws in at a5, o takes it with b5 and is left with one liberty
    const from = five.position(['. . o x .', 'o o o x .', 'x x x . .', EMPTY_ROW, EMPTY_ROW]);
    const taken = play(five, from, 'a5 b5').state;
    expect(rowsOf(five, taken)[0]).toBe('. o o x .');
    expect(may(five, taken, 'a5')).toBe(true);
    expect(rowsOf(five, play(five, taken, 'a5').state).slice(0, 3)).toEqual([
      'x . . x .',
      '. . . x .',
      'x x x . .',
    ]);
  });
});

describe('repetition', () => {
  it('is forbidden in a ko, until something else has changed', () => {
    const from = five.position(['. x o . .', 'x o . o .', '. x o . .', EMPTY_ROW, EMPTY_ROW]);
    const taken = play(five, from, 'c4').state;
    expect(rowsOf(five, taken)[1]).toBe('x . x o .');
    expect(may(five, taken, 'b4')).toBe(false);
    expect(() => play(five, taken, 'b4')).toThrow(/go: .* got 6 \(b4, which repeats a position\)/);
    const later = play(five, taken, 'e1 a1').state;
    expect(may(five, later, 'b4')).toBe(true);
    expect(rowsOf(five, play(five, later, 'b4').state)[1]).toBe('x o . o .');
  });

  it('is forbidden where two stones are sent and one is returned', () => {
    const from = five.position(['. x . x .', 'o o x . .', EMPTY_ROW, EMPTY_ROW, EMPTY_ROW]);
    const sent = play(five, from, 'a5 c5').state;
    expect(rowsOf(five, sent)[0]).toBe('. . o x .');
    expect(sent.ko).toBe(-1);
    expect(may(five, sent, 'b5')).toBe(false);
    expect(() => play(five, sent, 'b5')).toThrow(/repeats a position/);
    expect(may(five, play(five, sent, 'e1 d1').state, 'b5')).toBe(true);
  });

  it.each([
    [2, false],
    [3, false],
    [3, true],
    [4, false],
  ])('and all else goes as a slow reading of the rules says, size %s, suicide %s', (size, suicide) => {
    const game = go({ size, suicide, komi: 1, maxMoves: 60 });
    const found = { suicide: 0, repetition: 0, captures: 0 };
    for (let i = 0; i < 25; i++) {
      let state = game.reset(rng);
      const past = new Set([rowsOf(game, state).join('\n')]);
      for (let moves = 0, passes = 0, over = false; !over; moves++) {
        const board = rowsOf(game, state).map((row) => row.split(' '));
        const sign = moves % 2 === 0 ? 'x' : 'o';
        const expected = [...Array(size * size).keys()].map((square) => {
          if (board[Math.floor(square / size)][square % size] !== '.') return 0;
          const { after, lost } = slowPlace(board, square, sign);
          if (lost) found.suicide++;
          if (lost && !suicide) return 0;
          const repeated = past.has(after.map((row) => row.join(' ')).join('\n'));
          if (repeated) found.repetition++;
          return repeated ? 0 : 1;
        });
        const mask = game.legal!(state);
        expect([...mask]).toEqual([...expected, 1]);
        // passes end games early: they are rare here
        const places = [...expected.keys()].filter((a) => expected[a] === 1);
        const action =
          places.length > 0 && rng.uniform() < 0.97 ? places[rng.integer(places.length)] : size * size;
        const next = game.step(state, action, rng);
        passes = action === size * size ? passes + 1 : 0;
        const after = action === size * size ? board : slowPlace(board, action, sign).after;
        expect(rowsOf(game, next.state)).toEqual(after.map((row) => row.join(' ')));
        past.add(rowsOf(game, next.state).join('\n'));
        if (after.flat().filter((s) => s !== '.').length <= board.flat().filter((s) => s !== '.').length) {
          found.captures++;
        }
        over = passes === 2 || moves + 1 === 60;
        const score = Math.sign(slowArea(after) - 1) * (sign === 'x' ? 1 : -1);
        expect([next.reward + 0, next.discount]).toEqual(over ? [score + 0, 0] : [0, -1]);
        state = next.state;
      }
    }
    for (const count of Object.values(found)) expect(count).toBeGreaterThan(0);
  });
});

describe('scoring', () => {
  it('counts stones and what they alone surround; points between both are neutral', () => {
    const rows = ['. x . o o', '. x . o .', '. x . o o', '. x . o .', '. x . o o'];
    const result = (komi: number) => {
      const game = go({ size: 5, komi });
      return play(game, game.position(rows), 'pass pass').reward + 0;
    };
    // 10 points each; rewards are counted by o, who passed last
    expect([-0.5, 0, 0.5].map(result)).toEqual([-1, 0, 1]);
  });

  it('gives an empty board to nobody, so that komi decides', () => {
    const { state, reward, discount } = play(five, five.reset(rng), 'pass pass');
    expect([reward, discount]).toEqual([1, 0]);
    expect(five.legal!(state).includes(1)).toBe(false);
    expect(five.step(state, 3, rng)).toEqual({ state, reward: 0, discount: 0 });
    const even = go({ size: 5, komi: 0 });
    expect(play(even, even.reset(rng), 'pass pass')).toMatchObject({ reward: 0, discount: 0 });
  });

  it('is done as the board stands when a game grows too long', () => {
    const game = go({ size: 3, komi: 0, maxMoves: 3 });
    expect(play(game, game.reset(rng), 'b2 pass').discount).toBe(-1);
    // x has all nine points
    expect(play(game, game.reset(rng), 'b2 pass b1')).toMatchObject({ reward: 1, discount: 0 });
    expect(go({ size: 9 }).maxSteps).toBe(162);
  });
});

describe('playing on at random', () => {
  it('ends as often in each way as slow play does', () => {
    // mean results of 3000 playouts against 200 by a slow reading of the rules: standard error at most 0.073
    const game = go({ size: 5, komi: 2 });
    const ko = game.position(['. x o . .', 'x o . o .', '. x o . .', EMPTY_ROW, EMPTY_ROW]);
    const positions = [
      game.reset(rng),
      play(game, ko, 'c4').state,
      play(game, game.position(['x . . . .', '. x . . .', 'x x o . .', 'o o o . .', '. . o . .']), 'e3 pass')
        .state,
    ];
    for (const [i, state] of positions.entries()) {
      const fast = mean(3000, () => game.playout!.run(state, rng));
      const slow = mean(200, () => slowPlayout(game, state));
      expect(Math.abs(fast - slow), `position ${i}: ${fast} against ${slow}`).toBeLessThan(4 * 0.073);
    }
  });

  it('chooses each move alike: any point that is no eye, no suicide and no ko', () => {
    const size = 5;
    const game = go({ size, komi: 2 });
    const grid = goGrid(size);
    const random = new GoPlayout(grid);
    const found = { eyes: 0, falseEyes: 0, kos: 0, none: 0 };
    for (let i = 0; i < 60; i++) {
      // a position on the way of a slow playout; every third from a ko
      const ko = game.position(['. x o . .', 'x o . o .', '. x o . .', EMPTY_ROW, EMPTY_ROW]);
      let state = i % 3 === 0 ? play(game, ko, 'c4').state : game.reset(rng);
      let before = state;
      for (let t = i % 3 === 0 ? 0 : 10 + rng.integer(40); t > 0 && state.passes < 2; t--) {
        before = state;
        state = game.step(state, slowMove(game, state), rng).state;
      }
      if (state.passes === 2) continue;
      const board = rowsOf(game, state).map((row) => row.split(' '));
      const flat = board.flat();
      const own = state.moves % 2 === 0 ? 'x' : 'o';
      const last = i % 3 === 0 && state.moves === 1 ? ko : before;
      const expected = [...Array(size * size).keys()].filter((square) => {
        if (flat[square] !== '.') return false;
        const { after, lost } = slowPlace(board, square, own);
        const inKo = after.map((row) => row.join(' ')).join() === rowsOf(game, last).join();
        const surrounded = around(size, square).every((next) => flat[next] === own);
        if (isEye(board, square, own)) found.eyes++;
        else if (surrounded) found.falseEyes++;
        if (inKo) found.kos++;
        return !lost && !inKo && !isEye(board, square, own);
      });
      if (expected.length === 0) found.none++;
      const counts = new Map<number, number>();
      const tries = 60 * Math.max(1, expected.length);
      for (let n = 0; n < tries; n++) {
        random.run(state.board, own === 'x' ? 1 : 2, state.ko, 0, 1, rng);
        const square = [...grid.points].findIndex(
          (point, at) => random.stones[point] !== 0 && flat[at] === '.',
        );
        counts.set(square, (counts.get(square) ?? 0) + 1);
      }
      // each with 60 expected: a standard deviation below 7.8
      expect([...counts.keys()].sort((a, b) => a - b)).toEqual(expected.length > 0 ? expected : [-1]);
      if (expected.length > 0)
        for (const count of counts.values()) expect(Math.abs(count - 60)).toBeLessThan(39);
    }
    for (const count of Object.values(found)) expect(count).toBeGreaterThan(0);
  });

  it('does not retake in a ko that arises on the way', () => {
    const grid = goGrid(5);
    const random = new GoPlayout(grid);
    const { board } = five.position(['. x o . .', 'x o . o .', '. x o . .', EMPTY_ROW, EMPTY_ROW]);
    // of two random moves the first takes and the second would retake about once in 15 * 15 times
    for (let i = 0; i < 3000; i++) {
      random.run(board, 1, -1, 0, 2, rng);
      expect(grid.points.every((point) => random.stones[point] === board[point])).toBe(false);
    }
  });

  it('ends on a position in which only eyes are empty', () => {
    const grid = goGrid(9);
    const board = new GoBoard(grid);
    const random = new GoPlayout(grid);
    const game = go();
    for (let i = 0; i < 200; i++) {
      random.run(game.reset(rng).board, 1, -1, 0, 10_000, rng);
      expect(board.isPosition(random.stones)).toBe(true);
      for (const point of grid.points) {
        if (random.stones[point] !== 0) continue;
        const around = [-1, 1, -grid.stride, grid.stride].map((by) => random.stones[point + by]);
        expect(around.includes(0)).toBe(false);
      }
    }
  });
});

describe('input', () => {
  it('of points that are taken or not on the board is refused', () => {
    const { state } = play(five, five.reset(rng), 'c3');
    for (const action of [12, 26, -1]) expect(() => five.step(state, action, rng)).toThrow(InputError);
    expect(() => five.position(['x'])).toThrow(/go: a position must be 5 rows of 5 signs/);
    expect(() => go({ size: 2 }).position(['x.', '.o'])).not.toThrow();
    expect(() => go({ size: 2 }).position(['xo', 'ox'])).toThrow(/every chain .* must have a liberty/);
    expect(() => go({ size: 20 })).toThrow(/go: an option cannot be used.\n.*size/);
  });

  it('is named as on Go boards, without an i', () => {
    const game = go({ size: 19 });
    expect([0, 18, 180, 342, 361].map(game.notation!.action)).toEqual(['a19', 't19', 'k10', 'a1', 'pass']);
  });
});

function mean(count: number, draw: () => number): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += draw();
  return total / count;
}

type Signs = readonly (readonly string[])[];

const around = (size: number, square: number) => {
  const [row, column] = [Math.floor(square / size), square % size];
  return [
    [row - 1, column],
    [row + 1, column],
    [row, column - 1],
    [row, column + 1],
  ]
    .filter(([r, c]) => r >= 0 && r < size && c >= 0 && c < size)
    .map(([r, c]) => r * size + c);
};

/** The squares of the same sign connected with `square`, and the signs around them. */
function slowChain(board: Signs, square: number): { chain: number[]; beside: string[] } {
  const flat = board.flat();
  const chain = [square];
  const beside: string[] = [];
  for (const member of chain) {
    for (const next of around(board.length, member)) {
      if (flat[next] !== flat[square]) beside.push(flat[next]);
      else if (!chain.includes(next)) chain.push(next);
    }
  }
  return { chain, beside };
}

function slowPlace(board: Signs, square: number, sign: string): { after: string[][]; lost: boolean } {
  const size = board.length;
  const after = board.map((row) => [...row]);
  const set = (at: number, to: string) => {
    after[Math.floor(at / size)][at % size] = to;
  };
  set(square, sign);
  for (const next of around(size, square)) {
    const there = after[Math.floor(next / size)][next % size];
    if (there === '.' || there === sign) continue;
    const { chain, beside } = slowChain(after, next);
    if (!beside.includes('.')) for (const member of chain) set(member, '.');
  }
  const { chain, beside } = slowChain(after, square);
  const lost = !beside.includes('.');
  if (lost) for (const member of chain) set(member, '.');
  return { after, lost };
}

/** Points of x less points of o. */
function slowArea(board: Signs): number {
  const value = { x: 1, o: -1, '.': 0 } as Record<string, number>;
  return board
    .flat()
    .map((sign, square) => {
      if (sign !== '.') return value[sign];
      const reached = new Set(slowChain(board, square).beside);
      return reached.size === 1 ? value[[...reached][0]] : 0;
    })
    .reduce((sum, points) => sum + points, 0);
}

/** Whether a point has own stones on all sides, and at most one of the other's across its corners, none at the border. */
function isEye(board: Signs, square: number, own: string): boolean {
  const at = (row: number, column: number): string | undefined => board[row]?.[column];
  const [row, column] = [Math.floor(square / board.length), square % board.length];
  const sides = [at(row - 1, column), at(row + 1, column), at(row, column - 1), at(row, column + 1)];
  if (sides.some((sign) => sign !== undefined && sign !== own)) return false;
  const corners = [-1, 1].flatMap((down) => [-1, 1].map((right) => at(row + down, column + right)));
  const others = corners.filter((sign) => sign !== undefined && sign !== '.' && sign !== own).length;
  return corners.includes(undefined) ? others === 0 : others < 2;
}

/** A random move among the legal ones that fill no own eye; the pass where there is none. */
function slowMove(game: GoEnvironment, state: GoState): number {
  const pass = game.action.n - 1;
  const board = rowsOf(game, state).map((row) => row.split(' '));
  const own = state.moves % 2 === 0 ? 'x' : 'o';
  const mask = game.legal!(state);
  const moves = [...mask.keys()].filter((a) => mask[a] === 1 && a < pass && !isEye(board, a, own));
  return moves.length > 0 ? moves[rng.integer(moves.length)] : pass;
}

/** The return of such play for who is to move at `state`. */
function slowPlayout(game: GoEnvironment, state: GoState): number {
  for (let weight = 1; ; ) {
    const next = game.step(state, slowMove(game, state), rng);
    if (next.discount === 0) return weight * next.reward;
    weight *= next.discount;
    state = next.state;
  }
}
