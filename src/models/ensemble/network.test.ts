import { numpy as np } from '@jax-js/jax';
import { describe, expect, test } from 'vitest';
import { type Linear, linearMembers, sparse } from '../../../test/models/rigged-ensemble.ts';
import { Rng } from '../../core/rng.ts';
import { compile } from '../../engine/compile.ts';
import { feature } from '../../engine/rules.ts';
import { type Tensor, tensor } from '../../engine/tensor.ts';
import type { Traced, TracedTree } from '../../engine/tree.ts';
import { gradientError } from '../../nn/finite-differences.ts';
import { stack, varianceBounds } from '../../nn/index.ts';
import { gather, noScaling, scalingOf } from './data.ts';
import {
  type NetworkParams,
  type NetworkShape,
  network,
  type Scaling,
  type TracedParams,
  type TracedScaling,
} from './network.ts';

const f32 = (...values: number[]) => Float32Array.from(values);

/** A member of one hidden unit: inputs [2] -> 1 -> outputs. */
function small(
  hidden: readonly [number, number],
  bias: number,
  weights: readonly number[],
  biases: readonly number[],
) {
  return {
    layers: [
      { dense: { weight: tensor(f32(...hidden), [2, 1]), bias: tensor(f32(bias)) } },
      { dense: { weight: tensor(f32(...weights), [1, weights.length]), bias: tensor(f32(...biases)) } },
    ],
  };
}

interface Example {
  readonly shape: Partial<NetworkShape>;
  readonly params: NetworkParams;
  readonly scaling: Scaling;
  readonly inputs: Tensor; // [E, B, D + F]
  readonly targets: Tensor; // [E, B, T]
  readonly discounts: Tensor; // [E, B]
  readonly weights?: Tensor; // [E, B]
}

const shapeOf = (shape: Partial<NetworkShape>): NetworkShape => ({
  D: 1,
  F: 1,
  hidden: [1],
  probabilistic: true,
  rules: {},
  ...shape,
});

/** The loss of each member, that of all together, and the hold-out error of each. */
async function measured({ shape, params, scaling, inputs, targets, discounts, weights }: Example) {
  const net = network(shapeOf(shape));
  const program = compile(
    (p: TracedParams, s: TracedScaling, x: Traced, y: Traced, c: Traced, w: Traced) => ({
      each: net.loss(p, s, x, y, c),
      total: net.totalLoss(p, s, x, y, c),
      error: net.error(p, s, x, y, c, w),
    }),
  );
  const counted = weights ?? tensor(new Float32Array(discounts.data.length).fill(1), discounts.shape);
  const out = await program(params, scaling, inputs, targets, discounts, counted);
  program.dispose();
  return { each: [...out.each.data], total: out.total.data[0], error: [...out.error.data] };
}

function expectClose(actual: readonly number[], expected: readonly number[], digits = 4): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i], digits);
  });
}

