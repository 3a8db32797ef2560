/**
 * The networks of soft actor-critic: a policy of squashed normal actions, and two critics.
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
import { type MlpParams, mlp, type SquashedNormal, squashedNormal, tanh } from '../../nn/index.ts';

export interface SacShape {
  readonly D: number;
  readonly A: number;
  readonly hidden: readonly number[];
}

/**
 * Of two critics the smaller is believed, since a maximised value errs upwards (Fujimoto et al. 2018, eq. 10). They are
 * apart, not an ensemble in one product: ONNX Runtime joins a plain product with its bias and rectifier.
 */
export type CriticParams = [MlpParams, MlpParams];
const [LEAST_LOG_STD, GREATEST_LOG_STD] = [-5, 2];

export function sacNetworks({ D, A, hidden }: SacShape) {
  const actor = mlp({ sizes: [D, ...hidden, 2 * A], activation: 'relu' });
  const critic = mlp({ sizes: [D + A, ...hidden, 1], activation: 'relu' });
  return {
    initPolicy: (rng: Rng): MlpParams => actor.init(rng),
    initCritics: (rng: Rng): CriticParams => [critic.init(rng), critic.init(rng)],
    /** What the policy does at observations [B, D]: actions [B, A]. */
    policy(params: TracedTree<MlpParams>, observations: Traced): SquashedNormal {
      const out = actor.apply(params, observations);
      const squeezed = tanh(out.slice([], [A, 2 * A])).add(1);
      const logStd = squeezed.mul(0.5 * (GREATEST_LOG_STD - LEAST_LOG_STD)).add(LEAST_LOG_STD);
      return squashedNormal(out.slice([], [0, A]), logStd);
    },
    /** What each critic says of actions [B, A] at observations [B, D]: [B]. */
    values(params: TracedTree<CriticParams>, observations: Traced, actions: Traced): [Traced, Traced] {
      const inputs = np.concatenate([observations, actions], -1);
      const value = (own: TracedTree<MlpParams>) => critic.apply(own, inputs).reshape([inputs.shape[0]]);
      return [value(params[0]), value(params[1])];
    },
  };
}

export type SacNetworks = ReturnType<typeof sacNetworks>;
