import { grad, numpy as np } from '@jax-js/jax';
import { describe, expect, test } from 'vitest';
import { Rng } from '../core/rng.ts';
import { compile } from '../engine/compile.ts';
import { scalar, type Tensor, tensor } from '../engine/tensor.ts';
import type { Traced, TracedTree } from '../engine/tree.ts';
import { type MlpParams, mlp } from './dense.ts';
import {
  adam,
  adamW,
  adaptiveClip,
  chain,
  clipByGlobalNorm,
  exponentialAverage,
  globalNorm,
  laprop,
  linearWarmup,
  type Optimiser,
  type OptimiserState,
  optimise,
  type TracedState,
} from './optimisers.ts';

const f32 = (shape: readonly number[], ...values: number[]) => tensor(Float32Array.from(values), shape);

/** f(x, y) = x^2 / 2 + 10 y^2: gradient [x, 20 y], minimum 0 at [0, 0]. */
interface Point {
  x: Tensor;
  deep: { y: Tensor };
}
const start: Point = { x: f32([1], 1), deep: { y: f32([1], -2) } };
const slopes = [1, 20];
const quadratic = ({ x, deep }: TracedTree<Point>) =>
  np.sum(np.square(x).mul(0.5).add(np.square(deep.y).mul(10)));

/** The points after each of the first steps on the quadratic. */
async function descend(optimiser: Optimiser, steps: number): Promise<number[][]> {
  const program = compile((params: TracedTree<Point>, state: TracedState) =>
    optimise(optimiser, grad(quadratic)(params) as TracedTree<Point>, state, params),
  );
  let params = start;
  let state = optimiser.init(params);
  const path: number[][] = [];
  for (let i = 0; i < steps; i++) {
    ({ params, state } = await program(params, state));
    path.push([params.x.data[0], params.deep.y.data[0]]);
  }
  return path;
}

/** The same path in double precision, from one coordinate's textbook rule (t counts from 1). */
function textbook(
  steps: number,
  makeRule: () => (gradient: number, param: number, t: number) => number,
): number[][] {
  const point = [1, -2];
  const rules = point.map(makeRule);
  return Array.from({ length: steps }, (_, i) => {
    point.forEach((param, k) => {
      point[k] = param + rules[k](slopes[k] * param, param, i + 1);
    });
    return [...point];
  });
}

function expectPath(actual: number[][], expected: number[][], digits = 5) {
  expect(actual.length).toBe(expected.length);
  expected.forEach((point, i) => {
    point.forEach((value, k) => {
      expect(actual[i][k]).toBeCloseTo(value, digits);
    });
  });
}

/** Kingma and Ba (2014), algorithm 1, with the decay of Loshchilov and Hutter (2017), algorithm 2. */
const adamRule =
  (rate: (t: number) => number, b1: number, b2: number, epsilon: number, decay = 0) =>
  () => {
    let m = 0;
    let v = 0;
    return (g: number, param: number, t: number) => {
      m = b1 * m + (1 - b1) * g;
      v = b2 * v + (1 - b2) * g * g;
      const step = m / (1 - b1 ** t) / (Math.sqrt(v / (1 - b2 ** t)) + epsilon);
      return -rate(t) * (step + decay * param);
    };
  };

