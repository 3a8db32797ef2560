import { describe, expect, test } from 'vitest';
import type { Environment } from '../core/environment.ts';
import { Rng } from '../core/rng.ts';
import { type Element, featureSize, type Space, sample, writeFeatures } from '../core/spaces.ts';
import { backend as jax } from '../engine/backends/jax.ts';
import { type CompileOptions, compile } from '../engine/compile.ts';
import { neverEnds } from '../engine/rules.ts';
import { tensor } from '../engine/tensor.ts';
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

describe.each(Object.entries(environments))('%s: the traced rules agree with step', (name, entry) => {
  // a simulator's steps take longer
  const K = name in mujocoEnvironments ? 400 : 2000;
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
    expect(charged).toBeGreaterThan(100);
    expect(charged).toBeLessThan(K - 100);
    const answer = await compile(entry.cost, options)(observations, actions, next);
    expect(answer.shape).toEqual([K / 2, 2]);
    const worst = columns.costs.map((cost, k) => Math.abs(answer.data[k] - cost) / (1 + cost));
    expect(Math.max(...worst)).toBeLessThan(1e-5);
  });
});
