/** What can be set in AlphaZero, and what it is where it is not. */
import { z } from 'zod';
import { type GumbelOptions, gumbelOptions, type PuctOptions, puctOptions } from '../../planners/index.ts';
import { type PolicyValueOptions, policyValueOptions } from './network.ts';

export interface SelfPlayOptions {
  /**
   * `puct`: moves are drawn by visits (AlphaZero). `gumbel`: moves are those of Gumbel search, whose dice explore, and the
   * policy learned from is its improved one (Danihelka 2022): good with few simulations.
   */
  readonly planner: 'puct' | 'gumbel';
  /** Games that go on side by side. */
  readonly games: number;
  /** Boards in one call of the network: so many searches go on at a time in each thread. */
  readonly boards: number;
  /** Threads that search, this one among them. What comes out is the same for any number. */
  readonly workers: number;
  /** Share of moves that are searched in full and learned from; the others are played fast (playout-cap randomisation). */
  readonly fullShare: number;
  /** Simulations of a fast move. */
  readonly fastSimulations: number;
  /** With PUCT: moves of a game that are drawn in proportion to visits^(1 / temperature). */
  readonly temperatureMoves: number;
  readonly temperature: number;
  /** The temperature of later moves; 0 plays the most visited. */
  readonly lateTemperature: number;
  /** Moves at a game's beginning that are random, for variety: each game draws how many, up to this. */
  readonly randomMoves: number;
}

export interface TrainingOptions {
  /** Positions the window keeps: the newest. */
  readonly window: number;
  /** Positions it holds before learning begins. */
  readonly firstPositions: number;
  readonly batch: number;
  /** How often each position is learned from on average: updates follow from it. */
  readonly samplesPerPosition: number;
  readonly learningRate: number;
  /** Updates over which the learning rate rises from 0. */
  readonly warmup: number;
  readonly weightDecay: number;
  /**
   * How fast the weights that play follow those that learn: an exponential average, which is stronger than the newest.
   * 1: they are the newest.
   */
  readonly averageRate: number;
  /** Weight of the value's squared error beside the policy's cross-entropy. */
  readonly valueWeight: number;
  /** Share of the search's value in the value target; the rest is the game's outcome. */
  readonly searchValueShare: number;
  /** Updates after which self-play takes the new network, from the round after the next on. */
  readonly refreshEvery: number;
  /** Whether positions are learned from under the game's symmetries. */
  readonly symmetries: boolean;
  /** Threads of a learning step. */
  readonly threads: number;
}

export interface AlphaZeroOptions {
  readonly network: PolicyValueOptions;
  /** The search in play; in self-play too where its planner is `puct`, full moves. */
  readonly search: PuctOptions;
  /** The search in self-play where its planner is `gumbel`, full moves. */
  readonly gumbel: GumbelOptions;
  /** Simulations a decision in evaluation and play, without noise. */
  readonly evaluationSimulations: number;
  /**
   * Positions whose evaluation each thread remembers, 0 for none: in self-play until the network changes, in play for one
   * decision. Self-play comes out the same, sooner. Only games with a codec gain.
   */
  readonly remembered: number;
  readonly selfPlay: SelfPlayOptions;
  readonly training: TrainingOptions;
}

const count = (least = 1) => z.number().int().min(least);
const share = () => z.number().min(0).max(1);

export const selfPlayOptions = z.strictObject({
  planner: z.enum(['puct', 'gumbel']).default('puct').describe('how self-play searches'),
  games: count().default(128).describe('games side by side'),
  boards: count().default(64).describe('boards in a call of the network'),
  workers: count().max(256).default(1).describe('threads that search'),
  fullShare: z.number().gt(0).max(1).default(1).describe('share of moves searched in full and learned from'),
  fastSimulations: count().default(20).describe('simulations of the other moves'),
  temperatureMoves: count(0).default(10).describe('moves drawn at `temperature`'),
  temperature: z.number().gt(0).default(1).describe('how evenly early moves are drawn'),
  lateTemperature: z
    .number()
    .min(0)
    .default(0.25)
    .describe('the same for later moves, 0 for the most visited'),
  randomMoves: count(0).default(0).describe('random moves at the beginning, at most'),
}) satisfies z.ZodType<SelfPlayOptions>;

export const trainingOptions = z.strictObject({
  window: count().default(40_000).describe('positions kept'),
  firstPositions: count().default(2000).describe('positions before learning begins'),
  batch: count().default(128).describe('positions in a learning step'),
  samplesPerPosition: z.number().gt(0).default(4).describe('how often a position is learned from'),
  learningRate: z.number().gt(0).default(2e-3).describe('step size of Adam'),
  warmup: count().default(100).describe('updates over which the step size rises'),
  weightDecay: z.number().min(0).default(1e-2).describe('decay of weights, relative to the step size'),
  averageRate: z.number().gt(0).max(1).default(1).describe('how fast weights that play follow'),
  valueWeight: z.number().gt(0).default(1).describe("weight of the value's loss"),
  searchValueShare: share().default(0).describe("share of the search's value in the value target"),
  refreshEvery: count().default(50).describe('updates before self-play takes the new network'),
  symmetries: z.boolean().default(true).describe("learn under the game's symmetries"),
  threads: count().default(1).describe('threads of a learning step'),
}) satisfies z.ZodType<TrainingOptions>;

/** The search of self-play. */
export const alphaZeroSearchOptions = puctOptions.extend({
  simulations: count().default(100).describe('simulations of a full move'),
  noise: share().default(0.25).describe("share of noise in the root's policy"),
}) satisfies z.ZodType<PuctOptions>;

/** Gumbel search in self-play. */
export const alphaZeroGumbelOptions = gumbelOptions.extend({
  noise: z.number().min(0).default(1).describe('1 draws moves, 0 takes the most promising'),
}) satisfies z.ZodType<GumbelOptions>;

export const alphaZeroOptions = z.strictObject({
  network: policyValueOptions.prefault({}),
  search: alphaZeroSearchOptions.prefault({}),
  gumbel: alphaZeroGumbelOptions.prefault({}),
  evaluationSimulations: count().default(200).describe('simulations a decision in evaluation'),
  remembered: count(0).default(65_536).describe('positions whose evaluation a thread remembers'),
  selfPlay: selfPlayOptions.prefault({}),
  training: trainingOptions.prefault({}),
}) satisfies z.ZodType<AlphaZeroOptions>;

/** Small enough for two cores and small boards. */
export const alphaZeroDefaults: AlphaZeroOptions = alphaZeroOptions.parse({});
