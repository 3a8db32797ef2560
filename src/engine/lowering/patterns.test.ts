import { grad, jvp, lax, numpy as np, vmap } from '@jax-js/jax';
import { describe, expect, it } from 'vitest';
import { agree, type Checked, randomTensor } from '../../../test/engine/agreement.ts';
import { Rng } from '../../core/rng.ts';
import { traceGraph } from '../graph.ts';
import { type Tensor, tensor } from '../tensor.ts';
import type { Traced } from '../tree.ts';
import { recognisePatterns } from './patterns.ts';

const rng = Rng.from('patterns');

/** Checks the numbers, and returns how often each of the primitives that patterns stand for is left and made. */
async function recognised(fn: Checked, inputs: readonly Tensor[]) {
  await agree(fn, inputs, { tolerance: 1e-4, eagerly: true });
  const traced = await traceGraph((arrays) => Object.values(fn(...arrays)), inputs, 'traced');
  const primitives = recognisePatterns(traced).operations.map((operation) => operation.primitive);
  const count = (name: string) => primitives.filter((primitive) => primitive === name).length;
  return { cumsum: count('cumsum'), sums: count('reduce'), topK: count('top_k'), sorts: count('argsort') };
}

describe('running sums', () => {
  const x = randomTensor('float32', [3, 7], rng);
  const weighted = (y: Traced) => np.sum(y.mul(y));

  it.each<[string, Checked]>([
    ['along the last axis', (x) => ({ y: np.cumsum(x, 1) })],
    ['along the first', (x) => ({ y: np.cumsum(x, 0) })],
    ['of an array of three axes', (x) => ({ y: np.cumsum(x.reshape([3, 1, 7]), 2) })],
    ['mapped', (x) => ({ y: vmap((row: Traced) => np.cumsum(row, 0))(x) })],
    ['of integers', (x) => ({ y: np.cumsum(np.floor(x).astype(np.int32), 1) })],
    ['of a repeated number', (x) => ({ y: np.cumsum(np.broadcastTo(x.slice([], [0, 1]), [3, 5]), 1) })],
    ['pushed forward', (x) => ({ y: jvp((x: Traced) => np.cumsum(x, 1), [x], [x.mul(2)])[1] })],
  ])('%s', async (_, fn) => {
    expect(await recognised(fn, [x])).toMatchObject({ cumsum: 1, sums: 0 });
  });

  it('and their gradients, which run the other way', async () => {
    const gradient: Checked = (x) => ({ y: grad((x: Traced) => weighted(np.cumsum(x, 1)))(x) });
    expect(await recognised(gradient, [x])).toMatchObject({ cumsum: 2, sums: 0 });
  });

  it('in pieces, where an axis is long', async () => {
    const long = randomTensor('float32', [2, 700], rng);
    const found = await recognised(
      (x) => ({ y: np.cumsum(x, 1), dx: grad((x: Traced) => weighted(np.cumsum(x, 1)))(x) }),
      [long],
    );
    // within pieces of 256 and over the pieces without their own, there and back; and one sum of a piece's gradients
    expect(found).toMatchObject({ cumsum: 4, sums: 1 });
  });

  it('only where they are', async () => {
    const masked =
      (condition: (i: Traced, j: Traced) => Traced, axis = -1) =>
      (x: Traced) => {
        const [i, j] = [np.arange(7).reshape([7, 1]), np.arange(7)];
        return { y: np.sum(np.where(condition(i, j), x.slice(0), 0), axis) };
      };
    const row = (x: Traced) => np.broadcastTo(x, [7, 7]);
    for (const fn of [
      masked((i, j) => np.less(j, i)),
      masked((i, j) => np.lessEqual(j, i.add(1))),
      masked((i, j) => np.lessEqual(j, i), 0),
      (x: Traced) => ({
        y: np.sum(np.where(np.tri(7, 7, 2, { dtype: 'bool' as never }), row(x.slice(0)), 0), -1),
      }),
      (x: Traced) => ({
        y: np.sum(np.where(np.tri(7, 7, 0, { dtype: 'bool' as never }), row(x.slice(0)), 1), -1),
      }),
      (x: Traced) => ({
        y: np.max(np.where(np.tri(7, 7, 0, { dtype: 'bool' as never }), row(x.slice(0)), 0), -1),
      }),
    ])
      expect(await recognised(fn as Checked, [x])).toMatchObject({ cumsum: 0, sums: 1 });
  });
});

describe('the greatest few', () => {
  const x = tensor(Float32Array.of(3, 1, 3, 2, 5, 1, 0, 4, 4, 2, 2, 1), [2, 6]);

  it('along an axis, with places and without', async () => {
    expect(
      await recognised(
        (x) => {
          const [values, places] = lax.topK(x, 3);
          return { values, places };
        },
        [x],
      ),
    ).toMatchObject({ topK: 1, sorts: 0 });
    expect(
      await recognised(
        (x) => {
          const [values, places] = lax.topK(x, 1, 0);
          return { values, places };
        },
        [x],
      ),
    ).toMatchObject({ topK: 1, sorts: 0 });
    expect(await recognised((x) => ({ values: lax.topK(x, 2)[0] }), [x])).toMatchObject({
      topK: 1,
      sorts: 0,
    });
  });

  it('only where nothing else is used', async () => {
    const both: Checked = (x) => {
      const places = np.argsort(np.flip(x, -1));
      return { places, last: places.slice([], [-2]) };
    };
    expect(await recognised(both, [x])).toMatchObject({ topK: 0, sorts: 1 });
    const least: Checked = (x) => ({ places: np.argsort(x).slice([], [-2]) });
    expect(await recognised(least, [x])).toMatchObject({ topK: 0, sorts: 1 });
  });

  it('and gradients of their values', async () => {
    const gradient: Checked = (x) => ({
      dx: grad((x: Traced) => np.sum(lax.topK(x, 2)[0].mul(np.array([1, 3]))))(x),
    });
    await recognised(gradient, [tensor(Float32Array.of(3, 1, 2.5, 2, 5, 0), [1, 6])]);
  });
});