describe('adam', () => {
  test('the first step is the learning rate, against the sign of the gradient', async () => {
    // m / (1 - b1) = g and v / (1 - b2) = g^2: a step of 0.1 g / |g|
    expectPath(await descend(adam({ learningRate: 0.1 }), 1), [[0.9, -1.9]]);
  });

  test('three steps by the book', async () => {
    const options = { learningRate: 0.1, beta1: 0.8, beta2: 0.95, epsilon: 0.5 };
    expectPath(
      await descend(adam(options), 3),
      textbook(
        3,
        adamRule(() => 0.1, 0.8, 0.95, 0.5),
      ),
    );
    expectPath(
      await descend(adam({ learningRate: 0.1 }), 3),
      textbook(
        3,
        adamRule(() => 0.1, 0.9, 0.999, 1e-8),
      ),
    );
  });

  test('the corrections hold over a thousand steps', async () => {
    const expected = textbook(
      1000,
      adamRule(() => 0.01, 0.9, 0.999, 1e-8),
    );
    expectPath((await descend(adam({ learningRate: 0.01 }), 1000)).slice(-1), expected.slice(-1), 3);
  });

  test('a schedule sees the steps taken', async () => {
    const rate = (t: number) => 0.1 / t;
    const learningRate = (step: Traced) => np.reciprocal(step.add(1)).mul(0.1);
    expectPath(await descend(adam({ learningRate }), 3), textbook(3, adamRule(rate, 0.9, 0.999, 1e-8)));
  });

  test('linearWarmup rises in a straight line, then stays', async () => {
    // a quarter, two, three, four quarters of 0.1, then 0.1
    const rate = (t: number) => 0.1 * Math.min(t / 4, 1);
    const path = await descend(adam({ learningRate: linearWarmup(0.1, 4) }), 6);
    expectPath(path, textbook(6, adamRule(rate, 0.9, 0.999, 1e-8)));
  });

  test('comes to rest at the minimum', async () => {
    const path = await descend(adam({ learningRate: 0.05 }), 600);
    // from f = 40.5 at the start to the least, 0
    const [x, y] = path[path.length - 1];
    expect(0.5 * x * x + 10 * y * y).toBeLessThan(1e-4);
  });

  test('refuses decays outside [0, 1)', () => {
    expect(() => adam({ learningRate: 0.1, beta2: 1 })).toThrow(
      'adam: beta1 and beta2 must be in [0, 1), got 1.',
    );
  });
});

test('adamW: three steps by the book', async () => {
  const options = { learningRate: 0.1, beta1: 0.8, beta2: 0.95, epsilon: 0.5, weightDecay: 0.3 };
  expectPath(
    await descend(adamW(options), 3),
    textbook(
      3,
      adamRule(() => 0.1, 0.8, 0.95, 0.5, 0.3),
    ),
  );
});

describe('laprop', () => {
  /** Ziyin et al. (2020), algorithm 1. */
  const rule = (rate: number, b1: number, b2: number, epsilon: number) => () => {
    let m = 0;
    let n = 0;
    return (g: number, _param: number, t: number) => {
      n = b2 * n + (1 - b2) * g * g;
      m = b1 * m + (1 - b1) * (g / (Math.sqrt(n / (1 - b2 ** t)) + epsilon));
      return (-rate * m) / (1 - b1 ** t);
    };
  };

  test('three steps by the book', async () => {
    const options = { learningRate: 0.1, beta1: 0.8, beta2: 0.95, epsilon: 0.5 };
    expectPath(await descend(laprop(options), 3), textbook(3, rule(0.1, 0.8, 0.95, 0.5)));
    expectPath(await descend(laprop({ learningRate: 0.1 }), 3), textbook(3, rule(0.1, 0.9, 0.99, 1e-15)));
  });

  test('comes to rest at the minimum', async () => {
    // of constant rate, LaProp's last steps are as long as its first: the rate must fall
    const learningRate = (step: Traced) => np.exp(step.mul(-0.01)).mul(0.05);
    const path = await descend(laprop({ learningRate }), 800);
    const [x, y] = path[path.length - 1];
    expect(0.5 * x * x + 10 * y * y).toBeLessThan(1e-4);
  });
});

/** One update of given gradients. */
async function update<T>(optimiser: Optimiser, gradients: T, params: T) {
  const program = compile((gradients: TracedTree<T>, state: TracedState, params: TracedTree<T>) =>
    optimiser.update(gradients, state, params),
  );
  const run = program as unknown as (
    g: T,
    s: OptimiserState,
    p: T,
  ) => Promise<{ updates: T; state: OptimiserState }>;
  return run(gradients, optimiser.init(params), params);
}

