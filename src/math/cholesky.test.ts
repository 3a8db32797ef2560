import { describe, expect, it } from 'vitest';
import { Rng } from '../core/rng.ts';
import { cholesky, choleskySolve } from './cholesky.ts';

describe('cholesky', () => {
  it('factors a matrix by hand', () => {
    // [[4, 2], [2, 10]] = [[2, 0], [1, 3]] [[2, 1], [0, 3]]; the number above the diagonal is not read
    const factor = new Float64Array(4);
    expect(cholesky(Float64Array.of(4, -99, 2, 10), factor, 2)).toBe(true);
    expect([...factor]).toEqual([2, 0, 1, 3]);
  });

  it('tells what is not positive definite', () => {
    const out = new Float64Array(4);
    expect(cholesky(Float64Array.of(1, 2, 2, 4), out, 2)).toBe(false); // singular
    expect(cholesky(Float64Array.of(1, 2, 2, 3), out, 2)).toBe(false); // eigenvalue 2 - 5^0.5
    expect(cholesky(Float64Array.of(0), out, 1)).toBe(false);
    expect(cholesky(Float64Array.of(Number.NaN), out, 1)).toBe(false);
  });

  it('solves random systems, also a column of several', () => {
    const rng = Rng.from('cholesky');
    for (let size = 1; size <= 6; size++) {
      const root = Float64Array.from({ length: size * size }, () => rng.normal());
      const at = (i: number, j: number) => {
        let sum = i === j ? 0.1 : 0;
        for (let k = 0; k < size; k++) sum += root[i * size + k] * root[j * size + k];
        return sum;
      };
      const a = Float64Array.from({ length: size * size }, (_, i) => at(Math.floor(i / size), i % size));
      const wanted = Float64Array.from({ length: size * 3 }, () => rng.normal()); // [size, 3]
      const x = Float64Array.from(wanted, (_, at) => {
        let sum = 0;
        for (let k = 0; k < size; k++) sum += a[Math.floor(at / 3) * size + k] * wanted[k * 3 + (at % 3)];
        return sum;
      });
      expect(cholesky(a, a, size)).toBe(true);
      for (let column = 0; column < 3; column++) choleskySolve(a, x, size, column, 3);
      x.forEach((value, i) => {
        expect(value).toBeCloseTo(wanted[i], 9);
      });
    }
  });
});
