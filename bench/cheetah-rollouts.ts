/**
 * Candidates of a planner in the true cheetah, on one thread and on two.
 *
 * The sizes are those of a decision of sampling planners on half-cheetah: 32 sequences of 30 decisions of 5 simulator steps.
 * The cheetah is the DeepMind Control Suite's (one step of 0.01 s), each action held for 5 steps.
 */
import { availableParallelism } from 'node:os';
import { Rng } from '../src/core/rng.ts';
import type { Box } from '../src/core/spaces.ts';
import type { SimulatedState } from '../src/envs/index.ts';
import { parallel } from '../src/parallel/index.ts';
import { type Benchmark, type BenchResult, result } from './benchmark.ts';
import { measure, threadsName, timed } from './measure.ts';

const sizes = { candidates: 32, horizon: 30, substeps: 5 };
const name = 'planning/cheetah-rollouts';

/** Steps before the rollouts, so that the cheetah has left its first pose. */
const STEPS = 10;

async function contender(workers: number) {
  const model = await parallel<SimulatedState, Box>('cheetah-run', { workers, actionRepeat: sizes.substeps });
  const { environment } = model;
  const rng = Rng.from(name);
  const actions = rng
    .fillUniform(new Float32Array(sizes.candidates * sizes.horizon * environment.action.low.length))
    .map((x) => 2 * x - 1);
  let state = environment.reset(rng.fork('reset'));
  for (let t = 0; t < STEPS; t++) state = environment.step(state, actions.slice(6 * t, 6 * t + 6), rng).state;
  const roll = () => model.rollout(state, actions, sizes.horizon, rng);
  return { model, roll, returns: (await roll()).returns };
}

async function run(): Promise<BenchResult[]> {
  const one = await contender(1);
  const two = await contender(2);
  try {
    if (one.returns.join() !== two.returns.join())
      throw new Error(`${name}: two threads must find the numbers that one finds, got others.`);
    const { timings, warning } = await measure(
      {
        one: { [threadsName(1)]: timed(one.roll) },
        two: { [threadsName(2)]: timed(two.roll) },
      },
      { rounds: 5, repetitions: 10 },
    );
    const alone = { peer: 'ours, 1 thread', peerValue: timings.one.median };
    const few = availableParallelism() < 2 ? 'There is only one processor.' : undefined;
    return [
      result(`${name}/1-thread`, 'ms', timings.one.median, undefined, 'No peer: our own worlds.', warning),
      result(`${name}/2-threads`, 'ms', timings.two.median, alone, few, warning),
    ];
  } finally {
    one.model.dispose();
    two.model.dispose();
  }
}

export const cheetahRolloutsBenchmark: Benchmark = {
  name,
  summary: 'Sequences of a planner in the true cheetah: 32 candidates, 30 decisions, 5 simulator steps each.',
  target: 'at most 60 ms on one thread, and at least 1.8 times as fast on two',
  run,
};
