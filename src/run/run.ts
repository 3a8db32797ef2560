/**
 * run: an agent plays a world and learns from what happened, told as a stream of events.
 *
 * To pause, stop asking for events. Each step event can be turned into a checkpoint, and a run restored from one goes
 * on as if it had never stopped. Streams of chance, all forked from the seed: `environment` (one fork an episode),
 * `acting`, `learning`, `evaluation` (one fork an evaluation).
 */
import type { Agent } from '../core/agent.ts';
import type { Environment } from '../core/environment.ts';
import { demand, demandFinite } from '../core/errors.ts';
import { Rng, type RngState } from '../core/rng.ts';
import type { Saved } from '../core/saved.ts';
import { elementSize, type Space } from '../core/spaces.ts';
import { checked } from '../envs/checked.ts';
import { RunningStatistics } from '../math/statistics.ts';
import { addBreach, demandAction, isCut, viewOf } from './episode.ts';
import { evaluate } from './evaluate.ts';
import type { Breaches, Checkpoint, LearnEvent, RunEvent } from './events.ts';
import type { Judge } from './judge.ts';
import { loadPlain, savePlain } from './plain.ts';
import { MemoryReplay } from './replay.ts';
import { retold } from './retold.ts';

export interface RunOptions<S, A extends Space> {
  readonly environment: Environment<S, A>;
  readonly agent: Agent<A>;
  readonly seed: number;
  /** Environment steps in all, those before a checkpoint included. */
  readonly steps: number;
  /** Leave out to only train. */
  readonly evaluation?: {
    /** Environment steps between evaluations; there is one at the end in any case. */
    readonly every: number;
    readonly episodes: number;
    /** How many steps ahead model errors are measured. */
    readonly horizon?: number;
    /** Judges the agent in place of its mean return, as matches do. */
    readonly judge?: Judge<A>;
  };
  /** Default: one that keeps everything. */
  readonly replay?: MemoryReplay<A>;
  /** Goes on from here. The other options must be those of the run that made it. */
  readonly restore?: Checkpoint;
}

/** Where a run stands between two steps, but for agent and replay. All of it is plain data. */
interface Position<S> {
  readonly step: number;
  /** Environment steps that the last one took. */
  readonly taken: number;
  /** Counted from 1. */
  readonly episode: number;
  readonly state: S;
  readonly carry: unknown;
  /** Of the running episode. */
  readonly return: number;
  /** Decisions made in it. */
  readonly length: number;
  /** Product of the episode's discounts. */
  readonly weight: number;
  /** Of the running episode, once the world has reported a cost. */
  readonly breaches?: Required<Breaches>;
  /** Violations of the episodes before it. */
  readonly violationsBefore?: number;
}

