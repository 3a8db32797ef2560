/**
 * dream: a model is shown the beginning of an episode and imagines what follows, which is held beside what really came.
 *
 * Open-loop predictions after a few observations that are shown, as in Hafner et al., Learning Latent Dynamics for Planning
 * from Pixels (2019), and the papers after it.
 *
 * Legend: C moments shown, H steps imagined, M = C + H moments in all, so that C - 1 actions come before the dream begins.
 */
import type { Agent } from '../core/agent.ts';
import type { Environment } from '../core/environment.ts';
import { demand, demandFinite } from '../core/errors.ts';
import type { Model, View } from '../core/model.ts';
import type { Rng } from '../core/rng.ts';
import { type Box, type Element, elementSize, isPicture, partsOf, type Space } from '../core/spaces.ts';
import { mean } from '../math/statistics.ts';
import { demandAction, type Episode, isCut, playEpisode, viewOf } from './episode.ts';

/** Moments that a model is shown before it is asked to imagine. */
export const CONTEXT = 5;
/** Steps that it then imagines. */
export const DREAM_STEPS = 45;

export interface DreamOptions<S, A extends Space> {
  readonly environment: Environment<S, A>;
  readonly agent: Agent<A>;
  /** The episode's stream: the same plays the same episode. */
  readonly rng: Rng;
  /** Moments shown. Default {@link CONTEXT}. */
  readonly context?: number;
  /** Steps imagined; fewer where the episode ends before. Default {@link DREAM_STEPS}. */
  readonly steps?: number;
  /** How often the same is dreamt, with dice of its own each time. Default 1. */
  readonly samples?: number;
  /** Whether the agent acts inside the dream, instead of the actions that were really taken. Default false. */
  readonly policy?: boolean;
  /** Standard deviation of each element of an observation: what an error of 1 means. Default: those of the episode. [D] */
  readonly spread?: ArrayLike<number>;
}

/** A course of events; `observations[t]` comes of `actions[t]`. */
export interface Course {
  readonly observations: readonly Float32Array[]; // [H]
  readonly rewards: readonly number[]; // [H]
  readonly discounts: readonly number[]; // [H]
}

export interface Dream<S = unknown, A extends Space = Space> {
  /** C */
  readonly context: number;
  /** Whether the agent acted inside the dream. */
  readonly policy: boolean;
  readonly actions: readonly Element<A>[]; // [M - 1]
  /** What the world does under these actions. Under actions chosen in a dream too: it is a pure function. */
  readonly truth: {
    readonly states: readonly S[]; // [M]
    readonly observations: readonly Float32Array[]; // [M]
    readonly rewards: readonly number[]; // [M - 1]
    readonly discounts: readonly number[]; // [M - 1]
  };
  /** What the model makes of the moments that it is shown. [C] */
  readonly shown: readonly Float32Array[];
  readonly dreams: readonly Course[];
  /**
   * Root mean square over dreams and elements of an observation, 1 .. H steps ahead, in standard deviations. Absent where
   * nothing ever varies.
   */
  readonly errors?: readonly number[]; // [H]
  /** Mean size of what is amiss with rewards and discounts, over dreams. [H] */
  readonly rewardErrors: readonly number[];
  readonly discountErrors: readonly number[];
}

/**
 * Plays the beginning of an episode, yielding after every decision, and lets the agent's model dream on.
 * @throws InputError for an agent without a model that can show what it imagines; for a context that leaves nothing to dream
 */
export async function* dream<S, A extends Space>(
  options: DreamOptions<S, A>,
): AsyncGenerator<{ readonly step: number; readonly of: number }, Dream<S, A>, void> {
  const { environment, agent, rng, context = CONTEXT, steps = DREAM_STEPS } = options;
  demandDreamer(agent);
  demandCounts(options);
  const decisions = Math.min(environment.maxSteps, context - 1 + steps);
  let played: Episode<S, A> | undefined;
  for await (const { episode } of playEpisode({ environment, agent, rng })) {
    played = episode;
    yield { step: episode.actions.length, of: decisions };
    if (episode.actions.length >= decisions) break;
  }
  return dreamOf(played!, options);
}

