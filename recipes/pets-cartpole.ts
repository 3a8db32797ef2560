/** PETS on continuous cart-pole: the main job. From nothing to balancing for 200 steps in a few hundred steps. */
import { z } from 'zod';
import { pets } from '../src/agents/pets.ts';
import { Rng } from '../src/core/rng.ts';
import { cartPoleDiscount, cartPoleReward } from '../src/envs/cart-pole.ts';
import { continuousCartPole } from '../src/envs/continuous-cart-pole.ts';
import { ensembleOptions } from '../src/models/ensemble/index.ts';
import { cem, cemOptions } from '../src/planners/cem.ts';
import type { KeptEvent } from '../src/run/events.ts';
import { withDefaults } from '../src/run/options.ts';
import { type Expectation, recipe } from '../src/run/recipe.ts';

/**
 * Returns of the episodes that were planned: mbrl-lib's "trials". The one during which the first model was learned
 * counts too, although its first steps were random.
 */
function trials(events: readonly KeptEvent[]): number[] {
  const learned = events.find((event) => event.type === 'learn')?.step ?? Number.POSITIVE_INFINITY;
  return events.flatMap((event) => (event.type === 'episode' && event.step > learned ? [event.return] : []));
}

const lastThreeTrials: Pick<Expectation, 'says' | 'measure'> = {
  says: 'mean return of the last 3 trials',
  measure: (events) => {
    const last = trials(events).slice(-3);
    return last.length === 3 ? last.reduce((sum, value) => sum + value, 0) / 3 : Number.NaN;
  },
};

const bestOfFiveTrials: Pick<Expectation, 'says' | 'measure'> = {
  says: 'best return by trial 5',
  measure: (events) => Math.max(...trials(events).slice(0, 5), Number.NEGATIVE_INFINITY),
};

export const petsCartpole = recipe({
  name: 'pets-cartpole',
  summary: 'PETS learns to balance a pole by pushing its cart, from nothing, in a few hundred steps.',
  environment: 'continuous-cart-pole',
  agent: 'pets',
  options: z.strictObject({
    // few data and many gradient steps: the first model sees 50 steps, and is fitted as well as they allow
    model: withDefaults(ensembleOptions, {
      members: 5,
      elites: 5,
      hidden: [64, 64, 64],
      particles: 5,
      batch: 32,
      firstTraining: 50,
      trainEvery: 10,
      epochs: 150,
      patience: 15,
      threads: 1,
    }).prefault({}),
    planner: withDefaults(cemOptions, { horizon: 15, population: 128, iterations: 3 }).prefault({}),
  }),
  build({ model, planner }, seed) {
    const environment = continuousCartPole();
    const { observation, action } = environment;
    const world = { observation, action, reward: cartPoleReward, discount: cartPoleDiscount };
    return {
      environment,
      agent: pets({ world, model, planner: cem(planner) }, Rng.from(seed).fork('agent')),
    };
  },
  budget: { steps: 800, evaluateEvery: 200, evaluationEpisodes: 3, checkpointEvery: 100 },
  scores: {
    random: 28,
    best: 200,
    source:
      'rules of the world; random measured; mbrl-lib reaches 200 at trial 5, about 600 steps after 200 random ones',
  },
  expected: {
    seeds: 5,
    checks: [
      { ...lastThreeTrials, atLeast: 190 },
      { ...bestOfFiveTrials, atLeast: 195 },
    ],
  },
  quick: {
    budget: { steps: 120, evaluateEvery: 0, evaluationEpisodes: 1, checkpointEvery: 50 },
    options: {
      model: { hidden: [32, 32], members: 2, elites: 2, particles: 2 },
      planner: { population: 64, iterations: 2 },
    },
    checks: [
      {
        says: 'episodes',
        measure: (events) => events.filter((event) => event.type === 'episode').length,
        atLeast: 2,
      },
    ],
  },
  observationNames: [
    'cart position (m)',
    'cart velocity (m/s)',
    'pole angle (rad)',
    'angular velocity (rad/s)',
  ],
});
