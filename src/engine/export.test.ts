import { grad, lax, nn, numpy as np } from '@jax-js/jax';
import { describe, expect, it } from 'vitest';
import { randomTensor } from '../../test/engine/agreement.ts';
import { readModel } from '../../test/engine/read-onnx.ts';
import { InputError, NumericalError } from '../core/errors.ts';
import { Rng } from '../core/rng.ts';
import { runOnnx } from './backends/onnxruntime.ts';
import { checkExport, exportOnnx } from './export.ts';
import { tensor } from './tensor.ts';
import type { Traced } from './tree.ts';

const rng = Rng.from('export');
const random = (...shape: number[]) => randomTensor('float32', shape, rng);

interface Weights {
  readonly layers: readonly { readonly weight: Traced; readonly bias: Traced }[];
}

function policy({ layers }: Weights, observation: Traced) {
  const [first, second] = layers;
  const hidden = nn.silu(np.matmul(observation, first.weight).add(first.bias));
  const logits = np.matmul(hidden, np.transpose(second.weight)).add(second.bias);
  return { action: np.argmax(logits, -1), belief: { logits, probabilities: nn.softmax(logits) } };
}

const weights = {
  layers: [
    { weight: random(4, 8), bias: random(8) },
    { weight: random(3, 8), bias: random(3) },
  ],
};
const observation = random(2, 4);

