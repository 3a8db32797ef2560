/** evaluate: plays episodes that the agent does not learn from, and measures how its model's errors compound. */
import type { Agent, Decision } from '../core/agent.ts';
import type { Environment } from '../core/environment.ts';
import { demand, demandFinite, InputError, NumericalError } from '../core/errors.ts';
import type { View } from '../core/model.ts';
import type { Rng } from '../core/rng.ts';
import { complaint, type Element, type Space } from '../core/spaces.ts';
import { mean as average, interval95 } from '../math/statistics.ts';
import type { Breaches, EvaluatingEvent, EvaluationEvent, Recording } from './events.ts';

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
}

export interface Evaluated {
  readonly event: EvaluationEvent;
  /** Of each episode. */
  readonly returns: readonly number[];
  /** In environment steps. */
  readonly lengths: readonly number[];
  /** Of each episode, where the world reports costs. */
  readonly breaches?: readonly Required<Breaches>[];
  /** The last episode. */
  readonly recording: Recording;
}

/** How far ahead model errors are measured, in steps. */
export const ERROR_HORIZON = 15;
/** Places along the episodes from where the model is asked to foresee what came. */
const ERROR_STARTS = 32;

/** What was shown and done in one episode. */
interface Episode<S, A extends Space> {
  readonly states: S[]; // [T + 1]
  readonly views: View[]; // [T + 1]
  readonly actions: Element<A>[]; // [T]
  readonly rewards: number[]; // [T]
  readonly imagined: Decision['imagined'][]; // [T]
  readonly return: number;
  /** Where the world reports costs. */
  readonly breaches?: Required<Breaches>;
}

/** Plays `episodes` episodes, yielding after every decision. Training is not disturbed: all streams fork from `rng`. */
export async function* evaluate<S, A extends Space>(
  options: EvaluateOptions<S, A>,
): AsyncGenerator<EvaluatingEvent, Evaluated, void> {
  const { environment, agent, episodes, rng, step, spread } = options;
  demand(
    Number.isInteger(episodes) && episodes >= 1,
    () => `evaluation: episodes must be a positive integer, got ${episodes}.`,
  );
  const played: Episode<S, A>[] = [];
  for (let episode = 1; episode <= episodes; episode++) {
    const stream = rng.fork(episode);
    for await (const moment of play(environment, agent, stream)) {
      yield { type: 'evaluating', step, episode, episodes };
      if (moment.over) played.push(moment.episode);
    }
  }
  const returns = played.map((episode) => episode.return);
  const breaches = played.flatMap((episode) => episode.breaches ?? []);
  const { mean, low, high } = interval95(returns);
  const modelError =
    agent.imagine && spread
      ? await errorByHorizon(agent, played, options.horizon ?? ERROR_HORIZON, spread, rng.fork('imagine'))
      : undefined;
  return {
    event: {
      type: 'evaluation',
      step,
      mean,
      low: episodes > 1 ? low : null,
      high: episodes > 1 ? high : null,
      episodes,
      ...(breaches.length > 0 && {
        cost: average(breaches.map(({ cost }) => cost)),
        violations: average(breaches.map(({ violations }) => violations)),
      }),
      ...(modelError && { modelError }),
    },
    returns,
    ...(breaches.length > 0 && { breaches }),
    lengths: played.map((episode) => episode.actions.length * (environment.actionRepeat ?? 1)),
    recording: record(environment, played[played.length - 1]),
  };
}

/** What an agent is shown of a state. */
export function viewOf<S, A extends Space>(environment: Environment<S, A>, state: S): View {
  const legal = environment.legal?.(state);
  return { observation: environment.observe(state), ...(legal && { legal }), state };
}

/** What an episode has broken, with one more cost; undefined while none was reported. */
export function addBreach(
  before: Required<Breaches> | undefined,
  cost: number | undefined,
): Required<Breaches> | undefined {
  if (cost === undefined) return before;
  return {
    cost: (before?.cost ?? 0) + cost,
    violations: (before?.violations ?? 0) + (cost > 0 ? 1 : 0),
  };
}

/** Whether an episode stops at `state`, after `length` decisions, though the world goes on. */
export function isCut<S, A extends Space>(environment: Environment<S, A>, state: S, length: number): boolean {
  return length === environment.maxSteps || environment.truncated?.(state) === true;
}

