/** Dreamer's networks, and one update of them as a program: what each thread that has to do with them makes for itself. */
import { type Box, elementSize, featureSize, type Space } from '../../core/spaces.ts';
import { compile } from '../../engine/index.ts';
import { encodable, rssmNetwork } from '../../models/rssm/index.ts';
import { behaviourNetworks } from './behaviour.ts';
import type { DreamerOptions } from './options.ts';
import { type PolicyForm, policyForm } from './policy.ts';
import { dreamerUpdate } from './update.ts';

/** The world as Dreamer needs to know it. */
export interface DreamerWorld<A extends Space = Space> {
  readonly observation: Box;
  readonly action: A;
}

/** All that a thread needs to know to make them. Plain data. */
export interface DreamerSetup {
  /** Names the agent in errors. */
  readonly where: string;
  readonly world: DreamerWorld;
  readonly options: DreamerOptions;
}

/** @throws InputError for spaces that Dreamer cannot work with */
export function dreamerProgram({ where, world: { observation, action }, options }: DreamerSetup) {
  const form: PolicyForm<Space> = policyForm<Space>(where, action, options);
  const parts = encodable(where, observation);
  const net = rssmNetwork({ D: elementSize(observation), F: featureSize(action), parts }, options.model);
  const nets = behaviourNetworks(net, form, options);
  const { init, update } = dreamerUpdate(net, nets, options);
  // bounds are no part of any program, but cost nothing to tell
  const identity = JSON.stringify({ observation, action, options });
  const program = compile(update, { name: 'dreamerUpdate', threads: options.threads, identity });
  return { form, net, nets, init, identity, program };
}

export type DreamerProgram = ReturnType<typeof dreamerProgram>['program'];
