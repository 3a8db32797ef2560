/** The symmetries of a board: a group of eight, each as its name says. */
import { describe, expect, it } from 'vitest';
import { boardSymmetries, RECTANGLE, SQUARE, squaresUnder } from './symmetries.ts';

const after = (first: Int32Array, second: Int32Array) => [...first].map((square) => second[square]);
const under = (name: (typeof SQUARE)[number]) => squaresUnder(name, 5, 5);

describe('symmetries of a board', () => {
  it('are as their names say, on three squares by three', () => {
    // squares are numbered 0 1 2 / 3 4 5 / 6 7 8; the top left corner and the square to its right go to these
    const goes = (name: (typeof SQUARE)[number]) => [...squaresUnder(name, 3, 3).subarray(0, 2)];
    expect(goes('half turn')).toEqual([8, 7]);
    expect(goes('left to right')).toEqual([2, 1]);
    expect(goes('top to bottom')).toEqual([6, 7]);
    expect(goes('quarter turn')).toEqual([2, 5]);
    expect(goes('three quarter turns')).toEqual([6, 3]);
    expect(goes('across the falling diagonal')).toEqual([0, 3]);
    expect(goes('across the rising diagonal')).toEqual([8, 5]);
  });

  it('are all different, and with the identity a group', () => {
    const all = [Int32Array.from({ length: 25 }, (_, i) => i), ...SQUARE.map(under)].map((map) => map.join());
    expect(new Set(all).size).toBe(8);
    for (const one of SQUARE)
      for (const two of SQUARE) expect(all).toContain(after(under(one), under(two)).join());
  });

  it('of a rectangle leave its rows and columns whole', () => {
    for (const name of RECTANGLE) {
      const squares = squaresUnder(name, 2, 3);
      expect(new Set(squares).size).toBe(6);
      for (const square of [0, 1, 3, 4]) expect(Math.abs(squares[square] - squares[square + 1])).toBe(1);
    }
  });

  it('move every plane alike, and leave a pass where it is', () => {
    const [turn] = boardSymmetries({ rows: 2, columns: 2, planes: 2, others: 1 }, ['quarter turn']);
    expect([...turn.actions]).toEqual([1, 3, 0, 2, 4]);
    expect([...turn.observation]).toEqual([1, 3, 0, 2, 5, 7, 4, 6]);
  });
});
