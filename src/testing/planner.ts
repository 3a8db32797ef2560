/**
 * The contract of a Planner, checked by letting it play in a model: for the planners that come with the library and for
 * yours.
 *
 * What must hold is written at Planner and Plan; these checks see what a type cannot: that every action it asks about
 * lies in the action space, that a plan follows from root, carry and stream alone, that numbers gone wrong stop it, and
 * that a larger budget does not make it worse.
 */

import { answer, decide } from '../core/decide.ts';
import { InputError, NumericalError } from '../core/errors.ts';
import type { Feedback, Model, Rollout } from '../core/model.ts';
import type { Answer, Plan, Planner, Planning, Question } from '../core/planner.ts';
import { Rng } from '../core/rng.ts';
import { complaint, elementSize, readElement, type Space } from '../core/spaces.ts';
import { difference, snapshot } from './compare.ts';

/** Something to plan: a model and where to begin. Its states may have discounts, but a return must be worth comparing. */
export interface PlanningProblem<Z, A extends Space> {
  readonly model: Model<Z, A>;
  readonly root: Z;
}

export interface CheckPlannerOptions {
  /** Decides the planner's and the model's dice. Default 0. */
  readonly seed?: number | string;
  /** Episodes played with each budget. Default 10. */
  readonly episodes?: number;
  /** Decisions an episode. Default 10. */
  readonly steps?: number;
}

/**
 * Plays with a planner and throws one InputError that lists everything it does against its contract, each problem once.
 * Needs no test framework.
 * @param make a planner with so many times the budget of a small one; called with 1 and 4
 * @example await checkPlanner((budget) => cem({ population: 50 * budget }), { model: exact(maze), root });
 */
export async function checkPlanner<Z, A extends Space, C>(
  make: (budget: number) => Planner<A, C>,
  problem: PlanningProblem<Z, A>,
  options: CheckPlannerOptions = {},
): Promise<void> {
  const problems = await plannerProblems(make, problem, options);
  if (problems.length === 0) return;
  throw new InputError(
    `planner "${make(1).name}" breaks its contract:\n${problems.map((one) => `  - ${one}`).join('\n')}`,
  );
}

/** What {@link checkPlanner} would say, one problem an entry; empty where the contract holds. */
export async function plannerProblems<Z, A extends Space, C>(
  make: (budget: number) => Planner<A, C>,
  { model, root }: PlanningProblem<Z, A>,
  { seed = 0, episodes = 10, steps = 10 }: CheckPlannerOptions = {},
): Promise<string[]> {
  const found = new Map<string, string>();
  let where = '';
  const report = (kind: string, what: string) => {
    if (!found.has(kind)) found.set(kind, `${where}: ${what}.`);
  };
  const dice = Rng.from(seed).fork('checkPlanner');
  try {
    const watched = watch(model, report);
    const played: Planning<Z, A, C>[] = [];
    let carry: C | undefined;
    let state = root;
    for (let t = 1; t <= steps; t++) {
      where = `step ${t}`;
      const request = { root: state, action: model.action, carry, rng: dice.fork(t) };
      const plan = await planOnce(make, watched, request, report);
      checkPlan(plan, model.action, report);
      played.push(request);
      const next = await model.step([state], [plan.action], dice.fork(`world ${t}`));
      if (next.discounts[0] === 0) break;
      carry = plan.carry;
      state = next.states[0];
    }
    where = 'two plans in turns';
    await checkTurns(make(1), model, played[0], played[played.length - 1], report);
    where = 'a return that is NaN';
    await checkNaN(make(1), model, { ...played[0], rng: dice.fork('NaN') }, report);
    where = `${episodes} episodes`;
    const gains: number[] = [];
    for (let e = 0; e < episodes; e++) {
      const stream = dice.fork(`episode ${e}`);
      const [small, large] = [
        await playOut(make(1), model, root, steps, stream),
        await playOut(make(4), model, root, steps, stream),
      ];
      gains.push(large - small);
    }
    const mean = gains.reduce((sum, gain) => sum + gain / episodes, 0);
    const error = Math.sqrt(
      gains.reduce((sum, gain) => sum + (gain - mean) ** 2, 0) / (episodes * Math.max(1, episodes - 1)),
    );
    if (mean < -2 * error - 1e-6) {
      report(
        'budget',
        `four times the budget must not be worse, got a mean return ${-mean} lower (standard error ${error})`,
      );
    }
  } catch (problem) {
    report('throw', `must not throw, and threw ${problem}`);
  }
  return [...found.values()];
}

type Report = (kind: string, what: string) => void;

