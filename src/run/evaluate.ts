/** evaluate: plays episodes that the agent does not learn from, and measures how its model's errors compound. */
import type { Agent, Effort } from '../core/agent.ts';
import type { Environment } from '../core/environment.ts';
import { demand, demandFinite } from '../core/errors.ts';
import type { Rng } from '../core/rng.ts';
import type { Box, Space } from '../core/spaces.ts';
import { interval95, mean as meanOf } from '../math/statistics.ts';
import { believe, CONTEXT, canShow, distance, dreamOf } from './dream.ts';
import { type Episode, playEpisode } from './episode.ts';
import type { Breaches, EvaluatingEvent, EvaluationEvent, Recording } from './events.ts';
import { foresightOf, record, recordDream } from './record.ts';

export interface EvaluateOptions<S, A extends Space> {
  readonly environment: Environment<S, A>;
  readonly agent: Agent<A>;
  readonly episodes: number;
  readonly rng: Rng;
  /** Environment steps trained so far, for the events. */
  readonly step: number;
  /** How far ahead model errors are measured. Default {@link ERROR_HORIZON}. */
  readonly horizon?: number;
  /** Standard deviation of each element of an observation: what an error of 1 means. Model errors need it. [D] */
  readonly spread?: ArrayLike<number>;
  /** Whether the last episode is recorded, which costs model steps. Default true. */
  readonly recorded?: boolean;
}

export interface Evaluated {
  readonly event: EvaluationEvent;
  /** Of each episode. */
  readonly returns: readonly number[];
  /** In environment steps. */
  readonly lengths: readonly number[];
  /** Of each episode, where the world reports costs. */
  readonly breaches?: readonly Required<Breaches>[];
  /** What a decision asked of the model on average, where decisions were planned. */
  readonly effort?: Effort;
  /** The last episode. */
  readonly recording?: Recording;
}

/** How far ahead model errors are measured, in steps. */
export const ERROR_HORIZON = 15;
/** Places along the episodes from where the model is asked to foresee what came. */
const ERROR_STARTS = 32;

/** Plays `episodes` episodes, yielding after every decision. Training is not disturbed: all streams fork from `rng`. */
export async function* evaluate<S, A extends Space>(
  options: EvaluateOptions<S, A>,
): AsyncGenerator<EvaluatingEvent, Evaluated, void> {
  const { environment, agent, episodes, rng, step, spread, recorded = true } = options;
  demand(
    Number.isInteger(episodes) && episodes >= 1,
    () => `evaluation: episodes must be a positive integer, got ${episodes}.`,
  );
  const played: Episode<S, A>[] = [];
  for (let episode = 1; episode <= episodes; episode++) {
    const foresight = recorded && episode === episodes ? foresightOf(environment) : undefined;
    for await (const moment of playEpisode({ environment, agent, rng: rng.fork(episode), foresight })) {
      yield { type: 'evaluating', step, episode, episodes };
      if (moment.over) played.push(moment.episode);
    }
  }
  const last = played[played.length - 1];
  const returns = played.map((episode) => episode.return);
  const breaches = played.flatMap((episode) => episode.breaches ?? []);
  const { mean, low, high } = interval95(returns);
  const modelError =
    agent.model && spread
      ? await errorByHorizon(
          environment.observation,
          agent,
          played,
          options.horizon ?? ERROR_HORIZON,
          spread,
          rng.fork('imagine'),
        )
      : undefined;
  const efforts = played.flatMap((episode) => episode.efforts.filter((effort) => effort !== undefined));
  return {
    event: {
      type: 'evaluation',
      step,
      mean,
      low: episodes > 1 ? low : null,
      high: episodes > 1 ? high : null,
      episodes,
      ...(breaches.length > 0 && {
        cost: meanOf(breaches.map(({ cost }) => cost)),
        violations: meanOf(breaches.map(({ violations }) => violations)),
      }),
      ...(modelError && { modelError }),
    },
    returns,
    ...(breaches.length > 0 && { breaches }),
    lengths: played.map((episode) => episode.actions.length * (environment.actionRepeat ?? 1)),
    ...(efforts.length > 0 && {
      effort: {
        questions: meanOf(efforts.map((effort) => effort.questions)),
        steps: meanOf(efforts.map((effort) => effort.steps)),
      },
    }),
    ...(recorded && {
      recording: {
        ...record(environment, last),
        // a world that is planned in as it is would dream the truth
        ...(agent.learn &&
          canShow(agent.model) && {
            dream: recordDream(
              environment,
              await dreamOf(last, {
                environment,
                agent,
                rng: rng.fork(episodes),
                context: Math.min(CONTEXT, last.actions.length),
                spread,
              }),
            ),
          }),
      },
    }),
  };
}

/**
 * Root mean square error of what the model foresees 1 .. H steps ahead along the actions really taken, over evenly
 * spread starting points, each after a few moments that it is shown, in standard deviations.
 * Every starting point counts at every horizon, so that the curve shows the horizon's doing alone.
 * @returns [H], shorter where no episode is that long; undefined where nothing varies
 */
async function errorByHorizon<S, A extends Space>(
  space: Box,
  agent: Agent<A>,
  played: readonly Episode<S, A>[],
  horizon: number,
  spread: ArrayLike<number>, // [D]
  rng: Rng,
): Promise<number[] | undefined> {
  const apart = distance(space, spread);
  const { model } = agent;
  if (!apart || !canShow(model)) return undefined;
  const H = Math.min(horizon, Math.max(...played.map((episode) => episode.actions.length)));
  const places = played.flatMap((episode) =>
    Array.from({ length: Math.max(0, episode.actions.length - H + 1) }, (_, t) => ({ episode, t })),
  );
  const count = Math.min(ERROR_STARTS, places.length);
  const squares = new Float64Array(H);
  for (let i = 0; i < count; i++) {
    const { episode, t } = places[Math.floor(((i + 0.5) * places.length) / count)];
    const from = Math.max(0, t + 1 - CONTEXT);
    const beliefs = await believe(model, episode.views.slice(from, t + 1), episode.actions.slice(from, t));
    let state = beliefs[beliefs.length - 1];
    for (let h = 1; h <= H; h++) {
      const { states } = await model.step([state], [episode.actions[t + h - 1]], rng);
      [state] = states;
      const [foreseen] = model.observe(states);
      demandFinite(foreseen, `agent ${agent.name}: observation imagined ${h} steps ahead`);
      squares[h - 1] += apart(foreseen, episode.views[t + h].observation);
    }
  }
  return Array.from(squares, (sum) => Math.sqrt(sum / count));
}
