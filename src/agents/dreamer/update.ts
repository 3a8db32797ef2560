/**
 * One update of Dreamer, as one program: what was seen is taken in, dreams begin there, and model, actor and critic move.
 *
 * Hafner et al., Mastering Diverse Domains through World Models (2023). LaProp with adaptive clipping, tensor by tensor: its
 * published program.
 */
import { valueAndGrad } from '@jax-js/jax';
import type { Traced, TracedTree } from '../../engine/tree.ts';
import type { RssmNetwork, RssmParams } from '../../models/rssm/index.ts';
import { type Lesson, RSSM_TERMS, rssmLosses } from '../../models/rssm/index.ts';
import {
  adaptiveClip,
  chain,
  exponentialAverage,
  globalNorm,
  laprop,
  linearWarmup,
  type MlpParams,
  type OptimiserState,
  optimise,
} from '../../nn/index.ts';
import { BEHAVIOUR_TERMS, type BehaviourNetworks, behaviourLosses, type DreamDice } from './behaviour.ts';
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
  memory: OptimiserState;
}

/** What an update is made of. */
export interface DreamerLesson extends Lesson {
  /** 1 at the last moment of an episode. */
  last: Traced; // [T, B]
  dream: DreamDice;
}

/** The whole update, and the state it starts from. */
export function dreamerUpdate(net: RssmNetwork, nets: BehaviourNetworks, options: DreamerOptions) {
  const optimiser = chain(
    adaptiveClip({ limit: options.clip, over: 'tensor' }),
    laprop({
      learningRate: linearWarmup(options.learningRate, options.warmup),
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-20,
    }),
  );
  const modelLosses = rssmLosses(net, options.model);
  const latest = (x: Traced): Traced => x.slice([options.length - options.starts, options.length]);
  const losses = behaviourLosses(net, nets, options);
  return {
    init: (params: DreamerParams): DreamerState => ({
      params,
      slowCritic: params.critic,
      range: noRange(),
      memory: optimiser.init(params),
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
          ...named('model', { ...pick(model.terms, RSSM_TERMS), ...model.figures }),
          ...named('behaviour', { ...pick(behaviour.terms, BEHAVIOUR_TERMS), ...behaviour.figures }),
        };
        return [model.loss.add(behaviour.loss), { told, range: behaviour.range }] as [Traced, Told];
      };
      const [[, { told, range }], gradients] = valueAndGrad(lossOf, { hasAux: true })(
        state.params,
      ) as unknown as [[Traced, Told], TracedTree<DreamerParams>];
      const { params, state: memory } = optimise(optimiser, gradients, state.memory, state.params);
      return {
        state: {
          params,
          slowCritic: exponentialAverage(state.slowCritic, params.critic, options.slowRate),
          range,
          memory,
        },
        metrics: { ...told, 'gradient norm': globalNorm(gradients) },
      };
    },
  };
}

type Told = {
  told: { [name: string]: Traced };
  range: { low: Traced; high: Traced; weight: Traced };
};

function pick<K extends string>(
  terms: Readonly<Record<K, Traced>>,
  names: readonly K[],
): Record<string, Traced> {
  return Object.fromEntries(names.map((name) => [name, terms[name]]));
}

function named(group: string, figures: Readonly<Record<string, Traced>>): Record<string, Traced> {
  return Object.fromEntries(Object.entries(figures).map(([name, figure]) => [`${group}/${name}`, figure]));
}
