/** What can be chosen about soft actor-critic. */
import { z } from 'zod';

export interface SacOptions {
  /** Widths of the hidden layers, of policy and critics alike. */
  readonly hidden: readonly number[];
  readonly policyRate: number;
  readonly criticRate: number;
  readonly temperatureRate: number;
  /** What a step's delay takes off a reward, gamma: on top of the world's own discounts. */
  readonly gamma: number;
  /** Share of the way that the slow critics move at each update, tau. */
  readonly tau: number;
  /** Transitions in an update, B. */
  readonly batch: number;
  /** Updates for each environment step; may be a fraction. */
  readonly updatesPerStep: number;
  /** Environment steps between the moments at which all updates due are made. */
  readonly updateEvery: number;
  /** Environment steps with random actions, before there are updates. */
  readonly firstSteps: number;
  /** Nats that the policy's entropy is held at, of actions scaled to [-1, 1]; null for minus their count. */
  readonly targetEntropy: number | null;
  /** At first: what a nat of entropy is worth in rewards, alpha. */
  readonly temperature: number;
  /** Environment steps over which metrics are averaged. */
  readonly reportEvery: number;
  /** Threads inside one operation. */
  readonly threads: number;
}

/** Haarnoja et al. 2018b, appendix D, table 1. */
export const sacDefaults: SacOptions = {
  hidden: [256, 256],
  policyRate: 3e-4,
  criticRate: 3e-4,
  temperatureRate: 3e-4,
  gamma: 0.99,
  tau: 0.005,
  batch: 256,
  updatesPerStep: 1,
  updateEvery: 1,
  firstSteps: 1000,
  targetEntropy: null,
  temperature: 1,
  reportEvery: 250,
  threads: 1,
};

const count = (least: number) => z.number().int().min(least);
const rate = (value: number) => z.number().positive().default(value);
const d = sacDefaults;

export const sacOptions = z.strictObject({
  hidden: z
    .array(count(1))
    .min(1)
    .default([...d.hidden])
    .describe('widths of the hidden layers'),
  policyRate: rate(d.policyRate).describe("Adam's step of the policy"),
  criticRate: rate(d.criticRate).describe("Adam's step of the critics"),
  temperatureRate: rate(d.temperatureRate).describe("Adam's step of the log temperature"),
  gamma: z.number().min(0).max(1).default(d.gamma).describe('discount of a step'),
  tau: z.number().positive().max(1).default(d.tau).describe('share the slow critics move at each update'),
  batch: count(1).default(d.batch).describe('transitions an update'),
  updatesPerStep: z
    .number()
    .positive()
    .default(d.updatesPerStep)
    .describe('updates an environment step, may be a fraction'),
  updateEvery: count(1).default(d.updateEvery).describe('environment steps between bouts of updates'),
  firstSteps: count(1).default(d.firstSteps).describe('environment steps with random actions'),
  targetEntropy: z
    .number()
    .nullable()
    .default(d.targetEntropy)
    .describe("nats the policy's entropy is held at; null for minus the count of an action's numbers"),
  temperature: z.number().positive().default(d.temperature).describe('worth of a nat of entropy, at first'),
  reportEvery: count(1).default(d.reportEvery).describe('environment steps over which metrics are averaged'),
  threads: count(1).default(d.threads).describe('threads inside one operation'),
});
