import { describe, expect, test } from 'vitest';
import { type Linear, linearMembers, rig, sparse } from '../../../test/models/rigged-ensemble.ts';
import { InputError } from '../../core/errors.ts';
import { Rng } from '../../core/rng.ts';
import { box, discrete, elementSize, type Space } from '../../core/spaces.ts';
import { feature } from '../../engine/rules.ts';
import { checkModel } from '../../testing/model.ts';
import { type Ensemble, type EnsembleOptions, type EnsembleWorld, ensemble } from './index.ts';

/*
 * As in rollout.test.ts, a world that writes down who moved it: each member adds its mark to the first number of the
 * observation, and the action (here discrete: 0, 1 or 2, worth 0, 1 and 5) to the second.
 */
const MARKS = [1, 2, 4];
const WORTH = [0, 1, 5];
const marking: readonly Linear[] = MARKS.map((mark) => ({
  weights: [[0, 0], [0, 0], ...WORTH.map((worth) => sparse(2, { 1: worth }))],
  biases: [mark, 0],
}));
const world = {
  observation: box(-Infinity, Infinity, [2]),
  action: discrete(3),
} satisfies Omit<EnsembleWorld<Space>, 'reward'>;
const marks: EnsembleWorld<Space>['reward'] = (_o, _a, next) => feature(next, 0);
const squaredMarks: EnsembleWorld<Space>['reward'] = (_o, _a, next) => feature(next, 0).mul(feature(next, 0));
const acted: EnsembleWorld<Space>['reward'] = (_o, _a, next) => feature(next, 1);

function marked(
  reward: EnsembleWorld<Space>['reward'],
  options: Partial<EnsembleOptions>,
  best: readonly number[] = [0, 1, 2],
): Ensemble<typeof world.action> {
  const model = ensemble(
    { ...world, reward },
    { kind: 'deterministic', members: 3, elites: best.length, hidden: [5], ...options },
    Rng.from(1),
  );
  const saved = model.save();
  model.load(rig({ ...saved, facts: { ...saved.facts, best } }, linearMembers(marking, 2)));
  return model;
}

const H = 4;
const K = 70; // no multiple of what is scored in one call
const root = { observation: Float32Array.of(0, 0) };
const actions = Float32Array.from({ length: K * H }, (_, i) => (i * i + (i >> 3)) % 3); // [K, H]
/** Sum over steps of all that was acted so far. [K] */
const actedOf = Array.from({ length: K }, (_, k) =>
  Array.from({ length: H }, (_, h) => (H - h) * WORTH[actions[k * H + h]]).reduce((sum, x) => sum + x, 0),
);
const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, x) => total + x, 0);

describe('a rollout', () => {
  test.each([
    { propagation: 'fixedMember' as const, particles: 48 }, // 16 for each member: 32 candidates a call
    { propagation: 'fixedMember' as const, particles: 3 },
    { propagation: 'everyStep' as const, particles: 48 },
    { propagation: 'mean' as const, particles: 1 },
  ])('gives each candidate the return of its own actions: $propagation, $particles', async (options) => {
    const model = marked(acted, options);
    const { returns } = await model.rollout(root, actions, H, Rng.from(2));
    expect([...returns]).toEqual(actedOf);
    // the same alone as among others
    const { returns: alone } = await model.rollout(root, actions.slice(69 * H), H, Rng.from(2));
    expect([...alone]).toEqual(actedOf.slice(69));
  });

  test('with fixed members, each candidate has its particles spread evenly over the elites, to the end', async () => {
    const { returns } = await marked(squaredMarks, { propagation: 'fixedMember', particles: 6 }).rollout(
      root,
      actions,
      H,
      Rng.from(2),
    );
    // squares of m, 2m, 3m, 4m: 30 m^2; m^2 is (1 + 4 + 16) / 3 = 7 on average
    expect([...returns]).toEqual(new Array(K).fill(210));
  });

  test('only elites move particles', async () => {
    const { returns } = await marked(
      squaredMarks,
      { propagation: 'fixedMember', particles: 2 },
      [2, 0],
    ).rollout(root, actions, H, Rng.from(2));
    // 30 (16 + 1) / 2
    expect([...returns]).toEqual(new Array(K).fill(255));
  });

  test('at every step, particles are spread evenly over the elites, and drawn anew', async () => {
    const many = new Float32Array(64 * H); // two full calls of 32 candidates
    const options = { propagation: 'everyStep', particles: 48 } as const;
    const linear = (await marked(marks, options).rollout(root, many, H, Rng.from(3))).returns;
    // A mark counts from its step on: 4 + 3 + 2 + 1 times, 7/3 on average over all particles of a call, exactly.
    expect(sum(linear) / 64).toBeCloseTo((10 * 7) / 3, 4);
    // Not within one candidate: there the members are drawn. A mean of 48 draws has a deviation of 1.25 / sqrt(48) = 0.18
    // a step (sigma^2 = 7 - 49/9 = 14/9), times sqrt(16 + 9 + 4 + 1) = 5.5 a return: 0.99.
    const spread = Math.sqrt(sum(linear.map((x) => (x - 70 / 3) ** 2)) / 64);
    expect(spread).toBeGreaterThan(0.7);
    expect(spread).toBeLessThan(1.3);
    // Were particles never to change members, squares would be 30 x 7 = 210 on average. Drawn anew at each step, after h
    // steps they are h^2 49/9 + h 14/9: 30 x 49/9 + 10 x 14/9 = 1610/9 = 178.9, with a deviation of some 1.3 here.
    const squares = (await marked(squaredMarks, options).rollout(root, many, H, Rng.from(3))).returns;
    expect(sum(squares) / 64).toBeGreaterThan(178.9 - 5);
    expect(sum(squares) / 64).toBeLessThan(178.9 + 5);
  });

  test('the same stream gives the same returns, another stream others', async () => {
    const model = marked(squaredMarks, { propagation: 'everyStep', particles: 3 });
    const ask = async (seed: number) => [...(await model.rollout(root, actions, H, Rng.from(seed))).returns];
    expect(await ask(4)).toEqual(await ask(4));
    expect(await ask(4)).not.toEqual(await ask(5));
  });

  test('sequences that do not come out even are refused', async () => {
    const model = marked(acted, { propagation: 'mean' });
    await expect(model.rollout(root, new Float32Array(7), H, Rng.from(1))).rejects.toThrow(
      'ensemble: actions must hold K sequences of 4 x 1 numbers, got 7.',
    );
  });
});

