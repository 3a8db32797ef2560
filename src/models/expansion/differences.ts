/**
 * Derivatives along a trajectory by central differences in float64, from nothing but steps of the world.
 *
 * Fornberg, Generation of Finite Difference Formulas on Arbitrarily Spaced Grids (1988): through three points, also
 * where a bound makes them lie on one side. Errors: h^2 in first derivatives (h = 1.2e-4 for numbers up to 1), h in the
 * mixed second ones, about 1e-8 of the reward's size by rounding in all second ones.
 * Shapes: H steps, n numbers a state, m an action, z = (state, action).
 */
import type { Expansion } from '../../core/model.ts';
import type { Rng } from '../../core/rng.ts';
import { emptyExpansion, type SmoothWorld, stepAlong, weighReward, withoutDice } from './trajectory.ts';

/** A power of 2, so that it adds to an action's 24 bits without rounding. */
const STEP = 2 ** -13;

/** The step for a number of this size. */
function stepFor(x: number): number {
  return Math.abs(x) <= 1 ? STEP : STEP * 2 ** Math.ceil(Math.log2(Math.abs(x)));
}

/** The trajectory of H actions from one state, and what lies around it. */
export function expandByDifferences<S>(
  world: SmoothWorld<S>,
  root: S,
  actions: Float64Array, // [H, m]
  horizon: number,
): Expansion {
  const n = world.coordinates.size;
  const m = world.action.low.length;
  const expansion = emptyExpansion(world, actions, horizon);
  return withoutDice(world.name, (rng) => {
    const around = new Surroundings(world, rng);
    let state = root;
    let weight = 1;
    expansion.states.set(world.coordinates.read(root));
    for (let h = 0; h < horizon; h++) {
      const action = Float32Array.from(actions.subarray(h * m, (h + 1) * m));
      const transition = stepAlong(world, state, action, rng, () => `step ${h} of the trajectory`);
      const next = world.coordinates.read(transition.state);
      expansion.states.set(next, (h + 1) * n);
      expansion.rewards[h] = transition.reward;
      around.expand(state, action, next, transition.reward, expansion, h);
      weighReward(expansion, h, weight);
      weight *= transition.discount;
      state = transition.state;
    }
    return expansion;
  });
}

/** Tries steps around one state and action. */
class Surroundings<S> {
  private readonly world: SmoothWorld<S>;
  private readonly rng: Rng;
  private readonly n: number;
  private readonly m: number;
  /** The two points beside the middle, as distances from it, and the rewards there. [n + m] */
  private readonly near: Float64Array;
  private readonly far: Float64Array;
  private readonly nearRewards: Float64Array;
  private readonly numbers: Float64Array; // [n]

  constructor(world: SmoothWorld<S>, rng: Rng) {
    this.world = world;
    this.rng = rng;
    this.n = world.coordinates.size;
    this.m = world.action.low.length;
    this.near = new Float64Array(this.n + this.m);
    this.far = new Float64Array(this.n + this.m);
    this.nearRewards = new Float64Array(this.n + this.m);
    this.numbers = new Float64Array(this.n);
  }

