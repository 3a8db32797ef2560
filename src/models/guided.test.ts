import { describe, expect, it } from 'vitest';
import { doubleIntegrator, type IntegratorState } from '../../test/worlds/problems.ts';
import { decide, type Model, NumericalError, Rng, rolloutByStep } from '../core/index.ts';
import { mppi } from '../planners/mppi.ts';
import { exact } from './exact.ts';
import { guided } from './guided.ts';

const world = exact(doubleIntegrator());
const root = { position: 1, velocity: 0 };
const value = (states: readonly IntegratorState[]) =>
  Float32Array.from(states, ({ position }) => 100 * position);

describe('guided', () => {
  it('ends rollouts with the value of the last state', async () => {
    const model = guided(world, { value });
    const actions = Float32Array.of(1, -1, 0.5, 0.25);
    const { returns } = await rolloutByStep(model, root, actions, 2, Rng.from(1));
    const plain = world.rollout(root, actions, 2, Rng.from(1)).returns;
    // positions after two steps: velocity 0.2 u after the first, and 0.2 of it more
    expect(returns[0]).toBeCloseTo(plain[0] + 100 * (1 + 0.2 * 0.2 * 1), 3);
    expect(returns[1]).toBeCloseTo(plain[1] + 100 * (1 + 0.2 * 0.2 * 0.5), 3);
    expect((await model.evaluate!([root], Rng.from(0))).values[0]).toBe(100);
  });

  it('proposes what its policy does, state by state, within the bounds', async () => {
    const model = guided(world, {
      policy: (states, rng) =>
        states.map(({ position }) => Float32Array.of(position > 1.5 ? 100 : 20 * rng.normal())),
    });
    const sequences = await model.propose!(root, 3, 5, Rng.from(1));
    expect(sequences).toHaveLength(15);
    expect(Math.max(...sequences.map(Math.abs))).toBeLessThanOrEqual(20);
    expect(sequences[0]).not.toBe(sequences[5]);
    for (let k = 0; k < 3; k++) {
      let state = root;
      for (let h = 0; h < 5; h++) {
        if (state.position > 1.5) expect(sequences[k * 5 + h]).toBe(20);
        const action = sequences.slice(k * 5 + h, k * 5 + h + 1);
        [state] = world.step([state], [action], Rng.from(0)).states;
      }
    }
    expect(await model.propose!(root, 3, 5, Rng.from(1))).toEqual(sequences);
    // without a value its rollouts are the model's own
    const actions = Float32Array.of(1, 2);
    const { returns } = await model.rollout!(root, actions, 2, Rng.from(1));
    expect(returns).toEqual(world.rollout(root, actions, 2, Rng.from(1)).returns);
  });

  it('says what is wrong with what it is given', async () => {
    expect(() => guided(world, {})).toThrow('guided: a policy or a value must be given, got neither.');
    const plan = (model: Model<IntegratorState, typeof world.action>, proposals = 0) =>
      decide(model, mppi({ horizon: 2, candidates: 9, proposals }), {
        root,
        action: world.action,
        rng: Rng.from(1),
      });
    const nan = guided(world, { value: (states) => new Float32Array(states.length).fill(Number.NaN) });
    await expect(plan(nan)).rejects.toThrow(NumericalError);
    const short = guided(world, { value: () => new Float32Array(2) });
    await expect(plan(short)).rejects.toThrow('value must give one number for each of 9 states, got 2');
    const few = guided(world, { policy: () => [] });
    await expect(plan(few, 4)).rejects.toThrow('policy must give one action for each of 4 states, got 0');
  });
});
