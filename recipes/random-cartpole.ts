/** Random actions on cart-pole: the honest floor that every agent must clear, and the quickest run there is. */
import { z } from 'zod';
import { randomAgent } from '../src/agents/random.ts';
import { cartPole } from '../src/envs/cart-pole.ts';
import { meanReturn, recipe } from '../src/run/recipe.ts';

export const randomCartpole = recipe({
  name: 'random-cartpole',
  summary: 'Random pushes on cart-pole: the floor that every agent must clear.',
  environment: 'cart-pole',
  agent: 'random',
  options: z.strictObject({}),
  build() {
    const environment = cartPole();
    return { environment, agent: randomAgent(environment.action) };
  },
  budget: { steps: 5000, evaluateEvery: 2500, evaluationEpisodes: 20, checkpointEvery: 1000 },
  scores: { random: 22, best: 500, source: 'random: 10,000 episodes; best: the rules of CartPole-v1' },
  expected: { seeds: 3, checks: [{ ...meanReturn(1, 100), atLeast: 17, atMost: 28 }] },
  quick: {
    budget: { steps: 500, evaluateEvery: 250, evaluationEpisodes: 3, checkpointEvery: 100 },
    checks: [{ ...meanReturn(1, 15), atLeast: 12, atMost: 40 }],
  },
  observationNames: [
    'cart position (m)',
    'cart velocity (m/s)',
    'pole angle (rad)',
    'angular velocity (rad/s)',
  ],
});
