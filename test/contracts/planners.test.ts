/** Every planner keeps the planners' contract, and broken ones are caught. */
import { describe, expect, it } from 'vitest';
import { type Box, decideSync, type Planner, Rng } from '../../src/core/index.ts';
import {
  continuousCartPole,
  continuousCartPoleDynamics,
  pendulum,
  pendulumDynamics,
  pendulumReward,
} from '../../src/envs/index.ts';
import { ensemble } from '../../src/models/ensemble/index.ts';
import { exact } from '../../src/models/exact.ts';
import { traced } from '../../src/models/traced.ts';
import {
  type CemCarry,
  cem,
  gradientShooting,
  icem,
  ilqr,
  mppi,
  randomShooting,
} from '../../src/planners/index.ts';
import { checkPlanner, plannerProblems } from '../../src/testing/index.ts';
import { drift } from '../worlds/drift.ts';
import { chain, doubleIntegrator, line } from '../worlds/problems.ts';
import { walled } from '../worlds/wall.ts';

const continuous: Record<string, (budget: number) => Planner<Box, unknown>> = {
  randomShooting: (budget) =>
    randomShooting({ horizon: 6, candidates: 20 * budget }) as Planner<Box, unknown>,
  'cem, clip': (budget) =>
    cem<Box>({ horizon: 6, population: 20 * budget, iterations: 3 }) as Planner<Box, unknown>,
  'cem, truncate': (budget) =>
    cem<Box>({ horizon: 6, population: 20 * budget, bounds: 'truncate', execute: 'best' }) as Planner<
      Box,
      unknown
    >,
  icem: (budget) => icem({ horizon: 6, population: 20 * budget }) as Planner<Box, unknown>,
  'icem, mean': (budget) =>
    icem({ horizon: 6, population: 20 * budget, execute: 'mean' }) as Planner<Box, unknown>,
  mppi: (budget) => mppi({ horizon: 6, candidates: 20 * budget }) as Planner<Box, unknown>,
  'mppi, smooth': (budget) =>
    mppi({
      horizon: 6,
      candidates: 20 * budget,
      iterations: 3,
      adaptation: 0.5,
      noise: 'smooth',
      smoothing: 2,
      execute: 'best',
    }) as Planner<Box, unknown>,
};

/** The same with a limit on costs. */
const constrained: Record<string, (budget: number) => Planner<Box, unknown>> = {
  randomShooting: (budget) =>
    randomShooting({ horizon: 6, candidates: 20 * budget, costLimit: 0 }) as Planner<Box, unknown>,
  'cem, mean': (budget) =>
    cem<Box>({ horizon: 6, population: 20 * budget, iterations: 3, costLimit: 0 }) as Planner<Box, unknown>,
  'cem, best': (budget) =>
    cem<Box>({ horizon: 6, population: 20 * budget, execute: 'best', costLimit: 0.5 }) as Planner<
      Box,
      unknown
    >,
  icem: (budget) => icem({ horizon: 6, population: 20 * budget, costLimit: 0 }) as Planner<Box, unknown>,
  'icem, mean': (budget) =>
    icem({ horizon: 6, population: 20 * budget, execute: 'mean', costLimit: 0 }) as Planner<Box, unknown>,
  mppi: (budget) => mppi({ horizon: 6, candidates: 20 * budget, costLimit: 0 }) as Planner<Box, unknown>,
  'mppi, best': (budget) =>
    mppi({
      horizon: 6,
      candidates: 20 * budget,
      iterations: 3,
      adaptation: 0.5,
      execute: 'best',
      costLimit: 0.5,
    }) as Planner<Box, unknown>,
};

