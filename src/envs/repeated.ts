/** A world in which each decision is held for several steps, as published scores of simulated robots assume. */
import type { Coordinates, Environment, Jacobians, OwnRollout } from '../core/environment.ts';
import { demand } from '../core/errors.ts';
import { Rng } from '../core/rng.ts';
import type { Element, Space } from '../core/spaces.ts';

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
    coordinates: coordinatesOf(environment, times),
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

/**
 * The same numbers, without `reward`: a sum over held steps depends on the states between, which nothing tells but the
 * steps that it would save.
 */
function coordinatesOf<S, A extends Space>(
  { coordinates, step, truncated }: Environment<S, A>,
  times: number,
): Coordinates<S> | undefined {
  if (!coordinates) return undefined;
  const { size, read, write, jacobians } = coordinates;
  if (!jacobians) return { size, read, write };
  return {
    size,
    read,
    write,
    jacobians(state, action) {
      // a world with derivatives draws nothing
      const rng = Rng.from('derivatives');
      let all = jacobians(state, action);
      for (let i = 1; i < times; i++) {
        const made = step(state, action as Element<A>, rng);
        if (made.discount === 0 || truncated?.(made.state)) break;
        state = made.state;
        all = chained(all, jacobians(state, action), size);
      }
      return all;
    },
  };
}

/** Of two steps under the same action: A = A2 A1, B = A2 B1 + B2. */
function chained(first: Jacobians, second: Jacobians, n: number): Jacobians {
  const stateByState = product(second.stateByState, first.stateByState, n);
  const stateByAction = product(second.stateByState, first.stateByAction, n);
  for (let i = 0; i < stateByAction.length; i++) stateByAction[i] += second.stateByAction[i];
  return { stateByState, stateByAction };
}

/** Row-major. @param a [n, n] @param b [n, m] */
function product(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const m = b.length / n;
  const out = new Float64Array(b.length);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) for (let j = 0; j < m; j++) out[i * m + j] += a[i * n + k] * b[k * m + j];
  return out;
}
