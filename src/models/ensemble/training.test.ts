import { beforeAll, describe, expect, test } from 'vitest';
import { type Linear, linearMembers, rig } from '../../../test/models/rigged-ensemble.ts';
import type { Metrics } from '../../core/agent.ts';
import { InputError, NumericalError } from '../../core/errors.ts';
import { Rng } from '../../core/rng.ts';
import type { Saved } from '../../core/saved.ts';
import { box, discrete } from '../../core/spaces.ts';
import { MemoryReplay } from '../../run/replay.ts';
import { type Ensemble, type EnsembleOptions, ensemble } from './index.ts';

const line = { observation: box(-Infinity, Infinity, [1]), action: box(-1, 1, [1]) };
type LineModel = Ensemble<typeof line.action>;

/** Small and quick to train. */
const small: Partial<EnsembleOptions> = {
  members: 3,
  elites: 3,
  particles: 3,
  hidden: [16],
  learningRate: 1e-2,
  batch: 64,
  firstTraining: 2,
  trainEvery: 1,
  threads: 1,
};

interface Seen {
  readonly x: number;
  readonly a: number;
  readonly next: number;
  readonly reward: number;
  readonly discount: number;
}

/** A replay of N rows of the line, drawn by `row`. */
function replayOf(N: number, row: (rng: Rng) => Seen, seed = 11): MemoryReplay<typeof line.action> {
  const replay = new MemoryReplay(line);
  const rng = Rng.from(seed);
  for (let n = 0; n < N; n++) add(replay, row(rng));
  return replay;
}

function add(replay: MemoryReplay<typeof line.action>, { x, a, next, reward, discount }: Seen): void {
  replay.add({
    observation: Float32Array.of(x),
    action: Float32Array.of(a),
    reward,
    nextObservation: Float32Array.of(next),
    discount,
  });
}

/** x' = 0.9 x + 0.5 a + noise of deviation `deviation(x)`; reward a - x; the end right of a = 0.5. */
const drifting =
  (deviation: (x: number) => number) =>
  (rng: Rng): Seen => {
    const x = 4 * rng.uniform() - 2;
    const a = 2 * rng.uniform() - 1;
    return {
      x,
      a,
      next: 0.9 * x + 0.5 * a + deviation(x) * rng.normal(),
      reward: a - x,
      discount: a > 0.5 ? 0 : 1,
    };
  };

/** Where `count` particles of one member go from x under a. */
async function cloud(model: LineModel, x: number, a: number, member: number, count = 256): Promise<number[]> {
  const { states } = await model.step(
    Array.from({ length: count }, () => ({ observation: Float32Array.of(x), member })),
    Array.from({ length: count }, () => Float32Array.of(a)),
    Rng.from(21),
  );
  return states.map(({ observation }) => observation[0]);
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviationOf = (values: readonly number[]) => {
  const mean = meanOf(values);
  return Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)));
};

/** Everything that a save holds, as plain values. */
const contentsOf = ({ arrays, facts }: Saved) => ({
  facts: JSON.parse(JSON.stringify(facts)),
  arrays: Object.fromEntries(Object.entries(arrays).map(([name, { data }]) => [name, Array.from(data)])),
});

