/** Rewards, endings and starts of MuJoCo worlds at states where they can be worked out by hand. */
import { describe, expect, it } from 'vitest';
import { Rng } from '../../core/rng.ts';
import { mujocoEnvironments } from './index.ts';
import type { SimulatedEnvironment } from './simulated.ts';

const make = async (name: string) => (await mujocoEnvironments[name].make()) as SimulatedEnvironment;

/** One step from what looks like `seen`, without controls where none are given. */
async function stepFrom(name: string, seen: readonly number[], action?: readonly number[]) {
  const world = await make(name);
  const state = world.stateFrom!(Float32Array.from(seen));
  const controls = Float32Array.from(action ?? world.action.low.map(() => 0));
  return { before: state, ...world.step(state, controls, Rng.from(0)) };
}
const zeros = (n: number) => Array.from({ length: n }, () => 0);

describe('DeepMind Control', () => {
  it('cartpole: upright, at rest, in the middle is worth 1, and each fault its factor', async () => {
    const upright = [0, 1, 0, 0, 0];
    expect((await stepFrom('cartpole-balance', upright)).reward).toBeCloseTo(1, 6);
    // hanging: (cos + 1) / 2 is 0
    expect((await stepFrom('cartpole-swingup', [0, -1, 0, 0, 0])).reward).toBeCloseTo(0, 6);
    // pushed with all it has: 4/5 for the push, as the rest has hardly begun to move
    const pushed = (await stepFrom('cartpole-balance', upright, [1])).reward;
    expect(pushed).toBeGreaterThan(0.79);
    expect(pushed).toBeLessThan(0.8);
    // 1 m aside, half a margin of 2: (1 + 0.1^(1/4)) / 2
    expect((await stepFrom('cartpole-balance', [1, 1, 0, 0, 0])).reward).toBeCloseTo(
      (1 + 0.1 ** 0.25) / 2,
      4,
    );
    // sparse: in the middle or not, upright or not; cos 0.1 = 0.995004, cos 0.11 = 0.99396
    const sparse = async (x: number, angle: number) =>
      (await stepFrom('cartpole-swingup-sparse', [x, Math.cos(angle), Math.sin(angle), 0, 0])).reward;
    expect([await sparse(0.24, 0.09), await sparse(0.26, 0), await sparse(0, 0.11)]).toEqual([1, 0, 0]);
  });

  it('pendulum: within 8 degrees', async () => {
    const at = async (degrees: number) => {
      const angle = (degrees * Math.PI) / 180;
      return (await stepFrom('pendulum-swingup', [Math.cos(angle), Math.sin(angle), 0])).reward;
    };
    expect([await at(7.8), await at(8.3), await at(180)]).toEqual([1, 0, 0]);
  });

  it('acrobot: by the distance of the tip from its place straight up', async () => {
    expect((await stepFrom('acrobot-swingup', [0, 0, 1, 1, 0, 0])).reward).toBe(1);
    // straight down: 4 m, 3.8 margins beyond the bound
    expect((await stepFrom('acrobot-swingup', [0, 0, -1, -1, 0, 0])).reward).toBeCloseTo(
      0.1 ** (3.8 ** 2),
      12,
    );
  });

  it('ball in cup: the middle of the cup is 0.05 below its rim, so the ball is there at z = 0.35', async () => {
    const at = async (x: number, z: number) =>
      (await stepFrom('ball-in-cup-catch', [0, 0, x, z, ...zeros(4)])).reward;
    expect([await at(0, 0.35), await at(0.024, 0.35), await at(0.06, 0.4), await at(0, 0.39)]).toEqual([
      1, 1, 0, 0,
    ]);
  });

  it('reacher: finger and target touch at 6 cm', async () => {
    const at = async (gap: number) => (await stepFrom('reacher-easy', [0.3, 0.5, 0, gap, 0, 0])).reward;
    expect([await at(0.059), await at(0.061)]).toEqual([1, 0]);
  });

  it('finger: the hinge turns backwards at 15 rad/s', async () => {
    // friction and damping take 0.2 rad/s a step or so
    const at = async (speed: number) =>
      (await stepFrom('finger-spin', [-1.5, 0.5, 0, 0.13, 0, 0, speed, 0, 0])).reward;
    expect([await at(-16), await at(-14.9), await at(16)]).toEqual([1, 0, 0]);
  });

  it('cheetah: a tenth of its speed, off the ground', async () => {
    const at = async (speed: number) =>
      (await stepFrom('cheetah-run', [5, ...zeros(7), speed, ...zeros(8)])).reward;
    expect(await at(4)).toBeCloseTo(0.4, 5);
    expect([await at(-1), await at(12)]).toEqual([0, 1]);
  });

  it('walker: (3 standing + upright) / 4, times (5 walking + 1) / 6', async () => {
    const seen = (pitch: number, height: number, speed: number) => [
      ...Array.from({ length: 7 }, () => [Math.cos(pitch), Math.sin(pitch)]).flat(),
      height,
      0,
      speed,
      ...zeros(7),
    ];
    const at = async (...given: Parameters<typeof seen>) =>
      (await stepFrom('walker-walk', seen(...given))).reward;
    expect(await at(0, 3, 1.01)).toBeCloseTo(1, 3);
    expect(await at(0, 3, 0)).toBeCloseTo(1 / 6, 3); // two margins from 1 m/s: nothing for walking
    expect(await at(0, 3, 0.5)).toBeCloseTo((5 * 0.5 + 1) / 6, 2);
    expect(await at(Math.PI, 3, 0)).toBeCloseTo(((3 + 0) / 4) * (1 / 6), 3);
  });

  it('hopper: standing times hopping', async () => {
    // straight but for a bent knee, 3 m up
    const seen = (waist: number, speed: number) => [3, 0, waist, 0, 0.1, 0, speed, ...zeros(6), 0, 0];
    const at = async (speed: number) => (await stepFrom('hopper-hop', seen(0, speed))).reward;
    expect(await at(2.1)).toBe(1);
    expect(await at(1)).toBeCloseTo(0.5, 1);
    expect(await at(-1)).toBe(0);
    // upside down the torso is below the foot
    expect((await stepFrom('hopper-hop', [3, Math.PI, 0, 0, 0.1, 0, 2.1, ...zeros(6), 0, 0])).reward).toBe(0);
  });
});

