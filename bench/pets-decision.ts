/**
 * One decision of PETS: the cross-entropy method in an ensemble of networks, at mbrl-lib's settings.
 *
 * Chua et al., Deep Reinforcement Learning in a Handful of Trials (2018), algorithm 1, with TS-infinity; settings of
 * Pineda et al., MBRL-Lib (2021), for cart-pole: 7 members of which 5 elites plan, 4x200, 500 candidates, 15 steps, 20
 * particles, 5 iterations. Reward and ending are cart-pole's own; the networks are not trained, but drawn so that about
 * a third of the horizon is lost by falling, whatever is done.
 */
import { decide } from '../src/core/decide.ts';
import { Rng } from '../src/core/rng.ts';
import type { SavedArray } from '../src/core/saved.ts';
import { tensor } from '../src/engine/index.ts';
import { cartPoleDiscount, cartPoleReward } from '../src/envs/cart-pole.ts';
import { continuousCartPole } from '../src/envs/continuous-cart-pole.ts';
import { ensemble } from '../src/models/ensemble/index.ts';
import { cem } from '../src/planners/cem.ts';
import type { Benchmark } from './benchmark.ts';
import { contest, demandSameMean } from './contest.ts';
import type { Timed } from './measure.ts';
import { spread } from './numbers.ts';
import { multiplications, productsOfLayers, timedProducts } from './products.ts';

const sizes = {
  members: 7,
  elites: 5,
  hidden: 200,
  layers: 4,
  population: 500,
  horizon: 15,
  particles: 20,
  iterations: 5,
};

/** Observation and action of cart-pole. */
const D = 4;
const A = 1;
const widths = [D + A, ...new Array<number>(sizes.layers).fill(sizes.hidden), 2 * D];

async function ours(threads: number): Promise<() => Promise<number>> {
  const world = continuousCartPole();
  const rng = Rng.from('pets decision');
  const model = ensemble(
    { ...world, reward: cartPoleReward, discount: cartPoleDiscount },
    {
      members: sizes.members,
      elites: sizes.elites,
      hidden: widths.slice(1, -1),
      propagation: 'fixedMember',
      particles: sizes.particles,
      threads,
    },
    rng.fork('weights'),
  );
  const saved = model.save();
  const arrays: Record<string, SavedArray> = { ...saved.arrays };
  for (let i = 0; i < widths.length - 1; i++) {
    const shape = [sizes.members, widths[i], widths[i + 1]];
    arrays[`params.layers.layers.${i}.dense.weight`] = spread(i + 1, shape, widths[i] ** -0.5);
  }
  arrays['scaling.targetSpread'] = tensor(Float32Array.of(0.1, 0.5, 0.1, 0.5));
  model.load({ ...saved, arrays });
  const planner = cem<typeof world.action>({
    horizon: sizes.horizon,
    population: sizes.population,
    iterations: sizes.iterations,
    bounds: 'truncate',
  });
  const root = model.infer({ observation: Float32Array.of(0, 0, 0.05, 0) });
  return async () => (await decide(model, planner, { root, action: world.action, rng })).value;
}

/** Pieces in which the rows of an iteration go through the products: their results then stay near the processor. */
const PIECES = 8;

const rows = (sizes.population * sizes.particles) / sizes.elites;
const products = productsOfLayers({
  sizes: widths,
  rows: rows / PIECES,
  count: sizes.horizon,
  batch: sizes.elites,
});

/** The products of one piece over the horizon are one program, run for all pieces and iterations. */
async function productsOfDecision(threads: number): Promise<Timed> {
  const piece = await timedProducts(products, threads);
  const calls = PIECES * sizes.iterations;
  return async (repetitions) => {
    const milliseconds: number[] = [];
    for (let i = 0; i < repetitions; i++) {
      const parts = await piece(calls);
      milliseconds.push(parts.reduce((sum, part) => sum + part, 0));
    }
    return milliseconds;
  };
}

const name = 'planning/pets-decision';

export const petsDecisionBenchmark: Benchmark = {
  name,
  summary:
    "One PETS decision at mbrl-lib's settings: 5 of 7 networks 4x200, 500 candidates, 15 steps, 20 particles, 5 iterations.",
  target: 'at most 1.5 times its matrix products alone (mbrl-lib: 4.9 s on one thread)',
  run: () =>
    contest({
      name,
      program: 'pets_decision',
      sizes,
      ours,
      products: productsOfDecision,
      multiplications: multiplications(products) * PIECES * sizes.iterations,
      agree: (own, theirs) => demandSameMean(name, 0.04, own, theirs),
      measuring: { warmUp: 1, rounds: 5, repetitions: 1 },
    }),
};
