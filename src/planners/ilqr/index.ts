/**
 * iLQR: improves one sequence of actions by solving the problem around it, linear in the dynamics and quadratic in the
 * rewards, over and over; actions stay within their bounds.
 *
 * Tassa, Erez, Todorov, Synthesis and Stabilization of Complex Behaviors through Online Trajectory Optimization (2012),
 * section II: regularisation schedule (II-F), backtracking line search (II-D, eq. 13); bounds as in Tassa, Mansard,
 * Todorov, Control-Limited Differential Dynamic Programming (2014), section III.
 * Shapes: H steps, n numbers a state, m an action.
 *
 * Differs from the papers:
 * - The regularisation is added to the second derivative by the action itself (the Levenberg-Marquardt of 2012, eq. 9),
 *   counted in halves of the action's range, not to the value's by the state: that one is of no use where the
 *   derivative of the next state by the action is singular.
 * - All scales of the line search are tried at once, and the best is taken.
 * - Random sequences are scored first, and the best of them is improved.
 */
import { z } from 'zod';
import { demand } from '../../core/errors.ts';
import { checkOptions } from '../../core/options.ts';
import { ask, type Planner, type Planning, type Thinking } from '../../core/planner.ts';
import { type Box, readElement } from '../../core/spaces.ts';
import { candidateAt, checkReturns, reachOf } from '../sequences/candidates.ts';
import { colouring } from '../sequences/coloured-noise.ts';
import { refuseCostLimit } from '../sequences/constraint.ts';
import { eliteIndices } from '../sequences/elites.ts';
import { SequenceNormals, shifted } from '../sequences/normals.ts';
import { type Improved, improve } from './rounds.ts';

export type { IlqrStop } from './rounds.ts';

/** Of the random sequences: red noise, so that they swing as wide as bounds allow, of one standard deviation a half range. */
const NOISE_EXPONENT = 2;
const SPREAD = 1;

export interface IlqrOptions {
  /** Steps looked ahead, H. */
  readonly horizon: number;
  /**
   * Random sequences scored to begin with, beside the last plan (or the middle of the space): of these the best are
   * improved. They keep iLQR, which only goes uphill, off poor hills.
   */
  readonly candidates: number;
  /** How many of them are improved, one after another; the plan is the best of all. */
  readonly starts: number;
  /** Most rounds of expanding, solving and searching. */
  readonly iterations: number;
  /** Converged when a round gains less than this, relative to the return (absolute where that is below 1). */
  readonly tolerance: number;
  /** Converged when no action would change by more than this, relative to its size or half its range (1 where it has none). */
  readonly actionTolerance: number;
  /** Regularisation to begin with, and what it is not raised above: mu, mu_max. */
  readonly regularisation: number;
  readonly maximumRegularisation: number;
  /** Least regularisation but for none: mu_min. */
  readonly minimumRegularisation: number;
  /** How fast the regularisation changes when it changes more than once in a row: Delta_0. */
  readonly regularisationFactor: number;
  /** Scales of the line search, from 1 downwards: each is this share of the one before. */
  readonly scales: number;
  readonly scaleFactor: number;
}

export const ilqrDefaults: IlqrOptions = {
  horizon: 20,
  candidates: 64,
  starts: 1,
  iterations: 100,
  tolerance: 1e-7,
  actionTolerance: 1e-6,
  regularisation: 0,
  maximumRegularisation: 1e10,
  minimumRegularisation: 1e-6,
  regularisationFactor: 2,
  scales: 8,
  scaleFactor: 0.4,
};

const positive = () => z.number().gt(0);

