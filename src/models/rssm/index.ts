/**
 * The recurrent state-space model: a deterministic and a stochastic state side by side, learned from sequences.
 *
 * Hafner et al., Learning Latent Dynamics for Planning from Pixels (2019); Mastering Diverse Domains through World Models
 * (2023). Agents make one with `rssmNetwork` and teach it with `rssmLosses`; `rssmModel` lets planners run in it.
 */
export { type Lesson, RSSM_TERMS, rssmLosses } from './losses.ts';
export { type ActionFeatures, type RssmModel, type RssmState, rssmModel } from './model.ts';
export {
  type Foreseen,
  type RssmNetwork,
  type RssmParams,
  type RssmShape,
  rssmNetwork,
  type Seen,
  type TracedRssm,
  unitNormal,
} from './network.ts';
export { type RssmOptions, rssmDefaults, rssmOptions } from './options.ts';
export { encodable } from './senses.ts';
