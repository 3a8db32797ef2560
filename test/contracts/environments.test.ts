/** Every world keeps the contract of an Environment, and a world that breaks it is told how. */
import { describe, expect, test } from 'vitest';
import type { Environment } from '../../src/core/environment.ts';
import { InputError } from '../../src/core/errors.ts';
import { Rng } from '../../src/core/rng.ts';
import { box, type Discrete, discrete, elementSize, sample, writeElement } from '../../src/core/spaces.ts';
import { checked } from '../../src/envs/checked.ts';
import { fromGym, type Gym, toGym } from '../../src/envs/gym.ts';
import { environments, gameEnvironments, mujocoEnvironments } from '../../src/envs/index.ts';
import { repeated } from '../../src/envs/repeated.ts';
import { exact } from '../../src/models/exact.ts';
import { checkEnvironment, environmentProblems } from '../../src/testing/index.ts';

const names = Object.keys(environments);
/** Worlds of which only a part is ever seen. */
const HIDDEN = new Set(['t-maze', 'memory-length', 'survival']);
/** Steps in a simulator take their time, and are of one kind. */
const stepsOf = (name: string) => (name in mujocoEnvironments ? 40 : 500);

describe.each(names)('%s', (name) => {
  test('keeps the contract', async () => {
    checkEnvironment(await environments[name].make(), { seed: name, episodes: 3, steps: stepsOf(name) });
  });
  test('keeps it under watch', async () => {
    checkEnvironment(checked(await environments[name].make()), { seed: name, episodes: 1, steps: 50 });
  });
  // whose turn it is has no place in Gymnasium's interface
  test.skipIf(name in gameEnvironments)(
    'keeps it in the Gymnasium habit, with and without a saved state',
    async () => {
      const world = await environments[name].make();
      const { getState: _get, setState: _set, ...plain } = toGym(world, Rng.from(0));
      checkEnvironment(fromGym(toGym(world, Rng.from(0)), world), { seed: name, episodes: 2, steps: 30 });
      checkEnvironment(fromGym(plain as Gym, world), { seed: name, episodes: 2, steps: 15 });
    },
  );
  test('scores sequences by itself, if it does, as repeated steps do', async () => {
    const once = await environments[name].make();
    if (once.rollout?.equals !== once.step) return;
    for (const world of [once, repeated(once, 3)]) {
      const [K, H] = [11, 15];
      const dice = Rng.from(name);
      const root = world.reset(dice);
      const width = elementSize(world.action);
      const actions = new Float32Array(K * H * width); // [K, H, width]
      for (let at = 0; at < actions.length; at += width)
        writeElement(world.action, sample(world.action, dice), actions, at);
      const bySteps = exact({ ...world, rollout: undefined }).rollout(root, actions, H, dice);
      expect(exact(world).rollout(root, actions, H, dice)).toEqual(bySteps);
      expect(world.rollout!.run(root, actions, H)).toEqual(bySteps.returns);
    }
  });
  test('is registered under its own name, and can be drawn', async () => {
    const world = await environments[name].make();
    expect(world.name).toBe(name);
    expect(world.picture?.(world.reset(Rng.from(1))).shapes.length).toBeGreaterThan(2);
    // what a game shows need not tell its past, on which its rules may depend
    // nor does a picture tell speeds
    if (!(name in gameEnvironments || HIDDEN.has(name)) && world.observation.shape.length !== 3)
      expect(world.stateFrom).toBeDefined();
    expect(environments[name].summary).toMatch(/^[A-Z].{20,100}\.$/);
  });
});

interface Hop {
  place: number;
  readonly steps: number;
}

/** A hop of chance length on a line of 10; ends at 9. */
const hops: Environment<Hop, Discrete> = {
  name: 'hops',
  observation: box([0, 0], [9, 50]),
  action: discrete(3),
  maxSteps: 50,
  reset: (rng) => ({ place: rng.integer(3), steps: 0 }),
  step({ place, steps }, action, rng) {
    const next = Math.max(0, Math.min(9, place + (action - 1) * (1 + rng.integer(3))));
    return { state: { place: next, steps: steps + 1 }, reward: -1, discount: next === 9 ? 0 : 1 };
  },
  observe: ({ place, steps }) => Float32Array.of(place, Math.min(50, steps)),
  legal: ({ place }) => Uint8Array.of(place === 0 ? 0 : 1, 1, 1),
  stateFrom: ([place, steps]) => ({ place, steps }),
  picture: ({ place }) => ({
    view: { left: 0, right: 9, bottom: 0, top: 1 },
    shapes: [{ kind: 'disc', center: [place, 0.5], radius: 0.2, ink: 'body' }],
  }),
};

test('a sound world of another kind passes', () => {
  expect(environmentProblems(hops, { seed: 3 })).toEqual([]);
});

