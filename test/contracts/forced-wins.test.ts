/** UCT finds what a search through all moves finds: wins forced within three plies, and that tic-tac-toe is a draw. */
import { describe, expect, it } from 'vitest';
import { type Discrete, decideSync, type Environment, legalActions, Rng } from '../../src/core/index.ts';
import { connectFour, go, gomoku, hex, othello, ticTacToe } from '../../src/envs/index.ts';
import { byPlayouts, evaluated } from '../../src/models/index.ts';
import { type Moves, uct } from '../../src/planners/index.ts';

type Game = Environment<unknown, Discrete>;

const POSITIONS = 200;
const PLIES = 3;
/** A move that wins later is as good. */
const LATER = 9;

const legalIn = (game: Game, state: unknown) => legalActions(game.action, game.legal!(state));

/**
 * Whether a move decides the game within so many plies for the player whose win is asked about, whatever the other does.
 * @param own whether that player makes it
 */
function wins(game: Game, state: unknown, action: number, plies: number, own = true): boolean {
  const { state: next, reward, discount } = game.step(state, action, Rng.from(0));
  if (discount === 0) return own ? reward > 0 : reward < 0;
  if (plies === 1) return false;
  const ownNext = discount > 0 ? own : !own;
  const after = (move: number) => wins(game, next, move, plies - 1, ownNext);
  return ownNext ? legalIn(game, next).some(after) : legalIn(game, next).every(after);
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
  ['gomoku, four in a row on 5 x 5', gomoku({ rows: 5, columns: 5, inARow: 4 }) as Game, 5000],
  ['othello on 6 x 6', othello({ size: 6 }) as Game, 2000],
  ['hex on 5 x 5', hex({ size: 5 }) as Game, 5000],
  ['Go on 3 x 3', go({ size: 3 }) as Game, 5000],
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
        if (!winning.includes(action) && !wins(game, state, action, LATER))
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
