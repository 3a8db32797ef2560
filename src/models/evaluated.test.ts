/** True rules with somebody's judgement: what is recalled is what would be answered, and is not asked again. */
import { describe, expect, test } from 'vitest';
import { decide, decideMany, Rng } from '../core/index.ts';
import { ticTacToe } from '../envs/index.ts';
import { puct } from '../planners/index.ts';
import { type Evaluator, evaluated, type Recall } from './evaluated.ts';

const game = ticTacToe();
type Board = ReturnType<typeof game.reset>;

/** Judges a board by its stones, and keeps what it said where it `remembers`. */
function judge(remembers: boolean) {
  const said = new Map<string, { value: number; logits: Float32Array }>();
  const told = { calls: 0, boards: 0 };
  const keyOf = (state: Board) => game.observe(state).join();
  const evaluate: Evaluator<Board> = async (states) => {
    told.calls++;
    told.boards += states.length;
    const values = new Float32Array(states.length);
    const logits = new Float32Array(9 * states.length);
    states.forEach((state, b) => {
      const seen = game.observe(state);
      const legal = game.legal!(state);
      values[b] = Math.tanh(seen.reduce((sum, x, i) => sum + x * Math.sin(7 * i + 1), 0));
      for (let a = 0; a < 9; a++)
        logits[9 * b + a] = legal[a] === 1 ? Math.cos(a + 3 * values[b]) : Number.NEGATIVE_INFINITY;
      said.set(keyOf(state), { value: values[b], logits: logits.slice(9 * b, 9 * b + 9) });
    });
    return { values, logits };
  };
  const recall: Recall<Board> | undefined = remembers ? (state) => said.get(keyOf(state)) : undefined;
  return { told, model: evaluated(game, evaluate, recall) };
}

const after = (...actions: number[]) =>
  actions.reduce((state, action) => game.step(state, action, Rng.from(0)).state, game.reset(Rng.from(0)));

describe('what is recalled', () => {
  test('is what would be answered', async () => {
    const { model } = judge(true);
    const root = after(4, 0);
    expect(model.recall!([root])).toBeUndefined();
    expect(model.recall!([root], [8])).toBeUndefined();
    const judged = await model.evaluate([root], Rng.from(0));
    const visited = await model.visit([root], [8], Rng.from(0));
    expect(model.recall!([root])).toEqual(judged);
    expect(model.recall!([root], [8])).toEqual(visited);
  });

  test('of an end is known without anybody', async () => {
    const { model, told } = judge(true);
    const root = after(0, 3, 1, 4);
    expect(model.recall!([root], [2])).toEqual(await model.visit([root], [2], Rng.from(0)));
    expect(told.calls).toBe(0);
  });

  test('is nothing in worlds that may draw, which have no codec', () => {
    const { codec: _, ...drawing } = game;
    const answer = () => ({ value: 0, logits: new Float32Array(9) });
    expect(evaluated(drawing, () => ({ values: [0], logits: [] }) as never, answer).recall).toBeUndefined();
  });

  test('is not asked again, and plans are the same', async () => {
    const planner = puct({ simulations: 60 });
    const requests = () =>
      [[], [4], [4, 0], [0, 4]].map((actions, i) => ({
        root: after(...actions),
        action: game.action,
        rng: Rng.from(i),
      }));
    const asking = judge(false);
    const remembering = judge(true);
    const plans = await decideMany(asking.model, planner, requests());
    const again = await decideMany(remembering.model, planner, requests());
    expect(again.map(({ policy, value }) => ({ policy, value }))).toEqual(
      plans.map(({ policy, value }) => ({ policy, value })),
    );
    expect(remembering.told.boards).toBeLessThan(asking.told.boards);
    const { boards } = remembering.told;
    const alone = await decide(remembering.model, planner, requests()[0]);
    expect(alone.policy).toEqual(plans[0].policy);
    expect(remembering.told.boards).toBe(boards);
  });
});
