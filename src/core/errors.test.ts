import { describe, expect, test } from 'vitest';
import {
  demand,
  demandFinite,
  didYouMean,
  InputError,
  NumericalError,
  nearest,
  ResourceError,
} from './errors.ts';

test('errors carry their own names and are told apart', () => {
  for (const [Kind, name] of [
    [InputError, 'InputError'],
    [NumericalError, 'NumericalError'],
    [ResourceError, 'ResourceError'],
  ] as const) {
    const error = new Kind('where: what');
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toBe(`${name}: where: what`);
  }
  expect(new InputError('')).not.toBeInstanceOf(NumericalError);
});

test('demand builds its message only when it is needed', () => {
  demand(true, () => {
    throw new Error('built');
  });
  expect(() => demand(false, () => 'pendulum: must hold')).toThrow(new InputError('pendulum: must hold'));
});

describe('demandFinite', () => {
  test('lets numbers pass', () => {
    demandFinite([0, -1, 1e308], 'x');
    demandFinite(new Float32Array(0), 'x');
  });
  test('names the quantity, the number and its place', () => {
    expect(() => demandFinite([0, Number.NaN, 1], 'loss at step 3')).toThrow(
      new NumericalError('loss at step 3: every number must be finite, got NaN at index 1 of 3.'),
    );
    expect(() => demandFinite(Float32Array.of(-Infinity), 'loss')).toThrow(
      new NumericalError('loss: every number must be finite, got -Infinity.'),
    );
  });
});

describe('names nearby', () => {
  const names = ['pendulum', 'cart-pole', 'continuous-cart-pole', 'mountain-car', 'acrobot'];
  test('slips of the finger', () => {
    expect(nearest('pendulm', names)).toEqual(['pendulum']);
    expect(nearest('Pendulum', names)).toEqual(['pendulum']);
    expect(nearest('cartpole', names)[0]).toBe('cart-pole');
    expect(nearest('accrobot', names)).toEqual(['acrobot']);
  });
  test('parts of names', () => {
    expect(nearest('cart', names)).toContain('cart-pole');
    expect(nearest('cart', names)).toContain('continuous-cart-pole');
  });
  test('nothing near, and never more than three', () => {
    expect(nearest('walker2d', names)).toEqual([]);
    expect(nearest('a', ['aa', 'ab', 'ac', 'ad']).length).toBe(3);
  });
  test('as a question', () => {
    expect(didYouMean('pendulm', names)).toBe(' Did you mean "pendulum"?');
    expect(didYouMean('cart', names)).toMatch(/^ Did you mean ".+" or ".+"\?$/);
    expect(didYouMean('walker2d', names)).toBe('');
  });
});
