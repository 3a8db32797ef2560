/** Every game keeps the contract of a game, and a game that breaks it is told how, in its own moves. */
import { describe, expect, test } from 'vitest';
import type { Environment, Transition } from '../../src/core/environment.ts';
import { InputError } from '../../src/core/errors.ts';
import type { Rng } from '../../src/core/rng.ts';
import { type Discrete, discrete } from '../../src/core/spaces.ts';
import { gameEnvironments, gomoku, hex, othello, ticTacToe } from '../../src/envs/index.ts';
import { type CheckGameOptions, checkGame, gameProblems } from '../../src/testing/index.ts';
import { type NimState, nim } from '../worlds/nim.ts';

const LARGE = ['gomoku', 'hex', 'othello'];

describe.each(Object.keys(gameEnvironments))('%s', (name) => {
  test('keeps the contract of a game', async () => {
    const game = (await gameEnvironments[name].make()) as Environment<unknown, Discrete>;
    expect(game.playout).toBeDefined();
    expect(game.notation).toBeDefined();
    expect(game.symmetries!.length).toBeGreaterThan(0);
    checkGame(game, {
      seed: name,
      games: LARGE.includes(name) || name === 'go9' ? 6 : 40,
      alternates: !name.startsWith('othello'),
      // Go's playouts spare eyes: they have a test of their own
      playouts: name === 'go9' ? 0 : LARGE.includes(name) ? 200 : 3000,
    });
  });
});

test.each([gomoku({ rows: 4, columns: 7, inARow: 4 }), gomoku({ rows: 8, columns: 8 }), hex({ size: 5 })])(
  'other sizes keep it too: $name, $action.n moves',
  (game) => {
    checkGame(game as Environment<unknown, Discrete>, { alternates: true });
  },
);

test('a game of your own passes', () => {
  expect(gameProblems(nim(), { alternates: true })).toEqual([]);
});

