/**
 * A round of AlphaZero's self-play in connect four: a move in each of many games, on one thread and on two, and how much of it the
 * network takes.
 *
 * The network has 5 residual blocks of 64 channels; each move is searched by Gumbel's 24 simulations, 64 boards side by side.
 */
import { availableParallelism } from 'node:os';
import {
  type AlphaZeroAgent,
  alphaZero,
  networkEvaluator,
  policyValueNetwork,
} from '../src/agents/alphazero/index.ts';
import { alphaZeroOptions } from '../src/agents/alphazero/options.ts';
import { decideMany } from '../src/core/decide.ts';
import { Rng } from '../src/core/rng.ts';
import { connectFour } from '../src/envs/index.ts';
import { evaluated } from '../src/models/index.ts';
import { gumbel } from '../src/planners/index.ts';
import { type Benchmark, type BenchResult, result } from './benchmark.ts';
import { measure, median, threadsName, timed } from './measure.ts';

const name = 'self-play/connect-four';
const boards = 64;

const optionsOf = (workers: number) => ({
  network: { channels: 64, blocks: 5 },
  gumbel: { simulations: 24 },
  selfPlay: { planner: 'gumbel' as const, games: 256, boards, workers, randomMoves: 8 },
  // no learning: rounds are then alike
  training: { firstPositions: 1e9, window: 1e6 },
});

const agentOf = (workers: number): AlphaZeroAgent =>
  alphaZero(
    { environment: connectFour(), options: optionsOf(workers), source: 'connect-four' },
    Rng.from(name),
  ) as AlphaZeroAgent;

/** The same searches as a round has, with an eye on how the network is called. */
async function network() {
  const environment = connectFour();
  const options = alphaZeroOptions.parse(optionsOf(1));
  const rng = Rng.from(name);
  const net = policyValueNetwork(environment, options.network);
  const weights = net.init(rng.fork('weights'));
  const told = { calls: 0, states: 0, milliseconds: 0 };
  const requests = Array.from({ length: options.selfPlay.games }, (_, i) => {
    const dice = rng.fork('game').fork(i);
    let root = environment.reset(dice);
    // six stones end no game and fill no column that a seventh could be put on
    for (let ply = dice.integer(7); ply > 0; ply--)
      root = environment.step(root, dice.integer(7), dice).state;
    return { root, action: environment.action, rng: dice };
  });
  const shares: number[] = [];
  for (let repetition = 0; repetition < 3; repetition++) {
    // what was remembered of the repetition before would answer all of this one
    const { evaluate, recall, dispose } = networkEvaluator(environment, net, weights, {
      rows: boards,
      remembered: options.remembered,
    });
    let open = 0;
    let began = 0;
    // what is asked at the same time is one call
    const timedEvaluate = async (states: Parameters<typeof evaluate>[0], dice: Rng) => {
      if (open++ === 0) began = performance.now();
      told.states += states.length;
      const judgement = await evaluate(states, dice);
      if (--open === 0) {
        told.milliseconds += performance.now() - began;
        told.calls++;
      }
      return judgement;
    };
    // compiles
    await evaluate([requests[0].root], rng);
    told.milliseconds = 0;
    told.calls = 0;
    told.states = 0;
    const started = performance.now();
    await decideMany(evaluated(environment, timedEvaluate, recall), gumbel(options.gumbel), requests, boards);
    shares.push(told.milliseconds / (performance.now() - started));
    dispose();
  }
  return {
    share: median(shares),
    fill: told.states / (told.calls * boards),
    each: told.milliseconds / told.calls,
  };
}

async function run(): Promise<BenchResult[]> {
  const { share, fill, each } = await network();
  const agents = { one: agentOf(1), two: agentOf(2) };
  try {
    const { timings, warning } = await measure(
      {
        one: { [threadsName(1)]: timed(() => agents.one.collect!()) },
        two: { [threadsName(2)]: timed(() => agents.two.collect!()) },
      },
      { warmUp: 2, rounds: 4, repetitions: 2 },
    );
    const alone = { peer: 'ours, 1 thread', peerValue: timings.one.median };
    const percent = (x: number) => `${(100 * x).toFixed(1)} %`;
    const told = `The network takes ${percent(share)} of the time, ${each.toFixed(1)} ms a call, its batches of ${boards} ${percent(fill)} full.`;
    const few = availableParallelism() < 2 ? 'There is only one processor.' : undefined;
    return [
      result(
        `${name}/1-thread`,
        'ms',
        timings.one.median,
        undefined,
        'No peer: our own games.',
        told,
        warning,
      ),
      result(`${name}/2-threads`, 'ms', timings.two.median, alone, few, warning),
    ];
  } finally {
    await Promise.all(Object.values(agents).map((agent) => agent.dispose()));
  }
}

export const selfPlayBenchmark: Benchmark = {
  name,
  summary:
    'A move in each of 256 games of self-play: 24 simulations of Gumbel search, a network of 5 blocks of 64 channels.',
  target:
    'two threads at least 1.8 times as fast as one; at least 85 % of the time in the network, batches full',
  run,
};