describe('a step', () => {
  test('moves each particle by its own elite, and a state without one by the mean of all elites', async () => {
    const model = marked(acted, { particles: 2 }, [2, 0]);
    const at = (x: number, y: number, member?: number) => ({ observation: Float32Array.of(x, y), member });
    const { states, rewards, discounts } = await model.step(
      [at(0, 0, 0), at(0, 0, 1), at(10, 1, 0), { observation: Float32Array.of(0, 0) }],
      [0, 1, 2, 2],
      Rng.from(1),
    );
    // elites are members 2 and 0, with marks 4 and 1
    expect(states).toEqual([
      at(4, 0, 0),
      at(1, 1, 1),
      at(14, 6, 0),
      { observation: Float32Array.of(2.5, 5) },
    ]);
    expect([...rewards]).toEqual([0, 1, 6, 5]);
    expect([...discounts]).toEqual([1, 1, 1, 1]);
    expect(model.observe(states)[2]).toEqual(Float32Array.of(14, 6));
  });

  test.each([1, 2, 16, 17, 256, 300])('of %i states answers each in its place', async (B) => {
    const model = marked(acted, { particles: 3 });
    const states = Array.from({ length: B }, (_, b) => ({
      observation: Float32Array.of(b / 4, -b / 4),
      member: b % 3,
    }));
    const { states: next, rewards } = await model.step(
      states,
      states.map((_, b) => (b >> 2) % 3),
      Rng.from(1),
    );
    expect(next).toHaveLength(B);
    next.forEach(({ observation, member }, b) => {
      expect([...observation, member]).toEqual([b / 4 + MARKS[b % 3], -b / 4 + WORTH[(b >> 2) % 3], b % 3]);
    });
    expect(rewards).toHaveLength(B);
  });

  test('particles are spread evenly, in random order', () => {
    const model = marked(acted, { particles: 3 });
    const observation = Float32Array.of(1, 2);
    const members = model.particles(observation, 30, Rng.from(1)).map(({ member }) => member);
    for (const e of [0, 1, 2]) expect(members.filter((member) => member === e)).toHaveLength(10);
    expect(members).not.toEqual(model.particles(observation, 30, Rng.from(2)).map(({ member }) => member));
    expect(model.particles(observation, 1, Rng.from(1))[0].observation).toEqual(observation);
  });
});

describe('chance', () => {
  const drawn = async (
    kind: EnsembleOptions['kind'],
    propagation: EnsembleOptions['propagation'],
    member: number | undefined,
  ) => {
    const model = ensemble(
      { ...world, reward: acted },
      { kind, propagation, members: 3, elites: 3, particles: 3, hidden: [5] },
      Rng.from(1),
    );
    const rng = Rng.from(2);
    const before = rng.save();
    await model.step([member === undefined ? root : { ...root, member }], [0], rng);
    const stepped = rng.save();
    await model.rollout(root, new Float32Array(H), H, rng);
    return { step: `${stepped}` !== `${before}`, rollout: `${rng.save()}` !== `${stepped}` };
  };

  test('is drawn where members are unsure or particles change members, and only there', async () => {
    expect(await drawn('probabilistic', 'fixedMember', 1)).toEqual({ step: true, rollout: true });
    expect(await drawn('probabilistic', 'mean', undefined)).toEqual({ step: false, rollout: false });
    expect(await drawn('deterministic', 'fixedMember', 1)).toEqual({ step: false, rollout: false });
    expect(await drawn('deterministic', 'everyStep', 1)).toEqual({ step: false, rollout: true });
  });
});