describe('the loss by hand', () => {
  // Observation 3, action 1/2. Centred on (1, 0) and scaled by (2, 1/2) they are (1, 1); the hidden unit gets
  // 0.25 + 0.5 + 0.25 = 1 and says silu(1) = 1 / (1 + e^-1) = 0.731059.
  const hidden = [0.25, 0.5] as const;
  const scaling: Scaling = {
    inputMean: tensor(f32(1, 0)),
    inputSpread: tensor(f32(2, 0.5)),
    targetMean: tensor(f32(0.5, 1)),
    targetSpread: tensor(f32(2, 1)),
  };
  // The change of 2.5 is (2.5 - 0.5) / 2 = 1 in units of its spread, the reward of 3 is (3 - 1) / 1 = 2.
  const rows = (E: number, B: number, T: number) => ({
    inputs: tensor(f32(...Array.from({ length: E * B }, () => [3, 0.5]).flat()), [E, B, 2]),
    targets: tensor(f32(...Array.from({ length: E * B }, () => [2.5, 3].slice(0, T)).flat()), [E, B, T]),
  });
  const onlyChange = (s: Scaling): Scaling => ({
    ...s,
    targetMean: tensor(f32(0.5)),
    targetSpread: tensor(f32(2)),
  });

  test('squared error of the change, where the reward is given', async () => {
    // Mean 2 x 0.731059 = 1.462117, which is 0.462117 off: 0.213552.
    const example: Example = {
      shape: { probabilistic: false, rules: { reward: (observation) => feature(observation, 0) } },
      params: { layers: stack([small(hidden, 0.25, [2], [0])]), bounds: varianceBounds(1) },
      scaling: onlyChange(scaling),
      ...rows(1, 1, 1),
      discounts: tensor(f32(0), [1, 1]),
    };
    const { each, total, error } = await measured(example);
    expectClose(each, [0.213552], 5);
    // a network without variances has no bounds to pay for, and discounts are not looked at
    expectClose([total], [0.213552], 5);
    expectClose(error, [0.213552], 5);
  });

  test('squared error of the change and the reward, mean over both', async () => {
    // The reward's output is its bias, 0.5 against 2: 2.25. (0.213552 + 2.25) / 2 = 1.231776.
    const { each, total } = await measured({
      shape: { probabilistic: false },
      params: { layers: stack([small(hidden, 0.25, [2, 0], [0, 0.5])]), bounds: varianceBounds(2) },
      scaling,
      ...rows(1, 1, 2),
      discounts: tensor(f32(1), [1, 1]),
    });
    expectClose([...each, total], [1.231776, 1.231776], 5);
  });

  test('likelihood with bounded variances, cross entropy of going on, cost of the bounds, a sum over members', async () => {
    // Member 0. Log variances say 1 and -1, between bounds -10 and 1/2:
    //   1: 0.5 - log(1 + e^(0.5 - 1)) = 0.5 - 0.474077 = 0.025923, then -10 + log(1 + e^10.025923) = 0.025967.
    //  -1: 0.5 - log(1 + e^(0.5 + 1)) = 0.5 - 1.701413 = -1.201413, then -10 + log(1 + e^8.798587) = -1.201262.
    //   Change: 0.213552 e^-0.025967 + 0.025967 = 0.213552 x 0.974367 + 0.025967 = 0.234046.
    //   Reward: 2.25 e^1.201262 - 1.201262 = 2.25 x 3.324311 - 1.201262 = 6.278437.
    //   Mean (0.234046 + 6.278437) / 2 = 3.256241.
    //   Going on has the logit 0.3: log(1 + e^0.3) = 0.854355 where the world ended, less 0.3 where it went on.
    //   Two rows alike, but one ends: (0.854355 + 0.554355) / 2 = 0.704355. Together 3.960596.
    // Member 1 says 0 everywhere: log variance 0.5 - log(1 + e^0.5) = -0.474077, then -0.474004.
    //   Change (1 x e^0.474004 - 0.474004), reward (4 x e^0.474004 - 0.474004): mean 2.5 x 1.606411 - 0.474004 = 3.542023.
    //   Logit 0: log 2 = 0.693147. Together 4.235170.
    // Bounds: 0.01 x (2 x 0.5 + 2 x 10) = 0.21. Total 3.960596 + 4.235170 + 0.21 = 8.405766.
    const { each, total, error } = await measured({
      shape: { rules: { discount: 'learned' } },
      params: {
        layers: stack([
          small(hidden, 0.25, [2, 0, 0, 0, 0], [0, 0.5, 1, -1, 0.3]),
          small([0, 0], 0, [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]),
        ]),
        bounds: varianceBounds(2),
      },
      scaling,
      ...rows(2, 2, 2),
      discounts: tensor(f32(1, 0, 1, 0), [2, 2]),
    });
    expectClose(each, [3.960596, 4.23517]);
    expectClose([total], [8.405766]);
    // Hold-out error, summed over rows: member 0 squares 1.231776 twice; the chance of going on is
    // 1 / (1 + e^-0.3) = 0.574443, off by 0.425557 and 0.574443: 2.463552 + 0.181099 + 0.329985 = 2.974636.
    // Member 1: (1 + 4) / 2 twice, and 0.25 twice.
    expectClose(error, [2.974636, 5.5]);
  });

  test('rows that fill up do not count in the hold-out error', async () => {
    const { error } = await measured({
      shape: { probabilistic: false },
      params: { layers: stack([small(hidden, 0.25, [2, 0], [0, 0.5])]), bounds: varianceBounds(2) },
      scaling,
      ...rows(1, 3, 2),
      discounts: tensor(f32(1, 1, 1), [1, 3]),
      weights: tensor(f32(1, 0, 1), [1, 3]),
    });
    expectClose(error, [2 * 1.231776]);
  });
});

