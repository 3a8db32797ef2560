import { describe, expect, test } from 'vitest';
import { listener } from '../../../test/worlds/listener.ts';
import { line } from '../../../test/worlds/problems.ts';
import { inWall, walled } from '../../../test/worlds/wall.ts';
import {
  type Box,
  box,
  decide,
  decideSync,
  InputError,
  type Model,
  NumericalError,
  type Plan,
  type Planner,
  Rng,
} from '../../core/index.ts';
import { exact } from '../../models/exact.ts';
import { cem } from '../cem.ts';
import { gradientShooting } from '../gradient-shooting.ts';
import { icem } from '../icem.ts';
import { ilqr } from '../ilqr/index.ts';
import { mppi } from '../mppi.ts';
import { randomShooting } from '../shooting.ts';
import { rank } from './constraint.ts';
import { weightsWithin } from './importance.ts';

/** Rounds that narrow down, as cem's do. */
const adapting = { horizon: 6, candidates: 300, iterations: 5, adaptation: 0.5 } as const;

/** Every planner that samples, with a limit and a budget. */
const sampling: Record<string, (costLimit?: number) => Planner<Box, unknown>> = {
  randomShooting: (costLimit) =>
    randomShooting({ horizon: 6, candidates: 2000, costLimit }) as Planner<Box, unknown>,
  'cem, mean': (costLimit) => cem<Box>({ horizon: 6, population: 300, costLimit }) as Planner<Box, unknown>,
  'cem, best': (costLimit) =>
    cem<Box>({ horizon: 6, population: 300, execute: 'best', costLimit }) as Planner<Box, unknown>,
  'icem, best': (costLimit) => icem({ horizon: 6, population: 300, costLimit }) as Planner<Box, unknown>,
  'icem, mean': (costLimit) =>
    icem({ horizon: 6, population: 300, execute: 'mean', costLimit }) as Planner<Box, unknown>,
  'mppi, mean': (costLimit) => mppi({ ...adapting, costLimit }) as Planner<Box, unknown>,
  'mppi, best': (costLimit) => mppi({ ...adapting, execute: 'best', costLimit }) as Planner<Box, unknown>,
};

const space = box(-1, 1);
/** A model that says what is written down, whatever it is asked. */
const saying = (returns: readonly number[], costs?: readonly number[]): Model<undefined, Box> => ({
  ...listener(space, 1, () => 0),
  rollout: () => ({
    returns: Float32Array.from(returns),
    ...(costs && { costs: Float32Array.from(costs) }),
  }),
});

/** Far to either side is good, and the middle forbidden. */
const sided: Model<undefined, Box> = {
  ...listener(space, 1, ([a]) => Math.abs(a)),
  rollout: (_root, actions) => ({
    returns: Float32Array.from(actions, Math.abs),
    costs: Float32Array.from(actions, (a) => (Math.abs(a) < 0.5 ? 1 : 0)),
  }),
};

describe('the order of candidates', () => {
  const orderOf = (returns: readonly number[], costs: readonly number[], limit?: number) => {
    const K = returns.length;
    const asked = { root: undefined, action: space, rng: Rng.from(1) };
    const asking = rank<undefined, Box>('planner', asked, new Float32Array(K), 1, limit);
    asking.next();
    const rollout = { returns: Float32Array.from(returns), costs: Float32Array.from(costs) };
    const { value } = asking.next(rollout);
    return [...(value as { best(count: number): Int32Array }).best(K)];
  };

  test('whatever keeps the limit comes first, by return; then what breaks it, by cost', () => {
    //       return:  5  9  1  7  8     cost: 0  3  1  2  1     limit 1: 0, 2 and 4 keep it
    expect(orderOf([5, 9, 1, 7, 8], [0, 3, 1, 2, 1], 1)).toEqual([4, 0, 2, 3, 1]);
    // limit 0: only 0 keeps it; 2 and 4 cost the same, 4 returns more
    expect(orderOf([5, 9, 1, 7, 8], [0, 3, 1, 2, 1], 0)).toEqual([0, 4, 2, 3, 1]);
    expect(orderOf([5, 9, 1, 7, 8], [0, 3, 1, 2, 1], 3)).toEqual([1, 4, 3, 0, 2]);
  });

  test('where all break it, the least cost comes first whatever it returns', () => {
    expect(orderOf([100, -100, 50], [3, 1, 2], 0.5)).toEqual([1, 2, 0]);
  });

  test('equals keep their order, and without a limit costs are ignored', () => {
    expect(orderOf([1, 1, 1], [2, 2, 2], 0)).toEqual([0, 1, 2]);
    expect(orderOf([5, 9, 1, 7, 8], [0, 3, 1, 2, 1])).toEqual([1, 4, 3, 0, 2]);
  });
});

