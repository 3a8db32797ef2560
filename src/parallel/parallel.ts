/**
 * A true world as a model whose candidates are rolled out by several threads, each with a world of its own.
 *
 * A thread answers in some 60 us, so that threads are asked only where there is a millisecond of work for each. The numbers
 * are the same, to the bit, for any number of threads: what each of them does is `exact(world).rollout` of some candidates.
 * Shapes: **K** candidates, **H** horizon.
 */
import { z } from 'zod';
import { workers as backend } from '#workers';
import type { Environment } from '../core/environment.ts';
import type { Awaitable, Rollout } from '../core/model.ts';
import { checkOptions } from '../core/options.ts';
import type { Rng } from '../core/rng.ts';
import { elementSize, type Space } from '../core/spaces.ts';
import type { ExactModel } from '../models/index.ts';
import { Board, type Job, memoryFor } from './board.ts';
import { makeFrom, type Recipe, recipeOf, type WorldSource } from './source.ts';
import { Team } from './team.ts';

export interface ParallelOptions {
  /** Threads that roll out, this one among them; 0 and 1: this one alone. Absent: as many as there are processors. */
  readonly workers?: number;
  /** Environment steps that a decision takes, as in {@link repeated}. */
  readonly actionRepeat: number;
}

export const parallelDefaults: ParallelOptions = { actionRepeat: 1 };

export const parallelOptions = z.strictObject({
  workers: z
    .number()
    .int()
    .min(0)
    .max(256)
    .optional()
    .describe('threads that roll out, this one among them; absent: one for each processor'),
  actionRepeat: z
    .number()
    .int()
    .min(1)
    .default(parallelDefaults.actionRepeat)
    .describe('environment steps that a decision takes'),
});

/** {@link ExactModel}, but that its rollouts answer later. */
export interface ParallelModel<S = unknown, A extends Space = Space>
  extends Omit<ExactModel<S, A>, 'rollout'> {
  /** This thread's own copy of the world: play in this one, or in another of the same name. */
  readonly environment: Environment<S, A>;
  rollout(root: S, actions: Float32Array, horizon: number, rng: Rng): Awaitable<Rollout>;
  /** Ends the threads beside this one, which goes on alone. */
  dispose(): void;
}

/** Work that is worth a thread's answer, in ms. */
const WORTHWHILE = 1;

/**
 * The world as a model, as `exact(world)` is, rolled out by several threads. Its states must be plain data: numbers,
 * texts, arrays, typed arrays, and objects of these. A world that draws from its stream is rolled out by this thread alone.
 * @example
 * const model = await parallel('cheetah-run', { workers: 4 });
 * const agent = planning(model, icem());
 * @example
 * const model = await parallel({ module: new URL('./my-world.js', import.meta.url), export: 'myWorld' });
 * @throws InputError where the world cannot be made
 */
export async function parallel<S = unknown, A extends Space = Space>(
  world: WorldSource,
  options: Partial<ParallelOptions> = {},
): Promise<ParallelModel<S, A>> {
  const { workers = backend.processors(), actionRepeat } = checkOptions('parallel', parallelOptions, options);
  const recipe = recipeOf(world, actionRepeat);
  const { environment, model } = await makeFrom(recipe);
  const width = elementSize(environment.action);
  const where = `parallel(${environment.name})`;
  const team = new Team<Recipe, Job, void>({
    backend,
    duty: 'rollouts',
    setup: recipe,
    where,
    size: Math.max(0, workers - 1),
  });
  await team.gather();

  let draws = false;
  let disposed = false;
  /** ms a step of a candidate took when last timed. It decides who does what, never what comes out. */
  let pace: number | undefined;
  let memory: SharedArrayBuffer | undefined;
  /** The rollouts asked for are done one after another. */
  let queue: Promise<unknown> = Promise.resolve();

  const alone = (root: unknown, actions: Float32Array, horizon: number, rng: Rng): Rollout => {
    const started = performance.now();
    const result = model.rollout(root, actions, horizon, rng);
    pace = ((performance.now() - started) * width) / Math.max(1, actions.length);
    return result;
  };

  const together = async (
    root: unknown,
    actions: Float32Array, // [K, H, width]
    horizon: number,
    rng: Rng,
  ): Promise<Rollout> => {
    if (disposed) return alone(root, actions, horizon, rng);
    await team.gather();
    const numbers = horizon * width;
    const K = actions.length / numbers;
    const needed = memoryFor(K, numbers);
    if (!memory || memory.byteLength < needed) memory = new SharedArrayBuffer(needed);
    const job: Job = {
      memory,
      candidates: K,
      horizon,
      numbers,
      share: shareOf(K, horizon),
      root,
      rng: rng.save(),
    };
    const board = new Board(job);
    board.lay(actions);
    const theirs = team.share(job);
    const started = performance.now();
    const done = board.work(model);
    if (done > 0) pace = (performance.now() - started) / (done * horizon);
    await theirs;
    if (!board.stopped) finish(board);
    if (board.stopped) {
      // one thread alone does as all would, or throws what it would throw
      const before = rng.save().join();
      const result = model.rollout(root, actions, horizon, rng);
      draws = rng.save().join() !== before;
      return result;
    }
    return { returns: board.returns.slice(), ...(board.hasCosts && { costs: board.costs.slice() }) };
  };

  const finish = (board: Board) => {
    try {
      board.finish(model);
    } catch {
      board.stop();
    }
  };

  const shareOf = (K: number, horizon: number) => {
    const most = Math.ceil(K / (team.size + 1));
    if (pace === undefined) return Math.ceil(most / 4);
    return Math.max(1, Math.min(most, Math.ceil(WORTHWHILE / (pace * horizon))));
  };

  return {
    ...(model as unknown as ExactModel<S, A>),
    environment: environment as unknown as Environment<S, A>,
    rollout(root, actions, horizon, rng) {
      const K = actions.length / (horizon * width);
      const brief = pace !== undefined && pace * K * horizon < 2 * WORTHWHILE;
      if (team.size === 0 || disposed || draws || brief || K < 2 || !Number.isInteger(K))
        return alone(root, actions, horizon, rng);
      const turn = queue.then(() => together(root, actions, horizon, rng));
      queue = turn.catch(() => {});
      return turn;
    },
    dispose() {
      disposed = true;
      void team.dispose();
    },
  };
}
