import { lax, numpy as np } from '@jax-js/jax';
import { describe, expect, it } from 'vitest';
import { agree, onOnnx, randomTensor } from '../../../test/engine/agreement.ts';
import { Rng } from '../../core/rng.ts';
import { tensor } from '../tensor.ts';
import type { Traced } from '../tree.ts';

const rng = Rng.from('linear algebra');
const matrices = (...shape: number[]) => randomTensor('float32', shape, rng);

/** Well-conditioned: far from singular, whatever the draw. */
const positive = (x: Traced) => {
  const n = x.shape.at(-1)!;
  return np.matmul(x, np.matrixTranspose(x)).add(np.eye(n).mul(n));
};

describe.each([1, 2, 3, 5, 8])('matrices of %i rows', (n) => {
  it('triangular systems', async () => {
    await agree(
      (a, b) => {
        const system = positive(a);
        const solve = (options: object) => lax.linalg.triangularSolve(system, b, options);
        return {
          upper: solve({}),
          lower: solve({ lower: true }),
          unit: lax.linalg.triangularSolve(system.mul(0.1), b, { unitDiagonal: true }),
          turned: solve({ transposeA: true, lower: true }),
          left: lax.linalg.triangularSolve(system, np.matrixTranspose(b), { leftSide: true }),
        };
      },
      [matrices(2, n, n), matrices(2, 3, n)],
      { tolerance: 1e-4, eagerly: true },
    );
  });

  it('factors', async () => {
    await agree(
      (a, wide, high) => {
        const [both, pivots, order] = lax.linalg.lu(a);
        const [wideFactors] = lax.linalg.lu(wide);
        const [highFactors, highPivots, highOrder] = lax.linalg.lu(high);
        return {
          cholesky: np.linalg.cholesky(positive(a)),
          both,
          pivots,
          order,
          wideFactors,
          highFactors,
          highPivots,
          highOrder,
          determinant: np.linalg.det(positive(a)),
          inverse: np.linalg.inv(positive(a)),
        };
      },
      [matrices(2, n, n), matrices(n, n + 2), matrices(n + 1, n)],
      { tolerance: 2e-4, eagerly: true },
    );
  });

  it('Fourier transforms', async () => {
    await agree(
      (real, imag) => {
        const forward = np.fft.fft({ real, imag });
        const back = np.fft.ifft(forward);
        const rows = np.fft.fft({ real, imag }, 0);
        return { ...forward, back: back.real, backImag: back.imag, rows: rows.real };
      },
      [matrices(3, n), matrices(3, n)],
      { tolerance: 1e-4, eagerly: true },
    );
  });
});

it('a singular matrix has factors too', async () => {
  await agree(
    (a) => ({ lu: lax.linalg.lu(a)[0] }),
    [tensor(Float32Array.of(0, 1, 2, 0, 1, 3, 0, 2, 4), [3, 3])],
  );
});

it('a system of 100 unknowns keeps its precision', async () => {
  const n = 100;
  const { product } = await onOnnx(
    (a) => {
      const system = positive(a);
      const factor = np.linalg.cholesky(system);
      return {
        product: np
          .matmul(factor, np.matrixTranspose(factor))
          .sub(system)
          .mul(1 / n),
      };
    },
    [matrices(n, n)],
  );
  for (const value of product.data) expect(Math.abs(value)).toBeLessThan(1e-5);
});
