/**
 * What recipes of planning on the true model of a simulated world share: iCEM plays one whole episode a seed, and nothing
 * is learned. Their scores are the ceiling for agents that must learn the dynamics first.
 */
import { z } from 'zod';
import { planning } from '../src/agents/planning.ts';
import type { Box } from '../src/core/spaces.ts';
import type { SimulatedEnvironment, SimulatedState } from '../src/envs/mujoco/simulated.ts';
import { repeated } from '../src/envs/repeated.ts';
import { exact } from '../src/models/exact.ts';
import { parallel } from '../src/parallel/index.ts';
import { type IcemOptions, icem, icemOptions } from '../src/planners/icem.ts';
import { withDefaults } from '../src/run/options.ts';
import { meanReturn, type Recipe, recipe, type Scores } from '../src/run/recipe.ts';

export interface TrueModelRecipe {
  readonly name: string;
  readonly summary: string;
  /** Name of the world, as `forethought list envs` gives it. */
  readonly environment: string;
  readonly world: () => Promise<SimulatedEnvironment>;
  /** Environment steps that a decision is held: a plan of few decisions then covers much time. */
  readonly actionRepeat: number;
  readonly planner: Partial<IcemOptions>;
  readonly scores: Scores;
  /** What the episode of every seed returns at least. */
  readonly atLeast: number;
  /** The same with a planner that thinks less. */
  readonly quick: { readonly planner: Partial<IcemOptions>; readonly atLeast: number };
  readonly observationNames: readonly string[];
}

export function trueModelRecipe(asked: TrueModelRecipe): Recipe {
  const { name, summary, environment, world, scores, quick, observationNames } = asked;
  return recipe({
    name,
    summary,
    environment,
    agent: 'icem',
    options: z.strictObject({
      actionRepeat: z
        .number()
        .int()
        .min(1)
        .default(asked.actionRepeat)
        .describe('environment steps that a decision is held'),
      workers: z
        .number()
        .int()
        .min(1)
        .max(256)
        .default(1)
        .describe('threads that try candidates; the numbers are the same for any'),
      planner: withDefaults(icemOptions, asked.planner).prefault({}),
    }),
    async build({ actionRepeat, workers, planner }) {
      const held = repeated(await world(), actionRepeat);
      const model =
        workers === 1
          ? exact(held)
          : await parallel<SimulatedState, Box>(environment, { workers, actionRepeat });
      return { environment: held, agent: planning(model, icem(planner)) };
    },
    budget: { steps: 1000, evaluateEvery: 0, evaluationEpisodes: 1, checkpointEvery: 500 },
    scores,
    expected: { seeds: 5, checks: [{ ...meanReturn(1, 1), atLeast: asked.atLeast }] },
    quick: {
      options: { planner: quick.planner },
      checks: [{ ...meanReturn(1, 1), atLeast: quick.atLeast }],
    },
    observationNames,
  });
}
