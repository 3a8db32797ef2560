/**
 * A world in the MuJoCo simulator, as a pure Environment: a state is plain numbers, any state can be gone on from, and
 * the same state and action lead to the same bits.
 *
 * Shapes: **K** candidates, **H** horizon, **A** numbers in an action, **D** numbers in an observation.
 */
import type { Environment, Jacobians, OwnRollout, Transition } from '../../core/environment.ts';
import { demand, demandFinite, NumericalError } from '../../core/errors.ts';
import type { Picture } from '../../core/picture.ts';
import type { Rng } from '../../core/rng.ts';
import { type Box, box } from '../../core/spaces.ts';
import { coordinatesOf } from './coordinates.ts';
import { drawGeoms, type Vista } from './drawing.ts';
import { linearise } from './linearise.ts';
import { type Mujoco, Simulator } from './simulator.ts';

/** All there is to a moment of a simulated world. */
export interface SimulatedState {
  /** MuJoCo's integration state: time, positions, velocities, the solver's start, applied forces. */
  readonly physics: Float64Array;
  /** What the world's rules read off the simulator then: the observation's D numbers first, then what rewards need. */
  readonly sensed: Float64Array;
}

/** What makes a model a task. `sensed` is as in {@link SimulatedState}. */
export interface SimulatedRules {
  readonly name: string;
  readonly mjcf: string;
  /** Simulator steps a decision. */
  readonly frameSkip: number;
  readonly maxSteps: number;
  /** Numbers in an observation; they are not bounded. */
  readonly observation: number;
  readonly action: Box;
  /** `joints`: `sense` looks at qpos, qvel, mocap and sensors of touch alone. `bodies`: at anything. */
  readonly reads: 'joints' | 'bodies';
  /** How many numbers `sense` writes. */
  readonly sensed: number;
  sense(simulator: Simulator, out: Float64Array): void;
  /** Writes the first positions and velocities over the model's own. */
  begin(simulator: Simulator, rng: Rng): void;
  reward(sensed: Float64Array, action: Float32Array, next: Float64Array): number;
  /** Whether the episode ends where this is sensed. Absent: never. */
  ended?(next: Float64Array): boolean;
  /** Writes positions and velocities that look like `observation`, where it determines them. */
  place?(simulator: Simulator, observation: Float32Array): void;
  /** Elements of an observation that no position and velocity determine, such as touch: they are taken as given. */
  readonly given?: readonly number[];
  readonly vista: Vista;
}

/** A world that can also be rolled out without states, and linearised. */
export interface SimulatedEnvironment extends Environment<SimulatedState, Box> {
  /** Makes no state on the way: what is sensed goes to two arrays in turn. */
  readonly rollout: OwnRollout<SimulatedState>;
  /** How the next state depends on this state and the action, in MuJoCo's tangent space. */
  linearise(state: SimulatedState, action: Float32Array): Jacobians;
  /** The one simulator behind this world. Whatever is done with it, no state that was handed out changes. */
  readonly simulator: Simulator;
}

