import { grad, lax, nn, numpy as np, valueAndGrad } from '@jax-js/jax';
import { describe, expect, it } from 'vitest';
import { agree, type Checked, type Results, randomTensor } from '../../test/engine/agreement.ts';
import { Rng } from '../core/rng.ts';
import { traceGraph } from './graph.ts';
import { simplify } from './simplify.ts';
import { type Tensor, tensor } from './tensor.ts';
import type { Traced } from './tree.ts';

const rng = Rng.from('simplify');
const random = (...shape: number[]) => randomTensor('float32', shape, rng);

/** How often each primitive is left after simplification. */
async function left(fn: (...inputs: Traced[]) => Traced | Traced[], inputs: readonly Tensor[]) {
  const traced = await traceGraph((arrays) => [fn(...arrays)].flat(), inputs, 'traced');
  const counts: Record<string, number> = {};
  for (const { primitive } of simplify(traced).operations) counts[primitive] = (counts[primitive] ?? 0) + 1;
  return counts;
}

/** The function and its gradient by all inputs. */
function withGradient(f: (...inputs: Traced[]) => Traced): Checked {
  return (...inputs) => {
    const argnums = inputs.map((_, i) => i);
    const [value, gradients] = valueAndGrad((...xs: Traced[]) => np.sum(np.sin(f(...xs))), { argnums })(
      ...inputs,
    );
    const results: Results = { y: f(...inputs), value };
    (gradients as Traced[]).forEach((gradient, i) => {
      results[`gradient ${i}`] = gradient;
    });
    return results;
  };
}

const layerNorm = (x: Traced, scale: Traced, offset: Traced) => {
  const centred = x.sub(np.mean(x, -1, { keepdims: true }));
  const variance = np.mean(np.square(centred), -1, { keepdims: true });
  return centred
    .mul(np.reciprocal(np.sqrt(variance.add(1e-3))))
    .mul(scale)
    .add(offset);
};

const rmsNorm = (x: Traced, scale: Traced) =>
  x.mul(np.reciprocal(np.sqrt(np.mean(np.square(x), -1, { keepdims: true }).add(1e-3)))).mul(scale);

describe('written-out functions become one operation', () => {
  const x = random(4, 5);

  it.each<[name: string, f: (x: Traced) => Traced, expected: Record<string, number>]>([
    ['tanh', np.tanh, { tanh: 1 }],
    ['sigmoid', nn.sigmoid, { sigmoid: 1 }],
    ['silu', nn.silu, { silu: 1 }],
    ['softmax', (x) => nn.softmax(x), { softmax: 1 }],
    ['layer_norm', (x) => layerNorm(x, x.slice(0), x.slice(1)), { shrink: 2, reshape: 2, layer_norm: 1 }],
    ['rms_norm', (x) => rmsNorm(x, x.slice(0)), { shrink: 1, reshape: 1, rms_norm: 1 }],
    ['normalise_rms', (x) => rmsNorm(x, np.sin(x)), { normalise_rms: 1, sin: 1, mul: 1 }],
    ['sub', (x) => x.sub(np.sin(x)), { sin: 1, sub: 1 }],
    ['div', (x) => np.sin(x).div(np.cos(x)), { sin: 1, cos: 1, div: 1 }],
    [
      'nothing of a gradient that is stopped',
      (x) => x.add(lax.stopGradient(x)).sub(lax.stopGradient(x)),
      { add: 1, sub: 1 },
    ],
  ])('%s', async (_, f, expected) => {
    // jax-js's own exp and log are good to five digits
    await agree((x) => ({ y: f(x) }), [x], { tolerance: 3e-5 });
    expect(await left(f, [x])).toEqual(expected);
  });

  it('and their derivatives need no pieces of them', async () => {
    const slope = (f: (x: Traced) => Traced) =>
      left((x) => valueAndGrad((x: Traced) => np.sum(f(x)))(x) as Traced[], [x]);
    expect(await slope(np.tanh)).toEqual({ tanh: 1, reduce: 1, mul: 1, sub: 1 });
    expect(await slope(nn.sigmoid)).toEqual({ sigmoid: 1, reduce: 1, sub: 1, mul: 1 });
    const silu = await slope(nn.silu);
    expect(silu.exp).toBeUndefined();
    expect(Object.values(silu).reduce((a, b) => a + b)).toBeLessThanOrEqual(7);
  });

  it('also where the argument of SiLU is a product itself', async () => {
    const sigmoid = (x: Traced) => {
      const value = nn.sigmoid(lax.stopGradient(x));
      return value.add(x.sub(lax.stopGradient(x)).mul(value.mul(np.subtract(1, value))));
    };
    const f = (x: Traced) => {
      const y = x.mul(3);
      return y.mul(sigmoid(y));
    };
    const slope = (x: Traced) => valueAndGrad((x: Traced) => np.sum(f(x)))(x) as Traced[];
    await agree((x) => ({ slope: slope(x)[1] }), [x], { tolerance: 3e-5 });
    // y, y s, y s (1 - s) and 3 times the slope
    expect(await left(slope, [x])).toEqual({ mul: 4, sigmoid: 1, sub: 1, add: 1, reduce: 1 });
  });

  it('sums of squares, of any size', async () => {
    for (const of of [x, random(1), random(1, 3), random(3, 1)]) {
      const f = (x: Traced) => np.sum(np.square(x), -1);
      await agree((x) => ({ y: f(x), repeated: f(np.broadcastTo(x, [2, ...x.shape])) }), [of]);
      expect(await left(f, [of])).toEqual({ sum_squares: 1 });
    }
  });

  it('what is cut out of joined arrays is what was joined', async () => {
    const f = (x: Traced, y: Traced): Traced => np.concatenate([np.sin(x), y], -1).slice([], [5, 7]);
    const y = random(4, 2);
    await agree((x, y) => ({ y: f(x, y) }), [x, y]);
    expect(await left((x, y) => np.exp(f(x, y)), [x, y])).toEqual({ exp: 1 });
    // but not what reaches into another
    expect(await left((x, y) => np.concatenate([x, y], -1).slice([], [4, 6]), [x, y])).toEqual({
      concatenate: 1,
      shrink: 1,
    });
  });

  it('what a stopped gradient makes zero is gone', async () => {
    const straight = (x: Traced) =>
      np.sum(
        np
          .floor(x)
          .add(x.sub(lax.stopGradient(x)))
          .mul(x),
      );
    await agree((x) => ({ y: straight(x), dx: grad(straight)(x) }), [x]);
    expect(await left(straight, [x])).toEqual({ floor: 1, mul: 1, reduce: 1 });
  });
});

