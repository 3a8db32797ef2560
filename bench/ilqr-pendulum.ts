/**
 * One solve of the pendulum's swing-up by box-constrained iLQR, 20 steps ahead: from nothing, until a round gains less
 * than 1e-7 of the return or no action changes by more than 1e-6.
 *
 * Tassa, Mansard, Todorov, Control-Limited Differential Dynamic Programming (2014). 16 problems in turn, begun as the
 * world begins. Each solve scores 64 random sequences and improves the best 4, one after another, because one alone may
 * end on a poor hill; `/single` improves the one from rest, whatever hill it ends on. Our derivatives are central
 * differences of the true steps, in double precision, in `/traced` those of the traced dynamics; the peer's those of
 * autograd. The peer is a program of our own after mpc.pytorch's manner, a batch of 1.
 */
import { decide, decideSync } from '../src/core/decide.ts';
import { Rng } from '../src/core/rng.ts';
import { type PendulumState, pendulum, pendulumDynamics } from '../src/envs/pendulum.ts';
import { type ExactModel, exact } from '../src/models/exact.ts';
import { traced } from '../src/models/traced.ts';
import { ilqr } from '../src/planners/ilqr/index.ts';
import { type Benchmark, type BenchResult, result } from './benchmark.ts';
import { measure, timed, type Variants } from './measure.ts';
import { uniform } from './numbers.ts';
import { type Peer, startPeers } from './peer.ts';

const sizes = { problems: 16, horizon: 20, candidates: 64, starts: 4 };
const RESTARTS = 100;
/** By how much a loss may exceed that of the best restart, and of the peer. */
const WORSE = 0.01;

const name = 'planning/ilqr-pendulum';
const world = pendulum();
type Model = ExactModel<PendulumState, typeof world.action>;

function plannerOf({ candidates, starts }: { candidates: number; starts: number }) {
  return ilqr({
    horizon: sizes.horizon,
    candidates,
    starts,
    iterations: 100,
    tolerance: 1e-7,
    actionTolerance: 1e-6,
  });
}

const whole = plannerOf(sizes);
/** From the middle of the space, or from a sequence that it is handed. */
const single = plannerOf({ candidates: 0, starts: 1 });

/** Angles all around, speeds up to 1 rad/s: as the world begins. */
function problems(): PendulumState[] {
  const { data } = uniform(1, [sizes.problems, 2]);
  return Array.from({ length: sizes.problems }, (_, i) => ({
    angle: Math.PI * (2 * data[2 * i] - 1),
    angularVelocity: 2 * data[2 * i + 1] - 1,
  }));
}

/** Solves the problems one after another; tells the loss found. */
function solver(model: Model, planner: typeof whole): () => Promise<number> {
  const roots = problems();
  let next = 0;
  return async () => {
    const i = next++ % roots.length;
    const rng = Rng.from('ilqr').fork(i);
    return -(await decide(model, planner, { root: roots[i], action: world.action, rng })).value;
  };
}

/** For each problem, the least loss of iLQR from so many random sequences. */
function lossesOfRestarts(restarts: number): number[] {
  const rng = Rng.from('restarts');
  const model = exact(world);
  return problems().map((root) => {
    let least = Infinity;
    for (let k = 0; k < restarts; k++) {
      const actions = Float64Array.from({ length: sizes.horizon }, () => Math.fround(4 * rng.uniform() - 2));
      const request = { root, action: world.action, carry: { actions }, rng };
      least = Math.min(least, -decideSync(model, single, request).value);
    }
    return least;
  });
}

/** The losses of all problems. Throws where one exceeds what it is compared with. */
async function lossesOf(model: Model, least: readonly number[]): Promise<number[]> {
  const solve = solver(model, whole);
  const losses: number[] = [];
  for (let i = 0; i < sizes.problems; i++) losses.push(await solve());
  demandNoWorse(losses, least, `the best of ${RESTARTS} restarts`);
  return losses;
}

/** @param whose the losses are that they are compared with */
function demandNoWorse(losses: readonly number[], others: readonly number[], whose: string): void {
  losses.forEach((loss, i) => {
    if (!(loss <= (1 + WORSE) * others[i]))
      throw new Error(
        `${name}: the loss of problem ${i} must be at most ${1 + WORSE} times that of ${whose}, got ${loss} and ${others[i]}.`,
      );
  });
}

async function run(): Promise<BenchResult[]> {
  const byDifferences = exact(world);
  const byTrace = traced(world, pendulumDynamics);
  const least = lossesOfRestarts(RESTARTS);
  const losses = await lossesOf(byDifferences, least);
  await lossesOf(byTrace, least);
  const peers = await startPeers('ilqr_pendulum', sizes);
  const alone = await startPeers('ilqr_pendulum', { ...sizes, candidates: 0, starts: 1 });
  try {
    const contenders: Record<string, Variants> = {
      ours: { '1 thread': timed(solver(byDifferences, whole)) },
      traced: { '1 thread': timed(solver(byTrace, whole)) },
      single: { '1 thread': timed(solver(byDifferences, single)) },
    };
    if (peers.installed) contenders.peer = peers.installed.variants;
    if (alone.installed) contenders.peerSingle = alone.installed.variants;
    const measuring = { warmUp: sizes.problems, rounds: 5, repetitions: sizes.problems };
    const { timings, warning } = await measure(contenders, measuring);
    const against = (peer: Peer | undefined, key: string) =>
      peer && { peer: `${peer.label}, ${timings[key].variant}`, peerValue: timings[key].median };
    if (peers.installed) {
      const theirs = peers.installed.answers().slice(0, sizes.problems);
      demandNoWorse(losses, theirs, 'the peer');
      demandNoWorse(theirs, losses, 'ours');
    }
    const worst = Math.max(...losses.map((loss, i) => loss / least[i]));
    const quality = `Losses at most ${worst.toFixed(4)} times the best of ${RESTARTS} restarts.`;
    const peer = against(peers.installed, 'peer');
    return [
      result(name, 'ms', timings.ours.median, peer, quality, peers.note, warning),
      result(`${name}/traced`, 'ms', timings.traced.median, peer, warning, peers.note),
      result(
        `${name}/single`,
        'ms',
        timings.single.median,
        against(alone.installed, 'peerSingle'),
        warning,
        peers.note,
      ),
    ];
  } finally {
    peers.stop();
    alone.stop();
  }
}

export const ilqrPendulumBenchmark: Benchmark = {
  name,
  summary:
    'One solve of the pendulum by box-constrained iLQR, 20 steps, to convergence at 1e-7 from a cold start: median over 16 problems.',
  target: `at most 3 ms (mpc.pytorch: 27 ms), the loss at most ${1 + WORSE} times the best of ${RESTARTS} random restarts`,
  run,
};
