/**
 * What recipes of Dreamer in the worlds of DeepMind Control have in common: vectors for observations, each decision held for two
 * steps as in Hafner et al. (2019, 2023), 100,000 environment steps.
 */
import { z } from 'zod';
import { type DreamerVersion, dreamer, dreamerOptions } from '../src/agents/dreamer/index.ts';
import { type GivenOptions, overlaid, versionOptions } from '../src/agents/dreamer/versions.ts';
import { Rng } from '../src/core/rng.ts';
import type { SimulatedEnvironment } from '../src/envs/mujoco/simulated.ts';
import { repeated } from '../src/envs/repeated.ts';
import type { Scores } from '../src/run/recipe.ts';
import { bestEvaluation, finalEvaluation, meanReturn, type Recipe, recipe } from '../src/run/recipe.ts';
import { quickDreamer } from './dreamer-quick.ts';

/**
 * Where versions depart from their papers, which weigh thousands of pixels where here are a handful of numbers: these weigh little
 * beside nats of divergence, and at the published weight an angle is known to 3 degrees, with which a pole is swung up but not held.
 */
const model = { reconstructionScale: 30 };

const DEPARTURES: Readonly<Record<DreamerVersion, GivenOptions>> = {
  // 3 nats free are most of what so few numbers tell: its dreams were blurred
  1: { model: { ...model, freeNats: 1 } },
  // its paper sees pictures, whose numbers are small: unsquashed, speeds of a spinning pole are most of the error. Without noise on
  // actions its policy, which gradients through the dream lead straight to one of them, stays pressed against the end of the rail;
  // and networks so small learn slowly at the published rate
  2: { model: { ...model, symlog: true }, explorationNoise: 0.3, learningRate: 1e-3 },
  3: { model },
};

export interface DreamerPhysics {
  readonly name: string;
  readonly summary: string;
  readonly version: DreamerVersion;
  /** Name of the world, as `forethought list envs` gives it. */
  readonly environment: string;
  readonly world: () => Promise<SimulatedEnvironment>;
  readonly scores: Scores;
  readonly atLeast: number;
  readonly seeds: number;
  readonly observationNames: readonly string[];
}

export function dreamerPhysics(asked: DreamerPhysics): Recipe {
  const { name, summary, version, environment, world, scores, atLeast, seeds, observationNames } = asked;
  return recipe({
    name,
    summary,
    environment,
    agent: `dreamer-v${version}`,
    options: z.strictObject({
      actionRepeat: z.number().int().min(1).default(2).describe('environment steps that a decision is held'),
      agent: dreamerOptions.prefault(overlaid(versionOptions(version, { kind: 'box' }), DEPARTURES[version])),
    }),
    async build({ actionRepeat, agent }, seed) {
      const held = repeated(await world(), actionRepeat);
      return {
        environment: held,
        agent: dreamer({ world: held, version, options: agent }, Rng.from(seed).fork('agent')),
      };
    },
    budget: { steps: 100_000, evaluateEvery: 5000, evaluationEpisodes: 5, checkpointEvery: 10_000 },
    scores,
    stated: ['agent.trainRatio'],
    expected: { seeds, checks: [{ ...finalEvaluation, atLeast }, bestEvaluation] },
    quick: {
      budget: { steps: 1000, evaluateEvery: 0, evaluationEpisodes: 1, checkpointEvery: 500 },
      options: { agent: { ...quickDreamer, trainRatio: 2 } },
      checks: [{ ...meanReturn(1, 1), atLeast: 0 }],
    },
    observationNames,
  });
}