/** @throws NumericalError as soon as a number is NaN or infinite; InputError for a world or agent that breaks its contract */
export async function* run<S, A extends Space>(
  options: RunOptions<S, A>,
): AsyncGenerator<RunEvent, void, void> {
  const { agent, steps, evaluation } = options;
  demandCounts(options);
  const environment = checked(options.environment);
  const { actionRepeat = 1 } = environment;
  const replay = options.replay ?? new MemoryReplay(environment);
  const root = Rng.from(options.seed);
  let dice = root.fork('environment').fork(1);
  let acting = root.fork('acting');
  let learning = root.fork('learning');
  const seen = new RunningStatistics(elementSize(environment.observation));
  let here: Position<S>;

  const begin = (episode: number, step: number, taken: number, violationsBefore?: number): Position<S> => {
    dice = root.fork('environment').fork(episode);
    return {
      step,
      taken,
      episode,
      state: environment.reset(dice),
      carry: undefined,
      return: 0,
      length: 0,
      weight: 1,
      ...(violationsBefore !== undefined && { violationsBefore }),
    };
  };
  /** Violations of all of training so far; undefined where no cost was ever reported. */
  const violations = () =>
    here.breaches || here.violationsBefore !== undefined
      ? (here.violationsBefore ?? 0) + (here.breaches?.violations ?? 0)
      : undefined;
  const save = (step: number): Checkpoint => {
    demand(
      here.step === step,
      () =>
        `run: step ${step} must be saved before the next one begins, got step ${here.step}. Save it earlier.`,
    );
    const streams = { dice: dice.save(), acting: acting.save(), learning: learning.save() };
    return {
      step,
      agent: agent.save(),
      replay: replay.save(),
      run: savePlain({ here, seen: seen.save(), ...streams }, `run of ${agent.name} on ${environment.name}`),
    };
  };

  const learn = async (step: number): Promise<LearnEvent | undefined> => {
    const metrics = await agent.learn?.(replay, learning);
    if (!metrics) return undefined;
    for (const [name, value] of Object.entries(metrics))
      demandFinite([value], `${name} of agent ${agent.name} at environment step ${step}`);
    return { type: 'learn', step, metrics };
  };

  if (options.restore) {
    agent.load(options.restore.agent);
    replay.load(options.restore.replay);
    const saved = loadPlain(options.restore.run) as {
      here: Position<S>;
      seen: Saved;
      dice: RngState;
      acting: RngState;
      learning: RngState;
    };
    here = saved.here;
    seen.load(saved.seen);
    dice = Rng.restore(saved.dice);
    acting = Rng.restore(saved.acting);
    learning = Rng.restore(saved.learning);
  } else {
    here = begin(1, 0, 0);
  }

  for (;;) {
    const due =
      evaluation && here.step > 0 && (reaches(here.step, evaluation.every, here.taken) || here.step >= steps);
    if (due && evaluation.judge) {
      const { step } = here;
      const judging = evaluation.judge(agent, root.fork('evaluation').fork(step));
      const judgement = yield* retold(judging, (moment) => ({
        type: 'evaluating' as const,
        step,
        ...moment,
      }));
      yield { type: 'evaluation', step, ...judgement };
    } else if (due) {
      const { event, recording } = yield* evaluate({
        environment,
        agent,
        episodes: evaluation.episodes,
        horizon: evaluation.horizon,
        rng: root.fork('evaluation').fork(here.step),
        step: here.step,
        spread: seen.variance().map(Math.sqrt),
      });
      yield event;
      if (recording) yield { type: 'recording', step: here.step, recording };
    }
    if (here.step >= steps) break;

    if (agent.collect) {
      const { steps: taken, episodes, warnings = [] } = await agent.collect();
      const step = here.step + taken;
      here = { ...here, step, taken, episode: here.episode + episodes.length };
      for (const message of warnings) yield { type: 'warning', step, message };
      const first = here.episode - episodes.length;
      for (const [i, { return: sum, length, terminated }] of episodes.entries())
        yield { type: 'episode', step, episode: first + i, return: sum, length, terminated };
      const learned = await learn(step);
      if (learned) yield learned;
      yield { type: 'step', step, taken, reward: 0, save: () => save(step) };
      continue;
    }

    const view = viewOf(environment, here.state);
    const { action, carry } = await agent.act(view, here.carry, acting, 'train');
    demandAction(agent, environment.action, action, view);
    const { state, reward, discount, cost } = environment.step(here.state, action, dice);
    const nextObservation = environment.observe(state);
    const told = cost !== undefined && { cost };
    replay.add({ observation: view.observation, action, reward, nextObservation, discount, ...told });
    seen.add(nextObservation);
    const breaches = addBreach(here.breaches, cost);
    here = {
      ...here,
      step: here.step + actionRepeat,
      taken: actionRepeat,
      state,
      carry,
      return: here.return + here.weight * reward,
      length: here.length + 1,
      weight: here.weight * discount,
      ...(breaches && { breaches }),
    };
    const { step } = here;

    const terminated = discount === 0;
    if (terminated || isCut(environment, state, here.length)) {
      replay.endEpisode();
      yield {
        type: 'episode',
        step,
        episode: here.episode,
        return: here.return,
        length: here.length * actionRepeat,
        terminated,
        ...breaches,
      };
      here = begin(here.episode + 1, step, actionRepeat, violations());
    }
    const learned = await learn(step);
    if (learned) yield learned;
    yield { type: 'step', step, taken: actionRepeat, reward, ...told, save: () => save(step) };
  }
  const all = violations();
  yield { type: 'done', step: here.step, ...(all !== undefined && { violations: all }) };
}

/** Whether the last environment steps, as many as were `taken` up to `step`, reached a multiple of `every`. */
export function reaches(step: number, every: number, taken = 1): boolean {
  return step % every < taken;
}

/** Standard deviations of the observations seen before a checkpoint: what model errors are measured in. [D] */
export function spreadSeen(checkpoint: Checkpoint): Float64Array {
  const { seen } = loadPlain(checkpoint.run) as { seen: Saved };
  const statistics = new RunningStatistics(seen.arrays.means.data.length);
  statistics.load(seen);
  return statistics.variance().map(Math.sqrt);
}

function demandCounts<S, A extends Space>({ seed, steps, evaluation, restore }: RunOptions<S, A>): void {
  demand(Number.isSafeInteger(seed), () => `run: seed must be an integer, got ${seed}.`);
  demand(Number.isInteger(steps) && steps >= 1, () => `run: steps must be a positive integer, got ${steps}.`);
  if (evaluation) {
    const { every } = evaluation;
    demand(
      Number.isInteger(every) && every >= 1,
      () =>
        `run: evaluation.every must be a positive integer, got ${every}. Leave evaluation out to only train.`,
    );
  }
  demand(
    !restore || restore.step <= steps,
    () => `run: steps must be at least the checkpoint's ${restore?.step}, got ${steps}. Ask for more steps.`,
  );
}
