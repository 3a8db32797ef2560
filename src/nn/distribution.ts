/**
 * Distribution: what a network believes about numbers it has not seen.
 *
 * Every element is one variable, independent of the others: a log-probability has the shape of the variables, and
 * summing it over the axes that make up one observation is left to the caller. Noise is always an input, drawn outside
 * the traced function from the caller's own stream.
 */
import type { Traced } from '../engine/tree.ts';

export interface Distribution<Noise = Traced> {
  /** log p(value), one number a variable. */
  logProbability(value: Traced): Traced;
  /** One draw, made of noise of the kind the distribution names. */
  sample(noise: Noise): Traced;
  mean(): Traced;
}