test.each([
  { name: 'probabilistic, everything learned', probabilistic: true, rules: { discount: 'learned' as const } },
  { name: 'deterministic', probabilistic: false, rules: {} },
])('gradients agree with finite differences: $name', async ({ probabilistic, rules }) => {
  const net = network({ D: 2, F: 1, hidden: [3], probabilistic, rules });
  const rng = Rng.from(4);
  const [E, B, T] = [2, 4, net.T];
  const data = {
    inputs: rng.fillNormal(new Float32Array(E * B * 3)),
    targets: rng.fillNormal(new Float32Array(E * B * T)),
    ends: Float32Array.from({ length: E * B }, () => rng.integer(2)),
  };
  const constant = (numbers: Float32Array, ...shape: number[]) => np.array(numbers.slice()).reshape(shape);
  const loss = (params: TracedTree<NetworkParams>) =>
    net.totalLoss(
      params,
      {
        inputMean: constant(f32(0.3, -0.2, 0), 3),
        inputSpread: constant(f32(1.5, 0.8, 1), 3),
        targetMean: constant(f32(0.1, 0, -0.1), 3),
        targetSpread: constant(f32(1, 2, 1.5), 3),
      },
      constant(data.inputs, E, B, 3),
      constant(data.targets, E, B, T),
      constant(data.ends, E, B),
    );
  const params = net.init(rng, E);
  expect(await gradientError(loss, params)).toBeLessThan(2e-3);
});

test('other units of observations and rewards change nothing', async () => {
  const N = 40;
  const rowsIn = (metre: number, point: number) => {
    const rng = Rng.from(7);
    const rows = Array.from({ length: N }, () => ({
      input: [metre * (3 + rng.normal()), rng.normal()],
      target: [0.1 * metre * rng.normal(), point * rng.normal()],
    }));
    return {
      N,
      inputs: Float32Array.from(rows.flatMap(({ input }) => input)),
      targets: Float32Array.from(rows.flatMap(({ target }) => target)),
      discounts: new Float32Array(N).fill(1),
    };
  };
  const lossOf = async (rows: ReturnType<typeof rowsIn>, scaling: Scaling) => {
    const shape = { hidden: [3] };
    const params = network(shapeOf(shape)).init(Rng.from(8), 1);
    const list = [Int32Array.from({ length: N }, (_, n) => n)];
    return (await measured({ shape, params, scaling, ...gather(rows, list, 0, N) })).total;
  };
  const plain = rowsIn(1, 1);
  const other = rowsIn(1000, 0.01);
  expect(await lossOf(other, scalingOf(other))).toBeCloseTo(await lossOf(plain, scalingOf(plain)), 4);
  // unscaled, the squares of changes of some 100 mm are 10^4
  expect(await lossOf(other, noScaling(2, 2))).toBeGreaterThan(1000);
});

