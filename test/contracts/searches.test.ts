/** Every tree search plays by the rules of every small game, and tells what is wrong with models and games. */
import { describe, expect, it } from 'vitest';
import {
  type Discrete,
  decideMany,
  decideSync,
  type Environment,
  legalActions,
  type Planner,
  Rng,
} from '../../src/core/index.ts';
import { connectFour, ticTacToe } from '../../src/envs/index.ts';
import { byPlayouts, type Evaluator, evaluated } from '../../src/models/index.ts';
import { gumbel, type Moves, puct, type SearchCarry, uct } from '../../src/planners/index.ts';

const SIMULATIONS = 60;

const searches: Record<string, (simulations: number) => Planner<Discrete, SearchCarry>> = {
  uct: (simulations) => uct({ simulations }),
  'uct, 4 leaves': (simulations) => uct({ simulations, leaves: 4 }),
  'uct, solver': (simulations) => uct({ simulations, solver: true }),
  puct: (simulations) => puct({ simulations }),
  'puct, noise': (simulations) => puct({ simulations, noise: 0.25 }),
  'puct, draw': (simulations) => puct({ simulations, firstPlay: 'draw' }),
  'puct, loss, 4 leaves': (simulations) => puct({ simulations, firstPlay: 'loss', leaves: 4 }),
  'puct, solver, 3 leaves': (simulations) => puct({ simulations, solver: true, leaves: 3 }),
  gumbel: (simulations) => gumbel({ simulations }),
  'gumbel, noise, 4 considered': (simulations) => gumbel({ simulations, noise: 1, considered: 4 }),
  'gumbel, 4 leaves': (simulations) => gumbel({ simulations, leaves: 4 }),
};

const games: Record<string, () => Environment<unknown, Discrete>> = {
  'tic-tac-toe': () => ticTacToe() as Environment<unknown, Discrete>,
  'connect-four': () => connectFour() as Environment<unknown, Discrete>,
};

const sum = (numbers: Float32Array) => numbers.reduce((total, x, i) => total + (i + 1) * x, 0);

/** A state some random moves into the game, before its end. */
function position(game: Environment<unknown, Discrete>, moves: number, rng: Rng): unknown {
  let state = game.reset(rng);
  for (let t = 0; t < moves; t++) {
    const legal = legalActions(game.action, game.legal!(state));
    const next = game.step(state, legal[rng.integer(legal.length)], rng);
    if (next.discount === 0) break;
    state = next.state;
  }
  return state;
}

