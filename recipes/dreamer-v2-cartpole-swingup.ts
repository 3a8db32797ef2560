/** The second Dreamer on cartpole swing-up by the rules of DeepMind Control. */
import { cartpoleSwingup } from '../src/envs/mujoco/cartpole.ts';
import { dreamerPhysics } from './dreamer-physics.ts';
import { cartpoleNames } from './dreamer-v3-cartpole-swingup.ts';

export const dreamerV2CartpoleSwingup = dreamerPhysics({
  name: 'dreamer-v2-cartpole-swingup',
  summary: 'The second Dreamer swings up a pole: categorical states, balanced divergence.',
  version: 2,
  environment: 'cartpole-swingup',
  world: cartpoleSwingup,
  scores: {
    random: 54,
    best: 863,
    source: 'random: 20 episodes, each action held for 2 steps; best: planning on the true dynamics',
  },
  atLeast: 400,
  seeds: 1,
  observationNames: cartpoleNames,
});