/** Dreams on from the beginning of an episode that was played with the stream in `options`. */
export async function dreamOf<S, A extends Space>(
  episode: Episode<S, A>,
  options: DreamOptions<S, A>,
): Promise<Dream<S, A>> {
  const { agent, rng, context: C = CONTEXT, steps = DREAM_STEPS, samples = 1, policy = false } = options;
  const model = demandDreamer(agent);
  demandCounts(options);
  const played = episode.actions.length;
  demand(
    C <= played,
    () =>
      `dream: context must leave a step to be dreamt, so be at most ${played}, the decisions of the episode, got ${C}.`,
  );
  const beliefs = await believe(model, episode.views.slice(0, C), episode.actions.slice(0, C - 1));
  let states = Array.from({ length: samples }, () => beliefs[C - 1]);
  const follow = policy ? acted(episode, options) : recorded(episode, options);
  const dice = rng.fork('dream');
  const came: Moment<S, A>[] = [];
  const dreams = states.map(() => ({
    observations: [] as Float32Array[],
    rewards: [] as number[],
    discounts: [] as number[],
  }));
  for (let h = 1; h <= steps; h++) {
    const moment = await follow(states[0]);
    if (!moment) break;
    const { action } = moment;
    came.push(moment);
    const actions = states.map(() => action);
    const next = await model.step(states, actions, dice);
    states = [...next.states];
    const what = (of: string) => `agent ${agent.name}: ${of} imagined ${h} steps ahead`;
    demandFinite(next.rewards, what('reward'));
    demandFinite(next.discounts, what('discount'));
    model.observe(states).forEach((seen, i) => {
      demandFinite(seen, what('observation'));
      dreams[i].observations.push(seen);
      dreams[i].rewards.push(next.rewards[i]);
      dreams[i].discounts.push(next.discounts[i]);
    });
  }
  const views = episode.views.map(({ observation }) => observation);
  const apart = distance(options.environment.observation, options.spread ?? deviations(views));
  const averaged = (error: (course: Course, h: number) => number) =>
    came.map((_, h) => mean(dreams.map((course) => error(course, h))));
  return {
    context: C,
    policy,
    actions: [...episode.actions.slice(0, C - 1), ...came.map(({ action }) => action)],
    truth: {
      states: [...episode.states.slice(0, C), ...came.map(({ state }) => state)],
      observations: [...views.slice(0, C), ...came.map(({ observation }) => observation)],
      rewards: [...episode.rewards.slice(0, C - 1), ...came.map(({ reward }) => reward)],
      discounts: [...episode.discounts.slice(0, C - 1), ...came.map(({ discount }) => discount)],
    },
    shown: model.observe(beliefs),
    dreams,
    ...(apart && {
      errors: averaged(({ observations }, h) => apart(observations[h], came[h].observation)).map(Math.sqrt),
    }),
    rewardErrors: averaged(({ rewards }, h) => Math.abs(rewards[h] - came[h].reward)),
    discountErrors: averaged(({ discounts }, h) => Math.abs(discounts[h] - came[h].discount)),
  };
}

/** A decision, and what the world made of it. */
interface Moment<S, A extends Space> {
  readonly action: Element<A>;
  readonly state: S;
  readonly observation: Float32Array;
  readonly reward: number;
  readonly discount: number;
}

/** The next decision, given what the model believes; undefined where the episode is over. */
type NextMoment<S, A extends Space> = (belief: unknown) => Promise<Moment<S, A> | undefined>;

/** What was really done and came of it. */
function recorded<S, A extends Space>(episode: Episode<S, A>, { context: C = CONTEXT }): NextMoment<S, A> {
  const { actions, states, views, rewards, discounts } = episode;
  let t = C - 2;
  return async () => {
    if (++t >= actions.length) return undefined;
    const { observation } = views[t + 1];
    return {
      action: actions[t],
      state: states[t + 1],
      observation,
      reward: rewards[t],
      discount: discounts[t],
    };
  };
}

