/**
 * Planner: chooses an action by looking ahead in a model.
 *
 * A planner is a generator that asks its model questions and returns a plan. Whoever drives it decides how to
 * answer: at once, awaited, or gathered from many games into one network call. So each planner is written once.
 */
import type { Codec } from './environment.ts';
import { InputError } from './errors.ts';
import type {
  Awaitable,
  Evaluation,
  Expansion,
  Feedback,
  Model,
  Rollout,
  RolloutGradient,
  Steps,
  Tracked,
  Visits,
} from './model.ts';
import type { Rng } from './rng.ts';
import { type Element, elementSize, readElement, type Space } from './spaces.ts';

export type Question<Z, A extends Space> =
  | {
      readonly ask: 'step' | 'visit';
      readonly states: readonly Z[];
      readonly actions: readonly Element<A>[];
      readonly rng: Rng;
    }
  | { readonly ask: 'evaluate'; readonly states: readonly Z[]; readonly rng: Rng }
  | {
      readonly ask: 'rollout' | 'gradient';
      readonly root: Z;
      readonly actions: Float32Array; // [K, H, element size]
      readonly horizon: number;
      readonly rng: Rng;
    }
  | { readonly ask: 'expand'; readonly root: Z; readonly actions: Float64Array; readonly horizon: number }
  | {
      readonly ask: 'track';
      readonly root: Z;
      readonly feedback: Feedback;
      readonly scales: readonly number[];
    }
  | {
      readonly ask: 'propose';
      readonly root: Z;
      readonly count: number;
      readonly horizon: number;
      readonly rng: Rng;
    };

export type Answer<Z> =
  | Steps<Z>
  | Evaluation
  | Visits<Z>
  | Rollout
  | RolloutGradient
  | Expansion
  | readonly Tracked[]
  | Float32Array;

/** A planner's arrays, for whoever wants to draw them. */
export interface PlanTrace {
  /** The sequence the plan follows. [H, element size] */
  readonly actions?: Float32Array;
  /** The last candidates and their returns. [K, H, element size], [K] */
  readonly candidates?: Float32Array;
  readonly returns?: Float32Array;
  /** Other arrays of the planner's own. */
  readonly [name: string]: unknown;
}

export interface Plan<A extends Space = Space, C = unknown> {
  readonly action: Element<A>;
  /** Expected return of following the plan. */
  readonly value: number;
  /** Probabilities over discrete actions, where the planner has them. [n] */
  readonly policy?: Float32Array;
  /** Handed back at the next call of the same episode: warm-started means, the reused subtree. */
  readonly carry: C;
  readonly trace: PlanTrace;
}

export interface Planning<Z, A extends Space, C> {
  readonly root: Z;
  readonly action: A;
  /** From the previous plan of the same episode; undefined at its first step. */
  readonly carry?: C;
  readonly rng: Rng;
  /** The model's, for planners that keep many states; {@link decide} hands it on. */
  readonly codec?: Codec<Z>;
}

/** What a planner asks while it thinks. */
export type Thinking<A extends Space, C, Z> = Generator<Question<Z, A>, Plan<A, C>, Answer<Z>>;

export interface Planner<A extends Space = Space, C = unknown> {
  readonly name: string;
  plan<Z>(request: Planning<Z, A, C>): Thinking<A, C, Z>;
}