for (const [searchName, search] of Object.entries(searches)) {
  for (const [gameName, make] of Object.entries(games)) {
    describe(`${searchName} on ${gameName}`, () => {
      const game = make();
      const model = evaluated(game, byPlayouts(game));
      const plan = (state: unknown, seed: number, simulations = SIMULATIONS) =>
        decideSync(model, search(simulations), { root: state, action: game.action, rng: Rng.from(seed) });

      it('chooses legal moves, shares all of its policy among them, and values within the rewards', () => {
        for (let seed = 0; seed < 20; seed++) {
          const state = position(game, seed % 7, Rng.from(seed));
          const legal = game.legal!(state);
          const { action, policy, value } = plan(state, seed);
          expect(legal[action]).toBe(1);
          expect(value).toBeGreaterThanOrEqual(-1);
          expect(value).toBeLessThanOrEqual(1);
          expect(policy!.length).toBe(game.action.n);
          expect(policy!.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
          for (let a = 0; a < legal.length; a++) if (legal[a] === 0) expect(policy![a]).toBe(0);
        }
      });

      it('spends its simulations, each of which one move at the root has', () => {
        const { trace } = plan(game.reset(Rng.from(0)), 1);
        const { visits } = trace.moves as Moves;
        expect(visits.reduce((a, b) => a + b, 0)).toBe(SIMULATIONS);
      });

      it('repeats itself from the same seed', () => {
        const state = position(game, 3, Rng.from(5));
        const [one, two] = [plan(state, 9), plan(state, 9)];
        expect(two.action).toBe(one.action);
        expect(two.policy).toEqual(one.policy);
        expect(two.value).toBe(one.value);
      });

      it('plans for many games at once as for one, where the model draws nothing', async () => {
        const even = evaluated(game, (states) => ({
          // something that differs from state to state
          values: Float32Array.from(states, (state) => Math.sin(10 * sum(game.observe(state)))),
          logits: byPlayouts(game)(states, Rng.from(0)).logits.slice(),
        }));
        const roots = [0, 1, 2, 3].map((moves) => position(game, moves, Rng.from(moves)));
        const request = (root: unknown, i: number) => ({ root, action: game.action, rng: Rng.from(i) });
        const together = await decideMany(even, search(20), roots.map(request));
        roots.forEach((root, i) => {
          const one = decideSync(even, search(20), request(root, i));
          expect(together[i].policy).toEqual(one.policy);
          expect(together[i].value).toBe(one.value);
        });
      });

      it('plays a legal move after one simulation', () => {
        const state = position(game, 2, Rng.from(3));
        expect(game.legal!(state)[plan(state, 0, 1).action]).toBe(1);
      });

      it('refuses to plan after the end', () => {
        let state = game.reset(Rng.from(0));
        for (let discount = 1; discount !== 0; ) {
          const next = game.step(state, game.legal!(state).indexOf(1), Rng.from(0));
          state = next.state;
          discount = next.discount;
        }
        expect(() => plan(state, 0)).toThrow('some action must be legal where a plan is asked for, got none');
      });
    });
  }
}

describe('what a model does wrong', () => {
  const game = ticTacToe();
  const ask = (evaluator: Evaluator<number>) =>
    decideSync(evaluated(game, evaluator), puct({ simulations: 20 }), {
      root: 0,
      action: game.action,
      rng: Rng.from(0),
    });
  const even = (n: number) => new Float32Array(n);

  it('is told: logits of the wrong size', () => {
    expect(() => ask((states) => ({ values: even(states.length), logits: even(8) }))).toThrow(
      'evaluated(tic-tac-toe): 1 states must be given 1 values and 9 logits (9 each), got 1 and 8.',
    );
  });

  it('is told: a value that is not a number', () => {
    expect(() => ask(() => ({ values: Float32Array.of(Number.NaN), logits: even(9) }))).toThrow(
      'evaluated(tic-tac-toe): the value of state 0 of 1 must be finite, got NaN.',
    );
  });

  it('is told: a logit that is not a number', () => {
    expect(() =>
      ask(() => ({ values: even(1), logits: Float32Array.of(0, 0, Number.NaN, 0, 0, 0, 0, 0, 0) })),
    ).toThrow('the logit of action 2 must be finite, got NaN');
  });

  it('is told: nothing legal before the end', () => {
    const stuck: Environment<number, Discrete> = {
      ...game,
      legal: (state) => (state === 0 ? game.legal!(state) : new Uint8Array(9)),
    };
    const model = evaluated(stuck, (states) => byPlayouts(stuckless(stuck, game))(states, Rng.from(0)));
    expect(() =>
      decideSync(model, uct({ simulations: 20 }), { root: 0, action: game.action, rng: Rng.from(0) }),
    ).toThrow('some action must be legal until the end, got none after action');
  });

  it('is told: zero simulations', () => {
    expect(() => uct({ simulations: 0 })).toThrow('simulations');
  });

  it('is told: a tree that does not fit', () => {
    const model = evaluated(game, byPlayouts(game));
    expect(() =>
      decideSync(model, uct({ simulations: 10_000_000, memory: 100 }), {
        root: 0,
        action: game.action,
        rng: Rng.from(0),
      }),
    ).toThrow('must fit into 100 MB');
  });
});

/** Plays out by the right rules, and shows the mask of the wrong ones. */
function stuckless(
  wrong: Environment<number, Discrete>,
  right: Environment<number, Discrete>,
): Environment<number, Discrete> {
  return { ...right, legal: wrong.legal! };
}

describe('a budget of milliseconds', () => {
  it('ends the search, with a legal move however short it is', () => {
    const game = connectFour();
    const model = evaluated(game, byPlayouts(game));
    const root = game.reset(Rng.from(0));
    const { action, trace } = decideSync(model, uct({ simulations: 1_000_000, milliseconds: 1e-6 }), {
      root,
      action: game.action,
      rng: Rng.from(0),
    });
    expect(game.legal!(root)[action]).toBe(1);
    const { visits } = trace.moves as Moves;
    expect(visits.reduce((a, b) => a + b, 0)).toBeLessThan(1000);
  });
});

describe.each<[string, (simulations: number) => Planner<Discrete, SearchCarry>]>([
  ['uct', (simulations) => uct({ simulations, reuse: true })],
  ['puct', (simulations) => puct({ simulations, reuse: true })],
])('%s that goes on with the tree of the decision before', (_, search) => {
  const game = connectFour();
  const model = evaluated(game, byPlayouts(game));
  const root = game.reset(Rng.from(0));
  const plan = (simulations: number, state: typeof root, carry?: SearchCarry) =>
    decideSync(model, search(simulations), {
      root: state,
      action: game.action,
      rng: Rng.from(0),
      ...(carry && { carry }),
    });
  const after = (...actions: number[]) =>
    actions.reduce((state, action) => game.step(state, action, Rng.from(0)).state, root);
  const visitsOf = ({ trace }: ReturnType<typeof plan>) => (trace.moves as Moves).visits;
  const total = (visits: Int32Array) => visits.reduce((a, b) => a + b, 0);

  it('keeps what it found below the moves that were played, and nothing else', () => {
    const first = plan(2000, root);
    const own = first.action;
    const reply = plan(100, after(own)).action;
    // one simulation more than what was known of the position after both moves
    const here = visitsOf(plan(1, after(own, reply), first.carry));
    const below = visitsOf(plan(1, after(own), first.carry));
    expect(total(here)).toBeGreaterThan(50);
    // a node's first visit is of no move, and each decision adds one
    expect(total(below)).toBe(visitsOf(first)[own] - 1 + 1);
    expect(total(here)).toBe(below[reply] - 1 + 1);
  });

  it('begins anew where the position is not below', () => {
    const elsewhere = after(3, 3, 3, 3, 0);
    const { carry } = plan(20, root);
    expect(visitsOf(plan(50, elsewhere, carry))).toEqual(visitsOf(plan(50, elsewhere)));
  });
});
