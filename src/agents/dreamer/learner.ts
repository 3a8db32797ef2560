/** The learner in Dreamer: keeps its networks, draws lessons from replay, and moves beliefs along with what is seen. */
import type { Metrics, NetworkExport } from '../../core/agent.ts';
import { demand, demandFinite } from '../../core/errors.ts';
import type { Replay, StretchBatch } from '../../core/replay.ts';
import { Rng } from '../../core/rng.ts';
import type { Saved } from '../../core/saved.ts';
import { elementSize, featureSize, readElement, type Space } from '../../core/spaces.ts';
import { exportOnnx } from '../../engine/export.ts';
import { compile, isTensor, type Tensor, tensor } from '../../engine/index.ts';
import { sizeOf } from '../../engine/tensor.ts';
import { mapTree, type Traced, type TracedTree, type Tree } from '../../engine/tree.ts';
import { rssmModel } from '../../models/rssm/index.ts';
import { fromArrays, toArrays } from '../../nn/index.ts';
import type { DreamerOptions } from './options.ts';
import { type DreamerSetup, type DreamerWorld, dreamerProgram } from './program.ts';
import type { DreamerState } from './update.ts';
import { type UpdateOutcome, updatesBeside } from './updates.ts';

/** What Dreamer believes after a view, and the action it then took. */
export interface Belief {
  readonly features: Float32Array; // [H + Z]
  readonly action: Float32Array; // [F]
}

/** Of one world: what it shows, and what was believed before; none at the first step of an episode. */
export interface Situation {
  readonly observation: Float32Array; // [D]
  readonly legal?: Uint8Array; // [n]
  readonly before?: Belief;
}

/** Rows in one call of the acting program. */
const ACTING_ROWS = [1, 16, 256];

/**
 * A learner for a world of a certain form.
 * @param where names it in errors
 * @param rng draws the first weights
 */
