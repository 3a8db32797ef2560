/** Driving a planner to its plan: its questions put to a model, and the answers handed back. */
import { InputError } from './errors.ts';
import type { Awaitable, Evaluation, Model, Rollout, Visits } from './model.ts';
import type { Answer, Plan, Planner, Planning, Question, Thinking } from './planner.ts';
import type { Rng } from './rng.ts';
import { type Element, elementSize, readElement, type Space } from './spaces.ts';

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
    const reply = recalled(model, move.value) ?? answer(model, move.value);
    move = thinking.next(reply instanceof Promise ? await reply : reply);
  }
  return move.value;
}

/** A search under way. */
interface Search<Z, A extends Space, C> {
  readonly place: number;
  readonly thinking: Thinking<A, C, Z>;
  move: IteratorResult<Question<Z, A>, Plan<A, C>>;
}

/**
 * {@link decide} in many episodes at once: whatever their searches ask at the same time, `visit` and `evaluate`, is put to
 * the model as one question each, so that a network is called once for all. What the model recalls it is not asked.
 *
 * Such a question's dice come from the first asker's stream: with models that draw, a plan depends on its company.
 * @param requests taken one by one, as there is room for them
 * @param atOnce searches under way at most. Default: all
 * @returns one plan a request, in their order
 */
export async function decideMany<Z, A extends Space, C>(
  model: Model<Z, A>,
  planner: Planner<A, C>,
  requests: Iterable<Planning<Z, A, C>>,
  atOnce = Number.POSITIVE_INFINITY,
): Promise<Plan<A, C>[]> {
  const plans: Plan<A, C>[] = [];
  const waiting = requests[Symbol.iterator]();
  let begun = 0;
  let open: Search<Z, A, C>[] = [];
  /** Goes on as far as the model knows the answers. @returns whether there is more to ask */
  const advance = (search: Search<Z, A, C>): boolean => {
    while (!search.move.done) {
      const known = recalled(model, search.move.value);
      if (known === undefined) return true;
      search.move = search.thinking.next(known);
    }
    plans[search.place] = search.move.value;
    return false;
  };
  for (;;) {
    open = open.filter(advance);
    while (open.length < atOnce) {
      const next = waiting.next();
      if (next.done) break;
      const thinking = planner.plan(withCodec(model, next.value));
      const search = { place: begun++, thinking, move: thinking.next() };
      if (advance(search)) open.push(search);
    }
    if (open.length === 0) return plans;
    const replies = await answerMany(
      model,
      open.map(({ move }) => move.value as Question<Z, A>),
    );
    open.forEach((search, k) => {
      search.move = search.thinking.next(replies[k]);
    });
  }
}

/** The answer to a question, where the model knows it without thinking. */
function recalled<Z, A extends Space>(model: Model<Z, A>, question: Question<Z, A>): Answer<Z> | undefined {
  if (question.ask === 'visit') return model.recall?.(question.states, question.actions);
  if (question.ask === 'evaluate') return model.recall?.(question.states);
  return undefined;
}

/** Answers questions asked at the same time, those of a kind together. */
async function answerMany<Z, A extends Space>(
  model: Model<Z, A>,
  questions: readonly Question<Z, A>[],
): Promise<Answer<Z>[]> {
  const replies = new Array<Answer<Z>>(questions.length);
  const visits: number[] = [];
  const evaluations: number[] = [];
  for (const [k, question] of questions.entries()) {
    if (question.ask === 'visit') visits.push(k);
    else if (question.ask === 'evaluate') evaluations.push(k);
    else replies[k] = await answer(model, question);
  }
  // both kinds are asked before either is awaited: what lies below the model may gather them
  await Promise.all(
    [evaluations, visits].map(async (asked) => {
      if (asked.length === 0) return;
      const all = asked.map((k) => questions[k] as Extract<Question<Z, A>, { states: readonly Z[] }>);
      const { ask: kind, rng } = all[0];
      const states = all.flatMap((question) => question.states);
      const together =
        kind === 'evaluate'
          ? { ask: kind, states, rng }
          : {
              ask: kind,
              states,
              actions: all.flatMap((question) => ('actions' in question ? question.actions : [])),
              rng,
            };
      const reply = (await answer(model, together)) as Partial<Visits<Z>> & Evaluation;
      let from = 0;
      asked.forEach((k, i) => {
        const count = all[i].states.length;
        replies[k] = portion(reply, from, count, states.length);
        from += count;
      });
    }),
  );
  return replies;
}

/** What concerns `count` of B states, from the one at `from` on. */
function portion<Z>(
  { states, rewards, discounts, costs, values, logits }: Partial<Visits<Z>> & Evaluation,
  from: number,
  count: number,
  B: number,
): Answer<Z> {
  const to = from + count;
  const width = logits ? logits.length / B : 0;
  return {
    values: values.subarray(from, to),
    ...(logits && { logits: logits.subarray(from * width, to * width) }),
    ...(states && { states: states.slice(from, to) }),
    ...(rewards && { rewards: rewards.subarray(from, to) }),
    ...(discounts && { discounts: discounts.subarray(from, to) }),
    ...(costs && { costs: costs.subarray(from, to) }),
  } as Answer<Z>;
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
