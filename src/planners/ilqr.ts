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
 */
import { z } from 'zod';
import { demand, NumericalError } from '../core/errors.ts';
import type { Expansion, Tracked } from '../core/model.ts';
import { checkOptions } from '../core/options.ts';
import { ask, type Planner, type Planning, type Thinking } from '../core/planner.ts';
import { type Box, readElement } from '../core/spaces.ts';
import { BackwardPass } from './backward-pass.ts';
import { shifted } from './normals.ts';
import { reachOf } from './sequences.ts';

export interface IlqrOptions {
  /** Steps looked ahead, H. */
  readonly horizon: number;
  /** Most rounds of expanding, solving and searching. */
  readonly iterations: number;
  /** Converged when a round gains less than this, relative to the return (absolute where that is below 1). */
  readonly tolerance: number;
  /** Converged when no action would change by more than this, relative to its size (absolute where that is below 1). */
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
  iterations: 100,
  tolerance: 1e-7,
  actionTolerance: 1e-6,
  regularisation: 1e-6,
  maximumRegularisation: 1e10,
  minimumRegularisation: 1e-6,
  regularisationFactor: 2,
  scales: 8,
  scaleFactor: 0.4,
};

const positive = () => z.number().gt(0);

export const ilqrOptions = z.strictObject({
  horizon: z.number().int().min(1).default(ilqrDefaults.horizon).describe('steps looked ahead'),
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
 * Why it stopped: nothing left to change or to gain (both converged); gains too small to see although the steps were
 * held back; out of rounds; nothing gained however much the steps were held back.
 */
export type IlqrStop = 'action' | 'gain' | 'held back' | 'iterations' | 'regularisation';

/** Regularisation below which a small gain means that there is little left to gain. */
const LITTLE_REGULARISATION = 1e-3;

/**
 * A planner for continuous actions in models that tell their derivatives: they answer `expand` and `track`. It draws
 * nothing. The trace tells whether it `converged` and `why` it stopped; where it has not, the plan is the best found.
 * @throws InputError listing all options that cannot be used, or where actions are discrete
 * @throws NumericalError where a derivative or an outcome is not finite, naming the step and which
 */
export function ilqr(options: Partial<IlqrOptions> = {}): Planner<Box, IlqrCarry> {
  const settings = checkOptions('ilqr', ilqrOptions, options);
  const { horizon: H, iterations, tolerance, actionTolerance } = settings;
  const scales = Array.from({ length: settings.scales }, (_, i) => settings.scaleFactor ** i);
  return {
    name: 'ilqr',
    *plan<Z>({ root, action: space, carry }: Planning<Z, Box, IlqrCarry>): Thinking<Box, IlqrCarry, Z> {
      demand(
        space.kind === 'box',
        () =>
          'ilqr: actions must be continuous, got discrete ones, which have no derivatives. Use cem or randomShooting.',
      );
      const m = space.low.length;
      demand(
        carry === undefined || carry.actions.length === H * m,
        () =>
          `ilqr: the carry must be of a plan of ${H} x ${m} numbers, got ${carry?.actions.length}. Start the episode without one.`,
      );
      let actions = firstActions(space, H, carry);
      let expansion = yield* ask.expand<Z, Box>(root, actions, H);
      checkExpansion('ilqr, before the first iteration', expansion, H, m);
      const pass = new BackwardPass(space, H, expansion.states.length / (H + 1));
      const schedule = new Regularisation(settings);
      const values = [sumOf(expansion.rewards)];
      let stop: IlqrStop = 'iterations';
      for (let i = 1; i <= iterations; i++) {
        const place = `ilqr, iteration ${i} of ${iterations}`;
        const value = values[values.length - 1];
        const little = schedule.mu <= LITTLE_REGULARISATION;
        const least = tolerance * Math.max(1, Math.abs(value));
        let best: Tracked | undefined;
        let promised = Infinity;
        if (pass.run(expansion, actions, schedule.mu)) {
          if (little && changeOf(pass.offsets, actions) < actionTolerance) {
            stop = 'action';
            break;
          }
          promised = -pass.slope - pass.curvature;
          const { offsets, gains } = pass;
          const feedback = { actions, states: expansion.states, offsets, gains };
          const tracked = yield* ask.track<Z, Box>(root, feedback, scales);
          best = bestOf(place, tracked, scales);
        }
        if (best && best.value > value) {
          actions = best.actions;
          values.push(best.value);
          expansion = yield* ask.expand<Z, Box>(root, actions, H);
          checkExpansion(place, expansion, H, m);
          schedule.lower();
          if (best.value - value >= least) continue;
          stop = little ? 'gain' : 'held back';
          break;
        }
        if (little && promised < least) {
          stop = 'gain';
          break;
        }
        if (schedule.raise()) continue;
        stop = 'regularisation';
        break;
      }
      const sequence = Float32Array.from(actions);
      return {
        action: readElement(space, sequence),
        value: values[values.length - 1],
        carry: { actions },
        trace: {
          actions: sequence,
          states: expansion.states,
          values: Float64Array.from(values),
          converged: stop === 'action' || stop === 'gain',
          why: stop,
          regularisation: schedule.mu,
        },
      };
    },
  };
}

/** How much the steps are held back: the quadratic schedule of 2012, section II-F. */
class Regularisation {
  mu: number;
  private delta = 1;
  private readonly settings: IlqrOptions;

  constructor(settings: IlqrOptions) {
    this.settings = settings;
    this.mu = settings.regularisation;
  }

  /** @returns whether it may be raised that far */
  raise(): boolean {
    const { regularisationFactor, minimumRegularisation, maximumRegularisation } = this.settings;
    this.delta = Math.max(regularisationFactor, this.delta * regularisationFactor);
    this.mu = Math.max(minimumRegularisation, this.mu * this.delta);
    return this.mu <= maximumRegularisation;
  }

  lower(): void {
    const { regularisationFactor, minimumRegularisation } = this.settings;
    this.delta = Math.min(1 / regularisationFactor, this.delta / regularisationFactor);
    const mu = this.mu * this.delta;
    this.mu = mu >= minimumRegularisation ? mu : 0;
  }
}

/** The last plan one step later, its last action twice; without one, the middle of the space. [H, m] */
function firstActions(space: Box, horizon: number, carry: IlqrCarry | undefined): Float64Array {
  const m = space.low.length;
  if (carry) return shifted(carry.actions, carry.actions.subarray(carry.actions.length - m));
  const { centre } = reachOf(space);
  // as actions are: single precision
  return Float64Array.from({ length: horizon * m }, (_, i) => Math.fround(centre[i % m]));
}

/** The greatest change of an action, relative to its size (absolute where that is below 1). */
function changeOf(offsets: Float64Array, actions: Float64Array): number {
  let most = 0;
  for (let i = 0; i < offsets.length; i++)
    most = Math.max(most, Math.abs(offsets[i]) / Math.max(1, Math.abs(actions[i])));
  return most;
}

/** The outcome of greatest value; among equals that of the greatest scale. */
function bestOf(place: string, tracked: readonly Tracked[], scales: readonly number[]): Tracked {
  demand(
    tracked.length === scales.length,
    () =>
      `${place}: the model must return one outcome for each of ${scales.length} scales, got ${tracked.length}.`,
  );
  tracked.forEach(({ value }, i) => {
    if (!Number.isFinite(value))
      throw new NumericalError(
        `${place}: the return at scale ${scales[i]} of the step must be finite, got ${value}.`,
      );
  });
  return tracked.reduce((best, one) => (one.value > best.value ? one : best));
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** @throws NumericalError naming the first step and quantity that is NaN or infinite */
function checkExpansion(place: string, expansion: Expansion, horizon: number, m: number): void {
  const n = expansion.states.length / (horizon + 1);
  const sizes: Record<keyof Expansion, number> = {
    states: n,
    rewards: 1,
    stateByState: n * n,
    stateByAction: n * m,
    rewardByState: n,
    rewardByAction: m,
    rewardByStateState: n * n,
    rewardByActionState: m * n,
    rewardByActionAction: m * m,
  };
  for (const name of Object.keys(sizes) as (keyof Expansion)[]) {
    const numbers = expansion[name];
    const steps = name === 'states' ? horizon + 1 : horizon;
    demand(
      numbers.length === steps * sizes[name],
      () =>
        `${place}: the model's ${name} must hold ${steps} x ${sizes[name]} numbers, got ${numbers.length}.`,
    );
    for (let i = 0; i < numbers.length; i++) {
      if (Number.isFinite(numbers[i])) continue;
      const step = Math.floor(i / sizes[name]);
      throw new NumericalError(
        `${place}: ${name} at step ${step} of ${horizon} must be finite, got ${numbers[i]}.`,
      );
    }
  }
}
