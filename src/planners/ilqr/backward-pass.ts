/**
 * The backward pass of iLQR: from the last step to the first, the best change of the action and how it answers a change
 * of the state, to second order in what is lost.
 *
 * Tassa, Erez, Todorov, Synthesis and Stabilization of Complex Behaviors through Online Trajectory Optimization (2012),
 * section II, equations 5, 6 and 11, without second derivatives of the dynamics; bounds by Tassa, Mansard, Todorov,
 * Control-Limited Differential Dynamic Programming (2014), section III-C: gains of actions held by a bound are 0.
 * Shapes: H steps, n numbers a state, m an action. Costs are negative rewards.
 */
import type { Expansion } from '../../core/model.ts';
import type { Box } from '../../core/spaces.ts';
import { choleskySolve } from '../../math/cholesky.ts';
import { reachOf } from '../sequences/candidates.ts';
import { BoxQp } from './box-qp.ts';

/** Arrays for problems of one size; what it found is there until the next pass. */
export class BackwardPass {
  readonly offsets: Float64Array; // k [H, m]
  readonly gains: Float64Array; // K [H, m, n]
  /** What scaling the offsets by s promises to lose less: s slope + s^2 curvature. Both count costs: slope is below 0. */
  slope = 0;
  curvature = 0;
  private readonly low: Float64Array; // [m]
  private readonly high: Float64Array; // [m]
  /** What the regularisation weighs each action with: 1 over the square of half its range. [m] */
  private readonly weights: Float64Array;
  private readonly program: BoxQp;
  private readonly scratch: Scratch;
  private readonly space: Box;
  private readonly n: number;

  constructor(space: Box, horizon: number, n: number) {
    const m = space.low.length;
    const array = (...sizes: number[]) => new Float64Array(sizes.reduce((a, b) => a * b, 1));
    this.space = space;
    this.n = n;
    this.offsets = array(horizon, m);
    this.gains = array(horizon, m, n);
    this.low = array(m);
    this.high = array(m);
    this.weights = reachOf(space).half.map((half) => 1 / half ** 2);
    this.program = new BoxQp(m);
    this.scratch = {
      valueByState: array(n),
      valueByStateState: array(n, n),
      products: array(n, n + m),
      byState: array(n),
      byAction: array(m),
      byStateState: array(n, n),
      byActionState: array(m, n),
      byActionAction: array(m, m),
      regularised: array(m, m),
    };
  }

  /**
   * Fills offsets and gains.
   * @param actions the trajectory's [H, m]
   * @param regularisation mu
   * @returns false where a step's cost has no minimum over its action: try again with more regularisation
   */
  run(expansion: Expansion, actions: Float64Array, regularisation: number): boolean {
    const { n, low, high, weights, program, offsets, space, scratch } = this;
    const { byAction, byActionAction, regularised, valueByState, valueByStateState } = scratch;
    const m = low.length;
    valueByState.fill(0);
    valueByStateState.fill(0);
    program.x.fill(0);
    this.slope = 0;
    this.curvature = 0;
    for (let h = offsets.length / m - 1; h >= 0; h--) {
      lookAhead(scratch, expansion, h, n, m);
      regularised.set(byActionAction);
      for (let a = 0; a < m; a++) {
        regularised[a * m + a] += regularisation * weights[a];
        low[a] = space.low[a] - actions[h * m + a];
        high[a] = space.high[a] - actions[h * m + a];
      }
      // begins from the offsets of the step after it
      if (!program.solve(regularised, byAction, low, high)) return false;
      offsets.set(program.x, h * m);
      this.fillGains(h);
      this.lookBack(h);
    }
    return true;
  }

  /** K = -Quu^-1 Qux among free actions; 0 in the rest. */
  private fillGains(h: number): void {
    const { n, gains, program, scratch } = this;
    const { free, freeCount, factor } = program;
    const m = free.length;
    const from = h * m * n;
    gains.fill(0, from, from + m * n);
    // solved in the first rows, and moved to their own from the last on
    for (let a = 0; a < freeCount; a++)
      for (let i = 0; i < n; i++) gains[from + a * n + i] = -scratch.byActionState[free[a] * n + i];
    for (let i = 0; i < n; i++) choleskySolve(factor, gains, freeCount, from + i, n);
    for (let a = freeCount - 1; a >= 0; a--) {
      if (free[a] === a) continue;
      gains.copyWithin(from + free[a] * n, from + a * n, from + (a + 1) * n);
      gains.fill(0, from + a * n, from + (a + 1) * n);
    }
  }

