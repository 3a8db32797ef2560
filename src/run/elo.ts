/**
 * Elo ratings of players from the results of their games, by maximum likelihood, with intervals.
 *
 * Bradley and Terry, Rank Analysis of Incomplete Block Designs (1952): i beats j with probability 1 / (1 + 10^((R_j - R_i) / 400)).
 * The maximum is unique where everyone has scored against someone all around (Hunter, MM Algorithms for Generalized
 * Bradley-Terry Models, 2004, assumption 1); it is found by Newton's method, the likelihood being concave. Intervals come from
 * the observed information: Fisher's, at the maximum.
 *
 * Differs from the papers:
 * - A draw counts as half a win and half a loss.
 * - Every two players who met are given drawn games besides, `prior` of them, so that whoever won or lost all games has a
 *   finite rating: the mode under a prior that expects even players, as strong as so many games.
 *
 * Shapes: K players.
 */
import { demand, InputError } from '../core/errors.ts';
import { cholesky, choleskySolve } from '../math/cholesky.ts';
import { type Interval, NORMAL_975 } from '../math/statistics.ts';
import type { Pairing, Tally } from './match.ts';

export interface EloOptions {
  /** Whose rating is 0. Default: the first player named. */
  readonly anchor?: string;
  /** Drawn games that every two players who met are given besides. 0: none, the maximum of the likelihood itself. Default 1. */
  readonly prior?: number;
}

export interface Rating {
  readonly name: string;
  readonly elo: number;
  /** The 95 % interval of the difference to the anchor; for the anchor itself both are 0. */
  readonly low: number;
  readonly high: number;
  /** Games that it rests on, the prior's left out. */
  readonly games: number;
}

/** Elo points of a factor e in the odds. */
const POINTS = 400 / Math.LN10;
/** Newton's method ends where no strength moves further. */
const TOLERANCE = 1e-10;
const MOST_ROUNDS = 200;

/**
 * Ratings of all players named in the results, the strongest first.
 * @throws InputError where results do not connect all players, or allow no maximum
 * @example elo([{ players: ['uct-100', 'random'], wins: 97, draws: 1, losses: 2 }], { anchor: 'random' })
 */
export function elo(results: readonly Pairing[], options: EloOptions = {}): Rating[] {
  const { prior = 1 } = options;
  const names = [...new Set(results.flatMap(({ players }) => players))];
  demand(names.length > 1, () => `elo: there must be results of two players or more, got ${names.length}.`);
  demand(prior >= 0 && prior < Infinity, () => `elo: prior must be 0 or a positive number, got ${prior}.`);
  const anchor = options.anchor ?? names[0];
  demand(
    names.includes(anchor),
    () => `elo: the anchor must be one of ${names.join(', ')}, got "${anchor}".`,
  );
  const order = [anchor, ...names.filter((name) => name !== anchor)];
  const K = order.length;
  const scores = new Float64Array(K * K); // points that row has made against column
  const played = new Float64Array(K);
  for (const result of results) addResult(scores, played, result, order);
  for (let i = 0; i < K; i++) {
    for (let j = 0; j < i; j++) {
      if (scores[i * K + j] + scores[j * K + i] === 0) continue;
      scores[i * K + j] += prior / 2;
      scores[j * K + i] += prior / 2;
    }
  }
  demandMaximum(scores, order);
  const { strengths, information } = maximum(scores, K);
  const ratings = order.map((name, i) => {
    const value = POINTS * strengths[i];
    const reach = i === 0 ? 0 : NORMAL_975 * POINTS * Math.sqrt(variance(information, K - 1, i - 1));
    return { name, elo: value, low: value - reach, high: value + reach, games: played[i] };
  });
  return ratings.sort((a, b) => b.elo - a.elo);
}

/** How many points the first of two players is above the second, with the 95 % interval: {@link elo} of the two alone. */
export function eloDifference(tally: Tally, prior = 1): Interval {
  const [first, second] = ['first', 'second'] as const;
  const ratings = elo([{ ...tally, players: [first, second] }], { anchor: second, prior });
  const { elo: mean, low, high } = ratings.find(({ name }) => name === first)!;
  return { mean, low, high };
}

function addResult(
  scores: Float64Array, // [K, K]
  played: Float64Array, // [K]
  { players, wins, draws, losses }: Pairing,
  order: readonly string[],
): void {
  const [i, j] = players.map((name) => order.indexOf(name));
  demand(
    i !== j,
    () => `elo: players of a result must be two, got ${players[0]} twice. Give one another name.`,
  );
  demand(
    [wins, draws, losses].every((count) => count >= 0 && count < Infinity),
    () => `elo: wins, draws and losses must be 0 or more, got ${wins}, ${draws}, ${losses}.`,
  );
  const K = order.length;
  scores[i * K + j] += wins + draws / 2;
  scores[j * K + i] += losses + draws / 2;
  played[i] += wins + draws + losses;
  played[j] += wins + draws + losses;
}

