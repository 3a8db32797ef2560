/** The Node backend: the traced graph, simplified and lowered to ONNX, runs in ONNX Runtime. What it optimised is kept. */
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import type { Backend, Executable, FormedFunction } from '../backend.ts';
import { traceGraph } from '../graph.ts';
import { lower } from '../lowering/index.ts';
import { encodeModel } from '../onnx.ts';
import { simplify } from '../simplify.ts';
import type { Tensor, TensorType } from '../tensor.ts';
import type { Structure, Traced } from '../tree.ts';
import { type KeptGraph, type KeptGraphs, usersGraphs } from './kept-graphs.ts';

/** @param graphs where compiled graphs are kept between processes, asked when the first is compiled that can be */
export function onnxRuntime(graphs: () => KeptGraphs | undefined): Backend {
  let known: { readonly kept: KeptGraphs | undefined } | undefined;
  return {
    name: 'onnxruntime',
    async load(fn, types, { name, threads, identity }) {
      if (identity === undefined) return compiled(fn, types, name, threads);
      known ??= { kept: graphs() };
      const { kept } = known;
      const found = kept?.find(identity);
      if (found) {
        try {
          return executable(await session(found.model, threads, 'disabled'), found);
        } catch {
          kept!.complain(identity);
        }
      }
      return compiled(fn, types, name, threads, kept && { graphs: kept, identity });
    },
  };
}

export const backend: Backend = onnxRuntime(usersGraphs);

/** @param keeping where to keep what is made, and under which name */
async function compiled(
  fn: FormedFunction,
  types: readonly TensorType[],
  name: string,
  threads: number,
  keeping?: { readonly graphs: KeptGraphs; readonly identity: string },
): Promise<Executable> {
  let output: Structure = [];
  const flat = (inputs: Traced[]): Traced[] => {
    const { leaves, structure } = fn(inputs);
    output = structure;
    return leaves;
  };
  const { inputs, outputs, ...model } = lower(simplify(await traceGraph(flat, types, name)), name);
  // a model of no nodes cannot be loaded
  if (outputs.length === 0) return { output, run: () => [], dispose: () => undefined };
  const bytes = encodeModel({ inputs, outputs, ...model });
  const form = { output, inputs: inputs.map((port) => port.name), outputs };
  if (!keeping) return executable(await session(bytes, threads, 'all'), form);
  const { graphs, identity } = keeping;
  const draft = graphs.draft(identity);
  if (draft !== undefined) {
    try {
      const made = await session(bytes, threads, 'all', draft);
      graphs.keep(identity, draft, form);
      return executable(made, form);
    } catch {
      // a full disk, or a model that cannot be loaded at all: the latter is told below
      graphs.discard(draft);
    }
  }
  return executable(await session(bytes, threads, 'all'), form);
}

/** @param optimised where the model goes as it is after optimisation */
function session(
  model: Uint8Array,
  threads: number,
  level: 'all' | 'disabled',
  optimised?: string,
): Promise<InferenceSession> {
  return InferenceSession.create(model, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: level,
    ...(optimised !== undefined && { optimizedModelFilePath: optimised }),
    // what goes wrong is thrown, and need not be written to the terminal as well
    logSeverityLevel: 4,
    // numbers too small for full precision are slow, and no result here depends on them
    extra: { session: { set_denormal_as_zero: '1' } },
  });
}

function executable(
  loaded: InferenceSession,
  { output, inputs: inputNames, outputs: ports }: Omit<KeptGraph, 'model'>,
): Executable {
  return {
    output,
    async run(inputs: readonly Tensor[]): Promise<Tensor[]> {
      const feeds: Record<string, OrtTensor> = {};
      inputs.forEach((input, i) => {
        feeds[inputNames[i]] = new OrtTensor(input.dtype, input.data, input.shape);
      });
      const results = await loaded.run(feeds);
      return ports.map(({ name, dtype, shape }) => ({ dtype, shape, data: results[name].data }) as Tensor);
    },
    dispose: () => void loaded.release(),
  };
}

/** Runs a model once on named inputs, and returns its outputs by name. */
export async function runOnnx(
  model: Uint8Array,
  inputs: Readonly<Record<string, Tensor>>,
): Promise<Record<string, Tensor>> {
  const session = await InferenceSession.create(model);
  const feeds = Object.entries(inputs).map(([name, { dtype, data, shape }]) => [
    name,
    new OrtTensor(dtype, data, shape),
  ]);
  const results = await session.run(Object.fromEntries(feeds));
  const outputs = session.outputNames.map((name) => {
    const { type, dims, data } = results[name];
    return [name, { dtype: type, shape: dims, data }];
  });
  await session.release();
  return Object.fromEntries(outputs);
}
