import { describe, expect, test } from 'vitest';
import type { Environment } from '../core/environment.ts';
import { InputError } from '../core/errors.ts';
import { Rng } from '../core/rng.ts';
import { box, type Discrete, discrete, sample } from '../core/spaces.ts';
import { cartPole } from './cart-pole.ts';
import { fromGym, type GymLike, type GymStep, toGym } from './gym.ts';
import { pendulum } from './pendulum.ts';

/** A counter from a seeded start, with dice: action 1 adds a die, 0 nothing. Ends from 25 on, is cut off after 12 steps. */
class Counter {
  value = 0;
  steps = 0;
  calls = { reset: 0, step: 0 };
  dice = Rng.from(0);
  reset({ seed = 0 } = {}) {
    this.calls.reset++;
    this.dice = Rng.from(seed);
    this.value = this.dice.integer(6);
    this.steps = 0;
    return [[this.value, 0], {}];
  }
  step(action: number): GymStep {
    this.calls.step++;
    this.steps++;
    this.value += action * (1 + this.dice.integer(6));
    return [[this.value, this.steps], action, this.value >= 25, this.steps >= 12, {}];
  }
}

class SavingCounter extends Counter {
  getState() {
    return { value: this.value, steps: this.steps, dice: this.dice.save() };
  }
  setState(state: unknown) {
    const saved = state as ReturnType<SavingCounter['getState']>;
    this.value = saved.value;
    this.steps = saved.steps;
    this.dice = Rng.restore(saved.dice);
  }
}

class CloningCounter extends Counter {
  clone() {
    const twin = new CloningCounter();
    twin.calls = this.calls;
    twin.value = this.value;
    twin.steps = this.steps;
    twin.dice = Rng.restore(this.dice.save());
    return twin;
  }
}

const options = { name: 'counter', observation: box(0, 100, [2]), action: discrete(2), maxSteps: 30 };
const rng = () => Rng.from('gym');

