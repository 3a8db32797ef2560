/** Judge: says how good an agent is where its own return does not: in games, by matches against others. */
import type { Agent } from '../core/agent.ts';
import type { Awaitable } from '../core/model.ts';
import type { Rng } from '../core/rng.ts';
import type { Space } from '../core/spaces.ts';
import type { EvaluationEvent } from './events.ts';

/** What a judge says: as much of an evaluation's event as it knows. `mean` is what the agent is measured by. */
export type Judgement = Omit<EvaluationEvent, 'type' | 'step'>;

/** @param rng a stream of this evaluation's own: training is not disturbed */
export type Judge<A extends Space = Space> = (agent: Agent<A>, rng: Rng) => Awaitable<Judgement>;
