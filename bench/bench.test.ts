/** The result lines' contract, the clock's fairness, and that the tables of matrix products are true. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { traceGraph } from '../src/engine/graph.ts';
import { simplify } from '../src/engine/simplify.ts';
import { isTensor, sizeOf, type Tensor } from '../src/engine/tensor.ts';
import { flatten, type Traced, unflatten } from '../src/engine/tree.ts';
import { adam } from '../src/nn/optimisers.ts';
import { contest, demandSameLosses, demandSameMean } from './contest.ts';
import { dreamerProducts, dreamerSizes, dreamerStep } from './dreamer-step.ts';
import { dreamerLesson, smallestSizes, updateProducts } from './dreamer-update.ts';
import { ensembleSizes, ensembleStep } from './ensemble-step.ts';
import { type BenchResult, benchmarks, measure, median, result, type Timed, timed } from './index.ts';
import { uniform } from './numbers.ts';
import { multiplications, type Product, productsOfLayers } from './products.ts';

describe('result lines', () => {
  test('have the fields of the contract, and a speedup above 1 where ours is faster', () => {
    const line = result('toy', 'ms', 2, { peer: 'a slower toy', peerValue: 6 }, undefined, 'Ours: 1 thread.');
    const expected: BenchResult = {
      type: 'bench',
      name: 'toy',
      value: 2,
      unit: 'ms',
      peer: 'a slower toy',
      peerValue: 6,
      speedup: 3,
      note: 'Ours: 1 thread.',
    };
    expect(line).toEqual(expected);
    const keys = ['type', 'name', 'value', 'unit', 'peer', 'peerValue', 'speedup', 'note'];
    expect(Object.keys(JSON.parse(JSON.stringify(line)))).toEqual(keys);
  });

  test('say null, not nothing, where there is no peer', () => {
    const line = JSON.parse(JSON.stringify(result('toy', 'us', 2, undefined, 'No peer: a toy.')));
    expect(line).toMatchObject({ peer: null, peerValue: null, speedup: null, note: 'No peer: a toy.' });
  });

  test('come from benchmarks with names of their own', () => {
    const names = benchmarks.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('measure', () => {
  test('lets contenders take turns, and reports each at its fastest variant', async () => {
    const turns: string[] = [];
    let running = 0;
    const toy =
      (name: string, milliseconds: number): Timed =>
      async (repetitions) => {
        expect(++running).toBe(1);
        turns.push(name);
        await sleep(1);
        running--;
        return new Array<number>(repetitions).fill(milliseconds);
      };
    const { timings } = await measure(
      {
        ours: { slow: toy('a', 3), fast: toy('b', 2) },
        theirs: { only: toy('c', 7), hopeless: toy('d', 15) },
      },
      { warmUp: 1, rounds: 2, repetitions: 3 },
    );
    expect(timings).toEqual({
      ours: { variant: 'fast', median: 2 },
      theirs: { variant: 'only', median: 7 },
    });
    // a variant more than twice as slow as another takes no turn after the warm-up
    expect(turns.join('')).toBe('abcd' + 'abc' + 'abc');
  });

  test('takes the median', () => {
    expect(median([9, 1, 2])).toBe(2);
    expect(median([9, 1, 2, 4])).toBe(3);
  });
});

describe('contests', () => {
  afterEach(() => vi.unstubAllEnvs());

  test('say so when the peer is missing, and still time our side and its products', async () => {
    vi.stubEnv('FORETHOUGHT_PYTHON', '/no/such/python');
    const work = (milliseconds: number): Timed => timed(() => sleep(milliseconds));
    const lines = await contest({
      name: 'toy',
      program: 'ensemble_step',
      sizes: {},
      ours: async () => async () => {
        await sleep(20);
        return 1;
      },
      products: async () => work(5),
      multiplications: 1e6,
      agree: () => expect.unreachable('there is nobody to agree with'),
      measuring: { warmUp: 1, rounds: 1, repetitions: 1 },
    });
    expect(lines.map(({ name }) => name)).toEqual(['toy', 'toy/matmul']);
    expect(lines[0]).toMatchObject({ type: 'bench', unit: 'ms', peer: null, peerValue: null, speedup: null });
    expect(lines[0].note).toMatch(/^Ours: .*No peer: .*python3-torch/);
    expect(lines[0].value).toBeGreaterThanOrEqual(19);
    // the share of the products, well below 1
    expect(lines[1].peer).toMatch(/^its matrix products alone/);
    expect(lines[1].speedup).toBeLessThan(0.9);
  });

  test('are void when losses differ', () => {
    expect(() => demandSameLosses('toy', 0.01, [1, 2, 3], [1.001, 2.001, 3.001])).not.toThrow();
    expect(() => demandSameLosses('toy', 0.01, [1, 2, 3], [1, 2.1, 3])).toThrow(/toy: both sides/);
    expect(() => demandSameLosses('toy', 0.01, [1, Number.NaN], [1, 2])).toThrow(/toy: both sides/);
  });

  test('are void when returns differ in the mean', () => {
    expect(() => demandSameMean('toy', 0.05, [9, 11], [10, 10.2])).not.toThrow();
    expect(() => demandSameMean('toy', 0.05, [9, 11], [11, 11])).toThrow(/toy: both sides/);
  });
});

describe('numbers', () => {
  test('are those of the peers', () => {
    // python3: serve.uniform(3, 4).tolist()
    const theirs = [0.11195176839828491, 0.40785568952560425, 0.43011897802352905, 0.053776562213897705];
    expect(Array.from(uniform(3, [4]).data)).toEqual(theirs);
  });
});

describe('tables of matrix products', () => {
  test('ask for what the traced ensemble step multiplies', async () => {
    const { step, params, x, y, sizes } = ensembleStep({ ...ensembleSizes, batch: 32, hidden: 20 });
    const state = adam({ learningRate: 1e-3 }).init(params);
    const traced = await tracedMultiplications(step as never, [params, state, x, y]);
    const derivatives = { weights: true, inputs: false };
    expect(traced).toBe(multiplications(productsOfLayers({ sizes, rows: 32, batch: 5, derivatives })));
  });

  test('ask for what the traced Dreamer step multiplies', async () => {
    const sizes = { ...dreamerSizes, time: 3, horizon: 2, batch: 4 };
    const { step, params, data } = dreamerStep(sizes);
    const state = adam({ learningRate: 1e-4 }).init(params);
    const traced = await tracedMultiplications(step as never, [params, state, data]);
    const products = dreamerProducts(sizes);
    const off = (some: readonly Product[]) => Math.abs(multiplications(some) / traced - 1);
    // the trace also sums probabilities up by products, and knows that nothing comes before the first step
    expect(off(products)).toBeLessThan(0.004);
    // what the tolerance can tell: the least of the large layers left out
    expect(off(products.filter(({ M, K, N }) => !(M === 12 && K === 256 && N === 256)))).toBeGreaterThan(
      0.004,
    );
  });

  test('ask for what the traced update of Dreamer multiplies', async () => {
    const sizes = { ...smallestSizes, time: 4, horizon: 2, batch: 4, variables: 8, hidden: 32, bins: 65 };
    const { update, state, lesson } = dreamerLesson(sizes);
    const traced = await tracedMultiplications(update as never, [state, lesson]);
    const products = updateProducts(sizes);
    const off = (some: readonly Product[]) => Math.abs(multiplications(some) / traced - 1);
    // the trace also sums probabilities up by products, and knows that nothing comes before the first step
    expect(off(products)).toBeLessThan(0.01);
    // what the tolerance can tell: what h becomes, left out in dreams
    expect(off(products.filter(({ M, K, N }) => !(M === 16 && K === 512 && N === 32)))).toBeGreaterThan(0.01);
  });
});

/** Multiplications in the matrix products of a traced function of trees. */
async function tracedMultiplications(
  fn: (...inputs: never[]) => unknown,
  inputs: readonly unknown[],
): Promise<number> {
  const { leaves, structure } = flatten<Tensor>(inputs as never, isTensor);
  const isTraced = (node: unknown): node is Traced =>
    typeof node === 'object' && node !== null && 'aval' in node;
  const flat = (traced: Traced[]) =>
    flatten<Traced>(fn(...(unflatten(structure, traced) as never[])) as never, isTraced).leaves;
  const { operations } = simplify(await traceGraph(flat, leaves, 'step'));
  let total = 0;
  for (const { primitive, inputs: operands, outputs } of operations)
    if (primitive === 'dot') total += sizeOf(outputs[0].shape) * (operands[0].shape.at(-1) ?? 1);
  return total;
}
