/** PUCT by what it knows for sure: it does not walk into a proven loss, and where all is lost it resists. */
import { describe, expect, test } from 'vitest';
import { box, type Discrete, decide, discrete, type Environment, Rng } from '../core/index.ts';
import { evaluated } from '../models/index.ts';
import { type Moves, puct } from './index.ts';

/** A game in which each state leads on by its row: to another state, or to the end with what the player to move gets. */
type Rows = readonly (readonly (number | { readonly gets: number })[])[];

function gameOf(rows: Rows): Environment<number, Discrete> {
  const n = Math.max(...rows.map((row) => row.length));
  return {
    name: 'rows',
    observation: box(0, rows.length, [1]),
    action: discrete(n),
    maxSteps: 100,
    reset: () => 0,
    step(state, action) {
      const next = rows[state][action];
      return typeof next === 'number'
        ? { state: next, reward: 0, discount: -1 }
        : { state, reward: next.gets, discount: 0 };
    },
    legal: (state) => Uint8Array.from({ length: n }, (_, a) => (a < rows[state].length ? 1 : 0)),
    observe: (state) => Float32Array.of(state),
  };
}

/** @param priors of the first state's moves; those of others fall by the factor 7 from each to the next */
function planOf(rows: Rows, priors: readonly number[], simulations: number) {
  const game = gameOf(rows);
  const { n } = game.action;
  const model = evaluated(game, async (states) => ({
    values: new Float32Array(states.length),
    logits: Float32Array.from({ length: n * states.length }, (_, i) => {
      const state = states[Math.floor(i / n)];
      if (i % n >= rows[state].length) return Number.NEGATIVE_INFINITY;
      return state === 0 ? Math.log(priors[i % n]) : -2 * (i % n);
    }),
  }));
  const planner = puct({ simulations, solver: true });
  return decide(model, planner, { root: 0, action: game.action, rng: Rng.from(0) });
}

describe('what is proven', () => {
  // the opponent's second reply to move 0 wins; what follows move 1 is long
  const trap: Rows = [[1, 3], [2, { gets: 1 }], [2], [3]];

  test('lost is not played while there is hope, however often it was visited', async () => {
    const before = await planOf(trap, [0.95, 0.05], 8);
    expect(before.action).toBe(0);
    const after = await planOf(trap, [0.95, 0.05], 20);
    const { visits, upper } = after.trace.moves as Moves;
    expect(upper![0]).toBe(-1);
    expect(visits[0]).toBeGreaterThan(visits[1]);
    expect(after.action).toBe(1);
    expect(Array.from(after.policy!)).toEqual([0, 1]);
  });

  test('lost whatever is played is put off as long as it can be', async () => {
    // move 0 is lost at once, but by the reply that is thought of last; move 1 loses three moves later
    const chains: Rows = [[1, 2], [5, 5, { gets: 1 }], [3], [4], [{ gets: 1 }], [6], [5]];
    const plan = await planOf(chains, [0.9, 0.1], 1000);
    const { visits } = plan.trace.moves as Moves;
    expect(plan.value).toBe(-1);
    expect(visits[0]).toBeGreaterThan(visits[1]);
    expect(plan.action).toBe(1);
  });
});
