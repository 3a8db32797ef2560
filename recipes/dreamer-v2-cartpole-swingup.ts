/** The second Dreamer on cartpole swing-up by the rules of DeepMind Control. */
import { dreamerPhysics } from './dreamer-physics.ts';
import { swingup } from './dreamer-swingup.ts';

export const dreamerV2CartpoleSwingup = dreamerPhysics({
  ...swingup,
  name: 'dreamer-v2-cartpole-swingup',
  summary: 'The second Dreamer swings up a pole: categorical states, balanced divergence.',
  version: 2,
  atLeast: 400,
  seeds: 1,
});
