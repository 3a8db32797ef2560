/**
 * One update of Dreamer, as one program: what was seen is taken in, dreams begin there, and model, actor and critic move.
 *
 * Hafner et al., Mastering Diverse Domains through World Models (2023). LaProp with adaptive clipping, tensor by tensor: its
 * published program; Adam with clipping by global norm: those of the versions before it.
 */
import { valueAndGrad } from '@jax-js/jax';
import type { Traced, TracedTree } from '../../engine/tree.ts';
import type { RssmNetwork, RssmParams } from '../../models/rssm/index.ts';
import { type Lesson, rssmLosses } from '../../models/rssm/index.ts';
import {
  adam,
  adaptiveClip,
  chain,
  clipByGlobalNorm,
  exponentialAverage,
  globalNorm,
  laprop,
  linearWarmup,
  type MlpParams,
  type OptimiserState,
  optimise,
} from '../../nn/index.ts';
import { type BehaviourNetworks, behaviourLosses, type DreamDice } from './behaviour.ts';
import type { DreamerOptions } from './options.ts';
import { noRange, type ReturnRange } from './returns.ts';

/** What gradients move. */
export interface DreamerParams {
  world: RssmParams;
  actor: MlpParams;
  critic: MlpParams;
}

/** All that learning changes. */
export interface DreamerState {
  params: DreamerParams;
  slowCritic: MlpParams;
  range: ReturnRange;
  memory: { world: OptimiserState; actor: OptimiserState; critic: OptimiserState };
}

/** What an update is made of. */
export interface DreamerLesson extends Lesson {
  /** 1 at the last moment of an episode. */
  last: Traced; // [T, B]
  dream: DreamDice;
}

/** The whole update, and the state it starts from. */
export function dreamerUpdate(net: RssmNetwork, nets: BehaviourNetworks, options: DreamerOptions) {
  const optimiserOf = (rate: number) => {
    const learningRate = linearWarmup(rate, options.warmup);
    return options.optimiser === 'laprop'
      ? chain(
          adaptiveClip({ limit: options.clip, over: 'tensor' }),
          laprop({ learningRate, beta1: 0.9, beta2: 0.999, epsilon: 1e-20 }),
        )
      : chain(clipByGlobalNorm(options.clip), adam({ learningRate, epsilon: 1e-5 }));
  };
  const optimisers = {
    world: optimiserOf(options.learningRate),
    actor: optimiserOf(options.actorRate ?? options.learningRate),
    critic: optimiserOf(options.criticRate ?? options.learningRate),
  };
  type Group = keyof typeof optimisers;
  const groups = Object.keys(optimisers) as Group[];
  const modelLosses = rssmLosses(net, options.model);
  const latest = (x: Traced): Traced => x.slice([options.length - options.starts, options.length]);
  const losses = behaviourLosses(net, nets, options);
  return {
    init: (params: DreamerParams): DreamerState => ({
      params,
      slowCritic: params.critic,
      range: noRange(),
      memory: {
        world: optimisers.world.init(params.world),
        actor: optimisers.actor.init(params.actor),
        critic: optimisers.critic.init(params.critic),
      },
    }),
    update(state: TracedTree<DreamerState>, lesson: DreamerLesson) {
      const lossOf = (params: TracedTree<DreamerParams>) => {
        const model = modelLosses(params.world, lesson);
        const behaviour = losses(
          { ...params, slowCritic: state.slowCritic },
          state.range,
          {
            features: latest(model.features),
            rewards: latest(lesson.rewards),
            continues: latest(lesson.continues),
            last: latest(lesson.last),
          },
          lesson.dream,
        );
        const told = {
          ...named('model', { loss: model.loss, ...model.terms, ...model.figures }),
          ...named('behaviour', { ...behaviour.terms, ...behaviour.figures }),
        };
        return [model.loss.add(behaviour.loss), { told, range: behaviour.range }] as [Traced, Told];
      };
      const [[, { told, range }], gradients] = valueAndGrad(lossOf, { hasAux: true })(
        state.params,
      ) as unknown as [[Traced, Told], TracedTree<DreamerParams>];
      const moved = Object.fromEntries(
        groups.map((group) => [
          group,
          optimise<unknown>(optimisers[group], gradients[group], state.memory[group], state.params[group]),
        ]),
      );
      const after = <T>(part: 'params' | 'state') =>
        Object.fromEntries(groups.map((group) => [group, moved[group][part]])) as T;
      const params = after<TracedTree<DreamerParams>>('params');
      const slowCritic =
        options.slowEvery === 1
          ? exponentialAverage(state.slowCritic, params.critic, options.slowRate)
          : state.slowCritic;
      return {
        state: { params, slowCritic, range, memory: after<TracedTree<DreamerState['memory']>>('state') },
        metrics: { ...told, 'gradient norm': globalNorm(gradients) },
      };
    },
  };
}

type Told = {
  told: { [name: string]: Traced };
  range: { low: Traced; high: Traced; weight: Traced };
};

function named(group: string, figures: Readonly<Record<string, Traced>>): Record<string, Traced> {
  return Object.fromEntries(Object.entries(figures).map(([name, figure]) => [`${group}/${name}`, figure]));
}