describe('every planner keeps its contract', () => {
  for (const [name, make] of Object.entries(constrained)) {
    it(`${name}, constrained: around a wall`, () =>
      checkPlanner(make, { model: exact(walled()), root: { x: 0, y: 0 } }));
  }
  for (const [name, make] of Object.entries(continuous)) {
    it(`${name}: line, where the bounds matter`, () => checkPlanner(make, { model: exact(line()), root: 0 }));
    it(`${name}: double integrator`, () =>
      checkPlanner(make, { model: exact(doubleIntegrator()), root: { position: 1, velocity: 0 } }));
    it(`${name}: drift, which has dice and an end`, () =>
      checkPlanner(make, { model: exact(drift()), root: drift().reset(Rng.from(1)) }));
  }
  it('randomShooting: chain, whose actions are discrete', () =>
    checkPlanner((budget) => randomShooting({ horizon: 7, candidates: 30 * budget }), {
      model: exact(chain()),
      root: 0,
    }));
  it('cem: chain', () =>
    checkPlanner((budget) => cem({ horizon: 7, population: 30 * budget }), {
      model: exact(chain()),
      root: 0,
    }));
});

describe('planners through gradients, and in learned models', () => {
  const few = { episodes: 4, steps: 4 };
  const climbing = (budget: number) => gradientShooting({ horizon: 6, starts: 2 * budget, iterations: 6 });
  const small = { members: 3, elites: 2, hidden: [16, 16], particles: 4, threads: 1 };
  const learned = ensemble({ ...pendulum(), reward: pendulumReward }, small, Rng.from(1));
  const believed = { observation: pendulum().observe({ angle: 2, angularVelocity: 0 }) };

  it('gradient shooting: pendulum', () =>
    checkPlanner(
      climbing,
      { model: traced(pendulum(), pendulumDynamics), root: { angle: 2, angularVelocity: 0 } },
      few,
    ));
  it('gradient shooting: continuous cart-pole', () =>
    checkPlanner(
      climbing,
      {
        model: traced(continuousCartPole(), continuousCartPoleDynamics),
        root: continuousCartPole().reset(Rng.from(1)),
      },
      few,
    ));
  it('gradient shooting: ensemble', () => checkPlanner(climbing, { model: learned, root: believed }, few));
  it('mppi: ensemble', () =>
    checkPlanner(
      (budget) => mppi({ horizon: 4, candidates: 16 * budget }),
      { model: learned, root: believed },
      few,
    ));
});

describe('planners that need derivatives keep their contract', () => {
  const make = (budget: number) => ilqr({ horizon: 6, candidates: 4 * budget, iterations: 10 * budget });
  const alone = (budget: number) => ilqr({ horizon: 6, candidates: 0, iterations: 10 * budget });
  it('ilqr: line, where the bounds matter', () => checkPlanner(make, { model: exact(line()), root: 0 }));
  it('ilqr: double integrator', () =>
    checkPlanner(make, { model: exact(doubleIntegrator()), root: { position: 1, velocity: 0 } }));
  it('ilqr: pendulum, by trying steps', () =>
    checkPlanner(make, { model: exact(pendulum()), root: { angle: 2, angularVelocity: 1 } }));
  it('ilqr: pendulum, by traced dynamics', () =>
    checkPlanner(
      make,
      {
        model: traced(pendulum(), pendulumDynamics),
        root: { angle: 2, angularVelocity: 1 },
      },
      { episodes: 3, steps: 5 },
    ));
  it('ilqr: ensemble, by its mean', () => {
    const small = { members: 3, elites: 2, hidden: [16, 16], propagation: 'mean', threads: 1 } as const;
    const learned = ensemble({ ...pendulum(), reward: pendulumReward }, small, Rng.from(1));
    const root = { observation: pendulum().observe({ angle: 2, angularVelocity: 1 }) };
    return checkPlanner(make, { model: learned, root }, { episodes: 3, steps: 3 });
  });
  it('ilqr, from the middle alone: double integrator', () =>
    checkPlanner(alone, { model: exact(doubleIntegrator()), root: { position: 1, velocity: 0 } }));
});