describe('a linear world with noise', () => {
  // noise of 0.1 left of 0, of 0.4 right of it
  const deviation = (x: number) => (x < 0 ? 0.1 : 0.4);
  let model: LineModel;
  let metrics: Metrics;
  beforeAll(async () => {
    model = ensemble({ ...line, discount: 'learned' }, { ...small, epochs: 60, holdOut: 0.2 }, Rng.from(1));
    metrics = (await model.learn(replayOf(1500, drifting(deviation)), Rng.from(2)))!;
  });

  test('is foreseen up to its noise', () => {
    // In units of the change's variance: that is 0.1^2 x 16/12 + 0.25/3 + (0.01 + 0.16) / 2 = 0.1817, of which noise
    // 0.085: 0.468. The reward is without noise: half of 0.468 is 0.234. An end comes with a > 0.5 and is sharp: a quarter
    // of rows, where a constant chance would be off by 3/16. In all 0.234 at best, and 1 + 0.19 when nothing is known.
    expect(metrics['model/hold-out error']).toBeGreaterThan(0.234 - 0.06);
    expect(metrics['model/hold-out error']).toBeLessThan(0.234 + 0.06);
    expect(metrics['model/rows']).toBe(1500);
  });

  test('each member knows where it goes, and how much noise there is', async () => {
    for (const member of [0, 1, 2]) {
      const left = await cloud(model, -1, 0.5, member);
      const right = await cloud(model, 1, -0.5, member);
      expect(Math.abs(meanOf(left) - -0.65)).toBeLessThan(0.1);
      expect(Math.abs(meanOf(right) - 0.65)).toBeLessThan(0.15);
      // one deviation for both would be 0.29
      expect(deviationOf(left)).toBeGreaterThan(0.07);
      expect(deviationOf(left)).toBeLessThan(0.15);
      expect(deviationOf(right)).toBeGreaterThan(0.3);
      expect(deviationOf(right)).toBeLessThan(0.5);
    }
  });

  test('rewards and ends are learned', async () => {
    const at = (x: number) => ({ observation: Float32Array.of(x) });
    const { rewards, discounts } = await model.step(
      [at(-1), at(1), at(0)],
      [0.8, 0.9, -0.5].map((a) => Float32Array.of(a)),
      Rng.from(3),
    );
    [1.8, -0.1, -0.5].forEach((reward, b) => {
      expect(Math.abs(rewards[b] - reward)).toBeLessThan(0.1);
    });
    expect(discounts[0]).toBeLessThan(0.1);
    expect(discounts[1]).toBeLessThan(0.1);
    expect(discounts[2]).toBeGreaterThan(0.9);
  });

  test('a rollout has the noise of its members', async () => {
    // One candidate, one step: rewards do not depend on where the step leads, so chance must not show.
    const once = await model.rollout({ observation: Float32Array.of(1) }, Float32Array.of(0), 1, Rng.from(4));
    const again = await model.rollout(
      { observation: Float32Array.of(1) },
      Float32Array.of(0),
      1,
      Rng.from(5),
    );
    expect(once.returns).toEqual(again.returns);
    // At the second step they do: the reward is -x' there.
    const draws = await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        model.rollout({ observation: Float32Array.of(1) }, Float32Array.of(0, 0), 2, Rng.from(i)),
      ),
    );
    // the mean of 3 particles of deviation 0.4: 0.23
    const spread = deviationOf(draws.map(({ returns }) => returns[0]));
    expect(spread).toBeGreaterThan(0.15);
    expect(spread).toBeLessThan(0.33);
  });
});

test('one plain network learns a world without noise, whatever its units', async () => {
  const model = ensemble(
    line,
    { ...small, kind: 'deterministic', members: 1, elites: 1, particles: 1, epochs: 60 },
    Rng.from(1),
  );
  const inGrams = (rng: Rng): Seen => {
    const { x, a, reward } = drifting(() => 0)(rng);
    return { x: 1000 * x, a, next: 1000 * (0.9 * x + 0.5 * a), reward: reward / 1000, discount: 1 };
  };
  const metrics = await model.learn(replayOf(600, inGrams), Rng.from(2));
  // 1 when nothing is known, 0 at best
  expect(metrics!['model/hold-out error']).toBeLessThan(0.01);
  const { states, rewards } = await model.step(
    [{ observation: Float32Array.of(1000) }],
    [Float32Array.of(0.5)],
    Rng.from(1),
  );
  expect(Math.abs(states[0].observation[0] - 1150)).toBeLessThan(50);
  expect(Math.abs(rewards[0] - -0.0005)).toBeLessThan(0.0001);
});

test('members trained on bootstraps differ most where there were no data', async () => {
  const model = ensemble(
    line,
    { ...small, kind: 'deterministic', members: 5, elites: 5, particles: 5, epochs: 40 },
    Rng.from(1),
  );
  await model.learn(
    replayOf(
      300,
      drifting(() => 0.1),
    ),
    Rng.from(2),
  );
  const disagreement = async (x: number) => {
    const ends: number[] = [];
    for (let member = 0; member < 5; member++) ends.push((await cloud(model, x, 0, member, 1))[0]);
    return deviationOf(ends);
  };
  const [far, near] = [await disagreement(8), await disagreement(0)];
  expect(near).toBeGreaterThan(0);
  expect(near).toBeLessThan(0.15); // data lie in [-2, 2]
  expect(far).toBeGreaterThan(4 * near);
});

test('each member is trained on a bootstrap of its own', async () => {
  // members alike to begin with, and batches of all 54 rows: nothing else can make them differ
  const model = ensemble(
    line,
    { ...small, kind: 'deterministic', hidden: [2], epochs: 10, batch: 54 },
    Rng.from(1),
  );
  const still: Linear = {
    weights: [
      [0, 0],
      [0, 0],
    ],
    biases: [0, 0],
  };
  model.load(rig(model.save(), linearMembers([still, still, still], 2)));
  await model.learn(
    replayOf(
      60,
      drifting(() => 0.5),
    ),
    Rng.from(2),
  );
  const ends: number[] = [];
  for (let member = 0; member < 3; member++) ends.push((await cloud(model, 1, 1, member, 1))[0]);
  expect(deviationOf(ends)).toBeGreaterThan(1e-3);
});

