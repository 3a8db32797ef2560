/**
 * How a simulated world's next state depends on its state and action, by centred differences over a whole decision.
 *
 * Differs from MuJoCo's mjd_transitionFD: that does a single simulator step at a time and knows no Runge-Kutta.
 * Shapes: **nv** velocities, **n** = 2 nv numbers of a state in tangent space (positions, then velocities), **m** controls.
 */
import type { Jacobians } from '../../core/environment.ts';
import { demandFinite } from '../../core/errors.ts';
import type { Box } from '../../core/spaces.ts';
import type { Simulator } from './simulator.ts';

/** Half the distance between two evaluations. */
const STEP = 1e-6;

/** `physics` is a saved state. Leaves the simulator in another one. */
export function linearise(
  simulator: Simulator,
  physics: Float64Array,
  action: ArrayLike<number>,
  space: Box,
): Jacobians {
  const { model, mujoco } = simulator;
  const { nq, nv } = model;
  const n = 2 * nv;
  const m = action.length;
  const stateByState = new Float64Array(n * n);
  const stateByAction = new Float64Array(n * m);
  const control = Float64Array.from(action);
  for (let j = 0; j < m; j++) control[j] = Math.min(space.high[j], Math.max(space.low[j], control[j]));
  const low = { qpos: new Float64Array(nq), qvel: new Float64Array(nv) };
  const high = { qpos: new Float64Array(nq), qvel: new Float64Array(nv) };
  const nudge = new Float64Array(nv);
  const place = new mujoco.DoubleBuffer(nq);
  const apart = new mujoco.DoubleBuffer(nv);
  simulator.attach();

  /** Where the world goes with one number changed. */
  const go = (change: () => void, to: typeof low) => {
    simulator.restore(physics);
    change();
    simulator.advance(control);
    to.qpos.set(simulator.qpos);
    to.qvel.set(simulator.qvel);
  };
  const writeColumn = (out: Float64Array, columns: number, j: number, distance: number) => {
    mujoco.mj_differentiatePos(model, apart, distance, low.qpos, high.qpos);
    const rates = apart.GetView();
    for (let i = 0; i < nv; i++) {
      out[i * columns + j] = rates[i];
      out[(nv + i) * columns + j] = (high.qvel[i] - low.qvel[i]) / distance;
    }
  };

  for (let j = 0; j < nv; j++) {
    const move = (by: number) => () => {
      nudge.fill(0);
      nudge[j] = by;
      place.GetView().set(simulator.qpos);
      mujoco.mj_integratePos(model, place, nudge, 1);
      simulator.qpos.set(place.GetView());
    };
    go(move(-STEP), low);
    go(move(STEP), high);
    writeColumn(stateByState, n, j, 2 * STEP);
  }
  for (let j = 0; j < nv; j++) {
    const push = (by: number) => () => {
      simulator.qvel[j] += by;
    };
    go(push(-STEP), low);
    go(push(STEP), high);
    writeColumn(stateByState, n, nv + j, 2 * STEP);
  }
  for (let j = 0; j < m; j++) {
    // what lies outside the bounds has no effect: at a bound only the difference inwards is one
    const at = control[j];
    const [least, most] = [Math.max(space.low[j], at - STEP), Math.min(space.high[j], at + STEP)];
    control[j] = least;
    go(() => {}, low);
    control[j] = most;
    go(() => {}, high);
    control[j] = at;
    writeColumn(stateByAction, m, j, most - least);
  }
  place.delete();
  apart.delete();
  demandFinite(stateByState, 'linearise: how the next state depends on the state');
  demandFinite(stateByAction, 'linearise: how the next state depends on the action');
  return { stateByState, stateByAction };
}
