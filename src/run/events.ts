/** What a run tells while it goes on. All steps are environment steps: decisions times action repeat. */
import type { Candidate, Effort, Metrics } from '../core/agent.ts';
import type { Picture } from '../core/picture.ts';
import type { Saved } from '../core/saved.ts';
import type { Dream } from './dream.ts';
import type { Tally } from './match.ts';

/** How well an episode kept what its world forbids; absent where the world reports no costs. */
export interface Breaches {
  /** Sum of costs; of several episodes, the mean of their sums. */
  readonly cost?: number;
  /** Decisions with a cost above 0; of several episodes, the mean of their numbers. */
  readonly violations?: number;
}

/** A training episode ended. */
export interface EpisodeEvent extends Breaches {
  readonly type: 'episode';
  readonly step: number;
  /** Counted from 1. */
  readonly episode: number;
  readonly return: number;
  /** Environment steps. */
  readonly length: number;
  /** Whether the world ended it; false where it was cut off. */
  readonly terminated: boolean;
}

/** The agent was evaluated on episodes of its own, which it does not learn from. */
export interface EvaluationEvent extends Breaches {
  readonly type: 'evaluation';
  readonly step: number;
  readonly mean: number;
  /** 95 % interval of the mean, Student's t; null after a single episode, which has no spread. */
  readonly low: number | null;
  readonly high: number | null;
  readonly episodes: number;
  /** Of the episodes, where a judge counted them: games won, drawn and lost. */
  readonly wins?: number;
  readonly draws?: number;
  readonly losses?: number;
  /** The same of the games that the agent began, and of those that its opponent did, where these are told apart. */
  readonly begun?: Tally;
  readonly answered?: Tally;
  /** Root mean square error of the model's predictions 1 .. H steps ahead, over all elements of an observation scaled by their spread. */
  readonly modelError?: readonly number[];
}

/** The agent learned. `metrics` by name, as `model/loss`. */
export interface LearnEvent {
  readonly type: 'learn';
  readonly step: number;
  readonly metrics: Metrics;
}

/** The run ended. */
export interface DoneEvent {
  readonly type: 'done';
  readonly step: number;
  /** Decisions with a cost above 0 in all of training, an unfinished episode included; where the world reports costs. */
  readonly violations?: number;
}

/** One decision was carried out in training, or one round of what an agent collects by itself; comes after all else that belongs to the step. Not kept. */
export interface StepEvent {
  readonly type: 'step';
  readonly step: number;
  /** Environment steps since the one before: several where decisions are held, or games go on side by side. */
  readonly taken: number;
  readonly reward: number;
  /** Where the world reports costs. */
  readonly cost?: number;
  /** Everything needed to go on from here. Holds good until the next step begins, also while evaluation goes on. */
  save(): Checkpoint;
}

/** One decision was carried out in evaluation, or one in each of many games. For progress lines; not kept. */
export interface EvaluatingEvent {
  readonly type: 'evaluating';
  readonly step: number;
  /** Counted from 1, of `episodes`; of games side by side, the next to end. */
  readonly episode: number;
  readonly episodes: number;
}

/** A checkpoint was written. When it is does not change the run. Not kept. */
export interface CheckpointEvent {
  readonly type: 'checkpoint';
  readonly step: number;
}

/** A program begins to be compiled, or is ready: seconds for a training step, the first time. Not kept. */
export interface CompilationEvent {
  readonly type: 'compilation';
  readonly step: number;
  readonly program: string;
  /** How long it took; absent where it only begins. */
  readonly milliseconds?: number;
}

/** Something went wrong and was made good. Not kept. */
export interface WarningEvent {
  readonly type: 'warning';
  readonly step: number;
  readonly message: string;
}

/** The last evaluation episode, to be drawn. Not kept among the events. */
export interface RecordingEvent {
  readonly type: 'recording';
  readonly step: number;
  readonly recording: Recording;
}

export interface Recording {
  readonly observations: readonly Float32Array[]; // [T + 1]
  readonly actions: readonly (number | Float32Array)[]; // [T]
  readonly rewards: readonly number[]; // [T]
  /** What the planner expected at each decision: observations from now on. [T][H + 1] */
  readonly imagined: readonly (readonly Float32Array[] | undefined)[];
  /** The world drawn at each moment, where it can be. [T + 1] */
  readonly pictures?: readonly Picture[];
  /** The imagined observations drawn, where they can be. [T][H + 1] */
  readonly imaginedPictures?: readonly (readonly Picture[] | undefined)[];
  /** Where the imagined pictures have the point that moves most, world units. [T][H + 1] */
  readonly paths?: readonly (Path | undefined)[];
  /** What each decision's plan was expected to return, and what it asked of the model. [T] */
  readonly plans?: readonly ((Effort & { readonly value?: number }) | undefined)[];
  /** Some of what else the planner weighed, at some decisions. [T] */
  readonly fans?: readonly (Fan | undefined)[];
  /** The beginning of the episode dreamt, where the agent has learned a model that shows what it imagines. */
  readonly dream?: DreamRecording;
}

/** A dream to be drawn: of the first, what can be. */
export interface DreamRecording extends Omit<Dream, 'truth'> {
  /** What an observation is made of, one part after another. */
  readonly parts: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly offset: number;
  }[];
  readonly truth: Omit<Dream['truth'], 'states'>;
  /** The world as it was and as it was dreamt, or made of what was shown. [M] */
  readonly pictures?: { readonly truth: readonly Picture[]; readonly dream: readonly Picture[] };
}

/** A point of the picture step by step; undefined where a picture has no such point. */
export type Path = readonly (readonly [x: number, y: number] | undefined)[];

/** Candidates of one decision, from the best to the worst, and their paths where the world can be drawn. */
export type Fan = readonly (Candidate & { readonly path?: Path })[];

/** A run between two steps. */
export interface Checkpoint {
  /** Environment steps made. */
  readonly step: number;
  readonly agent: Saved;
  readonly replay: Saved;
  /** The world, the agent's carry, the random streams and the counters. */
  readonly run: Saved;
}

export type RunEvent =
  | EpisodeEvent
  | EvaluationEvent
  | LearnEvent
  | DoneEvent
  | StepEvent
  | EvaluatingEvent
  | CheckpointEvent
  | CompilationEvent
  | WarningEvent
  | RecordingEvent;

/** The events that are kept in events.jsonl: the same bytes whenever the same run is repeated or resumed. */
export type KeptEvent = EpisodeEvent | EvaluationEvent | LearnEvent | DoneEvent;

const KEPT: readonly RunEvent['type'][] = ['episode', 'evaluation', 'learn', 'done'];

/** Takes events: a terminal, a file, a page. */
export type Sink = (event: RunEvent) => void;

export function isKept(event: RunEvent): event is KeptEvent {
  return KEPT.includes(event.type);
}
