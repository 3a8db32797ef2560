/** DreamerV3 on cartpole balance by the rules of DeepMind Control. */
import { cartpoleBalance } from '../src/envs/mujoco/cartpole.ts';
import { dreamerPhysics } from './dreamer-physics.ts';
import { cartpoleNames } from './observation-names.ts';

export const dreamerV3CartpoleBalance = dreamerPhysics({
  name: 'dreamer-v3-cartpole-balance',
  summary: 'DreamerV3 learns to balance a pole on a cart, in dreams of 15 decisions.',
  version: 3,
  environment: 'cartpole-balance',
  world: cartpoleBalance,
  scores: {
    random: 317,
    best: 1000,
    source:
      'random: 20 episodes, each action held for 2 steps; best: the most an episode can earn; the published DreamerV3 has 840 at 100,000 steps',
  },
  atLeast: 840,
  seeds: 3,
  observationNames: cartpoleNames,
});
