/** forethought match: two agents play a game against each other; who won, who began, how much stronger one is. */
import type { Command } from 'commander';
import { Rng } from '../src/core/rng.ts';
import { eloDifference } from '../src/run/elo.ts';
import { type Match, type MatchMoment, playMatch, scoreOf, type Tally } from '../src/run/match.ts';
import { wholeNumber } from './arguments.ts';
import { figure, percent, signed } from './figures.ts';
import { gameFor, PLAYERS, playerNamed } from './players.ts';
import { followed } from './progress.ts';
import type { Surroundings } from './surroundings.ts';

interface Flags {
  readonly game?: string;
  readonly games: number;
  readonly openings: number;
  readonly seed: number;
  readonly json?: boolean;
}

export function addMatch(program: Command, surroundings: Surroundings): void {
  program
    .command('match')
    .summary('let two agents play a game against each other')
    .description(
      `Let two agents play a game against each other, each beginning half of the games. An agent is ${PLAYERS}.`,
    )
    .argument('<agent>', 'whose wins are counted')
    .argument('<opponent>', 'whom it plays')
    .option('--game <name>', 'name of a game (default: that of the run)')
    .option('--games <n>', 'games to play', wholeNumber(1), 100)
    .option('--openings <n>', 'random moves that every game begins with', wholeNumber(0), 0)
    .option('--seed <n>', 'seed of the games', wholeNumber(0), 0)
    .option('--json', 'one JSON object a line on standard output, and nothing else')
    .addHelpText('after', EXAMPLES)
    .action((first: string, second: string, flags: Flags) => hold(surroundings, [first, second], flags));
}

async function hold(
  surroundings: Surroundings,
  typed: readonly [string, string],
  { games, openings, seed, json, game: name }: Flags,
): Promise<void> {
  const { stdout } = surroundings;
  const game = await gameFor(surroundings, 'match', typed, name);
  const players = [
    await playerNamed(surroundings, typed[0], game),
    await playerNamed(surroundings, typed[1], game),
  ] as const;
  const rng = Rng.from(seed).fork('match');
  const playing = playMatch({ environment: game, players, games, openings, rng });
  const say = ({ finished }: MatchMoment) => `${finished}/${games} games finished`;
  const match = await followed(surroundings, playing, say, json);
  if (!match) return;
  stdout.write(json ? `${JSON.stringify(lineOf(match, openings, seed))}\n` : tableOf(match, seed));
}

/** What `--json` prints. */
function lineOf(match: Match, openings: number, seed: number): object {
  const { game, players, games, wins, draws, losses, begun, answered, score, length } = match;
  const { mean, low, high } = eloDifference(match);
  return {
    type: 'match',
    game,
    players,
    games,
    openings,
    seed,
    wins,
    draws,
    losses,
    begun,
    answered,
    score: score.mean,
    low: score.low,
    high: score.high,
    elo: { difference: mean, low, high },
    moves: length,
  };
}

function tableOf(match: Match, seed: number): string {
  const { game, players, games, begun, answered, score, length } = match;
  const [first, second] = players;
  const lines: readonly (readonly [string, Tally])[] = [
    [`${first} begins`, begun],
    [`${second} begins`, answered],
    ['all', match],
  ];
  const width = Math.max(...lines.map(([label]) => label.length));
  const cells = (label: string, rest: readonly string[]) =>
    `${label.padEnd(width)}${rest.map((cell) => cell.padStart(8)).join('')}`;
  const { mean, low, high } = eloDifference(match);
  return [
    `${first} against ${second}: ${game}, ${games} games of ${figure(length, 3)} moves on average, seed ${seed}`,
    '',
    cells('', ['wins', 'draws', 'losses', 'score']),
    ...lines.map(([label, tally]) => {
      const { wins, draws, losses } = tally;
      const counted = wins + draws + losses > 0 ? percent(scoreOf(tally).mean) : '';
      return cells(label, [`${wins}`, `${draws}`, `${losses}`, counted]);
    }),
    '',
    `score ${percent(score.mean)}, 95 % from ${percent(score.low)} to ${percent(score.high)}`,
    `Elo difference ${signed(mean)}, 95 % from ${signed(low)} to ${signed(high)}`,
    '',
  ].join('\n');
}

const EXAMPLES = `
Examples:
  forethought match uct:1000 uct:100 --game connect-four
  forethought match uct:100 random --game tic-tac-toe --games 20 --seed 3 --json
`;
