/** What can be chosen about Dreamer. */
import { z } from 'zod';
import { type RssmOptions, rssmOptions } from '../../models/rssm/index.ts';

export interface DreamerOptions {
  /** Of the world model. */
  readonly model: RssmOptions;
  /** Width of layers in actor and critic. */
  readonly units: number;
  /** Hidden layers of actor and critic. */
  readonly layers: number;
  /** Bins of the critic. */
  readonly bins: number;
  /** Sequences in an update, B. */
  readonly batch: number;
  /** Moments in a sequence, T. */
  readonly length: number;
  /** Moments of each sequence, its last ones, that dreams begin at, K; earlier ones only warm the state up. */
  readonly starts: number;
  /** Steps imagined from each of them, H. */
  readonly horizon: number;
  /** What a step's delay takes off a reward, gamma: on top of the world's own discounts. */
  readonly gamma: number;
  /** Share of a return that goes on past each step, lambda. */
  readonly lambda: number;
  /** What a nat of entropy is worth in scaled returns, eta. */
  readonly entropy: number;
  /** Share of the uniform distribution in discrete policies. */
  readonly unimix: number;
  /** Share of the way that the slow critic moves at each update. */
  readonly slowRate: number;
  /** Weight of the critic's nearness to its slow copy. */
  readonly slowScale: number;
  /** Weight of the critic's loss on replayed rewards. */
  readonly replayScale: number;
  /** Share of the way that the range of returns moves at each update. */
  readonly returnRate: number;
  /** Returns are divided by their range, but by no less than this. */
  readonly returnLimit: number;
  /** Of LaProp, for all networks. */
  readonly learningRate: number;
  /** Updates over which the learning rate rises from 0. */
  readonly warmup: number;
  /** Largest length of a tensor's gradient, in lengths of the tensor. */
  readonly clip: number;
  /** Moments replayed for each environment step. */
  readonly trainRatio: number;
  /** Environment steps with random actions, before there are updates. */
  readonly firstSteps: number;
  /** Environment steps over which metrics are averaged. */
  readonly reportEvery: number;
  /** Threads inside one operation. */
  readonly threads: number;
}

/** Hafner et al. 2023, table 4; sizes, the learning rate and the train ratio are for two cores. */
export const dreamerDefaults: Omit<DreamerOptions, 'model'> = {
  units: 128,
  layers: 2,
  bins: 255,
  batch: 16,
  length: 32,
  starts: 16,
  horizon: 15,
  gamma: 1 - 1 / 333,
  lambda: 0.95,
  entropy: 3e-4,
  unimix: 0.01,
  slowRate: 0.02,
  slowScale: 1,
  replayScale: 0.3,
  returnRate: 0.01,
  returnLimit: 1,
  learningRate: 3e-4,
  warmup: 100,
  clip: 0.3,
  trainRatio: 128,
  firstSteps: 500,
  reportEvery: 250,
  threads: 1,
};

const d = dreamerDefaults;
const count = (value: number, least = 1) => z.number().int().min(least).default(value);
const positive = (value: number) => z.number().positive().default(value);
const share = (value: number) => z.number().min(0).max(1).default(value);
const weight = (value: number) => z.number().min(0).default(value);

export const dreamerOptions = z
  .strictObject({
    model: rssmOptions.prefault({}).describe('of the world model'),
    units: count(d.units).describe('width of layers in actor and critic'),
    layers: count(d.layers).describe('hidden layers of actor and critic'),
    bins: count(d.bins, 2).describe('bins of the critic'),
    batch: count(d.batch).describe('sequences an update'),
    length: count(d.length, 2).describe('moments a sequence'),
    starts: count(d.starts, 2).describe('last moments of each sequence, at which dreams begin'),
    horizon: count(d.horizon).describe('steps imagined from each of them'),
    gamma: share(d.gamma).describe('discount of a step'),
    lambda: share(d.lambda).describe('share of a return that goes on past each step'),
    entropy: weight(d.entropy).describe('worth of a nat of entropy, in scaled returns'),
    unimix: share(d.unimix).describe('share of the uniform distribution in discrete policies'),
    slowRate: share(d.slowRate).describe('share the slow critic moves at each update'),
    slowScale: weight(d.slowScale).describe("weight of the critic's nearness to its slow copy"),
    replayScale: weight(d.replayScale).describe("weight of the critic's loss on replayed rewards"),
    returnRate: share(d.returnRate).describe('share the range of returns moves at each update'),
    returnLimit: positive(d.returnLimit).describe('returns are divided by their range, by no less than this'),
    learningRate: positive(d.learningRate).describe("LaProp's step"),
    warmup: count(d.warmup).describe('updates over which the learning rate rises'),
    clip: positive(d.clip).describe("largest length of a tensor's gradient, in lengths of the tensor"),
    trainRatio: positive(d.trainRatio).describe('moments replayed for each environment step'),
    firstSteps: count(d.firstSteps).describe('environment steps with random actions'),
    reportEvery: count(d.reportEvery).describe('environment steps over which metrics are averaged'),
    threads: count(d.threads).describe('threads inside one operation'),
  })
  .refine(({ starts, length }) => starts <= length, {
    message: 'starts must be at most length',
    path: ['starts'],
  })
  .refine(({ firstSteps, length }) => firstSteps >= length, {
    message: 'firstSteps must be at least length, so that a sequence fits what was seen',
    path: ['firstSteps'],
  });
