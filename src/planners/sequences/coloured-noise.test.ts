import { describe, expect, it } from 'vitest';
import { Rng } from '../../core/index.ts';
import { colouring, fillColoured } from './coloured-noise.ts';

describe('colouring', () => {
  it('gives every step the variance 1, for every horizon and exponent', () => {
    for (let H = 1; H <= 33; H++) {
      for (const exponent of [0, 0.5, 1, 2, 4]) {
        const matrix = colouring(H, exponent);
        for (let h = 0; h < H; h++) {
          const variance = matrix.subarray(h * H, (h + 1) * H).reduce((sum, x) => sum + x * x, 0);
          expect(variance).toBeCloseTo(1, 12);
        }
      }
    }
  });

  it('is white without an exponent: steps have nothing to do with each other', () => {
    for (const H of [1, 2, 5, 8]) {
      const matrix = colouring(H, 0);
      for (let g = 0; g < H; g++) {
        for (let h = 0; h < H; h++) {
          let covariance = 0;
          for (let j = 0; j < H; j++) covariance += matrix[g * H + j] * matrix[h * H + j];
          expect(covariance).toBeCloseTo(g === h ? 1 : 0, 12);
        }
      }
    }
  });

  it('has for three steps the matrix worked out by hand', () => {
    // powers: constant 1/2, wave 1; shares 1/3 and 2/3
    const [c, w] = [Math.sqrt(1 / 3), Math.sqrt(2 / 3)];
    const half = Math.sqrt(3) / 2;
    const expected = [c, w, 0, c, -w / 2, w * half, c, -w / 2, -w * half];
    colouring(3, 2).forEach((x, i) => {
      expect(x).toBeCloseTo(expected[i], 12);
    });
  });
});

describe('fillColoured', () => {
  it('falls off with frequency by its exponent', () => {
    const H = 64;
    const rng = Rng.from(1);
    for (const exponent of [0, 1, 2]) {
      const matrix = colouring(H, exponent);
      const powers = new Float64Array(H / 2); // mean power of the wave that turns f times
      const [noise, white] = [new Float64Array(H), new Float64Array(H)];
      for (let n = 0; n < 500; n++) {
        fillColoured(matrix, noise, white, rng);
        for (let f = 1; f < H / 2; f++) {
          let [real, imaginary] = [0, 0];
          for (let h = 0; h < H; h++) {
            real += noise[h] * Math.cos((2 * Math.PI * f * h) / H);
            imaginary += noise[h] * Math.sin((2 * Math.PI * f * h) / H);
          }
          powers[f] += real * real + imaginary * imaginary;
        }
      }
      // least squares over (log f, log power)
      const points = Array.from({ length: H / 2 - 1 }, (_, i) => [Math.log(i + 1), Math.log(powers[i + 1])]);
      const [x, y] = [0, 1].map((axis) =>
        points.reduce((sum, point) => sum + point[axis] / points.length, 0),
      );
      const slope =
        points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0) /
        points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
      // each power is known to 1 / sqrt(500) = 4.5 %, the slope to 0.01
      expect(Math.abs(slope + exponent)).toBeLessThan(0.05);
    }
  });
});
