/**
 * A simulated state as numbers that change smoothly: positions, velocities, and where the mocap bodies are.
 *
 * What else a state holds is left out: the time, on which nothing here depends, and where the solver of contacts starts, so
 * that a state made of numbers goes on as the one that they were read from to the solver's tolerance, not to the bit.
 * Shapes: **nq** = **nv** positions and velocities, **n** = 2 nv + 3 nmocap numbers, **m** controls.
 */
import type { Coordinates, Jacobians } from '../../core/environment.ts';
import type { SimulatedEnvironment, SimulatedState } from './simulated.ts';
import type { Simulator } from './simulator.ts';

/** What the world does for its coordinates. */
interface World {
  /** The state of positions, velocities and mocap bodies that are written, over the model's own. */
  begin(write: () => void): SimulatedState;
  /** The reward of a step, both states written in this way. */
  reward(writeState: () => void, action: Float32Array, writeNext: () => void): number;
  readonly linearise: SimulatedEnvironment['linearise'];
}

/** Undefined where a state has more to it: turns in space, muscles, equalities that may be switched. */
export function coordinatesOf(simulator: Simulator, world: World): Coordinates<SimulatedState> | undefined {
  const { nq, nv, nu, nbody, nmocap } = simulator.model;
  // of an integration state: time, positions, velocities, solver's start, controls, applied forces, mocap bodies
  const mocapAt = 1 + nq + nv + nv + nu + nv + 6 * nbody;
  if (nq !== nv || simulator.stateSize !== mocapAt + 7 * nmocap) return undefined;
  const size = 2 * nv + 3 * nmocap;

  const write = (numbers: Float64Array) => {
    for (let i = 0; i < nv; i++) {
      simulator.qpos[i] = numbers[i];
      simulator.qvel[i] = numbers[nv + i];
    }
    for (let i = 0; i < 3 * nmocap; i++) simulator.mocap[i] = numbers[2 * nv + i];
  };

  return {
    size,
    read({ physics }) {
      const numbers = new Float64Array(size);
      numbers.set(physics.subarray(1, 1 + 2 * nv));
      numbers.set(physics.subarray(mocapAt, mocapAt + 3 * nmocap), 2 * nv);
      return numbers;
    },
    write: (numbers) => world.begin(() => write(numbers)),
    jacobians: (state, action) => withMocap(world.linearise(state, action), 2 * nv, 3 * nmocap),
    reward: (numbers, action, next) =>
      world.reward(
        () => write(numbers),
        action,
        () => write(next),
      ),
  };
}

/** Mocap bodies stay where they are put, and touch nothing in these worlds. */
function withMocap({ stateByState, stateByAction }: Jacobians, moving: number, still: number): Jacobians {
  if (still === 0) return { stateByState, stateByAction };
  const size = moving + still;
  const m = stateByAction.length / moving;
  const all = { stateByState: new Float64Array(size * size), stateByAction: new Float64Array(size * m) };
  all.stateByAction.set(stateByAction);
  for (let i = 0; i < size; i++) {
    if (i < moving) all.stateByState.set(stateByState.subarray(i * moving, (i + 1) * moving), i * size);
    else all.stateByState[i * size + i] = 1;
  }
  return all;
}
