import { expect, test } from 'vitest';
import { wrapAngle } from './angle.ts';

test('wrapAngle', () => {
  expect(wrapAngle(0.5)).toBe(0.5);
  expect(wrapAngle(-Math.PI)).toBe(-Math.PI);
  expect(wrapAngle(Math.PI)).toBe(-Math.PI);
  expect(wrapAngle(4)).toBeCloseTo(4 - 2 * Math.PI, 14);
  expect(wrapAngle(-4 - 20 * Math.PI)).toBeCloseTo(2 * Math.PI - 4, 12);
});
