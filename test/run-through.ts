/** Runs of agents in tests: what they told, and how they could go on. */
import type { Space } from '../src/core/spaces.ts';
import type { Checkpoint, EvaluationEvent, RunEvent } from '../src/run/events.ts';
import { type RunOptions, run } from '../src/run/run.ts';

/** Runs to the end. `last` is the checkpoint of the last step. */
export async function runThrough<S, A extends Space>(
  options: RunOptions<S, A>,
): Promise<{ events: RunEvent[]; last: Checkpoint }> {
  const events: RunEvent[] = [];
  let last: Checkpoint | undefined;
  for await (const event of run(options)) {
    events.push(event);
    if (event.type === 'step') last = event.save();
  }
  return { events, last: last! };
}

/** Evaluates once, at the end. */
export async function evaluatedAfter<S, A extends Space>(
  options: Omit<RunOptions<S, A>, 'evaluation'>,
  episodes: number,
): Promise<EvaluationEvent> {
  let evaluation: EvaluationEvent | undefined;
  for await (const event of run({ ...options, evaluation: { every: options.steps, episodes } }))
    if (event.type === 'evaluation') evaluation = event;
  return evaluation!;
}
