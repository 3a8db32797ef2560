/** Episode: an agent plays a world once, without learning. */
import type { Agent, Effort, Foresight } from '../core/agent.ts';
import type { Environment } from '../core/environment.ts';
import { demand, InputError, NumericalError } from '../core/errors.ts';
import type { View } from '../core/model.ts';
import type { Rng } from '../core/rng.ts';
import { complaint, type Element, type Space } from '../core/spaces.ts';
import type { Breaches } from './events.ts';

/** What was shown and done in one episode, as far as it has come. T decisions. */
export interface Episode<S, A extends Space> {
  readonly states: readonly S[]; // [T + 1]
  readonly views: readonly View[]; // [T + 1]
  readonly actions: readonly Element<A>[]; // [T]
  readonly rewards: readonly number[]; // [T]
  readonly discounts: readonly number[]; // [T]
  /** What each plan was expected to return, where there was a plan. [T] */
  readonly values: readonly (number | undefined)[];
  /** What each decision asked of the model, where it was planned. [T] */
  readonly efforts: readonly (Effort | undefined)[];
  /** What was foreseen at each decision, where that was asked for and the agent can say. [T] */
  readonly foreseen: readonly (Foresight | undefined)[];
  /** Sum of rewards, each multiplied by the discounts before it. */
  readonly return: number;
  /** Where the world reports costs. */
  readonly breaches?: Required<Breaches>;
}

export interface EpisodeOptions<S, A extends Space> {
  readonly environment: Environment<S, A>;
  readonly agent: Agent<A>;
  readonly rng: Rng;
  /** How many candidates the agent is asked to foresee beside its plan at decision t. Absent: it is asked nothing. */
  readonly foresight?: (t: number) => number;
}

/**
 * Plays one episode, yielding after every step. What comes does not depend on whether foresight is asked for: that has
 * a stream of its own.
 */
export async function* playEpisode<S, A extends Space>({
  environment,
  agent,
  rng,
  foresight,
}: EpisodeOptions<S, A>): AsyncGenerator<{ over: boolean; episode: Episode<S, A> }, void, void> {
  const dice = rng.fork('environment');
  const acting = rng.fork('agent');
  const foreseeing = rng.fork('foresight');
  let state = environment.reset(dice);
  let carry: unknown;
  let weight = 1;
  let total = 0;
  let breaches: Required<Breaches> | undefined;
  const told = {
    states: [state],
    views: [viewOf(environment, state)],
    actions: [] as Element<A>[],
    rewards: [] as number[],
    discounts: [] as number[],
    values: [] as (number | undefined)[],
    efforts: [] as (Effort | undefined)[],
    foreseen: [] as (Foresight | undefined)[],
  };
  for (let t = 0, over = false; !over; t++) {
    const decision = await agent.act(told.views[t], carry, acting, 'evaluate');
    demandAction(agent, environment.action, decision.action, told.views[t]);
    told.foreseen.push(foresight && (await decision.foresee?.(foresight(t), foreseeing)));
    told.values.push(decision.plan?.value);
    told.efforts.push(decision.effort);
    const next = environment.step(state, decision.action, dice);
    ({ state } = next);
    ({ carry } = decision);
    total += weight * next.reward;
    weight *= next.discount;
    breaches = addBreach(breaches, next.cost);
    told.states.push(state);
    told.views.push(viewOf(environment, state));
    told.actions.push(decision.action);
    told.rewards.push(next.reward);
    told.discounts.push(next.discount);
    over = next.discount === 0 || isCut(environment, state, t + 1);
    yield { over, episode: { ...told, return: total, ...(breaches && { breaches }) } };
  }
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
