/** Where a game for two stands: whose turn it is, what it has brought so far, and whether it is over. */
import type { Agent, Decision } from '../core/agent.ts';
import type { Environment } from '../core/environment.ts';
import { demand } from '../core/errors.ts';
import type { View } from '../core/model.ts';
import type { Rng } from '../core/rng.ts';
import type { Discrete } from '../core/spaces.ts';
import { isCut } from './episode.ts';

/** All of it as one player counts: who began, or whom the game is looked at for. */
export interface Standing<S> {
  readonly state: S;
  /** Product of discounts: above 0 where this player is to move. */
  readonly weight: number;
  /** Rewards so far. */
  readonly total: number;
  /** Moves made. */
  readonly length: number;
  /** Over by the rules, or cut off. */
  readonly over?: 'ended' | 'cut';
}

/** @param weight -1 where the other player begins. Default 1 */
export function beginning<S>(state: S, weight: 1 | -1 = 1): Standing<S> {
  return { state, weight, total: 0, length: 0 };
}

/** After one more move. */
export function following<S>(
  environment: Environment<S, Discrete>,
  { state, weight, total, length }: Standing<S>,
  action: number,
  dice: Rng,
): Standing<S> {
  const next = environment.step(state, action, dice);
  const cut = next.discount !== 0 && isCut(environment, next.state, length + 1);
  return {
    state: next.state,
    weight: weight * next.discount,
    total: total + weight * next.reward,
    length: length + 1,
    ...(next.discount === 0 ? { over: 'ended' as const } : cut ? { over: 'cut' as const } : {}),
  };
}

/** 1 where this player has won, 0 for a draw or a game cut off, -1 where it has lost. */
export function outcomeOf({ total, over }: Standing<unknown>): number {
  return over === 'cut' ? 0 : Math.sign(total);
}

/** What an agent does in several games in which it is to move: all at once where it can. */
export async function decisionsIn(
  agent: Agent<Discrete>,
  views: readonly View[],
  carries: readonly unknown[],
  rngs: readonly Rng[],
): Promise<readonly Decision<Discrete>[]> {
  if (!agent.actMany) {
    const decisions: Decision<Discrete>[] = [];
    for (const [i, view] of views.entries())
      decisions.push(await agent.act(view, carries[i], rngs[i], 'evaluate'));
    return decisions;
  }
  const decisions = await agent.actMany(views, carries, rngs, 'evaluate');
  demand(
    decisions.length === views.length,
    () =>
      `agent ${agent.name}: actMany must give a decision for each of ${views.length} views, got ${decisions.length}.`,
  );
  return decisions;
}
