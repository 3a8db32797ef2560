import { grad, numpy as np } from '@jax-js/jax';
import { describe, expect, test } from 'vitest';
import { backend as jax } from '../engine/backends/jax.ts';
import { compile } from '../engine/compile.ts';
import { tensor } from '../engine/tensor.ts';
import type { Traced } from '../engine/tree.ts';
import { type ActivationName, activations, softplus } from './activations.ts';

const functions = { ...activations, softplus };

/** The definitions, in double precision. */
const expected: Record<ActivationName | 'softplus', (x: number) => number> = {
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  silu: (x) => x / (1 + Math.exp(-x)),
  relu: (x) => Math.max(x, 0),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  tanh: (x) => Math.tanh(x),
  softplus: (x) => (x > 30 ? x : Math.log1p(Math.exp(x))),
};

/** The derivatives by hand; at their kinks 0 for relu, that of the right side for elu. */
const s = expected.sigmoid;
const slope: Record<ActivationName | 'softplus', (x: number) => number> = {
  sigmoid: (x) => s(x) * s(-x),
  silu: (x) => s(x) + x * s(x) * s(-x),
  relu: (x) => (x > 0 ? 1 : 0),
  elu: (x) => (x < 0 ? Math.exp(x) : 1),
  tanh: (x) => 1 - Math.tanh(x) ** 2,
  softplus: s,
};

/** Second derivatives of those whose derivatives are given, not traced. */
const curvature: Partial<Record<ActivationName | 'softplus', (x: number) => number>> = {
  sigmoid: (x) => s(x) * s(-x) * (1 - 2 * s(x)),
  tanh: (x) => -2 * Math.tanh(x) * (1 - Math.tanh(x) ** 2),
  softplus: (x) => s(x) * s(-x),
  silu: (x) => s(x) * s(-x) * (2 + x * (1 - 2 * s(x))),
};

const points = Float32Array.of(-100, -90, -20, -3, -0.5, -1e-3, 0, 1e-3, 0.5, 3, 20, 90, 100);

describe.each(Object.keys(expected) as (keyof typeof expected)[])('%s', (name) => {
  const f = functions[name];

  test('values, slopes and finite numbers far out, on both backends', async () => {
    // jax-js's own exponentials and logarithms are good to some 1e-5
    for (const { backend, digits } of [{ digits: 6 }, { backend: jax, digits: 4 }]) {
      const program = compile(
        (x: Traced) => ({ y: f(x), slope: grad((x: Traced) => np.sum(f(x)))(x) as Traced }),
        { backend },
      );
      const out = await program(tensor(points));
      points.forEach((x, i) => {
        expect(out.y.data[i]).toBeCloseTo(expected[name](x), digits);
        expect(out.slope.data[i]).toBeCloseTo(slope[name](x), digits);
      });
    }
  });
});

test.each(Object.entries(curvature))('%s: second derivatives', async (name, expectedAt) => {
  const f = functions[name as keyof typeof functions];
  const first = (x: Traced) => np.sum(grad((x: Traced) => np.sum(f(x)))(x) as Traced);
  const program = compile((x: Traced) => grad(first)(x) as Traced);
  const { data } = await program(tensor(points));
  points.forEach((x, i) => {
    expect(data[i]).toBeCloseTo(expectedAt(x), 5);
  });
});
