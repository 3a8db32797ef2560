/** DreamerV3 on cartpole swing-up by the rules of DeepMind Control. */
import { cartpoleSwingup } from '../src/envs/mujoco/cartpole.ts';
import { dreamerPhysics } from './dreamer-physics.ts';

export const cartpoleNames = [
  'cart position (m)',
  'cos of the angle',
  'sin of the angle',
  'cart velocity (m/s)',
  'angular velocity (rad/s)',
];

export const dreamerV3CartpoleSwingup = dreamerPhysics({
  name: 'dreamer-v3-cartpole-swingup',
  summary: 'DreamerV3 learns to swing up a pole that hangs from a cart, in dreams of 15 decisions.',
  version: 3,
  environment: 'cartpole-swingup',
  world: cartpoleSwingup,
  scores: {
    random: 54,
    best: 863,
    source:
      'random: 20 episodes, each action held for 2 steps; best: planning on the true dynamics; the published DreamerV3 has 528 at 100,000 steps',
  },
  atLeast: 528,
  seeds: 3,
  observationNames: cartpoleNames,
});
