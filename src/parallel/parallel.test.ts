import { afterEach, describe, expect, it } from 'vitest';
import { type Box, InputError, NumericalError, ResourceError, Rng, type Rollout } from '../core/index.ts';
import { halfCheetah, repeated, type SimulatedState } from '../envs/index.ts';
import { exact } from '../models/index.ts';
import { type ParallelModel, type ParallelOptions, parallel, type WorldSource } from './index.ts';

const models: ParallelModel[] = [];
afterEach(() => {
  for (const model of models.splice(0)) model.dispose();
});
async function make<S>(world: WorldSource, options: Partial<ParallelOptions>) {
  const model = await parallel<S, Box>(world, options);
  models.push(model as unknown as ParallelModel);
  return model;
}
const own = (name: string) => ({
  module: new URL('../../test/worlds/exported.mjs', import.meta.url),
  export: name,
});
interface At {
  readonly x: number;
}

/** Random pushes. [K, H, A] */
const pushes = (size: number, seed = 1) =>
  Rng.from(seed)
    .fillUniform(new Float32Array(size))
    .map((x) => 2 * x - 1);

describe('parallel', () => {
  it('rolls out a MuJoCo world as one thread does, bit for bit, for any number of threads', async () => {
    const world = repeated(await halfCheetah(), 2);
    let state = world.reset(Rng.from(1));
    for (let t = 0; t < 5; t++) state = world.step(state, pushes(6, t), Rng.from(0)).state;
    const [K, H] = [13, 4];
    const actions = pushes(K * H * 6);
    const expected = exact(world).rollout(state, actions, H, Rng.from(2));
    expect(new Set(expected.returns).size).toBe(K);
    for (const workers of [0, 1, 2, 3]) {
      const model = await make<SimulatedState>('half-cheetah', { workers, actionRepeat: 2 });
      expect(model.environment.maxSteps).toBe(500);
      // the first without a known pace, in shares of other sizes
      for (let time = 0; time < 3; time++)
        expect(await model.rollout(state, actions, H, Rng.from(2)), `${workers} threads`).toEqual(expected);
    }
  });

  it('tells costs as one thread does, and stops at ends', async () => {
    const [one, three] = [
      await make<At>(own('walk'), { workers: 1 }),
      await make<At>(own('walk'), { workers: 3 }),
    ];
    const [K, H] = [17, 8];
    const root = { x: 0 };
    const costly = pushes(K * H);
    const expected = one.rollout(root, costly, H, Rng.from(1)) as Rollout;
    expect(expected.costs).toBeInstanceOf(Float32Array);
    expect(await three.rollout(root, costly, H, Rng.from(1))).toEqual(expected);
    // nothing of what was there before is left, and no costs are told where there are none
    const free = costly.map((push) => Math.min(push, 0.5));
    expect(await three.rollout(root, free, H, Rng.from(1))).toEqual(one.rollout(root, free, H, Rng.from(1)));
    expect(await three.rollout(root, free, H, Rng.from(1))).not.toHaveProperty('costs');
  });

  it('answers several at once, each its own', async () => {
    const model = await make<At>(own('walk'), { workers: 2 });
    const alone = exact(model.environment);
    const asked = [1, 2, 3].map((seed) => ({ root: { x: seed / 10 }, actions: pushes(12 * 5, seed) }));
    const answers = await Promise.all(
      asked.map(({ root, actions }) => model.rollout(root, actions, 5, Rng.from(1))),
    );
    expect(answers).toEqual(asked.map(({ root, actions }) => alone.rollout(root, actions, 5, Rng.from(1))));
  });

  it('draws the same dice as one thread where the world draws', async () => {
    const model = await make<At>(own('dice'), { workers: 2 });
    const alone = exact(model.environment);
    for (let time = 0; time < 2; time++) {
      const [rng, other] = [Rng.from(time), Rng.from(time)];
      expect(await model.rollout({ x: 0 }, pushes(16 * 5), 5, rng)).toEqual(
        alone.rollout({ x: 0 }, pushes(16 * 5), 5, other),
      );
      expect(rng.save()).toEqual(other.save());
    }
  });

  it('throws what one thread would, naming candidate, step and action', async () => {
    const model = await make<At>(own('broken'), { workers: 2 });
    const [K, H] = [12, 3];
    for (const candidate of [1, 11]) {
      const actions = pushes(K * H);
      actions[candidate * H + 1] = 0.25;
      const roll = async () => model.rollout({ x: 0 }, actions, H, Rng.from(1));
      await expect(roll()).rejects.toThrow(NumericalError);
      await expect(roll()).rejects.toThrow(
        `broken: in imagination the reward must be finite, got NaN at step 1 of candidate ${candidate} of 12 after action [0.25].`,
      );
    }
    // and goes on
    const sound = pushes(K * H);
    expect(await model.rollout({ x: 0 }, sound, H, Rng.from(1))).toEqual(
      exact(model.environment).rollout({ x: 0 }, sound, H, Rng.from(1)),
    );
  });

  it('does the work of a thread that dies and starts another, and says so where they go on dying', async () => {
    const model = await make<At>(own('deadly'), { workers: 2 });
    const actions = pushes(16 * 5);
    const roll = async () => model.rollout({ x: 0 }, actions, 5, Rng.from(1));
    const expected = exact(model.environment).rollout({ x: 0 }, actions, 5, Rng.from(1));
    // a thread that wakes too late to take a share survives
    const answers: Rollout[] = [];
    let error: unknown;
    while (error === undefined && answers.length < 100) {
      await roll().then(
        (answer) => answers.push(answer),
        (reason) => {
          error = reason;
        },
      );
    }
    expect(answers.length).toBeGreaterThanOrEqual(3);
    for (const answer of answers) expect(answer).toEqual(expected);
    expect(error).toBeInstanceOf(ResourceError);
    expect((error as Error).message).toContain(
      'parallel(deadly): worker threads must stay alive, 3 died, the last of "exit code 3".',
    );
  });

  it('goes on alone when disposed of, even in the middle', async () => {
    const model = await make<At>(own('walk'), { workers: 2 });
    const actions = pushes(16 * 5);
    const rolling = [1, 2].map(() => model.rollout({ x: 0 }, actions, 5, Rng.from(1)));
    model.dispose();
    const expected = exact(model.environment).rollout({ x: 0 }, actions, 5, Rng.from(1));
    expect(await Promise.all(rolling)).toEqual([expected, expected]);
    expect(await model.rollout({ x: 0 }, actions, 5, Rng.from(1))).toEqual(expected);
  });
});

