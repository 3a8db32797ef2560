/** What a simulation of tree search takes: UCT with one random playout a leaf on true rules, and the tree alone. One thread. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  box,
  type Discrete,
  decideSync,
  discrete,
  type Environment,
  type Planner,
  Rng,
} from '../src/core/index.ts';
import { connectFour, go, othello, ticTacToe } from '../src/envs/index.ts';
import { byPlayouts, type EvaluatedModel, evaluated } from '../src/models/index.ts';
import { puct, type SearchCarry, uct } from '../src/planners/index.ts';
import { type Benchmark, type BenchResult, result } from './benchmark.ts';
import { measure, type Timed, timed, type Variants } from './measure.ts';
import { packageRoot } from './peer.ts';

interface Case {
  readonly name: string;
  readonly simulations: number;
  readonly game: Environment<never, Discrete>;
  readonly planner: (simulations: number) => Planner<Discrete, SearchCarry>;
  readonly model?: EvaluatedModel<never>;
  /** Whether the peer knows the game. */
  readonly peer?: boolean;
}

const byUct = (simulations: number) => uct({ simulations });
const as = (game: unknown) => game as Environment<never, Discrete>;

/** A game with nothing in it that takes time: seven moves everywhere, worth what a hash of them says, and no end. */
function bare(): Case {
  const game: Environment<number, Discrete> = {
    name: 'seven moves',
    observation: box(0, 1, [1]),
    action: discrete(7),
    maxSteps: 1000,
    reset: () => 0,
    step: (state, action) => ({ state: (state * 8 + action) | 0, reward: 0, discount: -1 }),
    observe: () => new Float32Array(1),
    codec: {
      words: 1,
      write: (state, out, offset) => {
        out[offset] = state;
      },
      read: (from, offset) => from[offset],
    },
  };
  const values = new Float32Array(1);
  const logits = Float32Array.of(0.3, 0.1, -0.2, 0.5, 0, -0.1, 0.2);
  const model = evaluated(game, ([state]) => {
    values[0] = (Math.imul(state, 0x9e3779b1) >>> 8) / 2 ** 23 - 1;
    return { values, logits };
  });
  return {
    name: 'search/tree',
    simulations: 50_000,
    game: as(game),
    planner: (simulations) => puct({ simulations }),
    model: model as unknown as EvaluatedModel<never>,
  };
}

const cases = (): readonly Case[] => [
  { name: 'search/uct/tic-tac-toe', simulations: 100_000, game: as(ticTacToe()), planner: byUct, peer: true },
  {
    name: 'search/uct/connect-four',
    simulations: 50_000,
    game: as(connectFour()),
    planner: byUct,
    peer: true,
  },
  { name: 'search/othello8', simulations: 10_000, game: as(othello()), planner: byUct },
  { name: 'search/go9', simulations: 3000, game: as(go({ size: 9 })), planner: byUct },
  bare(),
];

/** The program in C++, compiled as release builds are; undefined, and why, where there is no compiler. */
function compilePeer(folder: string): { readonly program?: string; readonly note?: string } {
  const program = join(folder, 'uct');
  const source = join(packageRoot(), 'bench', 'peers', 'uct.cpp');
  try {
    execFileSync('g++', ['-O3', '-march=native', '-std=c++17', source, '-o', program], { stdio: 'pipe' });
    return { program };
  } catch (error) {
    return { note: `No peer: g++ did not compile it (${String(error).split('\n')[0]}).` };
  }
}

const timedPeer =
  (program: string, game: string, simulations: number): Timed =>
  async (repetitions) =>
    execFileSync(program, [game, `${simulations}`, `${repetitions}`], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .slice(0, -1)
      .map(Number);

async function race(one: Case, program: string | undefined, note: string | undefined): Promise<BenchResult> {
  const { game, simulations } = one;
  const model = one.model ?? evaluated(game, byPlayouts(game));
  const planner = one.planner(simulations);
  const rng = Rng.from(one.name);
  const root = game.reset(rng);
  const ours = timed(() => decideSync(model, planner, { root, action: game.action, rng }).value);
  const contenders: Record<string, Variants> = { ours: { '1 thread': ours } };
  if (program && one.peer) contenders.peer = { '1 thread': timedPeer(program, game.name, simulations) };
  const { timings, warning } = await measure(contenders, { warmUp: 3, rounds: 5, repetitions: 3 });
  const each = (milliseconds: number) => (1000 * milliseconds) / simulations;
  const peer = timings.peer && { peer: 'C++ (g++ -O3), 1 thread', peerValue: each(timings.peer.median) };
  return result(
    one.name,
    'us',
    each(timings.ours.median),
    peer,
    `${simulations} simulations from the first position, 1 thread.`,
    one.peer ? note : 'No peer: this project alone.',
    warning,
  );
}

export const searchBenchmark: Benchmark = {
  name: 'search',
  summary: 'One simulation of tree search: UCT with a random playout a leaf, and the tree of PUCT alone.',
  target:
    'at most 1.0 us (tic-tac-toe), 5 us (connect-four), 20 us (othello 8x8), 67 us (Go 9x9), 1.0 us (tree alone, 7 actions)',
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'forethought-peer-'));
    try {
      const { program, note } = compilePeer(folder);
      const lines: BenchResult[] = [];
      for (const one of cases()) lines.push(await race(one, program, note));
      return lines;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
