import { grad, jacfwd, lax, nn, numpy as np, valueAndGrad } from '@jax-js/jax';
import { describe, expect, it } from 'vitest';
import { randomTensor } from '../../test/engine/agreement.ts';
import { Rng } from '../core/rng.ts';
import { compile } from './compile.ts';
import type { Tensor } from './tensor.ts';
import type { Traced } from './tree.ts';

const rng = Rng.from('gradients');

/** The greatest difference allowed between a gradient and the slope measured, relative above 1 and absolute below. */
const TOLERANCE = 3e-3;
const STEP = 0.02;

type Loss = (...inputs: Traced[]) => Traced;

/** A number that depends on all of an array's, each with a weight of its own. */
function weighed(y: Traced): Traced {
  const n = y.shape.reduce((product, size) => product * size, 1);
  const weights = np.array(Array.from({ length: n }, (_, i) => Math.cos(i + 1)));
  return np.sum(y.reshape([n]).mul(n === 1 ? 1 : weights));
}

/**
 * Expects gradients by all inputs to be the slopes measured, by the central difference of fourth order
 * (8 (f(x+h) - f(x-h)) - (f(x+2h) - f(x-2h))) / 12h, of many functions at once.
 */
async function expectSlopes(losses: Record<string, Loss>, inputs: readonly Tensor<'float32'>[]) {
  const names = Object.keys(losses);
  const argnums = inputs.map((_, i) => i);
  const gradients = compile((...xs: Traced[]) =>
    names.map((name) => valueAndGrad(losses[name], { argnums })(...xs)[1] as Traced[]),
  );
  const values = compile((...xs: Traced[]) => names.map((name) => losses[name](...xs)));
  const found = await gradients(...(inputs as Tensor[]));
  const wrong: string[] = [];
  for (const [which, input] of inputs.entries()) {
    for (let i = 0; i < input.data.length; i++) {
      const at = async (steps: number) => {
        const moved = inputs.map((other, k) =>
          k === which ? { ...other, data: other.data.with(i, other.data[i] + steps * STEP) } : other,
        );
        return (await values(...(moved as Tensor[]))).map((value) => value.data[0]);
      };
      const [far, near, back, farBack] = [await at(2), await at(1), await at(-1), await at(-2)];
      names.forEach((name, k) => {
        const slope = (8 * (near[k] - back[k]) - (far[k] - farBack[k])) / (12 * STEP);
        const gradient = found[k][which].data[i];
        if (!(Math.abs(gradient - slope) <= TOLERANCE * Math.max(1, Math.abs(slope))))
          wrong.push(`${name}: input ${which}[${i}] has gradient ${gradient}, slope ${slope}`);
      });
    }
  }
  gradients.dispose();
  values.dispose();
  expect(wrong).toEqual([]);
}

const random = (...shape: number[]) => randomTensor('float32', shape, rng) as Tensor<'float32'>;
const each = (functions: Record<string, (...inputs: Traced[]) => Traced>): Record<string, Loss> =>
  Object.fromEntries(
    Object.entries(functions).map(([name, f]) => [name, (...inputs: Traced[]) => weighed(f(...inputs))]),
  );

/** Numbers at least 0.1 apart and away from 0, so that no maximum changes hands within a step. */
const apart = (shape: readonly number[], offset = 0): Tensor<'float32'> => {
  const tensor = random(...shape);
  const order = rng.permutation(tensor.data.length);
  tensor.data.forEach((_, i) => {
    tensor.data[i] = (order[i] - tensor.data.length / 2 + 0.5) * 0.13 + offset;
  });
  return tensor;
};

