/**
 * The contract of a Model, checked by asking it: for the models that come with the library and for yours.
 *
 * What must hold is written at each method of Model; these checks see what a type cannot: that nothing it is given is
 * changed, that the same stream gives the same answer, that a batch is its states one by one, and that a rollout is
 * repeated steps.
 */

import { rolloutByStep } from '../core/decide.ts';
import { InputError } from '../core/errors.ts';
import type { Model, Steps, View } from '../core/model.ts';
import { Rng } from '../core/rng.ts';
import { type Element, elementSize, type Space, sample, writeElement } from '../core/spaces.ts';
import { difference, snapshot } from './compare.ts';

export interface CheckModelOptions<Z> {
  /** Decides actions and the model's dice. Default 0. */
  readonly seed?: number | string;
  /** Steps a sequence. Default 5. */
  readonly horizon?: number;
  /** Sequences a rollout. Default 6. */
  readonly candidates?: number;
  /**
   * How far numbers that must agree may lie apart, relative to 1 + their size: matrix products of another shape differ
   * in their last bits. Default 0.
   */
  readonly tolerance?: number;
  /**
   * How many streams to average over, for a model whose draws mean something else in a batch than one by one: agreement
   * is then asked of means, within five standard errors. Default 1: the same stream must give the same numbers.
   */
  readonly streams?: number;
  /** The states whose repeated steps a rollout is the mean of. Default: its root alone. */
  readonly particles?: (root: Z, rng: Rng) => readonly Z[];
}

/**
 * Asks a model about states inferred from `views` and states reached from there by random actions, and throws one
 * InputError that lists everything it does against its contract, each problem once. Needs no test framework.
 * @param views at least one
 * @example await checkModel(exact(maze), [{ observation: maze.observe(state), state }]);
 */
