/**
 * PETS: probabilistic ensembles with trajectory sampling. Act at random for a while, learn an ensemble of networks from
 * what happened, plan in it at every step, and learn again as experience grows.
 *
 * Chua et al., Deep Reinforcement Learning in a Handful of Trials using Probabilistic Dynamics Models (2018), algorithm 1.
 */
import type { Agent, Decision, Mode } from '../core/agent.ts';
import type { View } from '../core/model.ts';
import type { Planner } from '../core/planner.ts';
import type { Rng } from '../core/rng.ts';
import { type Space, sample } from '../core/spaces.ts';
import {
  type EnsembleOptions,
  type EnsembleState,
  type EnsembleWorld,
  ensemble,
} from '../models/ensemble/index.ts';
import { type PlanningCarry, planning } from './planning.ts';

export interface PetsOptions<A extends Space, C> {
  /** Spaces of the world, and its reward and ending where they are given rather than learned. */
  readonly world: EnsembleWorld<A>;
  /** Chooses actions in the learned model: PETS has the cross-entropy method. */
  readonly planner: Planner<A, C>;
  /** Of the learned model. */
  readonly model?: Partial<EnsembleOptions>;
}

/**
 * A PETS agent.
 * @param rng draws the model's first weights
 * @example pets({ world: { ...continuousCartPole(), ...continuousCartPoleRules }, planner: cem() }, Rng.from(1))
 */
export function pets<A extends Space, C>(
  { world, planner, model = {} }: PetsOptions<A, C>,
  rng: Rng,
): Agent<A, PlanningCarry<EnsembleState, A, C>> {
  const learned = ensemble(world, model, rng);
  const planned = planning(learned, planner, { name: 'pets' });
  return {
    ...planned,
    /** Until the model has been trained once there is nothing to plan in: actions are random. */
    act(view: View, carry: PlanningCarry<EnsembleState, A, C> | undefined, rng: Rng, mode: Mode) {
      if (learned.trained) return planned.act(view, carry, rng, mode);
      // no carry is due yet: a plan made later in this episode begins afresh
      return { action: sample(world.action, rng) } as Decision<A, PlanningCarry<EnsembleState, A, C>>;
    },
  };
}
