/** MuJoCo worlds against the published models: the same masses, springs, limits and gears, and the same motion. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { mujocoEnvironments, type SimulatedEnvironment } from '../../src/envs/mujoco/index.ts';

interface Facts {
  readonly world: string;
  readonly timeStep: number;
  readonly steps: number;
  readonly masses: readonly number[];
  readonly inertias: readonly number[];
  readonly armature: readonly number[];
  readonly damping: readonly number[];
  readonly friction: readonly number[];
  readonly stiffness: readonly number[];
  readonly ranges: readonly number[];
  readonly gears: readonly number[];
  readonly controls: readonly number[];
  readonly from: { readonly qpos: readonly number[]; readonly qvel: readonly number[] };
  readonly actions: readonly (readonly number[])[];
  readonly to: { readonly qpos: readonly number[]; readonly qvel: readonly number[] };
}

const FACTS: readonly Facts[] = readFileSync(new URL('mujoco.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('{'))
  .map((line) => JSON.parse(line));

function expectNear(got: Iterable<number>, expected: readonly number[], what: string): void {
  const numbers = [...got];
  expect(numbers.length, what).toBe(expected.length);
  for (const [i, value] of expected.entries()) {
    const apart = Math.abs(numbers[i] - value) / (1e-3 + Math.abs(value));
    expect(apart, `${what} ${i}: ${numbers[i]} for ${value}`).toBeLessThan(1e-9);
  }
}

it('all models are there', () => {
  // the others are of a model that is there already
  const models = Object.keys(mujocoEnvironments).filter((name) => !/balance|sparse|safe/.test(name));
  expect(FACTS.map(({ world }) => world).sort()).toEqual(models.sort());
});

describe.each(FACTS)('$world', (facts) => {
  const make = async () => (await mujocoEnvironments[facts.world].make()) as SimulatedEnvironment;
  // Gymnasium's reacher has its target on two joints, in its last places; ours is no part of the motion
  const dofs = facts.world === 'reacher' ? 2 : facts.armature.length;
  const bodies = facts.world === 'reacher' ? 3 : facts.masses.length;

  it('is built as published', async () => {
    const { simulator } = await make();
    const { model } = simulator;
    const moving = [...model.body_mass.keys()].filter((b) => model.body_mass[b] > 0);
    expectNear(
      moving.map((b) => model.body_mass[b]),
      facts.masses.slice(0, bodies),
      'mass',
    );
    expectNear(
      moving.flatMap((b) => [...model.body_inertia.subarray(3 * b, 3 * b + 3)]),
      facts.inertias.slice(0, 3 * bodies),
      'inertia',
    );
    expectNear(model.dof_armature, facts.armature.slice(0, dofs), 'armature');
    expectNear(model.dof_damping, facts.damping.slice(0, dofs), 'damping');
    expectNear(model.dof_frictionloss, facts.friction.slice(0, dofs), 'friction');
    expectNear(model.jnt_stiffness, facts.stiffness.slice(0, dofs), 'stiffness');
    expectNear(model.jnt_range, facts.ranges.slice(0, 2 * dofs), 'range');
    expectNear(
      facts.gears.map((_, i) => model.actuator_gear[6 * i]),
      facts.gears,
      'gear',
    );
    expectNear(model.actuator_ctrlrange, facts.controls, 'control');
    expect(model.opt.timestep).toBe(facts.timeStep);
    expect(simulator.decisionTime).toBeCloseTo(facts.timeStep * facts.steps, 12);
  });

  it('moves as published', async () => {
    const world = await make();
    const { simulator } = world;
    simulator.reset();
    simulator.qpos.set(facts.from.qpos.slice(0, dofs));
    simulator.qvel.set(facts.from.qvel.slice(0, dofs));
    simulator.settle();
    let state = { physics: simulator.save(), sensed: new Float64Array(100) };
    for (const action of facts.actions) {
      state = world.step(state, Float32Array.from(action), Rng.from(0)).state as typeof state;
    }
    expectNear(simulator.qpos, facts.to.qpos.slice(0, dofs), 'position');
    expectNear(simulator.qvel, facts.to.qvel.slice(0, dofs), 'velocity');
  });
});
