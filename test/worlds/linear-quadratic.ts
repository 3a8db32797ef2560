/**
 * Random linear worlds with quadratic costs, and the best that can be done in them: Riccati's equation (Bertsekas,
 * Dynamic Programming and Optimal Control, volume 1, section 3.1; Anderson and Moore, Optimal Control: Linear Quadratic
 * Methods, chapter 2).
 *
 * Shapes: n numbers a state, m an action, matrices row-major.
 */
import { numpy as np } from '@jax-js/jax';
import { type Box, box, type Environment, Rng } from '../../src/core/index.ts';
import type { TracedDynamics } from '../../src/engine/rules.ts';

/** x' = F x + G u and the reward -(x' Q x + u' R u + 2 u' N x) of the state before the step, Q and R diagonal. */
export interface LinearQuadratic {
  readonly n: number;
  readonly m: number;
  readonly F: Float64Array; // [n, n]
  readonly G: Float64Array; // [n, m]
  readonly Q: Float64Array; // [n]
  readonly R: Float64Array; // [m]
  readonly N: Float64Array; // [m, n]
  /** Where an episode begins. */
  readonly start: Float64Array; // [n]
  /** Actions lie within ± this: the best controller never asks for more than a third of it. */
  readonly limit: number;
  /** Decisions of an episode. */
  readonly steps: number;
}

/** The best actions at each step and what is to be lost from there: u = -gains[t] x, -x' costs[t] x. */
export interface Riccati {
  readonly gains: readonly Float64Array[]; // steps of [m, n]
  readonly costs: readonly Float64Array[]; // steps + 1 of [n, n]
}

/**
 * One of many random problems: n from 1 to 12, m from 1 to 3, eigenvalues of F around 0.9, within a circle of about 0.3.
 * @param crossing how much what an action costs depends on the state, from 0 to 1: below 1 costs are convex
 */
export function randomLinearQuadratic(seed: number, steps = 10, crossing = 0): LinearQuadratic {
  const rng = Rng.from('linear-quadratic').fork(seed);
  const n = 1 + rng.integer(12);
  const m = 1 + rng.integer(Math.min(3, n));
  // slow to come to rest, if at all, so that doing nothing is dear
  const mixture = rng.fillNormal(new Float64Array(n * n));
  const size = Math.sqrt(n);
  const F = mixture.map((x, i) => (0.3 * x) / size + (i % (n + 1) === 0 ? 0.9 : 0));
  const G = rng.fillNormal(new Float64Array(n * m)).map((x) => x / size);
  const Q = rng.fillUniform(new Float64Array(n)).map((x) => 0.5 + x);
  const R = rng.fillUniform(new Float64Array(m)).map((x) => 0.05 + 0.2 * x);
  const start = rng.fillNormal(new Float64Array(n));
  // R^-1/2 N Q^-1/2 is no longer than `crossing`, the root of the sum of its squares
  const N = rng.fillUniform(new Float64Array(m * n)).map((x, i) => {
    const [a, j] = [Math.floor(i / n), i % n];
    return (2 * x - 1) * crossing * Math.sqrt((Q[j] * R[a]) / (n * m));
  });
  const problem = { n, m, F, G, Q, R, N, start, limit: 1, steps };
  const most = Math.max(...bestPlan(problem).actions.map(Math.abs));
  return { ...problem, limit: 3 * most };
}

/** Riccati's equation, backwards from a last state that costs nothing (or `last` [n, n]). */
export function riccati(
  { n, m, F, G, Q, R, N }: LinearQuadratic,
  steps: number,
  last: Float64Array = new Float64Array(n * n),
): Riccati {
  const gains: Float64Array[] = [];
  const costs: Float64Array[] = [last];
  for (let t = 0; t < steps; t++) {
    const P = costs[0];
    const PF = product(P, F, n, n, n);
    const PG = product(P, G, n, n, m);
    const weight = product(transposed(G, n, m), PG, m, n, m); // R + G' P G
    for (let a = 0; a < m; a++) weight[a * m + a] += R[a];
    const pull = product(transposed(G, n, m), PF, m, n, n).map((x, i) => x + N[i]); // G' P F + N
    const gain = solved(weight, pull, m, n);
    const next = product(transposed(F, n, n), PF, n, n, n); // Q + F' P F - (G' P F + N)' gain
    const saved = product(transposed(pull, m, n), gain, n, m, n);
    for (let i = 0; i < n * n; i++) next[i] -= saved[i];
    for (let i = 0; i < n; i++) next[i * n + i] += Q[i];
    // rounding makes it a little lopsided, and unstable worlds let that grow
    const mirrored = transposed(next, n, n);
    for (let i = 0; i < n * n; i++) next[i] = (next[i] + mirrored[i]) / 2;
    gains.unshift(gain);
    costs.unshift(next);
  }
  return { gains, costs };
}

/** The best actions from the start, and the return of following them. */
export function bestPlan(problem: LinearQuadratic): {
  actions: Float64Array /* [steps, m] */;
  value: number;
} {
  const { n, m, start, steps } = problem;
  const { gains, costs } = riccati(problem, steps);
  const actions = new Float64Array(steps * m);
  let x = start;
  for (let t = 0; t < steps; t++) {
    const u = product(gains[t], x, m, n, 1).map((a) => -a);
    actions.set(u, t * m);
    x = stepped(problem, x, u);
  }
  return { actions, value: -quadratic(costs[0], start) };
}

