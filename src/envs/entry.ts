/** What is known of a world by its name. */
import type { Environment } from '../core/environment.ts';
import type { Awaitable } from '../core/model.ts';
import type { TracedCost, TracedDiscount, TracedDynamics, TracedReward } from '../engine/rules.ts';

/** A world by its name. */
export interface EnvironmentEntry {
  /** One line, for lists. */
  readonly summary: string;
  /** The world; later, where it needs a simulator that must be loaded. */
  make(): Awaitable<Environment>;
  /** The world's reward for learned models that need not learn it. Absent where observations do not determine it. */
  readonly reward?: TracedReward;
  /** The world's ending for learned models that need not learn it. Absent where observations do not determine it. */
  readonly discount?: TracedDiscount;
  /** The world's cost for learned models that need not learn it, where it forbids anything. */
  readonly cost?: TracedCost;
  /** The whole step, for planners that ask for derivatives; absent where it is not smooth enough for any. */
  readonly dynamics?: TracedDynamics;
}
