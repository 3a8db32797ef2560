/** The ladder on tic-tac-toe. */
import { describe, expect, it } from 'vitest';
import { randomAgent } from '../agents/random.ts';
import { uctAgent } from '../agents/uct.ts';
import { Rng } from '../core/rng.ts';
import { ticTacToe } from '../envs/games/index.ts';
import { calibrate, climb, standardRungs } from './ladder.ts';
import { resultOf } from './match.ts';

const environment = ticTacToe();
const rungs = standardRungs(environment, [10, 100]);
const rng = Rng.from(5);

describe('the ladder', () => {
  it('has the random player below and UCT above it', () => {
    expect(standardRungs(environment).map(({ name }) => name)).toEqual(['random', 'uct-100', 'uct-1000']);
  });

  it('is in order, and rates an agent among its rungs', async () => {
    const known = await resultOf(calibrate({ environment, rungs, games: 100, rng }));
    expect(known.map(({ players }) => players)).toEqual([
      ['uct-10', 'random'],
      ['uct-100', 'uct-10'],
    ]);
    const agent = { ...uctAgent(environment, { simulations: 30 }), name: 'middle' };
    const { matches, rating, ratings } = await resultOf(
      climb({ environment, agent, rungs, games: 100, rng, known }),
    );
    expect(matches.map(({ players }) => players[1])).toEqual(['random', 'uct-10', 'uct-100']);
    // a random player scores 50 % against itself; 30 simulations lie between 10 and 100
    expect(matches[0].score.mean).toBeGreaterThan(0.85);
    expect(ratings.map(({ name }) => name)).toEqual(['uct-100', 'middle', 'uct-10', 'random']);
    expect(ratings.at(-1)).toMatchObject({ elo: 0, low: 0, high: 0 });
    expect(rating).toBe(ratings[1]);
    expect(rating.low).toBeGreaterThan(100);
    expect(rating.high).toBeLessThan(1000);
    expect(rating.games).toBe(300);
  });

  it('plays the same games whatever other rungs there are', async () => {
    const agent = { ...randomAgent(environment.action), name: 'guest' };
    const all = await resultOf(climb({ environment, agent, rungs, games: 10, rng }));
    const one = await resultOf(climb({ environment, agent, rungs: rungs.slice(1, 2), games: 10, rng }));
    expect(one.matches[0]).toEqual(all.matches[1]);
    expect(one.ratings.find(({ name }) => name === 'uct-10')!.elo).toBe(0);
  });

  it('tells who is playing', async () => {
    const seen = new Set<string>();
    const agent = { ...randomAgent(environment.action), name: 'guest' };
    for await (const { players } of climb({ environment, agent, rungs, games: 2, rng }))
      seen.add(players.join(' - '));
    expect([...seen]).toEqual(['guest - random', 'guest - uct-10', 'guest - uct-100']);
  });

  it('needs names that differ', async () => {
    const agent = randomAgent(environment.action);
    await expect(resultOf(climb({ environment, agent, rungs, games: 2, rng }))).rejects.toThrow(
      'ladder: players must have names of their own, got random twice. Rename one of them.',
    );
    await expect(resultOf(calibrate({ environment, rungs: [], games: 2, rng }))).rejects.toThrow(
      'there must be two players or more, got 0',
    );
  });
});
