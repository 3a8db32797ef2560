/** forethought play: watch an agent in the terminal or in a file that a browser opens, or play a game against it. */
import { setTimeout } from 'node:timers/promises';
import type { Command } from 'commander';
import { randomAgent } from '../src/agents/random.ts';
import type { Agent } from '../src/core/agent.ts';
import type { Environment } from '../src/core/environment.ts';
import { didYouMean, InputError } from '../src/core/errors.ts';
import type { Picture } from '../src/core/picture.ts';
import { Rng } from '../src/core/rng.ts';
import type { Space } from '../src/core/spaces.ts';
import { checked } from '../src/envs/checked.ts';
import { environments } from '../src/envs/index.ts';
import { type Episode, playEpisode } from '../src/run/episode.ts';
import type { Recording } from '../src/run/events.ts';
import { isRun, type TextStream, writeWhole } from '../src/run/files/index.ts';
import { isGameForTwo } from '../src/run/match.ts';
import { build } from '../src/run/recipe.ts';
import { foresightOf, record } from '../src/run/record.ts';
import { renderAnimation } from '../src/run/report/animation.ts';
import { VERSION } from '../src/run/version.ts';
import { wholeNumber } from './arguments.ts';
import { drawPicture } from './canvas.ts';
import { playAgainst, type Sitting } from './play-against.ts';
import { gameOfRun, isRunTyped, PLAYERS, playerNamed } from './players.ts';
import { orderOf, type Surroundings, trainedRun } from './surroundings.ts';

interface Flags {
  readonly episodes: number;
  readonly seed: number;
  readonly fps: number;
  readonly frames?: number;
  readonly out?: string;
  readonly opponent?: string;
  readonly second?: boolean;
}

/** Whom a game is played against unless told. */
const OPPONENT = 'uct:1000';

/** Lines under the picture. */
const CAPTION_ROWS = 2;
/** Where the output is no terminal, there is nobody to watch every frame. */
const PLAIN_FRAMES = 5;
const PLAIN_SIZE = { columns: 80, rows: 24 };

export function addPlay(program: Command, surroundings: Surroundings): void {
  program
    .command('play')
    .summary('play a game, or watch an agent')
    .description(
      "Watch a run's agent, as it was at the last checkpoint, or random actions in a world. A game for two is played in " +
        'the terminal, against the run or an opponent; with --out or --frames it is watched.',
    )
    .argument('<run dir | env>', 'folder of a run, or name of a world')
    .option('--opponent <player>', `whom to play a game against: ${PLAYERS} (default: ${OPPONENT})`)
    .option('--second', 'let the opponent begin')
    .option('--episodes <n>', 'episodes to watch', wholeNumber(1), 1)
    .option('--seed <n>', 'seed of the episodes', wholeNumber(0), 0)
    .option('--fps <n>', 'frames a second at most', wholeNumber(1), 25)
    .option(
      '--frames <n>',
      `stop after so many frames (default: ${PLAIN_FRAMES} where the output is no terminal)`,
      wholeNumber(1),
    )
    .option(
      '--out <file.html>',
      'write an animation that a browser opens, instead of drawing in the terminal',
    )
    .addHelpText('after', EXAMPLES)
    .action(async (target: string, flags: Flags) => {
      const sitting = await sittingOf(surroundings, target, flags);
      if (sitting) return playAgainst(surroundings, sitting);
      return flags.out === undefined
        ? watch(surroundings, target, flags)
        : film(surroundings, target, { ...flags, out: flags.out });
    });
}

/** The game to be played, and against whom; undefined where something is to be watched. */
async function sittingOf(
  surroundings: Surroundings,
  target: string,
  { opponent, second = false, seed, out, frames }: Flags,
): Promise<Sitting | undefined> {
  const asked = opponent !== undefined || second;
  if (out !== undefined || frames !== undefined) {
    if (asked)
      throw new InputError(
        'play: --opponent and --second must be left out with --out and --frames, which show an agent instead of playing.',
      );
    return undefined;
  }
  if (isRunTyped(target)) {
    if (opponent !== undefined)
      throw new InputError(
        `play: --opponent must be left out where a run is named, got ${opponent}: the run is whom you play. ` +
          'Name a game instead, or let two agents play with: forethought match',
      );
    const game = await gameOfRun(surroundings, target);
    if (game) return { game, opponent: await playerNamed(surroundings, target, game), seed, second };
  } else if (environments[target]) {
    const game = await environments[target].make();
    if (isGameForTwo(game))
      return { game, opponent: await playerNamed(surroundings, opponent ?? OPPONENT, game), seed, second };
  }
  if (asked && (isRunTyped(target) || environments[target]))
    throw new InputError(
      `play: --opponent and --second must be left out with a world that is no game for two, got "${target}".`,
    );
  return undefined;
}

async function watch(surroundings: Surroundings, target: string, flags: Flags): Promise<void> {
  const { stdout, signal } = surroundings;
  const { environment, agent, title } = await cast(surroundings, target);
  if (!environment.picture)
    throw new InputError(
      `play: the world "${environment.name}" must have a picture to be watched, got none.`,
    );
  const live = stdout.isTTY === true;
  const frames = flags.frames ?? (live ? Number.POSITIVE_INFINITY : PLAIN_FRAMES);
  const show = screen(stdout, live);
  const rng = Rng.from(flags.seed).fork('play');
  let shown = 0;
  try {
    for (let episode = 1; episode <= flags.episodes; episode++) {
      for await (const frame of framesOf(environment, agent, rng.fork(episode))) {
        show(frame.picture, [
          title,
          `episode ${episode}  step ${frame.step}  return ${frame.return.toFixed(2)}`,
        ]);
        if (++shown >= frames || signal.aborted) return;
        if (live) await setTimeout(1000 / flags.fps, undefined, { signal }).catch(() => {});
      }
    }
  } finally {
    if (live) stdout.write('\u001b[?25h'); // the cursor again
  }
}