describe('broken games are told how', () => {
  const game = nim();
  const played =
    (change: (transition: Transition<NimState>, state: NimState) => Partial<Transition<NimState>>) =>
    (state: NimState, action: number, rng: Rng) => {
      const transition = game.step(state, action, rng);
      return { ...transition, ...change(transition, state) };
    };
  const equal = { actions: Int32Array.of(0, 1, 2), observation: Int32Array.of(0) };
  // biome-ignore format: a table, one case a line
  const cases: [string, Partial<Record<keyof typeof game, unknown>>, RegExp, CheckGameOptions?][] = [
    ['no legal move', { legal: (s: NimState) => (s.left === 1 ? new Uint8Array(3) : game.legal!(s)) }, /- after (take-\d ?)+: there must be a legal move unless the game is over, got none/],
    ['an illegal move listed', { legal: (s: NimState) => Uint8Array.of(1, 1, s.left > 0 ? 1 : 0) }, /- after .*: `legal` allows take-[23], and `step` refuses it: only [12] are left/],
    ['moves after the end', { legal: (s: NimState) => (s.left === 0 ? Uint8Array.of(1, 1, 0) : game.legal!(s)) }, /the game is over, so no move must be legal, got take-1, take-2/],
    ['a win that does not end the game', { maxSteps: 8, step: played((_, { left }) => ({ reward: left === 5 ? 1 : 0 })) }, /take-\d gives a reward of 1 to who moves, and the game goes on: the next player could win it too/],
    ['rewards as the first player counts them', { step: played(({ reward }, { moves }) => ({ reward: moves % 2 === 0 ? reward : -reward })) }, /the first player won all \d+ games that were decided, whoever moved last\. Rewards must be counted by who moves/],
    ['nobody else to move', { step: played(({ discount }) => ({ discount: discount === 0 ? 0 : 1 })) }, /in 20 games the turn never passed\. A move after which the opponent is to move has a discount of -1/],
    ['moving twice where turns are promised', { step: played(({ discount }, { left }) => ({ discount: left === 7 ? 1 : discount })) }, /players must take turns, and after take-\d the same player moves again/, { alternates: true }],
    ['discounts over time', { step: played(({ discount }) => ({ discount: 0.9 * discount })) }, /- the discount after take-\d must be -1 .*, got -0.9/],
    ['a reward that is none', { step: played(({ reward }) => ({ reward: reward === 1 ? NaN : 0 })) }, /the reward of take-\d must be a finite number, got NaN/],
    ['no end', { maxSteps: 4 }, /- after take-\d take-\d take-\d take-\d: the game must be over within its `maxSteps` of 4 moves, and goes on/],
    ['an error past the end', { step: (s: NimState, a: number, rng: Rng) => { if (s.left === 0) throw new Error('it is over'); return game.step(s, a, rng); } }, /a step past the end must not throw, and threw Error: it is over/],
    ['a codec that forgets', { codec: { words: 1, write: (s: NimState, out: Int32Array, at: number) => { out[at] = s.left; }, read: (from: Int32Array, at: number) => ({ left: from[at], moves: 0 }) } }, /- after take-\d: `codec` must give back the state that it was given, got \.moves: 1 against 0/],
    ['a codec that writes too far', { codec: { words: 1, write: (s: NimState, out: Int32Array, at: number) => { out[at] = s.left; out[at + 1] = s.moves; }, read: (from: Int32Array, at: number) => ({ left: from[at], moves: from[at + 1] }) } }, /`codec.write` must keep to its 1 words/],
    ['moves written alike', { notation: { ...game.notation!, action: () => 'take' } }, /each move must be written in its own way, got take for actions 0 and 1/],
    ['moves with spaces', { notation: { ...game.notation!, action: (a: number) => `take ${a}` } }, /in lower case without spaces, got "take 0" for action 0/],
    ['a ragged board', { notation: { ...game.notation!, board: () => 'a\nbb' } }, /lines of a board must be equally wide, got 1, 2 signs/],
    ['a symmetry of moves that are not alike', { symmetries: [{ ...equal, name: 'more is less', actions: Int32Array.of(2, 1, 0) }] }, /symmetry "more is less" does not hold: /],
    ['a symmetry that is no permutation', { symmetries: [{ ...equal, name: 'all one', actions: Int32Array.of(0, 0, 0) }] }, /symmetry "all one" must permute the 3 actions/],
    ['a playout of another step', { playout: { equals: undefined, run: (s: NimState) => (s.moves % 2 === 0 ? 1 : -1) } }, /`playout.equals` must be the game's own `step`/],
    ['boxes as moves', { action: { kind: 'box' } }, /the action space must be discrete, as discrete\(9\), got "box"/],
    ['what breaks any world', { observe: () => Float32Array.of(NaN) }, /finite numbers, got NaN/],
  ];
  test.each(cases)('%s', (_, change, message, options = {}) => {
    const broken = { ...game, ...change } as Environment<NimState, Discrete>;
    expect(() => checkGame(broken, options)).toThrow(InputError);
    expect(() => checkGame(broken, options)).toThrow(message);
  });

  test('a symmetry that the start position lacks', () => {
    const world = othello({ size: 6 });
    const turned = Int32Array.from({ length: 36 }, (_, i) => (i % 6) * 6 + 5 - Math.floor(i / 6));
    const observation = Int32Array.from({ length: 72 }, (_, i) => turned[i % 36] + (i < 36 ? 0 : 36));
    const broken = { ...world, symmetries: [{ name: 'quarter turn', actions: turned, observation }] };
    expect(gameProblems(broken, { playouts: 0 })).toEqual([
      expect.stringMatching(
        /^symmetry "quarter turn" does not hold: c2 is legal, and e3 in the changed game is not\./,
      ),
    ]);
  });

  test('a playout that prefers some moves, or counts for the other side', () => {
    const world = ticTacToe();
    const corner = (state: number, rng: Rng) => {
      // the first free square rather than any
      const first = world.legal!(state).indexOf(1);
      const { state: next, reward, discount } = world.step(state, first, rng);
      return discount === 0 ? reward : -world.playout!.run(next, rng);
    };
    const other = (state: number, rng: Rng) => -world.playout!.run(state, rng);
    for (const run of [corner, other]) {
      const problems = gameProblems({ ...world, playout: { equals: world.step, run } }, { playouts: 3000 });
      expect(problems.join()).toMatch(/playouts must end as games of random legal moves do, and the mean/);
    }
  });

  test('several problems are told together', () => {
    const broken = {
      ...game,
      maxSteps: 4,
      action: discrete(3),
      symmetries: [{ ...equal, name: 'turned', actions: Int32Array.of(2, 1, 0) }],
    };
    expect(gameProblems(broken).length).toBe(2);
    expect(() => checkGame(broken)).toThrow(/^game "nim" breaks its contract:\n {2}- .*\n {2}- /);
  });
});
