/** Writes ONNX models: the few messages of onnx.proto3 that a graph needs, as protocol buffers by hand. */
import type { DataOf, DType } from './tensor.ts';

export type OnnxType = DType | 'int64';
export type Attribute = number | readonly number[] | { readonly float: number } | string;

export interface OnnxNode {
  readonly op: string;
  /** Empty for ONNX's own operators. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface OnnxConstant {
  readonly name: string;
  readonly dtype: OnnxType;
  readonly shape: readonly number[];
  readonly data: DataOf[DType] | BigInt64Array;
}

export interface OnnxPort {
  readonly name: string;
  readonly dtype: OnnxType;
  readonly shape: readonly number[];
}

export interface OnnxModel {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxConstant[];
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
}

/** TensorProto.DataType. */
export const ONNX_DTYPE: Readonly<Record<OnnxType, number>> = {
  float32: 1,
  int32: 6,
  int64: 7,
  bool: 9,
  uint32: 12,
};

const IR_VERSION = 9;
const OPSET = 20;
const MICROSOFT = 'com.microsoft';

/** The bytes of a .onnx file. Field numbers are those of onnx.proto3. */
export function encodeModel(model: OnnxModel): Uint8Array {
  const out = new Writer();
  out.integer(1, IR_VERSION);
  out.text(2, 'forethought');
  out.message(7, (graph) => {
    for (const node of model.nodes) {
      graph.message(1, (to) => {
        for (const name of node.inputs) to.text(1, name);
        for (const name of node.outputs) to.text(2, name);
        to.text(4, node.op);
        for (const [name, value] of Object.entries(node.attributes))
          to.message(5, (field) => writeAttribute(field, name, value));
        if (node.domain !== '') to.text(7, node.domain);
      });
    }
    graph.text(2, model.name);
    for (const constant of model.constants) {
      graph.message(5, (to) => {
        for (const dimension of constant.shape) to.integer(1, dimension);
        to.integer(2, ONNX_DTYPE[constant.dtype]);
        to.text(8, constant.name);
        to.bytes(9, new Uint8Array(constant.data.buffer, constant.data.byteOffset, constant.data.byteLength));
      });
    }
    for (const port of model.inputs) graph.message(11, (to) => writePort(to, port));
    for (const port of model.outputs) graph.message(12, (to) => writePort(to, port));
  });
  out.message(8, (opset) => {
    opset.text(1, '');
    opset.integer(2, OPSET);
  });
  if (model.nodes.some(({ domain }) => domain === MICROSOFT)) {
    out.message(8, (opset) => {
      opset.text(1, MICROSOFT);
      opset.integer(2, 1);
    });
  }
  return out.finish();
}

/** AttributeProto: 2 f, 3 i, 4 s, 7 floats, 8 ints, 20 type. */
function writeAttribute(to: Writer, name: string, value: Attribute): void {
  to.text(1, name);
  if (typeof value === 'number') {
    to.integer(3, value);
    to.integer(20, 2);
  } else if (typeof value === 'string') {
    to.text(4, value);
    to.integer(20, 3);
  } else if ('float' in value) {
    to.float(2, value.float);
    to.integer(20, 1);
  } else {
    for (const item of value) to.integer(8, item);
    to.integer(20, 7);
  }
}

/** ValueInfoProto > TypeProto.Tensor > TensorShapeProto. */
function writePort(to: Writer, port: OnnxPort): void {
  to.text(1, port.name);
  to.message(2, (type) =>
    type.message(1, (tensor) => {
      tensor.integer(1, ONNX_DTYPE[port.dtype]);
      tensor.message(2, (shape) => {
        for (const dimension of port.shape) shape.message(1, (to) => to.integer(1, dimension));
      });
    }),
  );
}

const encoder = new TextEncoder();

/** Protocol buffer wire format: 0 varint, 2 length-delimited, 5 four bytes. */
class Writer {
  private buffer = new Uint8Array(256);
  private length = 0;

  integer(field: number, value: number): void {
    this.varint(field << 3);
    if (value >= 0) this.varint(value);
    else this.negative(value);
  }

  float(field: number, value: number): void {
    this.varint((field << 3) | 5);
    this.append(new Uint8Array(Float32Array.of(value).buffer));
  }

  text(field: number, value: string): void {
    this.bytes(field, encoder.encode(value));
  }

  bytes(field: number, value: Uint8Array): void {
    this.varint((field << 3) | 2);
    this.varint(value.length);
    this.append(value);
  }

  message(field: number, write: (to: Writer) => void): void {
    const inner = new Writer();
    write(inner);
    this.bytes(field, inner.finish());
  }

  finish(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  private varint(value: number): void {
    this.reserve(10);
    while (value >= 128) {
      this.buffer[this.length++] = (value % 128) | 128;
      value = Math.floor(value / 128);
    }
    this.buffer[this.length++] = value;
  }

  /** Two's complement on 64 bits: always ten bytes. */
  private negative(value: number): void {
    this.reserve(10);
    let rest = (1n << 64n) + BigInt(value);
    for (let i = 0; i < 9; i++) {
      this.buffer[this.length++] = Number(rest & 127n) | 128;
      rest >>= 7n;
    }
    this.buffer[this.length++] = Number(rest);
  }

  private append(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  private reserve(extra: number): void {
    if (this.length + extra <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(this.buffer.length * 2, this.length + extra));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }
}
