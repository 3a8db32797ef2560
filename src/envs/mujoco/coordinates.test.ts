import { describe, expect, it } from 'vitest';
import { box, decideSync, type Expansion, Rng, sample } from '../../core/index.ts';
import { exact } from '../../models/exact.ts';
import { icem, ilqr } from '../../planners/index.ts';
import { repeated } from '../repeated.ts';
import { cartpoleBalance, cartpoleSwingup, cheetahRun, mujocoEnvironments, reacherEasy } from './index.ts';
import { mjcf, tag } from './mjcf.ts';
import { type SimulatedEnvironment, simulated } from './simulated.ts';
import { loadMujoco } from './simulator.ts';

const rng = Rng.from(0);

describe.each(Object.entries(mujocoEnvironments))('coordinates of %s', (name, entry) => {
  it('move on as the state does, and tell the reward to the bit', async () => {
    const world = (await entry.make()) as SimulatedEnvironment;
    const { read, write, reward, size } = world.coordinates!;
    let state = world.reset(Rng.from(name));
    const dice = Rng.from(1);
    for (let t = 0; t < 20; t++) {
      const action = sample(world.action, dice);
      const next = world.step(state, action, rng);
      expect(reward!(read(state), action, read(next.state))).toBe(next.reward);
      const made = write(read(state));
      expect(read(made)).toEqual(read(state));
      const other = read(world.step(made, action, rng).state);
      expect(other).toHaveLength(size);
      // to the tolerance of the solver of contacts, which starts elsewhere
      for (const [i, x] of read(next.state).entries())
        expect(Math.abs(other[i] - x)).toBeLessThan(1e-9 * (1 + Math.abs(x)));
      state = next.state;
    }
    // asking has taken the world nowhere
    const action = sample(world.action, dice);
    const straight = world.step(state, action, rng);
    reward!(read(state), action, read(straight.state));
    expect(world.step(state, action, rng)).toEqual(straight);
  });
});

/** The largest distance between numbers, by the largest number. */
function apart(one: Expansion, other: Expansion, name: keyof Expansion): number {
  const largest = Math.max(1, ...other[name].map(Math.abs));
  return Math.max(...one[name].map((x, i) => Math.abs(x - other[name][i]))) / largest;
}

describe('what lies around a trajectory', () => {
  it.each([
    ['cartpole-swingup', cartpoleSwingup],
    ['reacher-easy, with its target', reacherEasy],
    ['cartpole-swingup, each action held for 3 steps', async () => repeated(await cartpoleSwingup(), 3)],
  ])('of %s is the same by its own derivatives as by steps', async (_, make) => {
    const world = await make();
    const horizon = 4;
    const size = world.action.low.length;
    const actions = Float64Array.from({ length: horizon * size }, (_, i) => Math.fround(0.6 * Math.sin(i)));
    const root = world.reset(Rng.from(3));
    const { read, write, size: numbers } = world.coordinates!;
    expect(world.coordinates!.jacobians).toBeDefined();
    const own = await exact(world).expand!(root, actions, horizon);
    const tried = await exact({ ...world, coordinates: { size: numbers, read, write } }).expand!(
      root,
      actions,
      horizon,
    );
    for (const name of ['states', 'rewards'] as const) expect(own[name]).toEqual(tried[name]);
    for (const name of ['stateByState', 'stateByAction', 'rewardByState', 'rewardByAction'] as const)
      expect(apart(own, tried, name), name).toBeLessThan(1e-5);
    const seconds = ['rewardByStateState', 'rewardByActionState', 'rewardByActionAction'] as const;
    // own ones leave out the second derivatives of the dynamics, which a step of 0.01 s makes small
    for (const name of seconds) expect(apart(own, tried, name), name).toBeLessThan(0.01);
  });

  it('is not told where a state has more to it than such numbers', async () => {
    const thrown = simulated(await loadMujoco(), {
      name: 'thrown',
      mjcf: mjcf(
        'thrown',
        tag('worldbody', {}, tag('body', {}, tag('freejoint', {}), tag('geom', { size: 0.1 }))),
      ),
      frameSkip: 1,
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
    expect(thrown.coordinates).toBeUndefined();
    expect(exact(thrown).expand).toBeUndefined();
    expect(exact(await cheetahRun()).expand).toBeDefined();
  });
});

describe('ilqr in the simulator', () => {
  // iCEM tries 1600 sequences
  it.each([
    ['balances', cartpoleBalance, 30, 1],
    ['balances', cartpoleBalance, 30, 2],
    ['swings up', cartpoleSwingup, 50, 1],
  ])('%s the cartpole better than sampling does', async (_, make, horizon, seed) => {
    const world = await make();
    const model = exact(world);
    const request = { root: world.reset(Rng.from(seed)), action: world.action, rng: Rng.from(2) };
    const plan = decideSync(model, ilqr({ horizon }), request);
    const sampled = decideSync(model, icem({ horizon, population: 200, iterations: 8 }), request);
    expect(plan.trace.converged).toBe(true);
    expect(plan.value).toBeGreaterThan(sampled.value);
    // the value is what the actions earn
    const actions = Float32Array.from(plan.trace.actions!);
    expect(model.rollout(request.root, actions, horizon, rng).returns[0]).toBeCloseTo(plan.value, 4);
  });
});
