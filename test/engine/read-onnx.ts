/** Reads what the engine writes into .onnx files, to check it from the other side. Field numbers are those of onnx.proto3. */

type Field = { readonly field: number; readonly value: number | Uint8Array };

/** A protocol buffer message as its fields in order. Numbers are two's complement on 64 bits, read up to 2^53. */
export function readMessage(bytes: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(BigInt.asIntN(64, value));
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const [field, wire] = [key >> 3, key & 7];
    if (wire === 0) fields.push({ field, value: varint() });
    else if (wire === 5) {
      fields.push({ field, value: new DataView(bytes.buffer, bytes.byteOffset + at, 4).getFloat32(0, true) });
      at += 4;
    } else if (wire === 2) {
      const length = varint();
      fields.push({ field, value: bytes.subarray(at, at + length) });
      at += length;
    } else throw new Error(`wire type ${wire} at ${at}`);
  }
  return fields;
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytesOf = (fields: readonly Field[], field: number) =>
  fields.filter((entry) => entry.field === field).map(({ value }) => value as Uint8Array);
const numbersOf = (fields: readonly Field[], field: number) =>
  fields.filter((entry) => entry.field === field).map(({ value }) => value as number);

export interface ReadNode {
  readonly op: string;
  readonly domain: string;
  readonly inputs: string[];
  readonly outputs: string[];
  readonly attributes: Record<string, number | string | number[] | undefined>;
}

/** A model as plain data. */
export function readModel(model: Uint8Array) {
  const fields = readMessage(model);
  const graph = readMessage(bytesOf(fields, 7)[0]);
  return {
    irVersion: numbersOf(fields, 1)[0],
    opsets: bytesOf(fields, 8).map((bytes) => {
      const opset = readMessage(bytes);
      return { domain: text(bytesOf(opset, 1)[0]), version: numbersOf(opset, 2)[0] };
    }),
    name: text(bytesOf(graph, 2)[0]),
    nodes: bytesOf(graph, 1).map(readNode),
    constants: bytesOf(graph, 5).map((bytes) => {
      const constant = readMessage(bytes);
      return {
        name: text(bytesOf(constant, 8)[0]),
        type: numbersOf(constant, 2)[0],
        shape: numbersOf(constant, 1),
        bytes: bytesOf(constant, 9)[0].slice(),
      };
    }),
    inputs: bytesOf(graph, 11).map(readPort),
    outputs: bytesOf(graph, 12).map(readPort),
  };
}

function readNode(bytes: Uint8Array): ReadNode {
  const node = readMessage(bytes);
  const attributes = bytesOf(node, 5).map((entry) => {
    const attribute = readMessage(entry);
    const type = numbersOf(attribute, 20)[0];
    const values = {
      1: numbersOf(attribute, 2)[0],
      2: numbersOf(attribute, 3)[0],
      3: bytesOf(attribute, 4).map(text)[0],
      7: numbersOf(attribute, 8),
    };
    return [text(bytesOf(attribute, 1)[0]), values[type as keyof typeof values]] as const;
  });
  return {
    op: text(bytesOf(node, 4)[0]),
    domain: bytesOf(node, 7).map(text)[0] ?? '',
    inputs: bytesOf(node, 1).map(text),
    outputs: bytesOf(node, 2).map(text),
    attributes: Object.fromEntries(attributes),
  };
}

function readPort(bytes: Uint8Array) {
  const port = readMessage(bytes);
  const tensor = readMessage(bytesOf(readMessage(bytesOf(port, 2)[0]), 1)[0]);
  const dimensions = bytesOf(readMessage(bytesOf(tensor, 2)[0]), 1).map(
    (entry) => numbersOf(readMessage(entry), 1)[0],
  );
  return { name: text(bytesOf(port, 1)[0]), type: numbersOf(tensor, 1)[0], shape: dimensions };
}
