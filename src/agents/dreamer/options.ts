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
  /**
   * Share of the actor's gradient that comes from taking more often what did well (REINFORCE); the rest comes through the
   * dream itself, rho.
   */
  readonly reinforce: number;
  /** Whether returns are divided by their range. */
  readonly scaleReturns: boolean;
  /** Policy over boxes: normal, cut at the bounds; normal, drawn within them alone; or normal pressed through tanh. */
  readonly policy: 'normal' | 'truncatedNormal' | 'tanhNormal';
  /** Standard deviation of noise on actions of a box in training, in halves of its width. */
  readonly explorationNoise: number;
  /** How the critic foresees returns: in bins, or as the mean of a normal distribution of deviation 1. */
  readonly critic: 'twoHot' | 'normal';
  /** Whether returns end in the slow critic's values. */
  readonly slowTarget: boolean;
  /** Updates between moves of the slow critic. */
  readonly slowEvery: number;
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
  /** LaProp with adaptive clipping, or Adam with clipping by global norm. */
  readonly optimiser: 'laprop' | 'adam';
  /** Of the world model. */
  readonly learningRate: number;
  /** Of the actor; null for the world model's. */
  readonly actorRate: number | null;
  /** Of the critic; null for the world model's. */
  readonly criticRate: number | null;
  /** Updates over which the learning rate rises from 0. */
  readonly warmup: number;
  /** Largest length of a gradient: of LaProp's a tensor's, in lengths of the tensor; of Adam's a whole network's. */
  readonly clip: number;
  /** Moments replayed for each decision. */
  readonly trainRatio: number;
  /** Decisions at random, before there are updates. */
  readonly firstSteps: number;
  /** Decisions over which metrics are averaged. */
  readonly reportEvery: number;
  /** Threads inside one operation. */
  readonly threads: number;
  /**
   * 0: acting waits for every update. 1: it goes on while another thread makes the update, which takes effect when the next
   * begins; the run is then another, but as exact.
   */
  readonly actors: number;
}

/** Hafner et al. 2023, "Hyperparameters"; sizes, the learning rate and the train ratio are for two cores. */
export const dreamerDefaults: Omit<DreamerOptions, 'model'> = {
  units: 64,
  layers: 2,
  bins: 63,
  batch: 16,
  length: 16,
  starts: 8,
  horizon: 15,
  gamma: 1 - 1 / 333,
  lambda: 0.95,
  reinforce: 1,
  scaleReturns: true,
  policy: 'normal',
  explorationNoise: 0,
  critic: 'twoHot',
  slowTarget: false,
  slowEvery: 1,
  entropy: 3e-4,
  unimix: 0.01,
  slowRate: 0.02,
  slowScale: 1,
  replayScale: 0.3,
  returnRate: 0.01,
  returnLimit: 1,
  optimiser: 'laprop',
  learningRate: 1e-3,
  actorRate: null,
  criticRate: null,
  warmup: 100,
  clip: 0.3,
  trainRatio: 128,
  firstSteps: 500,
  reportEvery: 250,
  threads: 1,
  actors: 0,
};

const d = dreamerDefaults;
const count = (value: number, least = 1) => z.number().int().min(least).default(value);
const positive = (value: number) => z.number().positive().default(value);
const share = (value: number) => z.number().min(0).max(1).default(value);
const rate = (value: number | null) => z.number().positive().nullable().default(value);
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
    reinforce: share(d.reinforce).describe(
      "share of the actor's gradient by REINFORCE, the rest through the dream",
    ),
    scaleReturns: z.boolean().default(d.scaleReturns).describe('whether returns are divided by their range'),
    policy: z
      .enum(['normal', 'truncatedNormal', 'tanhNormal'])
      .default(d.policy)
      .describe('policy over boxes'),
    explorationNoise: weight(d.explorationNoise).describe(
      "deviation of noise on a box's actions in training",
    ),
    critic: z.enum(['twoHot', 'normal']).default(d.critic).describe('how the critic foresees returns'),
    slowTarget: z.boolean().default(d.slowTarget).describe("whether returns end in the slow critic's values"),
    slowEvery: count(d.slowEvery).describe('updates between moves of the slow critic'),
    entropy: weight(d.entropy).describe('worth of a nat of entropy, in scaled returns'),
    unimix: share(d.unimix).describe('share of the uniform distribution in discrete policies'),
    slowRate: share(d.slowRate).describe('share the slow critic moves at each update'),
    slowScale: weight(d.slowScale).describe("weight of the critic's nearness to its slow copy"),
    replayScale: weight(d.replayScale).describe("weight of the critic's loss on replayed rewards"),
    returnRate: share(d.returnRate).describe('share the range of returns moves at each update'),
    returnLimit: positive(d.returnLimit).describe('returns are divided by their range, by no less than this'),
    optimiser: z
      .enum(['laprop', 'adam'])
      .default(d.optimiser)
      .describe('LaProp or Adam, each with its clipping'),
    learningRate: positive(d.learningRate).describe("the optimiser's step of the world model"),
    actorRate: rate(d.actorRate).describe("of the actor; null for the world model's"),
    criticRate: rate(d.criticRate).describe("of the critic; null for the world model's"),
    warmup: count(d.warmup).describe('updates over which the learning rate rises'),
    clip: positive(d.clip).describe('largest length of a gradient'),
    trainRatio: positive(d.trainRatio).describe('moments replayed for each decision'),
    firstSteps: count(d.firstSteps).describe('decisions at random, before there are updates'),
    reportEvery: count(d.reportEvery).describe('decisions over which metrics are averaged'),
    threads: count(d.threads).describe('threads inside one operation'),
    actors: z
      .number()
      .int()
      .min(0)
      .max(1)
      .default(d.actors)
      .describe('1: acting goes on while another thread learns; 0: they take turns'),
  })
  .refine(({ starts, length }) => starts <= length, {
    message: 'starts must be at most length',
    path: ['starts'],
  })
  .refine(({ firstSteps, length }) => firstSteps >= length, {
    message: 'firstSteps must be at least length, so that a sequence fits what was seen',
    path: ['firstSteps'],
  });
