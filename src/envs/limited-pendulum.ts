/**
 * Limited pendulum: the swing-up of a rod that must not turn fast, as a robot's arm must not.
 *
 * Rules of {@link pendulum} with two changes: the rod begins hanging, nearly at rest, and turning faster than the limit
 * costs the excess. A rod swung up as fast as the motor can reaches 8 rad/s; one lifted with no energy to spare passes
 * its lowest point at 4.7 rad/s, since torque alone gives 2 N·m x π = 6.3 J of the 10 J that it takes.
 */
import { numpy as np } from '@jax-js/jax';
import type { Environment } from '../core/environment.ts';
import { demand } from '../core/errors.ts';
import type { Rng } from '../core/rng.ts';
import type { Box } from '../core/spaces.ts';
import { feature, type TracedCost } from '../engine/rules.ts';
import { constrained } from './constrained.ts';
import { type PendulumState, pendulum } from './pendulum.ts';

/** rad/s */
export const PENDULUM_SPEED_LIMIT = 6;

/**
 * The pendulum from below, with a speed limit in rad/s. Observations and actions are the pendulum's. Planning in the
 * true dynamics returns about -348 where the limit is ignored, which breaks it in 6 or 7 steps of 200, and -356 without
 * breaking it.
 */
export function limitedPendulum(speedLimit = PENDULUM_SPEED_LIMIT): Environment<PendulumState, Box> {
  demandLimit(speedLimit);
  return {
    ...constrained(pendulum(), (_state, _action, next) =>
      Math.max(0, Math.abs(next.angularVelocity) - speedLimit),
    ),
    name: 'limited-pendulum',
    reset: hanging,
  };
}

/** What a step costs: how much faster than `speedLimit` the rod turns after it. */
export function limitedPendulumCost(speedLimit = PENDULUM_SPEED_LIMIT): TracedCost {
  demandLimit(speedLimit);
  return (_observation, _action, next) => np.maximum(np.abs(feature(next, 2)).sub(speedLimit), 0);
}

/** Within 0.1 rad and 0.1 rad/s of hanging at rest. */
function hanging(rng: Rng): PendulumState {
  const small = () => 0.2 * rng.uniform() - 0.1;
  return { angle: Math.PI + small(), angularVelocity: small() };
}

function demandLimit(speedLimit: number): void {
  demand(
    speedLimit > 0 && Number.isFinite(speedLimit),
    () => `limitedPendulum: the speed limit must be a positive number of rad/s, got ${speedLimit}.`,
  );
}
