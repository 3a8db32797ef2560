/**
 * Model-predictive control: at every step plan anew from what is seen, and carry out the first action.
 *
 * The model may be the world itself, or learned: what a model brings to learn, save and load is handed on.
 */
import type { Agent, Metrics, NetworkExport } from '../core/agent.ts';
import { decide, decideMany, imaginedSteps } from '../core/decide.ts';
import { demand } from '../core/errors.ts';
import type { Awaitable, Model, View } from '../core/model.ts';
import type { Plan, Planner, PlanTrace } from '../core/planner.ts';
import type { Replay } from '../core/replay.ts';
import type { Rng } from '../core/rng.ts';
import type { Saved } from '../core/saved.ts';
import { type Element, elementSize, readElement, type Space } from '../core/spaces.ts';

/** What a model has besides, if it learns. */
export interface Learned {
  /** As an agent's: called after every training step; the model decides whether it is time to learn. */
  learn?(replay: Replay, rng: Rng): Awaitable<Metrics | undefined>;
  /** As an agent's: its networks as ONNX files. */
  networks?(): Awaitable<Readonly<Record<string, NetworkExport>>>;
  /** Everything needed to continue exactly. */
  save(): Saved;
  load(saved: Saved): void;
}

export interface PlanningOptions {
  /** Default: the planner's name. */
  readonly name?: string;
}

export interface PlanningCarry<Z, A extends Space, C> {
  /** The planner's own. */
  readonly planner: C;
  /** What the model believed, and what was then done: recurrent models infer from it. */
  readonly before: { readonly state: Z; readonly action: Element<A> };
}

/**
 * An agent that plans at every step. In `evaluate` it can also tell what it expects to see along its plan, where
 * the model can say; `train` and `evaluate` choose alike.
 * @example planning(exact(pendulum()), icem({ horizon: 20 }))
 */
export function planning<Z, A extends Space, C>(
  model: Model<Z, A> & Partial<Learned>,
  planner: Planner<A, C>,
  options: PlanningOptions = {},
): Agent<A, PlanningCarry<Z, A, C>> {
  const name = options.name ?? planner.name;
  const demandLegal = ({ legal }: View, { action }: Plan<A>) =>
    demand(
      typeof action !== 'number' || legal === undefined || legal[action] === 1,
      () =>
        `${name}: the plan must begin with a legal action, got ${action}. This planner knows no rules of what is legal; use a tree search.`,
    );
  const agent: Agent<A, PlanningCarry<Z, A, C>> = {
    name,
    model,
    async act(view, carry, rng, mode) {
      const root = await model.infer(view, carry?.before);
      const space = model.action;
      let questions = 0;
      let steps = 0;
      const plan = await decide(
        model,
        planner,
        { root, action: space, carry: carry?.planner, rng },
        (question) => {
          questions++;
          steps += imaginedSteps(space, question);
        },
      );
      demandLegal(view, plan);
      const { action } = plan;
      const effort = { questions, steps };
      const decision = {
        action,
        plan,
        effort,
        carry: { planner: plan.carry, before: { state: root, action } },
      };
      const { trace } = plan;
      const { actions } = trace;
      if (mode === 'train' || !actions || !canObserve(model)) return decision;
      return {
        ...decision,
        async foresee(count, rng) {
          const length = actions.length; // H * element size
          const picked = spreadOverRanking(trace, length, count);
          const sequences = [actions, ...picked.map(({ sequence }) => sequence)];
          const along = sequences.map((sequence) => readAll(space, sequence));
          const [first, ...others] = await foresee(model, root, view.observation, along, rng);
          return {
            plan: first,
            candidates: others.map((observations, i) => ({ return: picked[i].return, observations })),
          };
        },
      };
    },
    async actMany(views, carries, rngs) {
      const roots = await Promise.all(views.map((view, i) => model.infer(view, carries[i]?.before)));
      const requests = roots.map((root, i) => ({
        root,
        action: model.action,
        carry: carries[i]?.planner,
        rng: rngs[i],
      }));
      const plans = await decideMany(model, planner, requests);
      return plans.map((plan, i) => {
        demandLegal(views[i], plan);
        const { action } = plan;
        return { action, plan, carry: { planner: plan.carry, before: { state: roots[i], action } } };
      });
    },
    save: () => model.save?.() ?? { arrays: {}, facts: {} },
    load(saved) {
      if (model.load) return model.load(saved);
      const names = Object.keys({ ...saved.arrays, ...saved.facts });
      demand(
        names.length === 0,
        () =>
          `${name}: its model has nothing to load, got ${names.join(', ')}. Was this saved by another agent?`,
      );
    },
  };
  if (model.learn) agent.learn = (replay, rng) => model.learn?.(replay, rng);
  const { networks } = model;
  if (networks) agent.networks = () => networks();
  return agent;
}

type Observing<Z, A extends Space> = Model<Z, A> & Required<Pick<Model<Z, A>, 'observe'>>;

function canObserve<Z, A extends Space>(model: Model<Z, A>): model is Observing<Z, A> {
  return model.observe !== undefined;
}

/**
 * Observations along given sequences of actions: the one at hand, then one for each step. All sequences are stepped
 * together, each to the end that the model foresees for it.
 */
async function foresee<Z, A extends Space>(
  model: Observing<Z, A>,
  root: Z,
  now: Float32Array,
  sequences: readonly (readonly Element<A>[])[], // [S][H]
  rng: Rng,
): Promise<Float32Array[][]> {
  const seen = sequences.map(() => [now]);
  let running = sequences.map((_, s) => s);
  let states = sequences.map(() => root);
  for (let h = 0; h < sequences[0].length && running.length > 0; h++) {
    const chosen = running.map((s) => sequences[s][h]);
    const next = await model.step(states, chosen, rng);
    model.observe(next.states).forEach((observation, i) => {
      seen[running[i]].push(observation);
    });
    // a learned ending is never quite certain
    const goesOn = (_: unknown, i: number) => next.discounts[i] >= 0.5;
    running = running.filter(goesOn);
    states = next.states.filter(goesOn);
  }
  return seen;
}

/** Up to `count` candidates of a plan, evenly spread from the best to the worst. @param length of a sequence */
function spreadOverRanking(
  { candidates, returns }: PlanTrace,
  length: number,
  count: number,
): { return: number; sequence: Float32Array }[] {
  if (!candidates || !returns) return [];
  const ranking = Array.from(returns.keys()).sort((a, b) => returns[b] - returns[a]);
  const picks = Math.min(count, ranking.length);
  return Array.from({ length: picks }, (_, i) => {
    const k = ranking[picks === 1 ? 0 : Math.round((i * (ranking.length - 1)) / (picks - 1))];
    return { return: returns[k], sequence: candidates.slice(k * length, (k + 1) * length) };
  });
}

/** A sequence [H, element size] as H actions. */
function readAll<A extends Space>(space: A, sequence: Float32Array): Element<A>[] {
  const width = elementSize(space);
  return Array.from({ length: sequence.length / width }, (_, h) => readElement(space, sequence, h * width));
}