export const ilqrOptions = z.strictObject({
  horizon: z.number().int().min(1).default(ilqrDefaults.horizon).describe('steps looked ahead'),
  candidates: z
    .number()
    .int()
    .min(0)
    .default(ilqrDefaults.candidates)
    .describe('random sequences scored first'),
  starts: z.number().int().min(1).default(ilqrDefaults.starts).describe('sequences improved'),
  iterations: z.number().int().min(1).default(ilqrDefaults.iterations).describe('most rounds'),
  tolerance: positive().lt(1).default(ilqrDefaults.tolerance).describe('relative gain at which it stops'),
  actionTolerance: positive()
    .lt(1)
    .default(ilqrDefaults.actionTolerance)
    .describe('relative change of actions at which it stops'),
  regularisation: z
    .number()
    .min(0)
    .default(ilqrDefaults.regularisation)
    .describe('regularisation to begin with'),
  maximumRegularisation: positive()
    .default(ilqrDefaults.maximumRegularisation)
    .describe('regularisation at which it gives up'),
  minimumRegularisation: positive()
    .default(ilqrDefaults.minimumRegularisation)
    .describe('least regularisation above none'),
  regularisationFactor: z
    .number()
    .gt(1)
    .default(ilqrDefaults.regularisationFactor)
    .describe('how fast the regularisation changes'),
  scales: z.number().int().min(1).default(ilqrDefaults.scales).describe('scales of the line search'),
  scaleFactor: positive()
    .lt(1)
    .default(ilqrDefaults.scaleFactor)
    .describe('each scale as a share of the one before'),
}) satisfies z.ZodType<IlqrOptions>;

export interface IlqrCarry {
  /** The last plan, not yet shifted. */
  readonly actions: Float64Array; // [H, m]
}

/**
 * A planner for continuous actions in models that tell their derivatives: they answer `expand` and `track`. The trace
 * tells whether it `converged` and `why` it stopped; where it has not, the plan is the best it found.
 * @throws InputError listing all options that cannot be used, or where actions are discrete, or a limit on costs is set
 * @throws NumericalError where a derivative or an outcome is not finite, naming the step and which
 */
export function ilqr(options: Partial<IlqrOptions> = {}): Planner<Box, IlqrCarry> {
  refuseCostLimit('ilqr', options);
  const settings = checkOptions('ilqr', ilqrOptions, options);
  const { horizon: H, starts } = settings;
  const matrix = colouring(H, NOISE_EXPONENT);
  return {
    name: 'ilqr',
    *plan<Z>({ root, action: space, carry, rng }: Planning<Z, Box, IlqrCarry>): Thinking<Box, IlqrCarry, Z> {
      demand(
        space.kind === 'box',
        () =>
          'ilqr: actions must be continuous, got discrete ones, which have no derivatives. Use cem or randomShooting.',
      );
      const length = H * space.low.length;
      demand(
        carry === undefined || carry.actions.length === length,
        () =>
          `ilqr: the carry must be of a plan of ${length} numbers, got ${carry?.actions.length}. Start the episode without one.`,
      );
      const candidates = new Float32Array((1 + settings.candidates) * length); // [K, H, m]
      candidates.set(firstActions(space, H, carry));
      const normals = new SequenceNormals(space, H, SPREAD, 0);
      normals.sampleColoured(candidates.subarray(length), matrix, rng);
      let order: Int32Array = Int32Array.of(0);
      if (settings.candidates > 0) {
        const { returns } = yield* ask.rollout<Z, Box>(root, candidates, H, rng);
        checkReturns('ilqr, before the first iteration', space, candidates, H, returns);
        order = eliteIndices(returns, Math.min(starts, returns.length));
      }
      let best: Improved | undefined;
      for (const [i, k] of order.entries()) {
        const start = Float64Array.from(candidateAt(candidates, k, length));
        const name = order.length === 1 ? 'ilqr' : `ilqr, start ${i + 1} of ${order.length}`;
        const found = yield* improve(name, root, space, start, settings);
        if (best === undefined || valueOfPlan(found) > valueOfPlan(best)) best = found;
      }
      const { actions, states, values, why, regularisation } = best!;
      const sequence = Float32Array.from(actions);
      return {
        action: readElement(space, sequence),
        value: values[values.length - 1],
        carry: { actions },
        trace: {
          actions: sequence,
          states,
          values: Float64Array.from(values),
          converged: why === 'action' || why === 'gain',
          why,
          regularisation,
        },
      };
    },
  };
}

function valueOfPlan({ values }: Improved): number {
  return values[values.length - 1];
}

/** The last plan one step later, its last action twice; without one, the middle of the space. [H, m] */
function firstActions(space: Box, horizon: number, carry: IlqrCarry | undefined): Float64Array {
  const m = space.low.length;
  if (carry) return shifted(carry.actions, carry.actions.subarray(carry.actions.length - m));
  const { centre } = reachOf(space);
  return Float64Array.from({ length: horizon * m }, (_, i) => centre[i % m]);
}
