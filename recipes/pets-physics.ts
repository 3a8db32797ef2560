/** What recipes of PETS on simulated worlds share: the ensemble's size, the agent, and a version small enough for a minute. */
import type { z } from 'zod';
import { pets } from '../src/agents/pets.ts';
import type { Environment } from '../src/core/environment.ts';
import { Rng } from '../src/core/rng.ts';
import type { Box } from '../src/core/spaces.ts';
import type { TracedDiscount, TracedReward } from '../src/engine/rules.ts';
import { type EnsembleOptions, ensembleOptions } from '../src/models/ensemble/index.ts';
import { type IcemOptions, icem } from '../src/planners/icem.ts';
import { withDefaults } from '../src/run/options.ts';

/** Five networks, each followed by one particle. */
export function physicsEnsemble(choice: Partial<z.infer<typeof ensembleOptions>>) {
  const sizes = { members: 5, elites: 5, hidden: [64, 64, 64], particles: 5, threads: 1 };
  return withDefaults(ensembleOptions, { ...sizes, ...choice });
}

/** PETS in a world, which is told its reward and, where it ends, when; planning by iCEM. */
export function petsIn<S>(
  environment: Environment<S, Box>,
  rules: { readonly reward: TracedReward; readonly discount?: TracedDiscount },
  { model, planner }: { readonly model: Partial<EnsembleOptions>; readonly planner: Partial<IcemOptions> },
  seed: number,
) {
  const { observation, action } = environment;
  const world = { observation, action, ...rules };
  return {
    environment,
    agent: pets({ world, model, planner: icem(planner) }, Rng.from(seed).fork('agent')),
  };
}

/** Options of a recipe's quick version. */
export const quickPets = {
  model: { hidden: [32, 32], members: 2, elites: 2, particles: 2, gradientSteps: 100 },
  planner: { population: 32, iterations: 2, horizon: 8 },
};