describe('clipByGlobalNorm', () => {
  const gradients = { a: f32([2], 3, 0), b: [f32([1, 1], -4)] }; // length 5

  test('scales all leaves by one number', async () => {
    const { updates } = await update(clipByGlobalNorm(2.5), gradients, gradients);
    expect([...updates.a.data, ...updates.b[0].data]).toEqual([1.5, 0, -2]);
  });

  test('leaves short gradients alone, and zeros zero', async () => {
    const { updates } = await update(clipByGlobalNorm(6), gradients, gradients);
    expect([...updates.a.data, ...updates.b[0].data]).toEqual([3, 0, -4]);
    const still = { a: f32([2], 0, 0) };
    expect([...(await update(clipByGlobalNorm(1), still, still)).updates.a.data]).toEqual([0, 0]);
  });

  test('never hides a number gone wrong', async () => {
    const wrong = { a: f32([2], Number.NaN, 0), b: f32([1], 1) };
    const { updates } = await update(clipByGlobalNorm(1), wrong, wrong);
    expect([...updates.a.data, ...updates.b.data].every(Number.isNaN)).toBe(true);
  });

  test('globalNorm', async () => {
    const norm = compile((tree: TracedTree<typeof gradients>) => globalNorm(tree));
    expect((await norm(gradients)).data[0]).toBe(5);
  });
});

describe('adaptiveClip', () => {
  const unit = adaptiveClip({ limit: 0.5 });

  test('dense weights: each output on its own', async () => {
    // Columns of the weight are [3 4], length 5, and [0 1], length 1: gradients may be 2.5 and 0.5 long.
    // Those of the gradient are [6 8], 10 long and so quartered, and [0.3 0.4], just 0.5 long.
    const params = { weight: f32([2, 2], 3, 0, 4, 1) };
    const { updates } = await update(unit, { weight: f32([2, 2], 6, 0.3, 8, 0.4) }, params);
    [1.5, 0.3, 2, 0.4].forEach((value, i) => {
      expect(updates.weight.data[i]).toBeCloseTo(value, 5);
    });
  });

  test('ensembles: each member on its own', async () => {
    // members [1, 2, 1]: weights [3 4] and [0 1]; biases [2] of lengths 10 and 0, which counts as 1e-3
    const params = { weight: f32([2, 2, 1], 3, 4, 0, 1), bias: f32([2, 1], 10, 0) };
    const gradients = { weight: f32([2, 2, 1], 6, 8, 0.3, 0.4), bias: f32([2, 1], 20, 1) };
    const { updates } = await update(unit, gradients, params);
    [1.5, 2, 0.3, 0.4].forEach((value, i) => {
      expect(updates.weight.data[i]).toBeCloseTo(value, 5);
    });
    expect(updates.bias.data[0]).toBeCloseTo(5, 5);
    expect(updates.bias.data[1]).toBeCloseTo(0.5e-3, 7);
  });

  test('convolutions: each output channel on its own; scalars alone', async () => {
    const params = { weight: f32([2, 1, 1, 2], 3, 4, 0, 1), gain: scalar(2) };
    const gradients = { weight: f32([2, 1, 1, 2], 6, 8, 0.3, 0.4), gain: scalar(-4) };
    const { updates } = await update(unit, gradients, params);
    [1.5, 2, 0.3, 0.4].forEach((value, i) => {
      expect(updates.weight.data[i]).toBeCloseTo(value, 5);
    });
    expect(updates.gain.data[0]).toBeCloseTo(-1, 6);
  });

  test('by tensor: one length for all of it', async () => {
    // the weight is sqrt(26) long, the gradient sqrt(100.25): scaled by 0.5 sqrt(26) / sqrt(100.25) = 0.254633
    const params = { weight: f32([2, 2], 3, 0, 4, 1) };
    const gradients = { weight: f32([2, 2], 6, 0.3, 8, 0.4) };
    const { updates } = await update(adaptiveClip({ limit: 0.5, over: 'tensor' }), gradients, params);
    gradients.weight.data.forEach((value, i) => {
      expect(updates.weight.data[i]).toBeCloseTo(0.254633 * value, 5);
    });
  });

  test('zero gradients stay zero', async () => {
    const params = { weight: f32([1, 1], 1) };
    expect((await update(unit, { weight: f32([1, 1], 0) }, params)).updates.weight.data[0]).toBe(0);
  });
});