describe.each(Object.entries(sampling))('%s', (_, make) => {
  /** Acts by plans from the start on. */
  const play = (planner: Planner<Box, unknown>) => {
    const model = exact(walled());
    const rng = Rng.from(3);
    let root = { x: 0, y: 0 };
    let carry: unknown;
    const places = [];
    const plans: Plan<Box, unknown>[] = [];
    for (let t = 0; t < 10; t++) {
      const plan = decideSync(model, planner, { root, action: model.action, carry, rng });
      root = model.step([root], [plan.action], rng).states[0];
      carry = plan.carry;
      places.push(root);
      plans.push(plan);
    }
    return { places, plans };
  };

  test('goes around a wall, which it runs into without a limit', () => {
    const free = play(make());
    expect(free.places.filter(inWall).length).toBeGreaterThan(0);
    expect(free.plans[0].trace.costs).toBeUndefined();

    const { places, plans } = play(make(0));
    expect(places.filter(inWall)).toEqual([]);
    // random play ends its tenth step 4.5 from the goal on average
    expect(Math.hypot(4 - places[9].x, places[9].y)).toBeLessThan(0.8);
    for (const { trace } of plans) {
      expect(trace.cost).toBe(0);
      expect(trace.costs).toHaveLength(trace.returns!.length);
    }
  });

  test('inside the wall it leaves by the shortest way', () => {
    // 0.4 from the right face and far from all others; the goal lies beyond, the reward agrees
    const model = exact(walled());
    const request = { root: { x: 2.1, y: 0 }, action: model.action, rng: Rng.from(4) };
    const out = decideSync(model, make(0), request);
    expect(2.1 + out.action[0]).toBeGreaterThanOrEqual(2.5);
    // 0.4 from the left face: the reward is on the other side, which takes as long to reach only at full speed
    const back = decideSync(model, make(0), { ...request, root: { x: 1.4, y: 0 } });
    expect(back.trace.cost).toBe(0);
    expect(1.4 + back.action[0]).toBeLessThanOrEqual(1.5);
  });

  test('says what is missing where the model tells no costs', async () => {
    const model = exact(line());
    const asked = decide(model, make(0), { root: 0, action: model.action, rng: Rng.from(1) });
    await expect(asked).rejects.toThrow(InputError);
    await expect(asked).rejects.toThrow(
      /^(random shooting|cem, iteration 1 of 5|icem, iteration 1 of 5|mppi, iteration 1 of 5): with a costLimit of 0 the model must tell costs, got none\. Give the world a `cost`, as constrained\(world, cost\) does/,
    );
  });

  test('a cost that is NaN stops it', async () => {
    const model = exact(walled());
    const broken: Model<{ x: number; y: number }, Box> = {
      ...model,
      rollout: (...asked) => {
        const { returns } = model.rollout(...asked);
        return { returns, costs: returns.map((_, k) => (k === 7 ? Number.NaN : 0)) };
      },
    };
    const request = { root: { x: 0, y: 0 }, action: model.action, rng: Rng.from(1) };
    const asked = decide(broken, make(0), request);
    await expect(asked).rejects.toThrow(NumericalError);
    await expect(asked).rejects.toThrow(/the cost of candidate 7 of \d+ must be finite, got NaN/);
    // without a limit nobody looks
    await decide(broken, make(), request);
  });

  test('a limit below 0 is refused', () => {
    expect(() => make(-1)).toThrow(/costLimit: .*>=0, got -1/);
  });
});

