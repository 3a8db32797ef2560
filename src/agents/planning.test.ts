import { describe, expect, it } from 'vitest';
import { drift } from '../../test/worlds/drift.ts';
import { chain, line } from '../../test/worlds/problems.ts';
import {
  type Box,
  box,
  type discrete,
  type Environment,
  type Model,
  type Planner,
  Rng,
  type Saved,
} from '../core/index.ts';
import { exact } from '../models/exact.ts';
import { cem, randomShooting } from '../planners/index.ts';
import { type Learned, planning } from './planning.ts';

const viewOf = <S>(world: Environment<S>, state: S) => ({ observation: world.observe(state), state });

/** Where moves on a line lead from 0. */
function placesAlong(moves: Float32Array): Float32Array[] {
  let x = 0;
  return [0, ...Array.from(moves, (move) => (x += move))].map((place) => Float32Array.of(place));
}

describe('planning', () => {
  const world = line();
  const agent = planning(exact(world), cem({ horizon: 6, population: 100 }));

  it('acts by the first action of its plan and hands the carry of the planner on', async () => {
    const one = await agent.act(viewOf(world, 0), undefined, Rng.from(1), 'train');
    expect(one.plan?.action).toBe(one.action);
    expect(one.action[0]).toBeGreaterThan(0.9);
    expect(one.carry.planner).toBe(one.plan?.carry);
    expect(one.carry.before).toEqual({ state: 0, action: one.action });
    expect(one.foresee).toBeUndefined();
    // 5 rounds of 100 sequences of 6
    expect(one.effort).toEqual({ questions: 5, steps: 3000 });
    const [warm, cold] = [one.carry, undefined].map((carry) =>
      agent.act(viewOf(world, 1), carry, Rng.from(2), 'train'),
    );
    expect((await warm).plan?.trace.mean).not.toEqual((await cold).plan?.trace.mean);
  });

  it('tells in evaluation what it expects to see along its plan', async () => {
    const { plan, foresee } = await agent.act(viewOf(world, 0), undefined, Rng.from(1), 'evaluate');
    const { plan: imagined, candidates } = (await foresee?.(0, Rng.from(2)))!;
    expect(imagined).toEqual(placesAlong(plan?.trace.actions ?? new Float32Array()));
    expect(imagined).toHaveLength(7);
    expect(candidates).toEqual([]);
  });

  it('tells what candidates lead to, from the best to the worst that it weighed', async () => {
    const { plan, foresee } = await agent.act(viewOf(world, 0), undefined, Rng.from(1), 'evaluate');
    const { returns, candidates: weighed } = plan!.trace;
    const ranking = Array.from(returns!.keys()).sort((a, b) => returns![b] - returns![a]);
    const { candidates } = (await foresee?.(4, Rng.from(2)))!;
    // 100 candidates: the ranks 0, 33, 66 and 99
    const picked = [0, 33, 66, 99].map((rank) => ranking[rank]);
    expect(candidates.map((candidate) => candidate.return)).toEqual(picked.map((k) => returns![k]));
    picked.forEach((k, i) => {
      expect(candidates[i].observations).toEqual(placesAlong(weighed!.subarray(k * 6, (k + 1) * 6)));
    });
    expect((await foresee?.(1000, Rng.from(2)))!.candidates).toHaveLength(100);
  });

  it('foresees any number of candidates in one batch a step', async () => {
    const batches: number[] = [];
    const model: Model<number, Box> = {
      ...exact(world),
      step(states, actions, rng) {
        batches.push(states.length);
        return exact(world).step(states, actions, rng);
      },
    };
    const { foresee } = await planning(model, cem({ horizon: 6, population: 100 })).act(
      viewOf(world, 0),
      undefined,
      Rng.from(1),
      'evaluate',
    );
    expect(batches).toEqual([]);
    await foresee?.(12, Rng.from(2));
    expect(batches).toEqual([13, 13, 13, 13, 13, 13]);
  });

  it('decides alike in training and evaluation', async () => {
    const [train, evaluate] = [
      await agent.act(viewOf(world, 0), undefined, Rng.from(3), 'train'),
      await agent.act(viewOf(world, 0), undefined, Rng.from(3), 'evaluate'),
    ];
    expect(train.plan).toEqual(evaluate.plan);
  });

  it('expects nothing after an end that it foresees', async () => {
    const short = planning(exact(chain()), cem({ horizon: 10, population: 200, momentum: 0.5 }));
    const { foresee } = await short.act(viewOf(chain(), 5), undefined, Rng.from(1), 'evaluate');
    const { plan, candidates } = (await foresee?.(12, Rng.from(2)))!;
    // two more steps to the end: from 5 to 6, and out
    expect(plan).toEqual([5, 6, 6].map((place) => Float32Array.of(place)));
    // others take longer, and each stops at its own end
    const lengths = candidates.map(({ observations }) => observations.length);
    expect(Math.min(...lengths)).toBe(3);
    expect(Math.max(...lengths)).toBeGreaterThan(3);
  });

  it('hands out the model that it plans in', () => {
    const model = exact(world);
    expect(planning(model, cem()).model).toBe(model);
  });

  it('is reproducible in a world with dice', async () => {
    const dicey = planning(exact(drift()), cem({ horizon: 5, population: 50 }));
    const state = drift().reset(Rng.from(1));
    const act = () => dicey.act(viewOf(drift(), state), undefined, Rng.from(4), 'evaluate');
    const [one, two] = [await act(), await act()];
    expect(one.plan).toEqual(two.plan);
    expect(await one.foresee?.(5, Rng.from(6))).toEqual(await two.foresee?.(5, Rng.from(6)));
  });

  it('gives a recurrent model what it believed and what was done', async () => {
    const believed: unknown[] = [];
    const recurrent: Model<number, Box> = {
      action: box(-1, 1),
      infer: async (view, before) => {
        believed.push(before);
        return view.observation[0] + (before?.state ?? 0);
      },
      step: (states) => ({
        states: [...states],
        rewards: new Float32Array(states.length),
        discounts: new Float32Array(states.length).fill(1),
      }),
    };
    const agent = planning(recurrent, randomShooting({ horizon: 2, candidates: 4 }));
    const one = await agent.act({ observation: Float32Array.of(3) }, undefined, Rng.from(1), 'evaluate');
    const two = await agent.act({ observation: Float32Array.of(4) }, one.carry, Rng.from(2), 'evaluate');
    expect(believed).toEqual([undefined, { state: 3, action: one.action }]);
    expect(two.carry.before.state).toBe(7);
    expect(two.foresee).toBeUndefined();
  });

  it('refuses an action that the rules forbid', async () => {
    const stubborn: Planner<ReturnType<typeof discrete>, undefined> = {
      name: 'stubborn',
      // biome-ignore lint/correctness/useYield: it asks nothing
      *plan() {
        return { action: 1, value: 0, carry: undefined, trace: {} };
      },
    };
    const view = { ...viewOf(chain(), 0), legal: Uint8Array.of(1, 0) };
    const act = planning(exact(chain()), stubborn).act(view, undefined, Rng.from(1), 'train');
    await expect(act).rejects.toThrow(
      'stubborn: the plan must begin with a legal action, got 1. This planner knows no rules of what is legal; use a tree search.',
    );
  });

  it('learns, saves and loads what its model does, and nothing else', async () => {
    let weight = 1;
    const learned: Model<number, Box> & Learned = {
      ...exact(world),
      learn: () => ({ loss: weight++ }),
      save: () => ({ arrays: {}, facts: { weight } }),
      load: ({ facts }) => {
        weight = facts.weight as number;
      },
    };
    const able = planning(learned, cem({ horizon: 2 }), { name: 'able' });
    expect(able.name).toBe('able');
    expect(await able.learn?.(undefined as never, Rng.from(1))).toEqual({ loss: 1 });
    const saved = able.save();
    expect(saved).toEqual({ arrays: {}, facts: { weight: 2 } });
    weight = 9;
    able.load(saved);
    expect(weight).toBe(2);
    expect(agent.learn).toBeUndefined();
    const nothing: Saved = { arrays: {}, facts: {} };
    expect(agent.save()).toEqual(nothing);
    expect(() => agent.load(nothing)).not.toThrow();
    expect(() => agent.load(saved)).toThrow('cem: its model has nothing to load, got weight.');
  });
});
