/** The benchmarks, and what `forethought bench` needs to run them. Speed only: nothing here judges a result. */
import type { Benchmark } from './benchmark.ts';
import { callBenchmark } from './call.ts';
import { cheetahRolloutsBenchmark } from './cheetah-rollouts.ts';
import { dreamerActBenchmark } from './dreamer-act.ts';
import { dreamerStepBenchmark } from './dreamer-step.ts';
import { dreamerUpdateBenchmark, smallestUpdateBenchmark } from './dreamer-update.ts';
import { ensembleStepBenchmark } from './ensemble-step.ts';
import { ilqrPendulumBenchmark } from './ilqr-pendulum.ts';
import { mppiPendulumBenchmark } from './mppi-pendulum.ts';
import { petsDecisionBenchmark } from './pets-decision.ts';
import { searchBenchmark } from './search.ts';
import { selfPlayBenchmark } from './self-play.ts';

export type { Benchmark, BenchResult, Comparison } from './benchmark.ts';
export { result } from './benchmark.ts';
export {
  type MeasureOptions,
  measure,
  median,
  type Timed,
  type Timing,
  timed,
  type Variants,
} from './measure.ts';

/** All benchmarks, quickest first. */
export const benchmarks: readonly Benchmark[] = [
  callBenchmark,
  dreamerActBenchmark,
  mppiPendulumBenchmark,
  ilqrPendulumBenchmark,
  searchBenchmark,
  cheetahRolloutsBenchmark,
  ensembleStepBenchmark,
  dreamerStepBenchmark,
  dreamerUpdateBenchmark,
  smallestUpdateBenchmark,
  petsDecisionBenchmark,
  selfPlayBenchmark,
];