describe('parallel refuses', () => {
  it.each([
    [
      'an unknown world',
      'cheetah-ran',
      'parallel: there is no world "cheetah-ran". Did you mean "cheetah-run"',
    ],
    [
      'a module without its whole address',
      { module: './mine.js' },
      'must be given by its whole address, got "./mine.js"',
    ],
    [
      'a module that is not there',
      { module: 'file:///nowhere/mine.js' },
      'the module file:///nowhere/mine.js must load, got "',
    ],
    [
      'a name that is not exported',
      own('wolk'),
      'must export a function "wolk" that returns a world, got undefined. Did you mean "walk"',
    ],
  ])('%s', async (_, world, message) => {
    const making = parallel(world, { workers: 2 });
    await expect(making).rejects.toThrow(InputError);
    await expect(making).rejects.toThrow(message);
  });

  it('options that cannot be', async () => {
    await expect(parallel('pendulum', { workers: -1 })).rejects.toThrow(InputError);
    await expect(parallel('pendulum', { threads: 2 } as object)).rejects.toThrow('there is no such option');
  });

  it("a world that another thread cannot make, in that thread's words", async () => {
    await expect(parallel(own('homely'), { workers: 2 })).rejects.toThrow('not here');
  });

  it('a state that cannot go to another thread', async () => {
    const model = await make<At>(own('secretive'), { workers: 2 });
    const root = { x: 0, hidden: () => 1 };
    const rolling = async () => model.rollout(root, pushes(16 * 5), 5, Rng.from(1));
    await expect(rolling()).rejects.toThrow(InputError);
    await expect(rolling()).rejects.toThrow("parallel(secretive): the world's state must be plain data");
  });
});
