/** A dream of the world itself is the truth; what is wrong with a model shows by its size, written out. */
import { describe, expect, test } from 'vitest';
import { aimless, type DriftState, drift } from '../../test/worlds/drift.ts';
import type { Agent } from '../core/agent.ts';
import type { Environment } from '../core/environment.ts';
import { InputError, NumericalError } from '../core/errors.ts';
import type { Model } from '../core/model.ts';
import { Rng } from '../core/rng.ts';
import { type Box, box } from '../core/spaces.ts';
import { pendulum } from '../envs/pendulum.ts';
import { exact } from '../models/exact.ts';
import { type Dream, type DreamOptions, distance, dream, dreamOf } from './dream.ts';
import { type Episode, playEpisode } from './episode.ts';

async function dreamt<S, A extends Box>(options: DreamOptions<S, A>): Promise<Dream<S, A>> {
  const dreaming = dream(options);
  for (;;) {
    const moment = await dreaming.next();
    if (moment.done) return moment.value;
  }
}

/** x' = 0.9 x + 0.2 a, as drift is without its noise. */
const still: Environment<DriftState, Box> = {
  ...drift(),
  step(state, action, rng) {
    const x = 0.9 * state.x + 0.2 * action[0];
    return { ...drift().step(state, action, rng), state: { ...state, x }, reward: -x * x };
  },
};

/** A model of it that has the effect of actions wrong, and remembers how often it was shown something. */
function belief(effect: number): Model<{ x: number; shown: number }, Box> {
  return {
    action: box(-1, 1),
    infer: ({ observation }, before) => ({ x: observation[0], shown: (before?.state.shown ?? 0) + 1 }),
    step(states, actions) {
      const next = states.map(({ x, shown }, i) => ({ x: 0.9 * x + effect * actions[i][0], shown }));
      return {
        states: next,
        rewards: Float32Array.from(next, ({ x }) => -x * x),
        discounts: Float32Array.from(next, () => 0.75),
      };
    },
    observe: (states) => states.map(({ x }) => Float32Array.of(x)),
  };
}

/** Always pushes by 0.5. */
const pushing = (model?: Model<unknown, Box>): Agent<Box> => ({
  ...aimless(box(-1, 1)),
  name: 'pushing',
  act: () => ({ action: Float32Array.of(0.5), carry: undefined }),
  ...(model && { model }),
});

const options = (effect: number, more: Partial<DreamOptions<DriftState, Box>> = {}) => ({
  environment: still,
  agent: pushing(belief(effect)),
  rng: Rng.from(1),
  ...more,
});

