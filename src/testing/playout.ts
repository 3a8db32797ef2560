/** Whether a game's playouts end as often in each way as games of uniformly random legal moves do. */
import type { Environment } from '../core/environment.ts';
import type { Rng } from '../core/rng.ts';
import { type Discrete, legalActions } from '../core/spaces.ts';
import { playOn } from '../models/playouts.ts';

/** A random return's mean and mean square. */
interface Moments {
  readonly mean: number;
  readonly square: number;
}

/** So many standard errors: chance alone goes further once in 150,000 times. */
const LIMIT = 4.5;

/** Positions with more moves ahead than this are not looked at in all their ways. */
const MOST_STEPS = 2000;

/** Games that are played out from `state` against as many by repeated `step`. What is wrong, in words, or undefined. */
export function differsFromSteps<S>(
  game: Environment<S, Discrete>,
  state: S,
  count: number,
  rng: Rng,
): string | undefined {
  const stepped = momentsOf(count, () => playOn(game, state, rng));
  return apart(game, state, stepped, count, 2, rng);
}

/**
 * The latest positions of a game, as far back as all its ways to the end can be gone: there playouts are compared with exact
 * expectations, which shows a preference for some moves that long games would hide.
 * @param states from the first to the one after the last move
 * @returns the move after which they differ and how, or undefined
 */
export function differsFromTree<S>(
  game: Environment<S, Discrete>,
  states: readonly S[],
  count: number,
  rng: Rng,
): { readonly at: number; readonly what: string } | undefined {
  for (let at = states.length - 2; at >= 0; at--) {
    const exact = expectation(game, states[at], { left: MOST_STEPS }, rng);
    if (!exact) return undefined;
    const what = apart(game, states[at], exact, count, 1, rng);
    if (what !== undefined) return { at, what };
  }
  return undefined;
}

/** @param samples how many of the two are samples, and not exact */
function apart<S>(
  game: Environment<S, Discrete>,
  state: S,
  expected: Moments,
  count: number,
  samples: 1 | 2,
  rng: Rng,
): string | undefined {
  const own = momentsOf(count, () => game.playout!.run(state, rng));
  // Bounds on the variances from what is expected. A sample without spread may still come from a population with some: as
  // if one more result had differed.
  const floor = 1 / count;
  const variance = Math.max(expected.square - expected.mean ** 2, 0) + floor;
  const spread = Math.max(expected.square - expected.square ** 2, 0) + floor; // of squares that are at most 1
  const error = (value: number) => LIMIT * Math.sqrt((samples * value) / count);
  const say = (what: string, got: number, due: number) =>
    `playouts must end as games of random legal moves do, and the ${what} of their returns is ${got.toFixed(3)} ` +
    `against ${due.toFixed(3)}, over ${count} of them`;
  if (Math.abs(own.mean - expected.mean) > error(variance)) return say('mean', own.mean, expected.mean);
  if (expected.square <= 1 && Math.abs(own.square - expected.square) > error(spread)) {
    return say('mean square', own.square, expected.square);
  }
  return undefined;
}

/** The return of random play, all ways counted; undefined where there are too many, or where steps draw dice. */
function expectation<S>(
  game: Environment<S, Discrete>,
  state: S,
  budget: { left: number },
  rng: Rng,
): Moments | undefined {
  const moves = legalActions(game.action, game.legal?.(state));
  budget.left -= moves.length;
  if (budget.left < 0 || moves.length === 0) return undefined;
  let mean = 0;
  let square = 0;
  for (const move of moves) {
    const before = rng.save().join();
    const { state: next, reward, discount } = game.step(state, move, rng);
    if (rng.save().join() !== before) return undefined;
    const later = discount === 0 ? { mean: 0, square: 0 } : expectation(game, next, budget, rng);
    if (!later) return undefined;
    mean += (reward + discount * later.mean) / moves.length;
    square +=
      (reward ** 2 + 2 * reward * discount * later.mean + discount ** 2 * later.square) / moves.length;
  }
  return { mean, square };
}

function momentsOf(count: number, draw: () => number): Moments {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < count; i++) {
    const value = draw();
    sum += value;
    squares += value * value;
  }
  return { mean: sum / count, square: squares / count };
}
