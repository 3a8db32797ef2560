/** What a call costs when there is nothing to compute. */
import { compile, scalar, type Traced } from '../src/engine/index.ts';
import { type Benchmark, result } from './benchmark.ts';
import { measure, timed } from './measure.ts';

export const callBenchmark: Benchmark = {
  name: 'engine/call',
  summary: 'The overhead of a call: a program that returns the one number it is given.',
  target: 'at most 40 us',
  async run() {
    const program = compile((x: Traced) => x, { name: 'nothing' });
    const x = scalar(1);
    const calls = timed(() => program(x), 500);
    const { timings, warning } = await measure(
      { ours: { '1 thread': calls } },
      { rounds: 5, repetitions: 10 },
    );
    const note = 'No peer: this is our own overhead.';
    return [result('engine/call', 'us', timings.ours.median * 1e3, undefined, note, warning)];
  },
};
