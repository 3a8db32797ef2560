/**
 * True rules with somebody's judgement: the model that tree searches look ahead in. Playouts, a network, or a mixture of
 * both judge the states that the rules lead to.
 *
 * Silver et al., Mastering the Game of Go with Deep Neural Networks and Tree Search (2016), for the mixture (section "Searching
 * with policy and value networks": V = (1 - λ) v + λ z).
 * Shapes: B states, n actions.
 */
import type { Environment } from '../core/environment.ts';
import { demand, NumericalError } from '../core/errors.ts';
import type { Awaitable, Evaluation, Visits } from '../core/model.ts';
import { Rng } from '../core/rng.ts';
import type { Discrete } from '../core/spaces.ts';
import { type ExactModel, exact } from './exact.ts';
import { stepInto } from './steps.ts';

/**
 * Judges B states at once, none of which has ended: values as the player to move counts them, and logits with -Infinity
 * where an action is not legal. The arrays may be its own, which its next answer overwrites.
 */
export type Evaluator<S> = (
  states: readonly S[],
  rng: Rng,
) => Awaitable<Evaluation & { readonly logits: Float32Array }>;

/** What an {@link Evaluator} said of a state before. The logits may be its own, which its next answer overwrites. */
export type Recall<S> = (state: S) => { readonly value: number; readonly logits: Float32Array } | undefined;

export interface EvaluatedModel<S> extends ExactModel<S, Discrete> {
  evaluate(states: readonly S[], rng: Rng): Awaitable<Evaluation>;
  visit(states: readonly S[], actions: readonly number[], rng: Rng): Awaitable<Visits<S>>;
}

/**
 * The world itself, its states judged by `evaluator`. States that have ended are not shown to it.
 * @param recall what the evaluator need not be asked again; of use only in worlds that draw nothing, which have a codec
 * @throws NumericalError where a reward, a discount, a value or a logit is not a number; InputError for answers of wrong sizes
 * @example decideSync(evaluated(game, byPlayouts(game)), uct(), { root, action: game.action, rng })
 */
export function evaluated<S>(
  environment: Environment<S, Discrete>,
  evaluator: Evaluator<S>,
  recall?: Recall<S>,
): EvaluatedModel<S> {
  const { n } = environment.action;
  const { name } = environment;

  const judge = (states: readonly S[], rng: Rng): Awaitable<Evaluation> => {
    const reply = evaluator(states, rng);
    return reply instanceof Promise
      ? reply.then((later) => checkEvaluation(name, later, states.length, n))
      : checkEvaluation(name, reply, states.length, n);
  };

  let rewards = new Float32Array(1); // [B]
  let discounts = new Float32Array(1); // [B]

  const END = { value: 0, logits: new Float32Array(n) };
  /** Of one state at a time, as searches ask; of an end there is nothing to know. */
  const answerFrom =
    (recall: Recall<S>) =>
    (given: readonly S[], actions?: readonly number[]): Visits<S> | Evaluation | undefined => {
      if (given.length !== 1) return undefined;
      if (!actions) return alone(recall(given[0]));
      const steps = { states: [given[0]], rewards: new Float32Array(1), discounts: new Float32Array(1) };
      stepInto(environment, given, actions, UNUSED, steps);
      const known = alone(steps.discounts[0] === 0 ? END : recall(steps.states[0]));
      return known && { ...steps, ...known };
    };

  return {
    ...exact(environment),
    evaluate: judge,
    ...(recall && environment.codec && { recall: answerFrom(recall) }),
    ...(environment.codec && { codec: environment.codec }),
    visit(states, actions, rng) {
      const B = states.length;
      if (rewards.length !== B) {
        rewards = new Float32Array(B);
        discounts = new Float32Array(B);
      }
      const next = new Array<S>(B);
      stepInto(environment, states, actions, rng, { states: next, rewards, discounts });
      const running = discounts.includes(0) ? next.filter((_, b) => discounts[b] !== 0) : next;
      const reply = running.length === 0 ? NOTHING : judge(running, rng);
      if (reply instanceof Promise) {
        // other questions may come before the answer
        const steps = { states: next, rewards: rewards.slice(), discounts: discounts.slice() };
        return reply.then((later) => ({ ...steps, ...spread(later, steps.discounts, n) }));
      }
      const { values, logits } = spread(reply, discounts, n);
      return { states: next, rewards, discounts, values, logits };
    },
  };
}

function alone(known: ReturnType<Recall<unknown>>): (Evaluation & { logits: Float32Array }) | undefined {
  return known && { values: Float32Array.of(known.value), logits: known.logits };
}

/** The stream of steps that draw nothing. */
const UNUSED = Rng.from(0);

/** Of no states. */
const NOTHING: Evaluation = { values: new Float32Array(0), logits: new Float32Array(0) };

/**
 * Two evaluators as one: values are `weight` times the second's and the rest of the first's; preferences are the first's.
 * @param weight the paper's λ: AlphaGo took 0.5
 */
export function mixed<S>(first: Evaluator<S>, second: Evaluator<S>, weight: number): Evaluator<S> {
  demand(weight >= 0 && weight <= 1, () => `mixed: weight must lie in [0, 1], got ${weight}.`);
  return async (states, rng) => {
    const one = await first(states, rng);
    const values = Float32Array.from(one.values, (value) => (1 - weight) * value);
    const { logits } = one;
    const other = await second(states, rng);
    for (let b = 0; b < values.length; b++) values[b] += weight * other.values[b];
    return { values, logits };
  };
}

/** The evaluations of those that go on, each at its place among all. */
function spread({ values, logits }: Evaluation, discounts: Float32Array, n: number): Evaluation {
  const B = discounts.length;
  if (values.length === B) return { values, logits };
  const all = { values: new Float32Array(B), logits: new Float32Array(B * n) };
  let from = 0;
  for (let b = 0; b < B; b++) {
    if (discounts[b] === 0) continue;
    all.values[b] = values[from];
    if (logits) all.logits.set(logits.subarray(from * n, (from + 1) * n), b * n);
    from++;
  }
  return all;
}

function checkEvaluation(name: string, given: Evaluation, B: number, n: number): Evaluation {
  const { values, logits } = given;
  if (values.length !== B || logits?.length !== B * n)
    demand(
      false,
      () =>
        `evaluated(${name}): ${B} states must be given ${B} values and ${B * n} logits (${n} each), got ${values.length} and ${logits?.length ?? 'none'}. Give the network as many outputs as the game has actions.`,
    );
  for (let b = 0; b < B; b++) {
    const value = values[b];
    if (value - value !== 0)
      throw new NumericalError(
        `evaluated(${name}): the value of state ${b} of ${B} must be finite, got ${value}.`,
      );
  }
  return given;
}