export async function checkModel<Z, A extends Space>(
  model: Model<Z, A>,
  views: readonly View[],
  options: CheckModelOptions<Z> = {},
): Promise<void> {
  const problems = await modelProblems(model, views, options);
  if (problems.length === 0) return;
  throw new InputError(
    `model breaks its contract:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
  );
}

/** What {@link checkModel} would say, one problem an entry; empty where the contract holds. */
export async function modelProblems<Z, A extends Space>(
  model: Model<Z, A>,
  views: readonly View[],
  options: CheckModelOptions<Z> = {},
): Promise<string[]> {
  const check = new Check(model, options);
  if (views.length === 0) return ['views: at least one is needed to begin with, got none.'];
  try {
    await check.run(views);
  } catch (error) {
    check.report('throw', `must not throw, and threw ${error}`);
  }
  return [...check.found.values()];
}

type Answers = Record<string, ArrayLike<number>>;

class Check<Z, A extends Space> {
  readonly found = new Map<string, string>();
  private where = '';
  private readonly model: Model<Z, A>;
  private readonly options: Required<CheckModelOptions<Z>>;
  private readonly rng: Rng;

  constructor(model: Model<Z, A>, options: CheckModelOptions<Z>) {
    this.model = model;
    this.options = {
      seed: 0,
      horizon: 5,
      candidates: 6,
      tolerance: 0,
      streams: 1,
      particles: (root) => [root],
      ...options,
    };
    this.rng = Rng.from(this.options.seed).fork('checkModel');
  }

  report(kind: string, what: string): void {
    if (!this.found.has(kind)) this.found.set(kind, `${this.where}: ${what}.`);
  }

  async run(views: readonly View[]): Promise<void> {
    let states: Z[] = [];
    for (const [i, view] of views.entries()) {
      this.where = `infer, view ${i}`;
      states.push(await this.unchanged('view', view, () => this.model.infer(view)));
      this.agree('infer', states[i], await this.model.infer(view), 'two inferences from one view');
      await this.checkRollout(states[i], i);
    }
    const choosing = this.rng.fork('actions');
    for (let t = 1; t <= this.options.horizon && states.length > 0; t++) {
      this.where = `step ${t}`;
      const actions = states.map(() => sample(this.model.action, choosing));
      const steps = await this.checkStep(states, actions, this.rng.fork(t));
      if (!steps) return;
      states = steps.states.filter((_, b) => steps.discounts[b] !== 0);
      await this.checkLook(states);
    }
  }

  private async checkStep(
    states: readonly Z[],
    actions: readonly Element<A>[],
    rng: Rng,
  ): Promise<Steps<Z> | undefined> {
    const ask = (stream: Rng) => this.model.step(states, actions, stream);
    const steps = await this.unchanged('states', states, () =>
      this.unchanged('actions', actions, () => ask(rng.fork('dice'))),
    );
    const B = states.length;
    const { rewards, discounts } = steps;
    if (steps.states.length !== B || rewards.length !== B || discounts.length !== B) {
      this.report(
        'size',
        `${B} states must give ${B} states, rewards and discounts, got ${steps.states.length}, ${rewards.length} and ${discounts.length}`,
      );
      return undefined;
    }
    this.finite('rewards', rewards);
    this.finite('discounts', discounts);
    if (discounts.some((discount) => Math.abs(discount) > 1)) {
      this.report(
        'discounts',
        `discounts must lie in [-1, 1], got ${discounts.find((d) => Math.abs(d) > 1)}`,
      );
    }
    this.agree('repeat', steps, await ask(rng.fork('dice')), 'two steps with the same stream');
    await this.same(
      'batch',
      'a batch must give what its states give one by one',
      async (stream) => this.numbersOf(await ask(stream)),
      async (stream) => {
        const alone: Steps<Z>[] = [];
        for (let b = 0; b < B; b++) alone.push(await this.model.step([states[b]], [actions[b]], stream));
        return this.numbersOf({
          states: alone.flatMap((one) => one.states),
          rewards: Float32Array.from(alone, (one) => one.rewards[0]),
          discounts: Float32Array.from(alone, (one) => one.discounts[0]),
        });
      },
    );
    return steps;
  }

  private async checkRollout(root: Z, view: number): Promise<void> {
    const { model } = this;
    const { horizon, candidates: K, particles } = this.options;
    if (!model.rollout) return;
    this.where = `rollout from view ${view}`;
    const width = elementSize(model.action);
    const actions = new Float32Array(K * horizon * width); // [K, H, width]
    const choosing = this.rng.fork(`sequences ${view}`);
    for (let i = 0; i < K * horizon; i++) {
      writeElement(model.action, sample(model.action, choosing), actions, i * width);
    }
    const ask = async (stream: Rng) => (await model.rollout!(root, actions, horizon, stream)).returns;
    const dice = this.rng.fork(`rollout ${view}`);
    const returns = await this.unchanged('root', root, () =>
      this.unchanged('sequences', actions, () => ask(dice.fork('dice'))),
    );
    if (returns.length !== K) {
      this.report('rollout size', `${K} sequences must have ${K} returns, got ${returns.length}`);
      return;
    }
    this.finite('returns', returns);
    this.agree('rollout repeat', returns, await ask(dice.fork('dice')), 'two rollouts with the same stream');
    await this.same(
      'rollout',
      'a rollout must equal repeated steps',
      async (stream) => ({ returns: await ask(stream) }),
      async (stream) => {
        const roots = particles(root, stream);
        const sums = new Float64Array(K);
        for (const particle of roots) {
          const one = await rolloutByStep(model, particle, actions, horizon, stream);
          for (let k = 0; k < K; k++) sums[k] += one.returns[k] / roots.length;
        }
        return { returns: sums };
      },
    );
  }

  /** What can be asked of states besides steps. */
  private async checkLook(states: readonly Z[]): Promise<void> {
    const { model } = this;
    const B = states.length;
    if (B === 0) return;
    if (model.observe) {
      const seen = model.observe(states);
      if (seen.length !== B)
        this.report('observe', `${B} states must give ${B} observations, got ${seen.length}`);
      for (const observation of seen) this.finite('observe', observation);
    }
    if (!model.evaluate) return;
    const { values, logits } = await this.unchanged('evaluated states', states, () =>
      model.evaluate!(states, this.rng.fork('evaluate')),
    );
    if (values.length !== B)
      this.report('evaluate', `${B} states must have ${B} values, got ${values.length}`);
    this.finite('values', values);
    if (!logits) return;
    const n = logits.length / B;
    if (model.action.kind === 'discrete' && n !== model.action.n) {
      this.report('logits', `each state must have ${model.action.n} logits, got ${n}`);
    }
    if (logits.some((logit) => Number.isNaN(logit) || logit === Number.POSITIVE_INFINITY)) {
      this.report('logits', 'a logit must be finite, or -Infinity where an action is not legal');
    }
  }

  /** The numbers of an answer that can be told apart without knowing what a state is. */
  private numbersOf({ states, rewards, discounts }: Steps<Z>): Answers {
    const seen = this.model.observe?.(states) ?? [];
    return { rewards, discounts, observations: seen.flatMap((observation) => Array.from(observation)) };
  }

  /** Both ways must give the same numbers, or, over many streams, the same means. */
  private async same(
    kind: string,
    law: string,
    one: (stream: Rng) => Promise<Answers>,
    other: (stream: Rng) => Promise<Answers>,
  ): Promise<void> {
    const { streams, tolerance } = this.options;
    const left: Answers[] = [];
    const right: Answers[] = [];
    for (let i = 0; i < streams; i++) {
      const dice = this.rng.fork(`${this.where} ${kind}`).fork(i);
      left.push(await one(dice.fork(streams > 1 ? 'one' : 'dice')));
      right.push(await other(dice.fork(streams > 1 ? 'other' : 'dice')));
    }
    for (const name of Object.keys(left[0])) {
      for (let i = 0; i < left[0][name].length; i++) {
        const a = meanOf(left.map((answers) => answers[name][i]));
        const b = meanOf(right.map((answers) => answers[name][i]));
        const allowed = 5 * Math.hypot(a.error, b.error) + tolerance * (1 + Math.abs(b.mean));
        if (Math.abs(a.mean - b.mean) <= allowed) continue;
        const over = streams > 1 ? ` (means over ${streams} streams, ${allowed.toPrecision(2)} allowed)` : '';
        this.report(kind, `${law}, got ${a.mean} against ${b.mean} among the ${name}${over}`);
        return;
      }
    }
  }

  private async unchanged<V, R>(kind: string, given: V, use: () => R | Promise<R>): Promise<R> {
    const before = snapshot(given);
    const result = await use();
    const changed = difference(before, given);
    if (changed !== undefined)
      this.report(kind, `what is given must be left as it is, and changed ${changed}`);
    return result;
  }

  private agree(kind: string, a: unknown, b: unknown, which: string): void {
    const apart = difference(a, b);
    if (apart !== undefined) this.report(kind, `${which} must agree, got ${apart}`);
  }

  private finite(kind: string, numbers: ArrayLike<number>): void {
    for (let i = 0; i < numbers.length; i++) {
      if (Number.isFinite(numbers[i])) continue;
      this.report(kind, `${kind} must be finite, got ${numbers[i]} at index ${i}`);
      return;
    }
  }
}

/** Mean and its standard error; none of one number. */
function meanOf(numbers: readonly number[]): { mean: number; error: number } {
  const n = numbers.length;
  const mean = numbers.reduce((sum, x) => sum + x / n, 0);
  if (n === 1) return { mean, error: 0 };
  return { mean, error: Math.sqrt(numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n * (n - 1))) };
}