/** The same model, with its questions looked at. */
function watch<Z, A extends Space>(model: Model<Z, A>, report: Report): Model<Z, A> {
  const space = model.action;
  const look = (element: unknown, place: string) => {
    const wrong = complaint(space, element);
    if (wrong !== undefined) report('asked', `an action asked about ${wrong}, at ${place}`);
  };
  const width = elementSize(space);
  const lookAll = (actions: Float32Array, horizon: number) => {
    if (!Number.isInteger(actions.length / (horizon * width))) {
      report(
        'sequences',
        `a rollout must be of K sequences of ${horizon} x ${width} numbers, got ${actions.length}`,
      );
    }
    for (let i = 0; i < actions.length; i += width) {
      look(
        readElement(space, actions, i),
        `candidate ${Math.floor(i / (horizon * width))}, step ${(i / width) % horizon}`,
      );
    }
  };
  return {
    ...passing(model),
    ...(model.gradient && {
      gradient: (root: Z, actions: Float32Array, horizon: number, rng: Rng) => {
        lookAll(actions, horizon);
        return model.gradient!(root, actions, horizon, rng);
      },
    }),
    step: (states, actions, rng) => {
      actions.forEach((action, b) => {
        look(action, `state ${b}`);
      });
      return model.step(states, actions, rng);
    },
    rollout: (root, actions, horizon, rng) => {
      lookAll(actions, horizon);
      return answer(model, { ask: 'rollout', root, actions, horizon, rng }) as ReturnType<
        NonNullable<Model<Z, A>['rollout']>
      >;
    },
    ...(model.expand && {
      expand: (root: Z, actions: Float64Array, horizon: number) => {
        const single = Float32Array.from(actions);
        for (let i = 0; i < single.length; i += width)
          look(readElement(space, single, i), `the trajectory, step ${i / width}`);
        return model.expand!(root, actions, horizon);
      },
    }),
  };
}

/** The same model as an object of its own, whatever kind of object it is. */
function passing<Z, A extends Space>(model: Model<Z, A>): Model<Z, A> {
  return {
    action: model.action,
    infer: (view, before) => model.infer(view, before),
    step: (states, actions, rng) => model.step(states, actions, rng),
    ...(model.evaluate && { evaluate: (states: readonly Z[], rng: Rng) => model.evaluate!(states, rng) }),
    ...(model.expand && {
      expand: (root: Z, actions: Float64Array, horizon: number) => model.expand!(root, actions, horizon),
    }),
    ...(model.track && {
      track: (root: Z, feedback: Feedback, scales: readonly number[]) => model.track!(root, feedback, scales),
    }),
    ...(model.observe && { observe: (states: readonly Z[]) => model.observe!(states) }),
    ...(model.gradient && {
      gradient: (root: Z, actions: Float32Array, horizon: number, rng: Rng) =>
        model.gradient!(root, actions, horizon, rng),
    }),
    ...(model.propose && {
      propose: (root: Z, count: number, horizon: number, rng: Rng) =>
        model.propose!(root, count, horizon, rng),
    }),
  };
}

/** A plan, made three times: it must follow from the request alone and leave it as it is. */
async function planOnce<Z, A extends Space, C>(
  make: (budget: number) => Planner<A, C>,
  model: Model<Z, A>,
  request: Planning<Z, A, C>,
  report: Report,
): Promise<Plan<A, C>> {
  const before = snapshot({ root: request.root, carry: request.carry });
  const start = request.rng.save();
  const again = (carry: C | undefined) => ({ ...request, carry, rng: Rng.restore(start) });
  const planner = make(1);
  const plan = await decide(model, planner, again(request.carry));
  const changed = difference(before, { root: request.root, carry: request.carry });
  if (changed !== undefined)
    report('request', `root and carry must be left as they are, and planning changed ${changed}`);
  const repeated = difference(plan, await decide(model, planner, again(request.carry)));
  if (repeated !== undefined) {
    report(
      'repeat',
      `the same root, carry and stream must give the same plan, got ${repeated}; what is to be remembered belongs in the carry`,
    );
  }
  let copy: C | undefined;
  try {
    copy = structuredClone(request.carry);
  } catch (error) {
    report('carry', `the carry must be plain data that can be saved, and copying it threw ${error}`);
    return plan;
  }
  const resumed = difference(plan, await decide(model, make(1), again(copy)));
  if (resumed !== undefined)
    report('resume', `a fresh planner with a copy of the carry must give the same plan, got ${resumed}`);
  return plan;
}

