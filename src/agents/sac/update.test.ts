import { numpy as np } from '@jax-js/jax';
import { describe, expect, test } from 'vitest';
import { Rng } from '../../core/rng.ts';
import { compile, isTensor, scalar, type Tensor, tensor, zeros } from '../../engine/index.ts';
import { mapTree, type Traced, type TracedTree, type Tree } from '../../engine/tree.ts';
import { gradientError } from '../../nn/finite-differences.ts';
import type { MlpParams } from '../../nn/index.ts';
import { toArrays } from '../../nn/saving.ts';
import { type CriticParams, sacNetworks } from './networks.ts';
import { type SacState, sacLosses, sacUpdate, type TracedSac, type TracedTransitions } from './update.ts';

const f32 = (shape: readonly number[], ...values: number[]) => tensor(Float32Array.from(values), shape);

/** Networks of one rectified unit, whose outputs can be followed on paper. */
const tiny = sacNetworks({ D: 1, A: 1, hidden: [1] });
/** mean = 0.5 s where s > 0; the last layer says 0 of the spread: log std = (-5 + 2) / 2 = -1.5. */
const policy: MlpParams = {
  layers: [
    { dense: { weight: f32([1, 1], 1), bias: f32([1], 0) } },
    { dense: { weight: f32([1, 2], 0.5, 0), bias: f32([2], 0, 0) } },
  ],
};
/** Q1 = 2 (s + a + 1) and Q2 = (s - a + 1) + 0.5, where the brackets are positive. */
const criticOf = (ofAction: number, last: number, bias: number): MlpParams => ({
  layers: [
    { dense: { weight: f32([2, 1], 1, ofAction), bias: f32([1], 1) } },
    { dense: { weight: f32([1, 1], last), bias: f32([1], bias) } },
  ],
});
const critics: CriticParams = [criticOf(1, 2, 0), criticOf(-1, 1, 0.5)];
const temperature = { log: scalar(Math.log(0.5)) };
/** From s = 1 by a = 0.5 to s = 2, earning 3; once going on and once ending. */
const batch = {
  observations: f32([2, 1], 1, 1),
  actions: f32([2, 1], 0.5, 0.5),
  rewards: f32([2], 3, 3),
  nextObservations: f32([2, 1], 2, 2),
  discounts: f32([2], 1, 0),
};
const losses = sacLosses(tiny, 0.9);
/** Numbers inside a trace. */
const constant = <T>(tree: T) =>
  mapTree(
    isTensor,
    ({ data, shape }) => np.array(data as Float32Array).reshape([...shape]),
    tree as Tree<Tensor>,
  ) as TracedTree<T>;
/** log pi of tanh(u), u having been drawn with log std -1.5. */
const logPi = (u: number, noise: number) =>
  -0.5 * noise * noise + 1.5 - 0.5 * Math.log(2 * Math.PI) - Math.log(1 - Math.tanh(u) ** 2);

describe('a worked example', () => {
  test('what critics should say: bootstrapped from the smaller slow critic, not beyond the end', async () => {
    const wanted = compile(
      (state: Pick<TracedSac, 'policy' | 'targets' | 'temperature'>, b: TracedTransitions, e: Traced) =>
        losses.wanted(state, b, e),
    );
    const { data } = await wanted({ policy, targets: critics, temperature }, batch, zeros([2, 1]));
    // s' = 2: u = 1, a' = 0.761594, log pi = 1.5 - 0.918939 + 0.867562 = 1.448623; Q1 = 7.523188, Q2 = 2.738406
    // 3 + 0.9 (2.738406 - 0.5 * 1.448623) = 4.812685; and at the end 3
    expect(logPi(1, 0)).toBeCloseTo(1.448623, 5);
    expect(data[0]).toBeCloseTo(4.812685, 5);
    expect(data[1]).toBe(3);
  });

  test('the loss of the critics', async () => {
    const loss = compile((c: TracedTree<CriticParams>, b: TracedTransitions, w: Traced) =>
      losses.critics(c, b, w),
    );
    // Q1 = 5 and Q2 = 2 at (1, 0.5): half of (0.25 + 4)/2 + (6.25 + 1)/2 for targets 4.5 and 3
    const { data } = await loss(critics, batch, f32([2], 4.5, 3));
    expect(data[0]).toBeCloseTo(((0.25 + 4) / 2 + (6.25 + 1) / 2) / 2, 6);
  });

  test('the loss of the policy', async () => {
    const loss = compile((p: TracedTree<MlpParams>, c: TracedTree<CriticParams>, s: Traced, e: Traced) =>
      losses.policy(p, c, s.slice(0, 0).mul(0).add(0.5), s, e),
    );
    const noise = [0.2, -0.4];
    const [value, mean] = await loss(policy, critics, batch.observations, f32([2, 1], ...noise));
    // s = 1: u = 0.5 + exp(-1.5) noise; Q1 = 2 (2 + a) is above 3.2, Q2 = 2.5 - a below
    const each = noise.map((e) => {
      const u = 0.5 + Math.exp(-1.5) * e;
      return { log: logPi(u, e), q: 2.5 - Math.tanh(u) };
    });
    expect(value.data[0]).toBeCloseTo((0.5 * (each[0].log + each[1].log) - each[0].q - each[1].q) / 2, 5);
    expect(mean.data[0]).toBeCloseTo((each[0].log + each[1].log) / 2, 5);
  });

  test('the loss of the temperature', async () => {
    const loss = compile((log: Traced, p: Traced) => losses.temperature(log, p, -2));
    // -0.5 (1.5 - 2)
    expect((await loss(temperature.log, 1.5)).data[0]).toBeCloseTo(0.25, 6);
  });
});

