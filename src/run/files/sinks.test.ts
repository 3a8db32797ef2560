import { expect, test } from 'vitest';
import type { RunEvent } from '../events.ts';
import { duration, jsonLines, terminal } from './sinks.ts';

const step = (n: number): RunEvent => ({
  type: 'step',
  step: n,
  taken: 1,
  reward: 0,
  save: () => {
    throw new Error('a sink saves nothing');
  },
});
const episode: RunEvent = {
  type: 'episode',
  step: 50,
  episode: 3,
  return: 187.23456,
  length: 20,
  terminated: false,
};
const learn: RunEvent = { type: 'learn', step: 60, metrics: { 'model/epochs': 4, 'model/loss': -3.56789 } };
const evaluation: RunEvent = { type: 'evaluation', step: 100, mean: 12, low: 10, high: 14, episodes: 5 };

/** Plays events a second apart. */
function shown(isTTY: boolean, events: readonly RunEvent[], columns?: number): string {
  let written = '';
  let time = 0;
  const stream = { isTTY, columns, write: (text: string) => (written += text) };
  const { take, say, finish } = terminal({ stream, steps: 200, now: () => time });
  for (const event of events) {
    take(event);
    if (event.type === 'checkpoint') say('saved');
    time += 1000;
  }
  finish();
  return written;
}

test('a terminal shows one line, drawn again and again', () => {
  const text = shown(
    true,
    [step(10), step(20), episode, learn, evaluation, step(60), { type: 'done', step: 60 }],
    200,
  );
  expect(text).not.toContain('\n\r');
  expect(text.match(/\n/g)).toHaveLength(1); // the one that finish adds
  const last = text.split('\r\u001b[2K').at(-1);
  expect(last).toBe(
    'step 60/200  episode 3  return 187.2  evaluation 12 ±2  model/loss -3.568  10 steps/s  0:14 left\n',
  );
});

test('a narrow terminal cuts the line off', () => {
  const lines = shown(true, [step(10), episode, step(20), learn, step(30)], 30).split('\r\u001b[2K');
  for (const line of lines) expect(line.trimEnd().length).toBeLessThan(30);
});

test('what is said stands above the line', () => {
  expect(shown(true, [step(10), { type: 'checkpoint', step: 10 }], 200)).toBe(
    '\r\u001b[2Kstep 10/200\r\u001b[2Kstep 10/200\r\u001b[2Ksaved\n\r\u001b[2Kstep 10/200\n',
  );
});

test('a warning is said', () => {
  const warning: RunEvent = { type: 'warning', step: 10, message: 'a thread died' };
  expect(shown(false, [step(10), warning])).toContain('a thread died\n');
});

test('without a terminal: plain lines, now and then and at evaluations', () => {
  const many = Array.from({ length: 12 }, (_, i) => step(i + 1));
  const text = shown(false, [...many, evaluation]);
  expect(text).not.toContain('\r');
  expect(text).not.toContain('\u001b');
  expect(text.trimEnd().split('\n')).toEqual([
    'step 6/200  1.0 steps/s  3:14 left',
    'step 11/200  1.0 steps/s  3:09 left',
    'step 12/200  evaluation 12 ±2  1.0 steps/s  3:08 left',
  ]);
});

test('without a terminal, a long evaluation tells how far it is', () => {
  const deciding = [2, 3, 3, 4, 4, 4, 5].map(
    (episode): RunEvent => ({ type: 'evaluating', step: 100, episode, episodes: 200 }),
  );
  expect(shown(false, deciding)).toBe('step 100/200  evaluating 4/200\n');
});

test('one JSON object a line: episode, evaluation, learn, checkpoint', () => {
  const lines: string[] = [];
  const sink = jsonLines({ write: (text) => lines.push(text) });
  const checkpoint: RunEvent = { type: 'checkpoint', step: 70 };
  for (const event of [
    step(1),
    episode,
    learn,
    evaluation,
    checkpoint,
    { type: 'done', step: 9 } as RunEvent,
  ])
    sink(event);
  expect(lines.map((line) => JSON.parse(line))).toEqual([episode, learn, evaluation, checkpoint]);
  for (const line of lines) expect(line.indexOf('\n')).toBe(line.length - 1);
});

test('durations', () => {
  expect([0.4, 59.6, 125, 3723].map(duration)).toEqual(['0:00', '1:00', '2:05', '1:02:03']);
});

test('programs that are compiled are shown while they are, and told of where lines only follow each other', () => {
  const compiling: readonly RunEvent[] = [
    { type: 'compilation', step: 0, program: 'update' },
    { type: 'compilation', step: 0, program: 'update', milliseconds: 9150 },
    { type: 'compilation', step: 0, program: 'act' },
    { type: 'compilation', step: 0, program: 'act', milliseconds: 150 },
  ];
  expect(shown(true, compiling, 200).split('\r\u001b[2K').slice(1)).toEqual([
    'step 0/200  compiling update',
    'step 0/200',
    'step 0/200  compiling act',
    'step 0/200\n',
  ]);
  expect(shown(false, compiling)).toBe('Compiled update in 9.2 s\n');
});
