/** forethought ladder: an agent plays opponents of known strength, and is given an Elo rating among them. */
import type { Command } from 'commander';
import { demand } from '../src/core/errors.ts';
import { Rng } from '../src/core/rng.ts';
import { earlierSteps, isRun } from '../src/run/files/index.ts';
import { type Climb, calibrate, climb, type LadderMoment } from '../src/run/ladder.ts';
import { scoreOf } from '../src/run/match.ts';
import { wholeNumber } from './arguments.ts';
import { percent, signed } from './figures.ts';
import { gameFor, PLAYERS, playerNamed } from './players.ts';
import { followed } from './progress.ts';
import type { Surroundings } from './surroundings.ts';

/** Among rungs, stands for all that the rated run has kept. */
const EARLIER = 'earlier';

interface Flags {
  readonly game?: string;
  readonly rungs: string;
  readonly games: number;
  readonly openings: number;
  readonly seed: number;
  readonly json?: boolean;
}

export function addLadder(program: Command, surroundings: Surroundings): void {
  program
    .command('ladder')
    .summary('rate an agent among opponents of known strength')
    .description(
      `Let an agent play each rung of a ladder, the rungs each other, and rate all by Elo. A player is ${PLAYERS}.`,
    )
    .argument('<agent>', 'who is rated')
    .option('--game <name>', 'name of a game (default: that of the run)')
    .option(
      '--rungs <players>',
      `from the weakest on, rated 0, to the strongest; "${EARLIER}" is the run as it was before`,
      'random,uct:100,uct:1000',
    )
    .option('--games <n>', 'games of a pair', wholeNumber(1), 100)
    .option('--openings <n>', 'random moves that every game begins with', wholeNumber(0), 0)
    .option('--seed <n>', 'seed of the games', wholeNumber(0), 0)
    .option('--json', 'one JSON object a line on standard output, and nothing else')
    .addHelpText('after', EXAMPLES)
    .action((typed: string, flags: Flags) => rate(surroundings, typed, flags));
}

async function rate(surroundings: Surroundings, typed: string, flags: Flags): Promise<void> {
  const { games, openings, seed, json } = flags;
  const { stdout } = surroundings;
  const names = flags.rungs
    .split(',')
    .flatMap((name) => (name.trim() === EARLIER ? earlierOf(typed) : name.trim()));
  demand(
    !names.includes(typed),
    () => `ladder: ${typed} must not be a rung itself. Leave it out of --rungs.`,
  );
  const game = await gameFor(surroundings, 'ladder', [typed, ...names], flags.game);
  const agent = await playerNamed(surroundings, typed, game);
  const rungs = await Promise.all(names.map((name) => playerNamed(surroundings, name, game)));
  const options = { environment: game, rungs, games, openings, rng: Rng.from(seed).fork('ladder') };
  const known = await followed(surroundings, calibrate(options), progressOf, json);
  const climbed =
    known && (await followed(surroundings, climb({ ...options, agent, known }), progressOf, json));
  if (!climbed) return;
  const { ratings, matches } = climbed;
  if (json) {
    const results = matches.map(({ players: [, opponent], wins, draws, losses }) => ({
      opponent,
      wins,
      draws,
      losses,
    }));
    const line = {
      type: 'ladder',
      game: game.name,
      agent: agent.name,
      games,
      openings,
      seed,
      results,
      ratings,
    };
    stdout.write(`${JSON.stringify(line)}\n`);
  } else {
    stdout.write(tableOf(climbed, agent.name, game.name, flags));
  }
}

/** The run that is rated, as it was at each step that it kept. */
function earlierOf(run: string): string[] {
  const steps = isRun(run) ? earlierSteps(run) : [];
  demand(
    steps.length > 0,
    () =>
      `ladder, --rungs: "${EARLIER}" must stand for what ${run} was before, got none that is kept. Train with --budget.keepEvery, or leave it out.`,
  );
  return steps.map((step) => `${run}@${step}`);
}

function progressOf({ players, finished, games }: LadderMoment): string {
  return `${players.join(' against ')}: ${finished}/${games} games finished`;
}

function tableOf({ ratings, matches }: Climb, agent: string, game: string, { games, seed }: Flags): string {
  const width = Math.max(...ratings.map(({ name }) => name.length), 8);
  const cells = (label: string, rest: readonly string[]) =>
    `${label.padEnd(width)}${rest.map((cell) => cell.padStart(10)).join('')}`;
  return [
    `${agent} on the ladder of ${game}, ${games} games a pair, seed ${seed}`,
    '',
    cells('against', ['wins', 'draws', 'losses', 'score']),
    ...matches.map((match) =>
      cells(match.players[1], [
        ...[match.wins, match.draws, match.losses].map(String),
        percent(scoreOf(match).mean),
      ]),
    ),
    '',
    cells('Elo', ['rating', '95 % from', 'to']),
    ...ratings.map(({ name, elo, low, high }) => cells(name, [elo, low, high].map(signed))),
    '',
  ].join('\n');
}

const EXAMPLES = `
Examples:
  forethought ladder uct:300 --game connect-four
  forethought ladder runs/alphazero-connect-four-0
  forethought ladder runs/alphazero-connect-four-0 --rungs random,uct:1000,earlier --games 40
`;
