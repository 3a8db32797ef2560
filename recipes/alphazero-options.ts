/** The options of AlphaZero with a recipe's own defaults for some of them. */
import type { z } from 'zod';
import {
  alphaZeroGumbelOptions,
  alphaZeroOptions,
  alphaZeroSearchOptions,
  type PolicyValueOptions,
  policyValueOptions,
  type SelfPlayOptions,
  selfPlayOptions,
  type TrainingOptions,
  trainingOptions,
} from '../src/agents/alphazero/index.ts';
import { withDefaults } from '../src/run/options.ts';

export interface AlphaZeroChoice {
  readonly network: Partial<PolicyValueOptions>;
  readonly search: Partial<z.infer<typeof alphaZeroSearchOptions>>;
  readonly gumbel?: Partial<z.infer<typeof alphaZeroGumbelOptions>>;
  readonly evaluationSimulations: number;
  readonly selfPlay: Partial<SelfPlayOptions>;
  readonly training?: Partial<TrainingOptions>;
}

export function alphaZeroOptionsWith(choice: AlphaZeroChoice) {
  const { network, search, gumbel = {}, evaluationSimulations, selfPlay, training = {} } = choice;
  return withDefaults(alphaZeroOptions, { evaluationSimulations }).safeExtend({
    network: withDefaults(policyValueOptions, network).prefault({}),
    search: withDefaults(alphaZeroSearchOptions, search).prefault({}),
    gumbel: withDefaults(alphaZeroGumbelOptions, gumbel).prefault({}),
    selfPlay: withDefaults(selfPlayOptions, selfPlay).prefault({}),
    training: withDefaults(trainingOptions, training).prefault({}),
  });
}