test('elites are the members of least hold-out error', async () => {
  const model = ensemble(
    line,
    { ...small, kind: 'deterministic', elites: 2, particles: 2, hidden: [2], learningRate: 1e-9, epochs: 1 },
    Rng.from(1),
  );
  // Change and reward are ±1 with the action, so scaled by 1; members foresee -a, a and a / 2 of both.
  const says = (share: number): Linear => ({
    weights: [
      [0, 0],
      [share, share],
    ],
    biases: [0, 0],
  });
  model.load(rig(model.save(), linearMembers([says(-1), says(1), says(0.5)], 2)));
  let turn = 1;
  const back = (): Seen => {
    turn = -turn;
    return { x: 0, a: turn, next: turn, reward: turn, discount: 1 };
  };
  const metrics = await model.learn(replayOf(40, back), Rng.from(2));
  expect(model.save().facts.best).toEqual([1, 2]);
  // errors 4, 0 and 1/4
  expect(metrics!['model/hold-out error']).toBeCloseTo(0.125, 5);
});

describe('early stopping', () => {
  /** Targets that nothing foretells: every pass beyond the first few learns by heart. */
  const noise = (rng: Rng): Seen => ({
    x: rng.normal(),
    a: 2 * rng.uniform() - 1,
    next: rng.normal(),
    reward: rng.normal(),
    discount: 1,
  });
  const trained = async (epochs: number, patience: number, improvement: number) => {
    const options = { ...small, kind: 'deterministic', batch: 16, holdOut: 0.3 } as const;
    const model = ensemble(line, { ...options, epochs, patience, improvement }, Rng.from(1));
    const metrics = (await model.learn(replayOf(60, noise), Rng.from(2)))!;
    return { metrics, saved: contentsOf(model.save()) };
  };

  test('keeps the weights of the best pass, and stops when none is better for a while', async () => {
    const PASSES = 10;
    const runs: Awaited<ReturnType<typeof trained>>[] = [];
    for (let epochs = 1; epochs <= PASSES; epochs++) runs.push(await trained(epochs, 100, 0));
    const best = runs.map(({ metrics }) => metrics['model/hold-out error']);
    const weights = runs.map(({ saved }) =>
      Object.entries(saved.arrays).filter(([name]) => name.startsWith('params')),
    );
    let worse = 0;
    for (let i = 1; i < PASSES; i++) {
      expect(best[i]).toBeLessThanOrEqual(best[i - 1]);
      if (best[i] < best[i - 1]) continue;
      worse++;
      expect(weights[i]).toEqual(weights[i - 1]);
    }
    expect(worse).toBeGreaterThan(2); // so that there was something to discard
    expect(worse).toBeLessThan(PASSES - 1);

    for (const [patience, improvement] of [
      [2, 0],
      [2, 0.03],
    ]) {
      // the same rule, followed over the errors found above; before the first pass the error was above all of them
      let toBeat = Number.POSITIVE_INFINITY;
      let waited = 0;
      let expected = 0;
      while (waited < patience) {
        const error = best[expected++];
        if (error < toBeat * (1 - improvement)) [toBeat, waited] = [error, 0];
        else waited++;
      }
      expect(expected).toBeLessThan(PASSES);
      const { metrics } = await trained(100, patience, improvement);
      expect(metrics['model/epochs']).toBe(expected);
    }
  });
});

test.each([
  // 54 rows to train on: 4 steps a pass of 16
  { gradientSteps: 10, epochs: 50, passes: 3, steps: 10 },
  { gradientSteps: 3, epochs: 50, passes: 1, steps: 3 },
  { gradientSteps: 100, epochs: 2, passes: 2, steps: 8 },
  { gradientSteps: null, epochs: 3, passes: 3, steps: 12 },
])('at most $gradientSteps gradient steps in $epochs passes', async ({ passes, steps, ...limits }) => {
  const model = ensemble(line, { ...small, ...limits, batch: 16, holdOut: 0.1, patience: 50 }, Rng.from(1));
  const replay = replayOf(
    60,
    drifting(() => 0.1),
  );
  const metrics = await model.learn(replay, Rng.from(2));
  expect(metrics!['model/epochs']).toBe(passes);
  expect(model.save().arrays['optimiser.counts.step'].data[0]).toBe(steps);
});