/** The problem as a world. Its state is its coordinates. */
export function linearQuadraticWorld(problem: LinearQuadratic): Environment<Float64Array, Box> {
  const { n, m, start, limit, steps } = problem;
  const step = (x: Float64Array, u: Float32Array) => ({
    state: stepped(problem, x, u),
    reward: -costOf(problem, x, u),
    discount: 1,
  });
  return {
    name: 'linear-quadratic',
    observation: box(-Infinity, Infinity, [n]),
    action: box(-limit, limit, [m]),
    maxSteps: steps,
    reset: () => start,
    step,
    rollout: { equals: step, run: (x, actions, horizon) => rollout(problem, x, actions, horizon) },
    observe: (x) => Float32Array.from(x),
    coordinates: { size: n, read: (x) => x.slice(), write: (x) => x.slice() },
  };
}

/** x' Q x + u' R u + 2 u' N x. */
function costOf({ n, m, Q, R, N }: LinearQuadratic, x: Float64Array, u: Float32Array): number {
  let cost = 0;
  for (let i = 0; i < n; i++) cost += Q[i] * x[i] * x[i];
  for (let a = 0; a < m; a++) {
    let slope = R[a] * u[a];
    for (let i = 0; i < n; i++) slope += 2 * N[a * n + i] * x[i];
    cost += u[a] * slope;
  }
  return cost;
}

/** Repeated steps without an array each: millions are taken. */
function rollout(problem: LinearQuadratic, root: Float64Array, actions: Float32Array, horizon: number) {
  const { n, m } = problem;
  const returns = new Float32Array(actions.length / (horizon * m));
  const u = new Float32Array(m);
  let x = new Float64Array(n);
  let next = new Float64Array(n);
  for (let k = 0; k < returns.length; k++) {
    x.set(root);
    for (let h = 0; h < horizon; h++) {
      for (let a = 0; a < m; a++) u[a] = actions[(k * horizon + h) * m + a];
      returns[k] -= Math.fround(costOf(problem, x, u));
      stepped(problem, x, u, next);
      [x, next] = [next, x];
    }
  }
  return returns;
}

/** Its traced dynamics. */
export function linearQuadraticDynamics({ n, m, F, G, Q, R, N }: LinearQuadratic): TracedDynamics {
  const matrix = (x: Float64Array, rows: number, columns: number) =>
    np.array([...transposed(x, rows, columns)]).reshape([columns, rows]);
  return (state, action) => {
    const next = np.matmul(state, matrix(F, n, n)).add(np.matmul(action, matrix(G, n, m)));
    const cost = np
      .sum(state.mul(state).mul(np.array([...Q])), -1)
      .add(np.sum(action.mul(action).mul(np.array([...R])), -1))
      .add(
        np.sum(
          np
            .matmul(state, matrix(N, m, n))
            .mul(action)
            .mul(2),
          -1,
        ),
      );
    return { next, reward: cost.neg() };
  };
}

/** x' P x. */
export function quadratic(P: ArrayLike<number>, x: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++)
    for (let j = 0; j < x.length; j++) sum += x[i] * P[i * x.length + j] * x[j];
  return sum;
}

/** F x + G u. */
function stepped(
  { n, m, F, G }: LinearQuadratic,
  x: Float64Array,
  u: ArrayLike<number>,
  next = new Float64Array(n),
): Float64Array {
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += F[i * n + j] * x[j];
    for (let a = 0; a < m; a++) sum += G[i * m + a] * u[a];
    next[i] = sum;
  }
  return next;
}

/** [r, s] times [s, t] -> [r, t] */
function product(X: Float64Array, Y: Float64Array, r: number, s: number, t: number): Float64Array {
  const out = new Float64Array(r * t);
  for (let i = 0; i < r; i++)
    for (let k = 0; k < s; k++) for (let j = 0; j < t; j++) out[i * t + j] += X[i * s + k] * Y[k * t + j];
  return out;
}

/** [r, s] -> [s, r] */
function transposed(X: Float64Array, r: number, s: number): Float64Array {
  return Float64Array.from({ length: r * s }, (_, i) => X[(i % r) * s + Math.floor(i / r)]);
}

/** W^-1 Y by elimination; W symmetric and positive definite, so no pivots are sought. [m, m], [m, n] -> [m, n] */
function solved(W: Float64Array, Y: Float64Array, m: number, n: number): Float64Array {
  const [w, y] = [W.slice(), Y.slice()];
  for (let pivot = 0; pivot < m; pivot++) {
    for (let row = 0; row < m; row++) {
      if (row === pivot) continue;
      const factor = w[row * m + pivot] / w[pivot * m + pivot];
      for (let j = pivot; j < m; j++) w[row * m + j] -= factor * w[pivot * m + j];
      for (let j = 0; j < n; j++) y[row * n + j] -= factor * y[pivot * n + j];
    }
  }
  return y.map((value, i) => value / w[Math.floor(i / n) * (m + 1)]);
}
