import { grad } from '@jax-js/jax';
import { describe, expect, test } from 'vitest';
import { checkOptions } from '../../core/options.ts';
import { Rng } from '../../core/rng.ts';
import { compile, isTensor, type Tensor, tensor, zeros } from '../../engine/index.ts';
import { mapTree, type Tree } from '../../engine/tree.ts';
import type { MlpParams } from '../../nn/index.ts';
import { toArrays } from '../../nn/saving.ts';
import { type Lesson, RSSM_TERMS, type RssmTerm, rssmLosses } from './losses.ts';
import { type RssmParams, rssmNetwork, type TracedRssm } from './network.ts';
import { type RssmOptions, rssmOptions } from './options.ts';

const f32 = (shape: readonly number[], ...values: number[]) => tensor(Float32Array.from(values), shape);
/** One variable of two classes; rewards in three bins, at symexp of -20, 0 and 20. */
const tiny: Partial<RssmOptions> = {
  deterministic: 2,
  variables: 1,
  classes: 2,
  blocks: 1,
  hidden: 2,
  units: 2,
  layers: 1,
  bins: 3,
  unimix: 0,
};
const optionsOf = (given: Partial<RssmOptions> = {}) =>
  checkOptions('rssm', rssmOptions, { ...tiny, ...given });
const D = 2;
const F = 1;

/** Parameters of zeros: networks then say their last bias, whatever they are shown. */
function blank(given: Partial<RssmOptions> = {}): RssmParams {
  const { init } = rssmNetwork({ D, F }, optionsOf(given));
  return mapTree(
    isTensor,
    ({ shape }) => zeros(shape),
    init(Rng.from(1)) as unknown as Tree<Tensor>,
  ) as unknown as RssmParams;
}

/** One sequence of two moments; the second ends the episode. */
const lesson = {
  observations: f32([2, 1, D], Math.E - 1, 0, 0, -(Math.E - 1)), // symlog: [1 0] and [0 -1]
  actions: f32([2, 1, F], 0, 1),
  rewards: f32([2, 1], 0, 0),
  continues: f32([2, 1], 1, 0),
  first: f32([2, 1], 1, 0),
  dice: f32([2, 1, 1], 0.2, 0.9),
};

async function told(params: RssmParams, given: Partial<RssmOptions> = {}) {
  const options = optionsOf(given);
  const losses = rssmLosses(rssmNetwork({ D, F }, options), options);
  const program = compile((p: TracedRssm, l: Lesson) => {
    const { loss, terms, figures } = losses(p, l);
    return { loss, terms, figures };
  });
  const { loss, terms, figures } = await program(params, lesson);
  const plain = (figures: Record<string, Tensor>) =>
    Object.fromEntries(Object.entries(figures).map(([name, { data }]) => [name, data[0]]));
  return { loss: loss.data[0], terms: plain(terms), figures: plain(figures) };
}

describe('a worked example', () => {
  test('of networks that say nothing', async () => {
    const { loss, terms, figures } = await told(blank());
    // both observations are 1 away from 0 in one of their numbers
    expect(terms.reconstruction).toBeCloseTo(1, 6);
    // three bins alike: -log 1/3; even odds: -log 1/2
    expect(terms.reward).toBeCloseTo(Math.log(3), 6);
    expect(terms.continuation).toBeCloseTo(Math.log(2), 6);
    // prior and posterior agree, which costs the free nat
    expect([terms.dynamics, terms.representation]).toEqual([1, 1]);
    expect(figures.divergence).toBeCloseTo(0, 6);
    expect(figures['posterior entropy']).toBeCloseTo(Math.log(2), 6);
    expect(loss).toBeCloseTo(1 + Math.log(3) + Math.log(2) + 1 + 0.1, 5);
  });

  test('of networks that say the same of everything', async () => {
    const params = blank();
    (params.decoder as MlpParams).layers[1].dense.bias = f32([D], 0.5, -0.5);
    params.reward.layers[1].dense.bias = f32([3], 0, Math.log(2), 0);
    params.continuation.layers[1].dense.bias = f32([1], Math.log(3));
    params.posterior.out.bias = f32([2], Math.log(3), 0);
    const given = { freeNats: 0, reconstructionScale: 3, dynamicsScale: 0.5, representationScale: 0.25 };
    const { loss, terms, figures } = await told(params, given);
    // [1 0] - [0.5 -0.5] = [0.5 0.5]; [0 -1] - [0.5 -0.5] = [-0.5 -0.5]: 0.5 each
    expect(terms.reconstruction).toBeCloseTo(0.5, 6);
    // 0 is the middle bin, of probability 2 / 4
    expect(terms.reward).toBeCloseTo(Math.log(2), 6);
    // odds of 3 to 1: -(log 3/4 + log 1/4) / 2
    expect(terms.continuation).toBeCloseTo(-(Math.log(0.75) + Math.log(0.25)) / 2, 6);
    // KL of [3/4 1/4] from [1/2 1/2]: 3/4 log 3/2 + 1/4 log 1/2 = 0.130812
    const divergence = 0.75 * Math.log(1.5) + 0.25 * Math.log(0.5);
    expect(divergence).toBeCloseTo(0.130812, 6);
    expect(terms.dynamics).toBeCloseTo(divergence, 6);
    expect(terms.representation).toBeCloseTo(divergence, 6);
    expect(figures.divergence).toBeCloseTo(divergence, 6);
    expect(figures['posterior entropy']).toBeCloseTo(-(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25)), 6);
    expect(figures['prior entropy']).toBeCloseTo(Math.log(2), 6);
    expect(loss).toBeCloseTo(1.5 + Math.log(2) + terms.continuation + 0.75 * divergence, 5);
  });

  test('of free nats asked of the mean, and of plain observations', async () => {
    const params = blank();
    params.posterior.out.bias = f32([2], Math.log(3), 0);
    const { terms } = await told(params, { freeNats: 0.1, freeOf: 'mean', symlog: false });
    expect(terms.dynamics).toBeCloseTo(0.130812, 6);
    // both observations are e - 1 away from 0 in one of their numbers
    expect(terms.reconstruction).toBeCloseTo((Math.E - 1) ** 2, 5);
  });

  test('of a hundredth of the uniform distribution in both', async () => {
    const params = blank({ unimix: 0.01 });
    params.posterior.out.bias = f32([2], 100, 0);
    const { figures } = await told(params, { unimix: 0.01 });
    // [1 0] becomes [0.995 0.005]
    expect(figures.divergence).toBeCloseTo(0.995 * Math.log(1.99) + 0.005 * Math.log(0.01), 5);
  });
});