describe('when to train', () => {
  test('at the first rows, and then as often as told', async () => {
    const model = ensemble(line, { ...small, firstTraining: 20, trainEvery: 7, epochs: 1 }, Rng.from(1));
    const replay = new MemoryReplay({ ...line, capacity: 16 }); // forgetting does not stop the count
    const rng = Rng.from(2);
    const when: number[] = [];
    for (let step = 1; step <= 40; step++) {
      add(replay, drifting(() => 0.1)(rng));
      expect(model.trained).toBe(when.length > 0);
      const metrics = await model.learn(replay, rng);
      if (metrics) when.push(step);
      if (metrics) expect(metrics['model/rows']).toBe(Math.min(16, step));
    }
    expect(when).toEqual([20, 27, 34]);
  });
});

describe('numbers gone wrong', () => {
  const ask = async (model: LineModel) => {
    const actions = Float32Array.from({ length: 12 }, (_, i) => Math.sin(i));
    return [...(await model.rollout({ observation: Float32Array.of(0.3) }, actions, 3, Rng.from(5))).returns];
  };

  test.each([
    { part: 'observation', wrong: { x: Number.NaN }, says: 'observations and actions learned from' },
    { part: 'reward', wrong: { reward: Number.POSITIVE_INFINITY }, says: 'changes and rewards learned from' },
  ])('in the data ($part): training stops, and the model stays as it was', async ({ wrong, says }) => {
    const model = ensemble(line, { ...small, epochs: 3 }, Rng.from(1));
    const replay = replayOf(
      80,
      drifting(() => 0.1),
    );
    await model.learn(replay, Rng.from(2));
    const before = { saved: contentsOf(model.save()), returns: await ask(model) };
    add(replay, { ...drifting(() => 0.1)(Rng.from(3)), ...wrong });
    const failed = model.learn(replay, Rng.from(4));
    await expect(failed).rejects.toThrow(NumericalError);
    await expect(failed).rejects.toThrow(
      `ensemble at 81 environment steps: ${says}: every number must be finite`,
    );
    expect({ saved: contentsOf(model.save()), returns: await ask(model) }).toEqual(before);
  });

  test('in the loss: the error names it and the step, and the model stays as it was', async () => {
    const calm = ensemble(line, { ...small, epochs: 3 }, Rng.from(1));
    const replay = replayOf(
      200,
      drifting(() => 0.1),
    );
    await calm.learn(replay, Rng.from(2));
    // steps so long that the squares overflow
    const wild = ensemble(line, { ...small, epochs: 3, learningRate: 1e25 }, Rng.from(1));
    wild.load(calm.save());
    const before = { saved: contentsOf(wild.save()), returns: await ask(wild) };
    add(replay, drifting(() => 0.1)(Rng.from(3)));
    const failed = wild.learn(replay, Rng.from(4));
    await expect(failed).rejects.toThrow(NumericalError);
    await expect(failed).rejects.toThrow(
      /^ensemble at 201 environment steps, pass 1: loss: every number must be finite, got /,
    );
    expect({ saved: contentsOf(wild.save()), returns: await ask(wild) }).toEqual(before);
    expect(before.returns).toEqual(await ask(calm));
  });
});

