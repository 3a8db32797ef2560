/** What the three Dreamers' recipes of cartpole swing-up share: the world and its scale. */
import { cartpoleSwingup } from '../src/envs/mujoco/cartpole.ts';
import { cartpoleNames } from './observation-names.ts';

export const swingup = {
  environment: 'cartpole-swingup',
  world: cartpoleSwingup,
  scores: {
    random: 54,
    best: 863,
    source: 'random: 20 episodes, each action held for 2 steps; best: planning on the true dynamics',
  },
  observationNames: cartpoleNames,
};