describe('a dream', () => {
  test('of the true world is the truth, in a world of many numbers too', async () => {
    const world = pendulum();
    const agent = { ...aimless(world.action), model: exact(world) };
    const { truth, dreams, errors, rewardErrors, discountErrors, actions, shown } = await dreamt({
      environment: world,
      agent,
      rng: Rng.from(3),
    });
    expect([actions.length, truth.observations.length, truth.states.length]).toEqual([49, 50, 50]);
    expect(shown).toEqual(truth.observations.slice(0, 5));
    expect(dreams).toHaveLength(1);
    expect(dreams[0].observations).toEqual(truth.observations.slice(5));
    for (const error of [errors!, discountErrors]) expect(error).toEqual(new Array(45).fill(0));
    // rewards of a model are of single precision: up to 17, so half of 2^-19
    for (const error of rewardErrors) expect(error).toBeLessThan(1e-6);
  });

  test('of a wrong one errs as written out', async () => {
    // at the effect 0 instead of 0.2 it is behind by 0.2 * 0.5 * (1 + 0.9 + ...), in units of 2
    const { errors, rewardErrors, discountErrors, truth, dreams } = await dreamt(
      options(0, { steps: 3, spread: [2] }),
    );
    [0.1, 0.19, 0.271].forEach((amiss, h) => {
      expect(errors![h]).toBeCloseTo(amiss / 2, 6);
      const [real, imagined] = [truth.observations[5 + h][0], dreams[0].observations[h][0]];
      expect(real - imagined).toBeCloseTo(amiss, 6);
      expect(rewardErrors[h]).toBeCloseTo(Math.abs(real ** 2 - imagined ** 2), 5);
    });
    expect(discountErrors).toEqual([0.25, 0.25, 0.25]);
  });

  test('begins where a recurrent model has taken in what it is shown, and nothing before or after', async () => {
    const counts: number[] = [];
    const model = belief(0.2);
    const counting: typeof model = {
      ...model,
      step(states, actions, rng) {
        counts.push(...states.map(({ shown }) => shown));
        return model.step(states, actions, rng);
      },
    };
    await dreamt(options(0, { agent: pushing(counting), context: 7, steps: 2 }));
    expect(counts).toEqual([7, 7]);
  });

  test('ends where the episode does, and leaves its course as it was', async () => {
    const told = await dreamt(options(0.1, { context: 3 }));
    // 20 decisions, 2 of which lie before the dream
    expect(told.dreams[0].observations).toHaveLength(18);
    let played: Episode<DriftState, Box> | undefined;
    for await (const { episode } of playEpisode(options(0.1))) played = episode;
    expect(told.truth.observations).toEqual(played!.views.map(({ observation }) => observation));
    expect(told.truth.rewards).toEqual(played!.rewards);
    expect(await dreamOf(played!, options(0.1, { context: 3 }))).toEqual(told);
  });

  test('drawn several times has dice of its own each time, and its error is that of all', async () => {
    const noisy: Model<unknown, Box> = {
      ...belief(0.2),
      async step(states, actions, rng) {
        const next = await belief(0.2).step(states as { x: number; shown: number }[], actions, rng);
        return { ...next, states: next.states.map((state) => ({ ...state, x: state.x + rng.normal() })) };
      },
    };
    const { dreams, errors, truth } = await dreamt(
      options(0, { agent: pushing(noisy), samples: 3, steps: 4, spread: [1] }),
    );
    const amiss = dreams.map(({ observations }) => observations[0][0] - truth.observations[5][0]);
    expect(new Set(amiss).size).toBe(3);
    expect(errors![0]).toBeCloseTo(Math.hypot(...amiss) / Math.sqrt(3), 6);
  });
});

describe('with the agent acting in it', () => {
  /** Pushes back by half of what it sees. */
  const steering = (model: Model<unknown, Box>): Agent<Box> => ({
    ...pushing(model),
    act: ({ observation }) => ({ action: Float32Array.of(-0.5 * observation[0]), carry: undefined }),
  });

  test('it acts on what it imagines, and the truth is the world under these actions', async () => {
    const given = options(0, { agent: steering(belief(0)), steps: 4 });
    const recorded = await dreamt(given);
    const told = await dreamt({ ...given, policy: true });
    expect(told.policy).toBe(true);
    expect(told.actions.slice(0, 5)).toEqual(recorded.actions.slice(0, 5));
    expect(told.actions.slice(5)).not.toEqual(recorded.actions.slice(5));
    told.dreams[0].observations.slice(0, 3).forEach(([x], h) => {
      expect(told.actions[5 + h][0]).toBeCloseTo(-0.5 * x, 6);
    });
    let [x] = told.truth.observations[0];
    told.actions.forEach(([a], t) => {
      x = 0.9 * x + 0.2 * a;
      expect(told.truth.observations[t + 1][0]).toBeCloseTo(x, 6);
    });
  });

  test('a true model leads it as the world does, dice and all', async () => {
    const world = pendulum();
    const agent: Agent<Box> = {
      ...aimless(world.action),
      model: exact(world),
      act: ({ observation }) => ({ action: Float32Array.of(observation[1]), carry: undefined }),
    };
    const given = { environment: world, agent, rng: Rng.from(2), steps: 20 };
    const [recorded, acted] = [await dreamt(given), await dreamt({ ...given, policy: true })];
    expect({ ...acted, policy: false }).toEqual(recorded);
    const dicey = { environment: drift(), agent: steering(belief(0.2)), rng: Rng.from(2), steps: 1 };
    const [one, other] = [await dreamt(dicey), await dreamt({ ...dicey, policy: true })];
    expect(other.truth.observations).toEqual(one.truth.observations);
  });

  test('it is asked what it does in a state of its model, where it can say', async () => {
    const agent: Agent<Box> = {
      ...pushing(belief(0.2)),
      actFrom: (state) => Float32Array.of((state as { shown: number }).shown / 10),
    };
    const { actions } = await dreamt(options(0, { agent, policy: true, steps: 2 }));
    expect(actions.map(([a]) => a).slice(4)).toEqual([Math.fround(0.5), Math.fround(0.5)]);
    expect(actions[3][0]).toBe(0.5);
    const wild: Agent<Box> = { ...agent, actFrom: () => Float32Array.of(7) };
    const failed = dreamt(options(0, { agent: wild, policy: true }));
    await expect(failed).rejects.toThrow('agent pushing: its action must lie in [-1, 1]');
  });

  test('the dream ends where the true world does', async () => {
    const ending: typeof still = {
      ...still,
      step: (state, action, rng) => ({
        ...still.step(state, action, rng),
        discount: action[0] > 0.8 ? 0 : 1,
      }),
    };
    let asked = 0;
    const agent: Agent<Box> = {
      ...pushing(belief(0.2)),
      actFrom: () => Float32Array.of(++asked === 3 ? 0.9 : 0.1),
    };
    const told = await dreamt(options(0, { environment: ending, agent, policy: true }));
    expect(told.truth.discounts.slice(4)).toEqual([1, 1, 0]);
    expect(told.dreams[0].rewards).toHaveLength(3);
  });
});