describe('exportOnnx', () => {
  it('writes weights into the file, names ports by their paths, and uses only the standard operators', async () => {
    const file = await exportOnnx(policy, [weights, observation], { constants: [0] });
    const model = readModel(file);
    expect(model.name).toBe('policy');
    expect(model.inputs).toEqual([{ name: 'input', type: 1, shape: [2, 4] }]);
    expect(model.outputs.map(({ name, shape }) => [name, shape])).toEqual([
      ['action', [2]],
      ['belief.logits', [2, 3]],
      ['belief.probabilities', [2, 3]],
    ]);
    expect(model.opsets.map(({ domain }) => domain)).toEqual(['']);
    expect(model.nodes.map(({ domain }) => domain).filter((domain) => domain !== '')).toEqual([]);
    expect(await checkExport(file, policy, [weights, observation], runOnnx, { constants: [0] })).toBeLessThan(
      1e-5,
    );
  });

  it('writes a root mean square out, which ONNX Runtime has an operator of its own for', async () => {
    const norm = (x: Traced) => x.div(np.sqrt(np.mean(np.square(x), -1, { keepdims: true }).add(1e-3)));
    const both = (x: Traced, scale: Traced) => ({
      plain: norm(x).add(norm(x).mul(x)),
      scaled: norm(x.mul(2)).mul(scale),
    });
    const example = [observation, random(4)] as const;
    const file = await exportOnnx(both, [...example]);
    const ops = readModel(file).nodes.map(({ op }) => op);
    expect(ops).toContain('Sqrt');
    expect(ops).not.toContain('SimplifiedLayerNormalization');
    expect(await checkExport(file, both, [...example], runOnnx)).toBeLessThan(1e-5);
  });

  it('takes weights as inputs too', async () => {
    const file = await exportOnnx(policy, [weights, observation], { name: 'mine' });
    expect(readModel(file).inputs.map(({ name }) => name)).toEqual([
      'input0.layers.0.bias',
      'input0.layers.0.weight',
      'input0.layers.1.bias',
      'input0.layers.1.weight',
      'input1',
    ]);
    expect(await checkExport(file, policy, [weights, observation], runOnnx)).toBeLessThan(1e-5);
  });

  it("writes in standard operators what our own programs compute in ONNX Runtime's", async () => {
    const everything = (x: Traced, image: Traced) => {
      const centred = x.sub(np.mean(x, -1, { keepdims: true }));
      const variance = np.mean(np.square(centred), -1, { keepdims: true });
      const loss = (x: Traced) => np.sum(nn.silu(np.matmul(x, np.transpose(x))));
      return {
        products: [
          np.matmul(np.transpose(x), x),
          np.matmul(np.stack([x, x]), np.stack([np.transpose(x), np.transpose(x)])),
          np.matmul(x.astype(np.int32), np.transpose(x).astype(np.int32)),
        ],
        normal: centred.mul(np.reciprocal(np.sqrt(variance.add(1e-3)))),
        gradient: grad(loss)(x),
        convolved: grad((image: Traced) =>
          np.sum(nn.silu(lax.conv(image, image.slice([0, 1]), [2, 2], 'SAME'))),
        )(image),
        order: [
          np.cumsum(x, 1),
          ...lax.topK(x, 2),
          np.sort(x, 0),
          x.slice(np.array([1, 0], { dtype: np.int32 })),
        ],
        factor: np.linalg.cholesky(np.matmul(x, np.transpose(x)).add(np.eye(3))),
      };
    };
    const example: [ReturnType<typeof random>, ReturnType<typeof random>] = [
      random(3, 4),
      random(2, 3, 6, 6),
    ];
    const file = await exportOnnx(everything, example);
    const { nodes, opsets } = readModel(file);
    expect(nodes.filter(({ domain }) => domain !== '').map(({ op }) => op)).toEqual([]);
    expect(opsets).toEqual([{ domain: '', version: 20 }]);
    expect(await checkExport(file, everything, example, runOnnx)).toBeLessThan(1e-4);
  });

  it('names ports as asked, also as it would name its own tensors', async () => {
    const double = (x: { c0: Traced; v1: Traced }) => ({ v0: x.c0.mul(2), c1: x.v1.add(x.c0) });
    const example: [{ c0: ReturnType<typeof random>; v1: ReturnType<typeof random> }] = [
      { c0: random(3), v1: random(3) },
    ];
    const plain = await exportOnnx(double, example);
    expect(readModel(plain).inputs.map(({ name }) => name)).toEqual(['c0', 'v1']);
    expect(await checkExport(plain, double, example, runOnnx)).toBeLessThan(1e-6);
    const names = { inputNames: ['a', 'b'], outputNames: ['v2', 'c3'] };
    const named = await exportOnnx(double, example, names);
    expect(readModel(named).outputs.map(({ name }) => name)).toEqual(['v2', 'c3']);
    expect(await checkExport(named, double, example, runOnnx, names)).toBeLessThan(1e-6);
  });

  it("gives outputs that would have an input's name another", async () => {
    const step = (x: { state: Traced }) => ({ state: x.state.add(1), same: x.state });
    const file = await exportOnnx(step, [{ state: random(2) }]);
    expect(readModel(file).outputs.map(({ name }) => name)).toEqual(['same', 'output.state']);
    const results = await runOnnx(file, { state: tensor(Float32Array.of(1, 2)) });
    expect([...results['output.state'].data, ...results.same.data]).toEqual([2, 3, 1, 2]);
  });

  it('refuses names that cannot be', async () => {
    const add = (x: Traced, y: Traced) => x.add(y);
    const attempt = (options: object) => exportOnnx(add, [random(2), random(2)], options);
    await expect(attempt({ inputNames: ['x'] })).rejects.toThrow(
      'add: inputNames must name 2 arrays, got 1: x.',
    );
    await expect(attempt({ inputNames: ['x', 'x'] })).rejects.toThrow(
      'add: inputNames must differ, got "x" twice.',
    );
    await expect(attempt({ inputNames: ['x', 'y'], outputNames: ['x'] })).rejects.toThrow(
      'an output must not have an input\'s name, got "x"',
    );
    await expect(attempt({ outputNames: [] })).rejects.toThrow(InputError);
  });
});

describe('checkExport', () => {
  it('tells when the file does not compute the function', async () => {
    const double = (x: Traced) => x.mul(2);
    const file = await exportOnnx(double, [random(3)]);
    const almost = (x: Traced) => x.mul(2.001);
    await expect(checkExport(file, almost, [random(3)], runOnnx)).rejects.toThrow(NumericalError);
    expect(await checkExport(file, almost, [random(3)], runOnnx, { tolerance: 0.1 })).toBeGreaterThan(1e-4);
    const longer = (x: Traced) => np.concatenate([x, x]);
    await expect(checkExport(file, longer, [random(3)], runOnnx)).rejects.toThrow(
      'longer: output "output" must have shape [6], got [3]. Export it again.',
    );
  });
});
