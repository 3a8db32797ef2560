import { describe, expect, it } from 'vitest';
import { InputError, NumericalError } from '../../core/errors.ts';
import { Rng } from '../../core/rng.ts';
import { box, sample } from '../../core/spaces.ts';
import { exact } from '../../models/exact.ts';
import { loadPlain, savePlain } from '../../run/plain.ts';
import { repeated } from '../repeated.ts';
import { cartpoleSwingup, cheetahRun, halfCheetah, hopper, mujocoEnvironments } from './index.ts';
import { mjcf, tag } from './mjcf.ts';
import {
  type SimulatedEnvironment,
  type SimulatedRules,
  type SimulatedState,
  simulated,
} from './simulated.ts';
import { loadMujoco } from './simulator.ts';

const names = Object.keys(mujocoEnvironments);
const make = async (name: string) => (await mujocoEnvironments[name].make()) as SimulatedEnvironment;

/** What `actions` lead to from `state`. */
function walk(world: SimulatedEnvironment, state: SimulatedState, actions: readonly Float32Array[]) {
  const states: SimulatedState[] = [];
  for (const action of actions) {
    state = world.step(state, action, Rng.from(0)).state;
    states.push(state);
  }
  return states;
}
const actionsOf = (world: SimulatedEnvironment, count: number, rng: Rng) =>
  Array.from({ length: count }, () => sample(world.action, rng));

describe.each(names)('%s goes on from any state, bit for bit', (name) => {
  it('rewound, branched, in another simulator, and from a file', async () => {
    const world = await make(name);
    const rng = Rng.from(name);
    const actions = actionsOf(world, 40, rng);
    const first = world.reset(rng.fork('reset'));
    const straight = walk(world, first, actions);
    // back to the middle, after an excursion elsewhere
    walk(world, straight[9], actionsOf(world, 7, rng));
    expect(walk(world, straight[19], actions.slice(20))).toEqual(straight.slice(20));
    expect(walk(world, first, actions)).toEqual(straight);
    // looking in between takes the simulator elsewhere
    const looked = actions.map((action, t) => {
      const from = t === 0 ? first : straight[t - 1];
      world.picture?.(from);
      return world.step(from, action, rng).state;
    });
    expect(looked).toEqual(straight);
    const other = await make(name);
    const read = loadPlain(savePlain(straight[29], name)) as SimulatedState;
    expect(walk(other, read, actions.slice(30))).toEqual(straight.slice(30));
  });
});

