/**
 * PETS on ball-in-cup: swing a ball on a string into a cup, paid only while it is inside.
 *
 * Nothing needs to be caught by chance first: the reward is given as a rule of what is seen, only the dynamics are learned,
 * so the planner can aim at the cup as soon as the model is good enough to see the ball come in. What still goes wrong
 * after 8 episodes is a missed first swing, or a ball thrown out again, now and then.
 */
import { z } from 'zod';
import { ballInCupCatch, ballInCupCatchReward } from '../src/envs/mujoco/ball-in-cup.ts';
import { repeated } from '../src/envs/repeated.ts';
import { icemOptions } from '../src/planners/icem.ts';
import { withDefaults } from '../src/run/options.ts';
import { bestEvaluation, finalEvaluation, meanReturn, recipe } from '../src/run/recipe.ts';
import { petsIn, physicsEnsemble, quickPets } from './pets-physics.ts';

export const petsBallInCup = recipe({
  name: 'pets-ball-in-cup',
  summary: 'PETS learns to swing a ball on a string into a cup, and to keep it there, from nothing.',
  environment: 'ball-in-cup-catch',
  agent: 'pets',
  options: z.strictObject({
    actionRepeat: z.number().int().min(1).default(4).describe('environment steps that a decision is held'),
    // rows are decisions: an episode has 250
    model: physicsEnsemble({
      batch: 64,
      firstTraining: 250,
      trainEvery: 125,
      epochs: 200,
      gradientSteps: 3000,
      patience: 20,
    }).prefault({}),
    // 20 decisions are 1.6 s; swings need force
    planner: withDefaults(icemOptions, {
      horizon: 20,
      population: 128,
      iterations: 3,
      initialSpread: 0.8,
    }).prefault({}),
  }),
  async build({ actionRepeat, ...options }, seed) {
    return petsIn(
      repeated(await ballInCupCatch(), actionRepeat),
      { reward: ballInCupCatchReward },
      options,
      seed,
    );
  },
  budget: { steps: 8000, evaluateEvery: 2000, evaluationEpisodes: 5, checkpointEvery: 2000 },
  scores: {
    random: 30,
    best: 981,
    source: 'random: 300 episodes, each action held for 4 steps; best: TD-MPC2 at 100,000 steps',
  },
  expected: { seeds: 3, checks: [{ ...bestEvaluation, atLeast: 900 }, finalEvaluation] },
  quick: {
    budget: { steps: 1200, evaluateEvery: 0, evaluationEpisodes: 1, checkpointEvery: 400 },
    options: quickPets,
    checks: [{ ...meanReturn(1, 1), atLeast: 0 }],
  },
  observationNames: [
    'cup x (m)',
    'cup z (m)',
    'ball x (m)',
    'ball z (m)',
    'cup velocity, x (m/s)',
    'cup velocity, z (m/s)',
    'ball velocity, x (m/s)',
    'ball velocity, z (m/s)',
  ],
});
