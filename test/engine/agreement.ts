/** Checks the engine against jax-js: one function, both backends, the same numbers. */
import { numpy as np } from '@jax-js/jax';
import { expect } from 'vitest';
import type { Rng } from '../../src/core/rng.ts';
import { backend as jax } from '../../src/engine/backends/jax.ts';
import { compile } from '../../src/engine/compile.ts';
import { allocate, type DType, isTensor, sizeOf, type Tensor } from '../../src/engine/tensor.ts';
import { startDevice, withoutOwnership } from '../../src/engine/trace.ts';
import type { Traced } from '../../src/engine/tree.ts';

/** Named results of a traced function. */
export type Results = Record<string, Traced>;
export type TensorResults = Record<string, Tensor>;
export type Checked = (...inputs: Traced[]) => Results;

/** Runs a function on the default backend (ONNX Runtime). */
export function onOnnx(fn: Checked, inputs: readonly Tensor[]): Promise<TensorResults> {
  return once(fn, inputs, {});
}

/** Runs a function on jax-js's own backend. */
export function onJax(fn: Checked, inputs: readonly Tensor[]): Promise<TensorResults> {
  return once(fn, inputs, { backend: jax });
}

/** Runs a function on jax-js, one operation after the other: its jit cannot sort or solve what is only a view. */
export async function onJaxEagerly(fn: Checked, inputs: readonly Tensor[]): Promise<TensorResults> {
  await startDevice();
  const results = withoutOwnership(() => {
    const arrays = inputs.map(toJax);
    return Object.entries(fn(...arrays)).map(([name, array]) => {
      const dtype = array.dtype as DType;
      return {
        name,
        dtype,
        shape: [...array.shape],
        held: dtype === 'bool' ? array.astype(np.int32) : array,
      };
    });
  });
  const tensors: TensorResults = {};
  for (const { name, dtype, shape, held } of results) {
    // one array may be several results
    const data = await held.ref.data();
    tensors[name] = { dtype, shape, data: dtype === 'bool' ? Uint8Array.from(data) : data } as Tensor;
  }
  return tensors;
}

/**
 * An array that jax-js really holds: one whose numbers are all the same it would compute with as a JavaScript number,
 * in 64-bit floats. So one more number is put in front, and cut off.
 */
function toJax({ dtype, shape, data }: Tensor): Traced {
  if (data.length === 0) return np.zeros([...shape], { dtype: dtype as never });
  const longer = dtype === 'bool' ? new Int32Array(data.length + 1) : allocate(dtype, data.length + 1);
  longer.set(data);
  longer[data.length] = data[0] + 1;
  const held = np
    .array(longer as Float32Array)
    .slice([0, data.length])
    .reshape([...shape]);
  // what follows gets an array of its own, for sorting reads beyond what was cut
  return dtype === 'bool' ? held.astype(np.bool) : held.mul(np.array(1, { dtype: dtype as never }));
}

async function once(fn: Checked, inputs: readonly Tensor[], options: object): Promise<TensorResults> {
  const program = compile(fn as (...inputs: Traced[]) => unknown, { name: 'checked', ...options });
  try {
    return (await program(...(inputs as Tensor[]))) as TensorResults;
  } finally {
    program.dispose();
  }
}

export interface AgreeOptions {
  /** Relative for floats above 1, absolute below. Default 1e-5. */
  readonly tolerance?: number;
  /** What jax-js computes in place of the function, where it is known to be wrong about it. */
  readonly reference?: Checked;
  /** See {@link onJaxEagerly}. */
  readonly eagerly?: boolean;
}

/**
 * Expects both backends to give the same: integers and truths exactly, floats within the tolerance. Returns what ONNX
 * Runtime gave.
 */
export async function agree(
  fn: Checked,
  inputs: readonly Tensor[],
  { tolerance = 1e-5, reference = fn, eagerly = false }: AgreeOptions = {},
): Promise<TensorResults> {
  const actual = await onOnnx(fn, inputs);
  const expected = await (eagerly ? onJaxEagerly : onJax)(reference, inputs);
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const name of Object.keys(expected)) expectNear(actual[name], expected[name], name, tolerance);
  return actual;
}

/** Expects tensors to have one dtype and shape, and the same numbers up to a tolerance; NaN equals NaN. */
export function expectNear(actual: Tensor, expected: Tensor, name: string, tolerance = 1e-5): void {
  expect(`${name}: ${actual.dtype}[${actual.shape}]`).toBe(`${name}: ${expected.dtype}[${expected.shape}]`);
  expect(actual.data.length, name).toBe(expected.data.length);
  for (let i = 0; i < expected.data.length; i++) {
    const a = actual.data[i];
    const b = expected.data[i];
    const same = Object.is(a, b) || a === b || (Number.isNaN(a) && Number.isNaN(b));
    const near = expected.dtype === 'float32' && Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b));
    if (!same && !near) {
      expect.fail(`${name}[${i}] of [${expected.shape}]: expected ${b}, got ${a}`);
    }
  }
}

/** A tensor of random numbers: normal floats, integers of either sign near 0, any 32 bits, or coin flips. */
export function randomTensor(dtype: DType, shape: readonly number[], rng: Rng): Tensor {
  const data = allocate(dtype, sizeOf(shape));
  for (let i = 0; i < data.length; i++) {
    if (dtype === 'float32') data[i] = rng.normal();
    else if (dtype === 'int32') data[i] = rng.integer(21) - 10;
    else if (dtype === 'uint32') data[i] = rng.uint32();
    else data[i] = rng.integer(2);
  }
  return { dtype, shape, data } as Tensor;
}

/** The numbers of a tensor, nested as its shape says. */
export function nested(value: Tensor): unknown {
  expect(isTensor(value)).toBe(true);
  const build = (shape: readonly number[], offset: number): unknown => {
    if (shape.length === 0) return value.data[offset];
    const step = sizeOf(shape.slice(1));
    return Array.from({ length: shape[0] }, (_, i) => build(shape.slice(1), offset + i * step));
  };
  return build(value.shape, 0);
}