/** Asks for the scores of K sequences: `const { returns } = yield* ask.rollout(...)`. */
export const ask = {
  *rollout<Z, A extends Space>(
    root: Z,
    actions: Float32Array,
    horizon: number,
    rng: Rng,
  ): Generator<Question<Z, A>, Rollout, Answer<Z>> {
    return (yield { ask: 'rollout', root, actions, horizon, rng }) as Rollout;
  },
  *step<Z, A extends Space>(
    states: readonly Z[],
    actions: readonly Element<A>[],
    rng: Rng,
  ): Generator<Question<Z, A>, Steps<Z>, Answer<Z>> {
    return (yield { ask: 'step', states, actions, rng }) as Steps<Z>;
  },
  *evaluate<Z, A extends Space>(
    states: readonly Z[],
    rng: Rng,
  ): Generator<Question<Z, A>, Evaluation, Answer<Z>> {
    return (yield { ask: 'evaluate', states, rng }) as Evaluation;
  },
  *visit<Z, A extends Space>(
    states: readonly Z[],
    actions: readonly Element<A>[],
    rng: Rng,
  ): Generator<Question<Z, A>, Visits<Z>, Answer<Z>> {
    return (yield { ask: 'visit', states, actions, rng }) as Visits<Z>;
  },
  *gradient<Z, A extends Space>(
    root: Z,
    actions: Float32Array,
    horizon: number,
    rng: Rng,
  ): Generator<Question<Z, A>, RolloutGradient, Answer<Z>> {
    return (yield { ask: 'gradient', root, actions, horizon, rng }) as RolloutGradient;
  },
  *expand<Z, A extends Space>(
    root: Z,
    actions: Float64Array,
    horizon: number,
  ): Generator<Question<Z, A>, Expansion, Answer<Z>> {
    return (yield { ask: 'expand', root, actions, horizon }) as Expansion;
  },
  *track<Z, A extends Space>(
    root: Z,
    feedback: Feedback,
    scales: readonly number[],
  ): Generator<Question<Z, A>, readonly Tracked[], Answer<Z>> {
    return (yield { ask: 'track', root, feedback, scales }) as readonly Tracked[];
  },
  *propose<Z, A extends Space>(
    root: Z,
    count: number,
    horizon: number,
    rng: Rng,
  ): Generator<Question<Z, A>, Float32Array, Answer<Z>> {
    return (yield { ask: 'propose', root, count, horizon, rng }) as Float32Array;
  },
};

/** The model, known to have a method. @throws InputError where it has not */
function able<Z, A extends Space, M extends keyof Model<Z, A>>(
  model: Model<Z, A>,
  method: M,
  what: string,
): Model<Z, A> & Required<Pick<Model<Z, A>, M>> {
  if (!model[method])
    throw new InputError(
      `plan: this planner needs a model that can ${what} (\`${method}\`), got one that cannot. Use another model, or another planner.`,
    );
  return model as Model<Z, A> & Required<Pick<Model<Z, A>, M>>;
}

/** Answers one question with a model. */
export function answer<Z, A extends Space>(
  model: Model<Z, A>,
  question: Question<Z, A>,
): Awaitable<Answer<Z>> {
  switch (question.ask) {
    case 'step':
      return model.step(question.states, question.actions, question.rng);
    case 'evaluate':
      return able(model, 'evaluate', 'evaluate states').evaluate(question.states, question.rng);
    case 'visit':
      return model.visit
        ? model.visit(question.states, question.actions, question.rng)
        : visitByStep(model, question.states, question.actions, question.rng);
    case 'gradient':
      return able(model, 'gradient', 'tell how returns change with the actions').gradient(
        question.root,
        question.actions,
        question.horizon,
        question.rng,
      );
    case 'expand':
      return able(model, 'expand', 'tell what lies around a trajectory').expand(
        question.root,
        question.actions,
        question.horizon,
      );
    case 'track':
      return able(model, 'track', 'follow a feedback').track(
        question.root,
        question.feedback,
        question.scales,
      );
    case 'propose':
      return able(model, 'propose', 'propose actions of a policy').propose(
        question.root,
        question.count,
        question.horizon,
        question.rng,
      );
    case 'rollout':
      return model.rollout
        ? model.rollout(question.root, question.actions, question.horizon, question.rng)
        : rolloutByStep(model, question.root, question.actions, question.horizon, question.rng);
  }
}

