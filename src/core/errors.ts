/** The three ways a program can go wrong that we foresee. Anything else is a bug and keeps its stack. */

/**
 * The user's input cannot be used: a wrong option, shape, file or world. The command line prints the message
 * without a stack and exits with code 2. Messages read "where: what must hold, what was got. What to do."
 */
export class InputError extends Error {
  override name = 'InputError';
}

/** A number went NaN or infinite. It is never replaced: the run stops here and keeps its last good checkpoint. */
export class NumericalError extends Error {
  override name = 'NumericalError';
}

/** The machine refused: a full disk, a folder that another process holds. Nothing already saved is lost. */
export class ResourceError extends Error {
  override name = 'ResourceError';
}

/** Throws an {@link InputError} unless `condition` holds. */
export function demand(condition: boolean, message: () => string): asserts condition {
  if (!condition) throw new InputError(message());
}

/**
 * Throws a {@link NumericalError} if any number is NaN or infinite.
 * @param where names the quantity, as "loss of the ensemble at environment step 240"
 */
export function demandFinite(values: ArrayLike<number>, where: string): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      const place = values.length > 1 ? ` at index ${i} of ${values.length}` : '';
      throw new NumericalError(`${where}: every number must be finite, got ${values[i]}${place}.`);
    }
  }
}

/** The names nearest to `name`, for "did you mean". At most three, best first. */
export function nearest(name: string, names: readonly string[]): string[] {
  const limit = Math.max(2, Math.ceil(name.length / 3));
  return names
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= limit || candidate.includes(name))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** `Did you mean "a" or "b"?`, or an empty string when nothing is near. */
export function didYouMean(name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  return near.length === 0 ? '' : ` Did you mean ${near.map((n) => `"${n}"`).join(' or ')}?`;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(substitution, previous[j] + 1, row[j - 1] + 1));
    }
    previous = row;
  }
  return previous[b.length];
}
