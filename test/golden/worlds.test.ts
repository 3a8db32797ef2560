/**
 * Worlds against their golden files: transcripts of random play, which show any change, and transitions worked out by
 * another program from the equations of motion, which show whether they are right.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { environments } from '../../src/envs/index.ts';
import { play, read, write } from './transcript.ts';

const at = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const COMMAND = 'GOLDEN=write npx vitest run test/golden/worlds.test.ts';

/** Near enough for sines and cosines that differ in their last bit. */
function expectNear(
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  relative: number,
  what: string,
): void {
  expect(got.length, what).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const apart = Math.abs(got[i] - expected[i]) / Math.max(1e-3, Math.abs(expected[i]));
    expect(apart, `${what}, element ${i}: ${got[i]} for ${expected[i]}`).toBeLessThan(relative);
  }
}

/** Pictures of a world move as it does, and their drawing has tests of its own. */
const names = Object.keys(environments).filter((name) => !name.startsWith('pixel-'));

describe.each(names)('%s', (name) => {
  test('plays as in its transcript', async () => {
    const environment = await environments[name].make();
    const lines = play(environment);
    const file = at(`worlds/${name}.txt`);
    if (process.env.GOLDEN === 'write') writeFileSync(file, write(name, COMMAND, lines));
    const golden = read(readFileSync(file, 'utf8'));
    expect(lines.length).toBe(golden.length);
    for (const [t, line] of lines.entries()) {
      expectNear(line.action, golden[t].action, 1e-6, `line ${t}, action`);
      expectNear(line.observation, golden[t].observation, 1e-5, `line ${t}, observation`);
      expectNear([line.reward], [golden[t].reward], 1e-9, `line ${t}, reward`);
      expect(line.discount, `line ${t}, discount`).toBe(golden[t].discount);
    }
  });

  const moves = MOVES_AS[name] ?? name;
  // the others have golden numbers of their own, or no equations
  test.skipIf(!(moves in FIELDS))('moves as its equations say', async () => {
    const environment = await environments[name].make();
    const transitions = TRANSITIONS.filter(({ world }) => world === moves);
    expect(transitions.length).toBeGreaterThan(15);
    for (const { state, action, next, reward, discount, observation } of transitions) {
      const from = Object.fromEntries(FIELDS[moves].map((field, i) => [field, state[i]]));
      const given = environment.action.kind === 'discrete' ? action : Float32Array.of(action);
      const transition = environment.step(from, given, Rng.from(0));
      const what = `from [${state}] by ${action}`;
      const reached = FIELDS[moves].map((field) => (transition.state as Record<string, number>)[field]);
      expectNear(reached, next, 1e-9, `${what}, state`);
      expectNear([transition.reward], [reward], 1e-9, `${what}, reward`);
      expect(transition.discount, what).toBe(discount);
      expectNear(environment.observe(transition.state), observation, 1e-4, `${what}, observation`);
    }
    const ends = transitions.filter(({ discount }) => discount === 0).length;
    expect(ends > 0).toBe(moves !== 'pendulum');
  });
});

interface GoldenTransition {
  readonly world: string;
  readonly state: readonly number[];
  readonly action: number;
  readonly next: readonly number[];
  readonly reward: number;
  readonly discount: number;
  readonly observation: readonly number[];
}

const TRANSITIONS: readonly GoldenTransition[] = readFileSync(at('gymnasium.txt'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('{'))
  .map((line) => JSON.parse(line));

/** Worlds that move as another does: what they add are costs. */
const MOVES_AS: Readonly<Record<string, string>> = {
  'limited-pendulum': 'pendulum',
  'short-rail-cart-pole': 'continuous-cart-pole',
};

/** The order in which the golden transitions list a state's numbers. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  'cart-pole': ['position', 'velocity', 'angle', 'angularVelocity'],
  'continuous-cart-pole': ['position', 'velocity', 'angle', 'angularVelocity'],
  pendulum: ['angle', 'angularVelocity'],
  'mountain-car': ['position', 'velocity'],
  'continuous-mountain-car': ['position', 'velocity'],
  acrobot: ['angle1', 'angle2', 'velocity1', 'velocity2'],
};
