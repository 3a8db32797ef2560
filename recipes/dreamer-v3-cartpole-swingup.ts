/** DreamerV3 on cartpole swing-up by the rules of DeepMind Control. */
import { dreamerPhysics } from './dreamer-physics.ts';
import { swingup } from './dreamer-swingup.ts';

const { scores } = swingup;

export const dreamerV3CartpoleSwingup = dreamerPhysics({
  ...swingup,
  name: 'dreamer-v3-cartpole-swingup',
  summary: 'DreamerV3 learns to swing up a pole that hangs from a cart, in dreams of 15 decisions.',
  version: 3,
  scores: { ...scores, source: `${scores.source}; the published DreamerV3 has 528 at 100,000 steps` },
  atLeast: 528,
  seeds: 3,
});
