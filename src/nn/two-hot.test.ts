import { numpy as np } from '@jax-js/jax';
import { describe, expect, test } from 'vitest';
import { Rng } from '../core/rng.ts';
import { compile } from '../engine/compile.ts';
import { tensor, zeros } from '../engine/tensor.ts';
import type { Traced, TracedTree } from '../engine/tree.ts';
import { symexp, symlog } from '../math/symlog.ts';
import { evenBins, symexpBins, twoHot } from '../math/two-hot.ts';
import { gradientError } from './finite-differences.ts';
import { symlogSquash, twoHotDistribution, twoHotWeights } from './two-hot.ts';

const f32 = (shape: readonly number[], ...values: number[]) => tensor(Float32Array.from(values), shape);

describe('twoHotWeights', () => {
  const weights = (bins: ArrayLike<number>) => compile((x: Traced) => twoHotWeights(x, bins));

  test('by hand', async () => {
    const { shape, data } = await weights([0, 1, 3])(f32([2, 3], 0.25, 2.5, 1, -7, 9, 3));
    expect(shape).toEqual([2, 3, 3]);
    expect([...data]).toEqual([
      ...[0.75, 0.25, 0], // 0.25 between 0 and 1
      ...[0, 0.25, 0.75], // 2.5 between 1 and 3
      ...[0, 1, 0], // 1 is a bin
      ...[1, 0, 0], // below all
      ...[0, 0, 1], // above all
      ...[0, 0, 1],
    ]);
  });

  test('agrees with the plain function on the bins of DreamerV3', async () => {
    const bins = symexpBins();
    const rng = Rng.from('two-hot');
    const values = Float32Array.from({ length: 200 }, () => symexp(8 * rng.normal()));
    values.set([-1e9, 1e9]); // beyond the outermost bins, which are too large for steps of 1
    const data = (await weights(bins)(tensor(values))).data as Float32Array;
    const rounded = Float32Array.from(bins); // what the program computes in
    let worst = 0;
    values.forEach((value, n) => {
      twoHot(value, rounded).forEach((weight, i) => {
        worst = Math.max(worst, Math.abs(weight - data[n * bins.length + i]));
      });
    });
    expect(worst).toBeLessThan(2e-5);
  });

  test('a value that is not a number gives weights that are not', async () => {
    const { data } = await weights([0, 1, 3])(f32([1], Number.NaN));
    expect([...data].some(Number.isNaN)).toBe(true);
  });
});

describe('twoHotDistribution', () => {
  test('loss, mean and mode by hand', async () => {
    const program = compile((logits: Traced, value: Traced) => {
      const d = twoHotDistribution(logits, [0, 1, 3]);
      return { log: d.logProbability(value), mean: d.mean(), mode: d.mode() };
    });
    // probabilities [1/8 1/4 5/8]; 2.5 is [0 1/4 3/4]: log 1/4 / 4 + 3/4 log 5/8 = -0.346574 - 0.352503
    const out = await program(f32([1, 3], 0, Math.log(2), Math.log(5)), f32([1], 2.5));
    expect(out.log.data[0]).toBeCloseTo(-0.699076, 5);
    expect(out.mean.data[0]).toBeCloseTo(0.25 + 15 / 8, 5);
    expect(out.mode.data[0]).toBe(3);
  });

  test('equal logits mean exactly 0 on mirrored bins, however far they reach', async () => {
    for (const bins of [symexpBins(), symexpBins(254)]) {
      const program = compile((logits: Traced) => twoHotDistribution(logits, bins).mean());
      expect(Math.abs((await program(zeros([2, bins.length]))).data[0])).toBe(0);
    }
  });

  test('the mean of sure logits is the value they were made of', async () => {
    const squashed = evenBins(41, -5, 5);
    const values = [-100, -1.5, 0, 0.3, 42];
    const cases = [
      { bins: symexpBins(255, 5), logits: (v: number) => twoHot(v, symexpBins(255, 5)) },
      { bins: squashed, squash: symlogSquash, logits: (v: number) => twoHot(symlog(v), squashed) },
      { bins: evenBins(21, -101, 101), logits: (v: number) => twoHot(v, evenBins(21, -101, 101)) },
    ];
    for (const { bins, squash, logits } of cases) {
      const program = compile((x: Traced) => twoHotDistribution(np.log(x), bins, squash).mean());
      const x = values.flatMap((value) => [...logits(value)].map((weight) => Math.max(weight, 1e-12)));
      const { data } = await program(f32([values.length, bins.length], ...x));
      values.forEach((value, i) => {
        expect(Math.abs(data[i] - value)).toBeLessThan(1e-3 * (1 + Math.abs(value)));
      });
    }
  });

  test('squashes values before they meet the bins', async () => {
    // symlog(e - 1) = 1: all weight on the middle bin of [0 1 2]
    const program = compile((logits: Traced, value: Traced) =>
      twoHotDistribution(logits, [0, 1, 2], symlogSquash).logProbability(value),
    );
    const { data } = await program(f32([1, 3], 0, Math.log(2), Math.log(5)), f32([1], Math.E - 1));
    expect(data[0]).toBeCloseTo(Math.log(0.25), 5);
  });

  test('squash and unsquash undo each other, with sign', async () => {
    const program = compile((x: Traced) => ({
      y: symlogSquash.squash(x),
      back: symlogSquash.unsquash(symlogSquash.squash(x)),
    }));
    const values = [-1000, -1, 0, 0.01, 3];
    const { y, back } = await program(f32([5], ...values));
    values.forEach((value, i) => {
      expect(y.data[i]).toBeCloseTo(symlog(value), 5);
      expect(Math.abs(back.data[i] - value)).toBeLessThan(1e-5 * (1 + 10 * Math.abs(value)));
    });
  });

  test('needs as many logits as bins', async () => {
    const program = compile((x: Traced) => twoHotDistribution(x, [0, 1, 3]).mean());
    await expect(program(zeros([1, 4]))).rejects.toThrow(
      "twoHotDistribution: the logits' last axis must have 3 bins, got shape [1,4].",
    );
  });

  test('gradients of the loss and the mean', async () => {
    const at = { logits: f32([2, 5], 0.1, 0.5, -0.3, 1, -1, 0, 0.2, 0.4, -0.6, 0.8) };
    const bins = evenBins(5, -2, 2);
    const value = () => np.array([0.7, -1.2]);
    const d = ({ logits }: TracedTree<typeof at>) => twoHotDistribution(logits, bins);
    const squashed = ({ logits }: TracedTree<typeof at>) => twoHotDistribution(logits, bins, symlogSquash);
    expect(await gradientError((tree) => d(tree).logProbability(value()), at)).toBeLessThan(3e-4);
    expect(await gradientError((tree) => d(tree).mean(), at)).toBeLessThan(3e-4);
    expect(await gradientError((tree) => squashed(tree).mean(), at)).toBeLessThan(3e-4);
  });
});
