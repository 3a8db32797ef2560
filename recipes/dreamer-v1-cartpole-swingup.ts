/** The first Dreamer on cartpole swing-up by the rules of DeepMind Control. */
import { dreamerPhysics } from './dreamer-physics.ts';
import { swingup } from './dreamer-swingup.ts';

export const dreamerV1CartpoleSwingup = dreamerPhysics({
  ...swingup,
  name: 'dreamer-v1-cartpole-swingup',
  summary: 'The first Dreamer swings up a pole: its policy learns by gradients through the dream.',
  version: 1,
  atLeast: 400,
  seeds: 1,
});
