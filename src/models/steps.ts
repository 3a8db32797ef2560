/** Many steps of a true world, and the check of what it says: what models of true rules share. */
import type { Environment, Transition } from '../core/environment.ts';
import { NumericalError } from '../core/errors.ts';
import type { Rng } from '../core/rng.ts';
import type { Element, Space } from '../core/spaces.ts';

/** Room for what B steps lead to. */
export interface StepRoom<S> {
  readonly states: S[]; // [B]
  readonly rewards: Float32Array; // [B]
  readonly discounts: Float32Array; // [B]
}

/**
 * B steps of the world, written into `out`.
 * @returns their costs, where the world reports any
 * @throws NumericalError where a number is not finite, naming state and action
 */
export function stepInto<S, A extends Space>(
  environment: Environment<S, A>,
  states: readonly S[],
  actions: readonly Element<A>[],
  rng: Rng,
  out: StepRoom<S>,
): Float32Array | undefined {
  let costs: Float32Array | undefined;
  for (let b = 0; b < states.length; b++) {
    const transition = environment.step(states[b], actions[b], rng);
    const { reward, discount, cost } = transition;
    // x - x is 0 for every finite x and NaN for all others
    if (reward - reward !== 0 || discount - discount !== 0 || cost !== undefined) {
      checkNumbers(environment.name, transition, actions[b], () => `state ${b} of ${states.length}`);
      if (cost !== undefined) {
        costs ??= new Float32Array(states.length);
        costs[b] = cost;
      }
    }
    out.states[b] = transition.state;
    out.rewards[b] = reward;
    out.discounts[b] = discount;
  }
  return costs;
}

/** @throws NumericalError where a number is not finite, naming the world, the place and the action */
export function checkNumbers<S>(
  name: string,
  { reward, discount, cost = 0 }: Transition<S>,
  action: unknown,
  place: () => string,
): void {
  const wrong = Object.entries({ reward, discount, cost }).find(([, value]) => !Number.isFinite(value));
  if (!wrong) return;
  const shown =
    typeof action === 'number' ? `${action}` : `[${Array.from(action as Float32Array).join(', ')}]`;
  const what = `${wrong[0]} must be finite, got ${wrong[1]}`;
  throw new NumericalError(`${name}: in imagination the ${what} at ${place()} after action ${shown}.`);
}