describe('gradients of the divergences', () => {
  /** The largest gradient of a term, by the group of parameters. */
  async function gradientsOf(term: RssmTerm, freeNats: number) {
    const options = optionsOf({ freeNats, variables: 2, classes: 3 });
    const net = rssmNetwork({ D, F }, options);
    const losses = rssmLosses(net, options);
    const program = compile(
      (p: TracedRssm, l: Lesson) =>
        grad((p: TracedRssm) => losses(p, l).terms[term])(p) as unknown as TracedRssm,
    );
    const dice = f32([2, 1, 2], 0.2, 0.9, 0.5, 0.4);
    const params = net.init(Rng.from(3));
    // the reward's last layer begins at zero, and would pass no gradient on
    Rng.from(4).fillNormal(params.reward.layers[1].dense.weight.data as Float32Array);
    const gradients = await program(params, { ...lesson, dice });
    const largest: Record<string, number> = {};
    for (const [path, { data }] of Object.entries(toArrays(gradients))) {
      const [group] = path.split('.');
      largest[group] = Math.max(largest[group] ?? 0, ...Array.from(data, Math.abs));
    }
    return largest;
  }

  test('dynamics moves the prior, and the posterior only through the state before', async () => {
    const largest = await gradientsOf('dynamics', 0);
    expect(largest.prior).toBeGreaterThan(1e-4);
    expect(largest.core).toBeGreaterThan(1e-5);
    expect([largest.decoder, largest.reward, largest.continuation]).toEqual([0, 0, 0]);
  });

  test('representation moves the posterior and the encoder, never the prior', async () => {
    const largest = await gradientsOf('representation', 0);
    expect(largest.posterior).toBeGreaterThan(1e-4);
    expect(largest.encoder).toBeGreaterThan(1e-5);
    expect(largest.prior).toBe(0);
  });

  test('neither moves anything below the free nats', async () => {
    for (const term of ['dynamics', 'representation'] as const) {
      expect(Object.values(await gradientsOf(term, 50)).every((size) => size === 0)).toBe(true);
    }
  });

  test('the other terms leave the prior alone', async () => {
    for (const term of RSSM_TERMS.slice(0, 3)) {
      const largest = await gradientsOf(term, 0);
      expect(largest.prior).toBe(0);
      expect(largest.posterior + largest.core).toBeGreaterThan(0);
    }
  });
});

test('a lesson is a mean over moments: the same sequence twice teaches the same', async () => {
  const options = optionsOf();
  const net = rssmNetwork({ D, F }, options);
  const losses = rssmLosses(net, options);
  const program = compile((p: TracedRssm, l: Lesson) => losses(p, l).loss);
  const params = net.init(Rng.from(5));
  const twice = mapTree(
    isTensor,
    ({ shape, data }) => {
      const rows = shape[0];
      const each = data.length / rows;
      const out = Array.from({ length: rows }, (_, t) =>
        [0, 1].map(() => [...data.slice(t * each, (t + 1) * each)]),
      );
      return f32([rows, 2, ...shape.slice(2)], ...out.flat(2));
    },
    lesson as unknown as Tree<Tensor>,
  ) as unknown as typeof lesson;
  const [once, doubled] = [await program(params, lesson), await program(params, twice)];
  expect(doubled.data[0]).toBeCloseTo(once.data[0], 5);
});