test('gradients of the losses agree with finite differences', async () => {
  const nets = sacNetworks({ D: 2, A: 2, hidden: [3] });
  const rng = Rng.from(3);
  const normals = (...shape: number[]) =>
    tensor(rng.fillNormal(new Float32Array(shape.reduce((a, b) => a * b))), shape);
  const given = {
    observations: normals(4, 2),
    actions: normals(4, 2),
    rewards: normals(4),
    nextObservations: normals(4, 2),
    discounts: f32([4], 1, 1, 0, 1),
  };
  const [noise, wanted] = [normals(4, 2), normals(4)];
  const both = sacLosses(nets, 0.9);
  // the kinks of rectified units are 4 h wide for finite differences: h is small
  const h = 2e-3;
  const forCritics = await gradientError(
    (c: TracedTree<CriticParams>) => both.critics(c, constant(given), constant(wanted)),
    nets.initCritics(rng),
    h,
  );
  expect(forCritics).toBeLessThan(3e-3);
  const fixed = nets.initCritics(rng);
  const forPolicy = await gradientError(
    (p: TracedTree<MlpParams>) =>
      both.policy(
        p,
        constant(fixed),
        constant(scalar(0.3)),
        constant(given.observations),
        constant(noise),
      )[0],
    nets.initPolicy(rng),
    h,
  );
  expect(forPolicy).toBeLessThan(3e-3);
});

describe('a whole update', () => {
  const options = {
    policyRate: 0.01,
    criticRate: 0.02,
    temperatureRate: 0.03,
    gamma: 0.9,
    tau: 0.25,
    temperature: 0.5,
  };
  const noise = f32([2, 2, 1], 0, 0, 0.2, -0.4);
  const updated = async (targetEntropy: number, from?: SacState) => {
    const { init, update } = sacUpdate(tiny, { ...options, targetEntropy });
    const before = from ?? init(policy, critics);
    const program = compile(update);
    const after = await program(before, batch, noise);
    return { before, after: after.state as SacState, metrics: after.metrics };
  };

  test("Adam's first step is its rate, against the gradient", async () => {
    const { after, metrics } = await updated(-1);
    // Q1 = 5 against 4.8 and 3: down; Q2 = 2 against 4.8 and 3: up
    const [one, other] = after.critics.map(({ layers }) => layers[1].dense);
    expect(one.weight.data[0]).toBeCloseTo(2 - 0.02, 5);
    expect(other.weight.data[0]).toBeCloseTo(1 + 0.02, 5);
    expect(one.bias!.data[0]).toBeCloseTo(-0.02, 5);
    expect(other.bias!.data[0]).toBeCloseTo(0.52, 5);
    // half of (0.187315² + 2²) / 2 + (2.812685² + 1) / 2
    expect(metrics.criticLoss.data[0]).toBeCloseTo((0.187315 ** 2 + 4 + 2.812685 ** 2 + 1) / 4, 4);
    // Q2, the smaller, is greater for smaller actions: the mean falls
    expect(after.policy.layers[1].dense.bias!.data[0]).toBeCloseTo(-0.01, 5);
    expect(metrics.temperature.data[0]).toBeCloseTo(0.5, 6);
  });

  test('slow critics go a share of the way to what the critics have become', async () => {
    const moved: SacState = { ...(await updated(-1)).before, targets: (await updated(-1)).after.critics };
    const { after } = await updated(-1, moved);
    const flat = (params: CriticParams) => Object.values(toArrays(params)).flatMap(({ data }) => [...data]);
    const [slow, fast, now] = [moved.targets, after.critics, after.targets].map(flat);
    expect(now).toHaveLength(2 * 3 + 2 * 2);
    now.forEach((value, i) => {
      expect(value).toBeCloseTo(0.75 * slow[i] + 0.25 * fast[i], 6);
    });
    expect(now).not.toEqual(fast);
  });

  test('the temperature rises where the policy is surer than it should be, and falls where it is less sure', async () => {
    const { metrics } = await updated(0);
    const entropy = metrics.entropy.data[0];
    for (const [target, sign] of [
      [entropy + 0.5, 1],
      [entropy - 0.5, -1],
    ]) {
      const { after } = await updated(target);
      expect(after.temperature.log.data[0]).toBeCloseTo(Math.log(0.5) + sign * 0.03, 5);
    }
  });
});
