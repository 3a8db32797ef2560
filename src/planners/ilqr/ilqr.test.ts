import { describe, expect, it } from 'vitest';
import {
  bestPlan,
  linearQuadraticDynamics,
  linearQuadraticWorld,
  randomLinearQuadratic,
} from '../../../test/worlds/linear-quadratic.ts';
import { chain } from '../../../test/worlds/problems.ts';
import {
  type Box,
  box,
  decide,
  decideSync,
  type Environment,
  NumericalError,
  Rng,
} from '../../core/index.ts';
import { pendulum, pendulumDynamics } from '../../envs/index.ts';
import { exact } from '../../models/exact.ts';
import { traced } from '../../models/traced.ts';
import { type IlqrOptions, ilqr, ilqrDefaults, ilqrOptions } from './index.ts';

const rng = Rng.from(1);

/** A point that is where it is pushed to; the reward is a function of the place. Begins at 0. */
function hills(reward: (u: number) => number, space: Box = box(-2, 2)): Environment<number, Box> {
  return {
    name: 'hills',
    observation: box(-Infinity, Infinity, [1]),
    action: space,
    maxSteps: 10,
    reset: () => 0,
    step: (_, [u]) => ({ state: u, reward: reward(u), discount: 1 }),
    observe: (x) => Float32Array.of(x),
    coordinates: { size: 1, read: (x) => Float64Array.of(x), write: ([x]) => x },
  };
}

/** From the middle of the space alone. */
const alone = (options: Partial<IlqrOptions> = {}) => ilqr({ horizon: 3, candidates: 0, ...options });
const climb = (world: Environment<number, Box>, options?: Partial<IlqrOptions>) =>
  decideSync(exact(world), alone(options), { root: 0, action: world.action, rng });

describe('ilqr on linear-quadratic problems', () => {
  // 0.9: what an action costs depends on the state, so that even the last action is not 0
  it.each([0, 0.9])('equals the Riccati solution on 20 of them, crossing %s', (crossing) => {
    for (let seed = 0; seed < 20; seed++) {
      const problem = randomLinearQuadratic(seed, 10, crossing);
      const best = bestPlan(problem);
      const world = linearQuadraticWorld(problem);
      const request = { root: world.reset(rng), action: world.action, rng };
      const plan = decideSync(exact(world), ilqr({ horizon: problem.steps }), request);
      expect(Math.abs(plan.value / best.value - 1)).toBeLessThan(1e-6);
      const size = Math.hypot(...best.actions.subarray(0, problem.m));
      const apart = Math.hypot(...plan.action.map((u, a) => u - best.actions[a]));
      expect(apart / size).toBeLessThan(1e-6);
      expect(plan.trace.converged).toBe(true);
    }
  });

  it('equals it by traced derivatives too', async () => {
    for (let seed = 0; seed < 3; seed++) {
      const problem = randomLinearQuadratic(seed, 10, 0.9);
      const world = linearQuadraticWorld(problem);
      const model = traced(world, linearQuadraticDynamics(problem));
      const planner = ilqr({ horizon: problem.steps });
      const plan = await decide(model, planner, { root: world.reset(rng), action: world.action, rng });
      expect(Math.abs(plan.value / bestPlan(problem).value - 1)).toBeLessThan(1e-6);
    }
  });

  it('needs no bounds', () => {
    const problem = { ...randomLinearQuadratic(4), limit: Infinity };
    const world = linearQuadraticWorld(problem);
    const request = { root: world.reset(rng), action: world.action, rng };
    const plan = decideSync(exact(world), ilqr({ horizon: problem.steps }), request);
    expect(Math.abs(plan.value / bestPlan(problem).value - 1)).toBeLessThan(1e-6);
  });

  it('keeps to bounds exactly, and is then no worse than any of 1000 other plans', () => {
    for (let seed = 0; seed < 3; seed++) {
      const free = randomLinearQuadratic(seed);
      const bound = Math.fround(0.3 * Math.max(...bestPlan(free).actions.map(Math.abs)));
      const world = linearQuadraticWorld({ ...free, limit: bound });
      const root = world.reset(rng);
      const model = exact(world);
      const plan = decideSync(model, ilqr({ horizon: free.steps }), { root, action: world.action, rng });
      const actions = plan.trace.actions!;
      expect(Math.max(...actions.map(Math.abs))).toBe(bound);
      // the problem is convex: a plan that no small change betters is the best
      const dice = Rng.from(seed);
      const changed = new Float32Array(1000 * actions.length);
      for (let i = 0; i < changed.length; i++) {
        const u = actions[i % actions.length] + bound * 1e-3 * dice.normal();
        changed[i] = Math.min(bound, Math.max(-bound, u));
      }
      const { returns } = model.rollout(root, changed, free.steps, rng);
      // returns are counted in single precision
      expect(Math.max(...returns)).toBeLessThan(plan.value + 1e-6 * Math.abs(plan.value));
    }
  });
});

