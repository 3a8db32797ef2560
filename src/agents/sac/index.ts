/**
 * SAC: soft actor-critic, an agent without a model. A policy learns from replayed transitions to earn much while staying
 * as random as it can afford to: what agents with a model are compared with.
 *
 * Haarnoja et al., Soft Actor-Critic Algorithms and Applications (2018), algorithm 1.
 */
import type { Agent } from '../../core/agent.ts';
import { checkOptions } from '../../core/options.ts';
import type { Rng } from '../../core/rng.ts';
import { type Box, sample } from '../../core/spaces.ts';
import { sacLearner } from './learner.ts';
import { type SacOptions, sacOptions } from './options.ts';

export { type SacOptions, sacDefaults, sacOptions } from './options.ts';

export interface SacSettings {
  /** Spaces of the world. Actions must be a box with finite bounds. */
  readonly world: { readonly observation: Box; readonly action: Box };
  readonly options?: Partial<SacOptions>;
}

/**
 * A SAC agent. In `evaluate` it takes the median of its policy.
 * @param rng draws the first weights
 * @example sac({ world: pendulum(), options: { firstSteps: 500 } }, Rng.from(1))
 */
export function sac({ world, options: given = {} }: SacSettings, rng: Rng): Agent<Box, undefined> {
  const options = checkOptions('sac', sacOptions, given);
  const learner = sacLearner('sac', world, options, rng);
  return {
    name: 'sac',
    async act({ observation }, _carry, rng, mode) {
      if (mode === 'train' && !learner.begun) return { action: sample(world.action, rng), carry: undefined };
      return { action: await learner.actions(observation, rng, mode), carry: undefined };
    },
    async learn(replay, rng) {
      if (replay.added < options.firstSteps) return undefined;
      return learner.practise(replay.added, () => replay.sample(options.batch, rng), rng);
    },
    networks: () => learner.networks(),
    save: () => learner.save(),
    load: (saved) => learner.load(saved),
  };
}