/** A world of these rules, with a simulator of its own. */
export function simulated(mujoco: Mujoco, rules: SimulatedRules): SimulatedEnvironment {
  const { name, observation: D, action: actions } = rules;
  const simulator = new Simulator(mujoco, rules.mjcf, rules);
  const A = actions.low.length;
  demand(
    simulator.model.nu === A,
    () => `${name}: the action must have one number for each of ${simulator.model.nu} controls, got ${A}.`,
  );
  /** The state that the simulator is in, if any: going on from it needs no restoring. */
  let current: SimulatedState | undefined;
  const whereStepped = `${name}: what is sensed after a step`;
  const clipped = new Float32Array(A);

  const sense = () => {
    const sensed = new Float64Array(rules.sensed);
    rules.sense(simulator, sensed);
    return sensed;
  };
  const enter = (state: SimulatedState) => {
    simulator.attach();
    if (state !== current) simulator.restore(state.physics);
    current = undefined;
  };
  /** Into `clipped`: the action inside its bounds. */
  const clip = (from: Float32Array, offset: number) => {
    for (let i = 0; i < A; i++) {
      const value = from[offset + i];
      // MuJoCo would take a NaN for 0, without a word
      if (Number.isNaN(value))
        throw new NumericalError(`${name}: an action must be numbers, got NaN at element ${i}.`);
      clipped[i] = Math.max(actions.low[i], Math.min(actions.high[i], value));
    }
  };
  const begin = (write: () => void): SimulatedState => {
    simulator.attach();
    current = undefined;
    simulator.reset();
    write();
    simulator.settle();
    const state = { physics: simulator.save(), sensed: sense() };
    demandFinite(state.sensed, `${name}: what is sensed at first`);
    return state;
  };

  const step = (state: SimulatedState, action: Float32Array): Transition<SimulatedState> => {
    enter(state);
    clip(action, 0);
    simulator.advance(clipped);
    const next = { physics: simulator.save(), sensed: sense() };
    demandFinite(next.sensed, whereStepped);
    current = next;
    return {
      state: next,
      reward: rules.reward(state.sensed, clipped, next.sensed),
      discount: rules.ended?.(next.sensed) ? 0 : 1,
    };
  };

  const rollout = (
    root: SimulatedState,
    sequences: Float32Array, // [K, H, A]
    horizon: number,
    times = 1,
  ): Float32Array => {
    const K = sequences.length / (horizon * A);
    const returns = new Float32Array(K);
    let before = new Float64Array(rules.sensed);
    let after = new Float64Array(rules.sensed);
    for (let k = 0; k < K; k++) {
      enter(root);
      before.set(root.sensed);
      let total = 0;
      let ended = false;
      for (let h = 0; h < horizon && !ended; h++) {
        clip(sequences, (k * horizon + h) * A);
        let reward = 0;
        for (let i = 0; i < times && !ended; i++) {
          simulator.advance(clipped);
          rules.sense(simulator, after);
          reward += rules.reward(before, clipped, after);
          ended = rules.ended?.(after) ?? false;
          [before, after] = [after, before];
        }
        if (!Number.isFinite(reward)) {
          throw new NumericalError(
            `${name}: in imagination the reward must be finite, got ${reward} at step ${h} of candidate ${k} of ${K} after action [${clipped.join(', ')}].`,
          );
        }
        total = Math.fround(total + Math.fround(reward));
      }
      returns[k] = total;
    }
    return returns;
  };

  const senseAt = (write: () => void, out: Float64Array) => {
    write();
    simulator.look();
    rules.sense(simulator, out);
  };
  const [sensedBefore, sensedAfter] = [new Float64Array(rules.sensed), new Float64Array(rules.sensed)];
  const lineariseAt: SimulatedEnvironment['linearise'] = (state, action) => {
    simulator.attach();
    current = undefined;
    return linearise(simulator, state.physics, action, actions);
  };

  const world: SimulatedEnvironment = {
    name,
    observation: box(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, [D]),
    action: actions,
    maxSteps: rules.maxSteps,
    simulator,
    reset(rng) {
      const state = begin(() => rules.begin(simulator, rng));
      current = state;
      return state;
    },
    step,
    observe: ({ sensed }) => Float32Array.from(sensed.subarray(0, D)),
    picture(state): Picture {
      enter(state);
      simulator.place();
      return drawGeoms(simulator, rules.vista);
    },
    rollout: { equals: step, run: rollout },
    linearise: lineariseAt,
    coordinates: coordinatesOf(simulator, {
      begin,
      reward(writeState, action, writeNext) {
        simulator.attach();
        current = undefined;
        senseAt(writeState, sensedBefore);
        senseAt(writeNext, sensedAfter);
        clip(action, 0);
        return rules.reward(sensedBefore, clipped, sensedAfter);
      },
      linearise: lineariseAt,
    }),
  };
  const { place, given = [] } = rules;
  if (place) {
    world.stateFrom = (seen) => {
      const state = begin(() => place(simulator, seen));
      for (const i of given) state.sensed[i] = seen[i];
      return state;
    };
  }
  return world;
}
