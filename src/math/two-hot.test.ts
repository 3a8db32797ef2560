import { describe, expect, test } from 'vitest';
import { InputError, NumericalError } from '../core/errors.ts';
import { Rng } from '../core/rng.ts';
import { symexp, symlog } from './symlog.ts';
import { evenBins, fromTwoHot, symexpBins, twoHot } from './two-hot.ts';

describe('symlog', () => {
  test('known values', () => {
    expect(symlog(0)).toBe(0);
    expect(symlog(Math.E - 1)).toBeCloseTo(1, 15);
    expect(symlog(1 - Math.E)).toBeCloseTo(-1, 15);
    expect(symlog(-1e-20)).toBe(-1e-20);
  });
  test('symexp undoes it', () => {
    for (const x of [-1e6, -3, -1e-9, 0, 1e-9, 0.5, 20, 1e8]) {
      expect(Math.abs(symexp(symlog(x)) - x)).toBeLessThanOrEqual(2e-13 * Math.abs(x));
    }
  });
});

describe('bins', () => {
  test('even', () => expect([...evenBins(5, -1, 1)]).toEqual([-1, -0.5, 0, 0.5, 1]));
  test('symexp: symmetric, zero in the middle, e^20 - 1 at the end', () => {
    const bins = symexpBins();
    expect(bins.length).toBe(255);
    expect(bins[127]).toBe(0);
    expect(bins[254]).toBeCloseTo(Math.exp(20) - 1, 4);
    for (let i = 0; i < 127; i++) expect(bins[i]).toBe(-bins[254 - i]);
  });
  test('refused', () => {
    expect(() => evenBins(1, 0, 1)).toThrow(InputError);
    expect(() => evenBins(3, 1, 1)).toThrow(/below high/);
  });
});

describe('two-hot', () => {
  test('written out', () => {
    expect([...twoHot(2.5, [0, 2, 4])]).toEqual([0, 0.75, 0.25]);
    expect([...twoHot(2, [0, 2, 4])]).toEqual([0, 1, 0]);
  });
  test('beyond the outermost bins', () => {
    expect([...twoHot(-7, [0, 2, 4])]).toEqual([1, 0, 0]);
    expect([...twoHot(Infinity, [0, 2, 4])]).toEqual([0, 0, 1]);
  });
  test('reading undoes writing, at any offset', () => {
    const rng = Rng.from('two-hot');
    const bins = symexpBins(41, 5);
    const rows = new Float32Array(3 * 41).fill(9); // [3, N]
    for (let i = 0; i < 500; i++) {
      const value = rng.normal() * 30;
      twoHot(value, bins, rows, 41);
      expect(Math.abs(fromTwoHot(rows, bins, 41) - value)).toBeLessThan(1e-5 * (1 + Math.abs(value)));
    }
    expect(rows[40]).toBe(9);
    expect(rows[82]).toBe(9);
  });
  test('even weights read as exactly zero', () => {
    const bins = symexpBins();
    expect(fromTwoHot(new Float32Array(255).fill(1 / 255), bins)).toBe(0);
  });
  test('NaN stops', () => expect(() => twoHot(Number.NaN, [0, 1])).toThrow(NumericalError));
});