describe('Gymnasium', () => {
  it('inverted pendulum: 1 a step, and the end beyond 0.2 rad', async () => {
    const near = await stepFrom('inverted-pendulum', [0, 0.15, 0, 0]);
    expect([near.reward, near.discount]).toEqual([1, 1]);
    const fallen = await stepFrom('inverted-pendulum', [0, -0.25, 0, 0]);
    expect([fallen.reward, fallen.discount]).toEqual([0, 0]);
  });

  it('reacher: minus distance, minus squared controls', async () => {
    // stretched along x to 0.21, and the target at 0.1, 0.1
    const seen = [1, 1, 0, 0, 0.1, 0.1, 0, 0, 0.11, -0.1];
    expect((await stepFrom('reacher', seen)).reward).toBeCloseTo(-Math.hypot(0.11, 0.1), 5);
    const pushed = await stepFrom('reacher', seen, [0.5, -1]);
    expect(pushed.reward).toBeCloseTo(-Math.hypot(pushed.state.sensed[8], pushed.state.sensed[9]) - 1.25, 6);
  });

  it('half-cheetah: metres a second, minus a tenth of squared controls', async () => {
    const seen = [5, ...zeros(7), 3, ...zeros(8)];
    expect((await stepFrom('half-cheetah', seen)).reward).toBeCloseTo(3, 3);
    const { before, state, reward } = await stepFrom('half-cheetah', seen, [1, 1, -1, 0.5, 0, 0]);
    // the second number of the physics is the position along x
    expect(reward).toBeCloseTo((state.physics[1] - before.physics[1]) / 0.05 - 0.325, 9);
  });

  it('hopper: metres a second and 1, until it leans or sinks', async () => {
    const standing = await stepFrom('hopper', [1.5, 0, 0, 0, 0, 2, ...zeros(5)]);
    expect(standing.reward).toBeCloseTo(3, 2);
    expect(standing.discount).toBe(1);
    const leaning = await stepFrom('hopper', [1.5, 0.25, 0, 0, 0, 2, ...zeros(5)]);
    expect(leaning.reward).toBeCloseTo(2, 2);
    expect(leaning.discount).toBe(0);
    expect((await stepFrom('hopper', [0.6, ...zeros(10)])).discount).toBe(0);
  });
});

describe('starts', () => {
  const starts = async (name: string, count = 200) => {
    const world = await make(name);
    return Array.from({ length: count }, (_, i) => world.reset(Rng.from(i)).sensed);
  };
  const column = (rows: readonly Float64Array[], i: number) => rows.map((row) => row[i]);
  const range = (numbers: readonly number[]) => [Math.min(...numbers), Math.max(...numbers)];

  it('cartpole hangs, or stands within 0.034 rad', async () => {
    const [lowest, highest] = range(column(await starts('cartpole-swingup'), 1));
    expect(lowest).toBeGreaterThanOrEqual(-1);
    expect(highest).toBeLessThan(-0.999);
    const sines = range(column(await starts('cartpole-balance'), 2));
    expect(sines[0]).toBeGreaterThan(-0.034);
    expect(sines[1]).toBeLessThan(0.034);
    expect(sines[1] - sines[0]).toBeGreaterThan(0.06);
  });

  it('the ball is around the cup, touching nothing', async () => {
    const rows = await starts('ball-in-cup-catch');
    const [left, right] = range(column(rows, 2));
    expect(left).toBeGreaterThan(-0.2);
    expect(right).toBeLessThan(0.2);
    expect(right - left).toBeGreaterThan(0.35);
    const [low, high] = range(column(rows, 3));
    expect(low).toBeGreaterThan(0.2);
    expect(high).toBeLessThan(0.5);
  });

  it('reachers have their targets where the arm can be', async () => {
    const easy = (await starts('reacher-easy')).map((row) => {
      const [shoulder, both] = [row[0], row[0] + row[1]];
      const x = row[2] + 0.12 * (Math.cos(shoulder) + Math.cos(both));
      const y = row[3] + 0.12 * (Math.sin(shoulder) + Math.sin(both));
      return Math.hypot(x, y);
    });
    expect(range(easy)[0]).toBeGreaterThan(0.05);
    expect(range(easy)[1]).toBeLessThan(0.2);
    const gym = (await starts('reacher')).map((row) => Math.hypot(row[4], row[5]));
    expect(range(gym)[1]).toBeLessThan(0.2);
    // uniform in a disc: half of the targets beyond 0.2 / sqrt(2)
    const beyond = gym.filter((radius) => radius > 0.2 / Math.SQRT2).length;
    expect(beyond).toBeGreaterThan(70);
    expect(beyond).toBeLessThan(130);
  });

  it('the cheetah has come to rest, and the walker starts at any pitch', async () => {
    const speeds = (await starts('cheetah-run', 10)).flatMap((row) => [...row.slice(8, 17)]);
    expect(Math.max(...speeds.map(Math.abs))).toBeLessThan(3);
    const cosines = column(await starts('walker-walk', 50), 0);
    expect(range(cosines)[0]).toBeLessThan(-0.9);
    expect(range(cosines)[1]).toBeGreaterThan(0.9);
  });
});