function checkPlan<A extends Space, C>(
  { action, value, policy, trace }: Plan<A, C>,
  space: A,
  report: Report,
): void {
  const wrong = complaint(space, action);
  if (wrong !== undefined) report('action', `the plan's action ${wrong}`);
  if (!Number.isFinite(value)) report('value', `the plan's value must be finite, got ${value}`);
  if (policy) {
    const sum = policy.reduce((total, p) => total + p, 0);
    const n = space.kind === 'discrete' ? space.n : policy.length;
    if (policy.length !== n || policy.some((p) => !(p >= 0)) || Math.abs(sum - 1) > 1e-4) {
      report(
        'policy',
        `the policy must be ${n} probabilities, got ${policy.length} numbers with the sum ${sum}`,
      );
    }
  }
  const width = elementSize(space);
  const { actions, candidates, returns } = trace;
  if (actions) {
    const apart = difference(readElement(space, actions), action);
    if (apart !== undefined)
      report('trace', `the traced sequence must begin with the plan's action, got ${apart}`);
    for (let i = 0; i < actions.length; i += width) {
      const outside = complaint(space, readElement(space, actions, i));
      if (outside !== undefined) report('trace', `a traced action ${outside}`);
    }
  }
  if (candidates && returns && actions && candidates.length !== returns.length * actions.length) {
    report(
      'trace',
      `traced candidates must be as many as returns, got ${candidates.length} numbers for ${returns.length} sequences of ${actions.length}`,
    );
  }
}

/** Two plans thought out in turns must be what they are one after the other: nothing may be shared between calls. */
async function checkTurns<Z, A extends Space, C>(
  planner: Planner<A, C>,
  model: Model<Z, A>,
  one: Planning<Z, A, C>,
  other: Planning<Z, A, C>,
  report: Report,
): Promise<void> {
  const starts = [one, other].map((request) => ({ request, state: request.rng.save() }));
  const fresh = () => starts.map(({ request, state }) => ({ ...request, rng: Rng.restore(state) }));
  const expected: Plan<A, C>[] = [];
  for (const request of fresh()) expected.push(await decide(model, planner, request));
  const thoughts = fresh().map((request) => planner.plan(request));
  const moves: IteratorResult<Question<Z, A>, Plan<A, C>>[] = thoughts.map((thinking) => thinking.next());
  while (moves.some((move) => !move.done)) {
    // both have asked before either is answered
    const replies: (Answer<Z> | undefined)[] = [];
    for (const move of moves) replies.push(move.done ? undefined : await answer(model, move.value));
    replies.forEach((reply, i) => {
      if (reply) moves[i] = thoughts[i].next(reply);
    });
  }
  const apart = difference(
    expected,
    moves.map((move) => move.value),
  );
  if (apart !== undefined) report('turns', `each must be what it is alone, got ${apart}`);
}

async function checkNaN<Z, A extends Space, C>(
  planner: Planner<A, C>,
  model: Model<Z, A>,
  request: Planning<Z, A, C>,
  report: Report,
): Promise<void> {
  const spoil = (numbers: Float32Array) => numbers.map((x, i) => (i === numbers.length - 1 ? Number.NaN : x));
  const broken: Model<Z, A> = {
    ...passing(model),
    step: async (states, actions, rng) => {
      const steps = await model.step(states, actions, rng);
      return { ...steps, rewards: spoil(steps.rewards) };
    },
    rollout: async (root, actions, horizon, rng) => {
      const scored = (await answer(model, { ask: 'rollout', root, actions, horizon, rng })) as Rollout;
      return { ...scored, returns: spoil(scored.returns) };
    },
    ...(model.gradient && {
      gradient: async (root: Z, actions: Float32Array, horizon: number, rng: Rng) => {
        const { returns, gradients } = await model.gradient!(root, actions, horizon, rng);
        return { returns, gradients: spoil(gradients) };
      },
    }),
    ...(model.expand && {
      expand: async (root: Z, actions: Float64Array, horizon: number) => {
        const expansion = await model.expand!(root, actions, horizon);
        return { ...expansion, rewardByState: expansion.rewardByState.with(-1, Number.NaN) };
      },
    }),
  };
  try {
    const { value } = await decide(broken, planner, request);
    report('NaN', `must stop the planner with a NumericalError, and gave a plan of value ${value}`);
  } catch (error) {
    if (!(error instanceof NumericalError))
      report('NaN', `must stop the planner with a NumericalError, and threw ${error}`);
  }
}

/** The return of acting by plans, the carry handed on. */
async function playOut<Z, A extends Space, C>(
  planner: Planner<A, C>,
  model: Model<Z, A>,
  root: Z,
  steps: number,
  dice: Rng,
): Promise<number> {
  let state = root;
  let carry: C | undefined;
  let total = 0;
  let weight = 1;
  const thinking = dice.fork('thinking');
  const world = dice.fork('world');
  for (let t = 0; t < steps && weight !== 0; t++) {
    const plan = await decide(model, planner, { root: state, action: model.action, carry, rng: thinking });
    const next = await model.step([state], [plan.action], world);
    total += weight * next.rewards[0];
    weight *= next.discounts[0];
    state = next.states[0];
    carry = plan.carry;
  }
  return total;
}
