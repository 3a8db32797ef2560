/** forethought dream: what a trained agent's model imagines beside what came, as a page that a browser opens. */
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Agent } from '../src/core/agent.ts';
import { InputError } from '../src/core/errors.ts';
import { Rng } from '../src/core/rng.ts';
import { checked } from '../src/envs/checked.ts';
import { mean } from '../src/math/statistics.ts';
import { CONTEXT, DREAM_STEPS, dream } from '../src/run/dream.ts';
import { writeWhole } from '../src/run/files/index.ts';
import { build } from '../src/run/recipe.ts';
import { recordDream } from '../src/run/record.ts';
import { renderDream } from '../src/run/report/dream.ts';
import { spreadSeen } from '../src/run/run.ts';
import { VERSION } from '../src/run/version.ts';
import { wholeNumber } from './arguments.ts';
import { figure } from './figures.ts';
import { followed } from './progress.ts';
import { orderOf, type Surroundings, trainedRun } from './surroundings.ts';

interface Flags {
  readonly context: number;
  readonly steps: number;
  readonly samples: number;
  readonly policy?: boolean;
  readonly seed: number;
  readonly episode: number;
  readonly out?: string;
  readonly json?: boolean;
}

/** Steps ahead that are told of where people read. */
const TOLD = [1, 5, 15, 45];

export function addDream(program: Command, surroundings: Surroundings): void {
  program
    .command('dream')
    .summary("watch a trained agent's model dream")
    .description(
      "Show the model of a run's agent, as it was at the last checkpoint, the beginning of an episode and let it imagine the " +
        'rest: truth, dream and difference as a page, step by step.',
    )
    .argument('<run dir>', 'folder of a run')
    .option('--context <n>', 'moments of the episode that the model is shown', wholeNumber(1), CONTEXT)
    .option('--steps <n>', 'steps that it then imagines, the episode permitting', wholeNumber(1), DREAM_STEPS)
    .option('--samples <n>', 'how often it dreams the same, each time with other dice', wholeNumber(1), 1)
    .option('--policy', 'let the agent act inside the dream, and show what the world makes of that')
    .option('--seed <n>', 'seed of the episodes', wholeNumber(0), 0)
    .option('--episode <n>', 'which of the episodes that play shows with this seed', wholeNumber(1), 1)
    .option('--out <file.html>', 'page to write (default: dream.html in the run dir)')
    .option('--json', 'one JSON object a line on standard output, and nothing else')
    .addHelpText('after', EXAMPLES)
    .action((path: string, flags: Flags) => dreamOfRun(surroundings, path, flags));
}

async function dreamOfRun(surroundings: Surroundings, path: string, flags: Flags): Promise<void> {
  const { stdout } = surroundings;
  const { context, steps, samples, policy = false, seed, episode, json } = flags;
  const out = flags.out ?? join(path, 'dream.html');
  const { record, checkpoint } = trainedRun(path);
  const order = orderOf(surroundings, { record });
  const { environment, agent } = await build(order);
  agent.load(checkpoint.agent);
  demandModel(path, agent);
  const world = checked(environment);
  const dreaming = dream({
    environment: world,
    agent,
    rng: Rng.from(seed).fork('play').fork(episode),
    context,
    steps,
    samples,
    policy,
    spread: spreadSeen(checkpoint),
  });
  const dreamt = await followed(surroundings, dreaming, ({ step, of }) => `step ${step}/${of}`, json);
  if (!dreamt) return;
  const title = `${record.agent} on ${record.environment}, after ${checkpoint.step} steps`;
  writeWhole(
    out,
    renderDream({
      title,
      summary: order.recipe.summary,
      version: VERSION,
      dream: recordDream(world, dreamt),
      observationNames: order.recipe.observationNames,
    }),
  );
  const { errors, rewardErrors, discountErrors } = dreamt;
  if (json) {
    rewardErrors.forEach((reward, i) => {
      const more = { reward, continuation: discountErrors[i] };
      stdout.write(
        `${JSON.stringify({ type: 'dream', ahead: i + 1, ...(errors && { error: errors[i] }), ...more })}\n`,
      );
    });
    const { step } = checkpoint;
    stdout.write(
      `${JSON.stringify({ type: 'done', step, dir: path, page: out, context, policy, samples, seed, episode })}\n`,
    );
    return;
  }
  stdout.write(`${title}: ${rewardErrors.length} steps dreamt after ${context} shown\n`);
  const last = rewardErrors.length;
  const told = [...TOLD.filter((ahead) => ahead < last), last];
  if (errors)
    stdout.write(
      `error     ${told.map((ahead) => `${figure(errors[ahead - 1], 2)} at ${ahead}`).join(', ')} steps ahead\n`,
    );
  stdout.write(`rewards   wrong by ${figure(mean(rewardErrors), 2)} on average\n`);
  stdout.write(`Page: ${out}\n`);
}

/** @throws InputError where a run's agent has nothing to dream in */
function demandModel(path: string, { name, model, learn, collect }: Agent): void {
  if (model?.observe && (learn || collect)) return;
  throw new InputError(
    `${path}: the agent must have learned a model that shows what it imagines, got "${name}", which ${
      model
        ? 'looks ahead in the world itself, or in a model that shows nothing'
        : 'has no learned world model to dream in'
    }. Take a run of an agent that learns one: dreamer-v3, pets, mbpo.`,
  );
}

const EXAMPLES = `
Examples:
  forethought dream runs/dreamer-v3-pendulum-0
  forethought dream runs/dreamer-v3-pendulum-0 --policy --steps 100
  forethought dream runs/dreamer-v3-pendulum-0 --episode 3 --samples 5 --json
`;
