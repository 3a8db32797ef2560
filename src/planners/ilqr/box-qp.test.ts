import { describe, expect, it } from 'vitest';
import { Rng } from '../../core/rng.ts';
import { cholesky, choleskySolve } from '../../math/cholesky.ts';
import { BoxQp } from './box-qp.ts';

interface Program {
  readonly hessian: Float64Array; // [m, m]
  readonly linear: Float64Array; // [m]
  readonly low: Float64Array; // [m]
  readonly high: Float64Array; // [m]
}

function randomProgram(m: number, rng: Rng): Program {
  const root = Float64Array.from({ length: m * m }, () => rng.normal());
  const hessian = Float64Array.from({ length: m * m }, (_, at) => {
    const [i, j] = [Math.floor(at / m), at % m];
    let sum = i === j ? 0.05 : 0;
    for (let k = 0; k < m; k++) sum += root[i * m + k] * root[j * m + k];
    return sum;
  });
  const linear = Float64Array.from({ length: m }, () => 3 * rng.normal());
  const low = Float64Array.from({ length: m }, () => -rng.uniform());
  const high = Float64Array.from({ length: m }, () => (rng.uniform() < 0.2 ? Infinity : rng.uniform()));
  return { hessian, linear, low, high };
}

/** The best of all 3^m ways to hold each element low, high or not at all. */
function byEnumeration({ hessian, linear, low, high }: Program): Float64Array {
  const m = linear.length;
  let best = { x: new Float64Array(m), value: Infinity };
  for (let which = 0; which < 3 ** m; which++) {
    const held = Array.from({ length: m }, (_, i) => Math.floor(which / 3 ** i) % 3);
    const x = Float64Array.from(held, (side, i) => [low[i], high[i], 0][side]);
    if (!x.every(Number.isFinite)) continue;
    const free = held.flatMap((side, i) => (side === 2 ? [i] : []));
    const block = Float64Array.from(free.flatMap((i) => free.map((j) => hessian[i * m + j])));
    const solution = Float64Array.from(free, (i) => {
      let sum = -linear[i];
      for (let j = 0; j < m; j++) if (held[j] !== 2) sum -= hessian[i * m + j] * x[j];
      return sum;
    });
    cholesky(block, block, free.length);
    choleskySolve(block, solution, free.length);
    free.forEach((i, a) => {
      x[i] = solution[a];
    });
    if (x.some((value, i) => value < low[i] || value > high[i])) continue;
    let value = 0;
    for (let i = 0; i < m; i++) {
      value += linear[i] * x[i];
      for (let j = 0; j < m; j++) value += 0.5 * hessian[i * m + j] * x[i] * x[j];
    }
    if (value < best.value) best = { x, value };
  }
  return best.x;
}

describe('BoxQp', () => {
  it('finds what enumerating all active sets finds, from anywhere', () => {
    const rng = Rng.from('box programs');
    let held = 0;
    for (let m = 1; m <= 5; m++) {
      const program = new BoxQp(m);
      for (let trial = 0; trial < 40; trial++) {
        const { hessian, linear, low, high } = randomProgram(m, rng);
        const expected = byEnumeration({ hessian, linear, low, high });
        for (let i = 0; i < m; i++) program.x[i] = 2 * rng.normal();
        expect(program.solve(hessian, linear, low, high)).toBe(true);
        const free = [...program.free.subarray(0, program.freeCount)];
        expected.forEach((value, i) => {
          expect(program.x[i]).toBeCloseTo(value, 9);
          // bounds are met, not only come near
          expect(program.x[i] >= low[i] && program.x[i] <= high[i]).toBe(true);
          expect(free.includes(i)).toBe(value !== low[i] && value !== high[i]);
          if (value === low[i] || value === high[i]) held++;
        });
      }
    }
    // of 600 elements
    expect(held).toBeGreaterThan(200);
  });

  it('gives the factor of the free block', () => {
    // x0 is held at 1 by its slope of -9; then x1 and x2 are free
    const hessian = Float64Array.of(1, 0, 0, 0, 4, 2, 0, 2, 10);
    const program = new BoxQp(3);
    const high = Float64Array.of(1, 100, 100);
    program.solve(
      hessian,
      Float64Array.of(-9, 1, 1),
      high.map((x) => -x),
      high,
    );
    expect(program.x[0]).toBe(1);
    expect([...program.free.subarray(0, program.freeCount)]).toEqual([1, 2]);
    // [[4, 2], [2, 10]] = [[2, 0], [1, 3]] [[2, 1], [0, 3]]
    expect([program.factor[0], program.factor[2], program.factor[3]]).toEqual([2, 1, 3]);
  });

  it('tells where there is no minimum', () => {
    const program = new BoxQp(2);
    const far = Float64Array.of(1e6, 1e6);
    const solve = (hessian: number[]) =>
      program.solve(
        Float64Array.from(hessian),
        Float64Array.of(0.1, 0),
        far.map((x) => -x),
        far,
      );
    expect(solve([1, 0, 0, -1])).toBe(false);
    expect(solve([1, 2, 2, 1])).toBe(false);
    expect(solve([1, 0, 0, 1])).toBe(true);
  });
});