/** What the agent does as it believes in its dream, and what the world, played again with the same dice, makes of that. */
function acted<S, A extends Space>(
  { actions }: Episode<S, A>,
  { environment, agent, rng, context: C = CONTEXT }: DreamOptions<S, A>,
): NextMoment<S, A> {
  const model = demandDreamer(agent);
  const dice = rng.fork('environment');
  const acting = rng.fork('acting in a dream');
  let state = environment.reset(dice);
  for (const action of actions.slice(0, C - 1)) ({ state } = environment.step(state, action, dice));
  let t = C - 1;
  let over = false;
  let carry: unknown;
  const choose = async (belief: unknown): Promise<Element<A>> => {
    const legal = environment.legal?.(state);
    if (agent.actFrom) return agent.actFrom(belief, legal, acting, 'evaluate');
    const [observation] = model.observe([belief]);
    const view = { observation, ...(legal && { legal }), state: belief };
    const decision = await agent.act(view, carry, acting, 'evaluate');
    ({ carry } = decision);
    return decision.action;
  };
  return async (belief) => {
    if (over) return undefined;
    const action = await choose(belief);
    demandAction(agent, environment.action, action, viewOf(environment, state));
    const { reward, discount, ...next } = environment.step(state, action, dice);
    ({ state } = next);
    t++;
    over = discount === 0 || isCut(environment, state, t);
    return { action, state, observation: environment.observe(state), reward, discount };
  };
}

/** A model that can show what its states look like. */
export type ShowingModel<A extends Space, Z = unknown> = Model<Z, A> & Required<Pick<Model<Z, A>, 'observe'>>;

export function canShow<A extends Space>(model: Model<unknown, A> | undefined): model is ShowingModel<A> {
  return model?.observe !== undefined;
}

/** What a model believes at each moment of a stretch: of C views, and the C - 1 actions between them. */
export async function believe<Z, A extends Space>(
  model: Model<Z, A>,
  views: readonly View[],
  actions: readonly Element<A>[],
): Promise<Z[]> {
  const beliefs: Z[] = [];
  for (const [t, view] of views.entries()) {
    const before = t === 0 ? undefined : { state: beliefs[t - 1], action: actions[t - 1] };
    beliefs.push(await model.infer(view, before));
  }
  return beliefs;
}

/**
 * How far an observation lies from another: the mean square over elements, each in its own standard deviation, of those that vary
 * at all. The elements of a picture share one, as many of them hardly ever vary. Undefined where nothing varies.
 * @param spread standard deviations [D]
 */
export function distance(
  space: Box,
  spread: ArrayLike<number>,
): ((one: Float32Array, other: Float32Array) => number) | undefined {
  const variances = Float64Array.from(spread, (deviation) => deviation * deviation);
  for (const { space: part, offset } of partsOf(space)) {
    if (!isPicture(part.shape)) continue;
    const pixels = variances.subarray(offset, offset + elementSize(part));
    pixels.fill(mean([...pixels]));
  }
  const varying = Array.from(variances.keys()).filter((i) => variances[i] > 0);
  if (varying.length === 0) return undefined;
  return (one, other) => {
    let sum = 0;
    for (const i of varying) sum += (one[i] - other[i]) ** 2 / variances[i];
    return sum / varying.length;
  };
}

/** Of each element. [D] */
function deviations(observations: readonly Float32Array[]): number[] {
  return Array.from(observations[0], (_, i) => {
    const values = observations.map((seen) => seen[i]);
    const middle = mean(values);
    return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
  });
}

function demandDreamer<A extends Space>(agent: Agent<A>): ShowingModel<A> {
  const { model } = agent;
  demand(
    model !== undefined,
    () =>
      `dream: ${agent.name} has no model of the world to dream in. Take a run of an agent that learns one, as dreamer-v3, pets or mbpo.`,
  );
  demand(
    canShow(model),
    () => `dream: the model of ${agent.name} must be able to show what it imagines, got one without observe.`,
  );
  return model as ShowingModel<A>;
}

function demandCounts<S, A extends Space>(options: DreamOptions<S, A>): void {
  const { context = CONTEXT, steps = DREAM_STEPS, samples = 1, policy = false } = options;
  for (const [name, count] of Object.entries({ context, steps, samples })) {
    demand(
      Number.isInteger(count) && count >= 1,
      () => `dream: ${name} must be a positive integer, got ${count}.`,
    );
  }
  demand(
    !policy || samples === 1,
    () =>
      `dream: samples must be 1 where the agent acts inside the dream, got ${samples}: each dream would have a truth of its own.`,
  );
}