test.each<[string, Partial<DreamOptions<DriftState, Box>>, RegExp]>([
  ['no model', { agent: pushing() }, /dream: pushing has no model of the world to dream in\. Take a run/],
  [
    'a model that shows nothing',
    { agent: pushing({ ...belief(0), observe: undefined }) },
    /the model of pushing must be able to show what it imagines/,
  ],
  ['no steps', { steps: 0 }, /dream: steps must be a positive integer, got 0/],
  ['half a moment', { context: 1.5 }, /dream: context must be a positive integer, got 1.5/],
  ['no samples', { samples: 0 }, /dream: samples must be a positive integer, got 0/],
  [
    'several truths',
    { samples: 2, policy: true },
    /samples must be 1 where the agent acts inside the dream, got 2/,
  ],
  [
    'a context as long as the episode',
    { context: 21 },
    /context must leave a step to be dreamt, so be at most 20, the decisions of the episode, got 21/,
  ],
])('bad input: %s', async (_, more, message) => {
  const failed = dreamt(options(0, more));
  await expect(failed).rejects.toThrow(InputError);
  await expect(failed).rejects.toThrow(message);
});

test('a number gone wrong in a dream is told, with its place', async () => {
  const agent = pushing({ ...belief(0), observe: (states) => states.map(() => Float32Array.of(Number.NaN)) });
  const failed = dreamt(options(0, { agent }));
  await expect(failed).rejects.toThrow(NumericalError);
  await expect(failed).rejects.toThrow('agent pushing: observation imagined 1 steps ahead');
});

test('distances: by element in a vector, by what a picture varies in all', () => {
  const [one, other] = [Float32Array.of(1, 2, 0), Float32Array.of(0, 0, 5)];
  // (1 / 0.5)^2 and (2 / 4)^2; the third never varies
  expect(distance(box(-9, 9, [3]), [0.5, 4, 0])!(one, other)).toBeCloseTo((4 + 0.25) / 2, 10);
  // 1 + 4 + 25 in thirds, over a variance of (0.25 + 16 + 0) / 3
  expect(distance(box(0, 1, [1, 3, 1]), [0.5, 4, 0])!(one, other)).toBeCloseTo(30 / 16.25, 10);
  expect(distance(box(-9, 9, [3]), [0, 0, 0])).toBeUndefined();
});
