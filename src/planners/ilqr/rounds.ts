/**
 * iLQR's rounds: the problem around a trajectory solved, a step towards its solution taken if it gains, held back if not.
 *
 * Tassa, Erez, Todorov, Synthesis and Stabilization of Complex Behaviors through Online Trajectory Optimization (2012),
 * section II: regularisation schedule (II-F), line search (II-D, equation 13).
 * Shapes: H steps, n numbers a state, m an action.
 */
import { demand, NumericalError } from '../../core/errors.ts';
import type { Expansion, Tracked } from '../../core/model.ts';
import { type Answer, ask, type Question } from '../../core/planner.ts';
import type { Box } from '../../core/spaces.ts';
import { reachOf } from '../sequences/candidates.ts';
import { BackwardPass } from './backward-pass.ts';
import type { IlqrOptions } from './index.ts';

/**
 * Why it stopped: nothing left to change or to gain (both converged); gains too small to see although the steps were
 * held back; out of rounds; nothing gained however much the steps were held back.
 */
export type IlqrStop = 'action' | 'gain' | 'held back' | 'iterations' | 'regularisation';

/** Regularisation below which a small gain means that there is little left to gain. */
const LITTLE_REGULARISATION = 1e-3;
/** Rounds in a row with little gain after which it stops, although the steps were held back. */
const PATIENCE = 30;

/** A sequence that was improved until it stopped. */
export interface Improved {
  readonly actions: Float64Array; // [H, m]
  readonly states: Float64Array; // [H + 1, n]
  /** The return before the first and after each round that gained. */
  readonly values: readonly number[];
  readonly why: IlqrStop;
  /** Where the regularisation ended. */
  readonly regularisation: number;
}

/**
 * Improves one sequence of actions.
 * @param name of the sequence, for errors
 */
export function* improve<Z>(
  name: string,
  root: Z,
  space: Box,
  start: Float64Array, // [H, m]
  settings: IlqrOptions,
): Generator<Question<Z, Box>, Improved, Answer<Z>> {
  const { horizon: H, iterations, tolerance, actionTolerance } = settings;
  const { half } = reachOf(space);
  const m = half.length;
  const scales = Array.from({ length: settings.scales }, (_, i) => settings.scaleFactor ** i);
  let actions = start;
  let expansion = yield* ask.expand<Z, Box>(root, actions, H);
  checkExpansion(`${name}, before the first iteration`, expansion, H, m);
  const pass = new BackwardPass(space, H, expansion.states.length / (H + 1));
  const schedule = new Regularisation(settings);
  const values = [sumOf(expansion.rewards)];
  const stopped = (why: IlqrStop): Improved => ({
    actions,
    states: expansion.states,
    values,
    why,
    regularisation: schedule.mu,
  });
  let idle = 0; // rounds in a row that gained little
  for (let i = 1; i <= iterations && idle < PATIENCE; i++) {
    const place = `${name}, iteration ${i} of ${iterations}`;
    const value = values[values.length - 1];
    const little = schedule.mu <= LITTLE_REGULARISATION;
    const least = tolerance * Math.max(1, Math.abs(value));
    const solved = pass.run(expansion, actions, schedule.mu);
    const settled = solved && changeOf(pass.offsets, actions, half) < actionTolerance;
    // a step that is small only because it is held back says nothing
    if (settled && (little || pass.run(expansion, actions, 0)))
      if (changeOf(pass.offsets, actions, half) < actionTolerance) return stopped('action');
    let best: Tracked | undefined;
    const promised = -pass.slope - pass.curvature;
    if (solved && !settled) {
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
      idle = best.value - value < least ? idle + 1 : 0;
      if (idle > 0 && little) return stopped('gain');
    } else if (solved && little && promised < least) {
      return stopped('gain');
    } else {
      idle++;
      if (!schedule.raise()) return stopped('regularisation');
    }
  }
  return stopped(idle < PATIENCE ? 'iterations' : 'held back');
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

/** The greatest change of an action, relative to its size or half its range, whichever is greater. */
function changeOf(offsets: Float64Array, actions: Float64Array, half: Float64Array): number {
  let most = 0;
  for (let i = 0; i < offsets.length; i++) {
    const size = Math.max(half[i % half.length], Math.abs(actions[i]));
    most = Math.max(most, Math.abs(offsets[i]) / size);
  }
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
