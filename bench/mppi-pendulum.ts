/** What a decision of MPPI takes where the model is the true pendulum: drawing, stepping and weighing, no networks. */
import { decideSync, Rng } from '../src/core/index.ts';
import { pendulum } from '../src/envs/pendulum.ts';
import { exact } from '../src/models/exact.ts';
import { mppi } from '../src/planners/mppi.ts';
import { type Benchmark, type BenchResult, result } from './benchmark.ts';
import { demandSameMean } from './contest.ts';
import { measure, timed, type Variants } from './measure.ts';
import { startPeers } from './peer.ts';

const name = 'planning/mppi-pendulum';

interface Sizes {
  readonly candidates: number;
  readonly horizon: number;
}

const cases: readonly Sizes[] = [
  { candidates: 100, horizon: 15 },
  { candidates: 1000, horizon: 30 },
];

/** One decision from hanging at rest, of noise as wide as half the torque. Returns the plan's value. */
function decision({ candidates, horizon }: Sizes): () => number {
  const world = pendulum();
  const model = exact(world);
  const planner = mppi({ horizon, candidates, temperature: 1, temperatureUnit: 'return', spread: 0.5 });
  const root = { angle: Math.PI, angularVelocity: 0 };
  const rng = Rng.from(name);
  return () => decideSync(model, planner, { root, action: world.action, rng }).value;
}

/** Ours runs on one thread; the peer on as many as serve it best. */
async function race(sizes: Sizes): Promise<BenchResult> {
  const line = `${name}/k${sizes.candidates}-t${sizes.horizon}`;
  const decide = decision(sizes);
  const own: number[] = [];
  const ours = timed(() => own.push(decide()), 10);
  const { installed, stop, note } = await startPeers('mppi_pendulum', { ...sizes });
  try {
    const contenders: Record<string, Variants> = { ours: { '1 thread': ours } };
    if (installed) contenders.installed = installed.variants;
    // compilers need a few hundred decisions until they are done
    const { timings, warning } = await measure(contenders, { warmUp: 50, rounds: 10, repetitions: 30 });
    if (installed) demandSameMean(line, 0.02, own, installed.answers());
    const peer = installed && {
      peer: `${installed.label}, ${timings.installed.variant}`,
      peerValue: timings.installed.median,
    };
    return result(line, 'ms', timings.ours.median, peer, 'Ours: 1 thread.', note, warning);
  } finally {
    stop();
  }
}

export const mppiPendulumBenchmark: Benchmark = {
  name,
  summary: 'One decision of MPPI on the true pendulum: 100 candidates of 15 steps, 1000 of 30.',
  target: 'at most 0.35 ms and 1.1 ms on one thread (pytorch_mppi: 1.05 and 3.2 ms)',
  async run() {
    const lines: BenchResult[] = [];
    for (const sizes of cases) lines.push(await race(sizes));
    return lines;
  },
};
