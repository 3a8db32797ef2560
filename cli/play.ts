/** forethought play: watch a trained agent, or random actions, in the terminal. */
import { setTimeout } from 'node:timers/promises';
import type { Command } from 'commander';
import { randomAgent } from '../src/agents/random.ts';
import type { Agent, Decision } from '../src/core/agent.ts';
import type { Environment } from '../src/core/environment.ts';
import { didYouMean, InputError } from '../src/core/errors.ts';
import type { Picture } from '../src/core/picture.ts';
import { Rng } from '../src/core/rng.ts';
import { checked } from '../src/envs/checked.ts';
import { environments } from '../src/envs/index.ts';
import { isCut, viewOf } from '../src/run/evaluate.ts';
import { isRun, type TextStream } from '../src/run/files/index.ts';
import { build } from '../src/run/recipe.ts';
import { wholeNumber } from './arguments.ts';
import { drawPicture } from './canvas.ts';
import { orderOf, type Surroundings, trainedRun } from './surroundings.ts';

interface Flags {
  readonly episodes: number;
  readonly seed: number;
  readonly fps: number;
  readonly frames?: number;
}

/** Lines under the picture. */
const CAPTION_ROWS = 2;
/** Where the output is no terminal, there is nobody to watch every frame. */
const PLAIN_FRAMES = 5;
const PLAIN_SIZE = { columns: 80, rows: 24 };

export function addPlay(program: Command, surroundings: Surroundings): void {
  program
    .command('play')
    .summary('watch an agent in the terminal')
    .description("Watch a run's agent, as it was at the last checkpoint, or random actions in a world.")
    .argument('<run dir | env>', 'folder of a run, or name of a world')
    .option('--episodes <n>', 'episodes to watch', wholeNumber(1), 1)
    .option('--seed <n>', 'seed of the episodes', wholeNumber(0), 0)
    .option('--fps <n>', 'frames a second at most', wholeNumber(1), 25)
    .option(
      '--frames <n>',
      `stop after so many frames (default: ${PLAIN_FRAMES} where the output is no terminal)`,
      wholeNumber(1),
    )
    .addHelpText('after', EXAMPLES)
    .action((target: string, flags: Flags) => watch(surroundings, target, flags));
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
      for await (const frame of perform(environment, agent, rng.fork(episode))) {
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

/** World and agent, from a run or by a world's name. */
async function cast(
  surroundings: Surroundings,
  target: string,
): Promise<{ environment: Environment; agent: Agent; title: string }> {
  const known = environments[target];
  if (known && !isRun(target)) {
    const environment = checked(await known.make());
    return { environment, agent: randomAgent(environment.action), title: `${target}, random actions` };
  }
  if (!isRun(target) && !/[/\\]/.test(target) && didYouMean(target, Object.keys(environments)) !== '')
    throw new InputError(
      `"${target}": there is no such run or world.${didYouMean(target, Object.keys(environments))}`,
    );
  const { record, checkpoint } = trainedRun(target);
  const { environment, agent } = await build(orderOf(surroundings, { record }));
  agent.load(checkpoint.agent);
  return {
    environment: checked(environment),
    agent,
    title: `${record.agent} on ${record.environment}, after ${checkpoint.step} steps`,
  };
}

interface Frame {
  readonly picture: Picture;
  readonly step: number;
  readonly return: number;
}

async function* perform(environment: Environment, agent: Agent, rng: Rng): AsyncGenerator<Frame> {
  const dice = rng.fork('environment');
  const acting = rng.fork('agent');
  let state = environment.reset(dice);
  let carry: unknown;
  let weight = 1;
  let total = 0;
  for (let step = 0, over = false; ; step++) {
    const decision = over
      ? undefined
      : await agent.act(viewOf(environment, state), carry, acting, 'evaluate');
    yield { picture: pictureOf(environment, state, decision), step, return: total };
    if (!decision) return;
    const next = environment.step(state, decision.action, dice);
    state = next.state;
    carry = decision.carry;
    total += weight * next.reward;
    weight *= next.discount;
    over = next.discount === 0 || isCut(environment, state, step + 1);
  }
}

/** The world as it is, over what the plan expects at its end. */
function pictureOf(environment: Environment, state: unknown, decision: Decision | undefined): Picture {
  const now = environment.picture!(state);
  const last = decision?.imagined?.at(-1);
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
  forethought play runs/pets-cartpole-0
  forethought play pendulum --seed 3
  forethought play runs/pets-cartpole-0 --frames 1      print a single frame
`;
