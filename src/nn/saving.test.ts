import { expect, test } from 'vitest';
import { InputError } from '../core/errors.ts';
import { Rng } from '../core/rng.ts';
import type { SavedArray } from '../core/saved.ts';
import { tensor } from '../engine/tensor.ts';
import { mlp } from './dense.ts';
import { adam, chain, clipByGlobalNorm } from './optimisers.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';
import { fromArrays, toArrays } from './saving.ts';

const net = mlp({ sizes: [2, 3, 1], norm: 'layer' });

test('parameters and optimiser states go through a file and come back the same', () => {
  const params = net.init(Rng.from('saving'));
  const optimiser = chain(clipByGlobalNorm(1), adam({ learningRate: 0.1 }));
  const state = optimiser.init(params);
  const bytes = writeSafetensors({ ...toArrays(params, 'model'), ...toArrays(state, 'optimiser') });
  const { arrays } = readSafetensors(bytes);
  const other = net.init(Rng.from('another'));
  expect(fromArrays(arrays, other, 'model')).toEqual(params);
  expect(fromArrays(arrays, optimiser.init(other), 'optimiser')).toEqual(state);
});

test('names are paths', () => {
  expect(Object.keys(toArrays(net.init(Rng.from(1)), 'model'))).toEqual([
    'model.layers.0.dense.weight',
    'model.layers.0.norm.offset',
    'model.layers.0.norm.scale',
    'model.layers.1.dense.bias',
    'model.layers.1.dense.weight',
  ]);
  const one = tensor(Float32Array.of(1));
  expect(Object.keys(toArrays(one, 'alone'))).toEqual(['alone']);
  expect(fromArrays(toArrays(one, 'alone'), one, 'alone')).toEqual(one);
});

test('restored numbers are copies', () => {
  const like = { x: tensor(Float32Array.of(1, 2)) };
  const arrays = toArrays(like);
  const restored = fromArrays(arrays, like);
  arrays['x'].data[0] = 9;
  expect(restored.x.data[0]).toBe(1);
});

test('all that does not fit is said at once', () => {
  const like = {
    shape: tensor(new Float32Array(6), [2, 3]),
    kind: tensor(new Int32Array(1)),
    gone: tensor(new Float32Array(1)),
    fine: tensor(Uint8Array.of(1)),
  };
  const arrays: Record<string, SavedArray> = {
    'm.shape': { shape: [3, 2], data: new Float32Array(6) },
    'm.kind': { shape: [1], data: new Float32Array(1) },
    'm.fine': { shape: [1], data: Uint8Array.of(1) },
    'm.more': { shape: [1], data: new Float32Array(1) },
    'other.more': { shape: [1], data: new Float32Array(1) },
  };
  const attempt = () => fromArrays(arrays, like, 'm');
  expect(attempt).toThrow(InputError);
  expect(attempt).toThrow(
    'saved arrays: they must fit what is being restored, but "m.gone" is missing; ' +
      '"m.kind" must be Int32Array, got Float32Array; "m.shape" must have shape [2,3], got [3,2]; ' +
      '"m.more" is not expected. Restore with the options they were saved with.',
  );
});
