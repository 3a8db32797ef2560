/** Tensors outside a trace: plain typed arrays with a shape. Nobody but the engine touches a jax-js array. */
import { InputError } from '../core/errors.ts';

export type DType = 'float32' | 'int32' | 'uint32' | 'bool';

export interface DataOf {
  float32: Float32Array;
  int32: Int32Array;
  uint32: Uint32Array;
  /** 0 or 1. */
  bool: Uint8Array;
}

export interface Tensor<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: DataOf[D];
}

/** A tensor's kind without its numbers. */
export interface TensorType {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** How many numbers a shape holds. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const dimension of shape) size *= dimension;
  return size;
}

/** A tensor over `data`, which is not copied. The type of the array decides the dtype: Uint8Array is bool. */
export function tensor(data: Float32Array, shape?: readonly number[]): Tensor<'float32'>;
export function tensor(data: Int32Array, shape?: readonly number[]): Tensor<'int32'>;
export function tensor(data: Uint32Array, shape?: readonly number[]): Tensor<'uint32'>;
export function tensor(data: Uint8Array, shape?: readonly number[]): Tensor<'bool'>;
export function tensor(data: DataOf[DType], shape?: readonly number[]): Tensor;
export function tensor(data: DataOf[DType], shape: readonly number[] = [data.length]): Tensor {
  if (sizeOf(shape) !== data.length) {
    throw new InputError(`tensor: shape [${shape}] holds ${sizeOf(shape)} numbers, got ${data.length}.`);
  }
  return { dtype: dtypeOf(data), shape, data } as Tensor;
}

/** A float32 tensor of no dimensions. */
export function scalar(value: number): Tensor<'float32'> {
  return { dtype: 'float32', shape: [], data: Float32Array.of(value) };
}

/** A float32 tensor filled with one value. */
export function full(shape: readonly number[], value: number): Tensor<'float32'> {
  return { dtype: 'float32', shape, data: new Float32Array(sizeOf(shape)).fill(value) };
}

/** A float32 tensor of zeros. */
export function zeros(shape: readonly number[]): Tensor<'float32'> {
  return full(shape, 0);
}

export function isTensor(value: unknown): value is Tensor {
  return (
    typeof value === 'object' && value !== null && 'dtype' in value && 'shape' in value && 'data' in value
  );
}

/** A typed array of the right kind for a dtype. */
export function allocate(dtype: DType, size: number): DataOf[DType] {
  switch (dtype) {
    case 'float32':
      return new Float32Array(size);
    case 'int32':
      return new Int32Array(size);
    case 'uint32':
      return new Uint32Array(size);
    case 'bool':
      return new Uint8Array(size);
  }
}

function dtypeOf(data: DataOf[DType]): DType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Int32Array) return 'int32';
  if (data instanceof Uint32Array) return 'uint32';
  return 'bool';
}
