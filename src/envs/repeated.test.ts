import { describe, expect, it } from 'vitest';
import { randomAgent } from '../agents/random.ts';
import { box, type Environment, InputError, Rng } from '../core/index.ts';
import { type RunEvent, run } from '../run/index.ts';
import { checkEnvironment } from '../testing/index.ts';
import { pendulum } from './pendulum.ts';
import { repeated } from './repeated.ts';

/** Counts its steps, earns the number of the step, costs as much beyond 3, and ends at 5. */
const counter: Environment<number> = {
  name: 'counter',
  observation: box(0, 10),
  action: box(-1, 1),
  maxSteps: 7,
  reset: () => 0,
  step: (state) => ({
    state: state + 1,
    reward: state + 1,
    discount: state + 1 === 5 ? 0 : 1,
    cost: Math.max(0, state - 2),
  }),
  observe: (state) => Float32Array.of(state),
};
const still = Float32Array.of(0);

describe('repeated', () => {
  it('adds up rewards and costs, and stops at the end', () => {
    const world = repeated(counter, 3);
    const one = world.step(0, still, Rng.from(1));
    expect(one).toEqual({ state: 3, reward: 1 + 2 + 3, discount: 1, cost: 0 });
    // the fifth step is the last: the sixth is never made
    expect(world.step(3, still, Rng.from(1))).toEqual({ state: 5, reward: 4 + 5, discount: 0, cost: 1 + 2 });
    expect(world.maxSteps).toBe(3); // 7 steps are 3 decisions, the last of them cut short
    expect(world.actionRepeat).toBe(3);
  });

  it('multiplies later rewards by earlier discounts', () => {
    const turns = repeated({ ...counter, step: (s) => ({ state: s, reward: 1, discount: -1 }) }, 3);
    expect(turns.step(0, still, Rng.from(1))).toEqual({ state: 0, reward: 1 - 1 + 1, discount: -1 });
  });

  it('stops where the world cuts the episode off', () => {
    const cut = repeated({ ...counter, truncated: (state) => state >= 2 }, 3);
    expect(cut.step(0, still, Rng.from(1)).state).toBe(2);
  });

  it('keeps the contract of a world', () => {
    expect(() => checkEnvironment(repeated(pendulum(), 4))).not.toThrow();
    expect(repeated(pendulum(), 4).maxSteps).toBe(50);
  });

  it('refuses what it cannot repeat', () => {
    expect(() => repeated(counter, 1.5)).toThrow(
      new InputError('repeated(counter): times must be a positive integer, got 1.5.'),
    );
    expect(() => repeated(repeated(counter, 2), 2)).toThrow(InputError);
  });
});

it('a run counts environment steps, and evaluates when they are due', async () => {
  const events: RunEvent[] = [];
  const environment = repeated(pendulum(), 8); // 25 decisions an episode
  const agent = randomAgent(environment.action);
  const evaluation = { every: 300, episodes: 1 };
  for await (const event of run({ environment, agent, seed: 1, steps: 1000, evaluation })) events.push(event);
  const steps = (type: RunEvent['type']) =>
    events.flatMap((event) => (event.type === type && 'step' in event ? [event.step] : []));
  expect(steps('step').length).toBe(125);
  expect(steps('step').at(-1)).toBe(1000);
  expect(steps('episode')).toEqual([200, 400, 600, 800, 1000]);
  // at the first decision that reaches 300, 600 and 900, and at the end
  expect(steps('evaluation')).toEqual([304, 600, 904, 1000]);
  expect(events.find((event) => event.type === 'episode')).toMatchObject({ length: 200 });
});
