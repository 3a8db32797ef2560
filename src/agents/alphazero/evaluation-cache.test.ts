/** The cache of evaluations: what comes out is what was put in, and positions are not mistaken for others. */
import { expect, test } from 'vitest';
import { Rng } from '../../core/index.ts';
import { connectFour, othello } from '../../envs/index.ts';
import { EvaluationCache } from './evaluation-cache.ts';

const row = (...numbers: number[]) => Float32Array.from(numbers);

test('tells what was said of a position, until another takes its place', () => {
  const cache = new EvaluationCache(1, 2);
  expect(cache.get(row(0, 1, 0))).toBeUndefined();
  cache.set(row(0, 1, 0), 0.25, row(3, 4));
  expect(cache.get(row(0, 1, 0))).toEqual({ value: 0.25, logits: row(3, 4) });
  expect(cache.get(row(1, 0, 0))).toBeUndefined();
  cache.set(row(1, 0, 0), -1, row(5, 6));
  expect(cache.get(row(1, 0, 0))).toEqual({ value: -1, logits: row(5, 6) });
  expect(cache.get(row(0, 1, 0))).toBeUndefined();
});

test('its logits may be changed by who asks', () => {
  const cache = new EvaluationCache(4, 2);
  cache.set(row(1), 0, row(3, 4));
  cache.get(row(1))!.logits.fill(Number.NEGATIVE_INFINITY);
  expect(cache.get(row(1))!.logits).toEqual(row(3, 4));
});

test.each([connectFour(), othello()])('tells thousands of boards of $name apart', (game) => {
  const cache = new EvaluationCache(2 ** 19, 1);
  const rng = Rng.from(1);
  const boards = new Map<string, Float32Array>();
  while (boards.size < 10_000) {
    let state = game.reset(rng) as never;
    for (let ply = 0; ply < 30; ply++) {
      const legal = Array.from(game.legal!(state).keys()).filter((a) => game.legal!(state)[a] === 1);
      const next = game.step(state, legal[rng.integer(legal.length)], rng);
      if (next.discount === 0) break;
      state = next.state as never;
      const seen = game.observe(state);
      boards.set(seen.join(), seen);
    }
  }
  let asked = 0;
  for (const seen of boards.values()) {
    expect(cache.get(seen)).toBeUndefined();
    cache.set(seen, asked++, row(0));
  }
  // two in one place are not the one for the other, but few are
  const kept = Array.from(boards.values(), (seen) => cache.get(seen)?.value);
  expect(kept.every((value, i) => value === undefined || value === i)).toBe(true);
  expect(kept.filter((value) => value === undefined).length / boards.size).toBeLessThan(0.02);
});
