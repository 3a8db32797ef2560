/** What can be chosen about an ensemble of networks. */
import { z } from 'zod';

export interface EnsembleOptions {
  /**
   * `probabilistic`: each network says a mean and a variance, fitted by likelihood. `deterministic`: a mean alone,
   * fitted by squared error; with one member this is the plainest learned model.
   */
  readonly kind: 'probabilistic' | 'deterministic';
  /** Networks, E. */
  readonly members: number;
  /** Those with the least hold-out error; only they are planned with. */
  readonly elites: number;
  /** Widths of the hidden layers. */
  readonly hidden: readonly number[];
  /**
   * How uncertainty travels along an imagined sequence (Chua 2018, section 5). `everyStep` (TS1): each particle is moved
   * by another random member at each step. `fixedMember` (TS-infinity): each particle keeps its member. `mean`: no
   * particles, the mean of all elites' means.
   */
  readonly propagation: 'everyStep' | 'fixedMember' | 'mean';
  /** Imagined copies of each candidate sequence, P: a multiple of `elites`. Ignored by `mean`. */
  readonly particles: number;
  readonly learningRate: number;
  /** Decoupled weight decay (AdamW). */
  readonly weightDecay: number;
  /**
   * Length that all members' gradients together are cut to, or null for none. Where a few transitions are far from all
   * others, as blows are, one surprise would otherwise keep Adam's steps small for thousands of steps to come.
   */
  readonly gradientLimit: number | null;
  /** Transitions in a gradient step, for each member, B. */
  readonly batch: number;
  /** Environment steps between trainings. */
  readonly trainEvery: number;
  /** Environment steps before the first training. */
  readonly firstTraining: number;
  /** Passes over the data in one training, at most. */
  readonly epochs: number;
  /** Gradient steps in one training, at most, the last pass being cut short; null for no limit. */
  readonly gradientSteps: number | null;
  /** Passes without a better hold-out error after which a training ends. */
  readonly patience: number;
  /** By which share the hold-out error must fall to count as better. */
  readonly improvement: number;
  /** Share of the data held out. */
  readonly holdOut: number;
  /** Rows held out at most. */
  readonly holdOutLimit: number;
  /** Threads inside one operation. */
  readonly threads: number;
}

/** mbrl-lib's settings for PETS (Pineda et al. 2021), but for learning rate and decay, which suit AdamW. */
export const ensembleDefaults: EnsembleOptions = {
  kind: 'probabilistic',
  members: 7,
  elites: 5,
  hidden: [200, 200, 200, 200],
  propagation: 'fixedMember',
  particles: 20,
  learningRate: 1e-3,
  weightDecay: 1e-4,
  gradientLimit: null,
  batch: 256,
  trainEvery: 50,
  firstTraining: 200,
  epochs: 50,
  gradientSteps: null,
  patience: 10,
  improvement: 0.01,
  holdOut: 0.1,
  holdOutLimit: 1000,
  threads: 2,
};

const count = (least: number) => z.number().int().min(least);
const d = ensembleDefaults;

export const ensembleOptions = z
  .strictObject({
    kind: z
      .enum(['probabilistic', 'deterministic'])
      .default(d.kind)
      .describe('fitted by likelihood or by squared error'),
    members: count(1).default(d.members).describe('networks'),
    elites: count(1).default(d.elites).describe('networks planned with: those of least hold-out error'),
    hidden: z
      .array(count(1))
      .min(1)
      .default([...d.hidden])
      .describe('widths of the hidden layers'),
    propagation: z
      .enum(['everyStep', 'fixedMember', 'mean'])
      .default(d.propagation)
      .describe('how uncertainty travels: TS1, TS-infinity or not at all'),
    particles: count(1)
      .default(d.particles)
      .describe('imagined copies of each candidate, a multiple of elites'),
    learningRate: z.number().positive().default(d.learningRate).describe("Adam's step"),
    weightDecay: z.number().min(0).default(d.weightDecay).describe('decoupled weight decay'),
    gradientLimit: z
      .number()
      .positive()
      .nullable()
      .default(d.gradientLimit)
      .describe('length that gradients are cut to; null for no limit'),
    batch: count(1).default(d.batch).describe('transitions a gradient step and member'),
    trainEvery: count(1).default(d.trainEvery).describe('environment steps between trainings'),
    firstTraining: count(2).default(d.firstTraining).describe('environment steps before the first training'),
    epochs: count(1).default(d.epochs).describe('passes over the data a training, at most'),
    gradientSteps: count(1)
      .nullable()
      .default(d.gradientSteps)
      .describe('gradient steps a training, at most; null for no limit'),
    patience: count(1)
      .default(d.patience)
      .describe('passes without a better hold-out error that end a training'),
    improvement: z
      .number()
      .min(0)
      .max(1)
      .default(d.improvement)
      .describe('share by which the error must fall to be better'),
    holdOut: z.number().min(0).max(0.9).default(d.holdOut).describe('share of the data held out'),
    holdOutLimit: count(1).default(d.holdOutLimit).describe('rows held out at most'),
    threads: count(1).default(d.threads).describe('threads inside one operation'),
  })
  .superRefine(({ members, elites, particles, propagation }, context) => {
    const refuse = (name: string, message: string, got: number) =>
      context.addIssue({ code: 'custom', path: [name], message, params: { got } });
    if (elites > members) refuse('elites', `at most as many as members (${members})`, elites);
    if (propagation !== 'mean' && particles % elites !== 0)
      refuse('particles', `a multiple of elites (${elites})`, particles);
  });