/** @throws NumericalError for an action that is NaN or infinite, InputError for one that the space or the rules forbid */
export function demandAction<A extends Space>(
  agent: Agent<A>,
  space: A,
  action: Element<A>,
  view: View,
): void {
  const problem = complaint(space, action);
  if (problem !== undefined) {
    const numbers =
      typeof action === 'number' ? [action] : Array.from((action as Float32Array | undefined) ?? []);
    if (numbers.some((number) => !Number.isFinite(number)))
      throw new NumericalError(`agent ${agent.name}: its action ${problem}.`);
    throw new InputError(`agent ${agent.name}: its action ${problem}. Make the agent's space the world's.`);
  }
  demand(
    !view.legal || view.legal[action as number] === 1,
    () => `agent ${agent.name}: its action must be legal, got ${action}. Use the mask it is shown.`,
  );
}

/** Plays one episode, yielding after every step. */
async function* play<S, A extends Space>(
  environment: Environment<S, A>,
  agent: Agent<A>,
  rng: Rng,
): AsyncGenerator<{ over: boolean; episode: Episode<S, A> }, void, void> {
  const dice = rng.fork('environment');
  const acting = rng.fork('agent');
  let state = environment.reset(dice);
  let carry: unknown;
  let weight = 1;
  let total = 0;
  let breaches: Required<Breaches> | undefined;
  const episode = {
    states: [state],
    views: [viewOf(environment, state)],
    actions: [] as Element<A>[],
    rewards: [] as number[],
    imagined: [] as Decision['imagined'][],
  };
  for (let t = 0, over = false; !over; t++) {
    const decision = await agent.act(episode.views[t], carry, acting, 'evaluate');
    demandAction(agent, environment.action, decision.action, episode.views[t]);
    const next = environment.step(state, decision.action, dice);
    ({ state } = next);
    ({ carry } = decision);
    total += weight * next.reward;
    weight *= next.discount;
    breaches = addBreach(breaches, next.cost);
    episode.states.push(state);
    episode.views.push(viewOf(environment, state));
    episode.actions.push(decision.action);
    episode.rewards.push(next.reward);
    episode.imagined.push(decision.imagined);
    over = next.discount === 0 || isCut(environment, state, t + 1);
    yield { over, episode: { ...episode, return: total, ...(breaches && { breaches }) } };
  }
}

/**
 * Root mean square error of what the model foresees 1 .. H steps ahead along the actions really taken, over evenly
 * spread starting points and all elements, each divided by its spread; elements that never vary are left out.
 * Every starting point counts at every horizon, so that the curve shows the horizon's doing alone.
 * @returns [H], shorter where no episode is that long; undefined where nothing varies
 */
async function errorByHorizon<S, A extends Space>(
  agent: Agent<A>,
  played: readonly Episode<S, A>[],
  horizon: number,
  spread: ArrayLike<number>, // [D]
  rng: Rng,
): Promise<number[] | undefined> {
  const varying = Array.from(spread).flatMap((deviation, element) => (deviation > 0 ? [element] : []));
  if (varying.length === 0) return undefined;
  const H = Math.min(horizon, Math.max(...played.map((episode) => episode.actions.length)));
  const places = played.flatMap((episode) =>
    Array.from({ length: Math.max(0, episode.actions.length - H + 1) }, (_, t) => ({ episode, t })),
  );
  const count = Math.min(ERROR_STARTS, places.length);
  const squares = new Float64Array(H);
  for (let i = 0; i < count; i++) {
    const { episode, t } = places[Math.floor(((i + 0.5) * places.length) / count)];
    const foreseen = await agent.imagine!(episode.views[t], episode.actions.slice(t, t + H), rng);
    demand(
      foreseen.length === H + 1,
      () =>
        `agent ${agent.name}: imagine must give ${H + 1} observations for ${H} actions, got ${foreseen.length}.`,
    );
    for (let h = 1; h <= H; h++) {
      demandFinite(foreseen[h], `agent ${agent.name}: observation imagined ${h} steps ahead`);
      const came = episode.views[t + h].observation;
      for (const element of varying)
        squares[h - 1] += ((foreseen[h][element] - came[element]) / spread[element]) ** 2;
    }
  }
  return Array.from(squares, (sum) => Math.sqrt(sum / (count * varying.length)));
}

function record<S, A extends Space>(environment: Environment<S, A>, episode: Episode<S, A>): Recording {
  const { picture, stateFrom } = environment;
  const draw = picture && stateFrom && ((seen: Float32Array) => picture(stateFrom(seen)));
  return {
    observations: episode.views.map((view) => view.observation),
    actions: episode.actions,
    rewards: episode.rewards,
    imagined: episode.imagined,
    ...(picture && { pictures: episode.states.map((state) => picture(state)) }),
    ...(draw && { imaginedPictures: episode.imagined.map((seen) => seen?.map(draw)) }),
  };
}