/** @throws InputError where the likelihood has no maximum: some players never scored against the rest, or never met them */
function demandMaximum(scores: Float64Array, order: readonly string[]): void {
  const K = order.length;
  const reached = (points: (from: number, to: number) => number) => {
    const found = [0];
    for (const from of found) {
      for (let to = 0; to < K; to++) if (points(from, to) > 0 && !found.includes(to)) found.push(to);
    }
    return found;
  };
  const above = reached((from, to) => scores[to * K + from]);
  const below = reached((from, to) => scores[from * K + to]);
  const lost = order.filter((_, i) => !above.includes(i) || !below.includes(i));
  if (lost.length > 0) {
    const met = reached((from, to) => scores[from * K + to] + scores[to * K + from]);
    const strangers = order.filter((_, i) => !met.includes(i));
    throw new InputError(
      strangers.length > 0
        ? `elo: games must connect all players with ${order[0]}, got none for ${strangers.join(', ')}. Let them play.`
        : `elo: without a prior every group of players must have won and lost against the rest, got one without for ${lost.join(', ')}. Give a prior, or more games.`,
    );
  }
}

/** Newton's method with halved steps, over all but player 0, whose strength is 0. @returns strengths [K], information [K-1, K-1] */
function maximum(scores: Float64Array, K: number): { strengths: Float64Array; information: Float64Array } {
  const D = K - 1;
  let strengths = new Float64Array(K);
  let likelihood = logLikelihood(scores, strengths);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const { gradient, information } = slopes(scores, strengths);
    const factor = new Float64Array(D * D);
    demand(
      cholesky(information, factor, D),
      () => 'elo: ratings must have a maximum, got results too one-sided.',
    );
    choleskySolve(factor, gradient, D); // now the step
    let size = 1;
    let next = moved(strengths, gradient, size);
    // rounding apart, a short enough step always climbs
    for (; logLikelihood(scores, next) < likelihood - 1e-12 * Math.abs(likelihood); size /= 2)
      next = moved(strengths, gradient, size / 2);
    strengths = next;
    likelihood = logLikelihood(scores, strengths);
    if (size * Math.max(...gradient.map(Math.abs)) < TOLERANCE) break;
  }
  return { strengths, information: slopes(scores, strengths).information };
}

function moved(from: Float64Array, step: Float64Array, size: number): Float64Array<ArrayBuffer> {
  return Float64Array.from(from, (strength, i) => (i === 0 ? 0 : strength + size * step[i - 1]));
}

function logLikelihood(scores: Float64Array, strengths: Float64Array): number {
  const K = strengths.length;
  let sum = 0;
  for (let i = 0; i < K; i++) {
    for (let j = 0; j < K; j++) {
      const points = scores[i * K + j];
      if (points > 0) sum -= points * Math.log1p(Math.exp(strengths[j] - strengths[i]));
    }
  }
  return sum;
}

/** Of the log-likelihood, over all but player 0: the gradient, and minus the second derivatives. */
function slopes(
  scores: Float64Array,
  strengths: Float64Array,
): { gradient: Float64Array; information: Float64Array } {
  const K = strengths.length;
  const D = K - 1;
  const gradient = new Float64Array(D);
  const information = new Float64Array(D * D);
  for (let i = 1; i < K; i++) {
    for (let j = 0; j < K; j++) {
      const games = scores[i * K + j] + scores[j * K + i];
      if (games === 0 || i === j) continue;
      const chance = 1 / (1 + Math.exp(strengths[j] - strengths[i]));
      const weight = games * chance * (1 - chance);
      gradient[i - 1] += scores[i * K + j] - games * chance;
      information[(i - 1) * D + i - 1] += weight;
      if (j > 0) information[(i - 1) * D + j - 1] -= weight;
    }
  }
  return { gradient, information };
}

/** An element of the diagonal of the inverse. */
function variance(information: Float64Array, D: number, i: number): number {
  const factor = new Float64Array(D * D);
  demand(
    cholesky(information, factor, D),
    () => 'elo: ratings must have a maximum, got results too one-sided.',
  );
  const column = new Float64Array(D);
  column[i] = 1;
  choleskySolve(factor, column, D);
  return column[i];
}
