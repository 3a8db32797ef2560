/** The fallback backend: jax-js's own jit, on WebAssembly. It runs wherever JavaScript does. */
import { jit, makeJaxpr, numpy as np } from '@jax-js/jax';
import type { Backend } from '../backend.ts';
import type { Tensor } from '../tensor.ts';
import { startDevice, withoutOwnership } from '../trace.ts';
import type { Structure, Traced } from '../tree.ts';

export const backend: Backend = {
  name: 'jax',
  async load(fn, types) {
    await startDevice();
    let form: Structure | undefined;
    const traced = (inputs: Traced[]): Traced[] => {
      const { leaves, structure } = fn(inputs);
      form = structure;
      return leaves;
    };
    const compiled = jit((...inputs: Traced[]) =>
      holdingOperands(() => withoutOwnership(() => traced(inputs))),
    );
    return {
      // jit traces at the first run
      get output() {
        return form!;
      },
      async run(inputs: readonly Tensor[]): Promise<Tensor[]> {
        const outputs = compiled(...inputs.map((input, i) => toJax(input, types[i].shape))) as Traced[];
        return Promise.all(outputs.map(fromJax));
      },
      dispose: () => compiled.dispose(),
    };
  },
};

/**
 * Primitives whose operands jax-js's jit must really hold (0.1.25). Its own routines cannot be handed what is only a view
 * ("input is not imm"), and zeros put around a number that is repeated over an array become that number.
 */
const HELD: ReadonlySet<string> = new Set([
  ...['sort', 'argsort', 'scatter', 'triangular_solve', 'cholesky', 'lu', 'jacobi_eigh', 'fft'],
  ...['pad', 'concatenate', 'conv', 'pool_transpose'],
]);

/** Those of them that do not see to it themselves that what they are given is computed first, as joining does. */
const JOINED: ReadonlySet<string> = new Set(['conv', 'pool_transpose']);

/** How jax-js writes down a primitive while it traces. */
interface Recorder {
  processPrimitive(primitive: string, operands: readonly unknown[], params: object): readonly unknown[];
}

let holding = false;
let patched = false;

/** Traces with the greater of x and x in place of each x that must be held: the same numbers and gradients, and no view. */
function holdingOperands<T>(trace: () => T): T {
  if (!patched) patchRecorder();
  const outer = holding;
  holding = true;
  try {
    return trace();
  } finally {
    holding = outer;
  }
}

function patchRecorder(): void {
  patched = true;
  makeJaxpr((x: Traced) => {
    const recorder = Object.getPrototypeOf((x as unknown as { _trace: Recorder })._trace) as Recorder;
    const { processPrimitive } = recorder;
    recorder.processPrimitive = function (primitive, operands, params) {
      const make = (name: string, of: readonly unknown[], settings: object) =>
        processPrimitive.call(this, name, of, settings)[0];
      const hold = (x: unknown) => make('max', [x, x], {});
      const join = (x: unknown) => make('concatenate', [hold(x)], { axis: 0 });
      const isHeld = holding && HELD.has(primitive);
      const held = isHeld ? operands.map(JOINED.has(primitive) ? join : hold) : operands;
      return processPrimitive.call(this, primitive, held, params);
    };
    return x;
  })(np.zeros([1]));
}

function toJax({ data, dtype }: Tensor, shape: readonly number[]): Traced {
  if (data.length === 0) return np.zeros([...shape], { dtype: dtype as never });
  if (dtype === 'bool')
    return np.array(Int32Array.from(data), { shape: [...shape], dtype: np.int32 }).astype(np.bool);
  return np.array(data.slice() as Float32Array, { shape: [...shape], dtype: dtype as never });
}

async function fromJax(array: Traced): Promise<Tensor> {
  const dtype = array.dtype as Tensor['dtype'];
  const shape = [...array.shape];
  const data = await (dtype === 'bool' ? array.astype(np.int32) : array).data();
  return { dtype, shape, data: dtype === 'bool' ? Uint8Array.from(data) : data } as Tensor;
}