describe('saving', () => {
  const options: Partial<EnsembleOptions> = { ...small, elites: 2, particles: 2, epochs: 4, batch: 32 };
  const world = { ...line, discount: 'learned' as const };
  const throughText = ({ arrays, facts }: Saved): Saved => ({
    arrays: Object.fromEntries(
      Object.entries(arrays).map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
    ),
    facts: JSON.parse(JSON.stringify(facts)),
  });

  test('a restored ensemble goes on as if it had never stopped', async () => {
    const first = replayOf(
      60,
      drifting(() => 0.1),
    );
    const second = replayOf(
      90,
      drifting(() => 0.1),
    );
    const model = ensemble(world, options, Rng.from(1));
    await model.learn(first, Rng.from(2));
    const halfway = throughText(model.save());
    const metrics = await model.learn(second, Rng.from(3));
    // the optimiser goes on too: 4 passes over 54 rows, 2 batches each, then over 81 rows, 3 each
    expect(model.save().arrays['optimiser.counts.step'].data[0]).toBe(4 * 2 + 4 * 3);

    const other = ensemble(world, options, Rng.from(99));
    expect(other.trained).toBe(false);
    other.load(halfway);
    expect(other.trained).toBe(true);
    expect(await other.learn(first, Rng.from(3))).toBeUndefined(); // not due: it knows when it was trained
    expect(await other.learn(second, Rng.from(3))).toEqual(metrics);
    expect(contentsOf(other.save())).toEqual(contentsOf(model.save()));
    const actions = Float32Array.from({ length: 12 }, (_, i) => Math.sin(i));
    const root = { observation: Float32Array.of(0.3) };
    expect(await other.rollout(root, actions, 3, Rng.from(5))).toEqual(
      await model.rollout(root, actions, 3, Rng.from(5)),
    );
    // what was saved stands by itself: training went on and did not touch it
    const third = ensemble(world, options, Rng.from(98));
    third.load(halfway);
    expect(contentsOf(third.save())).toEqual(contentsOf(halfway));
    expect(contentsOf(halfway)).not.toEqual(contentsOf(model.save()));
  });

  test('what does not fit is refused, and changes nothing', () => {
    const model = ensemble(world, options, Rng.from(1));
    const before = contentsOf(model.save());
    const other = (changes: Partial<EnsembleOptions>) =>
      ensemble(world, { ...options, ...changes }, Rng.from(2)).save();
    const { 'scaling.inputMean': _missing, ...arrays } = other({}).arrays;
    for (const [saved, message] of [
      [other({ hidden: [8] }), 'must have shape [3,2,16], got [3,2,8]'],
      [other({ elites: 1 }), 'must name 2 of 3 members as elites, got [0]'],
      [{ ...other({}), arrays }, '"scaling.inputMean" is missing'],
      [{ ...other({}), facts: {} }, 'must name 2 of 3 members as elites, got []'],
    ] as const) {
      expect(() => model.load(saved)).toThrow(InputError);
      expect(() => model.load(saved)).toThrow(message);
      expect(contentsOf(model.save())).toEqual(before);
    }
  });
});

test('the count of threads changes no bit', async () => {
  const world = {
    observation: box(-Infinity, Infinity, [4]),
    action: discrete(3),
    discount: 'learned' as const,
  };
  const options = {
    ...small,
    elites: 2,
    particles: 8,
    hidden: [128, 128],
    batch: 256,
    epochs: 1,
  };
  const replay = new MemoryReplay(world);
  const rng = Rng.from(2);
  for (let n = 0; n < 300; n++) {
    const observation = rng.fillNormal(new Float32Array(4));
    replay.add({
      observation,
      action: rng.integer(3),
      reward: rng.normal(),
      nextObservation: observation.map((x) => Math.sin(3 * x)),
      discount: rng.integer(10) === 0 ? 0 : 1,
    });
  }
  const learned = async (threads: number) => {
    const model = ensemble(world, { ...options, threads }, Rng.from(1));
    const metrics = await model.learn(replay, Rng.from(3));
    return { metrics, saved: model.save() };
  };
  const [one, two] = [await learned(1), await learned(2)];
  expect(two.metrics).toEqual(one.metrics);
  for (const [name, { data }] of Object.entries(one.saved.arrays)) {
    const other = two.saved.arrays[name].data;
    expect(`${name} ${data.findIndex((value, i) => !Object.is(value, other[i]))}`).toBe(`${name} -1`);
  }

  const observation = Float32Array.of(0.1, -0.4, 1, 0.6);
  const actions = Float32Array.from({ length: 150 * 3 }, (_, i) => (i * i) % 3);
  const asked = async (threads: number, propagation: EnsembleOptions['propagation']) => {
    const model = ensemble(world, { ...options, propagation, threads }, Rng.from(1));
    model.load(one.saved);
    const { returns } = await model.rollout({ observation }, actions, 3, Rng.from(4));
    const steps = await model.step(
      model.particles(observation, 200, Rng.from(5)),
      Array.from({ length: 200 }, (_, b) => b % 3),
      Rng.from(6),
    );
    return { returns, steps };
  };
  for (const propagation of ['fixedMember', 'everyStep', 'mean'] as const) {
    expect(await asked(2, propagation)).toEqual(await asked(1, propagation));
  }
});

test('a limit cuts gradients: to almost nothing, and almost nothing is learned', async () => {
  // Adam divides by the size of gradients plus 1e-8: of a length of 1e-11, at most a thousandth of a step is left
  const errorWith = async (gradientLimit: number | null) => {
    const options = { ...small, epochs: 20, patience: 20, weightDecay: 0, gradientLimit };
    const model = ensemble(line, options, Rng.from(1));
    const metrics = await model.learn(
      replayOf(
        400,
        drifting(() => 0),
      ),
      Rng.from(2),
    );
    return metrics!['model/hold-out error'] as number;
  };
  // targets have spread 1: that is the error of saying their mean
  expect(await errorWith(1e-11)).toBeGreaterThan(0.5);
  expect(await errorWith(null)).toBeLessThan(0.1);
  expect(await errorWith(10)).toBeLessThan(0.1);
});
