import { expect, test } from 'vitest';
import { drift } from '../../test/worlds/drift.ts';
import { InputError } from '../core/errors.ts';
import { Rng } from '../core/rng.ts';
import { checkEnvironment } from '../testing/environment.ts';
import { constrained } from './constrained.ts';
import { limitedPendulum, PENDULUM_SPEED_LIMIT } from './limited-pendulum.ts';
import { reacherEasy } from './mujoco/reacher-easy.ts';
import { FORBIDDEN_ZONE, safeReacher } from './mujoco/safe-reacher.ts';
import { pendulum } from './pendulum.ts';
import { repeated } from './repeated.ts';
import { shortRailCartPole } from './short-rail-cart-pole.ts';

const push = (value: number) => Float32Array.of(value);

test('a rule charges each step and changes nothing else', () => {
  const free = drift();
  const world = constrained(free, (state, [a], next) => (next.x > state.x ? Math.abs(a) : 0));
  const state = free.reset(Rng.from(1));
  for (const a of [0.75, -0.75]) {
    const expected = free.step(state, push(a), Rng.from(2));
    expect(world.step(state, push(a), Rng.from(2))).toEqual({ ...expected, cost: a > 0 ? 0.75 : 0 });
  }
  expect({ ...world, step: free.step }).toEqual({ ...free });
  checkEnvironment(world);
});

test('rules add up, one over the other, and over repeated decisions', () => {
  const once = constrained(pendulum(), () => 0.5);
  const state = { angle: 0, angularVelocity: 0 };
  expect(once.step(state, push(0), Rng.from(1)).cost).toBe(0.5);
  const twice = constrained(once, () => 0.25);
  expect(twice.step(state, push(0), Rng.from(1)).cost).toBe(0.75);
  expect(repeated(twice, 4).step(state, push(0), Rng.from(1)).cost).toBe(3);
});

test('the limited pendulum hangs at first, and pays for what exceeds its limit', () => {
  const world = limitedPendulum();
  for (let seed = 0; seed < 20; seed++) {
    const { angle, angularVelocity } = world.reset(Rng.from(seed));
    expect(Math.abs(angle - Math.PI)).toBeLessThanOrEqual(0.1);
    expect(Math.abs(angularVelocity)).toBeLessThanOrEqual(0.1);
  }
  // at the side the rod gains 0.05 s x 15 rad/s² = 0.75 rad/s a step
  const from = (angularVelocity: number, limit = PENDULUM_SPEED_LIMIT) =>
    limitedPendulum(limit).step({ angle: Math.PI / 2, angularVelocity }, push(0), Rng.from(1)).cost;
  expect(from(5.5)).toBeCloseTo(0.25, 10);
  expect(from(5.2)).toBe(0);
  expect(from(-7)).toBeCloseTo(0.25, 10); // -7 + 0.75 = -6.25: either way round
  expect(from(5.2, 5)).toBeCloseTo(0.95, 10);
  // faster than 8 rad/s it does not get
  expect(from(8)).toBe(2);
});

test('the short rail costs the distance to it, and the pole may fall anywhere', () => {
  const world = shortRailCartPole(0.5);
  const at = (position: number, angle = 0) =>
    world.step({ position, velocity: 0, angle, angularVelocity: 0 }, push(0), Rng.from(1));
  expect(at(0.5).cost).toBe(0);
  expect(at(-0.75).cost).toBeCloseTo(0.25, 10);
  expect(at(-0.75).discount).toBe(1);
  expect(at(0, 0.3)).toMatchObject({ cost: 0, discount: 0 });
});

test('the safe reacher pays for how deep its finger is in the zone', async () => {
  const world = await safeReacher();
  const { x, y, radius } = FORBIDDEN_ZONE;
  /** Cost of a step at rest with the finger this far along the x axis: both links lean by the same angle. */
  const at = (along: number) => {
    const lean = Math.acos(along / 0.24);
    const state = world.stateFrom!(Float32Array.of(lean, -2 * lean, 0.2, 0, 0, 0));
    return world.step(state, Float32Array.of(0, 0), Rng.from(1)).cost;
  };
  expect([x, y, radius]).toEqual([0.13, 0, 0.05]);
  expect(at(0.13)).toBeCloseTo(0.05, 6);
  expect(at(0.16)).toBeCloseTo(0.02, 6);
  expect(at(0.09)).toBeCloseTo(0.01, 6);
  expect([at(0.185), at(0.07)]).toEqual([0, 0]);
});

test('the safe reacher begins with the zone between a finger outside and a target that can be touched from there', async () => {
  const world = await safeReacher();
  for (let seed = 0; seed < 50; seed++) {
    const [shoulder, wrist, targetX, targetY] = world.observe(world.reset(Rng.from(seed)));
    const from = [
      0.12 * Math.cos(shoulder) + 0.12 * Math.cos(shoulder + wrist) - 0.13,
      0.12 * Math.sin(shoulder) + 0.12 * Math.sin(shoulder + wrist),
    ];
    const target = Math.hypot(targetX - 0.13, targetY);
    const [toX, toY] = [targetX - 0.13 - from[0], targetY - from[1]];
    expect(Math.hypot(...from)).toBeGreaterThanOrEqual(0.07 - 1e-6);
    // 0.04 m outside the zone or more
    expect(target).toBeGreaterThanOrEqual(0.09 - 1e-6);
    expect(target).toBeLessThanOrEqual(0.13 + 1e-6);
    const along = Array.from({ length: 101 }, (_, i) =>
      Math.hypot(from[0] + (i / 100) * toX, from[1] + (i / 100) * toY),
    );
    expect(Math.min(...along)).toBeLessThan(0.026);
  }
});

test('the safe reacher earns more the nearer its finger is to the target', async () => {
  const world = await safeReacher();
  /** Of a step at rest with the finger at 0.24 m on the x axis, and the target this far from it. */
  const at = (gap: number) =>
    world.step(world.stateFrom!(Float32Array.of(0, 0, 0.24, gap, 0, 0)), Float32Array.of(0, 0), Rng.from(1))
      .reward;
  // they touch at 0.06; from there it takes 0.2 m to lose all
  expect([at(0), at(0.059), at(0.27)]).toEqual([1, 1, 0]);
  expect(at(0.11)).toBeCloseTo(0.75, 6);
  expect(at(0.21)).toBeCloseTo(0.25, 6);
});

test('the zone of the safe reacher is drawn behind the arm', async () => {
  const world = await safeReacher();
  const state = world.reset(Rng.from(1));
  const { shapes } = world.picture!(state);
  expect(shapes[0]).toEqual({ kind: 'disc', center: [0.13, 0], radius: 0.05, ink: 'muted' });
  expect(shapes.slice(1)).toEqual((await reacherEasy()).picture!(state).shapes);
});

test('limits that mean nothing are refused', () => {
  expect(() => limitedPendulum(0)).toThrow(InputError);
  expect(() => limitedPendulum(Number.NaN)).toThrow('must be a positive number of rad/s, got NaN');
  expect(() => shortRailCartPole(3)).toThrow('must reach between 0 and 2.4 m to either side, got 3');
});