describe('broken worlds are told how', () => {
  let count = 0;
  const shared = new Float32Array(2);
  const place = { place: 0, steps: 0 };
  // biome-ignore format: a table, one case a line
  const cases: [string, Partial<Record<keyof typeof hops, unknown>>, RegExp][] = [
    ['dice of its own', { step: (s: Hop, a: number) => hops.step(s, a, Rng.from(count++)) }, /two steps from one state .* must agree, got \.state\.place/],
    ['a reset that ignores its seed', { reset: () => ({ place: 0, steps: -count++ }) }, /the same seed must give the same state, got \.steps/],
    ['a step that writes into its state', { step: (s: Hop, a: number, rng: Rng) => { const t = hops.step(s, a, rng); s.place++; return t; } }, /`step` must leave the state it is given as it is, and changed \.place/],
    ['one state for all', { step: (s: Hop, a: number, rng: Rng) => { const t = hops.step(s, a, rng); return { ...t, state: Object.assign(place, t.state) }; } }, /must leave/],
    ['looking that changes', { observe: (s: Hop) => hops.observe({ ...s, place: s.place++ % 10 }) }, /to look at a state must not change it, and changed \.place/],
    ['one array for all observations', { observe: (s: Hop) => { shared.set(hops.observe(s)); return shared; } }, /fresh array/],
    ['an observation that is kept in the state', { reset: () => Float32Array.of(1, 2), step: (state: Float32Array) => ({ state, reward: 0, discount: 1 }), observe: (s: unknown) => s, legal: undefined, picture: undefined, stateFrom: undefined }, /fresh array/],
    ['hidden memory', { step: (s: Hop, a: number, rng: Rng) => { const t = hops.step(s, a, rng); return { ...t, reward: Math.floor(count++ / 2) }; } }, /episode 1, step \d+: an episode played again .* must be the same, got \.reward/],
    ['a short observation', { observe: () => Float32Array.of(1) }, /`observe` must return a Float32Array of 2, got a Float32Array of 1/],
    ['an observation out of bounds', { observe: () => Float32Array.of(0, 51) }, /the observation must lie in \[0, 50\] at element 1, got 51/],
    ['a NaN observation', { observe: () => Float32Array.of(NaN, 0) }, /finite numbers, got NaN/],
    ['an infinite observation', { observation: box(-Infinity, Infinity, [2]), observe: () => Float32Array.of(Infinity, 0) }, /finite numbers, got Infinity/],
    ['an infinite reward', { step: (s: Hop) => ({ state: s, reward: Infinity, discount: 1 }) }, /reward must be a finite number, got Infinity/],
    ['a discount over time', { step: (s: Hop) => ({ state: s, reward: 0, discount: 0.9 }) }, /discount must be 1 .* got 0.9/],
    ['a Gymnasium answer', { step: () => [[0, 0], 0, false, false, {}] }, /must return \{ state, reward, discount \}, got an Array of 5/],
    ['an error', { step: () => { throw new Error('out of fuel'); } }, /step 1: must not throw, and threw Error: out of fuel/],
    ['an error past the end', { step: (s: Hop, a: number, rng: Rng) => { if (s.place === 9) throw new Error('game over'); return hops.step(s, a, rng); } }, /past the end: must not throw, and threw Error: game over/],
    ['no legal action', { legal: ({ steps }: Hop) => Uint8Array.of(0, steps < 3 ? 1 : 0, 0) }, /step 3: there must be a legal action/],
    ['a short mask', { legal: () => Uint8Array.of(1) }, /`legal` must return a Uint8Array of 3/],
    ['a stateFrom that forgets', { stateFrom: () => ({ place: 0, steps: 0 }) }, /observing `stateFrom` must show what it was made from, got 0 for/],
    ['a vague cut', { truncated: () => undefined }, /`truncated` must return true or false, got undefined/],
    ['a picture of nothing', { picture: () => ({ view: { left: 1, right: 1, bottom: 0, top: 1 }, shapes: [] }) }, /left of right/],
    ['a NaN in a picture', { picture: () => ({ ...hops.picture!(place), shapes: [{ kind: 'disc', center: [0, NaN], radius: 1, ink: 'body' }] }) }, /got NaN in shape 0, a disc/],
    ['an unknown ink', { picture: () => ({ ...hops.picture!(place), shapes: [{ kind: 'disc', center: [0, 0], radius: 1, ink: 'red' }] }) }, /an ink must be one of body.*got "red" in shape 0/],
    ['no steps at all', { maxSteps: 0 }, /`maxSteps` must be a whole number of steps from 1, got 0/],
    ['a promise of a state', { reset: async () => place }, /`reset` must return a state at once, got a promise/],
  ];
  test.each(cases)('%s', (_, change, message) => {
    count = 0;
    const broken = { ...hops, ...change } as Environment<Hop, Discrete>;
    expect(() => checkEnvironment(broken, { seed: 3 })).toThrow(InputError);
    expect(() => checkEnvironment(broken, { seed: 3 })).toThrow(message);
  });
  test('several problems are told together, each once', () => {
    const broken = {
      ...hops,
      observe: () => Float32Array.of(NaN),
      step: (s: Hop) => ({ state: s, reward: NaN, discount: 2 }),
    };
    const problems = environmentProblems(broken, { seed: 3 });
    expect(problems.length).toBe(3);
    expect(problems[0]).toMatch(/^episode 1, reset: `observe` must return a Float32Array of 2/);
    expect(() => checkEnvironment(broken)).toThrow(
      /world "hops" breaks its contract:\n {2}- .*\n {2}- .*\n {2}- /,
    );
  });
  test('actions given to a world are not its own', () => {
    const broken: Environment<number> = {
      ...(hops as unknown as Environment<number>),
      action: box(-1, 1),
      reset: () => 0,
      step: (state, action) => ({ state, reward: (action as Float32Array).fill(0)[0], discount: 1 }),
      observe: () => Float32Array.of(0, 0),
      legal: undefined,
      stateFrom: undefined,
      picture: undefined,
    };
    expect(() => checkEnvironment(broken)).toThrow(/`step` must leave the action it is given as it is/);
  });
});
