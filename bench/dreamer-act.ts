/** One decision of a Dreamer in one world: belief, policy and dice, from a view to an action. */
import { dreamer } from '../src/agents/dreamer/index.ts';
import { Rng } from '../src/core/rng.ts';
import { box } from '../src/core/spaces.ts';
import { type Benchmark, result } from './benchmark.ts';
import { smallestSizes, updateOptions } from './dreamer-update.ts';
import { measure, timed } from './measure.ts';

const world = {
  observation: box(-1, 1, [smallestSizes.observation]),
  action: box(-1, 1, [smallestSizes.action]),
};

export const dreamerActBenchmark: Benchmark = {
  name: 'dreamer/act',
  summary: 'One decision of DreamerV3 in one world, at the smallest published size.',
  target: 'at most 0.5 ms',
  async run() {
    const decide = await deciding();
    const { timings, warning } = await measure({ ours: { '1 thread': timed(decide, 100) } });
    const note = 'No peer: this is our own overhead more than arithmetic.';
    return [result('dreamer/act', 'ms', timings.ours.median, undefined, note, warning)];
  },
};

/** Decides again and again in one episode. */
async function deciding(): Promise<() => Promise<void>> {
  const agent = dreamer({ world, options: updateOptions(smallestSizes) }, Rng.from(0));
  const rng = Rng.from(1);
  const view = { observation: rng.fillNormal(new Float32Array(smallestSizes.observation)) };
  // in training the first decisions are random, in evaluation none are
  let { carry } = await agent.act(view, undefined, rng, 'evaluate');
  return async () => {
    ({ carry } = await agent.act(view, carry, rng, 'evaluate'));
  };
}
