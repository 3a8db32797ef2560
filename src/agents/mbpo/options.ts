/** What can be chosen about model-based policy optimisation, beside its model and its policy. */
import { z } from 'zod';
import type { EnsembleOptions } from '../../models/ensemble/index.ts';
import type { SacOptions } from '../sac/index.ts';

export interface MbpoOptions {
  /** Branches begun after each training of the model, at states that were seen. */
  readonly branches: number;
  /**
   * How long branches are, k, over environment steps: [first step, last step, from, to]. `from` until the first step,
   * `to` after the last, along a straight line in between, rounded down.
   */
  readonly schedule: readonly number[]; // [4]
  /** Trainings whose branches are kept; the oldest are forgotten first. */
  readonly retain: number;
  /** Share of an update's transitions that really happened. */
  readonly realShare: number;
}

export const mbpoDefaults: MbpoOptions = {
  branches: 10_000,
  schedule: [0, 1, 1, 1],
  retain: 4,
  realShare: 0.05,
};

/**
 * Other defaults for the model: it is trained every 250 steps and goes on from the last training's weights, so a few
 * hundred gradient steps suffice, and cost the same however many rows there are.
 */
export const mbpoModelDefaults = {
  hidden: [200, 200, 200],
  firstTraining: 1000,
  trainEvery: 250,
  patience: 5,
  gradientSteps: 500,
  threads: 1,
} as const satisfies Partial<EnsembleOptions>;

/** Other defaults for the policy: imagined transitions are many, and bear many updates. */
export const mbpoPolicyDefaults = { updatesPerStep: 20 } as const satisfies Partial<SacOptions>;

const d = mbpoDefaults;

export const mbpoOptions = z.strictObject({
  branches: z.number().int().min(1).default(d.branches).describe('branches begun after each training'),
  schedule: z
    .array(z.number().min(0))
    .length(4)
    .refine(([first, last, from, to]) => first < last && from >= 1 && to >= 1, {
      message: 'first step < last step, then two lengths of at least 1',
    })
    .default([...d.schedule])
    .describe('length of branches: first step, last step, from, to'),
  retain: z.number().int().min(1).default(d.retain).describe('trainings whose branches are kept'),
  realShare: z
    .number()
    .min(0)
    .max(1)
    .default(d.realShare)
    .describe('share of transitions that really happened'),
});
