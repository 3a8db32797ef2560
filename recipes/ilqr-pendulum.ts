/**
 * Model-predictive control of the pendulum on its true dynamics by iLQR: a plan that is improved along derivatives, where
 * mpc-pendulum draws many and keeps the best.
 */
import { z } from 'zod';
import { planning } from '../src/agents/planning.ts';
import { pendulum } from '../src/envs/pendulum.ts';
import { exact } from '../src/models/exact.ts';
import { ilqr, ilqrOptions } from '../src/planners/ilqr/index.ts';
import { meanReturn, recipe } from '../src/run/recipe.ts';

export const ilqrPendulum = recipe({
  name: 'ilqr-pendulum',
  summary: 'Swing up a pendulum by iLQR in its true dynamics: nothing is learned.',
  environment: 'pendulum',
  agent: 'ilqr',
  options: z.strictObject({ planner: ilqrOptions.prefault({ horizon: 40 }) }),
  build({ planner }) {
    const environment = pendulum();
    return { environment, agent: planning(exact(environment), ilqr(planner)) };
  },
  budget: { steps: 2000, evaluateEvery: 1000, evaluationEpisodes: 10, checkpointEvery: 200 },
  scores: {
    random: -1227,
    best: -153,
    source: 'random: 10,000 episodes; best: 100 episodes of iCEM with horizon 30 and population 300',
  },
  expected: { seeds: 3, checks: [{ ...meanReturn(1, 10), atLeast: -250 }] },
  quick: {
    budget: { steps: 400, evaluateEvery: 400, evaluationEpisodes: 2 },
    checks: [{ ...meanReturn(1, 2), atLeast: -450 }],
  },
  observationNames: ['cos θ', 'sin θ', 'angular velocity (rad/s)'],
});
