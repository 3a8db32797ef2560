/**
 * What a recurrent state-space model is taught: to tell from its state what was seen, what it earned and whether it went on,
 * and to foresee that state.
 *
 * Hafner et al., Mastering Diverse Domains through World Models (2023), "World model learning": both divergences are free of charge
 * below 1 nat, and drawn apart in weight.
 */
import { lax, numpy as np } from '@jax-js/jax';
import type { Traced } from '../../engine/tree.ts';
import type { RssmNetwork, Seen, TracedRssm } from './network.ts';
import type { RssmOptions } from './options.ts';

/** Sequences with all that is to be learned of them. */
export interface Lesson extends Seen {
  rewards: Traced; // [T, B]
  /** Discounts: 0 where the episode ended. */
  continues: Traced; // [T, B]
}

/** Terms of the loss as they are weighted in {@link rssmLosses}'s sum; each a mean over moments, in nats. */
export const RSSM_TERMS = ['reconstruction', 'reward', 'continuation', 'dynamics', 'representation'] as const;
export type RssmTerm = (typeof RSSM_TERMS)[number];

export type LossOptions = Pick<
  RssmOptions,
  'reconstructionScale' | 'freeNats' | 'freeOf' | 'dynamicsScale' | 'representationScale'
>;

export function rssmLosses(net: RssmNetwork, options: LossOptions) {
  const stop = lax.stopGradient;
  const { freeNats, freeOf } = options;
  const charged = (divergence: Traced): Traced =>
    freeOf === 'moment'
      ? np.mean(np.maximum(divergence, freeNats))
      : np.maximum(np.mean(divergence), freeNats);
  const weights: Readonly<Record<RssmTerm, number>> = {
    reconstruction: options.reconstructionScale,
    reward: 1,
    continuation: 1,
    dynamics: options.dynamicsScale,
    representation: options.representationScale,
  };
  return function losses(params: TracedRssm, lesson: Lesson) {
    const { features, posterior, prior } = net.observe(params, lesson);
    const missed = net.decode(params, features).sub(net.squash(lesson.observations));
    const rewards = net.reward(params, features);
    const terms: Record<RssmTerm, Traced> = {
      reconstruction: np.mean(np.sum(np.square(missed), -1)),
      reward: np.mean(rewards.logProbability(lesson.rewards)).neg(),
      continuation: np.mean(net.continuation(params, features).logProbability(lesson.continues)).neg(),
      dynamics: charged(net.latents.divergence(stop(posterior), prior)),
      representation: charged(net.latents.divergence(posterior, stop(prior))),
    };
    const loss = RSSM_TERMS.map((term) => terms[term].mul(weights[term])).reduce((sum, term) =>
      sum.add(term),
    );
    const figures = {
      /** Uncharged, in nats. */
      divergence: np.mean(net.latents.divergence(stop(posterior), stop(prior))),
      'posterior entropy': np.mean(net.latents.entropy(stop(posterior))),
      'prior entropy': np.mean(net.latents.entropy(stop(prior))),
      'latent use': net.latents.use(stop(posterior)),
      'reward error': np.mean(np.absolute(stop(rewards.mean()).sub(lesson.rewards))),
    };
    return { loss, terms, figures, features };
  };
}
