/**
 * TensorBoard event files, written by hand: a run's kept events as scalars.
 *
 * Framing: TensorFlow, "TFRecords format details": length (8 bytes), masked CRC of it, data, masked CRC of the data, all
 * little-endian. CRC-32C: Castagnoli, Bräuer and Herrmann (1993), polynomial 0x1EDC6F41, as in RFC 3720 appendix B.4.
 * Data: a protocol buffer `Event` (tensorflow/core/util/event.proto): 1 wall_time double, 2 step int64, 3 file_version
 * string, 5 summary; a summary's value: 1 tag string, 2 simple_value float.
 *
 * Wall time is the step: a run repeated or resumed writes the same bytes.
 */
import type { Breaches, KeptEvent } from '../events.ts';

/** What every event file begins with. */
export function tensorboardHeader(): Uint8Array {
  return record(concat([double(1, 0), text(3, 'brain.Event:2')]));
}

/** The records of an event's numbers; none for events without any. */
export function tensorboardRecords(event: KeptEvent): Uint8Array {
  return concat(
    scalarsOf(event).map(([tag, value]) =>
      record(
        concat([
          double(1, event.step),
          integer(2, event.step),
          bytes(5, bytes(1, concat([text(1, tag), float(2, value)]))),
        ]),
      ),
    ),
  );
}

/** By the names under which TensorBoard groups them. */
function scalarsOf(event: KeptEvent): [tag: string, value: number][] {
  switch (event.type) {
    case 'episode':
      return [
        ['episode/return', event.return],
        ['episode/length', event.length],
        ...breaches('episode', event),
      ];
    case 'evaluation': {
      const { mean, low, high, modelError } = event;
      const scalars: [string, number][] = [['evaluation/mean', mean]];
      if (low !== null && high !== null) scalars.push(['evaluation/low', low], ['evaluation/high', high]);
      scalars.push(...breaches('evaluation', event));
      if (modelError) {
        scalars.push(['model_error/1_step', modelError[0]]);
        if (modelError.length > 1)
          scalars.push([`model_error/${modelError.length}_steps`, modelError.at(-1)!]);
      }
      return scalars;
    }
    case 'learn':
      return Object.entries(event.metrics);
    case 'done':
      return [];
  }
}

function breaches(group: string, { cost, violations }: Breaches): [tag: string, value: number][] {
  return [
    ...(cost === undefined ? [] : [[`${group}/cost`, cost] as [string, number]]),
    ...(violations === undefined ? [] : [[`${group}/violations`, violations] as [string, number]]),
  ];
}

const WIRE = { varint: 0, fixed64: 1, lengthDelimited: 2, fixed32: 5 } as const;

function key(field: number, wire: keyof typeof WIRE): Uint8Array {
  return varint(field * 8 + WIRE[wire]);
}

/** Seven bits a byte, the lowest first; the top bit says that more follow. */
function varint(value: number): Uint8Array {
  const out: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) out.push((value % 0x80) | 0x80);
  return Uint8Array.from([...out, value]);
}

function integer(field: number, value: number): Uint8Array {
  return concat([key(field, 'varint'), varint(value)]);
}

function double(field: number, value: number): Uint8Array {
  const data = new Uint8Array(8);
  new DataView(data.buffer).setFloat64(0, value, true);
  return concat([key(field, 'fixed64'), data]);
}

function float(field: number, value: number): Uint8Array {
  const data = new Uint8Array(4);
  new DataView(data.buffer).setFloat32(0, value, true);
  return concat([key(field, 'fixed32'), data]);
}

function bytes(field: number, value: Uint8Array): Uint8Array {
  return concat([key(field, 'lengthDelimited'), varint(value.length), value]);
}

function text(field: number, value: string): Uint8Array {
  return bytes(field, new TextEncoder().encode(value));
}

function record(data: Uint8Array): Uint8Array {
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(data.length), true);
  return concat([length, maskedCrc(length), data, maskedCrc(data)]);
}

function maskedCrc(data: Uint8Array): Uint8Array {
  const crc = crc32c(data);
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, ((crc >>> 15) | (crc << 17)) + 0xa282ead8, true);
  return out;
}

/** CRC-32C, a byte at a time. */
export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = CRC_TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** The polynomial's remainders, bits reversed. [256] */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++)
    remainder = remainder & 1 ? (remainder >>> 1) ^ 0x82f63b78 : remainder >>> 1;
  return remainder;
});

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
