/**
 * Model-predictive control: at every step plan anew from what is seen, and carry out the first action.
 *
 * The model may be the world itself, or learned: what a model brings to learn, save and load is handed on.
 */
import type { Agent, Metrics, NetworkExport } from '../core/agent.ts';
import { demand } from '../core/errors.ts';
import type { Awaitable, Model } from '../core/model.ts';
import { decide, type Planner } from '../core/planner.ts';
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
 * An agent that plans at every step. In `evaluate` it also tells what it expects to see along its plan, where the
 * model can say; `train` and `evaluate` choose alike.
 * @example planning(exact(pendulum()), icem({ horizon: 20 }))
 */
export function planning<Z, A extends Space, C>(
  model: Model<Z, A> & Partial<Learned>,
  planner: Planner<A, C>,
  options: PlanningOptions = {},
): Agent<A, PlanningCarry<Z, A, C>> {
  const name = options.name ?? planner.name;
  const agent: Agent<A, PlanningCarry<Z, A, C>> = {
    name,
    async act(view, carry, rng, mode) {
      const root = await model.infer(view, carry?.before);
      const plan = await decide(model, planner, { root, action: model.action, carry: carry?.planner, rng });
      const { action } = plan;
      demand(
        typeof action !== 'number' || view.legal === undefined || view.legal[action] === 1,
        () =>
          `${name}: the plan must begin with a legal action, got ${action}. This planner knows no rules of what is legal; use a tree search.`,
      );
      const decision = { action, plan, carry: { planner: plan.carry, before: { state: root, action } } };
      if (mode === 'train' || !plan.trace.actions || !canObserve(model)) return decision;
      const along = readAll(model.action, plan.trace.actions);
      return { ...decision, imagined: await foresee(model, root, view.observation, along, rng, true) };
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
  if (canObserve(model)) {
    agent.imagine = async (view, actions, rng) =>
      foresee(model, await model.infer(view), view.observation, actions, rng, false);
  }
  return agent;
}

type Observing<Z, A extends Space> = Model<Z, A> & Required<Pick<Model<Z, A>, 'observe'>>;

function canObserve<Z, A extends Space>(model: Model<Z, A>): model is Observing<Z, A> {
  return model.observe !== undefined;
}

/**
 * Observations along given actions: the one at hand, then one for each step. `untilEnd` leaves out what comes after
 * an end that the model foresees.
 */
async function foresee<Z, A extends Space>(
  model: Observing<Z, A>,
  root: Z,
  now: Float32Array,
  actions: readonly Element<A>[], // [H]
  rng: Rng,
  untilEnd: boolean,
): Promise<Float32Array[]> {
  const states: Z[] = [root];
  for (const action of actions) {
    const next = await model.step(states.slice(-1), [action], rng);
    states.push(next.states[0]);
    // a learned ending is never quite certain
    if (untilEnd && next.discounts[0] < 0.5) break;
  }
  return [now, ...model.observe(states.slice(1))];
}

/** A sequence [H, element size] as H actions. */
function readAll<A extends Space>(space: A, sequence: Float32Array): Element<A>[] {
  const width = elementSize(space);
  return Array.from({ length: sequence.length / width }, (_, h) => readElement(space, sequence, h * width));
}
