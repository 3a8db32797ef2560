/** Options as people type them: paths and texts, turned into the values that a schema asks for. */
import { z } from 'zod';
import { nearest } from '../core/errors.ts';
import { optionProblems } from '../core/options.ts';

/** An option and its new value, as typed: `['planner.population', '300']`. */
export type Assignment = readonly [path: string, text: string];

/** An option that can be set. */
export interface OptionField {
  readonly path: string;
  /** What it takes, as "number" or "one of a, b". */
  readonly takes: string;
  readonly default: unknown;
  readonly description: string;
}

/** All options of a schema, those inside others by their path: `planner.population`. */
export function listOptions(schema: z.ZodType): OptionField[] {
  return leavesOf(schema).map(({ path, schema: leaf }) => ({
    path,
    takes: takes(leaf),
    default: defaultOf(schema, path),
    description: leaf.description ?? '',
  }));
}

/**
 * Sets options over a base. Texts are read as what each option takes; what cannot be read stays text, for the schema
 * to complain about.
 * @param otherNames what else could have been meant by an unknown name
 * @returns the options with all defaults, or every problem
 */
export function setOptions<T extends object>(
  schema: z.ZodType<T>,
  base: object,
  assignments: readonly Assignment[],
  otherNames: readonly string[] = [],
): { readonly value: T } | { readonly problems: readonly string[] } {
  const leaves = leavesOf(schema);
  const paths = leaves.map((leaf) => leaf.path);
  const problems: string[] = [];
  // a group may have defaults of its own as a whole, which hold for those of its options that are not set
  const start = schema.safeParse(base);
  const given = structuredClone(start.success ? start.data : base) as Tree;
  for (const [path, text] of assignments) {
    const leaf = leaves.find((candidate) => candidate.path === path);
    if (leaf) place(given, path.split('.'), read(leaf.schema, text));
    else problems.push(`${path}: there is no such option.${suggestion(path, [...otherNames, ...paths])}`);
  }
  problems.push(...optionProblems(schema, given));
  return problems.length > 0 ? { problems } : { value: schema.parse(given) };
}

/** What was set to other than its default, as it would be typed. */
export function typedOptions<T extends object>(schema: z.ZodType<T>, value: object): Assignment[] {
  return leavesOf(schema).flatMap(({ path }): Assignment[] => {
    const now = valueAt(value, path);
    if (JSON.stringify(now) === JSON.stringify(defaultOf(schema, path))) return [];
    return [[path, typeof now === 'string' ? now : JSON.stringify(now)]];
  });
}

interface Tree {
  [key: string]: unknown;
}

interface Leaf {
  readonly path: string;
  readonly schema: z.ZodType;
}

function leavesOf(schema: z.ZodType, path: readonly string[] = []): Leaf[] {
  const inside = unwrap(schema);
  if (!(inside instanceof z.ZodObject)) return [{ path: path.join('.'), schema }];
  return Object.entries(inside.shape as Record<string, z.ZodType>).flatMap(([key, field]) =>
    leavesOf(field, [...path, key]),
  );
}

/** The schema inside defaults and the like. */
function unwrap(schema: z.ZodType): z.ZodType {
  const wrapped =
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodReadonly;
  return wrapped ? unwrap(schema.unwrap() as z.ZodType) : schema;
}

function takes(schema: z.ZodType): string {
  const inside = unwrap(schema);
  const orNone = schema.safeParse(null).success ? ' or null' : '';
  if (inside instanceof z.ZodEnum) return `one of ${inside.options.join(', ')}${orNone}`;
  if (inside instanceof z.ZodArray) return `list of ${takes(inside.element as z.ZodType)}s${orNone}`;
  if (inside instanceof z.ZodNumber) return `${inside.format === 'safeint' ? 'integer' : 'number'}${orNone}`;
  if (inside instanceof z.ZodBoolean) return `true or false${orNone}`;
  return inside instanceof z.ZodString ? `text${orNone}` : `JSON`;
}

function read(schema: z.ZodType, text: string): unknown {
  if (text === 'null' && schema.safeParse(null).success) return null;
  const inside = unwrap(schema);
  if (inside instanceof z.ZodString || inside instanceof z.ZodEnum) return text;
  if (inside instanceof z.ZodNumber)
    return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
  if (inside instanceof z.ZodBoolean) return text === 'true' ? true : text === 'false' ? false : text;
  if (inside instanceof z.ZodArray && !text.trim().startsWith('['))
    return text.split(',').map((item) => read(inside.element as z.ZodType, item.trim()));
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function place(tree: Tree, [key, ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    tree[key] = value;
    return;
  }
  const branch = (tree[key] ?? {}) as Tree;
  tree[key] = branch;
  place(branch, rest, value);
}

function valueAt(tree: unknown, path: string): unknown {
  return path.split('.').reduce((node, key) => (node as Tree | undefined)?.[key], tree);
}

/** The value an option has when nothing is given; undefined where it must be. */
function defaultOf(schema: z.ZodType, path: string): unknown {
  const result = schema.safeParse({});
  return result.success ? valueAt(result.data, path) : undefined;
}

/** Near paths; also those whose last part is near, since groups are easily forgotten. */
function suggestion(path: string, paths: readonly string[]): string {
  const last = (whole: string) => whole.slice(whole.lastIndexOf('.') + 1);
  const sameEnd = paths.filter((candidate) => nearest(last(path), [last(candidate)]).length > 0);
  const near = [...new Set([...nearest(path, paths), ...sameEnd])].slice(0, 3);
  return near.length === 0 ? '' : ` Did you mean ${near.map((name) => `--${name}`).join(' or ')}?`;
}

/**
 * A schema with other defaults for some of its options: a recipe's own choice among a planner's or a model's options.
 * Descriptions and checks stay.
 */
export function withDefaults<S extends z.ZodObject>(schema: S, defaults: Partial<z.infer<S>>): S {
  const fields = Object.entries(defaults).map(([name, value]) => {
    const field = schema.shape[name] as z.ZodDefault<z.ZodType>;
    return [
      name,
      field
        .unwrap()
        .default(value)
        .describe(field.description ?? ''),
    ];
  });
  return schema.safeExtend(Object.fromEntries(fields)) as unknown as S;
}