describe('steps', () => {
  /** D = 2, F = 1, reward learned: outputs are changes 2, reward, log variances 3. */
  const says = (change: readonly number[], reward: number, logVariance: readonly number[]): Linear => ({
    weights: [[1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0], sparse(6, { 1: 2 })],
    biases: [...change, reward, ...logVariance, -40],
  });
  const members = [says([1, 0], 5, [2 * Math.log(3), 0]), says([-1, 0], 7, [0, 2 * Math.log(3)])];
  const shape: NetworkShape = { D: 2, F: 1, hidden: [3], probabilistic: true, rules: {} };
  // bounds so wide that log variances pass as they are
  const params = linearMembers(members, 3, -60, 60);
  const observations = tensor(f32(2, 4, -1, 0.5, 2, 4, -1, 0.5), [2, 2, 2]);
  const actions = tensor(f32(0.5, -0.25, 0.5, -0.25), [2, 2, 1]);

  test('by each member: what is seen, plus the change it foresees, plus its noise', async () => {
    const net = network(shape);
    const program = compile((p: TracedParams, s: TracedScaling, o: Traced, a: Traced, n: Traced) =>
      stepped(net.step(p, s, o, a, n)),
    );
    const noise = tensor(f32(1, 10, 0, 0, 1, 10, 0, -1), [2, 2, 2]);
    const out = await program(params, noScaling(3, 3), observations, actions, noise);
    // change = (o0 + b, 2 a): member 0 has b = 1 and deviations (3, 1), member 1 b = -1 and (1, 3)
    expectClose(
      [...out.next.data],
      [...[2 + 3 + 3, 4 + 1 + 10, -1 + 0, 0.5 - 0.5], ...[2 + 1 + 1, 4 + 1 + 30, -1 - 2, 0.5 - 0.5 - 3]],
    );
    // rewards by their mean: no noise
    expectClose([...out.reward.data], [5, 5, 7, 7]);
  });

  test('predictions are brought back to the units of the data', async () => {
    const net = network(shape);
    const scaling: Scaling = {
      inputMean: tensor(f32(1, 0, 0)),
      inputSpread: tensor(f32(0.5, 1, 0.25)),
      targetMean: tensor(f32(10, 20, 30)),
      targetSpread: tensor(f32(2, 4, 0.5)),
    };
    const program = compile((p: TracedParams, s: TracedScaling, o: Traced, a: Traced, n: Traced) =>
      stepped(net.step(p, s, o, a, n)),
    );
    const noise = tensor(f32(1, 1, 0, 0, 0, 0, 0, 0), [2, 2, 2]);
    const out = await program(params, scaling, observations, actions, noise);
    // Row 0: scaled inputs ((2 - 1) / 0.5, ., 0.5 / 0.25) = (2, ., 2). Member 0 says change (2 + 1, 4) in spreads:
    // (3 x 2 + 10, 4 x 4 + 20) = (16, 36), deviations (3 x 2, 1 x 4); reward 5 x 0.5 + 30 = 32.5.
    expectClose([...out.next.data].slice(0, 2), [2 + 16 + 6, 4 + 36 + 4]);
    expectClose([out.reward.data[0]], [32.5]);
    // Member 1 says (2 - 1, 4): (12, 36).
    expectClose([...out.next.data].slice(4, 6), [2 + 12, 4 + 36]);
  });

  test('given rules see where the step came from, the action and where it led', async () => {
    const net = network({
      ...shape,
      rules: {
        reward: (o, a, next) => feature(o, 0).mul(100).add(feature(a, 0).mul(10)).add(feature(next, 0)),
        discount: (next) => np.where(np.less(feature(next, 0), 4), 1, 0),
      },
    });
    // no learned reward: two targets
    const given = linearMembers(
      members.map(({ weights, biases }) => ({
        weights: weights.map((row) => [row[0], row[1], 0, 0]),
        biases: [biases[0], biases[1], -40, -40],
      })),
      2,
      -60,
      60,
    );
    const program = compile((p: TracedParams, s: TracedScaling, o: Traced, a: Traced) => ({
      each: stepped(net.step(p, s, o, a)),
      mean: stepped(net.meanStep(p, s, np.array([[2, 4]]), np.array([[0.5]]))),
    }));
    const { each, mean } = await program(given, noScaling(3, 2), observations, actions);
    // without noise; member 0 goes from (2, 4) to (5, 5), member 1 to (3, 5)
    expectClose([...each.next.data].slice(0, 2), [5, 5]);
    expectClose([...each.reward.data], [200 + 5 + 5, -100 - 2.5 - 1, 200 + 5 + 3, -100 - 2.5 - 3]);
    expectClose([...each.discount.data], [0, 1, 1, 1]);
    // the mean step goes to (4, 5): the rules are asked about the mean, not averaged over members
    expectClose([...mean.next.data], [4, 5]);
    expectClose([...mean.reward.data, ...mean.discount.data], [200 + 5 + 4, 0]);
  });

  test('the mean step averages changes, rewards and chances of going on over members', async () => {
    const net = network({ ...shape, rules: { discount: 'learned' } });
    const unsure = linearMembers(
      members.map(({ weights, biases }, e) => ({
        weights: weights.map((row) => [...row, 0]),
        biases: [...biases.slice(0, 6), e === 0 ? Math.log(3) : -40],
      })),
      3,
      -60,
      60,
    );
    const program = compile((p: TracedParams, s: TracedScaling) => ({
      each: stepped(net.step(p, s, np.zeros([2, 1, 2]), np.zeros([2, 1, 1]), np.zeros([2, 1, 2]))),
      mean: stepped(net.meanStep(p, s, np.zeros([1, 2]), np.zeros([1, 1]))),
    }));
    const { each, mean } = await program(unsure, noScaling(3, 3));
    // a logit of log 3 is a chance of 3/4, one of -40 none
    expectClose([...each.discount.data], [0.75, 0]);
    expectClose([...mean.next.data, ...mean.reward.data, ...mean.discount.data], [0, 0, 6, 0.375]);
  });
});

/** Steps with a discount, for programs: 1 where the world never ends. */
function stepped({ next, reward, discount }: { next: Traced; reward: Traced; discount?: Traced }) {
  return { next, reward, discount: discount ?? np.onesLike(reward) };
}