describe('ilqr on the pendulum', () => {
  const world = pendulum();
  const planner = ilqr({ horizon: 20 });
  const roots = [
    { angle: Math.PI - 1e-3, angularVelocity: 0 },
    { angle: 1, angularVelocity: 0 },
    { angle: 0.5, angularVelocity: -1 },
    { angle: -2.5, angularVelocity: 0.7 },
  ];

  it('is no worse than 1 % above the best of 100 random restarts', () => {
    const several = ilqr({ horizon: 20, starts: 4 });
    const restarted = ilqr({ horizon: 20, candidates: 0 });
    for (const root of roots) {
      const request = { root, action: world.action, rng };
      const found = decideSync(exact(world), several, request);
      const dice = Rng.from('restarts');
      const values = Array.from({ length: 100 }, () => {
        const actions = Float64Array.from({ length: 20 }, () => Math.fround(4 * dice.uniform() - 2));
        return decideSync(exact(world), restarted, { ...request, carry: { actions } }).value;
      });
      expect(found.value).toBeGreaterThanOrEqual(1.01 * Math.max(...values));
      expect(found.trace.converged).toBe(true);
    }
  });

  it('finds the same by traced dynamics as by trying steps', async () => {
    const [, ...smooth] = roots;
    for (const root of smooth) {
      const request = { root, action: world.action };
      const tried = decideSync(exact(world), planner, { ...request, rng: Rng.from(2) });
      const computed = await decide(traced(world, pendulumDynamics), planner, {
        ...request,
        rng: Rng.from(2),
      });
      expect(Math.abs(computed.value - tried.value)).toBeLessThan(1e-5 * Math.abs(tried.value));
    }
  });

  it('begins where the last plan left off, one step later', () => {
    const request = { root: roots[2], action: world.action };
    const first = decideSync(exact(world), planner, { ...request, rng: Rng.from(3) });
    const { state } = world.step(roots[2], first.action, rng);
    const next = { ...request, root: state, carry: first.carry };
    const warm = decideSync(exact(world), alone({ horizon: 20, iterations: 1 }), { ...next, rng });
    const shiftedReturn = (warm.trace.values as Float64Array)[0];
    const actions = Float32Array.of(...first.trace.actions!.subarray(1), first.trace.actions![19]);
    expect(exact(world).rollout(state, actions, 20, rng).returns[0]).toBeCloseTo(shiftedReturn, 5);
    const short = { actions: new Float64Array(3) };
    expect(() => decideSync(exact(world), planner, { ...request, carry: short, rng })).toThrow(
      'ilqr: the carry must be of a plan of 20 numbers, got 3.',
    );
  });
});

describe('ilqr on costs that are not convex', () => {
  it('holds its steps back where the curvature is wrong, and gets there', () => {
    // at 0 the reward curves upwards: its second derivative is (64 - 8) e^-4
    const plan = climb(hills((u) => Math.exp(-4 * (u - 1) ** 2)));
    expect(plan.value).toBeCloseTo(3, 6);
    expect(plan.action[0]).toBeCloseTo(1, 3);
    expect(plan.trace.converged).toBe(true);
  });

  it('returns the last good plan and says so where nothing helps', () => {
    // 0 is the bottom of a valley: nothing tells which way is up
    const valley = climb(hills((u) => u * u));
    expect([...(valley.trace.actions ?? [])]).toEqual([0, 0, 0]);
    expect(valley.trace).toMatchObject({ converged: false, why: 'regularisation' });
    // a peak whose sides differ in steepness: the slope measured across it points to one of them
    const peak = climb(hills((u) => (u > 0 ? -u : 3 * u)));
    expect(peak.value).toBe(0);
    expect(peak.trace).toMatchObject({ converged: false, why: 'regularisation' });
    // any start but the bottom itself gets out
    const random = climb(
      hills((u) => u * u),
      { candidates: 5 },
    );
    expect(random.trace.converged).toBe(true);
    expect(random.trace.actions?.every((u) => Math.abs(u) === 2)).toBe(true);
  });

  it('says when it ran out of rounds', () => {
    const plan = climb(
      hills((u) => -((u - 1) ** 4)),
      { iterations: 2 },
    );
    expect(plan.trace).toMatchObject({ converged: false, why: 'iterations' });
    expect(plan.trace.values).toHaveLength(3);
  });
});

describe('ilqr stops', () => {
  it('at what is no number, naming the step', () => {
    const plan = (reward: (u: number) => number, space?: Box) => () => climb(hills(reward, space));
    expect(plan(() => Number.NaN)).toThrow(NumericalError);
    expect(plan(() => Number.NaN)).toThrow(
      'hills: in imagination the reward must be finite, got NaN at step 0 of the trajectory after action [0].',
    );
    // finite at 0, no number a little beside it
    expect(plan((u) => (u > 0 ? Number.NaN : 0))).toThrow(
      'ilqr, before the first iteration: rewardByAction at step 0 of 3 must be finite, got NaN.',
    );
    expect(plan((u) => (u > 1 ? Number.NaN : u - u * u * 0.01))).toThrow(
      'hills: in imagination the reward must be finite, got NaN at step 0 of scale 1 after action [2].',
    );
  });

  it('where actions are discrete, the world has dice, or the model cannot answer', () => {
    const { action } = chain();
    const refused = () => decideSync(exact(chain()), ilqr() as never, { root: 0, action, rng });
    expect(refused).toThrow('ilqr: actions must be continuous, got discrete ones');
    const world = hills((u) => -u);
    const dicey: typeof world = {
      ...world,
      step: (x, u, dice) => ({ ...world.step(x, u, dice), reward: dice.uniform() }),
    };
    expect(() => climb(dicey)).toThrow('hills: a world must draw nothing');
    expect(() => climb({ ...world, coordinates: undefined })).toThrow(
      'needs a model that can tell what lies around a trajectory',
    );
  });

  it('at options that cannot be used', () => {
    expect(() => ilqr({ horizon: 0, tolerance: 2 })).toThrow(
      'ilqr: 2 options cannot be used.\n  horizon: expected number to be >=1, got 0.\n  tolerance: expected number to be <1, got 2.',
    );
    expect(ilqrOptions.parse({})).toEqual(ilqrDefaults);
  });
});
