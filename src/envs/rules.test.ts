import { grad, numpy as np } from '@jax-js/jax';
import { describe, expect, test } from 'vitest';
import type { Environment } from '../core/environment.ts';
import { Rng } from '../core/rng.ts';
import { type Element, featureSize, type Space, sample, writeFeatures } from '../core/spaces.ts';
import { backend as jax } from '../engine/backends/jax.ts';
import { type CompileOptions, compile } from '../engine/compile.ts';
import { neverEnds } from '../engine/rules.ts';
import { tensor } from '../engine/tensor.ts';
import type { Traced } from '../engine/tree.ts';
import { gameEnvironments } from './games/index.ts';
import { environments, mujocoEnvironments } from './index.ts';

const backends: [string, CompileOptions][] = [
  ['by the default backend', {}],
  ['by jax-js', { backend: jax }],
];

/** K steps of a world from states all over it: random play, and states of random observations. */
function steps<S, A extends Space>(environment: Environment<S, A>, K: number) {
  const rng = Rng.from('rules').fork(environment.name);
  const D = environment.observation.low.length;
  const F = featureSize(environment.action);
  const columns = {
    observations: new Float32Array(K * D), // [K, D]
    actions: new Float32Array(K * F), // [K, F]
    next: new Float32Array(K * D), // [K, D]
    rewards: new Float32Array(K), // [K]
    discounts: new Float32Array(K), // [K]
    costs: new Float32Array(K), // [K]
  };
  let state = environment.reset(rng);
  for (let k = 0; k < K; k++) {
    if (k % 2 === 0 && environment.stateFrom)
      state = environment.stateFrom(sample(environment.observation, rng));
    else if (k % 50 === 1) state = environment.reset(rng);
    const action = sample(environment.action, rng) as Element<A>;
    const transition = environment.step(state, action, rng);
    columns.observations.set(environment.observe(state), k * D);
    writeFeatures(environment.action, action, columns.actions, k * F);
    columns.next.set(environment.observe(transition.state), k * D);
    columns.rewards[k] = transition.reward;
    columns.discounts[k] = transition.discount;
    columns.costs[k] = transition.cost ?? 0;
    state = transition.state;
  }
  return columns;
}

// games have no traced rules, nor moves that are always legal
const worlds = Object.entries(environments).filter(([name]) => !(name in gameEnvironments));

describe.each(worlds)('%s: the traced rules agree with step', (name, entry) => {
  // a simulator's steps take longer; a finger that moves at random is seldom in a small zone
  const K = name in mujocoEnvironments && !entry.cost ? 400 : 2000;
  const { reward, discount } = entry;
  const play = async () => {
    const environment = await entry.make();
    const D = environment.observation.low.length;
    const columns = steps(environment, K);
    const [observations, actions, next] = [
      tensor(columns.observations, [K / 2, 2, D]),
      tensor(columns.actions, [K / 2, 2, featureSize(environment.action)]),
      tensor(columns.next, [K / 2, 2, D]),
    ];
    return { columns, observations, actions, next };
  };
  let once: ReturnType<typeof play> | undefined;
  const played = () => {
    once ??= play();
    return once;
  };

  test.skipIf(!reward).each(backends)('reward, %s', async (_, options) => {
    const { columns, observations, actions, next } = await played();
    const answer = await compile(reward!, options)(observations, actions, next);
    expect(answer.shape).toEqual([K / 2, 2]);
    expect(answer.dtype).toBe('float32');
    let worst = 0;
    for (let k = 0; k < K; k++) {
      worst = Math.max(
        worst,
        Math.abs(answer.data[k] - columns.rewards[k]) / (1 + Math.abs(columns.rewards[k])),
      );
    }
    expect(worst).toBeLessThan(1e-5);
  });

  test.skipIf(!discount).each(backends)('discount, %s', async (_, options) => {
    const { columns, next } = await played();
    const answer = await compile(discount!, options)(next);
    expect(answer.shape).toEqual([K / 2, 2]);
    expect(answer.dtype).toBe('float32');
    expect([...answer.data]).toEqual([...columns.discounts]);
    // a comparison of ones alone would say nothing about an ending
    const ends = columns.discounts.filter((discount) => discount === 0).length;
    if (discount === neverEnds) expect(ends).toBe(0);
    else expect(ends).toBeGreaterThan(10);
  });

  test.each(backends)('cost, %s', async (_, options) => {
    const { columns, observations, actions, next } = await played();
    const charged = columns.costs.filter((cost) => cost > 0).length;
    if (!entry.cost) return expect(charged).toBe(0);
    expect(charged).toBeGreaterThan(20);
    expect(charged).toBeLessThan(K - 20);
    const answer = await compile(entry.cost, options)(observations, actions, next);
    expect(answer.shape).toEqual([K / 2, 2]);
    const worst = columns.costs.map((cost, k) => Math.abs(answer.data[k] - cost) / (1 + cost));
    expect(Math.max(...worst)).toBeLessThan(1e-5);
  });
});

