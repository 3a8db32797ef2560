import { numpy as np } from '@jax-js/jax';
import { describe, expect, test } from 'vitest';
import { Rng } from '../core/rng.ts';
import { compile } from '../engine/compile.ts';
import { full, type Tensor, tensor } from '../engine/tensor.ts';
import type { Traced, TracedTree } from '../engine/tree.ts';
import {
  type BlockDenseParams,
  blockDense,
  type DenseParams,
  dense,
  ensemble,
  ensembleDense,
  layerNorm,
  type MlpOptions,
  type MlpParams,
  mlp,
  type NormParams,
  rmsNorm,
  stack,
  unstack,
} from './dense.ts';
import { gradientError } from './finite-differences.ts';
import { type Initialiser, zeroInitialiser } from './initialisers.ts';

const f32 = (shape: readonly number[], ...values: number[]) => tensor(Float32Array.from(values), shape);
const noise = (rng: Rng, ...shape: number[]) =>
  tensor(rng.fillNormal(new Float32Array(shape.reduce((a, b) => a * b, 1))), shape);
const close = (actual: ArrayLike<number>, expected: readonly number[], digits = 5) => {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(actual[i]).toBeCloseTo(value, digits);
  });
};

describe('blockDense', () => {
  const layer = blockDense({ inputs: 4, outputs: 6, blocks: 2 });
  const apply = compile((params: TracedTree<BlockDenseParams>, x: Traced) => layer.apply(params, x));

  test('sends each part of the inputs to its part of the outputs', async () => {
    // block 0: [1 2] [[1 2 3] [4 5 6]] = [9 12 15]; block 1: [3 -1] [[1 0 1] [0 1 1]] = [3 -1 2]; then + [10 .. 60]
    const weight = f32([2, 2, 3], 1, 2, 3, 4, 5, 6, 1, 0, 1, 0, 1, 1);
    const params = { weight, bias: f32([6], 10, 20, 30, 40, 50, 60) };
    const y = await apply(params, f32([1, 2, 4], 1, 2, 3, -1, 0, 0, 1, 1));
    expect(y.shape).toEqual([1, 2, 6]);
    expect([...y.data]).toEqual([19, 32, 45, 43, 49, 62, 10, 20, 30, 41, 51, 62]);
  });

  test('one block is a dense layer', async () => {
    const params = blockDense({ inputs: 4, outputs: 6, blocks: 1 }).init(Rng.from(1));
    const whole = dense({ inputs: 4, outputs: 6 });
    expect(dense({ inputs: 4, outputs: 6 }).init(Rng.from(1)).weight.data).toEqual(params.weight.data);
    const x = noise(Rng.from(2), 3, 4);
    const one = compile((p: TracedTree<BlockDenseParams>, x: Traced) =>
      blockDense({ inputs: 4, outputs: 6, blocks: 1 }).apply(p, x),
    );
    const dense1 = compile((p: TracedTree<DenseParams>, x: Traced) => whole.apply(p, x));
    const flat = { ...params, weight: { ...params.weight, shape: [4, 6] } };
    close((await one(params, x)).data, [...(await dense1(flat, x)).data]);
  });

  test('gradients', async () => {
    const rng = Rng.from('blocks');
    const at = { params: layer.init(rng), x: noise(rng, 3, 4) };
    expect(
      await gradientError(({ params, x }: TracedTree<typeof at>) => layer.apply(params, x), at),
    ).toBeLessThan(2e-4);
  });

  test('blocks that do not divide are refused', () => {
    expect(() => blockDense({ inputs: 4, outputs: 6, blocks: 4 })).toThrow(
      'blockDense: blocks must divide 4 inputs and 6 outputs, got 4.',
    );
  });
});

describe('dense', () => {
  const layer = dense({ inputs: 2, outputs: 3 });
  const apply = compile((params: TracedTree<DenseParams>, x: Traced) => layer.apply(params, x));

  test('is x W + b', async () => {
    // [1 2] [[1 2 3] [4 5 6]] = [9 12 15]; [0 -1] gives [-4 -5 -6]; then + [10 20 30]
    const params = { weight: f32([2, 3], 1, 2, 3, 4, 5, 6), bias: f32([3], 10, 20, 30) };
    const y = await apply(params, f32([2, 2], 1, 2, 0, -1));
    expect(y.shape).toEqual([2, 3]);
    expect([...y.data]).toEqual([19, 32, 45, 6, 15, 24]);
  });

  test('maps the last axis, however many come before', async () => {
    const params = { weight: f32([2, 3], 1, 2, 3, 4, 5, 6), bias: f32([3], 10, 20, 30) };
    expect((await apply(params, f32([2], 1, 2))).shape).toEqual([3]);
    const y = await apply(params, f32([2, 1, 2], 1, 2, 0, -1));
    expect(y.shape).toEqual([2, 1, 3]);
    expect([...y.data]).toEqual([19, 32, 45, 6, 15, 24]);
  });

  test('has no bias when asked for none, and a bias of zeros otherwise', () => {
    expect(Object.keys(dense({ inputs: 2, outputs: 3, bias: false }).init(Rng.from(1)))).toEqual(['weight']);
    const { weight, bias } = layer.init(Rng.from(1));
    expect(weight.shape).toEqual([2, 3]);
    expect([...bias!.data]).toEqual([0, 0, 0]);
  });

  test('says which shape it needs', async () => {
    const params = layer.init(Rng.from(1));
    await expect(apply(params, f32([1, 3], 1, 2, 3))).rejects.toThrow(
      "dense: the input's last axis must have 2 numbers, got shape [1,3].",
    );
  });

  test('gradients', async () => {
    const rng = Rng.from('dense');
    const at = { params: layer.init(rng), x: noise(rng, 4, 2) };
    expect(await gradientError(({ params, x }) => np.square(layer.apply(params, x)), at)).toBeLessThan(2e-4);
  });
});

