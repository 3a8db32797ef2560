/** Costs from the world to the events, the replay and the lines that people read. */
import { expect, test } from 'vitest';
import { type DriftState, drift, driftAgent } from '../../test/worlds/drift.ts';
import { type Box, InputError, Rng } from '../core/index.ts';
import { constrained } from '../envs/constrained.ts';
import { repeated } from '../envs/repeated.ts';
import { type Checkpoint, isKept, type KeptEvent, type RunEvent } from './events.ts';
import { terminal } from './files/sinks.ts';
import { holds, ofTwin, returnOfTwin, trainingViolations, violationsOfTwin } from './recipe.ts';
import { MemoryReplay } from './replay.ts';
import { type RunOptions, run } from './run.ts';

/** Right of 0.2 it costs how far. */
const world = () => constrained(drift(), (_state, _action, next) => Math.max(0, next.x - 0.2));
const options = (changes: Partial<RunOptions<DriftState, Box>> = {}): RunOptions<DriftState, Box> => ({
  environment: world(),
  agent: driftAgent(),
  seed: 3,
  steps: 90,
  evaluation: { every: 40, episodes: 2 },
  ...changes,
});
async function collect(given: RunOptions<DriftState, Box>): Promise<RunEvent[]> {
  const list: RunEvent[] = [];
  for await (const event of run(given)) list.push(event);
  return list;
}

test('episodes tell the sum of costs and the decisions that cost anything, the end all of training', async () => {
  const events = await collect(options());
  let [cost, violations, all, episodes] = [0, 0, 0, 0];
  let unfinished = 0;
  for (const event of events) {
    if (event.type === 'step') unfinished += event.cost! > 0 ? 1 : 0;
    // an episode's event comes before its last step's
    if (event.type === 'episode') {
      const last = events[events.findIndex((one) => one.type === 'step' && one.step === event.step)];
      const own = events.filter(
        (one) => one.type === 'step' && one.step > event.step - event.length && one.step <= event.step,
      );
      cost = own.reduce((sum, one) => sum + (one.type === 'step' ? one.cost! : 0), 0);
      violations = own.filter((one) => one.type === 'step' && one.cost! > 0).length;
      expect(last.type).toBe('step');
      expect(event.cost).toBeCloseTo(cost, 10);
      expect(event.violations).toBe(violations);
      all += violations;
      episodes++;
    }
  }
  expect(episodes).toBeGreaterThan(3);
  expect(all).toBeGreaterThan(3);
  expect(events.at(-1)).toEqual({ type: 'done', step: 90, violations: unfinished });
  expect(unfinished).toBeGreaterThanOrEqual(all);
});

test('evaluations tell means an episode', async () => {
  const events = await collect(options());
  const evaluations = events.filter((event) => event.type === 'evaluation');
  expect(evaluations.length).toBe(3);
  for (const { cost, violations } of evaluations) {
    expect(cost).toBeGreaterThanOrEqual(0);
    expect(Number.isInteger(2 * violations!)).toBe(true);
  }
});

test('a world without costs tells none', async () => {
  for (const event of await collect(options({ environment: drift() }))) {
    expect(event).not.toHaveProperty('cost');
    expect(event).not.toHaveProperty('violations');
  }
});

test('a decision that is repeated is one violation', async () => {
  const always = constrained(drift(), () => 0.25);
  const events = await collect(
    options({ environment: repeated(always, 4), evaluation: undefined, steps: 40 }),
  );
  expect(events.at(-1)).toMatchObject({ violations: 10 });
  expect(events.find((event) => event.type === 'step')).toMatchObject({ cost: 1 });
});

test.each([7, 20, 40, 63])('restored after step %i, costs go on the same', async (stop) => {
  let restore: Checkpoint | undefined;
  let end: Checkpoint | undefined;
  const whole: KeptEvent[] = [];
  let at = 0;
  for await (const event of run(options())) {
    if (isKept(event)) whole.push(event);
    if (event.type !== 'step') continue;
    end = event.save();
    if (event.step === stop) {
      restore = structuredClone(end);
      at = whole.length;
    }
  }
  expect(restore!.replay.arrays.costs.shape).toEqual([stop, 1]);
  const rest: RunEvent[] = [];
  let restoredEnd: Checkpoint | undefined;
  for await (const event of run(options({ restore }))) {
    rest.push(event);
    if (event.type === 'step') restoredEnd = event.save();
  }
  expect(rest.filter(isKept)).toEqual(whole.slice(at));
  expect(restoredEnd).toEqual(end);
});

test('a ring of rows keeps the newest costs, and gives them back', () => {
  const space = drift();
  const replay = new MemoryReplay({ ...space, capacity: 4 });
  const add = (cost?: number) =>
    replay.add({
      observation: Float32Array.of(0),
      action: Float32Array.of(0),
      reward: 0,
      nextObservation: Float32Array.of(0),
      discount: 1,
      ...(cost !== undefined && { cost }),
    });
  add();
  expect(replay.all().costs).toBeUndefined();
  for (const cost of [1, 0, 3, 0.5, 2]) add(cost);
  expect([...replay.all().costs!]).toEqual([0, 3, 0.5, 2]);
  expect(replay.sample(3, Rng.from(1)).costs).toHaveLength(3);
  const other = new MemoryReplay({ ...space, capacity: 4 });
  other.load(replay.save());
  expect([...other.all().costs!]).toEqual([0, 3, 0.5, 2]);
  const short = replay.save();
  short.arrays.costs.data.fill(0);
  expect(() =>
    other.load({
      ...short,
      arrays: { ...short.arrays, costs: { shape: [1, 1], data: new Float32Array(1) } },
    }),
  ).toThrow(InputError);
});

test('the progress line counts violations', () => {
  const written: string[] = [];
  const { take } = terminal({ stream: { write: (text) => written.push(text) }, steps: 100, now: () => 0 });
  take({
    type: 'episode',
    step: 5,
    episode: 1,
    return: -2,
    length: 5,
    terminated: false,
    cost: 1.5,
    violations: 1,
  });
  take({ type: 'evaluation', step: 5, mean: 3, low: 2, high: 4, episodes: 2, cost: 0, violations: 2.5 });
  expect(written.join('')).toContain('episode 1  return -2, 1 violation  evaluation 3 ±1, 2.5 violations');
});

test('a twin is what a run is measured beside', () => {
  const events = (violations: number, mean: number): KeptEvent[] => [
    { type: 'evaluation', step: 10, mean, low: null, high: null, episodes: 1 },
    { type: 'done', step: 10, violations },
  ];
  const [own, twin] = [events(3, -400), events(60, -300)];
  expect(violationsOfTwin.measure(own, twin)).toBe(5);
  // from -1300 to -300 are 1000, to -400 900
  expect(returnOfTwin({ random: -1300 }).measure(own, twin)).toBe(90);
  expect(ofTwin('free', trainingViolations).measure(own, twin)).toBe(60);
  // nothing counted, or nothing to save: not passed
  expect(holds({ ...violationsOfTwin, atMost: 10 }, violationsOfTwin.measure(own))).toBe(false);
  expect(
    holds({ ...violationsOfTwin, atMost: 10 }, violationsOfTwin.measure(events(0, 0), events(0, 0))),
  ).toBe(false);
  expect(
    holds({ ...violationsOfTwin, atMost: 10 }, violationsOfTwin.measure(events(1, 0), events(0, 0))),
  ).toBe(false);
});