const withDynamics = Object.entries(environments).filter(([, { dynamics }]) => dynamics);

describe.each(withDynamics)('%s: the traced dynamics agree with step', (_, { make, dynamics }) => {
  const K = 1000;
  const environment = make() as Environment;
  const { size, read, write } = environment.coordinates!;
  const m = featureSize(environment.action);
  const rng = Rng.from('dynamics').fork(environment.name);
  const states = new Float32Array(K * size); // [K, n]
  const actions = new Float32Array(K * m); // [K, m]
  for (let k = 0; k < K; k++) {
    const state = environment.stateFrom!(sample(environment.observation, rng));
    states.set(read(state), k * size);
    writeFeatures(environment.action, sample(environment.action, rng) as number, actions, k * m);
  }
  /** The step in float64 from the very numbers that are traced. [n + 1], the reward last, and the discount */
  const stepFrom = (numbers: Float64Array, action: Float32Array) => {
    const { state, reward, discount } = environment.step(write(numbers), action as never, rng);
    return { numbers: [...read(state), reward], discount };
  };
  const rowOf = (k: number) => ({
    numbers: Float64Array.from(states.subarray(k * size, (k + 1) * size)),
    action: actions.slice(k * m, (k + 1) * m),
  });
  const inputs = [tensor(states, [K, size]), tensor(actions, [K, m])] as const;

  test('its coordinates are the state', () => {
    const state = environment.reset(rng);
    expect(write(read(state))).toEqual(state);
    expect(read(state)).toHaveLength(size);
  });

  test.each(backends)('next, reward and discount, %s', async (_, options) => {
    const program = compile((state: Traced, action: Traced) => dynamics!(state, action), options);
    const { next, reward, discount } = await program(...inputs);
    expect([next.shape, reward.shape]).toEqual([[K, size], [K]]);
    for (let k = 0; k < K; k++) {
      const { numbers, action } = rowOf(k);
      const expected = stepFrom(numbers, action);
      const got = [...next.data.subarray(k * size, (k + 1) * size), reward.data[k]];
      got.forEach((number, i) => {
        expect(Math.abs(number - expected.numbers[i])).toBeLessThan(
          1e-5 * (1 + Math.abs(expected.numbers[i])),
        );
      });
      expect(discount?.data[k] ?? 1).toBe(expected.discount);
    }
  });

  test('slopes of a weighed sum of next and reward', async () => {
    const weight = (i: number) => Math.cos(i + 1);
    const total = (state: Traced, action: Traced) => {
      const { next, reward } = dynamics!(state, action);
      const weights = np.array(Array.from({ length: size }, (_, i) => weight(i)));
      return np.sum(np.sum(next.mul(weights), -1).add(reward.mul(weight(size))));
    };
    const slopes = compile(
      (state: Traced, action: Traced) => grad(total, { argnums: [0, 1] })(state, action) as Traced[],
    );
    const [byState, byAction] = await slopes(...inputs);
    const sumFrom = (numbers: Float64Array, action: Float32Array) =>
      stepFrom(numbers, action).numbers.reduce((sum, x, i) => sum + weight(i) * x, 0);
    let wrong = 0;
    for (let k = 0; k < K; k++) {
      const { numbers, action } = rowOf(k);
      const slopeAt = <T extends Float32Array | Float64Array>(x: T, i: number, f: (x: T) => number) => {
        const [up, down] = [x.with(i, x[i] + 1e-3) as T, x.with(i, x[i] - 1e-3) as T];
        return (f(up) - f(down)) / (up[i] - down[i]);
      };
      for (let i = 0; i < size; i++) {
        const slope = slopeAt(numbers, i, (x) => sumFrom(x, action));
        if (Math.abs(byState.data[k * size + i] - slope) > 1e-3 * (1 + Math.abs(slope))) wrong++;
      }
      for (let i = 0; i < m; i++) {
        const slope = slopeAt(action, i, (a) => sumFrom(numbers, a));
        if (Math.abs(byAction.data[k * m + i] - slope) > 1e-3 * (1 + Math.abs(slope))) wrong++;
      }
    }
    // a difference across a kink (a speed limit, a wall) is no slope; kinks are rare
    expect(wrong).toBeLessThan(0.02 * K * (size + m));
  });
});
