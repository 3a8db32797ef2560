/** An ONNX graph under construction: nodes and constants, each written once. */
import type { Attribute, OnnxConstant, OnnxNode, OnnxType } from '../onnx.ts';
import { type DataOf, type DType, sizeOf } from '../tensor.ts';

export type Attributes = Readonly<Record<string, Attribute>>;

/** Contrib operators of ONNX Runtime; all others are ONNX's own. */
const MICROSOFT_OPS: ReadonlySet<string> = new Set(['FusedMatMul', 'QuickGelu']);

export class Builder {
  /** Whether only ONNX's own operators may be used, so that the model runs elsewhere too. */
  readonly portable: boolean;
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxConstant[] = [];
  /** Tensors that are others with the order reversed along some axes. */
  readonly flips = new Map<string, { readonly of: string; readonly axes: readonly number[] }>();
  /** Tensors that are others under a new shape. */
  readonly reshapes = new Map<string, { readonly of: string; readonly shape: readonly number[] }>();
  private readonly known = new Map<string, readonly string[]>();
  private readonly taken: ReadonlySet<string>;
  private count = 0;

  /** @param taken names that the model's inputs and outputs have */
  constructor(portable: boolean, taken: Iterable<string>) {
    this.portable = portable;
    this.taken = new Set(taken);
  }

  /** A name that nothing else has. */
  name(letter = 'v'): string {
    const name = `${letter}${this.count++}`;
    return this.taken.has(name) ? this.name(letter) : name;
  }

  /** Adds a node of one output, or finds the same one, and returns its output's name. */
  emit(op: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.emitMany(op, inputs, 1, attributes)[0];
  }

  /** Adds a node of several outputs, or finds the same one. */
  emitMany(
    op: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Attributes = {},
  ): readonly string[] {
    const key = `${op}(${inputs})${JSON.stringify(attributes)}${outputs}`;
    const known = this.known.get(key);
    if (known) return known;
    const names = Array.from({ length: outputs }, () => this.name());
    this.nodes.push({
      op,
      domain: MICROSOFT_OPS.has(op) ? 'com.microsoft' : '',
      inputs,
      outputs: names,
      attributes,
    });
    this.known.set(key, names);
    return names;
  }

  /** Adds a node whose output has a given name, even if the same one exists. */
  emitNamed(op: string, inputs: readonly string[], output: string, attributes: Attributes = {}): void {
    this.nodes.push({ op, domain: '', inputs, outputs: [output], attributes });
  }

  /** A list of integers, as operators take shapes, axes and positions. */
  integers(values: readonly number[]): string {
    return this.constant('int64', [values.length], BigInt64Array.from(values, BigInt));
  }

  /** One integer without dimensions. */
  integer(value: number): string {
    return this.constant('int64', [], BigInt64Array.of(BigInt(value)));
  }

  /** One number without dimensions. */
  scalar(dtype: OnnxType, value: number): string {
    return this.constant(dtype, [], typed(dtype, [value]));
  }

  /** So many ones. */
  ones(count: number): string {
    const key = `ones ${count}`;
    const known = this.known.get(key)?.[0];
    if (known !== undefined) return known;
    const name = this.constant('float32', [count], new Float32Array(count).fill(1));
    this.known.set(key, [name]);
    return name;
  }

  /** A constant array; equal small ones are shared. */
  constant(dtype: OnnxType, shape: readonly number[], data: DataOf[DType] | BigInt64Array): string {
    const small = sizeOf(shape) <= 64;
    // a Float32Array's text does not tell -0 from 0, so the key holds bits
    const bits = small ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength).join() : '';
    const key = `constant ${dtype}[${shape}]${bits}`;
    const known = small ? this.known.get(key) : undefined;
    if (known) return known[0];
    const name = this.name('c');
    this.constants.push({ name, dtype, shape, data });
    if (small) this.known.set(key, [name]);
    return name;
  }
}

/** Numbers as the typed array of a dtype; one that is no integer, or none of its range, becomes the nearest towards 0. */
export function typed(dtype: OnnxType, values: readonly number[]): DataOf[DType] | BigInt64Array {
  const within = (low: number, high: number) =>
    values.map((value) => Math.min(high, Math.max(low, Math.trunc(value) || 0)));
  switch (dtype) {
    case 'float32':
      return Float32Array.from(values);
    case 'int32':
      return Int32Array.from(within(-(2 ** 31), 2 ** 31 - 1));
    case 'uint32':
      return Uint32Array.from(within(0, 2 ** 32 - 1));
    case 'int64':
      return BigInt64Array.from(values, BigInt);
    case 'bool':
      return Uint8Array.from(values, (value) => (value === 0 ? 0 : 1));
  }
}
