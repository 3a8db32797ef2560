/** Elo ratings against arithmetic, and against the strengths that simulated games were played with. */
import { describe, expect, it } from 'vitest';
import { Rng } from '../core/rng.ts';
import { elo, eloDifference } from './elo.ts';
import type { Pairing } from './match.ts';

const by = (ratings: ReturnType<typeof elo>, name: string) => ratings.find((one) => one.name === name)!;

describe('elo', () => {
  it('of two players is the difference at which the score is expected', () => {
    // 70 wins, 10 draws, 20 losses: 75 points of 100, odds 3 : 1, 400 log10 3 = 190.85; information 100 * 0.75 * 0.25 = 18.75,
    // so the reach is 1.96 * (400 / ln 10) / sqrt(18.75) = 78.63
    const { mean, low, high } = eloDifference({ wins: 70, draws: 10, losses: 20 }, 0);
    expect(mean).toBeCloseTo(190.85, 2);
    expect(high - mean).toBeCloseTo(78.63, 2);
    expect(mean - low).toBeCloseTo(78.63, 2);
  });

  it('counts a draw as half a win and half a loss', () => {
    const draws = eloDifference({ wins: 60, draws: 20, losses: 20 });
    const none = eloDifference({ wins: 70, draws: 0, losses: 30 });
    expect(draws).toEqual(none);
  });

  it('is finite for who won all games: as if one more had been drawn', () => {
    // 100.5 of 101 points: 400 log10 201 = 921.3; information 101 * (100.5 * 0.5) / 101^2 = 0.4975: reach 482.7
    const { mean, low, high } = eloDifference({ wins: 100, draws: 0, losses: 0 });
    expect(mean).toBeCloseTo(921.28, 2);
    expect(high - mean).toBeCloseTo(482.71, 2);
    expect(low).toBeGreaterThan(400);
    // and more games won tell more
    expect(eloDifference({ wins: 1000, draws: 0, losses: 0 }).mean).toBeCloseTo(400 * Math.log10(2001), 2);
  });

  it('of a chain adds up, and so do the variances', () => {
    // each 75 of 100 points: 190.85 a step; the variance of two steps is twice that of one
    const step = { wins: 75, draws: 0, losses: 25 };
    const ratings = elo(
      [
        { players: ['b', 'a'], ...step },
        { players: ['c', 'b'], ...step },
      ],
      { anchor: 'a', prior: 0 },
    );
    expect(ratings.map(({ name }) => name)).toEqual(['c', 'b', 'a']);
    const [c, b, a] = ratings;
    expect(a).toEqual({ name: 'a', elo: 0, low: 0, high: 0, games: 100 });
    expect(b.elo).toBeCloseTo(190.85, 2);
    expect(b.games).toBe(200);
    expect(c.elo).toBeCloseTo(381.7, 2);
    expect(c.high - c.elo).toBeCloseTo(Math.SQRT2 * (b.high - b.elo), 6);
  });

  it('only shifts with the anchor', () => {
    const results: Pairing[] = [
      { players: ['a', 'b'], wins: 7, draws: 2, losses: 11 },
      { players: ['b', 'c'], wins: 4, draws: 6, losses: 10 },
      { players: ['c', 'a'], wins: 9, draws: 5, losses: 6 },
    ];
    const [first, second] = [elo(results, { anchor: 'a' }), elo(results, { anchor: 'c' })];
    for (const name of ['a', 'b', 'c']) {
      expect(by(first, name).elo - by(first, 'c').elo).toBeCloseTo(by(second, name).elo, 6);
    }
  });

  it('makes the expected points the real ones: the maximum of the likelihood', () => {
    const results: Pairing[] = [
      { players: ['a', 'b'], wins: 12, draws: 3, losses: 5 },
      { players: ['b', 'c'], wins: 40, draws: 0, losses: 1 },
      { players: ['c', 'a'], wins: 1, draws: 2, losses: 17 },
      { players: ['d', 'a'], wins: 100, draws: 0, losses: 1 },
    ];
    const ratings = elo(results, { prior: 0 });
    for (const { name, elo: own } of ratings) {
      let surplus = 0;
      for (const { players, wins, draws, losses } of results) {
        if (!players.includes(name)) continue;
        const other = by(ratings, players.find((player) => player !== name)!).elo;
        const points = (players[0] === name ? wins : losses) + draws / 2;
        surplus += points - (wins + draws + losses) / (1 + 10 ** ((other - own) / 400));
      }
      expect(surplus).toBeCloseTo(0, 6);
    }
  });

  it('recovers the strengths of simulated players, within its intervals as often as it says', () => {
    const truth = { a: 0, b: 120, c: 260, d: 500 };
    const names = Object.keys(truth) as (keyof typeof truth)[];
    const rng = Rng.from(11);
    let inside = 0;
    let tried = 0;
    let error = 0;
    for (let round = 0; round < 200; round++) {
      const results: Pairing[] = names.flatMap((first, i) =>
        names.slice(i + 1).map((second) => {
          const chance = 1 / (1 + 10 ** ((truth[second] - truth[first]) / 400));
          const wins = Array.from({ length: 200 }, () => rng.uniform() < chance).filter(Boolean).length;
          return { players: [first, second], wins, draws: 0, losses: 200 - wins } as const;
        }),
      );
      const ratings = elo(results, { anchor: 'a' });
      for (const name of names.slice(1)) {
        const { elo: mean, low, high } = by(ratings, name);
        error += mean - truth[name];
        if (low <= truth[name] && truth[name] <= high) inside++;
        tried++;
      }
    }
    // 600 intervals, not independent within a round: 95 % of them, give or take 3 %
    expect(inside / tried).toBeGreaterThan(0.92);
    expect(inside / tried).toBeLessThan(0.98);
    expect(Math.abs(error / tried)).toBeLessThan(5);
  });
});

describe('bad input', () => {
  const won: Pairing = { players: ['a', 'b'], wins: 5, draws: 0, losses: 0 };
  it.each<[string, Pairing[], object, RegExp]>([
    ['nobody', [], {}, /there must be results of two players or more, got 0/],
    ['an unknown anchor', [won], { anchor: 'c' }, /the anchor must be one of a, b, got "c"/],
    ['a player against itself', [won, { ...won, players: ['a', 'a'] }], {}, /must be two, got a twice/],
    [
      'strangers',
      [won, { ...won, players: ['c', 'd'] }],
      {},
      /must connect all players with a, got none for c, d/,
    ],
    ['no games', [{ ...won, wins: 0 }], {}, /must connect all players with a, got none for b/],
    ['no maximum', [won], { prior: 0 }, /without a prior .* got one without for b\. Give a prior/],
    ['negative counts', [{ ...won, losses: -1 }], {}, /must be 0 or more, got 5, 0, -1/],
    ['a negative prior', [won], { prior: -1 }, /prior must be 0 or a positive number, got -1/],
  ])('is told: %s', (_, results, options, message) => {
    expect(() => elo(results, options)).toThrow(message);
  });
});
