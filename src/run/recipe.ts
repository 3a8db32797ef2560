/** Recipe: one reproducible result. World, agent, options, budget and the score to expect, in one object. */
import { z } from 'zod';
import type { Agent } from '../core/agent.ts';
import type { Environment } from '../core/environment.ts';
import { demand } from '../core/errors.ts';
import type { Awaitable } from '../core/model.ts';
import { checkOptions, optionsError } from '../core/options.ts';
import { mean } from '../math/statistics.ts';
import type { EvaluationEvent, KeptEvent } from './events.ts';
import type { Judge } from './judge.ts';
import { type Assignment, setOptions, typedOptions } from './options.ts';

/** How long a run is, in environment steps, and how often it is looked at. */
export interface Budget {
  readonly steps: number;
  /** Steps between evaluations; 0 for none. */
  readonly evaluateEvery: number;
  readonly evaluationEpisodes: number;
  /** Steps between checkpoints; there is one at the end in any case. */
  readonly checkpointEvery: number;
  /** Steps between agents that are kept as they are then, to be played with later. Default 0: none. */
  readonly keepEvery?: number;
}

/** The ends of the scale on which a score is read. */
export interface Scores {
  /** Mean return of random actions. */
  readonly random: number;
  /** Best known mean return. */
  readonly best: number;
  /** Where both come from. */
  readonly source: string;
}