test('chain hands updates on, and keeps every part its own state', async () => {
  // the clipped gradient of the first step is [1, -40] / sqrt(1601) times 2
  const clip = 2;
  const expected = () => {
    const adams = [0, 1].map(() => adamRule(() => 0.1, 0.9, 0.999, 0.5)());
    const point = [1, -2];
    return Array.from({ length: 3 }, (_, i) => {
      const g = point.map((value, k) => slopes[k] * value);
      const scale = Math.min(1, clip / Math.hypot(...g));
      point.forEach((value, k) => {
        point[k] = value + adams[k](g[k] * scale, value, i + 1);
      });
      return [...point];
    });
  };
  const both = chain(clipByGlobalNorm(clip), adam({ learningRate: 0.1, epsilon: 0.5 }));
  expectPath(await descend(both, 3), expected());
  const twice = chain(adam({ learningRate: 0.1 }), laprop({ learningRate: 0.2 }));
  expect(Object.keys(twice.init(start)).sort()).toEqual(
    ['counts', 'mean', 'squares'].flatMap((name) => [`0.${name}`, `1.${name}`]).sort(),
  );
});

test('states keep a count and name moments by the parameters', () => {
  const state = adam({ learningRate: 0.1 }).init(start);
  expect(Object.keys(state['mean'])).toEqual(['deep.y', 'x']);
  expect(state['counts']['step'].dtype).toBe('int32');
  expect([...state['squares']['deep.y'].data]).toEqual([0]);
});

test('exponentialAverage moves a share of the way', async () => {
  const program = compile((slow: TracedTree<Point>, fast: TracedTree<Point>) =>
    exponentialAverage(slow, fast, 0.25),
  );
  const { x, deep } = await program(start, { x: f32([1], 5), deep: { y: f32([1], 2) } });
  expect([x.data[0], deep.y.data[0]]).toEqual([2, -1]);
});

test('trees of different forms are refused', async () => {
  const program = compile((a: { x: Traced }, b: { y: Traced }) => exponentialAverage<object>(a, b, 0.5));
  await expect(program({ x: 1 }, { y: 1 })).rejects.toThrow(
    'optimiser: trees must have one form, got leaves [x] and [y].',
  );
});

test('a network learns a function', async () => {
  const net = mlp({ sizes: [1, 32, 1], activation: 'tanh' });
  const rng = Rng.from('learns');
  const optimiser = chain(clipByGlobalNorm(10), adam({ learningRate: 0.01 }));
  const inputs = Float32Array.from({ length: 64 }, (_, i) => -3 + (6 * i) / 63);
  const x = tensor(inputs, [64, 1]);
  const y = tensor(inputs.map(Math.sin), [64, 1]);
  const loss = (params: TracedTree<MlpParams>, x: Traced, y: Traced) =>
    np.mean(np.square(net.apply(params, x).sub(y)));
  const train = compile((params: TracedTree<MlpParams>, state: TracedState, x: Traced, y: Traced) => ({
    loss: loss(params, x, y),
    ...optimise(optimiser, grad(loss)(params, x, y) as TracedTree<MlpParams>, state, params),
  }));
  let params = net.init(rng);
  let state = optimiser.init(params);
  let last = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 500; i++) {
    const out = await train(params, state, x, y);
    ({ params, state } = out);
    last = out.loss.data[0];
  }
  // saying 0 everywhere costs 0.52, the best line 0.11; the optimum is 0
  expect(last).toBeLessThan(0.002);
});
