/**
 * One training step of an ensemble of Gaussian networks, as PETS learns its model.
 *
 * Chua et al., Deep Reinforcement Learning in a Handful of Trials (2018), eq. 1 for a diagonal covariance.
 * E members, B rows a member, I inputs, O outputs.
 */
import { valueAndGrad } from '@jax-js/jax';
import { Rng } from '../src/core/rng.ts';
import { compile, type Traced, type TracedTree } from '../src/engine/index.ts';
import { ensemble, type MlpParams, mlp } from '../src/nn/dense.ts';
import { normalOfLogVariance } from '../src/nn/normal.ts';
import { adam, type OptimiserState, optimise, type TracedState } from '../src/nn/optimisers.ts';
import type { Benchmark } from './benchmark.ts';
import { contest, demandSameLosses } from './contest.ts';
import { spread } from './numbers.ts';
import { multiplications, productsOfLayers, timedProducts } from './products.ts';

export const ensembleSizes = { members: 5, batch: 256, inputs: 6, hidden: 200, layers: 4, outputs: 5 };

export type EnsembleSizes = typeof ensembleSizes;

const optimiser = adam({ learningRate: 1e-3 });

/** The whole step, ready to be compiled, and what it starts from. */
export function ensembleStep({ members: E, batch: B, inputs: I, hidden, layers, outputs: O }: EnsembleSizes) {
  const sizes = [I, ...new Array<number>(layers).fill(hidden), 2 * O];
  const network = ensemble(mlp({ sizes }), E);
  const params = network.init(Rng.from(0));
  params.layers.forEach(({ dense }, i) => {
    dense.weight = spread(i + 1, dense.weight.shape, sizes[i] ** -0.5);
  });
  const lossOf = (traced: TracedTree<MlpParams>, x: Traced, y: Traced): Traced => {
    const out = network.apply(traced, x);
    const [mean, logVariance] = [out.slice([], [], [0, O]), out.slice([], [], [O, 2 * O])];
    return normalOfLogVariance(mean, logVariance).logProbability(y).mean().neg();
  };
  const step = (traced: TracedTree<MlpParams>, state: TracedState, x: Traced, y: Traced) => {
    const [loss, gradients] = valueAndGrad(lossOf)(traced, x, y);
    return { loss, ...optimise(optimiser, gradients as TracedTree<MlpParams>, state, traced) };
  };
  return { step, params, x: spread(100, [E, B, I]), y: spread(101, [E, B, O]), sizes };
}

async function ours(threads: number): Promise<() => Promise<number>> {
  const { step, params: first, x, y } = ensembleStep(ensembleSizes);
  const program = compile(step, { name: 'ensemble step', threads });
  let params: MlpParams = first;
  let state: OptimiserState = optimiser.init(params);
  await program.prepare(params, state, x, y);
  return async () => {
    const after = await program(params, state, x, y);
    params = after.params;
    state = after.state;
    return after.loss.data[0];
  };
}

const name = 'engine/ensemble-step';

export const ensembleStepBenchmark: Benchmark = {
  name,
  summary: 'One training step of an ensemble of 5 Gaussian networks 4x200 SiLU on batches of 256, with Adam.',
  target: 'at least 3.5 times as fast as PyTorch',
  run() {
    const products = productsOfLayers({
      sizes: ensembleStep(ensembleSizes).sizes,
      rows: ensembleSizes.batch,
      batch: ensembleSizes.members,
      derivatives: { weights: true, inputs: false },
    });
    return contest({
      name,
      program: 'ensemble_step',
      sizes: ensembleSizes,
      ours,
      products: (threads) => timedProducts(products, threads),
      multiplications: multiplications(products),
      agree: (own, theirs) => demandSameLosses(name, 1e-3, own, theirs),
      measuring: { rounds: 6, repetitions: 15 },
    });
  },
};
