import { describe, expect, it } from 'vitest';
import { Rng } from '../../core/rng.ts';
import { box, sample } from '../../core/spaces.ts';
import { cheetahRun, hopper, pendulumSwingup } from './index.ts';
import { mjcf, tag } from './mjcf.ts';
import { type SimulatedEnvironment, simulated } from './simulated.ts';
import { loadMujoco, type MujocoBuffer, type MujocoData, type MujocoModel } from './simulator.ts';

describe('linearise', () => {
  it('of a pendulum is what its equation of motion says', async () => {
    const world = await pendulumSwingup();
    // I θ'' = m g l sin θ - b θ' + u; Euler with the damping implicit:
    // ω' = (I ω + h (m g l sin θ + u)) / (I + h b), θ' = θ + h ω'
    const [m, g, l, b, h] = [1, 9.81, 0.5, 0.1, 0.02];
    const I = m * l * l + 0.4 * m * 0.05 ** 2; // a ball of radius 0.05 about the hinge
    const angle = 0.7;
    const state = world.stateFrom!(Float32Array.of(Math.cos(angle), Math.sin(angle), -1.5));
    const toVelocity = [(h * m * g * l * Math.cos(angle)) / (I + h * b), I / (I + h * b)];
    const { stateByState: A, stateByAction: B } = world.linearise(state, Float32Array.of(0.3));
    const expected = [1 + h * toVelocity[0], h * toVelocity[1], ...toVelocity];
    for (const [i, value] of expected.entries()) expect(A[i]).toBeCloseTo(value, 6);
    const push = h / (I + h * b);
    expect(B[0]).toBeCloseTo(h * push, 7);
    expect(B[1]).toBeCloseTo(push, 6);
    // at its bound and beyond, the action counts as it does inwards
    for (const action of [1, -1, 5])
      expect(world.linearise(state, Float32Array.of(action)).stateByAction[1]).toBeCloseTo(push, 6);
  });

  it("agrees with MuJoCo's own differences, in contact", async () => {
    const world = await cheetahRun();
    let state = world.reset(Rng.from(3));
    for (let t = 0; t < 20; t++)
      state = world.step(state, sample(world.action, Rng.from(t)), Rng.from(0)).state;
    const action = Float32Array.of(0.5, -0.5, 0.2, 0.1, -0.8, 0.3);
    const { stateByState: A, stateByAction: B } = world.linearise(state, action);
    const { simulator } = world;
    simulator.restore(state.physics);
    simulator.ctrl.set(action);
    const mujoco = simulator.mujoco as unknown as {
      DoubleBuffer: new (size: number) => MujocoBuffer;
      mjd_transitionFD(
        model: MujocoModel,
        data: MujocoData,
        step: number,
        centred: boolean,
        A: MujocoBuffer,
        B: MujocoBuffer,
        C: null,
        D: null,
      ): void;
    };
    const [theirA, theirB] = [new mujoco.DoubleBuffer(18 * 18), new mujoco.DoubleBuffer(18 * 6)];
    mujoco.mjd_transitionFD(simulator.model, simulator.data, 1e-6, true, theirA, theirB, null, null);
    expect(simulator.data.ncon).toBeGreaterThan(0);
    const largest = Math.max(...A.map(Math.abs));
    const worst = (ours: Float64Array, theirs: Float64Array) =>
      Math.max(...ours.map((value, i) => Math.abs(value - theirs[i])));
    expect(worst(A, theirA.GetView())).toBeLessThan(1e-4 * largest);
    expect(worst(B, theirB.GetView())).toBeLessThan(1e-4 * Math.max(...B.map(Math.abs)));
  });

  it('foretells small changes over a whole decision of Runge-Kutta steps, and leaves the world as it was', async () => {
    const world = await hopper();
    const state = world.step(world.reset(Rng.from(1)), Float32Array.of(0.1, 0.2, 0.3), Rng.from(0)).state;
    const action = Float32Array.of(0.2, -0.1, 0.4);
    const straight = world.step(state, action, Rng.from(0)).state;
    const { stateByState: A, stateByAction: B } = world.linearise(state, action);
    expect(world.step(state, action, Rng.from(0)).state).toEqual(straight);
    // of a state: the time, 6 positions, 6 velocities, and more
    const nudge = Rng.from(2)
      .fillNormal(new Float64Array(12))
      .map((x) => 1e-5 * x);
    const nudged = {
      ...state,
      physics: state.physics.map((x, i) => (i >= 1 && i <= 12 ? x + nudge[i - 1] : x)),
    };
    const push = Float32Array.of(1e-3, -1e-3, 2e-3);
    const reached = world.step(
      nudged,
      action.map((u, j) => u + push[j]),
      Rng.from(0),
    ).state;
    for (let i = 0; i < 12; i++) {
      let change = 0;
      for (let j = 0; j < 12; j++) change += A[i * 12 + j] * nudge[j];
      for (let j = 0; j < 3; j++) change += B[i * 3 + j] * (Math.fround(action[j] + push[j]) - action[j]);
      const got = reached.physics[1 + i] - straight.physics[1 + i];
      expect(Math.abs(got - change), `number ${i}`).toBeLessThan(1e-7 + 0.01 * Math.abs(change));
    }
  });

  it('turns bodies in tangent space, where a rotation has three numbers', async () => {
    const world: SimulatedEnvironment = simulated(await loadMujoco(), {
      name: 'thrown',
      mjcf: mjcf(
        'thrown',
        tag('option', { gravity: [0, 0, 0] }),
        tag('worldbody', {}, tag('body', {}, tag('freejoint', {}), tag('geom', { size: 0.1 }))),
      ),
      frameSkip: 3,
      maxSteps: 10,
      observation: 1,
      action: box([], []),
      reads: 'joints',
      sensed: 1,
      sense: () => {},
      begin: () => {},
      reward: () => 0,
      vista: { from: 'side', view: { left: 0, right: 1, bottom: 0, top: 1 } },
    });
    const { stateByState: A } = world.linearise(world.reset(Rng.from(0)), new Float32Array(0));
    // at rest: places and turns follow velocities for 3 steps of 2 ms, velocities stay
    for (let i = 0; i < 12; i++) {
      for (let j = 0; j < 12; j++) {
        expect(A[i * 12 + j], `${i}, ${j}`).toBeCloseTo(i === j ? 1 : j === i + 6 ? 0.006 : 0, 8);
      }
    }
  });
});