  /** Fills in the derivatives of step `h`. */
  expand(
    state: S,
    action: Float32Array,
    next: Float64Array,
    reward: number,
    expansion: Expansion,
    h: number,
  ): void {
    const { world, n, m, near, far, nearRewards } = this;
    const { coordinates } = world;
    const middle = expansion.states.subarray(h * n, (h + 1) * n);
    this.choosePoints(middle, action);
    const known = coordinates.jacobians?.(state, action);
    if (known) {
      expansion.stateByState.set(known.stateByState, h * n * n);
      expansion.stateByAction.set(known.stateByAction, h * n * m);
    }
    const byNumbers = coordinates.reward !== undefined;
    for (let i = 0; i < n + m; i++) {
      const [d, e] = [near[i], far[i]];
      let first = 0;
      let second = 0;
      if (!known || !byNumbers) {
        const a = this.step(middle, action, i, d);
        const b = this.step(middle, action, i, e);
        first = a.reward;
        second = b.reward;
        if (!known) {
          const [p, q] = [coordinates.read(a.state), coordinates.read(b.state)];
          for (let k = 0; k < n; k++) {
            const slope = slopeOf(next[k], p[k], q[k], d, e);
            if (i < n) expansion.stateByState[(h * n + k) * n + i] = slope;
            else expansion.stateByAction[(h * n + k) * m + i - n] = slope;
          }
        }
      }
      if (byNumbers) {
        first = this.rewardAt(expansion, h, action, next, i, d);
        second = this.rewardAt(expansion, h, action, next, i, e);
      }
      nearRewards[i] = first;
      const slope = slopeOf(reward, first, second, d, e);
      const bend = (2 * ((first - reward) * e - (second - reward) * d)) / (d * e * (d - e));
      if (i < n) {
        expansion.rewardByState[h * n + i] = slope;
        expansion.rewardByStateState[(h * n + i) * n + i] = bend;
      } else {
        expansion.rewardByAction[h * m + i - n] = slope;
        expansion.rewardByActionAction[(h * m + i - n) * m + i - n] = bend;
      }
    }
    for (let i = 0; i < n + m; i++)
      for (let j = 0; j < i; j++) {
        const both = byNumbers
          ? this.rewardAt(expansion, h, action, next, i, near[i], j, near[j])
          : this.step(middle, action, i, near[i], j, near[j]).reward;
        const bend = (both - nearRewards[i] - nearRewards[j] + reward) / (near[i] * near[j]);
        if (i < n) {
          expansion.rewardByStateState[(h * n + i) * n + j] = bend;
          expansion.rewardByStateState[(h * n + j) * n + i] = bend;
        } else if (j < n) {
          expansion.rewardByActionState[(h * m + i - n) * n + j] = bend;
        } else {
          expansion.rewardByActionAction[(h * m + i - n) * m + j - n] = bend;
          expansion.rewardByActionAction[(h * m + j - n) * m + i - n] = bend;
        }
      }
  }

  /** Either side of each number; on one side, the nearer first, where a bound leaves no room. */
  private choosePoints(middle: Float64Array, action: Float32Array): void {
    const { n, m, near, far } = this;
    const { low, high } = this.world.action;
    for (let i = 0; i < n; i++) {
      const step = stepFor(middle[i]);
      near[i] = middle[i] + step - middle[i];
      far[i] = middle[i] - step - middle[i];
    }
    for (let a = 0; a < m; a++) {
      const step = Math.min(stepFor(action[a]), (high[a] - low[a]) / 2);
      const up = action[a] + step <= high[a];
      const down = action[a] - step >= low[a];
      const side = up ? 1 : -1;
      near[n + a] = Math.fround(action[a] + side * step) - action[a];
      far[n + a] = Math.fround(action[a] + side * (up && down ? -1 : 2) * step) - action[a];
    }
  }

  /** One step from beside the middle: number `i` of z moved by `d`, and `j` by `e`. */
  private step(middle: Float64Array, action: Float32Array, i: number, d: number, j = -1, e = 0) {
    const { world, rng, n, numbers } = this;
    numbers.set(middle);
    if (i < n) numbers[i] += d;
    if (j >= 0 && j < n) numbers[j] += e;
    let moved = action;
    if (i >= n) {
      moved = action.slice();
      moved[i - n] += d;
      if (j >= n) moved[j - n] += e;
    }
    return world.step(world.coordinates.write(numbers), moved, rng);
  }

  /** The world's reward by numbers, the next state moved as its first derivatives say. */
  private rewardAt(
    { states, stateByState, stateByAction }: Expansion,
    h: number,
    action: Float32Array,
    next: Float64Array,
    ...moves: number[] // places in z, each with a distance
  ): number {
    const { world, n, m } = this;
    const before = states.slice(h * n, (h + 1) * n);
    const moved = action.slice();
    const after = next.slice();
    for (let at = 0; at < moves.length; at += 2) {
      const [i, d] = [moves[at], moves[at + 1]];
      if (i < n) before[i] += d;
      else moved[i - n] += d;
      for (let k = 0; k < n; k++)
        after[k] += d * (i < n ? stateByState[(h * n + k) * n + i] : stateByAction[(h * n + k) * m + i - n]);
    }
    return world.coordinates.reward!(before, moved, after);
  }
}

/** The first derivative of the parabola through f(0), f(d), f(e). */
function slopeOf(zero: number, atD: number, atE: number, d: number, e: number): number {
  return ((atE - zero) * d * d - (atD - zero) * e * e) / (d * e * (d - e));
}
