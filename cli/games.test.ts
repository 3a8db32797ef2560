/** Games on the command line: played by typed lines, and by two agents. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { alphazeroTicTacToe } from '../recipes/alphazero-tic-tac-toe.ts';
import type { Recipe } from '../src/run/recipe.ts';
import { runCommand } from './program.ts';

async function forethought(typed: string, ...given: string[]) {
  return within([], typed, ...given);
}

async function within(recipes: readonly Recipe[], typed: string, ...given: string[]) {
  let out = '';
  let error = '';
  async function* stdin() {
    yield typed;
  }
  const code = await runCommand(given, {
    recipes,
    stdin: stdin(),
    stdout: { write: (text) => (out += text), columns: 80 },
    stderr: { write: (text) => (error += text) },
    signal: new AbortController().signal,
  });
  return { code, out, error };
}
const runs = mkdtempSync(join(tmpdir(), 'forethought-games-'));
afterAll(() => rmSync(runs, { recursive: true }));
const play = (typed: string, ...more: string[]) => forethought(typed, 'play', 'tic-tac-toe', ...more);

test('a game is played by typed moves, and tells what the search thought', async () => {
  const { code, out, error } = await play('b2\nquit\n', '--opponent', 'uct:200');
  expect({ code, error }).toEqual({ code: 0, error: '' });
  expect(out).toContain('tic-tac-toe against uct-200, seed 0. You are x; x begins.');
  expect(out).toContain('Your move (x): a3 b3 c3 a2 b2 c2 a1 b1 c1\n');
  expect(out).toMatch(
    /uct-200 \(o\) plays \w\d\n {2}value [+-]\d\.\d\d after 200 simulations\n {2}move {3}visits {2}value\n/,
  );
  const rows = [...out.matchAll(/^ {2}(\w\d) +(\d+\.\d) % {2}[+-]\d\.\d\d$/gm)];
  expect(rows).toHaveLength(8);
  expect(rows.reduce((sum, [, , share]) => sum + Number(share), 0)).toBeCloseTo(100, 0);
  // the move played is the most visited, which is the first row; seven are left
  const [, move] = /plays (\w\d)/.exec(out)!;
  expect(rows[0][1]).toBe(move);
  const last = out.trimEnd().split('\n').at(-1)!;
  expect(last.replace('Your move (x): ', '').split(' ')).toHaveLength(7);
  expect(last).not.toContain(move);
});

test('bad input is answered by what is expected, and loses nothing', async () => {
  const { code, out } = await play('b2\nb2\nz9\nunod\n\nhint\nundo\nundo\nquit\n', '--opponent', 'random');
  expect(code).toBe(0);
  expect(out).toMatch(/b2: this move is not legal here\. Moves: /);
  expect(out).toMatch(/"z9": it must be a move or one of undo, swap, hint, new, help, quit\..* Moves: /);
  expect(out).toContain('Did you mean "undo"');
  expect(out).toMatch(/uct-1000 would play \w\d\n {2}value/);
  expect(out).toContain('There is no move of yours to take back.');
  // taken back: all nine squares are free again
  expect(out.match(/Your move \(x\): a3 b3 c3 a2 b2 c2 a1 b1 c1\n/g)).toHaveLength(2);
});

test('sides are swapped, games end, and another begins', async () => {
  const swapped = await play('swap\nquit\n', '--opponent', 'uct:50');
  expect(swapped.out).toContain('You are o now.\nuct-50 (x) plays ');
  expect(swapped.out).toContain('Your move (o): ');
  const second = await play('quit\n', '--opponent', 'uct:50', '--second');
  expect(second.out).toContain('You are o; x begins.');
  expect(second.out).toContain('uct-50 (x) plays ');
  // every square in turn: whatever the opponent does, the game ends; illegal ones are only answered
  const all = 'a3\nb3\nc3\na2\nb2\nc2\na1\nb1\nc1\n';
  const ended = await play(`${all}hint\nnew\nquit`, '--opponent', 'random', '--seed', '4');
  expect(ended.out).toMatch(/(You win \(x\)|random wins \(o\)|A draw)\. Type new, undo or quit\./);
  expect(ended.out).toContain('"hint": the game is over. Type new, undo or quit.');
  expect(ended.out.match(/Your move \(x\): a3 b3 c3 a2 b2 c2 a1 b1 c1\n/g)).toHaveLength(2);
  expect(await play(`${all}hint\nnew\nquit`, '--opponent', 'random', '--seed', '4')).toEqual(ended);
});

test('against uct:1000 unless told; watched with --frames', async () => {
  expect((await play('')).out).toContain('tic-tac-toe against uct-1000');
  expect((await play('', '--frames', '1')).out).toContain('tic-tac-toe, random actions');
});

test('match counts who won and who began, the same whenever it is played', async () => {
  const given = ['match', 'uct:100', 'random', '--game', 'tic-tac-toe', '--games', '40'];
  const { code, out, error } = await forethought('', ...given, '--json');
  expect({ code, error }).toEqual({ code: 0, error: '' });
  const line = JSON.parse(out);
  expect(line).toMatchObject({
    type: 'match',
    game: 'tic-tac-toe',
    players: ['uct-100', 'random'],
    games: 40,
    openings: 0,
    seed: 0,
  });
  expect(line.wins + line.draws + line.losses).toBe(40);
  for (const side of [line.begun, line.answered]) expect(side.wins + side.draws + side.losses).toBe(20);
  expect(line.score).toBe((line.wins + line.draws / 2) / 40);
  // a random player scores 0.5 against itself, the best possible about 0.97
  expect(line.score).toBeGreaterThan(0.8);
  expect(line.low).toBeLessThan(line.score);
  expect(line.elo.low).toBeGreaterThan(0);
  expect((await forethought('', ...given, '--json')).out).toBe(out);
  const people = await forethought('', ...given);
  expect(people.out).toMatch(
    /^uct-100 against random: tic-tac-toe, 40 games of [\d.]+ moves on average, seed 0\n\n +wins +draws +losses +score\nuct-100 begins +\d+ .* %\nrandom begins +\d+ .* %\nall +\d+ .* %\n\nscore .* %, 95 % from .* to .*\nElo difference \+\d+, 95 % from \+\d+ to \+\d+\n$/,
  );
});

test('ladder rates an agent among rungs, the first being 0', async () => {
  const given = ['ladder', 'uct:200', '--game', 'tic-tac-toe', '--rungs', 'random,uct:20', '--games', '20'];
  const { code, out, error } = await forethought('', ...given, '--json');
  expect({ code, error }).toEqual({ code: 0, error: '' });
  const line = JSON.parse(out);
  expect(line).toMatchObject({ type: 'ladder', game: 'tic-tac-toe', agent: 'uct-200', games: 20, seed: 0 });
  expect(line.results.map(({ opponent }: { opponent: string }) => opponent)).toEqual(['random', 'uct-20']);
  expect(line.ratings.map(({ name }: { name: string }) => name)).toEqual(['uct-200', 'uct-20', 'random']);
  expect(line.ratings[2].elo).toBe(0);
  expect(line.ratings[0].low).toBeGreaterThan(0);
  const people = await forethought('', ...given);
  expect(people.out).toMatch(
    /^uct-200 on the ladder of tic-tac-toe, 20 games a pair, seed 0\n\nagainst +wins +draws +losses +score\nrandom .* %\nuct-20 .* %\n\nElo +rating +95 % from +to\nuct-200 +\+\d+ +[+-]\d+ +\+\d+\n/,
  );
});

test('a run plays as it was at steps that it has kept', async () => {
  const learned = (...given: string[]) => within([alphazeroTicTacToe], '', ...given);
  const [short, long] = [join(runs, 'short'), join(runs, 'long')];
  const train = ['train', 'alphazero-tic-tac-toe', '--quick', '--budget.evaluateEvery', '0'];
  await learned(...train, '--steps', '1000', '--out', short);
  await learned(...train, '--steps', '2500', '--budget.keepEvery', '1000', '--out', long);
  const against = async (player: string) => {
    const { out, error } = await learned('match', player, 'uct:5', '--games', '12', '--json');
    expect(error).toBe('');
    const { wins, draws, losses, length } = JSON.parse(out);
    return { wins, draws, losses, length };
  };
  expect(await against(`${long}@1000`)).toEqual(await against(short));
  expect(await against(`${long}@2000`)).not.toEqual(await against(short));
  const { out } = await learned('ladder', long, '--rungs', 'random, earlier', '--games', '2', '--json');
  const opponents = JSON.parse(out).results.map(({ opponent }: { opponent: string }) => opponent);
  expect(opponents).toEqual(['random', `${long}@1000`, `${long}@2000`]);
  expect((await learned('play', `${long}@2000`)).out).toContain(`tic-tac-toe against ${long}@2000`);
  for (const [player, message] of [
    [`${long}@1500`, `${long}: must have kept what acted at step 1500, got steps 1000, 2000.`],
    [
      `${short}@1000`,
      `${short}: must have kept what acted at step 1000, got no steps. Train with --budget.keepEvery.`,
    ],
  ])
    expect((await learned('match', player, 'random')).error).toContain(message);
  expect((await learned('ladder', short, '--rungs', 'earlier')).error).toContain('got none that is kept');
});

test.each<[string[], RegExp]>([
  [['ladder', 'random', '--game', 'tic-tac-toe'], /random must not be a rung itself/],
  [['ladder', 'uct:5'], /ladder: there must be a game, got none/],
  [['ladder', 'uct:5', '--game', 'tic-tac-toe', '--rungs', 'random,nobody'], /player "nobody": must be/],
  [
    ['ladder', 'uct:5', '--game', 'tic-tac-toe', '--rungs', 'random,random'],
    /players must have names of their own/,
  ],
  [['match', 'random', 'random'], /there must be a game, got none\. Name one with --game/],
  [
    ['match', 'random', 'utc:5', '--game', 'tic-tac-toe'],
    /player "utc:5": must be random, uct:<simulations>, the folder of a run, or /,
  ],
  [['match', 'random', 'uct:0', '--game', 'tic-tac-toe'], /player "uct:0": must be/],
  [['match', 'random', 'no/run', '--game', 'tic-tac-toe'], /no\/run: must be the folder of a run/],
  [
    ['match', 'random', 'random', '--game', 'tic-tac-to'],
    /there is no such game\. Did you mean "tic-tac-toe"/,
  ],
  [['match', 'random', 'random', '--game', 'pendulum'], /pendulum: must be a game for two/],
  [['match', 'random', 'random', '--game', 'tic-tac-toe', '--openings', '9'], /openings must leave games/],
  [['play', 'pendulum', '--opponent', 'random'], /must be left out with a world that is no game for two/],
  [
    ['play', 'tic-tac-toe', '--opponent', 'random', '--frames', '2'],
    /--opponent and --second must be left out/,
  ],
])('bad input: %j gets one message and exit code 2', async (given, message) => {
  const { code, out, error } = await forethought('', ...given);
  expect(error).toMatch(message);
  expect(error).not.toMatch(/\n\s+at /);
  expect({ code, out }).toEqual({ code: 2, out: '' });
});

test.each(['match', 'ladder'])('help of %s', async (name) => {
  const { code, out } = await forethought('', name, '--help');
  expect(code).toBe(0);
  expect(out).toContain(`Examples:\n  forethought ${name} `);
});
