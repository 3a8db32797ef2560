/** train: carries out an order in a folder, from its beginning or from where it stopped. */
import { setImmediate } from 'node:timers/promises';
import { NumericalError } from '../../core/errors.ts';
import { watchCompiling } from '../../engine/index.ts';
import { isKept, type Recording, type Sink, type StepEvent } from '../events.ts';
import { build, commandOf, evaluationOf, type Order } from '../recipe.ts';
import { MemoryReplay } from '../replay.ts';
import { renderReport } from '../report/index.ts';
import { reaches, run } from '../run.ts';
import { timed } from '../timed.ts';
import { VERSION } from '../version.ts';
import type { RunFolder, RunRecord, Told } from './folder.ts';

export interface TrainOptions {
  readonly order: Order;
  /** The run's folder, as `RunFolder.create` or `RunFolder.resume` gave it; closed in the end. */
  readonly folder: RunFolder;
  /** Also takes events; the folder does in any case. */
  readonly sinks?: readonly Sink[];
  /** Stops the run at the next chance, after a checkpoint. */
  readonly signal?: AbortSignal;
  /** Takes how long each decision took, in ms. */
  readonly times?: number[];
}

/** How long others may have to wait for the thread, in ms: signals, timers. */
const BREATH_MS = 50;

/**
 * Trains to the end, or until it is told to stop. Events, checkpoints and the report go to the folder.
 * @returns the step reached, and whether that is the end
 * @throws NumericalError where a number went NaN or infinite; the last good checkpoint stays
 */
export async function train(options: TrainOptions): Promise<{ step: number; finished: boolean }> {
  const { order, folder, sinks = [], signal, times } = options;
  let saved = folder.checkpoint?.step;
  // what follows the step, as an evaluation, is told again by a run that goes on from here
  let last: { readonly event: StepEvent; readonly told: Told } | undefined;
  const reached = () => last?.event.step ?? saved ?? 0;
  const tell: Sink = (event) => {
    for (const sink of sinks) sink(event);
  };
  const unwatch = watchCompiling((event) => {
    const step = reached();
    if (event.type === 'trouble') tell({ type: 'warning', step, message: event.message });
    else {
      const { name: program, ...rest } = event;
      tell({ ...rest, type: 'compilation', step, program });
    }
  });
  try {
    const ingredients = await build(order);
    const { environment, replayCapacity } = ingredients;
    const agent = times ? timed(ingredients.agent, times) : ingredients.agent;
    const { steps, checkpointEvery, keepEvery = 0 } = order.budget;
    const events = run({
      environment,
      agent,
      seed: order.seed,
      steps,
      evaluation: evaluationOf(ingredients, order.budget),
      replay: new MemoryReplay({ ...environment, capacity: replayCapacity }),
      restore: folder.checkpoint,
    });
    const save = () => {
      if (!last || last.event.step === saved) return;
      folder.saveCheckpoint(last.event.save(), last.told);
      saved = last.event.step;
      tell({ type: 'checkpoint', step: saved });
    };
    let recording: Recording | undefined;
    let finished = false;
    let breath = performance.now();
    for await (const event of events) {
      if (isKept(event)) folder.append(event);
      tell(event);
      if (event.type === 'step') {
        last = { event, told: folder.told };
        const due = reaches(event.step, checkpointEvery, event.taken) || event.step >= steps;
        if (due) save();
        if (keepEvery > 0 && reaches(event.step, keepEvery, event.taken)) {
          // rounds of games need not end at a multiple
          const step = Math.floor(event.step / keepEvery) * keepEvery;
          folder.keepEarlier(step, agent.acting?.save() ?? agent.save());
        }
      }
      if (event.type === 'recording') ({ recording } = event);
      finished = event.type === 'done';
      if (event.type === 'recording' || finished) folder.writeReport(reportOf(order, folder, recording));
      if (performance.now() - breath > BREATH_MS) {
        await setImmediate();
        breath = performance.now();
      }
      // an episode's end and learning belong to a step that is not over
      const amidStep = event.type === 'episode' || event.type === 'learn';
      if (signal?.aborted && !amidStep && !finished) {
        save();
        break;
      }
    }
    return { step: reached(), finished };
  } catch (error) {
    if (!(error instanceof NumericalError)) throw error;
    const kept =
      saved === undefined ? 'There is no checkpoint yet' : `The checkpoint of step ${saved} is kept`;
    throw new NumericalError(`${error.message} ${kept} in ${folder.path}.`, { cause: error });
  } finally {
    unwatch();
    folder.close();
  }
}

/** What `recipe.json` says of an order. */
export function recordOf({ recipe, seed, budget, options }: Order): RunRecord {
  return {
    forethought: VERSION,
    recipe: recipe.name,
    seed,
    environment: recipe.environment,
    agent: recipe.agent,
    budget: { ...budget, keepEvery: budget.keepEvery ?? 0 },
    options: { ...options },
  };
}

function reportOf(order: Order, folder: RunFolder, recording: Recording | undefined): string {
  const { recipe, seed, options, budget } = order;
  return renderReport({
    recipe: {
      name: recipe.name,
      summary: recipe.summary,
      world: recipe.environment,
      agent: recipe.agent,
      seed,
      version: VERSION,
      options: { ...options, budget },
      command: commandOf(order),
    },
    scores: recipe.scores,
    events: folder.readEvents(),
    recording,
    observationNames: recipe.observationNames,
  });
}
