import { describe, expect, test } from 'vitest';
import { Rng } from '../core/rng.ts';
import { compile } from '../engine/compile.ts';
import { tensor } from '../engine/tensor.ts';
import type { Traced, TracedTree } from '../engine/tree.ts';
import { ensemble, unstack } from './dense.ts';
import { gradientError } from './finite-differences.ts';
import { type GruParams, gru, type NormalisedGruParams, normalisedGru } from './gru.ts';

const noise = (rng: Rng, ...shape: number[]) =>
  tensor(rng.fillNormal(new Float32Array(shape.reduce((a, b) => a * b, 1))), shape);
const s = (x: number) => 1 / (1 + Math.exp(-x));
const B = 2;
const inputs = 3;
const units = 4;

/** Row b of x [B, rows] times w [rows, columns]. */
function product(x: ArrayLike<number>, b: number, w: ArrayLike<number>, rows: number, columns: number) {
  return Array.from({ length: columns }, (_, column) => {
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += x[b * rows + row] * w[row * columns + column];
    return sum;
  });
}

describe('gru', () => {
  const cell = gru({ inputs, units });

  test('is the loop over units', async () => {
    const rng = Rng.from('gru');
    const params = cell.init(rng);
    rng.fillNormal(params.input.bias!.data as Float32Array);
    rng.fillNormal(params.hidden.bias!.data as Float32Array);
    const hidden = noise(rng, B, units);
    const x = noise(rng, B, inputs);
    const program = compile((p: TracedTree<GruParams>, h: Traced, x: Traced) => cell.apply(p, h, x));
    const next = await program(params, hidden, x);
    expect(next.shape).toEqual([B, units]);
    for (let b = 0; b < B; b++) {
      const fromX = product(x.data, b, params.input.weight.data, inputs, 3 * units);
      const fromH = product(hidden.data, b, params.hidden.weight.data, units, 3 * units);
      for (let i = 0; i < units; i++) {
        const part = (gate: number) => ({
          x: fromX[gate * units + i] + params.input.bias!.data[gate * units + i],
          h: fromH[gate * units + i] + params.hidden.bias!.data[gate * units + i],
        });
        const [reset, update, candidate] = [part(0), part(1), part(2)];
        const u = s(update.x + update.h);
        const c = Math.tanh(candidate.x + s(reset.x + reset.h) * candidate.h);
        expect(next.data[b * units + i]).toBeCloseTo((1 - u) * c + u * hidden.data[b * units + i], 5);
      }
    }
  });

  test('gradients over two steps', async () => {
    const rng = Rng.from('gru gradients');
    const at = { params: cell.init(rng), hidden: noise(rng, B, units), x: noise(rng, B, inputs) };
    const twice = ({ params, hidden, x }: TracedTree<typeof at>) =>
      cell.apply(params, cell.apply(params, hidden, x), x);
    expect(await gradientError(twice, at)).toBeLessThan(2e-4);
  });

  test('an ensemble of cells equals its cells', async () => {
    const whole = ensemble(cell, 2);
    const rng = Rng.from('gru ensemble');
    const params = whole.init(rng);
    const hidden = noise(rng, 2, B, units);
    const x = noise(rng, 2, B, inputs);
    const run = (layer: typeof cell) =>
      compile((p: TracedTree<GruParams>, h: Traced, x: Traced) => layer.apply(p, h, x));
    const together = await run(whole)(params, hidden, x);
    for (let e = 0; e < 2; e++) {
      const alone = await run(cell)(unstack(params, e), unstack(hidden, e), unstack(x, e));
      alone.data.forEach((value, i) => {
        expect(together.data[e * B * units + i]).toBeCloseTo(value, 5);
      });
    }
  });
});

describe('normalisedGru', () => {
  test.each(['layer', 'rms'] as const)('is the loop over units (%s)', async (norm) => {
    const epsilon = 1e-3;
    const cell = normalisedGru({ inputs, units, norm, epsilon });
    const rng = Rng.from('normalised gru');
    const params = cell.init(rng);
    for (const leaf of [params.product.bias, params.norm.scale, params.norm.offset])
      if (leaf) rng.fillNormal(leaf.data as Float32Array);
    const hidden = noise(rng, B, units);
    const x = noise(rng, B, inputs);
    const program = compile((p: TracedTree<NormalisedGruParams>, h: Traced, x: Traced) =>
      cell.apply(p, h, x),
    );
    const next = await program(params, hidden, x);
    for (let b = 0; b < B; b++) {
      const joined = [
        ...x.data.slice(b * inputs, (b + 1) * inputs),
        ...hidden.data.slice(b * units, (b + 1) * units),
      ];
      let y = product(joined, 0, params.product.weight.data, inputs + units, 3 * units);
      const bias = params.product.bias;
      if (bias) y = y.map((value, i) => value + bias.data[i]);
      const mean = norm === 'layer' ? y.reduce((a, v) => a + v, 0) / y.length : 0;
      const variance = y.reduce((a, v) => a + (v - mean) ** 2, 0) / y.length;
      y = y.map(
        (value, i) =>
          ((value - mean) / Math.sqrt(variance + epsilon)) * params.norm.scale.data[i] +
          (params.norm.offset?.data[i] ?? 0),
      );
      for (let i = 0; i < units; i++) {
        const c = Math.tanh(s(y[i]) * y[units + i]);
        const u = s(y[2 * units + i] - 1);
        expect(next.data[b * units + i]).toBeCloseTo(u * c + (1 - u) * hidden.data[b * units + i], 5);
      }
    }
  });

  test('gradients', async () => {
    const cell = normalisedGru({ inputs, units });
    const rng = Rng.from('normalised gru gradients');
    const at = { params: cell.init(rng), hidden: noise(rng, B, units), x: noise(rng, B, inputs) };
    const f = ({ params, hidden, x }: TracedTree<typeof at>) => cell.apply(params, hidden, x);
    expect(await gradientError(f, at)).toBeLessThan(2e-4);
  });
});
