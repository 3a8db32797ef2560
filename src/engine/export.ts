/** Export: a traced function as a .onnx file of ONNX's own operators, which other runtimes load too. */
import { demand, InputError, NumericalError } from '../core/errors.ts';
import { compile, flattenArguments, flattenResult } from './compile.ts';
import { type Graph, traceGraph } from './graph.ts';
import { lower } from './lowering/index.ts';
import { encodeModel } from './onnx.ts';
import { simplify } from './simplify.ts';
import { isTensor, type Tensor } from './tensor.ts';
import { type ArgumentTree, flatten, type Traced, unflatten } from './tree.ts';

export interface ExportOptions {
  /** The model's name. Default: the function's own. */
  readonly name?: string;
  /** Which arguments are written into the file, as weights are; the others are its inputs. Default: none. */
  readonly constants?: readonly number[];
  /** Names of the inputs. Default: their paths in the arguments, as `observation` or `belief.mean`. */
  readonly inputNames?: readonly string[];
  /** Names of the outputs. Default: their paths in the result. */
  readonly outputNames?: readonly string[];
}

/** An array going in or out of a model. */
interface Port {
  readonly name: string;
  readonly tensor: Tensor;
}

/**
 * The bytes of a .onnx file (opset 20) that computes `fn` for arrays of the shapes in `example`.
 * @example await exportOnnx((weights, observation) => policy(weights, observation), [weights, zeros([1, 4])], { constants: [0] })
 * @throws InputError when names repeat or do not match in number, or an operation cannot be written in ONNX
 */
export async function exportOnnx<In extends unknown[], Out>(
  fn: (...inputs: In) => Out,
  example: ArgumentTree<In>,
  options: ExportOptions = {},
): Promise<Uint8Array> {
  const name = nameOf(fn, options);
  const { leaves, structure } = flattenArguments(example);
  let outputPaths: readonly string[] = [];
  const flat = (inputs: Traced[]): Traced[] => {
    const result = flattenResult(fn(...(unflatten(structure, inputs) as unknown as In)));
    outputPaths = result.paths;
    return result.leaves;
  };
  const graph = await traceGraph(flat, leaves, name);
  const { isConstant, inputs } = portsOf(name, example, options);
  const outputNames = outputNamesOf(name, outputPaths, inputs, options);
  const written = withConstants(graph, leaves, isConstant);
  const model = lower(simplify(written), name, {
    inputNames: inputs.map((port) => port.name),
    outputNames,
    portable: true,
  });
  return encodeModel(model);
}

/** Runs the bytes of a model on named inputs: `runOnnx` of the Node backend, or another runtime's. */
export type RunModel = (
  model: Uint8Array,
  inputs: Readonly<Record<string, Tensor>>,
) => Promise<Readonly<Record<string, Tensor>>>;

export interface CheckOptions extends ExportOptions {
  /** The greatest difference allowed, relative for numbers above 1 and absolute below. Default 1e-4. */
  readonly tolerance?: number;
}

/**
 * Runs an exported model on `example` and compares it with what our own program gives.
 * @returns the greatest difference
 * @throws NumericalError when it is above the tolerance; InputError when the model's outputs are not the function's
 */
export async function checkExport<In extends unknown[], Out>(
  model: Uint8Array,
  fn: (...inputs: In) => Out,
  example: ArgumentTree<In>,
  run: RunModel,
  options: CheckOptions = {},
): Promise<number> {
  const name = nameOf(fn, options);
  const { tolerance = 1e-4 } = options;
  const program = compile(fn, { name });
  const result = await program(...example);
  program.dispose();
  const expected = flatten<Tensor>(result as never, isTensor);
  const { inputs } = portsOf(name, example, options);
  const names = outputNamesOf(name, expected.paths, inputs, options);
  const outputs = await run(model, Object.fromEntries(inputs.map((port) => [port.name, port.tensor])));
  let worst = 0;
  names.forEach((output, i) => {
    const [ours, theirs] = [expected.leaves[i], outputs[output]];
    demand(
      theirs?.shape.join() === ours.shape.join(),
      () =>
        `${name}: output "${output}" must have shape [${ours.shape}], got ${theirs ? `[${theirs.shape}]` : 'none'}. Export it again.`,
    );
    const difference = greatestDifference(ours, theirs);
    if (!(difference <= tolerance)) {
      throw new NumericalError(
        `${name}: output "${output}" of the exported model must agree with ours to ${tolerance}, it differs by ${difference}.`,
      );
    }
    worst = Math.max(worst, difference);
  });
  return worst;
}

function nameOf(fn: { readonly name: string }, { name }: ExportOptions): string {
  return name ?? (fn.name || 'model');
}

/** Of the flat arguments: which are written into the file, and the names and values of the others. */
function portsOf(
  name: string,
  example: readonly unknown[],
  { constants = [], inputNames }: ExportOptions,
): { isConstant: boolean[]; inputs: Port[] } {
  const { leaves, paths } = flattenArguments(example);
  const argumentOf = (path: string) => Number(path.split('.')[0]);
  const isConstant = paths.map((path) => constants.includes(argumentOf(path)));
  const open = paths.flatMap((path, i) => (isConstant[i] ? [] : [{ path, tensor: leaves[i] }]));
  const isOnly = new Set(open.map(({ path }) => argumentOf(path))).size === 1;
  const defaults = open.map(({ path }) => {
    const inside = path.split('.').slice(1).join('.');
    if (isOnly) return inside || 'input';
    return `input${path}`;
  });
  const names = inputNames ?? defaults;
  demandNames(name, 'inputNames', names, open.length);
  return { isConstant, inputs: open.map(({ tensor }, i) => ({ name: names[i], tensor })) };
}

function outputNamesOf(
  name: string,
  paths: readonly string[],
  inputs: readonly Port[],
  { outputNames }: ExportOptions,
): readonly string[] {
  const taken = inputs.map((port) => port.name);
  const defaults = paths.map((path) => {
    const own = path || 'output';
    return taken.includes(own) ? `output.${own}` : own;
  });
  const names = outputNames ?? defaults;
  demandNames(name, 'outputNames', names, paths.length);
  const twice = names.find((output) => taken.includes(output));
  demand(
    twice === undefined,
    () => `${name}: an output must not have an input's name, got "${twice}" for both. Rename one of them.`,
  );
  return names;
}

function demandNames(name: string, option: string, names: readonly string[], count: number): void {
  demand(
    names.length === count,
    () => `${name}: ${option} must name ${count} arrays, got ${names.length}: ${names.join(', ')}.`,
  );
  const twice = names.find((port, i) => names.indexOf(port) !== i);
  if (twice !== undefined) throw new InputError(`${name}: ${option} must differ, got "${twice}" twice.`);
}

/** Some of a graph's inputs turned into constants. */
function withConstants(graph: Graph, leaves: readonly Tensor[], isConstant: readonly boolean[]): Graph {
  const fixed = graph.inputs.flatMap((value, i) => (isConstant[i] ? [{ value, tensor: leaves[i] }] : []));
  return {
    ...graph,
    inputs: graph.inputs.filter((_, i) => !isConstant[i]),
    constants: [...graph.constants, ...fixed],
  };
}

function greatestDifference(ours: Tensor, theirs: Tensor): number {
  let worst = 0;
  for (let i = 0; i < ours.data.length; i++) {
    const [a, b] = [ours.data[i], theirs.data[i]];
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue;
    const difference = Math.abs(a - b) / Math.max(1, Math.abs(a));
    worst = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(worst, difference);
  }
  return worst;
}
