import { expect, test } from 'vitest';
import type { KeptEvent } from '../events.ts';
import { crc32c, tensorboardHeader, tensorboardRecords } from './tensorboard.ts';

interface Decoded {
  wallTime?: number;
  step?: number;
  version?: string;
  tag?: string;
  value?: number;
}

/** Reads an event file by the published format, checking both checksums of each record. */
function decode(file: Uint8Array): Decoded[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const events: Decoded[] = [];
  const check = (start: number, length: number, at: number) => {
    // undo the mask: subtract, then rotate left by 15
    const masked = (view.getUint32(at, true) - 0xa282ead8) >>> 0;
    expect(((masked << 15) | (masked >>> 17)) >>> 0).toBe(crc32c(file.subarray(start, start + length)));
  };
  for (let at = 0; at < file.length; ) {
    const length = Number(view.getBigUint64(at, true));
    check(at, 8, at + 8);
    check(at + 12, length, at + 12 + length);
    const event: Decoded = {};
    readMessage(file.subarray(at + 12, at + 12 + length), event);
    events.push(event);
    at += 16 + length;
  }
  return events;
}

function readMessage(
  message: Uint8Array,
  into: Decoded,
  inside: 'event' | 'summary' | 'value' = 'event',
): void {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = varint();
    const field = `${inside}.${key >> 3}`;
    if ((key & 7) === 1) {
      expect(field).toBe('event.1');
      into.wallTime = view.getFloat64(at, true);
      at += 8;
    } else if ((key & 7) === 5) {
      expect(field).toBe('value.2');
      into.value = view.getFloat32(at, true);
      at += 4;
    } else if ((key & 7) === 0) {
      expect(field).toBe('event.2');
      into.step = varint();
    } else {
      const length = varint();
      const body = message.subarray(at, at + length);
      at += length;
      if (field === 'event.3') into.version = new TextDecoder().decode(body);
      else if (field === 'event.5') readMessage(body, into, 'summary');
      else if (field === 'summary.1') readMessage(body, into, 'value');
      else if (field === 'value.1') into.tag = new TextDecoder().decode(body);
      else throw new Error(`unknown field ${field}`);
    }
  }
}

test('CRC-32C: the check value, and RFC 3720 B.4', () => {
  expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
});

test('decodes back to what happened', () => {
  const events: KeptEvent[] = [
    { type: 'episode', step: 20, episode: 1, return: -1.5, length: 20, terminated: false },
    { type: 'learn', step: 300, metrics: { 'model/loss': 0.25, 'model/epochs': 7 } },
    { type: 'evaluation', step: 70_000, mean: 3, low: 2, high: 4, episodes: 5, modelError: [0.5, 0.75, 2] },
    { type: 'evaluation', step: 5e9, mean: 3, low: null, high: null, episodes: 1 },
    { type: 'done', step: 5e9 },
  ];
  const parts = [tensorboardHeader(), ...events.map(tensorboardRecords)];
  const decoded = decode(Uint8Array.from(parts.flatMap((part) => [...part])));
  const scalar = (step: number, tag: string, value: number) => ({ wallTime: step, step, tag, value });
  expect(decoded).toEqual([
    { wallTime: 0, version: 'brain.Event:2' },
    scalar(20, 'episode/return', -1.5),
    scalar(20, 'episode/length', 20),
    scalar(300, 'model/loss', 0.25),
    scalar(300, 'model/epochs', 7),
    scalar(70_000, 'evaluation/mean', 3),
    scalar(70_000, 'evaluation/low', 2),
    scalar(70_000, 'evaluation/high', 4),
    scalar(70_000, 'model_error/1_step', 0.5),
    scalar(70_000, 'model_error/3_steps', 2),
    scalar(5e9, 'evaluation/mean', 3),
  ]);
});

test('costs and violations are scalars of their own, where the world has them', () => {
  const events: KeptEvent[] = [
    {
      type: 'episode',
      step: 20,
      episode: 1,
      return: -1.5,
      length: 20,
      terminated: false,
      cost: 0.75,
      violations: 3,
    },
    { type: 'evaluation', step: 40, mean: 3, low: 2, high: 4, episodes: 2, cost: 0, violations: 0.5 },
    { type: 'done', step: 40, violations: 3 },
  ];
  const decoded = decode(Uint8Array.from(events.flatMap((event) => [...tensorboardRecords(event)])));
  expect(decoded.map(({ step, tag, value }) => [step, tag, value])).toEqual([
    [20, 'episode/return', -1.5],
    [20, 'episode/length', 20],
    [20, 'episode/cost', 0.75],
    [20, 'episode/violations', 3],
    [40, 'evaluation/mean', 3],
    [40, 'evaluation/low', 2],
    [40, 'evaluation/high', 4],
    [40, 'evaluation/cost', 0],
    [40, 'evaluation/violations', 0.5],
  ]);
});
