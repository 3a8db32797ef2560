/** Options: checked at the boundary, so that every problem is told at once and in the user's words. */
import { didYouMean, InputError } from './errors.ts';

/** What {@link checkOptions} needs of a zod schema; `core` itself imports nothing. */
export interface OptionsSchema<T> {
  safeParse(
    given: unknown,
  ): { success: true; data: T } | { success: false; error: { issues: readonly OptionsIssue[] } };
  /** The schemas of an object's fields, by name. */
  readonly shape?: object;
}

interface OptionsIssue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[] | undefined;
  /** A check of several options says here what it got: with defaults filled in, unlike what was given. */
  readonly params?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * The options with defaults filled in.
 * @param where names who was given them, as "cem"
 * @throws InputError listing all problems; an unknown name comes with the nearest known ones
 */
export function checkOptions<T>(where: string, schema: OptionsSchema<T>, given: unknown): T {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw optionsError(where, optionProblems(schema, given));
}

/** All that is wrong with options, a line each; empty where they can be used. */
export function optionProblems<T>(schema: OptionsSchema<T>, given: unknown): string[] {
  const result = schema.safeParse(given);
  return result.success ? [] : result.error.issues.flatMap((issue) => describe(issue, schema, given));
}

/** One error that lists problems. */
export function optionsError(where: string, problems: readonly string[]): InputError {
  const count = problems.length === 1 ? 'an option' : `${problems.length} options`;
  return new InputError(`${where}: ${count} cannot be used.\n${problems.map((p) => `  ${p}`).join('\n')}`);
}

function describe(issue: OptionsIssue, schema: unknown, given: unknown): string[] {
  const place = issue.path.map(String);
  if (issue.code === 'unrecognized_keys' && issue.keys) {
    const known = Object.keys(shapeOf(issue.path.reduce(fieldOf, schema)));
    return issue.keys.map(
      (key) => `${[...place, key].join('.')}: there is no such option.${didYouMean(key, known)}`,
    );
  }
  const expected = issue.message.replace(/^(Invalid|Too)[^:]*: /, '').replace(/, received .*$/, '');
  const value =
    issue.params && 'got' in issue.params
      ? issue.params.got
      : issue.path.reduce<unknown>((node, key) => (node as Record<PropertyKey, unknown>)?.[key], given);
  return [`${place.length === 0 ? 'options' : place.join('.')}: ${expected}, got ${show(value)}.`];
}

function fieldOf(schema: unknown, key: PropertyKey): unknown {
  return (shapeOf(schema) as Record<PropertyKey, unknown>)[key];
}

/** Looks through defaults and the like for the object inside. */
function shapeOf(schema: unknown): object {
  const node = schema as { shape?: object; def?: { innerType?: unknown } } | undefined;
  if (node?.shape) return node.shape;
  return node?.def?.innerType ? shapeOf(node.def.innerType) : {};
}

function show(value: unknown): string {
  if (typeof value === 'string') return `"${value}"`;
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return String(value);
}