describe('normalisation', () => {
  test('layerNorm: mean 0, variance 1, then scale and offset', async () => {
    const layer = layerNorm({ size: 4, epsilon: 0.75 });
    const program = compile((params: TracedTree<NormParams>, x: Traced) => layer.apply(params, x));
    const params = { scale: f32([4], 1, 2, 3, 4), offset: f32([4], 0, 0, 1, 1) };
    // [1 3 5 7]: mean 4, centred [-3 -1 1 3], variance 5, + 0.75 = 5.75, root 2.397916.
    // Quotients [-1.251086 -0.417029 0.417029 1.251086], scaled and offset [-1.251086 -0.834058 2.251086 6.004345].
    const y = await program(params, f32([1, 4], 1, 3, 5, 7));
    close(y.data, [-1.251086, -0.834058, 2.251086, 6.004345]);
  });

  test('rmsNorm: root mean square 1, then scale', async () => {
    const layer = rmsNorm({ size: 2, epsilon: 0.5 });
    const program = compile((params: TracedTree<NormParams>, x: Traced) => layer.apply(params, x));
    // [3 4]: mean square 12.5, + 0.5 = 13, root 3.605551; quotients [0.832050 1.109400], scaled by [1 2]
    const y = await program({ scale: f32([2], 1, 2) }, f32([2], 3, 4));
    close(y.data, [0.83205, 2.218801]);
  });

  test.each([layerNorm, rmsNorm])('gradients of %o', async (make) => {
    const layer = make({ size: 3, epsilon: 0.5 });
    const rng = Rng.from('norm');
    const params = layer.init(rng);
    const at = {
      params: { ...params, scale: noise(rng, 3) } as { scale: Tensor; offset: Tensor },
      x: noise(rng, 2, 3),
    };
    expect(await gradientError(({ params, x }) => layer.apply(params, x), at)).toBeLessThan(2e-4);
  });
});

describe('mlp', () => {
  test('hidden layers are activated, the last is linear', async () => {
    const net = mlp({ sizes: [1, 2, 1], activation: 'relu' });
    const program = compile((params: TracedTree<MlpParams>, x: Traced) => net.apply(params, x));
    const params: MlpParams = {
      layers: [
        { dense: { weight: f32([1, 2], 1, -1), bias: f32([2], 0, 1) } },
        { dense: { weight: f32([2, 1], 2, 3), bias: f32([1], -10) } },
      ],
    };
    // x = 2: hidden relu([2 -1]) = [2 0], out 2*2 - 10 = -6; x = -2: relu([-2 3]) = [0 3], out 3*3 - 10 = -1
    const y = await program(params, f32([2, 1], 2, -2));
    expect([...y.data]).toEqual([-6, -1]);
  });

  test('normalises between product and activation, and activates the output only when asked', async () => {
    // One layer [x1 x2] W with W = identity, then rms norm, then relu: [3 -4] / sqrt(12.5) = [0.848528 -1.131371].
    const params: MlpParams = {
      layers: [
        {
          dense: { weight: f32([2, 2], 1, 0, 0, 1), bias: f32([2], 0, 0) },
          norm: { scale: f32([2], 1, 1) },
        },
      ],
    };
    const x = f32([2], 3, -4);
    const run = async (activateOutput: boolean, params: MlpParams) => {
      const net = mlp({
        sizes: [2, 2],
        activation: 'relu',
        norm: 'rms',
        epsilon: 1e-9,
        activateOutput,
      });
      return compile((p: TracedTree<MlpParams>, x: Traced) => net.apply(p, x))(params, x);
    };
    close((await run(true, params)).data, [0.848528, 0]);
    close((await run(false, { layers: [{ dense: params.layers[0].dense }] })).data, [3, -4]);
  });

  test('parameters: a bias wherever the norm does not bring its own', () => {
    const form = (norm: 'none' | 'layer' | 'rms') =>
      mlp({ sizes: [2, 3, 1], norm })
        .init(Rng.from(1))
        .layers.map((layer) => [Object.keys(layer.dense).sort(), Object.keys(layer.norm ?? {}).sort()]);
    expect(form('none')).toEqual([
      [['bias', 'weight'], []],
      [['bias', 'weight'], []],
    ]);
    expect(form('layer')).toEqual([
      [['weight'], ['offset', 'scale']],
      [['bias', 'weight'], []],
    ]);
    expect(form('rms')).toEqual([
      [['bias', 'weight'], ['scale']],
      [['bias', 'weight'], []],
    ]);
  });

  test('weights are drawn as asked, the last layer by its own initialiser', () => {
    const twos: Initialiser = (_rng, shape) => full(shape, 2);
    const first = (options: Partial<MlpOptions>) =>
      mlp({ sizes: [2, 3, 1], ...options })
        .init(Rng.from(1))
        .layers.map(({ dense }) => dense.weight.data[0]);
    expect(first({ initial: twos })).toEqual([2, 2]);
    expect(first({ initial: twos, outputInitial: zeroInitialiser })).toEqual([2, 0]);
  });

  test('the same stream gives the same network; a stream gives two networks different weights', () => {
    const net = mlp({ sizes: [2, 4, 1] });
    expect(net.init(Rng.from(5))).toEqual(net.init(Rng.from(5)));
    const rng = Rng.from(5);
    expect(net.init(rng)).not.toEqual(net.init(rng));
  });

  test('gradients, with each norm', async () => {
    for (const norm of ['none', 'layer', 'rms'] as const) {
      const net = mlp({ sizes: [3, 4, 2], norm, epsilon: 0.5, activation: 'tanh' });
      const rng = Rng.from('mlp');
      const at = { params: net.init(rng), x: noise(rng, 5, 3) };
      expect(await gradientError(({ params, x }) => net.apply(params, x), at)).toBeLessThan(2e-4);
    }
  });

  test('refuses sizes that make no network', () => {
    expect(() => mlp({ sizes: [3] })).toThrow('mlp: sizes must be two or more positive integers');
    expect(() => mlp({ sizes: [3, 0, 1] })).toThrow('got [3,0,1]');
  });
});

