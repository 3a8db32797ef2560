/** DreamerV3 on ball in cup by the rules of DeepMind Control, whose reward is 0 until the ball is caught. */
import { ballInCupCatch } from '../src/envs/mujoco/ball-in-cup.ts';
import { dreamerPhysics } from './dreamer-physics.ts';
import { ballInCupNames } from './observation-names.ts';

export const dreamerV3BallInCup = dreamerPhysics({
  name: 'dreamer-v3-ball-in-cup',
  summary: 'DreamerV3 learns to catch a ball with a cup.',
  version: 3,
  environment: 'ball-in-cup-catch',
  world: ballInCupCatch,
  scores: {
    random: 31,
    best: 985,
    source:
      'random: 100 episodes; best: TD-MPC2 at 500,000 steps; the published DreamerV3 has 730 at 100,000',
  },
  atLeast: 730,
  seeds: 3,
  observationNames: ballInCupNames,
});
