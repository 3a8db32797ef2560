import { numpy as np } from '@jax-js/jax';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../core/errors.ts';
import { Rng } from '../../core/rng.ts';
import { box, discrete, type Element, readElement, type Space } from '../../core/spaces.ts';
import { feature, type TracedDiscount, type TracedReward } from '../../engine/rules.ts';
import { type EnsembleOptions, ensemble } from './index.ts';

const D = 3;
const reward: TracedReward = (observation, action, next) =>
  feature(observation, 0).add(feature(action, 1).mul(2)).sub(feature(next, 2));
const discount: TracedDiscount = (next) => np.where(np.less(feature(next, 0), 0), 1, 0);
const options: Partial<EnsembleOptions> = {
  members: 4,
  elites: 3,
  hidden: [8],
  propagation: 'mean',
  threads: 1,
};

/** N rows of numbers around 0. */
function rowsFor<A extends Space>(action: A, N: number) {
  const rng = Rng.from(3);
  const observations = rng.fillNormal(new Float32Array(N * D));
  const actions =
    action.kind === 'discrete'
      ? Float32Array.from({ length: N }, (_, n) => n % action.n)
      : rng.fillNormal(new Float32Array(N * 2));
  return { observations, actions };
}

describe.each([
  { says: 'a box', action: box(-1, 1, [2]), width: 2 },
  { says: 'discrete', action: discrete(3), width: 1 },
])('actions are $says', ({ action, width }) => {
  const world = { observation: box(-Infinity, Infinity, [D]), action: action as Space, reward, discount };

  // one call, several calls of the largest size, one call of another size, a single row
  test.each([10, 1600, 40, 1])(
    '%i rows: each is what one elite makes of it, all elites in even shares',
    async (N) => {
      const model = ensemble(world, { ...options, kind: 'deterministic' }, Rng.from(1));
      const { observations, actions } = rowsFor(action, N);
      const imagined = await model.imagine(observations, actions, Rng.from(2));
      expect([imagined.nextObservations.length, imagined.rewards.length]).toEqual([N * D, N]);
      // `step` says what each member makes of each row
      const each = await Promise.all(
        [0, 1, 2].map((member) =>
          model.step(
            Array.from({ length: N }, (_, n) => ({
              observation: observations.slice(n * D, (n + 1) * D),
              member,
            })),
            Array.from({ length: N }, (_, n) => readElement(action, actions, n * width) as Element<Space>),
            Rng.from(4),
          ),
        ),
      );
      const counts = [0, 0, 0];
      for (let n = 0; n < N; n++) {
        const next = imagined.nextObservations.slice(n * D, (n + 1) * D);
        const member = each.findIndex(({ states }) =>
          states[n].observation.every((x, i) => Math.abs(x - next[i]) < 1e-5),
        );
        expect(member).toBeGreaterThanOrEqual(0);
        counts[member]++;
        expect(imagined.rewards[n]).toBeCloseTo(each[member].rewards[n], 4);
        expect(imagined.discounts[n]).toBe(each[member].discounts[n]);
      }
      for (const count of counts) expect(Math.abs(count - N / 3)).toBeLessThan(1);
    },
  );
});

test('noise is drawn from the stream for every row and number', async () => {
  const world = { observation: box(-Infinity, Infinity, [D]), action: box(-1, 1, [2]), reward };
  const model = ensemble(world, options, Rng.from(1));
  const N = 600;
  const observations = new Float32Array(N * D);
  const actions = new Float32Array(N * 2);
  const ask = (seed: number) => model.imagine(observations, actions, Rng.from(seed));
  const one = await ask(2);
  expect(await ask(2)).toEqual(one);
  expect(new Set(one.nextObservations).size).toBeGreaterThan(0.99 * N * D);
  expect((await ask(3)).nextObservations).not.toEqual(one.nextObservations);
  expect(one.discounts.every((d) => d === 1)).toBe(true);
});

test('rows that do not fit are refused', () => {
  const world = { observation: box(-Infinity, Infinity, [D]), action: box(-1, 1, [2]) };
  const model = ensemble(world, options, Rng.from(1));
  const wrong = () => model.imagine(new Float32Array(6), new Float32Array(3), Rng.from(1));
  expect(wrong).toThrow(InputError);
  expect(wrong).toThrow('got 6 and 3');
});
