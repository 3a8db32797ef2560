import { describe, expect, it } from 'vitest';
import { listener } from '../../test/worlds/listener.ts';
import { type Box, box, decide, decideSync, discrete, NumericalError, Rng } from '../core/index.ts';
import { pendulum, pendulumDynamics } from '../envs/pendulum.ts';
import { traced } from '../models/traced.ts';
import { gradientShooting, gradientShootingDefaults, gradientShootingOptions } from './gradient-shooting.ts';

const request = (seed = 1) => ({ root: undefined, rng: Rng.from(seed) });

/** Scores sequences by a function of each number, of which it knows the slope. */
function slopes(
  space: Box,
  score: (x: number, i: number) => number,
  slope: (x: number, i: number) => number,
) {
  const asked: Float32Array[] = [];
  const length = 2 * space.low.length;
  return {
    ...listener(space, 2, () => 0),
    asked,
    gradient(_root: undefined, actions: Float32Array) {
      asked.push(actions.slice());
      const returns = Float32Array.from({ length: actions.length / length }, (_, k) =>
        actions.subarray(k * length, (k + 1) * length).reduce((sum, x, i) => sum + score(x, i), 0),
      );
      return { returns, gradients: actions.map((x, i) => slope(x, i % length)) };
    },
  };
}

describe('gradientShooting', () => {
  const goal = [0.3, -0.6];
  const bowl = (space = box(-1, 1)) =>
    slopes(
      space,
      (x, i) => -((x - goal[i]) ** 2),
      (x, i) => -2 * (x - goal[i]),
    );

  it('climbs to where the slope is 0', () => {
    const planner = gradientShooting({ horizon: 2, starts: 3, iterations: 60 });
    const plan = decideSync(bowl(), planner, { ...request(), action: box(-1, 1) });
    expect(plan.trace.actions?.[0]).toBeCloseTo(0.3, 2);
    expect(plan.trace.actions?.[1]).toBeCloseTo(-0.6, 2);
    expect(plan.value).toBeGreaterThan(-1e-4);
    expect(plan.carry.actions).toEqual(plan.trace.actions);
  });

  it('begins with the middle of the space and a full step of Adam towards the slope', () => {
    const model = bowl(box(0, 4));
    const planner = gradientShooting({ horizon: 2, starts: 2, iterations: 2, learningRate: 0.1 });
    decideSync(model, planner, { ...request(), action: model.action });
    expect([...model.asked[0].subarray(0, 2)]).toEqual([2, 2]);
    // Adam's first step is the rate whatever the slope, here 0.1 of the half range 2, and down
    expect([...model.asked[1].subarray(0, 2)]).toEqual([expect.closeTo(1.8, 6), expect.closeTo(1.8, 6)]);
  });

  it('reaches bounds exactly, and never leaves them', () => {
    const space = box([-1, -3], [1, 5]);
    const model = slopes(
      space,
      (x, i) => (i % 2 === 0 ? -x : x),
      (_, i) => (i % 2 === 0 ? -1 : 1),
    );
    const planner = gradientShooting({ horizon: 2, iterations: 30 });
    const plan = decideSync(model, planner, { ...request(), action: space });
    expect([...(plan.trace.actions ?? [])]).toEqual([-1, 5, -1, 5]);
    for (const tried of model.asked)
      tried.forEach((x, i) => {
        expect(x).toBeGreaterThanOrEqual(space.low[i % 2]);
        expect(x).toBeLessThanOrEqual(space.high[i % 2]);
      });
  });

  it('follows the best it saw, not the last', () => {
    // it begins beside the best place, and steps as long as the space carry it away
    const model = slopes(
      box(-1, 1),
      (x) => -((x - 0.3) ** 2),
      (x) => -2 * (x - 0.3),
    );
    const planner = gradientShooting({ horizon: 2, starts: 1, iterations: 3, learningRate: 1 });
    const carry = { actions: Float32Array.of(9, 0.31) };
    const plan = decideSync(model, planner, { ...request(), action: model.action, carry });
    expect(model.asked).toHaveLength(3);
    const scores = model.asked.map(([a, b]) => -((a - 0.3) ** 2) - (b - 0.3) ** 2);
    const best = Math.max(...scores);
    expect(best).toBeGreaterThan(scores[2]);
    expect(plan.value).toBeCloseTo(best, 6);
    expect(plan.trace.actions).toEqual(model.asked[scores.indexOf(best)]);
  });

  it('begins with the last plan one step later, and fresh starts beside it', () => {
    const model = bowl();
    const carry = { actions: Float32Array.of(0.1, 0.2) };
    decideSync(model, gradientShooting({ horizon: 2, starts: 200, iterations: 1 }), {
      ...request(),
      action: model.action,
      carry,
    });
    const f = Math.fround;
    expect([...model.asked[0].subarray(0, 2)]).toEqual([f(0.2), f(0.2)]);
    const fresh = [...model.asked[0].subarray(2)];
    // normals of spread 0.5, moved onto the bounds: five standard errors of the mean are 0.12
    expect(Math.abs(fresh.reduce((sum, x) => sum + x / fresh.length, 0))).toBeLessThan(0.12);
    expect(Math.max(...fresh.map(Math.abs))).toBe(1);
    const other = { actions: new Float32Array(3) };
    expect(() =>
      decideSync(model, gradientShooting({ horizon: 2 }), {
        ...request(),
        action: model.action,
        carry: other,
      }),
    ).toThrow('gradient shooting: the carry must be of a plan of 2 x 1 numbers, got 3.');
  });

  it('leaves a local maximum to other starts', () => {
    // maxima at -0.5 (worth 0.1) and 0.5 (worth 1) of each number
    const score = (x: number) => (x < 0 ? 0.1 : 1) * (1 - (Math.abs(x) - 0.5) ** 2);
    const slope = (x: number) => (x < 0 ? 0.1 : 1) * -2 * (Math.abs(x) - 0.5) * Math.sign(x);
    const model = slopes(box(-1, 1), score, slope);
    const carry = { actions: Float32Array.of(-0.5, -0.5) };
    const valueWith = (starts: number) =>
      decideSync(model, gradientShooting({ horizon: 2, starts, iterations: 40 }), {
        ...request(),
        action: model.action,
        carry,
      }).value;
    expect(valueWith(1)).toBeCloseTo(0.2, 2);
    expect(valueWith(16)).toBeCloseTo(2, 2);
  });

  it('stops at a return or a gradient that is no number, naming candidate, step and action', () => {
    const model = slopes(
      box(-1, 1),
      () => 0,
      (_, i) => (i === 1 ? Number.NaN : 0),
    );
    const plan = () =>
      decideSync(model, gradientShooting({ horizon: 2, starts: 3 }), { ...request(), action: model.action });
    expect(plan).toThrow(NumericalError);
    expect(plan).toThrow(
      'gradient shooting, iteration 1 of 20: the gradient of candidate 0 of 3 must be finite, got NaN at step 1, action [0].',
    );
    const broken = slopes(
      box(-1, 1),
      () => Number.NaN,
      () => 0,
    );
    expect(() =>
      decideSync(broken, gradientShooting({ horizon: 2 }), { ...request(), action: broken.action }),
    ).toThrow('the return of candidate 0 of 8 must be finite, got NaN');
  });

  it('says what model and actions it needs, and all that is wrong with its options', () => {
    const silent = listener(box(-1, 1), 2, () => 0);
    expect(() =>
      decideSync(silent, gradientShooting({ horizon: 2 }), { ...request(), action: silent.action }),
    ).toThrow('needs a model that can tell how returns change with the actions (`gradient`)');
    const model = listener(discrete(3) as unknown as Box, 2, () => 0);
    expect(() => decideSync(model, gradientShooting(), { ...request(), action: model.action })).toThrow(
      'gradient shooting: actions must be continuous, got discrete ones, which have no gradient.',
    );
    expect(() => gradientShooting({ horizon: 0, starts: 0.5, learningRate: 2 })).toThrow(
      [
        'gradientShooting: 3 options cannot be used.',
        '  horizon: expected number to be >=1, got 0.',
        '  starts: expected int, got 0.5.',
        '  learningRate: expected number to be <=1, got 2.',
      ].join('\n'),
    );
    expect(gradientShootingOptions.parse({})).toEqual(gradientShootingDefaults);
  });

  it('swings the pendulum up: better than -450 from hanging', async () => {
    const world = pendulum();
    const model = traced(world, pendulumDynamics);
    const planner = gradientShooting({ horizon: 30, starts: 8, iterations: 12 });
    const rng = Rng.from(1);
    let state = { angle: Math.PI, angularVelocity: 0 };
    let carry: { actions: Float32Array } | undefined;
    let total = 0;
    for (let t = 0; t < 120; t++) {
      const plan = await decide(model, planner, { root: state, action: world.action, carry, rng });
      const next = world.step(state, plan.action, rng);
      total += next.reward;
      ({ state } = next);
      carry = plan.carry;
    }
    expect(Math.abs(state.angle % (2 * Math.PI))).toBeLessThan(0.1);
    expect(total).toBeGreaterThan(-450);
  });
});
