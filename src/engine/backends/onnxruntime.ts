/** The Node backend: the traced graph, simplified and lowered to ONNX, runs in ONNX Runtime. */
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import type { Backend } from '../backend.ts';
import { traceGraph } from '../graph.ts';
import { lower } from '../lowering/index.ts';
import { encodeModel } from '../onnx.ts';
import { simplify } from '../simplify.ts';
import type { Tensor } from '../tensor.ts';

export const backend: Backend = {
  name: 'onnxruntime',
  async load(fn, types, { name, threads }) {
    const model = lower(simplify(await traceGraph(fn, types, name)), name);
    // a model of no nodes cannot be loaded
    if (model.outputs.length === 0) return { run: () => [], dispose: () => undefined };
    const session = await InferenceSession.create(encodeModel(model), {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      // what goes wrong is thrown, and need not be written to the terminal as well
      logSeverityLevel: 4,
      // numbers too small for full precision are slow, and no result here depends on them
      extra: { session: { set_denormal_as_zero: '1' } },
    });
    const inputNames = model.inputs.map((port) => port.name);
    const outputNames = model.outputs.map((port) => port.name);
    return {
      async run(inputs: readonly Tensor[]): Promise<Tensor[]> {
        const feeds: Record<string, OrtTensor> = {};
        inputs.forEach((input, i) => {
          feeds[inputNames[i]] = new OrtTensor(input.dtype, input.data, input.shape);
        });
        const results = await session.run(feeds);
        return outputNames.map((output, i) => {
          const { dtype, shape } = model.outputs[i];
          return { dtype, shape, data: results[output].data } as Tensor;
        });
      },
      dispose: () => void session.release(),
    };
  },
};

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