/** What a run must show, measured on its events. */
export interface Expectation {
  /** What is measured, as "mean return of episodes 11-15". */
  readonly says: string;
  /** @param twin the events of the recipe's twin, run with the same seed, where it has one */
  measure(events: readonly KeptEvent[], twin?: readonly KeptEvent[]): number;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** A run to hold beside a recipe's own: the same world, agent, seed and budget, with some options set otherwise. */
export interface Twin {
  /** As "unconstrained". */
  readonly name: string;
  readonly assignments: readonly Assignment[];
}

/** What a recipe makes of its options. */
export interface Ingredients {
  readonly environment: Environment;
  readonly agent: Agent;
  /** Judges the agent in evaluations. Default: its mean return. */
  readonly judge?: Judge;
  /** Rows the replay keeps. Default: all. */
  readonly replayCapacity?: number;
}

export interface Recipe<T extends object = object> {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** Name of the world, as `forethought list envs` gives it. */
  readonly environment: string;
  /** Name of the agent, as `forethought list agents` gives it. */
  readonly agent: string;
  /** Each field described and with a default; may be nested. */
  readonly options: z.ZodType<T>;
  build(options: T, seed: number): Awaitable<Ingredients>;
  readonly budget: Budget;
  readonly scores: Scores;
  /** What `forethought verify` runs as well, for checks that compare. */
  readonly twin?: Twin;
  /** Options without which its scores would not be understood, by their paths: `forethought verify` tells them beside the scores. */
  readonly stated?: readonly string[];
  /** Each check must hold for each of the seeds 0 .. seeds - 1. */
  readonly expected: { readonly seeds: number; readonly checks: readonly Expectation[] };
  /** What CI runs: the same in small, with checks of its own. */
  readonly quick: {
    readonly budget?: Partial<Budget>;
    /** Laid over the defaults, group by group. */
    readonly options?: object;
    readonly checks: readonly Expectation[];
  };
  /** What each element of an observation is, the unit in brackets: "pole angle (rad)". */
  readonly observationNames?: readonly string[];
}

/** Checks nothing and changes nothing: lets TypeScript see what the options are. */
export function recipe<T extends object>(definition: Recipe<T>): Recipe<T> {
  return definition;
}

/** A recipe with everything resolved. */
export interface Order {
  readonly recipe: Recipe;
  readonly seed: number;
  readonly budget: Budget;
  readonly options: object;
}

const budgetSchema = (budget: Budget) =>
  z.strictObject({
    steps: z.number().int().min(1).default(budget.steps).describe('environment steps of training'),
    evaluateEvery: z
      .number()
      .int()
      .min(0)
      .default(budget.evaluateEvery)
      .describe('environment steps between evaluations; 0 for none'),
    evaluationEpisodes: z
      .number()
      .int()
      .min(1)
      .default(budget.evaluationEpisodes)
      .describe('episodes of an evaluation'),
    checkpointEvery: z
      .number()
      .int()
      .min(1)
      .default(budget.checkpointEvery)
      .describe('environment steps between checkpoints'),
    keepEvery: z
      .number()
      .int()
      .min(0)
      .default(budget.keepEvery ?? 0)
      .describe('environment steps between agents that are kept to be played with later; 0 for none'),
  });

const BUDGET = 'budget';

/** Everything that can be set in a recipe: its own options, and its budget under `budget`. */
export function settings(recipe: Recipe, quick = false): z.ZodType<object> {
  const budget = budgetSchema({ ...recipe.budget, ...(quick && recipe.quick.budget) });
  const { shape } = recipe.options as unknown as z.ZodObject;
  demand(
    shape !== undefined && !(BUDGET in shape),
    () => `recipe ${recipe.name}: options must be a zod object without a field "${BUDGET}".`,
  );
  return z.strictObject({ ...shape, [BUDGET]: budget.prefault({}) });
}

export interface OrderRequest {
  readonly seed: number;
  readonly quick?: boolean;
  /** Options as typed, the budget's under `budget`. */
  readonly assignments?: readonly Assignment[];
  /** What else could have been meant by an unknown option. */
  readonly otherNames?: readonly string[];
}

/**
 * Fills in all that was not given.
 * @throws InputError listing every problem with them
 */
export function order(
  recipe: Recipe,
  { seed, quick = false, assignments = [], otherNames = [] }: OrderRequest,
): Order {
  demand(Number.isSafeInteger(seed), () => `${recipe.name}: seed must be an integer, got ${seed}.`);
  const result = setOptions(
    settings(recipe, quick),
    (quick && recipe.quick.options) || {},
    assignments,
    otherNames,
  );
  if ('problems' in result) throw optionsError(recipe.name, result.problems);
  const { [BUDGET]: budget, ...options } = result.value as { budget: Budget };
  return { recipe, seed, budget, options };
}

/** Builds what an order asks for. */
export async function build({ recipe, seed, options }: Order): Promise<Ingredients> {
  return recipe.build(checkOptions(recipe.name, recipe.options, options), seed);
}

/** How a run of an order is evaluated; undefined where it only trains. */
export function evaluationOf(
  { judge }: Ingredients,
  { evaluateEvery, evaluationEpisodes }: Budget,
): { every: number; episodes: number; judge?: Judge } | undefined {
  if (evaluateEvery === 0) return undefined;
  return { every: evaluateEvery, episodes: evaluationEpisodes, ...(judge && { judge }) };
}

/** What to type to run an order. */
export function commandOf({ recipe, seed, budget, options }: Order): string {
  const { steps, ...rest } = budget;
  const given: Assignment[] = [
    ['seed', `${seed}`],
    ...(steps === recipe.budget.steps ? [] : [['steps', `${steps}`] as const]),
    ...typedOptions(settings(recipe), { ...options, [BUDGET]: { ...rest, steps: recipe.budget.steps } }),
  ];
  return `npx forethought train ${recipe.name} ${given.map(([path, text]) => `--${path} ${quoted(text)}`).join(' ')}`;
}

/** Whether a measured value is what was expected. NaN never is. */
export function holds({ atLeast, atMost }: Expectation, value: number): boolean {
  return (
    !Number.isNaN(value) &&
    (atLeast === undefined || value >= atLeast) &&
    (atMost === undefined || value <= atMost)
  );
}

/** As "mean return of episodes 11-15 >= -200". */
export function describeExpectation({ says, atLeast, atMost }: Expectation): string {
  const bounds = [atLeast !== undefined && `>= ${atLeast}`, atMost !== undefined && `<= ${atMost}`];
  return `${says} ${bounds.filter(Boolean).join(' and ')}`.trimEnd();
}

/** Mean return of training episodes, counted from 1, both ends included; NaN where one of them was not played. */
export function meanReturn(first: number, last: number): Pick<Expectation, 'says' | 'measure'> {
  return {
    says: first === last ? `return of episode ${first}` : `mean return of episodes ${first}-${last}`,
    measure: (events) => {
      const played = episodesOf(events).filter(({ episode }) => episode >= first && episode <= last);
      return played.length === last - first + 1 ? mean(played.map((event) => event.return)) : Number.NaN;
    },
  };
}

/** Mean return of the last training episodes; NaN where there were fewer. */
export function meanReturnOfLast(episodes: number): Pick<Expectation, 'says' | 'measure'> {
  return {
    says: `mean return of the last ${episodes} episodes`,
    measure: (events) => {
      const played = episodesOf(events).slice(-episodes);
      return played.length === episodes ? mean(played.map((event) => event.return)) : Number.NaN;
    },
  };
}

/** Highest return of the training episodes up to one, counted from 1; NaN where none was played. */
export function bestReturnBy(last: number): Pick<Expectation, 'says' | 'measure'> {
  return {
    says: `best return by episode ${last}`,
    measure: (events) => {
      const returns = episodesOf(events).flatMap((event) => (event.episode <= last ? [event.return] : []));
      return returns.length > 0 ? Math.max(...returns) : Number.NaN;
    },
  };
}

/** Highest mean of an evaluation: whether a score was reached within the budget; NaN where there was none. */
export const bestEvaluation: Pick<Expectation, 'says' | 'measure'> = {
  says: 'highest mean return of an evaluation',
  measure: (events) => {
    const means = events.flatMap((event) => (event.type === 'evaluation' ? [event.mean] : []));
    return means.length > 0 ? Math.max(...means) : Number.NaN;
  },
};

function lastEvaluation(events: readonly KeptEvent[]): EvaluationEvent | undefined {
  return events.filter((event) => event.type === 'evaluation').at(-1);
}

/** Mean of the last evaluation; NaN where there was none. */
export const finalEvaluation: Pick<Expectation, 'says' | 'measure'> = {
  says: 'mean return of the final evaluation',
  measure: (events) => lastEvaluation(events)?.mean ?? Number.NaN,
};

/** Games lost in the last evaluation, where a judge counted them; NaN where there was none. */
export const finalLosses: Pick<Expectation, 'says' | 'measure'> = {
  says: 'games lost in the final evaluation',
  measure: (events) => lastEvaluation(events)?.losses ?? Number.NaN,
};

/** Games won in the last evaluation, in percent; NaN where no judge counted them. */
export const finalWins: Pick<Expectation, 'says' | 'measure'> = {
  says: 'games won in the final evaluation, in %',
  measure: (events) => {
    const last = lastEvaluation(events);
    return last?.wins === undefined ? Number.NaN : (100 * last.wins) / last.episodes;
  },
};

/** {@link finalWins} of the games that the agent began, or of those that its opponent did. */
export function finalWinsWhere(seat: 'begun' | 'answered'): Pick<Expectation, 'says' | 'measure'> {
  return {
    says: `games won in the final evaluation as ${seat === 'begun' ? 'first' : 'second'} player, in %`,
    measure: (events) => {
      const tally = lastEvaluation(events)?.[seat];
      return tally ? (100 * tally.wins) / (tally.wins + tally.draws + tally.losses) : Number.NaN;
    },
  };
}

/**
 * Violations in all of training, in percent of the twin's; NaN where either was not counted. Where the twin has none
 * there is nothing to save, and one more is infinitely many.
 */
export const violationsOfTwin: Pick<Expectation, 'says' | 'measure'> = {
  says: "violations during training, in % of the twin's",
  measure: (events, twin = []) => {
    const [own, other] = [violationsOf(events), violationsOf(twin)];
    return own === 0 && other === 0 ? 100 : (100 * own) / other;
  },
};

/** How far the final evaluation comes on the way from random play to the twin's, in percent. */
export function returnOfTwin({ random }: Pick<Scores, 'random'>): Pick<Expectation, 'says' | 'measure'> {
  return {
    says: "final evaluation, in % of the way from random play to the twin's",
    measure: (events, twin = []) =>
      (100 * (finalEvaluation.measure(events) - random)) / (finalEvaluation.measure(twin) - random),
  };
}

/** A figure of the twin's alone, so that it is told beside the run's own. */
export function ofTwin(
  name: string,
  { says, measure }: Pick<Expectation, 'says' | 'measure'>,
): Pick<Expectation, 'says' | 'measure'> {
  return { says: `${says}, ${name}`, measure: (_events, twin = []) => measure(twin) };
}

/** Violations in all of training; NaN where the world reports no costs or the run did not end. */
export const trainingViolations: Pick<Expectation, 'says' | 'measure'> = {
  says: 'violations during training',
  measure: (events) => violationsOf(events),
};

function violationsOf(events: readonly KeptEvent[]): number {
  return events.filter((event) => event.type === 'done').at(-1)?.violations ?? Number.NaN;
}

function episodesOf(events: readonly KeptEvent[]) {
  return events.filter((event) => event.type === 'episode');
}

function quoted(text: string): string {
  return /^[\w.,:+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
