export {
  type AlphaZeroOptions,
  type AlphaZeroSettings,
  alphaZero,
  alphaZeroDefaults,
  alphaZeroLosses,
  alphaZeroOptions,
  type NetworkEvaluatorSettings,
  networkEvaluator,
  type PolicyValueNetwork,
  type PolicyValueOptions,
  policyValueDefaults,
  policyValueNetwork,
  policyValueOptions,
} from './alphazero/index.ts';
export {
  type Belief,
  type Dreamer,
  type DreamerOptions,
  type DreamerSettings,
  type DreamerVersion,
  type DreamerWorld,
  dreamer,
  dreamerDefaults,
  dreamerOptions,
} from './dreamer/index.ts';
export {
  type MbpoOptions,
  type MbpoSettings,
  mbpo,
  mbpoDefaults,
  mbpoModelDefaults,
  mbpoOptions,
  mbpoPolicyDefaults,
} from './mbpo/index.ts';
export { type PetsOptions, pets } from './pets.ts';
export { type Learned, type PlanningCarry, type PlanningOptions, planning } from './planning.ts';
export * from './random.ts';
export { type SacOptions, type SacSettings, sac, sacDefaults, sacOptions } from './sac/index.ts';
export { uctAgent } from './uct.ts';
