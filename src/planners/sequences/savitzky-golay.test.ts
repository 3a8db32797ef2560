import { describe, expect, it } from 'vitest';
import { parabolic } from './savitzky-golay.ts';

const smoothed = (values: readonly number[], reach: number) => {
  const H = values.length;
  const matrix = parabolic(H, reach);
  return values.map((_, h) => values.reduce((sum, value, j) => sum + matrix[h * H + j] * value, 0));
};

describe('parabolic', () => {
  it('has the weights of Savitzky and Golay, table I: (-3, 12, 17, 12, -3) / 35 for five points', () => {
    const matrix = parabolic(9, 2);
    [0, 0, -3, 12, 17, 12, -3, 0, 0].forEach((weight, j) => {
      expect(matrix[4 * 9 + j]).toBeCloseTo(weight / 35, 12);
    });
  });

  it('leaves parabolas as they are, up to the ends', () => {
    const parabola = Array.from({ length: 12 }, (_, h) => 3 - h + 0.5 * h * h);
    smoothed(parabola, 4).forEach((value, h) => {
      expect(value).toBeCloseTo(parabola[h], 9);
    });
  });

  it('takes the rough away', () => {
    const zigzag = Array.from({ length: 20 }, (_, h) => (h % 2 === 0 ? 1 : -1));
    // nine points weigh (59, 54, 39, 14, -21) / 231: 59 - 2 (54 - 39 + 14 + 21) = -41
    smoothed(zigzag, 4)
      .slice(4, -4)
      .forEach((value, i) => {
        expect(value).toBeCloseTo(((i % 2 === 0 ? 1 : -1) * -41) / 231, 9);
      });
  });

  it('leaves alone what is too short', () => {
    expect(smoothed([5], 3)).toEqual([5]);
    expect(smoothed([5, -2], 3).map((x) => Math.round(x * 1e9) / 1e9)).toEqual([5, -2]);
  });
});
