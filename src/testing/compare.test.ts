import { expect, test } from 'vitest';
import { difference, snapshot } from './compare.ts';

class Board {
  cells = new Uint8Array(3);
  moves: unknown[] = [];
  self = this;
}

test('a snapshot is the same and shares nothing', () => {
  const value = {
    board: new Board(),
    seen: new Map([['a', [1]]]),
    set: new Set([1]),
    rows: new Float64Array([1, 2]),
    at: undefined,
    nothing: null,
  };
  const twin = snapshot(value);
  expect(difference(value, twin)).toBeUndefined();
  expect(twin.board).toBeInstanceOf(Board);
  expect(twin.board.self).toBe(twin.board);
  value.board.cells[1] = 7;
  expect(difference(value, twin)).toBe('.board.cells[1]: 7 against 0');
  value.board.cells[1] = 0;
  value.seen.get('a')?.push(2);
  expect(difference(value, twin)).toMatch(/^\.seen\[0\]\[1\]\[1\]: 2 against missing/);
});

test('differences are told with their place', () => {
  expect(difference({ a: [1, { b: NaN }] }, { a: [1, { b: NaN }] })).toBeUndefined();
  expect(difference(0, -0)).toBe('0 against -0');
  expect(difference({ a: 1 }, { a: 1, b: 2 })).toBe('.b: missing against 2');
  expect(difference([1, 2], [1])).toBe('[1]: 2 against missing');
  expect(difference({ a: 'x' }, { a: null })).toBe('.a: "x" against null');
  expect(difference(new Float32Array(1), new Float64Array(1))).toBe('a Float32Array against a Float64Array');
  expect(difference(new Set([1]), new Set([2]))).toBe('[0]: 1 against 2');
});