describe('fromGym', () => {
  test('passes an episode straight through', () => {
    const counter = new Counter();
    const world = fromGym(counter, options);
    const twin = new Counter();
    const dice = rng();
    let state = world.reset(dice);
    twin.reset({ seed: rng().integer(2 ** 31) });
    expect([...world.observe(state)]).toEqual([twin.value, 0]);
    for (let t = 0; t < 11; t++) {
      const [seen, reward] = twin.step(t % 2) as [number[], number];
      const transition = world.step(state, t % 2, dice);
      state = transition.state;
      expect([...world.observe(state)]).toEqual(seen);
      expect(transition.reward).toBe(reward);
      expect(transition.discount).toBe(1);
      expect(world.truncated?.(state)).toBe(false);
    }
    expect(counter.calls).toEqual({ reset: 1, step: 11 });
  });

  test('keeps the end and the cut apart', () => {
    const world = fromGym(new Counter(), options);
    const play = (action: number) => {
      let transition = world.step(world.reset(rng()), action, rng());
      while (transition.discount === 1 && !world.truncated?.(transition.state)) {
        transition = world.step(transition.state, action, rng());
      }
      return { ...transition, truncated: world.truncated?.(transition.state) };
    };
    expect(play(0)).toMatchObject({ discount: 1, truncated: true, state: { terminated: false } });
    const ended = play(1);
    expect(ended.discount).toBe(0);
    expect(ended.state.terminated).toBe(true);
    // past the end nothing happens, whatever is done
    expect(world.step(ended.state, 1, rng())).toEqual({ state: ended.state, reward: 0, discount: 0 });
  });

  test('takes answers by name, typed and nested arrays', () => {
    const world = fromGym(
      {
        reset: () => ({ observation: [[1, 2], Float64Array.of(3, 4)] }),
        step: (action: number) => ({
          observation: Float32Array.of(5, 6, 7, action),
          reward: 2,
          terminated: true,
          truncated: false,
        }),
      },
      { ...options, observation: box(0, 9, [2, 2]) },
    );
    const state = world.reset(rng());
    expect([...world.observe(state)]).toEqual([1, 2, 3, 4]);
    const transition = world.step(state, 1, rng());
    expect([...world.observe(transition.state)]).toEqual([5, 6, 7, 1]);
    expect(transition).toMatchObject({ reward: 2, discount: 0 });
  });

  const ways: [string, () => Counter][] = [
    ['setState', () => new SavingCounter()],
    ['clone', () => new CloningCounter()],
    ['playing again from the seed', () => new Counter()],
  ];
  describe.each(ways)('goes back by %s', (way, make) => {
    test('to any state, of this episode and of one before', () => {
      const counter = make();
      const world = fromGym(counter, options);
      const first = world.reset(rng().fork(1));
      const second = world.step(first, 1, rng()).state;
      const third = world.step(second, 1, rng());
      const other = world.reset(rng().fork(2));
      const expected = { observation: world.observe(third.state), reward: third.reward };
      for (let i = 0; i < 3; i++) {
        const again = world.step(second, 1, rng());
        expect({ observation: world.observe(again.state), reward: again.reward }).toEqual(expected);
      }
      // on a branch
      const branch = world.step(world.step(first, 0, rng()).state, 1, rng());
      expect(world.observe(branch.state)[1]).toBe(2);
      expect(world.observe(world.step(other, 0, rng()).state)[0]).toBe(world.observe(other)[0]);
    });
    test('from plain data, as out of a checkpoint', () => {
      const world = fromGym(make(), options);
      const state = world.step(world.step(world.reset(rng()), 1, rng()).state, 1, rng()).state;
      const restored = structuredClone(state);
      const expected = world.observe(world.step(state, 1, rng()).state);
      const elsewhere = fromGym(make(), options);
      expect(world.observe(elsewhere.step(restored, 1, rng()).state)).toEqual(expected);
    });
    test('playing again only where there is no other way', () => {
      const counter = make();
      const world = fromGym(counter, options);
      const first = world.reset(rng());
      world.step(world.step(first, 1, rng()).state, 1, rng());
      world.step(first, 0, rng());
      expect(counter.calls).toEqual({ reset: way.startsWith('playing') ? 2 : 1, step: 3 });
    });
  });

  test('a step that failed has not been taken', () => {
    const counter = new SavingCounter();
    const world = fromGym(counter, options);
    const state = world.reset(rng());
    const expected = world.observe(world.step(state, 1, rng()).state);
    const again = world.reset(rng());
    const step = counter.step.bind(counter);
    counter.step = (action) => {
      step(action);
      throw new Error('out of fuel');
    };
    expect(() => world.step(again, 1, rng())).toThrow(/out of fuel/);
    counter.step = step;
    expect(world.observe(world.step(again, 1, rng()).state)).toEqual(expected);
  });

  test('a world that does not do the same again cannot go back', () => {
    let resets = 0;
    const world = fromGym(
      {
        reset: () => [[resets++, 0], {}],
        step: () => [[resets, 1], 0, false, false, {}],
      } satisfies GymLike<Discrete>,
      options,
    );
    const first = world.reset(rng());
    expect(world.step(first, 0, rng()).reward).toBe(0);
    expect(() => world.step(first, 0, rng())).toThrow(InputError);
    expect(() => world.step(first, 0, rng())).toThrow(/older state.*showed something else. Give it getState/);
  });

  test('legal actions come from info.action_mask', () => {
    const masked = (mask: unknown) =>
      fromGym(
        { reset: () => [[0, 0], { action_mask: mask }], step: () => [[0, 0], 0, false, false, {}] },
        { ...options, masked: true },
      );
    const world = masked([1, 0]);
    expect(world.legal?.(world.reset(rng()))).toEqual(Uint8Array.of(1, 0));
    expect(() => masked(undefined).reset(rng())).toThrow(/action_mask must hold 1.*got undefined/);
    expect(() => masked([1, 0, 1]).reset(rng())).toThrow(/action_mask must hold 1.*got an Array of 3/);
    expect(fromGym(new Counter(), options).legal).toBeUndefined();
  });

  describe('what a world may answer wrongly', () => {
    // biome-ignore format: a table, one case a line
    const answers: [string, unknown, unknown, RegExp][] = [
      [
        'a bare observation at reset',
        [0, 0],
        undefined,
        /reset: must return \[observation, info\].*Array of 2/,
      ],
      ['a promise at reset', Promise.resolve(1), undefined, /reset: must return .*got a promise/],
      ['too few numbers at reset', [[0], {}], undefined, /reset: the observation must hold 2 numbers, got 1/],
      ['words', [['a', 'b'], {}], undefined, /made of numbers, got "a"/],
      [
        'too many numbers',
        undefined,
        [[0, 0, 0], 0, false, false],
        /step: the observation must hold 2 numbers, got 3/,
      ],
      ['the old form of four', undefined, [[0, 0], 0, false, {}], /old form of four/],
      [
        'done for terminated',
        undefined,
        { observation: [0, 0], reward: 0, done: false },
        /terminated and truncated must be true or false, got undefined/,
      ],
      ['numbers for flags', undefined, [[0, 0], 0, 0, 0, {}], /must be true or false, got 0 and 0/],
      [
        'no reward',
        undefined,
        [[0, 0], undefined, false, false, {}],
        /the reward must be a number, got undefined/,
      ],
      ['nothing', undefined, null, /step: must return \[observation, reward, .*got null/],
    ];
    test.each(answers)('%s', (_, atReset, atStep, message) => {
      const world = fromGym(
        { reset: () => (atReset ?? [[0, 0], {}]) as never, step: () => atStep as never },
        options,
      );
      const play = () => world.step(world.reset(rng()), 0, rng());
      expect(play).toThrow(InputError);
      expect(play).toThrow(message);
    });
  });
});

/** A wheel of fortune: every step shows another number. */
const wheel: Environment<number, Discrete> = {
  name: 'wheel',
  observation: box(0, 1),
  action: discrete(1),
  maxSteps: 9,
  reset: (dice) => dice.uniform(),
  step: (_state, _action, dice) => ({ state: dice.uniform(), reward: 0, discount: 1 }),
  observe: (state) => Float32Array.of(state),
};

describe('toGym', () => {
  test('an episode ends by the rules: terminated', () => {
    const gym = toGym(cartPole(), rng());
    gym.reset({ seed: 1 });
    for (let t = 0; t < 500; t++) {
      const [observation, reward, terminated, truncated] = gym.step(1);
      expect(reward).toBe(1);
      expect(truncated).toBe(false);
      // pushed one way, the pole falls in about ten steps
      expect(terminated).toBe(Math.abs(observation[2]) > (12 * Math.PI) / 180);
      if (terminated) break;
      expect(t).toBeLessThan(20);
    }
    expect(() => gym.step(1)).toThrow(/an episode must be going on. Call reset first/);
  });

  test('an episode is cut off: truncated', () => {
    const gym = toGym(pendulum(), rng());
    gym.reset();
    for (let t = 1; t <= 200; t++) {
      const [, , terminated, truncated] = gym.step(Float32Array.of(0));
      expect(terminated).toBe(false);
      expect(truncated).toBe(t === 200);
    }
  });

  test('seeds decide episodes; without one they differ', () => {
    const gym = toGym(cartPole(), rng());
    const starts = [{ seed: 5 }, undefined, { seed: 5 }, undefined].map((seed) => [...gym.reset(seed)[0]]);
    expect(starts[2]).toEqual(starts[0]);
    expect(starts[3]).toEqual(starts[1]);
    expect(starts[1]).not.toEqual(starts[0]);
    expect([...toGym(cartPole(), rng()).reset()[0]]).toEqual([...toGym(cartPole(), rng()).reset()[0]]);
  });

  test('goes back to a saved state, dice and all', () => {
    const gym = toGym(wheel, rng());
    const spin = () => [gym.step(0), gym.step(0), gym.reset(), gym.step(0)];
    gym.reset({ seed: 4 });
    gym.step(0);
    const saved = gym.getState();
    const next = spin();
    expect(next[1]).not.toEqual(next[0]);
    gym.reset();
    gym.setState(saved);
    expect(spin()).toEqual(next);
  });

  test('refuses actions out of their space, and opponents', () => {
    const gym = toGym(cartPole(), rng());
    gym.reset();
    expect(() => gym.step(2)).toThrow(/the action must be an integer in \[0, 1\], got 2/);
    const versus: Environment<number, Discrete> = {
      name: 'versus',
      observation: box(0, 1),
      action: discrete(1),
      maxSteps: 9,
      reset: () => 0,
      step: (state) => ({ state, reward: 0, discount: -1 }),
      observe: () => Float32Array.of(0),
      legal: () => Uint8Array.of(1),
    };
    const board = toGym(versus, rng());
    expect(board.reset()[1]).toEqual({ action_mask: Uint8Array.of(1) });
    expect(() => board.step(0)).toThrow(/knows one player/);
  });
});

const worlds: Environment[] = [cartPole(), pendulum()];

test.each(worlds)('$name is the same world through both adapters', (world) => {
  const through = fromGym(toGym(world, rng()), world);
  const dice = rng();
  const seeds = rng();
  let state = through.reset(rng());
  // what toGym does with the seed that fromGym draws
  const inside = Rng.from(seeds.integer(2 ** 31))
    .fork('episode')
    .fork(0);
  let direct = world.reset(inside.fork('reset'));
  for (let t = 0; t < 200; t++) {
    const action = sample(world.action, dice);
    const [a, b] = [through.step(state, action, dice), world.step(direct, action, inside)];
    expect([a.reward, a.discount]).toEqual([b.reward, b.discount]);
    expect(through.observe(a.state)).toEqual(world.observe(b.state));
    expect(through.truncated?.(a.state)).toBe(t + 1 === world.maxSteps);
    if (a.discount === 0) break;
    [state, direct] = [a.state, b.state];
  }
});