/** Plays the same episodes that the terminal shows, and writes them into a file. */
async function film(
  surroundings: Surroundings,
  target: string,
  { out, episodes, seed, frames }: Flags & { readonly out: string },
): Promise<void> {
  const { stdout, stderr, signal } = surroundings;
  if (frames !== undefined)
    throw new InputError('play: --frames must be left out with --out, which writes whole episodes.');
  const { environment, agent, title, summary, observationNames } = await cast(surroundings, target);
  const rng = Rng.from(seed).fork('play');
  const foresight = foresightOf(environment);
  const played: { recording: Recording; return: number }[] = [];
  for (let episode = 1; episode <= episodes; episode++) {
    if (stderr.isTTY) stderr.write(`\r\u001b[2Kepisode ${episode}/${episodes}`);
    for await (const moment of playEpisode({ environment, agent, rng: rng.fork(episode), foresight })) {
      if (signal.aborted) return;
      if (!moment.over) continue;
      played.push({ recording: record(environment, moment.episode), return: moment.episode.return });
    }
  }
  if (stderr.isTTY) stderr.write('\r\u001b[2K');
  writeWhole(out, renderAnimation({ title, summary, version: VERSION, episodes: played, observationNames }));
  const returns = played.map((episode) => episode.return.toFixed(2)).join(', ');
  stdout.write(`${title}: ${episodes === 1 ? 'return' : 'returns'} ${returns}\nAnimation: ${out}\n`);
}

interface Cast {
  readonly environment: Environment;
  readonly agent: Agent;
  readonly title: string;
  /** One sentence. */
  readonly summary: string;
  readonly observationNames?: readonly string[];
}

/** World and agent, from a run or by a world's name. */
async function cast(surroundings: Surroundings, target: string): Promise<Cast> {
  const known = environments[target];
  if (known && !isRun(target)) {
    const environment = checked(await known.make());
    return {
      environment,
      agent: randomAgent(environment.action),
      title: `${target}, random actions`,
      summary: known.summary,
      observationNames: surroundings.recipes.find((recipe) => recipe.environment === target)
        ?.observationNames,
    };
  }
  if (!isRun(target) && !/[/\\]/.test(target) && didYouMean(target, Object.keys(environments)) !== '')
    throw new InputError(
      `"${target}": there is no such run or world.${didYouMean(target, Object.keys(environments))}`,
    );
  const { record: ran, checkpoint } = trainedRun(target);
  const order = orderOf(surroundings, { record: ran });
  const { environment, agent } = await build(order);
  agent.load(checkpoint.agent);
  return {
    environment: checked(environment),
    agent,
    title: `${ran.agent} on ${ran.environment}, after ${checkpoint.step} steps`,
    summary: order.recipe.summary,
    observationNames: order.recipe.observationNames,
  };
}

interface Frame {
  readonly picture: Picture;
  readonly step: number;
  readonly return: number;
}

/** Each moment of an episode, what the plan expects at its end over it; the last has no plan. */
async function* framesOf(environment: Environment, agent: Agent, rng: Rng): AsyncGenerator<Frame> {
  let before = 0;
  for await (const moment of playEpisode({ environment, agent, rng, foresight: () => 0 })) {
    const { episode } = moment;
    const step = episode.actions.length - 1;
    yield { picture: pictureOf(environment, episode, step), step, return: before };
    before = episode.return;
    if (moment.over) {
      yield { picture: pictureOf(environment, episode, step + 1), step: step + 1, return: episode.return };
    }
  }
}

/** The world as it was at a step, over what the plan made then expects at its end. */
function pictureOf(
  environment: Environment,
  { states, foreseen }: Episode<unknown, Space>,
  step: number,
): Picture {
  const now = environment.picture!(states[step]);
  const last = foreseen[step]?.plan.at(-1);
  if (!last || !environment.stateFrom) return now;
  const expected = environment.picture!(environment.stateFrom(last)).shapes.filter(
    ({ ink }) => ink === 'body' || ink === 'accent',
  );
  return {
    ...now,
    shapes: [...expected.map((shape) => ({ ...shape, ink: 'imagined' as const })), ...now.shapes],
  };
}

/** Shows frames one over the other, or one after the other where the output is no terminal. */
function screen(stream: TextStream & { readonly rows?: number }, live: boolean) {
  let height = 0;
  return (picture: Picture, caption: readonly string[]) => {
    const columns = live ? stream.columns || PLAIN_SIZE.columns : PLAIN_SIZE.columns;
    const rows = (live ? stream.rows || PLAIN_SIZE.rows : PLAIN_SIZE.rows) - CAPTION_ROWS - 1;
    const lines = [...drawPicture(picture, { columns: columns - 1, rows, colour: live }), ...caption];
    if (live) {
      const back = height > 0 ? `\u001b[${height}A` : '\u001b[?25l';
      stream.write(`${back}${lines.map((line) => `\u001b[2K${line}\n`).join('')}`);
    } else {
      stream.write(`${lines.map((line) => `${line.trimEnd()}\n`).join('')}\n`);
    }
    height = lines.length;
  };
}

const EXAMPLES = `
Examples:
  forethought play connect-four
  forethought play connect-four --opponent uct:10000 --second
  forethought play runs/pets-cartpole-0
  forethought play pendulum --seed 3
  forethought play runs/pets-cartpole-0 --frames 1      print a single frame
  forethought play runs/pets-cartpole-0 --out cartpole.html --episodes 3
`;
