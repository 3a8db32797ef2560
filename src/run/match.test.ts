/** Matches of agents whose games can be followed by hand. */
import { describe, expect, it } from 'vitest';
import { take } from '../../test/worlds/take.ts';
import { randomAgent } from '../agents/random.ts';
import { uctAgent } from '../agents/uct.ts';
import type { Agent } from '../core/agent.ts';
import type { Environment } from '../core/environment.ts';
import type { View } from '../core/model.ts';
import { Rng } from '../core/rng.ts';
import type { Discrete } from '../core/spaces.ts';
import { cartPole } from '../envs/cart-pole.ts';
import { ticTacToe } from '../envs/games/index.ts';
import { isGameForTwo, playMatch, resultOf } from './match.ts';

/** Plays what a rule says. */
const by = (name: string, rule: (view: View) => number): Agent<Discrete> => ({
  name,
  act: (view) => ({ action: rule(view), carry: undefined }),
  save: () => ({ arrays: {}, facts: {} }),
  load() {},
});
const lowest = by('lowest', ({ legal }) => legal!.indexOf(1));
const highest = by('highest', ({ legal }) => legal!.lastIndexOf(1));

const match = <S>(
  environment: Environment<S, Discrete>,
  players: readonly [Agent<Discrete>, Agent<Discrete>],
  games: number,
  openings = 0,
) => resultOf(playMatch({ environment, players, games, openings, rng: Rng.from(7) }));

