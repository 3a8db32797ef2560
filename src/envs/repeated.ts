/** A world in which each decision is held for several steps, as published scores of simulated robots assume. */
import type { Environment, OwnRollout } from '../core/environment.ts';
import { demand } from '../core/errors.ts';
import type { Space } from '../core/spaces.ts';

/**
 * The same world, each action carried out `times` times. Rewards add up, each multiplied by the discounts before it, and
 * so do costs; an end within the repetitions is an end. Runs go on counting environment steps.
 * @throws InputError where `times` is not a positive integer, or the world already repeats
 * @example repeated(pendulum(), 2)    // 100 decisions an episode, 200 environment steps
 */
export function repeated<S, A extends Space>(
  environment: Environment<S, A>,
  times: number,
): Environment<S, A> {
  const { name, maxSteps, actionRepeat = 1 } = environment;
  demand(
    Number.isInteger(times) && times >= 1,
    () => `repeated(${name}): times must be a positive integer, got ${times}.`,
  );
  demand(
    actionRepeat === 1,
    () => `repeated(${name}): the world must not repeat actions already, got ${actionRepeat} times.`,
  );
  if (times === 1) return environment;
  const step: Environment<S, A>['step'] = (state, action, rng) => {
    let next = environment.step(state, action, rng);
    let { reward, discount, cost } = next;
    for (let i = 1; i < times && discount !== 0 && !environment.truncated?.(next.state); i++) {
      next = environment.step(next.state, action, rng);
      reward += discount * next.reward;
      if (next.cost !== undefined) cost = (cost ?? 0) + next.cost;
      discount *= next.discount;
    }
    return { state: next.state, reward, discount, ...(cost !== undefined && { cost }) };
  };
  return {
    ...environment,
    maxSteps: Math.ceil(maxSteps / times),
    actionRepeat: times,
    step,
    rollout: ownRollout(environment, times, step),
  };
}

/** The world's own way to score sequences, if it has one that goes on for its own steps, with each action held. */
function ownRollout<S, A extends Space>(
  { rollout: own, step, truncated }: Environment<S, A>,
  times: number,
  equals: unknown,
): OwnRollout<S> | undefined {
  if (!own || own.equals !== step || truncated) return undefined;
  return { equals, run: (state, actions, horizon) => own.run(state, actions, horizon, times) };
}