describe('the contract of a model', () => {
  const continuous = { observation: box(-Infinity, Infinity, [3]), action: box(-1, 1, [2]) };
  const ending = { discount: 'learned' as const };
  const views = [0.3, -1].map((x) => ({ observation: Float32Array.of(x, 1, -x) }));
  const size = { hidden: [16], members: 3, elites: 2, particles: 2 };
  // matrix products of other shapes differ in their last bits, and squash at every layer and step
  const tolerance = 1e-5;

  test.each([
    { name: 'one network', options: { kind: 'deterministic', members: 1, elites: 1, particles: 1 } },
    {
      name: 'one network, fixed',
      options: { kind: 'deterministic', members: 1, elites: 1, propagation: 'mean' },
    },
    { name: 'the mean of several', options: { kind: 'probabilistic', propagation: 'mean' } },
  ] satisfies { name: string; options: Partial<EnsembleOptions> }[])(
    'a rollout equals repeated steps: $name',
    async ({ options }) => {
      await checkModel(ensemble(continuous, { ...size, ...options }, Rng.from(1)), views, { tolerance });
      const choosing = { ...continuous, ...ending, action: discrete(3) };
      await checkModel(ensemble(choosing, { ...size, ...options }, Rng.from(1)), views, { tolerance });
    },
  );

  test.each(['fixedMember', 'everyStep'] as const)(
    'a rollout is the mean over particles of repeated steps: %s',
    async (propagation) => {
      // linear members, so that their spread is of the size of their changes and rewards
      const model = ensemble(
        { observation: box(-Infinity, Infinity, [1]), action: box(-1, 1, [1]), discount: 'learned' },
        { hidden: [2], members: 2, elites: 2, particles: 2, propagation },
        Rng.from(1),
      );
      // outputs: change, reward, their log variances, the logit of going on
      const says = (drift: number): Linear => ({
        weights: [
          [-0.5, 1, 0, 0, 0],
          [1, 0, 0, 0, 0],
        ],
        biases: [drift, drift, -2, -2, 1 + drift],
      });
      model.load(rig(model.save(), linearMembers([says(0.5), says(-0.5)], 2)));
      await checkModel(model, [{ observation: Float32Array.of(0.5) }], {
        tolerance: 1e-3,
        streams: 40,
        horizon: propagation === 'everyStep' ? 1 : 3,
        candidates: 3,
        particles: (state) => [0, 1].map((member) => ({ ...state, member })),
      });
    },
  );

  test('what is learned of an end comes as a chance, what is given as 0 or 1', async () => {
    const model = ensemble({ ...continuous, ...ending }, size, Rng.from(1));
    const { discounts } = await model.step(
      views.map(model.infer),
      views.map(() => new Float32Array(elementSize(continuous.action))),
      Rng.from(1),
    );
    for (const discount of discounts) {
      expect(discount).toBeGreaterThan(0);
      expect(discount).toBeLessThan(1);
    }
  });
});

describe('options', () => {
  const messageOf = (options: Partial<EnsembleOptions>): string => {
    try {
      ensemble({ ...world, reward: acted }, options, Rng.from(1));
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
      return (error as Error).message;
    }
    throw new Error('nothing was thrown');
  };

  test('more elites than members, also where the elites are the default', () => {
    expect(messageOf({ members: 2, elites: 3, particles: 3 })).toBe(
      'ensemble: an option cannot be used.\n  elites: at most as many as members (2), got 3.',
    );
    expect(messageOf({ members: 4 })).toBe(
      'ensemble: an option cannot be used.\n  elites: at most as many as members (4), got 5.',
    );
  });

  test('particles that cannot be spread evenly, unless there are none', () => {
    expect(messageOf({ elites: 3 })).toBe(
      'ensemble: an option cannot be used.\n  particles: a multiple of elites (3), got 20.',
    );
    ensemble({ ...world, reward: acted }, { elites: 3, propagation: 'mean' }, Rng.from(1));
  });

  test('a mistyped name, and numbers out of range', () => {
    expect(messageOf({ member: 3, learningRate: 0, hidden: [] } as Partial<EnsembleOptions>)).toBe(
      [
        'ensemble: 3 options cannot be used.',
        '  hidden: expected array to have >=1 items, got an array.',
        '  learningRate: expected number to be >0, got 0.',
        '  member: there is no such option. Did you mean "members"?',
      ].join('\n'),
    );
  });
});
