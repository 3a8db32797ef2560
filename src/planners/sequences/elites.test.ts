import { describe, expect, it } from 'vitest';
import { Rng } from '../../core/index.ts';
import { eliteIndices } from './elites.ts';

describe('eliteIndices', () => {
  it('gives the largest, largest first', () => {
    expect([...eliteIndices([3, 9, -1, 7, 8], 3)]).toEqual([1, 4, 3]);
  });

  it('puts the lower index first among equals', () => {
    expect([...eliteIndices([5, 5, 5, 5], 2)]).toEqual([0, 1]);
    expect([...eliteIndices([1, 2, 1, 2, 2], 4)]).toEqual([1, 3, 4, 0]);
  });

  it('is the head of a full sort, for every count, with many ties', () => {
    const rng = Rng.from(1);
    for (let round = 0; round < 50; round++) {
      const values = Array.from({ length: 1 + rng.integer(40) }, () => rng.integer(12));
      const sorted = values.map((_, i) => i).sort((i, j) => values[j] - values[i] || i - j);
      for (let count = 1; count <= values.length; count++) {
        expect([...eliteIndices(values, count)]).toEqual(sorted.slice(0, count));
      }
    }
  });
});