describe('a simulated world', () => {
  it("keeps all of MuJoCo's integration state, in its order", async () => {
    const world = await cheetahRun();
    const { mujoco, model, data } = world.simulator;
    const state = walk(world, world.reset(Rng.from(2)), actionsOf(world, 5, Rng.from(3)))[4];
    const whole = new mujoco.DoubleBuffer(state.physics.length);
    mujoco.mj_getState(model, data, whole, mujoco.mjtState.mjSTATE_INTEGRATION.value);
    const expected = Float64Array.from(whole.GetView());
    expect(state.physics).toEqual(expected);
    // time, 9 positions, 9 velocities, 9 starting points of the solver, 6 controls
    expect(expected.filter((value) => value !== 0)).toHaveLength(34);
  });

  it('does so for models whose state has more than numbers, such as equalities that may be switched', async () => {
    const mujoco = await loadMujoco();
    const ball = (name: string, x: number) =>
      tag('body', { name, pos: [x, 0, 1] }, tag('freejoint', {}), tag('geom', { size: 0.1 }));
    const pair = mjcf(
      'pair',
      tag('worldbody', {}, ball('left', 0), ball('right', 0.5)),
      tag('equality', {}, tag('connect', { body1: 'left', body2: 'right', anchor: [0.2, 0, 0] })),
    );
    const world = simulated(mujoco, {
      ...still,
      mjcf: pair,
      sensed: 2,
      sense: ({ qpos }, out) => out.set(qpos.subarray(2, 4)),
      begin: ({ qvel }) => qvel.fill(1),
    });
    const first = world.reset(Rng.from(0));
    const nothing = Array.from({ length: 20 }, () => new Float32Array(0));
    const straight = walk(world, first, nothing);
    expect(walk(world, straight[4], nothing.slice(5))).toEqual(straight.slice(5));
    expect(straight[19].sensed[0]).not.toBe(straight[4].sensed[0]);
  });

  it('does not mind that others are made, which moves the memory it looks at', async () => {
    const world = await cartpoleSwingup();
    const actions = actionsOf(world, 30, Rng.from(4));
    const first = world.reset(Rng.from(5));
    const expected = walk(world, first, actions);
    const { qpos } = world.simulator;
    let state = first;
    const made: SimulatedEnvironment[] = [];
    const large = mjcf('large', tag('worldbody', {})).replace('400K', '64M');
    const { mujoco } = world.simulator;
    for (const [t, action] of actions.entries()) {
      if (t === 10) made.push(simulated(mujoco, { ...still, mjcf: large }), await halfCheetah());
      state = world.step(state, action, Rng.from(0)).state;
      expect(state).toEqual(expected[t]);
    }
    expect(qpos.length, 'the memory must have moved').toBe(0);
    expect(made).toHaveLength(2);
  });

  it('rolls out as it steps, past ends too', async () => {
    const world = await hopper();
    const first = world.reset(Rng.from(6));
    const [K, H] = [6, 60];
    const actions = Rng.from(7).fillUniform(new Float32Array(K * H * 3));
    const expected = Array.from({ length: K }, (_, k) => {
      let state = first;
      let total = 0;
      for (let h = 0; h < H; h++) {
        const from = (k * H + h) * 3;
        const {
          state: next,
          reward,
          discount,
        } = world.step(state, actions.slice(from, from + 3), Rng.from(0));
        total = Math.fround(total + Math.fround(reward));
        if (discount === 0) return total;
        state = next;
      }
      throw new Error('random play must fall within 60 steps');
    });
    expect([...world.rollout.run(first, actions, H)]).toEqual(expected);
  });

  it('is rolled out in place where each action is held, as by steps, past ends too', async () => {
    for (const one of [await halfCheetah(), await hopper()]) {
      const world = repeated(one, 3);
      expect(world.rollout?.equals).toBe(world.step);
      const first = world.reset(Rng.from(8));
      const [K, H] = [5, 25];
      const size = one.action.low.length;
      const actions = Rng.from(7)
        .fillUniform(new Float32Array(K * H * size))
        .map((x) => 2 * x - 1);
      const bySteps = exact({ ...world, rollout: undefined }).rollout(first, actions, H, Rng.from(0));
      expect(exact(world).rollout(first, actions, H, Rng.from(0))).toEqual(bySteps);
      expect(new Set(bySteps.returns).size).toBe(K);
    }
  });

  it('is rolled out by its own steps where those are changed', async () => {
    const world = await halfCheetah();
    const halved = {
      ...world,
      step: (...given: Parameters<typeof world.step>) => {
        const made = world.step(...given);
        return { ...made, reward: made.reward / 2 };
      },
    };
    const first = world.reset(Rng.from(8));
    const actions = Rng.from(7).fillUniform(new Float32Array(3 * 6));
    const [full] = exact(world).rollout(first, actions, 3, Rng.from(0)).returns;
    for (const changed of [halved, repeated(halved, 1)])
      expect(exact(changed).rollout(first, actions, 3, Rng.from(0)).returns[0]).toBeCloseTo(full / 2, 5);
    // and no more where they are changed before they are repeated
    expect(repeated(halved, 2).rollout).toBeUndefined();
  });

  it('clips actions to their bounds', async () => {
    const world = await halfCheetah();
    const first = world.reset(Rng.from(8));
    const wild = Float32Array.of(9, -9, 2, -2, 0.5, 0);
    const tame = Float32Array.of(1, -1, 1, -1, 0.5, 0);
    expect(world.step(first, wild, Rng.from(0))).toEqual(world.step(first, tame, Rng.from(0)));
  });

  it('stops where a number is none, and never takes another for it', async () => {
    const world = await cartpoleSwingup();
    const first = world.reset(Rng.from(9));
    expect(() => world.step(first, Float32Array.of(Number.NaN), Rng.from(0))).toThrow(
      'cartpole-swingup: an action must be numbers, got NaN at element 0',
    );
    const broken = { ...first, physics: first.physics.slice() };
    broken.physics[3] = Number.NaN;
    expect(() => world.step(broken, Float32Array.of(0), Rng.from(0))).toThrow(NumericalError);
    expect(() => world.rollout.run(broken, Float32Array.of(0, 0), 2)).toThrow(
      'the reward must be finite, got NaN at step 0 of candidate 0 of 1 after action [0]',
    );
    // and goes on from a sound one
    expect(world.step(first, Float32Array.of(0), Rng.from(0)).reward).toBeLessThan(1);
  });
});

const still: SimulatedRules = {
  name: 'still',
  mjcf: mjcf('still', tag('worldbody', {})),
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
};

describe('what cannot be', () => {
  it('a model that does not parse is refused with the element and the line', async () => {
    const mujoco = await loadMujoco();
    const wrong = '<mujoco>\n<worldbody>\n<body><geom sise="1"/></body></worldbody></mujoco>';
    const making = () => simulated(mujoco, { ...still, mjcf: wrong });
    expect(making).toThrow(InputError);
    expect(making).toThrow(/still: the MJCF must be a sound model, got ".*'sise'.*'geom', line 3"/);
    expect(() => simulated(mujoco, { ...still, mjcf: '<mujoco><worldbody>' })).toThrow(/XML/);
    expect(() =>
      simulated(mujoco, { ...still, mjcf: '<mujoco><worldbody><body><joint/></body></worldbody></mujoco>' }),
    ).toThrow(/mass and inertia/);
  });

  it('a model with other controls than the actions is refused', async () => {
    const mujoco = await loadMujoco();
    expect(() => simulated(mujoco, { ...still, action: box(-1, 1, [2]) })).toThrow(
      'still: the action must have one number for each of 0 controls, got 2.',
    );
  });

  it('a name that the model lacks is told', async () => {
    const world = await cheetahRun();
    expect(world.simulator.id('body', 'torso')).toBe(1);
    expect(() => world.simulator.id('joint', 'wing')).toThrow(
      'cheetah-run: the model must have a joint "wing", got none.',
    );
  });

  it('without the package, what to do is told', async () => {
    const missing = () => Promise.reject(new Error("Cannot find package '@mujoco/mujoco'"));
    await expect(loadMujoco(missing)).rejects.toThrow(InputError);
    await expect(loadMujoco(missing)).rejects.toThrow(
      `the package @mujoco/mujoco must be installed, got "Cannot find package '@mujoco/mujoco'". Install it with: npm install @mujoco/mujoco`,
    );
    // and the package is still found where it is
    expect((await cartpoleSwingup()).name).toBe('cartpole-swingup');
  });
});
