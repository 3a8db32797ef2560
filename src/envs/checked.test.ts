import { describe, expect, test } from 'vitest';
import type { Environment, Transition } from '../core/environment.ts';
import { InputError, NumericalError } from '../core/errors.ts';
import { Rng } from '../core/rng.ts';
import { type Box, box, type Discrete, discrete } from '../core/spaces.ts';
import { checked } from './checked.ts';
import { environments } from './index.ts';

interface Place {
  readonly at: number;
}

/** A walk on a line, right or left. */
const walk: Environment<Place, Discrete> = {
  name: 'walk',
  observation: box(-9, 9, [2]),
  action: discrete(2),
  maxSteps: 9,
  reset: () => ({ at: 0 }),
  step: ({ at }, action) => ({ state: { at: at + 2 * action - 1 }, reward: 0, discount: 1 }),
  observe: ({ at }) => Float32Array.of(at, 1),
};
const rng = Rng.from('checked');

/** The error of the third step and what is looked at after it. */
function third<A extends Discrete | Box>(world: Environment<Place, A>, action: unknown = 1): unknown {
  try {
    const watched = checked(world);
    let state = watched.reset(rng);
    const good = (world.action.kind === 'box' ? Float32Array.of(0) : 0) as never;
    for (let t = 1; t <= 3; t++) {
      state = watched.step(state, t === 3 ? (action as never) : good, rng).state;
      watched.legal?.(state);
      watched.truncated?.(state);
      watched.observe(state);
    }
  } catch (error) {
    return error;
  }
  return undefined;
}

/** `wrong` at the third step, `right` before. */
const atThird = <T>(right: T, wrong: unknown) => {
  let calls = 0;
  return () => (++calls === 3 ? wrong : right) as T;
};
const stepping = (wrong: Partial<Record<keyof Transition<Place>, unknown>>) => {
  const right: Transition<Place> = { state: { at: 0 }, reward: 0, discount: 1 };
  return { ...walk, step: atThird(right, { ...right, ...wrong }) };
};

describe('a world that goes wrong at step 3', () => {
  // biome-ignore format: a table, one case a line
  const cases: [string, Environment<Place, Discrete>, typeof InputError, RegExp][] = [
    ['NaN observation', { ...walk, observe: atThird(Float32Array.of(0, 0), Float32Array.of(0, NaN)) }, NumericalError, /world "walk", step 3, observation: every number must be finite, got NaN at index 1 of 2/],
    ['short observation', { ...walk, observe: atThird(Float32Array.of(0, 0), Float32Array.of(0)) }, InputError, /world "walk", step 3: `observe` must return a Float32Array of 2 .* got a Float32Array of 1/],
    ['plain array for observation', { ...walk, observe: atThird(Float32Array.of(0, 0), [0, 0]) }, InputError, /step 3: `observe` must return .*got an Array of 2/],
    ['NaN reward', stepping({ reward: NaN }), NumericalError, /world "walk", step 3, reward: must be finite, got NaN/],
    ['infinite reward', stepping({ reward: -Infinity }), NumericalError, /step 3, reward: must be finite, got -Infinity/],
    ['no reward', stepping({ reward: undefined }), InputError, /step 3, reward: must be a number, got undefined/],
    ['a discount over time', stepping({ discount: 0.99 }), InputError, /step 3: the discount must be 1 \(go on\).* got 0.99/],
    ['done for discount', stepping({ discount: false }), InputError, /step 3: the discount must be .* got false/],
    ['no state', stepping({ state: undefined }), InputError, /step 3: `step` must give a state, got undefined/],
    ['a Gymnasium answer', { ...walk, step: atThird({ state: { at: 0 }, reward: 0, discount: 1 }, [[0, 1], 0, false, false, {}]) }, InputError, /step 3: `step` must return \{ state, reward, discount \}, got an Array of 5.*fromGym/],
    ['a promise', { ...walk, step: atThird({ state: { at: 0 }, reward: 0, discount: 1 }, Promise.resolve()) }, InputError, /step 3: `step` must return .*got a promise/],
    ['a short mask', { ...walk, legal: atThird(Uint8Array.of(1, 1), Uint8Array.of(1)) }, InputError, /`legal` must return a Uint8Array of 2, got a Uint8Array of 1/],
    ['an odd mask', { ...walk, legal: atThird(Uint8Array.of(1, 1), Uint8Array.of(1, 7)) }, InputError, /`legal` must hold only 1 \(allowed\) and 0, got 7/],
    ['a vague cut', { ...walk, truncated: atThird(false, undefined) }, InputError, /step 3: `truncated` must return true or false, got undefined/],
  ];
  test.each(cases)('%s', (_, world, kind, message) => {
    const error = third(world);
    expect(error).toBeInstanceOf(kind);
    expect((error as Error).message).toMatch(message);
  });
});

describe('an action outside its space', () => {
  test.each([
    [2, /world "walk", step 3: the action must be an integer in \[0, 1\], got 2/],
    [0.5, /got 0.5/],
    [Float32Array.of(1), /got a Float32Array of 1/],
    [undefined, /got undefined/],
  ])('%s, discrete', (action, message) => {
    const error = third(walk, action ?? null);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toMatch(action === undefined ? /got null/ : message);
  });
  const steered: Environment<Place, Box> = {
    ...walk,
    action: box(-1, 1),
    step: ({ at }, [push]) => ({ state: { at: at + push }, reward: 0, discount: 1 }),
  };
  test.each([
    [Float32Array.of(1.5), /world "walk", step 3: the action must lie in \[-1, 1\] at element 0, got 1.5/],
    [Float32Array.of(0, 0), /must have 1 elements/],
    [[0], /must be a Float32Array of 1, got an array of 1/],
  ])('%s, box', (action, message) => {
    const error = third(steered, action);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toMatch(message);
  });
  test('a NaN action is a number gone wrong', () => {
    expect(third(steered, Float32Array.of(NaN))).toBeInstanceOf(NumericalError);
  });
  test('an illegal action', () => {
    const error = third({ ...walk, legal: () => Uint8Array.of(1, 0) }, 1);
    expect((error as Error).message).toMatch(/step 3: the action must be legal, got 1/);
  });
});

test('a world that cannot be described is refused at once, with all its problems', () => {
  const broken = { ...walk, name: '', maxSteps: 0, observe: undefined } as unknown as typeof walk;
  expect(() => checked(broken)).toThrow(/name.*\n.*maxSteps.*got 0.*\n.*observe.*must be a function/);
  expect(() => checked({ ...walk, maxSteps: Infinity })).toThrow(/maxSteps.*got Infinity/);
});

test.each(Object.keys(environments))('%s is the same world under watch', async (name) => {
  const plain = await environments[name].make();
  const watched = checked(plain);
  let [a, b] = [plain.reset(Rng.from(1)), watched.reset(Rng.from(1))];
  for (let t = 0; t < 5; t++) {
    const { action: space } = plain;
    const first = plain.legal?.(a).indexOf(1) ?? 0;
    const action = space.kind === 'discrete' ? first : space.low.map(() => 0.5);
    const [x, y] = [plain.step(a, action, rng), watched.step(b, action, rng)];
    expect(y).toEqual(x);
    expect(watched.observe(y.state)).toEqual(plain.observe(x.state));
    [a, b] = [x.state, y.state];
  }
  expect(watched.picture?.(b)).toEqual(plain.picture?.(a));
  expect(watched.stateFrom?.(watched.observe(b))).toEqual(plain.stateFrom?.(plain.observe(a)));
  expect(watched.legal?.(b)).toEqual(plain.legal?.(a));
});