describe('ensemble', () => {
  test('equals its members alone', async () => {
    const E = 3;
    for (const norm of ['none', 'layer'] as const) {
      const member = mlp({ sizes: [2, 4, 3], norm });
      const whole = ensemble(member, E);
      const rng = Rng.from('ensemble');
      const params = whole.init(rng);
      // weights as first drawn have no bias and even scales: shake all of them
      for (const { dense, norm } of params.layers) {
        for (const leaf of [dense.bias, norm?.scale, norm?.offset])
          if (leaf) rng.fillNormal(leaf.data as Float32Array);
      }
      const x = noise(rng, E, 5, 2);
      const together = await compile((p: TracedTree<MlpParams>, x: Traced) => whole.apply(p, x))(params, x);
      expect(together.shape).toEqual([E, 5, 3]);
      const alone = compile((p: TracedTree<MlpParams>, x: Traced) => member.apply(p, x));
      for (let e = 0; e < E; e++) {
        const y = await alone(unstack(params, e), unstack(x, e));
        close(together.data.slice(e * 15, (e + 1) * 15), [...y.data]);
      }
    }
  });

  test('members come first whatever the batch axes', async () => {
    // member 0 doubles and adds 1, member 1 negates and adds 10
    const layer = ensembleDense({ inputs: 1, outputs: 1 }, 2);
    const program = compile((p: TracedTree<DenseParams>, x: Traced) => layer.apply(p, x));
    const params = { weight: f32([2, 1, 1], 2, -1), bias: f32([2, 1], 1, 10) };
    const y = await program(params, f32([2, 3, 2, 1], 0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5));
    expect(y.shape).toEqual([2, 3, 2, 1]);
    expect([...y.data]).toEqual([1, 3, 5, 7, 9, 11, 10, 9, 8, 7, 6, 5]);
    await expect(program(params, f32([3, 1, 1], 0, 1, 2))).rejects.toThrow(
      'ensemble: inputs must have 2 members on the first axis, got shape [3,1,1].',
    );
  });

  test('gradients', async () => {
    // the large epsilon keeps the function smooth at the scale of the finite differences
    const net = ensemble(mlp({ sizes: [2, 3, 1], norm: 'layer', epsilon: 0.5 }), 2);
    const rng = Rng.from('ensemble gradients');
    const at = { params: net.init(rng), x: noise(rng, 2, 3, 2) };
    expect(await gradientError(({ params, x }) => net.apply(params, x), at)).toBeLessThan(2e-4);
  });

  test('stack and unstack undo each other', () => {
    const a = { x: f32([2], 1, 2), y: [f32([], 3)] };
    const b = { x: f32([2], 4, 5), y: [f32([], 6)] };
    const both = stack([a, b]);
    expect([...both.x.data]).toEqual([1, 2, 4, 5]);
    expect(both.y[0].shape).toEqual([2]);
    expect(unstack(both, 0)).toEqual(a);
    expect(unstack(both, 1)).toEqual(b);
  });
});
