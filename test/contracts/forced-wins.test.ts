/** UCT finds what a search through all moves finds: wins forced within three plies, and that tic-tac-toe is a draw. */
import { describe, expect, it } from 'vitest';
import { type Discrete, decideSync, type Environment, legalActions, Rng } from '../../src/core/index.ts';
import { connectFour, ticTacToe } from '../../src/envs/index.ts';
import { byPlayouts, evaluated } from '../../src/models/index.ts';
import { type Moves, uct } from '../../src/planners/index.ts';

type Game = Environment<unknown, Discrete>;

const POSITIONS = 200;
const PLIES = 3;

const legalIn = (game: Game, state: unknown) => legalActions(game.action, game.legal!(state));

/** Whether `action` wins within so many plies, whatever the opponent does. */
function wins(game: Game, state: unknown, action: number, plies: number): boolean {
  const next = game.step(state, action, Rng.from(0));
  if (next.discount === 0) return next.reward > 0;
  if (plies < 3) return false;
  return legalIn(game, next.state).every((reply) => {
    const after = game.step(next.state, reply, Rng.from(0));
    if (after.discount === 0) return false;
    return legalIn(game, after.state).some((move) => wins(game, after.state, move, plies - 2));
  });
}

/** Positions of random games in which some move forces a win, and another does not. */
function* positions(game: Game): Generator<{ state: unknown; winning: number[] }> {
  const rng = Rng.from('forced wins');
  for (let found = 0; found < POSITIONS; ) {
    let state = game.reset(rng);
    for (let over = false; !over && found < POSITIONS; ) {
      const legal = legalIn(game, state);
      const winning = legal.filter((action) => wins(game, state, action, PLIES));
      if (winning.length > 0 && winning.length < legal.length) {
        found++;
        yield { state, winning };
        break; // one position a game
      }
      const next = game.step(state, legal[rng.integer(legal.length)], rng);
      over = next.discount === 0;
      state = next.state;
    }
  }
}

describe.each<[string, Game, number]>([
  ['tic-tac-toe', ticTacToe() as Game, 2000],
  ['connect-four', connectFour() as Game, 5000],
])('%s', (_, game, simulations) => {
  const model = evaluated(game, byPlayouts(game));
  it.each([false, true])(
    `every win within three plies is found in ${simulations} simulations, solver %s`,
    (solver) => {
      const planner = uct({ simulations, solver });
      const missed: string[] = [];
      let seed = 0;
      for (const { state, winning } of positions(game)) {
        const { action } = decideSync(model, planner, {
          root: state,
          action: game.action,
          rng: Rng.from(seed++),
        });
        if (!winning.includes(action))
          missed.push(
            `${game.notation!.board(state)}\nplays ${game.notation!.action(action)}, not ${winning.map(game.notation!.action)}`,
          );
      }
      expect(missed).toEqual([]);
    },
  );
});

describe('tic-tac-toe with the solver', () => {
  it('is proven a draw', () => {
    const game = ticTacToe();
    const { value, trace } = decideSync(
      evaluated(game, byPlayouts(game)),
      uct({ simulations: 1_000_000, solver: true }),
      { root: 0, action: game.action, rng: Rng.from(0) },
    );
    const { lower, upper, visits } = trace.moves as Moves;
    expect(value).toBe(0);
    expect(Math.max(...lower!)).toBe(0);
    expect(Math.max(...upper!)).toBe(0);
    expect(visits.reduce((sum, count) => sum + count, 0)).toBeLessThan(1_000_000);
  });
});
