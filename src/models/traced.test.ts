import { describe, expect, it } from 'vitest';
import { Rng } from '../core/index.ts';
import { continuousCartPole, continuousCartPoleDynamics, pendulum, pendulumDynamics } from '../envs/index.ts';
import { exact } from './exact.ts';
import { traced } from './traced.ts';

describe('traced', () => {
  const worlds = {
    pendulum: [pendulum(), pendulumDynamics],
    cart: [continuousCartPole(), continuousCartPoleDynamics],
  } as const;

  it.each(Object.keys(worlds))('%s: gradient comes with the returns of rollout', async (name) => {
    const [world, dynamics] = worlds[name as 'pendulum'];
    const model = traced(world, dynamics);
    const rng = Rng.from(1);
    const root = world.reset(rng);
    const actions = rng.fillUniform(new Float32Array(12 * 15)).map((x) => 2 * x - 1);
    const { returns } = await model.gradient(root, actions, 15, rng);
    const expected = exact(world).rollout(root, actions, 15, rng).returns;
    returns.forEach((value, k) => {
      expect(Math.abs(value - expected[k])).toBeLessThan(1e-4 * (1 + Math.abs(expected[k])));
    });
    if (name === 'cart') expect(new Set(returns).size).toBeGreaterThan(1);
  });

  it('gradients are the slopes of the exact return', async () => {
    const world = pendulum();
    const model = traced(world, pendulumDynamics);
    const rng = Rng.from(2);
    const root = { angle: 1, angularVelocity: -0.5 };
    const actions = rng.fillUniform(new Float32Array(3 * 8)).map((x) => 2 * x - 1);
    const { gradients } = await model.gradient(root, actions, 8, rng);
    const returnOf = (k: number, sequence: Float32Array) =>
      Array.from({ length: 8 }).reduce<{ state: typeof root; total: number }>(
        ({ state, total }, _, h) => {
          const next = world.step(state, sequence.subarray(k * 8 + h), rng);
          return { state: next.state, total: total + next.reward };
        },
        { state: root, total: 0 },
      ).total;
    for (let i = 0; i < actions.length; i++) {
      const k = Math.floor(i / 8);
      const [up, down] = [actions.with(i, actions[i] + 2 ** -10), actions.with(i, actions[i] - 2 ** -10)];
      const slope = (returnOf(k, up) - returnOf(k, down)) / (up[i] - down[i]);
      expect(Math.abs(gradients[i] - slope)).toBeLessThan(1e-3 * (1 + Math.abs(slope)));
    }
  });

  it('says what is missing', () => {
    const { coordinates: _, ...plain } = pendulum();
    expect(() => traced(plain, pendulumDynamics)).toThrow(
      'traced(pendulum): the world must have `coordinates`, got none.',
    );
    const model = traced(pendulum(), pendulumDynamics);
    return expect(
      model.gradient({ angle: 0, angularVelocity: 0 }, new Float32Array(7), 3, Rng.from(1)),
    ).rejects.toThrow('actions must hold K sequences of 3 x 1 numbers, got 7');
  });
});
