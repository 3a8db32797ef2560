import { lax, numpy as np, vmap } from '@jax-js/jax';
import { describe, expect, it } from 'vitest';
import { agree, onOnnx, type Results, randomTensor } from '../../../test/engine/agreement.ts';
import { Rng } from '../../core/rng.ts';
import { type DType, tensor } from '../tensor.ts';
import type { Traced } from '../tree.ts';

const rng = Rng.from('indexing');
const DTYPES: readonly DType[] = ['float32', 'int32', 'uint32', 'bool'];

/** Results, and what comes of them when their axes are told apart: turned around, cut, summed. */
function used(results: Results): Results {
  const all: Results = {};
  for (const [name, result] of Object.entries(results)) {
    all[name] = result;
    if (result.ndim === 0 || result.dtype === 'bool') continue;
    all[`${name} turned`] = np.flip(result, -1);
    all[`${name} summed`] = np.sum(result, 0);
  }
  return all;
}

describe('gather', () => {
  const gathers = (x: Traced, i: Traced, j: Traced): Results =>
    used({
      rows: x.slice(i),
      columns: x.slice([], j),
      last: x.slice([], [], i),
      several: x.slice(i, j.reshape([2, 1])),
      apart: x.slice(i, [], j.slice([0, 1])),
      all: x.slice(i, j.slice([0, 1]), i),
      table: x.slice(i.reshape([3, 1])),
      scalar: x.slice(i.slice(0)),
      both: x.slice(np.broadcastTo(i.reshape([3, 1]), [3, 2]), np.broadcastTo(j, [3, 2])),
      newAxis: x.slice(null, i, [], null),
      transposed: np.transpose(x).slice(j, i.slice([0, 2])),
      repeated: np.broadcastTo(x.slice([], [0, 1]), [3, 4, 5]).slice([], j),
      repeatedAndOwn: np.broadcastTo(x.slice([], [0, 1]), [3, 4, 5]).slice(i.slice([0, 2]), j),
      take: np.take(x, i, 1),
      flat: np.take(x, j),
      mapped: vmap((row: Traced, k: Traced) => row.slice(k))(x, i),
    });

  it.each(DTYPES)('of %s', async (dtype) => {
    const i = tensor(Int32Array.of(2, 0, 2));
    const j = tensor(Int32Array.of(3, 1));
    await agree(gathers, [randomTensor(dtype, [3, 4, 5], rng), i, j]);
  });

  it('by unsigned indices, and along an axis', async () => {
    await agree(
      (x, u, along) => ({
        rows: x.slice(u),
        pairs: x.slice(u, u),
        along: np.takeAlongAxis(x, along, 1),
        hot: np.eye(4).slice(along),
      }),
      [
        randomTensor('float32', [3, 4], rng),
        tensor(Uint32Array.of(2, 1)),
        tensor(Int32Array.of(0, 3, 1, 1, 2, 0), [3, 2]),
      ],
    );
  });

  it('counts from the end below 0, and stops beyond the end', async () => {
    const pick = (x: Traced, i: Traced) => ({ rows: x.slice(i), pairs: x.slice(i, i) });
    const x = randomTensor('float32', [3, 3], rng);
    const { rows, pairs } = await onOnnx(pick, [x, tensor(Int32Array.of(-1))]);
    expect([...rows.data]).toEqual([...x.data.slice(6)]);
    expect([...pairs.data]).toEqual([x.data[8]]);
    await expect(onOnnx(pick, [x, tensor(Int32Array.of(3))])).rejects.toThrow(
      /out of data bounds|invalid index/,
    );
  });
});

describe('order', () => {
  const ties = (dtype: DType) => {
    const drawn = randomTensor(dtype, [3, 7], rng);
    drawn.data.set(drawn.data.slice(0, 3), 3);
    return drawn;
  };

  it.each(DTYPES)('of %s', async (dtype) => {
    await agree(
      (x) => ({
        sorted: np.sort(x),
        first: np.sort(x, 0),
        between: np.sort(x.reshape([3, 1, 7]), 0),
        withOnes: np.argsort(x.reshape([1, 21, 1]), 1),
        places: np.argsort(x),
        firstPlaces: np.argsort(np.transpose(x), 0),
        single: np.argsort(x.slice([], [2, 3])),
        repeated: np.argsort(np.broadcastTo(x.slice([], [0, 1]), [3, 4])),
        top: lax.topK(x, 3)[0],
        topPlaces: lax.topK(x, 3)[1],
        topColumns: lax.topK(x, 2, 0)[0],
        topColumnPlaces: lax.topK(x, 2, 0)[1],
      }),
      [ties(dtype)],
      { eagerly: true },
    );
  });

  it('running sums and products', async () => {
    await agree(
      (x, i, u, b) => ({
        last: np.cumsum(x, 1),
        first: np.cumsum(x, 0),
        flat: np.cumsum(x),
        integers: np.cumsum(i, 1),
        words: np.cumsum(u, 1),
        truths: np.cumsum(b, 1),
        product: np.cumprod(x, 1),
        mapped: vmap((row: Traced) => np.cumsum(row, 0))(x),
      }),
      (['float32', 'int32', 'uint32', 'bool'] as const).map((dtype) => randomTensor(dtype, [3, 7], rng)),
      { tolerance: 1e-4 },
    );
  });
});
