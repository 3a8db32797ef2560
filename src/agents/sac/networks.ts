/**
 * The networks of soft actor-critic: a policy of squashed normal actions, and two critics side by side.
 *
 * Haarnoja et al., Soft Actor-Critic Algorithms and Applications (2018), appendix C.
 * Shapes: B rows, D numbers an observation, A numbers an action, scaled to [-1, 1] wherever a network sees it.
 *
 * Differs from the paper: the log standard deviation is squeezed smoothly into [-5, 2] where the published program cuts
 * it off, so that its gradient never vanishes.
 */
import { numpy as np } from '@jax-js/jax';
import type { Rng } from '../../core/rng.ts';
import type { Traced, TracedTree } from '../../engine/tree.ts';
import {
  type MlpParams,
  mlp,
  type SquashedNormal,
  ensemble as sideBySide,
  squashedNormal,
  tanh,
} from '../../nn/index.ts';

export interface SacShape {
  readonly D: number;
  readonly A: number;
  readonly hidden: readonly number[];
}

/** Critics: the smaller of two is believed, since a maximised value errs upwards (Fujimoto et al. 2018, eq. 10). */
export const CRITICS = 2;
const [LEAST_LOG_STD, GREATEST_LOG_STD] = [-5, 2];

export function sacNetworks({ D, A, hidden }: SacShape) {
  const actor = mlp({ sizes: [D, ...hidden, 2 * A], activation: 'relu' });
  const critics = sideBySide(mlp({ sizes: [D + A, ...hidden, 1], activation: 'relu' }), CRITICS);
  return {
    initPolicy: (rng: Rng): MlpParams => actor.init(rng),
    initCritics: (rng: Rng): MlpParams => critics.init(rng),
    /** What the policy does at observations [B, D]: actions [B, A]. */
    policy(params: TracedTree<MlpParams>, observations: Traced): SquashedNormal {
      const out = actor.apply(params, observations);
      const squeezed = tanh(out.slice([], [A, 2 * A])).add(1);
      const logStd = squeezed.mul(0.5 * (GREATEST_LOG_STD - LEAST_LOG_STD)).add(LEAST_LOG_STD);
      return squashedNormal(out.slice([], [0, A]), logStd);
    },
    /** What the critics say of actions [B, A] at observations [B, D]: [2, B]. */
    values(params: TracedTree<MlpParams>, observations: Traced, actions: Traced): Traced {
      const inputs = np.concatenate([observations, actions], -1);
      const [B, I] = inputs.shape;
      const both = np.broadcastTo(inputs.reshape([1, B, I]), [CRITICS, B, I]);
      return critics.apply(params, both).reshape([CRITICS, B]);
    },
  };
}

export type SacNetworks = ReturnType<typeof sacNetworks>;