/** How many steps a model imagines to answer a question. */
export function imaginedSteps(space: Space, question: Question<unknown, Space>): number {
  switch (question.ask) {
    case 'step':
    case 'visit':
      return question.states.length;
    case 'evaluate':
      return 0;
    case 'rollout':
    case 'gradient':
      return question.actions.length / elementSize(space);
    case 'expand':
      return question.horizon;
    case 'track':
      return question.scales.length * (question.feedback.actions.length / elementSize(space));
    case 'propose':
      return question.count * question.horizon;
  }
}

function withCodec<Z, A extends Space, C>(
  { codec }: Model<Z, A>,
  request: Planning<Z, A, C>,
): Planning<Z, A, C> {
  return codec ? { codec, ...request } : request;
}

/** Drives a planner to its plan, answering each question as it comes. @param watch is shown each question */
export async function decide<Z, A extends Space, C>(
  model: Model<Z, A>,
  planner: Planner<A, C>,
  request: Planning<Z, A, C>,
  watch?: (question: Question<Z, A>) => void,
): Promise<Plan<A, C>> {
  const thinking = planner.plan(withCodec(model, request));
  let move = thinking.next();
  while (!move.done) {
    watch?.(move.value);
    const reply = answer(model, move.value);
    move = thinking.next(reply instanceof Promise ? await reply : reply);
  }
  return move.value;
}

/** {@link decide} without awaiting, for models that answer at once. */
export function decideSync<Z, A extends Space, C>(
  model: Model<Z, A>,
  planner: Planner<A, C>,
  request: Planning<Z, A, C>,
): Plan<A, C> {
  const thinking = planner.plan(withCodec(model, request));
  let move = thinking.next();
  while (!move.done) {
    const reply = answer(model, move.value);
    if (reply instanceof Promise)
      throw new InputError('decideSync: this model answers later. Use decide, and await it.');
    move = thinking.next(reply);
  }
  return move.value;
}

/** A step and then an evaluation: what `visit` must equal. */
export async function visitByStep<Z, A extends Space>(
  model: Model<Z, A>,
  states: readonly Z[],
  actions: readonly Element<A>[],
  rng: Rng,
): Promise<Visits<Z>> {
  const evaluating = able(model, 'evaluate', 'evaluate states');
  const steps = await model.step(states, actions, rng);
  return { ...steps, ...(await evaluating.evaluate(steps.states, rng)) };
}

/** Scores K sequences with repeated `step`: what `rollout` must equal. Sequences whose world ended are stepped no further. */
export async function rolloutByStep<Z, A extends Space>(
  model: Model<Z, A>,
  root: Z,
  actions: Float32Array,
  horizon: number,
  rng: Rng,
): Promise<Rollout> {
  const width = elementSize(model.action);
  const K = actions.length / (horizon * width);
  const returns = new Float32Array(K);
  const weights = new Float32Array(K).fill(1);
  let costs: Float32Array | undefined;
  let running = Array.from({ length: K }, (_, k) => k);
  let states: readonly Z[] = new Array<Z>(K).fill(root);
  for (let h = 0; h < horizon && running.length > 0; h++) {
    const chosen = running.map((k) => readElement(model.action, actions, (k * horizon + h) * width));
    const next = await model.step(states, chosen, rng);
    if (next.costs) costs ??= new Float32Array(K);
    running.forEach((k, i) => {
      returns[k] += weights[k] * next.rewards[i];
      if (costs && next.costs) costs[k] += Math.abs(weights[k]) * next.costs[i];
      weights[k] *= next.discounts[i];
    });
    const goesOn = (_: unknown, i: number) => next.discounts[i] !== 0;
    running = running.filter(goesOn);
    states = next.states.filter(goesOn);
  }
  if (model.evaluate && states.length > 0) {
    const { values } = await model.evaluate(states, rng);
    running.forEach((k, i) => {
      returns[k] += weights[k] * values[i];
    });
  }
  return costs ? { returns, costs } : { returns };
}
