import { expect, test } from 'vitest';
import { joinSaved, partOf, type Saved } from './saved.ts';

test('parts are joined under their names, and found again', () => {
  const array = (...values: number[]) => ({ shape: [values.length], data: Float32Array.from(values) });
  const one: Saved = { arrays: { 'layers.0': array(1, 2), bias: array(3) }, facts: { step: 4 } };
  const other: Saved = { arrays: { bias: array(5) }, facts: {} };
  const whole = joinSaved({ model: one, models: other });
  expect(Object.keys(whole.arrays)).toEqual(['model.layers.0', 'model.bias', 'models.bias']);
  expect(partOf(whole, 'model')).toEqual(one);
  expect(partOf(whole, 'models')).toEqual(other);
  expect(partOf(whole, 'mod')).toEqual({ arrays: {}, facts: {} });
});