describe('what only looks alike is left alone', () => {
  const inputs = [random(3, 4), random(3, 4)];

  it.each<[name: string, f: (x: Traced, y: Traced) => Traced]>([
    ['a sigmoid with another constant', (x) => np.reciprocal(np.exp(x.neg()).add(2))],
    ['a sigmoid of another sign', (x) => np.reciprocal(np.exp(x).add(1))],
    ['a gate from elsewhere', (x, y) => x.mul(nn.sigmoid(y))],
    ['a softplus of another constant', (x) => np.log(np.exp(x).add(1.5))],
    ['a hyperbolic tangent times another sign', (x, y) => np.tanh(x).mul(np.where(np.less(y, 0), 1, -1))],
    [
      'a root mean square of others',
      (x, y) => x.mul(np.reciprocal(np.sqrt(np.mean(np.square(y), -1, { keepdims: true }).add(1e-3)))),
    ],
    [
      'a root mean square over the first axis',
      (x) => x.mul(np.reciprocal(np.sqrt(np.mean(np.square(x), 0, { keepdims: true }).add(1e-3)))),
    ],
    ['a softmax over the first axis', (x) => nn.softmax(x, 0)],
    ['a softmax over both axes', (x) => nn.softmax(x, [0, 1])],
    ['a softmax without the greatest', (x) => np.exp(x).div(np.sum(np.exp(x), -1, { keepdims: true }))],
    [
      'a softmax of which the exponentials are used',
      (x, y) => nn.softmax(x).add(np.exp(x.sub(np.max(x, -1, { keepdims: true }))).mul(y)),
    ],
    [
      'a softmax less the greatest of others',
      (x, y) => {
        const e = np.exp(x.sub(np.max(y, -1, { keepdims: true })));
        return e.div(np.sum(e, -1, { keepdims: true }));
      },
    ],
    [
      'a norm over the first axis',
      (x) => {
        const centred = x.sub(np.mean(x, 0, { keepdims: true }));
        return centred.div(np.sqrt(np.mean(np.square(centred), 0, { keepdims: true }).add(0.1)));
      },
    ],
    [
      'a norm by the deviation of others',
      (x, y) => {
        const centred = (z: Traced) => z.sub(np.mean(z, -1, { keepdims: true }));
        const deviation = np.sqrt(np.mean(np.square(centred(y)), -1, { keepdims: true }).add(0.1));
        return centred(x).mul(np.reciprocal(deviation));
      },
    ],
    [
      'a norm whose parts are used too',
      (x, y) => {
        const mean = np.mean(x, -1, { keepdims: true });
        const deviation = np.sqrt(np.mean(np.square(x.sub(mean)), -1, { keepdims: true }).add(0.1));
        return x.sub(mean).mul(np.reciprocal(deviation)).add(y.mul(mean)).add(deviation);
      },
    ],
    [
      'a norm with scale and offset for each row',
      (x, y) => layerNorm(x, y.slice([], [0, 1]), y.slice([], [1, 2])),
    ],
    ['a difference from what is stopped elsewhere', (x, y) => x.sub(lax.stopGradient(y)).mul(y)],
    ['negated factors', (x, y) => x.neg().mul(y.neg()).add(x.mul(y.neg())).sub(x.mul(-2))],
    [
      'reciprocals used twice',
      (x, y) => {
        const inverse = np.reciprocal(np.square(y).add(1));
        return x.mul(inverse).add(inverse);
      },
    ],
    ['constants of products', (x, y) => x.mul(0.5).mul(3).add(y.mul(2).mul(y).mul(-1))],
    ['a product turned around', (x, y) => np.matrixTranspose(np.matmul(x, np.matrixTranspose(y)))],
    [
      'products of both ways',
      (x, y) => np.transpose(np.matmul(np.stack([x, y]), np.transpose(y)), [2, 0, 1]),
    ],
  ])('%s', async (_, f) => {
    await agree(withGradient(f as (...inputs: Traced[]) => Traced), inputs, { tolerance: 1e-4 });
  });
});

