/** DreamerV3 on cartpole swing-up by the rules of DeepMind Control, each decision held for two steps. */
import { z } from 'zod';
import { dreamer, dreamerOptions } from '../src/agents/dreamer/index.ts';
import { Rng } from '../src/core/rng.ts';
import { cartpoleSwingup } from '../src/envs/mujoco/cartpole.ts';
import { repeated } from '../src/envs/repeated.ts';
import { bestEvaluation, finalEvaluation, meanReturn, recipe } from '../src/run/recipe.ts';
import { quickDreamer } from './dreamer-quick.ts';

export const dreamerV3CartpoleSwingup = recipe({
  name: 'dreamer-v3-cartpole-swingup',
  summary: 'DreamerV3 learns to swing up a pole that hangs from a cart, in dreams of 15 decisions.',
  environment: 'cartpole-swingup',
  agent: 'dreamer-v3',
  options: z.strictObject({
    actionRepeat: z.number().int().min(1).default(2).describe('environment steps that a decision is held'),
    agent: dreamerOptions.prefault({}),
  }),
  async build({ actionRepeat, agent }, seed) {
    const environment = repeated(await cartpoleSwingup(), actionRepeat);
    return {
      environment,
      agent: dreamer({ world: environment, options: agent }, Rng.from(seed).fork('agent')),
    };
  },
  budget: { steps: 100_000, evaluateEvery: 5000, evaluationEpisodes: 5, checkpointEvery: 10_000 },
  scores: {
    random: 54,
    best: 863,
    source:
      'random: 20 episodes, each action held for 2 steps; best: planning on the true dynamics; the published DreamerV3 has 528 at 100,000 steps',
  },
  expected: { seeds: 3, checks: [{ ...finalEvaluation, atLeast: 528 }, bestEvaluation] },
  quick: {
    budget: { steps: 1000, evaluateEvery: 0, evaluationEpisodes: 1, checkpointEvery: 500 },
    options: { agent: { ...quickDreamer, trainRatio: 2 } },
    checks: [{ ...meanReturn(1, 1), atLeast: 0 }],
  },
  observationNames: [
    'cart position (m)',
    'cos of the angle',
    'sin of the angle',
    'cart velocity (m/s)',
    'angular velocity (rad/s)',
  ],
});