describe('a broken planner is caught', () => {
  const good = (budget: number) => cem<Box>({ horizon: 6, population: 20 * budget, iterations: 2 });
  const problemsOf = (make: (budget: number) => Planner<Box, CemCarry>) =>
    plannerProblems(make, { model: exact(line()), root: 0 }, { episodes: 3 });
  /** A planner that does as `good` does, and then something to its plan. */
  const spoiled = (
    spoil: (plan: ReturnType<typeof once>, carry: CemCarry | undefined) => ReturnType<typeof once>,
  ) => {
    return (budget: number): Planner<Box, CemCarry> => ({
      name: 'spoiled',
      *plan(request) {
        return spoil(yield* good(budget).plan(request), request.carry);
      },
    });
  };
  const once = () => decideSync(exact(line()), good(1), { root: 0, action: line().action, rng: Rng.from(1) });

  it('and a good one is not', async () => expect(await problemsOf(good)).toEqual([]));

  it('outside the bounds', async () => {
    const problems = await problemsOf(spoiled((plan) => ({ ...plan, action: Float32Array.of(1.5) })));
    expect(problems.join()).toContain("the plan's action must lie in [-1, 1] at element 0, got 1.5");
  });

  it('asking about actions outside the bounds', async () => {
    const wide = (budget: number): Planner<Box, CemCarry> => ({
      name: 'wide',
      plan: ({ action, ...request }) =>
        good(budget).plan({ ...request, action: { ...action, high: Float32Array.of(2) } }),
    });
    expect((await problemsOf(wide)).join()).toContain('an action asked about must lie in [-1, 1]');
  });

  it('remembering between calls', async () => {
    let calls = 0;
    const problems = await problemsOf(spoiled((plan) => ({ ...plan, value: plan.value + calls++ })));
    expect(problems.join()).toContain('the same root, carry and stream must give the same plan');
  });

  it('changing its carry', async () => {
    const problems = await problemsOf(
      spoiled((plan, carry) => {
        if (carry) carry.mean[0] += 1;
        return plan;
      }),
    );
    expect(problems.join()).toContain('root and carry must be left as they are');
  });

  it('a carry that cannot be saved', async () => {
    const problems = await problemsOf(
      spoiled((plan) => ({ ...plan, carry: { ...plan.carry, later: () => 1 } as unknown as CemCarry })),
    );
    expect(problems.join()).toContain('the carry must be plain data that can be saved');
  });

  it('sharing arrays between plans', async () => {
    const shared = new Float32Array(20 * 6);
    const make = (budget: number): Planner<Box, CemCarry> => ({
      name: 'shared',
      *plan({ root, action, rng }) {
        for (let i = 0; i < shared.length; i++) shared[i] = rng.uniform();
        const { returns } = (yield { ask: 'rollout', root, actions: shared, horizon: 6, rng }) as {
          returns: Float32Array;
        };
        if (returns.some((x) => !Number.isFinite(x))) yield* good(budget).plan({ root, action, rng });
        return {
          action: shared.slice(0, 1),
          value: returns[0],
          carry: { mean: new Float64Array(6) },
          trace: {},
        };
      },
    });
    expect((await problemsOf(make)).join()).toContain('two plans in turns: each must be what it is alone');
  });

  it('going on over NaN', async () => {
    const make = (): Planner<Box, CemCarry> => ({
      name: 'unmoved',
      *plan({ root, rng }) {
        const actions = new Float32Array(60).fill(1);
        yield { ask: 'rollout', root, actions, horizon: 6, rng };
        return { action: Float32Array.of(1), value: 0, carry: { mean: new Float64Array(6) }, trace: {} };
      },
    });
    const problems = await problemsOf(make);
    expect(problems).toEqual([
      'a return that is NaN: must stop the planner with a NumericalError, and gave a plan of value 0.',
    ]);
  });

  it('going on over a derivative that is NaN', async () => {
    const make = (): Planner<Box, undefined> => ({
      name: 'unmoved by derivatives',
      *plan({ root }) {
        yield { ask: 'expand', root, actions: new Float64Array(6).fill(1), horizon: 6 };
        return { action: Float32Array.of(1), value: 0, carry: undefined, trace: {} };
      },
    });
    const problems = await plannerProblems(make, { model: exact(line()), root: 0 }, { episodes: 3 });
    expect(problems).toEqual([
      'a return that is NaN: must stop the planner with a NumericalError, and gave a plan of value 0.',
    ]);
  });

  it('worse for more budget', async () => {
    const problems = await problemsOf((budget) => good(budget === 1 ? 4 : 0.1));
    expect(problems.join()).toContain('four times the budget must not be worse');
  });
});