  /** The value's derivatives at step h, from those of its Q (equations 11b, 11c), and what the offsets promise (11a). */
  private lookBack(h: number): void {
    const { n, offsets, gains, scratch } = this;
    const { byState, byAction, byStateState, byActionState, byActionAction } = scratch;
    const { valueByState, valueByStateState } = scratch;
    const m = byAction.length;
    valueByState.set(byState);
    valueByStateState.set(byStateState);
    for (let a = 0; a < m; a++) {
      const offset = offsets[h * m + a];
      let force = 0; // (Quu k)_a
      for (let b = 0; b < m; b++) force += byActionAction[a * m + b] * offsets[h * m + b];
      this.slope += offset * byAction[a];
      this.curvature += 0.5 * offset * force;
      const row = (h * m + a) * n;
      for (let i = 0; i < n; i++) {
        valueByState[i] += gains[row + i] * (force + byAction[a]) + byActionState[a * n + i] * offset;
        // (Quu K + 2 Qux)' K, made symmetric below
        let bent = 2 * byActionState[a * n + i];
        for (let b = 0; b < m; b++) bent += byActionAction[a * m + b] * gains[(h * m + b) * n + i];
        for (let j = 0; j < n; j++) valueByStateState[i * n + j] += bent * gains[row + j];
      }
    }
    for (let i = 0; i < n; i++)
      for (let j = 0; j < i; j++) {
        const mean = 0.5 * (valueByStateState[i * n + j] + valueByStateState[j * n + i]);
        valueByStateState[i * n + j] = mean;
        valueByStateState[j * n + i] = mean;
      }
  }
}

interface Scratch {
  readonly valueByState: Float64Array; // V'x [n]
  readonly valueByStateState: Float64Array; // V'xx [n, n]
  readonly products: Float64Array; // V'xx (fx, fu) [n, n + m]
  readonly byState: Float64Array; // Qx [n]
  readonly byAction: Float64Array; // Qu [m]
  readonly byStateState: Float64Array; // Qxx [n, n]
  readonly byActionState: Float64Array; // Qux [m, n]
  readonly byActionAction: Float64Array; // Quu [m, m]
  readonly regularised: Float64Array; // [m, m]
}

/** The derivatives of Q at step h: the step's cost and the value of where it leads (equations 5a to 5e). */
function lookAhead(scratch: Scratch, expansion: Expansion, h: number, n: number, m: number): void {
  const { valueByState, valueByStateState, products } = scratch;
  const { byState, byAction, byStateState, byActionState, byActionAction } = scratch;
  const { stateByState, stateByAction } = expansion;
  const width = n + m;
  const fx = h * n * n;
  const fu = h * n * m;
  products.fill(0);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) {
      const bend = valueByStateState[i * n + k];
      if (bend === 0) continue;
      for (let j = 0; j < n; j++) products[i * width + j] += bend * stateByState[fx + k * n + j];
      for (let b = 0; b < m; b++) products[i * width + n + b] += bend * stateByAction[fu + k * m + b];
    }
  for (let i = 0; i < n; i++) {
    let first = -expansion.rewardByState[h * n + i];
    for (let k = 0; k < n; k++) first += stateByState[fx + k * n + i] * valueByState[k];
    byState[i] = first;
    for (let j = 0; j < n; j++) {
      let second = -expansion.rewardByStateState[(h * n + i) * n + j];
      for (let k = 0; k < n; k++) second += stateByState[fx + k * n + i] * products[k * width + j];
      byStateState[i * n + j] = second;
    }
  }
  for (let a = 0; a < m; a++) {
    let first = -expansion.rewardByAction[h * m + a];
    for (let k = 0; k < n; k++) first += stateByAction[fu + k * m + a] * valueByState[k];
    byAction[a] = first;
    for (let j = 0; j < n; j++) {
      let second = -expansion.rewardByActionState[(h * m + a) * n + j];
      for (let k = 0; k < n; k++) second += stateByAction[fu + k * m + a] * products[k * width + j];
      byActionState[a * n + j] = second;
    }
    for (let b = 0; b < m; b++) {
      let second = -expansion.rewardByActionAction[(h * m + a) * m + b];
      for (let k = 0; k < n; k++) second += stateByAction[fu + k * m + a] * products[k * width + n + b];
      byActionAction[a * m + b] = second;
    }
  }
}