export function dreamerLearner<A extends Space>(
  where: string,
  world: DreamerWorld<A>,
  options: DreamerOptions,
  rng: Rng,
) {
  const { observation, action } = world;
  const setup: DreamerSetup = { where, world: { observation, action }, options };
  const { form, net, nets, init, identity, program } = dreamerProgram(setup);
  const { batch: B, length: T, starts: K, horizon: H, threads } = options;
  const D = elementSize(observation);
  const F = featureSize(action);
  const width = elementSize(action);
  const { latents } = net;
  const size = net.H + net.Z;

  let state: DreamerState = init({
    world: net.init(rng.fork('world')),
    actor: nets.initActor(rng.fork('actor')),
    critic: nets.initCritic(rng.fork('critic')),
  });
  let updates = 0;
  let sums: Record<string, number> = {};
  let since = 0; // updates since the last report

  /** One step of an agent's life: from what it sees, what it believed [B, H + Z] and the action it took [B, F]. */
  const live = (
    params: Pick<TracedTree<DreamerState['params']>, 'world' | 'actor'>,
    observations: Traced,
    features: Traced,
    actions: Traced,
    dice: { model: Traced; action: Traced },
    legal?: Traced,
  ) => {
    const [h, z] = [features.slice([], [0, net.H]), features.slice([], [net.H, size])];
    const next = net.recur(params.world, h, z, actions);
    const said = net.posterior(params.world, next, net.token(params.world, observations));
    const now = net.join(next, latents.sample(said, dice.model));
    const policy = nets.policy(params.actor, now, legal);
    return { features: now, drawn: policy.sample(dice.action), best: policy.mode() };
  };
  const acting = compile(
    function dreamerAct(
      params: Pick<TracedTree<DreamerState['params']>, 'world' | 'actor'>,
      seen: { observations: Traced; features: Traced; actions: Traced; keep: Traced; legal?: Traced },
      dice: { model: Traced; action: Traced },
    ) {
      const { observations, features, actions, keep, legal } = seen;
      return live(params, observations, features.mul(keep), actions.mul(keep), dice, legal);
    },
    { threads, identity },
  );
  const choosing = compile(
    function dreamerChoose(
      actor: TracedTree<DreamerState['params']>['actor'],
      features: Traced,
      dice: Traced,
      legal?: Traced,
    ) {
      const policy = nets.policy(actor, features, legal);
      return { drawn: policy.sample(dice), best: policy.mode() };
    },
    { threads, identity },
  );

  /** Actions as they are taken: noise added where there is any, draws beyond the bounds cut to them. */
  const taken = (chosen: Float32Array, best: boolean, rng: Rng): Float32Array => {
    demandFinite(chosen, `${where}: actions after update ${updates}`);
    const noise = best || action.kind === 'discrete' ? 0 : options.explorationNoise;
    return chosen.map((x) => Math.min(1, Math.max(-1, noise === 0 ? x : x + noise * rng.normal())));
  };

  /** Rows of sequences [B, T, ...] as the program wants them, time first. [T, B, width] */
  const timeFirst = (from: ArrayLike<number>, width: number): Float32Array => {
    const out = new Float32Array(B * T * width);
    for (let b = 0; b < B; b++) {
      for (let t = 0; t < T; t++) {
        for (let i = 0; i < width; i++) out[(t * B + b) * width + i] = from[(b * T + t) * width + i];
      }
    }
    return out;
  };

  const lessonOf = (stretches: StretchBatch, rng: Rng) => {
    const features = new Float32Array(B * T * F);
    for (let row = 0; row < B * T; row++) {
      form.write(readElement<Space>(action, stretches.actions, row * width), features, row * F);
    }
    const column = (from: ArrayLike<number>) => tensor(timeFirst(from, 1), [T, B]);
    const dice = (...shape: number[]) => tensor(latents.fill(new Float32Array(sizeOf(shape)), rng), shape);
    return {
      observations: tensor(timeFirst(stretches.observations, D), [T, B, D]),
      actions: tensor(timeFirst(features, F), [T, B, F]),
      rewards: column(stretches.rewards),
      continues: column(stretches.discounts),
      first: column(stretches.first),
      last: column(stretches.last),
      dice: dice(T, B, latents.dice),
      dream: {
        model: dice(H, K * B, latents.dice),
        action: tensor(form.fill(new Float32Array(H * K * B * form.dice), rng), [H, K * B, form.dice]),
      },
    };
  };

  /** Of the right shapes. */
  const blankLesson = () => {
    const rows = (width: number) => new Float32Array(B * T * width);
    return lessonOf(
      {
        ...{ B, T },
        ...{ observations: rows(D), actions: rows(width), rewards: rows(1), discounts: rows(1) },
        ...{ first: new Uint8Array(B * T), last: new Uint8Array(B * T) },
      },
      Rng.from('blank'),
    );
  };

  const beside = options.actors > 0 ? updatesBeside(setup, program) : undefined;

  /** Updates that were begun: with the one that another thread is still at. */
  const begun = () => updates + (beside?.task ? 1 : 0);

  const take = (outcome: UpdateOutcome) => {
    const metrics = outcome.metrics as Record<string, Tensor>;
    for (const [name, figure] of Object.entries(metrics))
      demandFinite(figure.data, `${where}, update ${updates + 1}: ${name}`);
    state = outcome.state as DreamerState;
    updates++;
    const { slowEvery, slowRate } = options;
    if (slowEvery > 1 && updates % slowEvery === 0)
      state.slowCritic = towards(state.slowCritic, state.params.critic, slowRate);
    since++;
    for (const [name, figure] of Object.entries(metrics)) sums[name] = (sums[name] ?? 0) + figure.data[0];
  };

  const model = rssmModel(net, { space: action, write: form.write }, () => state.params.world, {
    threads,
    identity,
  });

  return {
    form,
    /** The world model as it is at the time it is asked. */
    model,
    get updates() {
      return updates;
    },

    /** What to do in each of several worlds. In `best` the likeliest action, else a draw. */
    async act(situations: readonly Situation[], rngs: readonly Rng[], best: boolean) {
      const beliefs: Belief[] = [];
      for (let start = 0; start < situations.length; ) {
        const left = situations.length - start;
        const rows = ACTING_ROWS.find((count) => count >= left) ?? ACTING_ROWS[ACTING_ROWS.length - 1];
        const here = Math.min(rows, left);
        const seen = {
          observations: new Float32Array(rows * D),
          features: new Float32Array(rows * size),
          actions: new Float32Array(rows * F),
          keep: new Float32Array(rows),
          legal: action.kind === 'discrete' ? new Float32Array(rows * F).fill(1) : undefined,
        };
        const dice = {
          model: new Float32Array(rows * latents.dice),
          action: new Float32Array(rows * form.dice),
        };
        for (let row = 0; row < here; row++) {
          const { observation, legal, before } = situations[start + row];
          const rng = rngs[start + row];
          seen.observations.set(observation, row * D);
          if (before) {
            seen.features.set(before.features, row * size);
            seen.actions.set(before.action, row * F);
            seen.keep[row] = 1;
          }
          if (legal) seen.legal?.set(legal, row * F);
          latents.fill(dice.model.subarray(row * latents.dice, (row + 1) * latents.dice), rng);
          form.fill(dice.action.subarray(row * form.dice, (row + 1) * form.dice), rng);
        }
        const { params } = state;
        const told = await acting(
          { world: params.world, actor: params.actor },
          {
            observations: tensor(seen.observations, [rows, D]),
            features: tensor(seen.features, [rows, size]),
            actions: tensor(seen.actions, [rows, F]),
            keep: tensor(seen.keep, [rows, 1]),
            ...(seen.legal && { legal: tensor(seen.legal, [rows, F]) }),
          },
          { model: tensor(dice.model, [rows, latents.dice]), action: tensor(dice.action, [rows, form.dice]) },
        );
        const chosen = (best ? told.best : told.drawn).data as Float32Array;
        for (let row = 0; row < here; row++) {
          beliefs.push({
            features: (told.features.data as Float32Array).slice(row * size, (row + 1) * size),
            action: taken(chosen.subarray(row * F, (row + 1) * F), best, rngs[start + row]),
          });
        }
        start += here;
      }
      return beliefs;
    },

    /** What to do in a state of the model, seen or imagined: an action's features. [F] */
    async actFrom(
      features: Float32Array, // [H + Z]
      legal: Uint8Array | undefined, // [n]
      rng: Rng,
      best: boolean,
    ): Promise<Float32Array> {
      const allowed =
        action.kind === 'discrete' ? Float32Array.from(legal ?? new Uint8Array(F).fill(1)) : undefined;
      const told = await choosing(
        state.params.actor,
        tensor(features, [1, size]),
        tensor(form.fill(new Float32Array(form.dice), rng), [1, form.dice]),
        ...(allowed ? [tensor(allowed, [1, F])] : []),
      );
      return taken((best ? told.best : told.drawn).data as Float32Array, best, rng);
    },

    get begun() {
      return begun();
    },

    /**
     * One update on sequences drawn from a replay; where another thread makes it, it takes effect when the next is begun.
     * @throws NumericalError naming what went wrong; nothing has changed then
     */
    async update(replay: Replay, rng: Rng): Promise<void> {
      const lesson = lessonOf(replay.sampleStretches(B, T, rng), rng);
      if (!beside) {
        take(await program(state, lesson));
        return;
      }
      if (beside.task) take(await beside.finish());
      beside.begin({ state, lesson });
    },

    /** Means since the last report; undefined where nothing was learned. */
    report(): Metrics | undefined {
      if (since === 0) return undefined;
      const metrics = Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / since]));
      sums = {};
      since = 0;
      return metrics;
    },

    /**
     * `policy`: one step of acting, from an observation [1, D], the belief [1, H + Z] and the action's features [1, F] of the step
     * before (zeros at first) and dice, to the new belief and the features of the likeliest action and of one drawn.
     * `world`: one imagined step.
     */
    async networks(): Promise<Readonly<Record<string, NetworkExport>>> {
      const rng = Rng.from('example');
      const { world, actor } = state.params;
      const discrete = action.kind === 'discrete';
      const one = (data: Float32Array) => tensor(data, [1, data.length]);
      const inputs = {
        observation: one(new Float32Array(D)),
        belief: one(new Float32Array(size)),
        action: one(new Float32Array(F)),
        stateDice: one(latents.fill(new Float32Array(latents.dice), rng)),
        actionDice: one(form.fill(new Float32Array(form.dice), rng)),
        ...(discrete && { legal: one(new Float32Array(F).fill(1)) }),
      };
      const { observation, belief, stateDice, actionDice, legal } = inputs;
      const onnx = await exportOnnx(
        (params: Parameters<typeof live>[0], seen: Traced[]) => {
          const [observations, features, actions, model, action, allowed] = seen;
          const dice = { model, action };
          const { features: nextBelief, ...chosen } = live(
            params,
            observations,
            features,
            actions,
            dice,
            allowed,
          );
          return { nextBelief, ...chosen };
        },
        [{ world, actor }, Object.values(inputs)],
        {
          name: 'policy',
          constants: [0],
          inputNames: Object.keys(inputs),
        },
      );
      const { features, drawn, best } = await acting(
        { world, actor },
        {
          observations: observation,
          features: belief,
          actions: inputs.action,
          keep: tensor(Float32Array.of(1), [1, 1]),
          ...(legal && { legal }),
        },
        { model: stateDice, action: actionDice },
      );
      const policy = { onnx, inputs, outputs: { nextBelief: features, drawn, best } };
      return { policy, ...(await model.networks()) };
    },

    save: (): Saved => ({
      arrays: toArrays(beside?.task ? { ...state, lesson: beside.task.lesson } : state),
      facts: { updates, since, sums: { ...sums }, begun: begun() },
    }),
    load({ arrays, facts }: Saved): void {
      const told = facts as unknown as Partial<Progress>;
      demand(
        told.updates !== undefined && told.since !== undefined && told.sums !== undefined,
        () =>
          `${where}: what was saved must tell updates, since and sums, got ${Object.keys(facts).join(', ') || 'nothing'}. Was this saved by another agent?`,
      );
      beside?.forget();
      ({ updates, since } = told as Progress);
      sums = { ...told.sums };
      if (beside && told.begun! > updates) {
        const { lesson, ...rest } = fromArrays(arrays, { ...state, lesson: blankLesson() });
        state = rest;
        beside.begin({ state, lesson });
      } else {
        state = fromArrays(arrays, state);
      }
    },
    /** Lets the other thread end. @returns when it has ended */
    dispose: async () => beside?.dispose(),
  };
}

/** What is saved beside arrays. */
interface Progress {
  readonly updates: number;
  readonly since: number;
  readonly sums: Record<string, number>;
  readonly begun: number;
}

export type DreamerLearner = ReturnType<typeof dreamerLearner>;

/** Moves every number of a network a share of the way to another's. */
function towards<P>(slow: P, fast: P, share: number): P {
  const move = ({ shape, data }: Tensor, to: Tensor) =>
    tensor(
      (data as Float32Array).map((x, i) => x + share * (to.data[i] - x)),
      shape,
    );
  return mapTree(isTensor, move, slow as Tree<Tensor>, fast as Tree<Tensor>) as P;
}
