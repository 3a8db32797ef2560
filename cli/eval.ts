/** forethought eval: plays episodes with a trained agent and tells mean, spread and 95 % interval. */
import type { Command } from 'commander';
import { Rng } from '../src/core/rng.ts';
import { checked } from '../src/envs/checked.ts';
import { standardDeviation } from '../src/math/statistics.ts';
import { evaluate } from '../src/run/evaluate.ts';
import { build } from '../src/run/recipe.ts';
import { spreadSeen } from '../src/run/run.ts';
import { timed } from '../src/run/timed.ts';
import { wholeNumber } from './arguments.ts';
import { figure } from './figures.ts';
import { followed } from './progress.ts';
import { orderOf, type Surroundings, trainedRun } from './surroundings.ts';

interface Flags {
  readonly episodes: number;
  readonly seed: number;
  readonly json?: boolean;
}

export function addEval(program: Command, surroundings: Surroundings): void {
  program
    .command('eval')
    .summary('evaluate a trained agent')
    .description(
      "Play episodes with a run's agent, as it was at the last checkpoint: mean, spread and 95 % interval.",
    )
    .argument('<run dir>', 'folder of a run')
    .option('--episodes <n>', 'episodes to play', wholeNumber(1), 10)
    .option('--seed <n>', 'seed of the episodes', wholeNumber(0), 0)
    .option('--json', 'one JSON object a line on standard output, and nothing else')
    .addHelpText('after', EXAMPLES)
    .action((path: string, flags: Flags) => evaluateRun(surroundings, path, flags));
}

async function evaluateRun(surroundings: Surroundings, path: string, flags: Flags): Promise<void> {
  const { stdout } = surroundings;
  const began = performance.now();
  const { record, checkpoint } = trainedRun(path);
  const { environment, agent, judge } = await build(orderOf(surroundings, { record }));
  agent.load(checkpoint.agent);
  if (judge) {
    const judgement = await followed(
      surroundings,
      judge(agent, Rng.from(flags.seed).fork('eval')),
      ({ episode, episodes }) => `game ${episode}/${episodes}`,
      flags.json,
    );
    if (!judgement) return;
    const seconds = Math.round(performance.now() - began) / 1000;
    if (flags.json) {
      const { step } = checkpoint;
      stdout.write(`${JSON.stringify({ type: 'evaluation', step, ...judgement })}\n`);
      stdout.write(`${JSON.stringify({ type: 'done', step, dir: path, seconds })}\n`);
    } else {
      const { mean, wins = 0, draws = 0, losses = 0, episodes } = judgement;
      stdout.write(`${record.recipe}, seed ${record.seed}, after ${checkpoint.step} steps\n`);
      stdout.write(`games     ${episodes}: ${wins} won, ${draws} drawn, ${losses} lost\n`);
      stdout.write(`mean      ${figure(mean)}, a win being 1 and a loss -1\n`);
    }
    return;
  }
  const times: number[] = [];
  const playing = evaluate({
    environment: checked(environment),
    agent: timed(agent, times),
    episodes: flags.episodes,
    rng: Rng.from(flags.seed).fork('eval'),
    step: checkpoint.step,
    spread: spreadSeen(checkpoint),
    recorded: false,
  });
  const evaluated = await followed(
    surroundings,
    playing,
    ({ episode }) => `episode ${episode}/${flags.episodes}`,
    flags.json,
  );
  if (!evaluated) return;
  const { event, returns, lengths, breaches, effort } = evaluated;
  const spread = returns.length > 1 ? standardDeviation(returns) : null;
  const seconds = Math.round(performance.now() - began) / 1000;
  if (flags.json) {
    const more = { ...(breaches && { breaches }), ...(effort && { effort }) };
    stdout.write(`${JSON.stringify({ ...event, spread, returns, lengths, ...more })}\n`);
    const decisionMs = { median: quantile(times, 0.5), p95: quantile(times, 0.95) };
    stdout.write(
      `${JSON.stringify({ type: 'done', step: checkpoint.step, dir: path, seconds, decisionMs })}\n`,
    );
    return;
  }
  const { mean, low, high } = event;
  stdout.write(`${record.recipe}, seed ${record.seed}, after ${checkpoint.step} steps\n`);
  stdout.write(`episodes  ${returns.length}, of ${Math.min(...lengths)} to ${Math.max(...lengths)} steps\n`);
  stdout.write(`mean      ${figure(mean)}\n`);
  if (low !== null && high !== null && spread !== null) {
    stdout.write(`95 %      ${figure(low)} to ${figure(high)}\n`);
    stdout.write(
      `spread    ${figure(spread)} (standard deviation), ${figure(Math.min(...returns))} to ${figure(Math.max(...returns))}\n`,
    );
  }
  const { cost, violations } = event;
  if (cost !== undefined && violations !== undefined)
    stdout.write(`broken    ${figure(violations)} decisions an episode, at a cost of ${figure(cost)}\n`);
  const asked = effort
    ? `; ${Math.round(effort.steps).toLocaleString('en')} model steps in ${figure(effort.questions)} ${effort.questions === 1 ? 'question' : 'questions'} on average`
    : '';
  stdout.write(
    `decision  ${figure(quantile(times, 0.5))} ms (median), ${figure(quantile(times, 0.95))} ms (95 % are faster)${asked}\n`,
  );
}

/** The smallest of the values that a share of them does not exceed, to the microsecond. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] * 1000) / 1000;
}

const EXAMPLES = `
Examples:
  forethought eval runs/pets-cartpole-0
  forethought eval runs/pets-cartpole-0 --episodes 30 --seed 7 --json
`;