describe('long sums', () => {
  const T = 5;
  const recurrent = (w: Traced, u: Traced, x: Traced) => {
    let h = np.zeros([3, 16]);
    let sum = np.array(0);
    for (let t = 0; t < T; t++) {
      h = np.tanh(np.matmul(h, w).add(np.matmul(x.slice(t), u)));
      sum = sum.add(np.mean(np.square(h)));
    }
    return sum;
  };

  it('of products through time become one product', async () => {
    const inputs = [random(16, 16), random(8, 16), random(T, 3, 8)];
    const gradients = (w: Traced, u: Traced, x: Traced) =>
      valueAndGrad(recurrent, { argnums: [0, 1, 2] })(w, u, x)[1] as Traced[];
    await agree((w, u, x) => Object.fromEntries(gradients(w, u, x).map((g, i) => [`${i}`, g])), inputs, {
      tolerance: 1e-4,
    });
    // forward 2 a step, but the first has no state; backward 1 a step for the state and 1 for the inputs; 1 a weight
    const { dot } = await left(gradients, inputs);
    expect(dot).toBeLessThanOrEqual(2 * T + 2 * T + 2);
  });

  it('of sums over rows become one sum over all rows', async () => {
    const f = (x: Traced, bias: Traced) => [1, 2, 3].reduce((h, t) => np.tanh(h.add(bias)).mul(t), x);
    const xs = [random(4, 5), random(5)];
    await agree(withGradient(f), xs);
    const slope = (x: Traced, bias: Traced) => grad((bias: Traced) => np.sum(f(x, bias)))(bias);
    expect(await left(slope, xs)).toMatchObject({ reduce: 1, concatenate: 1 });
  });

  it('of pieces put in their places become one array', async () => {
    const pieces = (x: Traced) =>
      np.sum(np.stack(Array.from({ length: 6 }, (_, i) => np.sin(x.slice([i, i + 1])).mul(i + 1))));
    const input = [random(8, 3)];
    await agree((x) => ({ dx: grad(pieces)(x) }), input);
    const counts = await left(grad(pieces), input);
    expect(counts.pad ?? 0).toBe(0);
    expect(counts.concatenate).toBe(1);
  });

  it('of pieces that overlap stay sums', async () => {
    const pieces = (x: Traced) =>
      Array.from({ length: 5 }, (_, i) => np.sum(np.sin(x.slice([i, i + 3])).mul(i + 1))).reduce((a, b) =>
        a.add(b),
      );
    await agree((x) => ({ dx: grad(pieces)(x) }), [random(8, 3)]);
  });

  it('of many terms of one shape keep each of them', async () => {
    await agree(
      (x) => ({ y: Array.from({ length: 12 }, (_, i) => np.sin(x.mul(i))).reduce((a, b) => a.add(b)) }),
      [tensor(Float32Array.of(0.1, 0.2, 0.3))],
    );
  });
});

describe('rows multiplied already', () => {
  const [x, w, b] = [random(3, 4), random(4, 4), random(4)];
  const layer = (x: Traced, w: Traced, b: Traced) => np.tanh(np.dot(x, w).add(b));
  /** A layer three times over, and then of all that it was given at once. */
  const asked = (x: Traced, w: Traced, b: Traced, again: (x: Traced, w: Traced, b: Traced) => Traced) => {
    const seen = [x];
    for (let t = 0; t < 3; t++) seen.push(layer(seen[t], w, b));
    return [seen[3], again(np.concatenate(seen.slice(0, 3), 0), w, b)];
  };

  it('are not multiplied once more', async () => {
    const f = (x: Traced, w: Traced, b: Traced) => asked(x, w, b, layer);
    await agree((x, w, b) => ({ last: f(x, w, b)[0], all: f(x, w, b)[1] }), [x, w, b]);
    expect(await left(f, [x, w, b])).toMatchObject({ dot: 3 });
  });

  it('but by other weights they are', async () => {
    const f = (x: Traced, w: Traced, b: Traced) => asked(x, w, b, (x, w, b) => layer(x, np.sin(w), b));
    await agree((x, w, b) => ({ last: f(x, w, b)[0], all: f(x, w, b)[1] }), [x, w, b]);
    expect(await left(f, [x, w, b])).toMatchObject({ dot: 4 });
  });
});