describe('gradients are slopes', () => {
  it('of functions of one number', async () => {
    const positive = (x: Traced) => np.square(x).add(0.5);
    const inUnit = (x: Traced) => np.sin(x).mul(0.8);
    await expectSlopes(
      each({
        neg: (x) => x.neg(),
        reciprocal: (x) => np.reciprocal(positive(x)),
        sin: np.sin,
        cos: np.cos,
        asin: (x) => np.asin(inUnit(x)),
        atan: np.atan,
        exp: np.exp,
        log: (x) => np.log(positive(x)),
        erf: lax.erf,
        erfc: lax.erfc,
        sqrt: (x) => np.sqrt(positive(x)),
        tanh: np.tanh,
        sigmoid: nn.sigmoid,
        silu: nn.silu,
        softplus: nn.softplus,
        gelu: (x) => nn.gelu(x),
        elu: (x) => nn.elu(x),
        log1p: (x) => np.log1p(positive(x)),
        expm1: np.expm1,
        sinh: np.sinh,
        power: (x) => np.power(positive(x), 1.7),
      }),
      [random(2, 3)],
    );
  });

  it('of two numbers, broadcast', async () => {
    await expectSlopes(
      each({
        add: (x, y) => x.add(y),
        sub: (x, y) => x.sub(y),
        mul: (x, y) => x.mul(y),
        div: (x, y) => x.div(np.square(y).add(1)),
        min: np.minimum,
        max: np.maximum,
        where: (x, y) => np.where(np.less(x, y), x.mul(y), np.sin(y)),
        mod: (x, y) => x.add(0.05).mod(np.square(y).add(9)),
        atan2: (x, y) => np.atan2(x, np.square(y).add(1)),
        hypot: (x, y) => np.hypot(x, np.square(y).add(1)),
      }),
      [apart([2, 1, 3]), apart([2, 1], 0.065)],
    );
  });

  it('of reductions, orders and running sums', async () => {
    await expectSlopes(
      each({
        sum: (x) => np.sum(np.sin(x), 0),
        mean: (x) => np.mean(np.sin(x), 1),
        product: (x) => np.prod(x.add(2), 1),
        max: (x) => np.max(x, 0),
        min: (x) => np.min(x, 1),
        variance: (x) => np.var_(x, 1),
        logsumexp: (x) => nn.logsumexp(x, 1),
        softmax: (x) => nn.softmax(x),
        logSoftmax: (x) => nn.logSoftmax(x, 0),
        sort: (x) => np.sort(np.sin(x.mul(0.5))),
        cumsum: (x) => np.cumsum(np.sin(x), 1),
        cumprod: (x) => np.cumprod(x.add(2), 1),
        topK: (x) => lax.topK(x, 2)[0],
      }),
      [apart([3, 4])],
    );
  });

  it('of movement, picking and joining', async () => {
    const index = () => np.array([2, 0, 2, 1], { dtype: np.int32 });
    const bent = np.sin;
    await expectSlopes(
      each({
        transpose: (x) => np.transpose(bent(x)),
        reshape: (x) => bent(x).reshape([2, 6]),
        broadcast: (x) => np.broadcastTo(bent(x), [2, 3, 4]),
        flip: (x) => np.flip(bent(x), 1),
        shrink: (x) => bent(x).slice([1, 3], [0, 3]),
        pad: (x) => np.pad(bent(x), { 0: [1, 2] }),
        concatenate: (x) => np.concatenate([bent(x), x], 1),
        split: (x) => np.split(bent(x), [1, 3], 1)[1],
        gather: (x) => bent(x).slice(index()),
        gatherPairs: (x) => bent(x).slice(index(), index()),
        along: (x) => np.takeAlongAxis(bent(x), index().reshape([1, 4]), 0),
        maxPool: (x) => lax.reduceWindow(x, np.max as never, [2, 2], [1, 1]),
        meanPool: (x) => lax.reduceWindow(bent(x), np.mean as never, [2, 3], [1, 2]),
        apartPool: (x) => lax.reduceWindow(bent(x), np.sum as never, [1, 2], [1, 2]),
      }),
      [apart([3, 4])],
    );
  });

  it('of products and systems of matrices', async () => {
    const positive = (x: Traced) => np.matmul(x, np.matrixTranspose(x)).add(np.eye(3).mul(3));
    await expectSlopes(
      each({
        matmul: (x, y) => np.matmul(x, y),
        turned: (x, y) => np.matmul(np.matrixTranspose(y), np.matrixTranspose(x)),
        batched: (x, y) => np.matmul(np.stack([x, x.mul(2)]), np.stack([y, np.sin(y)])),
        vector: (x, y) => np.matmul(x, y.slice([], 0)),
        cholesky: (x) => np.linalg.cholesky(positive(x)),
        solve: (x, y) => lax.linalg.triangularSolve(positive(x), y, { leftSide: true, lower: true }),
        inverse: (x) => np.linalg.inv(positive(x)),
        determinant: (x) => np.linalg.det(positive(x)).mul(0.02),
        fourier: (x, y) => {
          const { real, imag } = np.fft.fft({ real: x, imag: np.matrixTranspose(y).slice([], []) });
          return np.concatenate([real, imag]);
        },
      }),
      [random(3, 3), random(3, 3)],
    );
  });

  it('of convolutions', async () => {
    await expectSlopes(
      each({
        strided: (x, w) => lax.conv(x, w, [2, 2], 'SAME'),
        plain: (x, w) => np.tanh(lax.conv(x, w, [1, 1], 'VALID')),
        transposed: (x, w) =>
          lax.convTranspose(x, np.swapaxes(w, 0, 1).slice([0, 1]), [2, 2], 'SAME').mul(0.5),
        dilated: (x, w) =>
          lax.convGeneralDilated(
            x,
            w,
            [1, 1],
            [
              [1, 1],
              [1, 1],
            ],
            { rhsDilation: [2, 1] },
          ),
      }),
      [random(1, 2, 4, 4), random(2, 2, 2, 2)],
    );
  });
});