describe('the mean of elites', () => {
  /*
   * One action decides: far to either side is good and allowed, the middle forbidden. The elites of both sides have a mean
   * near 0, which breaks the limit though none of them does.
   */
  const model = sided;
  // one round from a wide normal: a quarter of the samples lie on either bound
  const once = { horizon: 1, iterations: 1, population: 40, initialSpread: 1, execute: 'mean' } as const;
  const planners: [string, (costLimit?: number) => Planner<Box, unknown>][] = [
    ['cem', (costLimit) => cem<Box>({ ...once, costLimit }) as Planner<Box, unknown>],
    ['icem', (costLimit) => icem({ ...once, costLimit }) as Planner<Box, unknown>],
    [
      'mppi',
      (costLimit) => mppi({ horizon: 1, candidates: 40, spread: 1, costLimit }) as Planner<Box, unknown>,
    ],
  ];

  test.each(planners)('%s does not follow it where it breaks what no elite breaks', (_, make) => {
    let middles = 0;
    for (let seed = 0; seed < 20; seed++) {
      const request = { root: undefined, action: space, rng: Rng.from(seed) };
      if (Math.abs(decideSync(model, make(), request).action[0]) < 0.5) middles++;
      const plan = decideSync(model, make(0), { ...request, rng: Rng.from(seed) });
      expect(Math.abs(plan.action[0])).toBeGreaterThanOrEqual(0.5);
      expect(plan.trace.cost).toBe(0);
      expect(plan.value).toBe(Math.abs(plan.action[0]));
    }
    expect(middles).toBeGreaterThan(10); // that is what it would have done
  });

  test.each(planners)('%s follows it where it keeps the limit', (_, make) => {
    const calm: Model<undefined, Box> = {
      ...model,
      rollout: (_root, actions) => ({
        returns: Float32Array.from(actions, (a) => -Math.abs(a - 0.3)),
        costs: new Float32Array(actions.length),
      }),
    };
    const plan = decideSync(calm, make(0), { root: undefined, action: space, rng: Rng.from(1) });
    const free = decideSync(calm, make(), { root: undefined, action: space, rng: Rng.from(1) });
    expect(plan.action).toEqual(free.action);
  });

  test('where everything breaks the limit, the least is followed', () => {
    const plan = decideSync(
      saying([1, 2, 3, 4], [4, 2, 3, 9]),
      randomShooting({ horizon: 1, candidates: 4, costLimit: 1 }),
      {
        root: undefined,
        action: space,
        rng: Rng.from(1),
      },
    );
    expect(plan.value).toBe(2);
    expect(plan.trace.cost).toBe(2);
  });
});

describe('the weights of mppi under a limit', () => {
  /** Half of the last for each before it. */
  const halves = (those: Int32Array) => Float64Array.from(those, (_, i) => 2 ** -(i + 1));
  const weightsOf = (costs: readonly number[], limit: number, temperature = 1) => [
    ...weightsWithin(Float32Array.from(costs), limit, temperature, halves),
  ];

  test('what breaks the limit weighs nothing beside what keeps it', () => {
    expect(weightsOf([0, 3, 1, 2, 1], 1)).toEqual([1 / 2, 0, 1 / 4, 0, 1 / 8]);
  });

  test('where nothing keeps it they fall with the cost, relative to the median', () => {
    // the least is 2 below the median of 5: at a temperature of 1 / ln 2, 2 more cost halve the weight
    const [a, b, c, d, e] = weightsOf([3, 5, 7, 5, 9], 1, 1 / Math.LN2);
    // 1, 1/2, 1/4, 1/2 and 1/8 over their sum
    expect([a, b, c, d, e].map((w) => (w * 19) / 8)).toEqual(
      [1, 1 / 2, 1 / 4, 1 / 2, 1 / 8].map((w) => expect.closeTo(w, 6)),
    );
  });

  test('where most break it alike, the least are weighed by what they return', () => {
    expect(weightsOf([2, 2, 5, 2], 1)).toEqual([1 / 2, 1 / 4, 0, 1 / 8]);
  });

  test('candidates that keep the limit are weighed among themselves', () => {
    // costs forbid the best two; of the others the best is 1 above the median of its own: e^10 times the weight
    const plan = decideSync(
      saying([100, 90, 4, 3, 2], [2, 2, 0, 0, 0]),
      mppi({ horizon: 1, candidates: 5, costLimit: 1, execute: 'best' }),
      { root: undefined, action: space, rng: Rng.from(1) },
    );
    const weights = plan.trace.weights as Float64Array;
    expect([weights[0], weights[1]]).toEqual([0, 0]);
    expect(weights[2] / weights[3]).toBeCloseTo(Math.exp(10), 4);
    expect(plan.value).toBe(4);
  });

  test('the next call begins with what was followed', () => {
    const { action, carry } = decideSync(
      sided,
      mppi({ horizon: 1, candidates: 40, spread: 1, costLimit: 0 }),
      { root: undefined, action: space, rng: Rng.from(2) },
    );
    expect(Math.fround(carry.mean[0])).toBe(action[0]);
  });
});

test('planners that follow derivatives refuse a limit', () => {
  const options = { horizon: 5, costLimit: 0 };
  for (const make of [() => gradientShooting(options), () => ilqr(options)]) {
    expect(make).toThrow(InputError);
    expect(make).toThrow(/there can be no costLimit, .* got 0\. Use mppi, icem, cem or randomShooting/);
  }
});