describe('a match', () => {
  it('counts games by who began, as the first player sees them', async () => {
    // both fill the squares in order; who begins has squares 0, 2, 4, 6 after seven moves, and 2 4 6 is a diagonal
    const result = await match(ticTacToe(), [lowest, { ...lowest, name: 'other' }], 10);
    expect(result).toEqual({
      game: 'tic-tac-toe',
      players: ['lowest', 'other'],
      games: 10,
      wins: 5,
      draws: 0,
      losses: 5,
      begun: { wins: 5, draws: 0, losses: 0 },
      answered: { wins: 0, draws: 0, losses: 5 },
      score: expect.objectContaining({ mean: 0.5 }),
      outcomes: [1, -1, 1, -1, 1, -1, 1, -1, 1, -1],
      length: 7,
    });
    // Wilson with p = 1/2, n = 10: 1/2 ± 1.96 sqrt(10 / 4 + 1.96^2 / 4) / (10 + 1.96^2) = 1/2 ± 0.2634
    expect(result.score.low).toBeCloseTo(0.2366, 4);
    expect(result.score.high).toBeCloseTo(0.7634, 4);
  });

  it('lets the same player move again where the turn does not pass, and gives the loser the reward of the last move', async () => {
    // of 5 stones the beginner takes two and moves again, takes one (2 left), and the other takes both: 5 -2 -1 -2
    const twoThenOne = by('two then one', ({ observation: [left] }) => (left === 5 ? 1 : left === 3 ? 0 : 1));
    const won = await match(take({ stones: 5, last: 1 }), [twoThenOne, twoThenOne], 2);
    expect(won).toMatchObject({ outcomes: [-1, 1], length: 3, begun: { losses: 1 }, answered: { wins: 1 } });
    const lost = await match(take({ stones: 5, last: -1 }), [twoThenOne, twoThenOne], 2);
    expect(lost).toMatchObject({ outcomes: [1, -1], length: 3 });
  });

  it('draws what is cut off', async () => {
    const game = take({ stones: 9, last: 1, maxSteps: 4 });
    expect(await match(game, [lowest, lowest], 3)).toMatchObject({ draws: 3, length: 4, games: 3 });
    // the last stone taken with the last move allowed is no cut
    expect(await match(take({ stones: 4, last: 1, maxSteps: 4 }), [lowest, lowest], 2)).toMatchObject({
      outcomes: [-1, 1],
    });
  });

  it('asks an agent that can play many games at once for all where it is to move, and one that cannot one by one', async () => {
    const asked: number[] = [];
    const many: Agent<Discrete> = {
      ...lowest,
      name: 'many',
      actMany(views, carries, rngs, mode) {
        asked.push(views.length);
        expect([carries.length, rngs.length, mode]).toEqual([views.length, views.length, 'evaluate']);
        return views.map(({ legal }) => ({ action: legal!.indexOf(1), carry: undefined }));
      },
    };
    const result = await match(ticTacToe(), [many, lowest], 10);
    // it begins 5 games; after the other has moved everywhere all 10 are its to move, until the first 5 end at move 7
    expect(asked).toEqual([5, 10, 10, 10]);
    expect(result).toEqual({
      ...(await match(ticTacToe(), [lowest, lowest], 10)),
      players: ['many', 'lowest'],
    });
  });

  it('hands carries back to their owner in their game', async () => {
    const counting: Agent<Discrete> = {
      ...lowest,
      name: 'counting',
      act: ({ observation, legal }, carry = 0) => {
        // own stones on the board are its moves so far
        expect(carry).toBe(observation.subarray(0, 9).reduce((sum, stone) => sum + stone, 0));
        return { action: legal!.indexOf(1), carry: Number(carry) + 1 };
      },
    };
    await match(ticTacToe(), [counting, counting], 4);
    await match(ticTacToe(), [counting, randomAgent(ticTacToe().action)], 4);
  });

  it('plays the same games however many there are, and others from another seed', async () => {
    const game = ticTacToe();
    const players = [uctAgent(game, { simulations: 5 }), randomAgent(game.action)] as const;
    const few = await match(game, players, 6);
    const many = await match(game, players, 40);
    expect(many.outcomes.slice(0, 6)).toEqual(few.outcomes);
    const other = await resultOf(playMatch({ environment: game, players, games: 40, rng: Rng.from(8) }));
    expect(other.outcomes).not.toEqual(many.outcomes);
  });

  it('begins games with random moves, the same for both sides of a pair', async () => {
    const game = ticTacToe();
    const seen: string[] = [];
    const watching = by('watching', ({ observation, legal }) => {
      if (observation.reduce((sum, stone) => sum + stone, 0) === 2) seen.push(observation.join(''));
      return legal!.indexOf(1);
    });
    await match(game, [watching, watching], 40, 2);
    expect(seen).toHaveLength(40);
    const count = (position: string) => seen.filter((other) => other === position).length;
    for (const position of seen) expect(count(position) % 2).toBe(0);
    // 20 pairs fall on 72 openings, expected to meet about 17.5 different ones
    expect(new Set(seen).size).toBeGreaterThan(12);
    // a random player against itself never has a game ended by its opening, however long that may be
    const eight = await match(game, [lowest, highest], 20, 8);
    expect(eight.length).toBe(9);
    await expect(match(game, [lowest, lowest], 2, 9)).rejects.toThrow(
      'match: openings must leave games to be played, got 9 random moves, after which tic-tac-toe is over. Take fewer.',
    );
  });

  it('yields how far it has come', async () => {
    const playing = playMatch({
      environment: ticTacToe(),
      players: [lowest, lowest],
      games: 2,
      rng: Rng.from(0),
    });
    const finished: number[] = [];
    for await (const moment of playing) finished.push(moment.finished);
    // 7 moves a game; the game that the first player begins ends first
    expect(finished).toHaveLength(14);
    expect(finished.at(-2)).toBe(1);
    expect(finished.at(-1)).toBe(2);
  });
});

describe('bad input', () => {
  const game = ticTacToe();
  it('is told: a move against the rules, by its name', async () => {
    const stubborn = by('stubborn', () => 4);
    await expect(match(game, [stubborn, lowest], 2)).rejects.toThrow(
      'agent stubborn, game 1, move 3 of tic-tac-toe: its move must be legal, got b2 (action 4). Use the mask it is shown.',
    );
    await expect(match(game, [lowest, by('lost', () => 9)], 2)).rejects.toThrow(
      /agent lost, game \d, .* of tic-tac-toe: its move must be/,
    );
  });

  it('is told: a world for one', async () => {
    await expect(match(cartPole() as Environment<never, Discrete>, [lowest, lowest], 2)).rejects.toThrow(
      'cart-pole: must be a game for two, got a world in which the turn does not pass.',
    );
    expect(isGameForTwo(game as Environment)).toBe(true);
  });

  it('is told: numbers of games and openings, and an agent that answers too little', async () => {
    await expect(match(game, [lowest, lowest], 0)).rejects.toThrow('games must be a positive integer, got 0');
    await expect(match(game, [lowest, lowest], 2, -1)).rejects.toThrow('openings must be 0 or a positive');
    await expect(match(game, [{ ...lowest, actMany: () => [] }, lowest], 2)).rejects.toThrow(
      'agent lowest: actMany must give a decision for each of 1 views, got 0',
    );
  });
});