describe('gradients of what networks are made of', () => {
  it('dense layers, normalisation, losses', async () => {
    const dense = (x: Traced, w: Traced, b: Traced) => np.matmul(x, w).add(b);
    const layerNorm = (x: Traced, scale: Traced) => {
      const centred = x.sub(np.mean(x, -1, { keepdims: true }));
      const variance = np.mean(np.square(centred), -1, { keepdims: true });
      return centred.mul(np.reciprocal(np.sqrt(variance.add(1e-3)))).mul(scale);
    };
    const rmsNorm = (x: Traced, scale: Traced) =>
      x.mul(np.reciprocal(np.sqrt(np.mean(np.square(x), -1, { keepdims: true }).add(1e-3)))).mul(scale);
    const target = () => np.array([2, 0], { dtype: np.int32 });
    await expectSlopes(
      {
        ...each({
          dense: (x, w, b) => nn.silu(dense(x, w, b)),
          layerNorm: (x, w, b) => layerNorm(dense(x, w, b), b),
          rmsNorm: (x, w, b) => nn.gelu(rmsNorm(dense(x, w, b), b)),
          deep: (x, w, b) => np.tanh(dense(np.tanh(dense(x, w, b)), np.transpose(w), b.slice([0, 1]))),
        }),
        crossEntropy: (x, w, b) =>
          np.mean(np.sum(nn.logSoftmax(dense(x, w, b)).mul(nn.oneHot(target(), 4)), -1)).neg(),
        pickedEntropy: (x, w, b) =>
          np.mean(nn.logSoftmax(dense(x, w, b)).slice(np.arange(2), target())).neg(),
        likelihood: (x, w, b) => {
          const [mean, logVariance] = np.split(dense(x, w, b), 2, -1);
          return np.mean(np.square(mean.sub(0.3)).mul(np.exp(logVariance.neg())).add(logVariance));
        },
      },
      [random(2, 3), random(3, 4), random(4)],
    );
  });

  it('a gated recurrent unit over three steps', async () => {
    const gru = (x: Traced, w: Traced, u: Traced) => {
      let h = np.zeros([2, 2]);
      for (let t = 0; t < 3; t++) {
        const gates = np.matmul(x.slice([], t), w);
        const own = np.matmul(h, u);
        const [r, z] = [0, 2].map((at) =>
          nn.sigmoid(gates.slice([], [at, at + 2]).add(own.slice([], [at, at + 2]))),
        );
        const n = np.tanh(gates.slice([], [4, 6]).add(r.mul(own.slice([], [4, 6]))));
        h = z.mul(h).add(np.subtract(1, z).mul(n));
      }
      return h;
    };
    await expectSlopes(each({ gru }), [random(2, 3, 2), random(2, 6), random(2, 6)]);
  });
});

describe('gradients of gradients', () => {
  const f = (x: Traced) =>
    np.sum(
      np
        .tanh(np.matmul(x.reshape([2, 2]), np.transpose(x.reshape([2, 2]))))
        .mul(nn.softmax(x).sum())
        .add(np.sin(x).sum()),
    );

  it('are slopes of gradients, by every mixture of modes', async () => {
    await expectSlopes(
      {
        'reverse over reverse': (x) => weighed(grad((x: Traced) => f(x))(x)),
        'forward over reverse': (x) => weighed(jacfwd(grad((x: Traced) => f(x)))(x)),
        'penalty on the gradient': (x) => np.sum(np.square(grad((x: Traced) => f(x))(x))),
      },
      [random(4)],
    );
  });
});
