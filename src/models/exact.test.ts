import { describe, expect, it } from 'vitest';
import {
  type Box,
  box,
  discrete,
  type Environment,
  NumericalError,
  Rng,
  rolloutByStep,
  type Space,
  sample,
  writeElement,
} from '../core/index.ts';
import { pendulum } from '../envs/pendulum.ts';
import { exact } from './exact.ts';

/** Random sequences. [K, H, width] */
const sequences = (space: Space, K: number, H: number, width: number, seed = 1) => {
  const out = new Float32Array(K * H * width);
  const rng = Rng.from(seed);
  for (let i = 0; i < out.length; i += width) writeElement(space, sample(space, rng), out, i);
  return out;
};

interface Walk {
  readonly x: number;
  readonly pushes: readonly Float32Array[];
}

/** A walk that remembers the very arrays it was pushed by, and must not be stepped beyond its end at |x| > 1. */
const walk = (noise: (x: number, rng: Rng) => number): Environment<Walk, Box> => ({
  name: 'walk',
  observation: box(-9, 9),
  action: box(-1, 1, [2]),
  maxSteps: 100,
  reset: () => ({ x: 0, pushes: [] }),
  step({ x, pushes }, push, rng) {
    if (Math.abs(x) > 1) throw new Error('stepped beyond its end');
    const remembered = pushes.reduce((sum, old) => sum + old[0], 0);
    const next = x + 0.3 * push[0] + 0.2 * push[1] + 0.01 * remembered + noise(x, rng);
    return {
      state: { x: next, pushes: [...pushes, push] },
      reward: Math.sin(7 * next),
      discount: Math.abs(next) > 1 ? 0 : 1,
    };
  },
  observe: ({ x }) => Float32Array.of(x),
});

const worlds = {
  'that draws nothing': walk(() => 0),
  'that draws always': walk((_, rng) => 0.1 * rng.normal()),
  // the first candidate's steps draw nothing, so that drawing is found out late
  'that draws at some places only': walk((x, rng) => (x > 0.8 ? 0.1 * rng.normal() : 0)),
};

describe('exact.rollout', () => {
  for (const [name, world] of Object.entries(worlds)) {
    it(`equals repeated steps bit for bit in a world ${name}, and stops at the end`, async () => {
      const [K, H] = [64, 30];
      const actions = sequences(world.action, K, H, 2);
      actions.fill(-0.01, 0, H * 2);
      const one = Rng.from(2);
      const other = Rng.from(2);
      const { returns } = exact(world).rollout({ x: 0, pushes: [] }, actions, H, one);
      const expected = await rolloutByStep(exact(world), { x: 0, pushes: [] }, actions, H, other);
      expect(returns).toEqual(expected.returns);
      expect(one.save()).toEqual(other.save());
      expect(new Set(returns).size).toBe(K);
    });
  }

  it('multiplies discounts: the opponent gains what the player loses', () => {
    const game: Environment<number, { kind: 'discrete'; n: number }> = {
      name: 'game',
      observation: box(0, 9),
      action: discrete(10),
      maxSteps: 9,
      reset: () => 0,
      step: (turn, points) => ({ state: turn + 1, reward: points, discount: turn === 2 ? 0 : -1 }),
      observe: (turn) => Float32Array.of(turn),
    };
    // 5 - 3 + 4, and nothing after the third turn; then 0 - 9 + 1
    const actions = Float32Array.of(5, 3, 4, 8, 0, 9, 1, 8);
    expect([...exact(game).rollout(0, actions, 4, Rng.from(1)).returns]).toEqual([6, -8]);
  });

  it('stops at a reward that is no number, naming candidate, step and action', () => {
    const broken: Environment<number, Box> = {
      name: 'broken',
      observation: box(-9, 9),
      action: box(-1, 1),
      maxSteps: 9,
      reset: () => 0,
      step: (x, [push]) => ({ state: x + 1, reward: push === 0.5 && x === 1 ? Number.NaN : 0, discount: 1 }),
      observe: (x) => Float32Array.of(x),
    };
    const actions = Float32Array.of(0, 0, 0, 0.5, 0, 0.5);
    const roll = () => exact(broken).rollout(0, actions, 2, Rng.from(1));
    expect(roll).toThrow(NumericalError);
    expect(roll).toThrow(
      'broken: in imagination the reward must be finite, got NaN at step 1 of candidate 1 of 3 after action [0.5].',
    );
    expect(() => exact(broken).step([0, 1], [Float32Array.of(0), Float32Array.of(0.5)], Rng.from(1))).toThrow(
      'got NaN at state 1 of 2',
    );
  });

  it('stops there too in a world that scores sequences by itself', () => {
    const world = pendulum();
    const actions = Float32Array.of(0, 0, 0, 0, 0.5, Number.NaN, 0.5, 0);
    expect(() => exact(world).rollout({ angle: 1, angularVelocity: 0 }, actions, 4, Rng.from(1))).toThrow(
      'pendulum: in imagination the reward must be finite, got NaN at step 1 of candidate 1 of 2 after action [NaN].',
    );
  });

  it('refuses sequences that do not fit', () => {
    const world = worlds['that draws nothing'];
    expect(() => exact(world).rollout({ x: 0, pushes: [] }, new Float32Array(10), 3, Rng.from(1))).toThrow(
      'exact(walk): actions must hold K sequences of 3 x 2 numbers, got 10.',
    );
  });
});

describe('exact.infer', () => {
  it("takes the world's own state, and says so where there is none", () => {
    const model = exact(worlds['that draws nothing']);
    const state = { x: 0.5, pushes: [] };
    expect(model.infer({ observation: Float32Array.of(0.5), state })).toBe(state);
    expect(model.observe([state])).toEqual([Float32Array.of(0.5)]);
    expect(() => model.infer({ observation: Float32Array.of(0.5) })).toThrow(
      "exact(walk): the view must hold the world's true state, got none.",
    );
  });
});
