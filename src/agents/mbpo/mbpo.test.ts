import { describe, expect, test } from 'vitest';
import { runThrough } from '../../../test/run-through.ts';
import { tightrope, tightropeDiscount, tightropeReward } from '../../../test/worlds/tightrope.ts';
import type { Agent } from '../../core/agent.ts';
import { InputError } from '../../core/errors.ts';
import type { Replay } from '../../core/replay.ts';
import { Rng } from '../../core/rng.ts';
import { type Box, discrete, sample } from '../../core/spaces.ts';
import { type Checkpoint, isKept } from '../../run/events.ts';
import { MemoryReplay } from '../../run/replay.ts';
import { type MbpoSettings, mbpo } from './index.ts';

const rope = tightrope();
const world = {
  observation: rope.observation,
  action: rope.action,
  reward: tightropeReward,
  discount: tightropeDiscount,
};
const small: MbpoSettings = {
  world,
  model: {
    members: 2,
    elites: 2,
    particles: 2,
    hidden: [8],
    batch: 16,
    gradientSteps: 6,
    firstTraining: 20,
    trainEvery: 10,
  },
  policy: { hidden: [8], batch: 20, updatesPerStep: 2, reportEvery: 5 },
  options: { branches: 30, schedule: [20, 40, 1, 3], retain: 2, realShare: 0.25 },
};
const agentFor = (settings: Partial<MbpoSettings> = {}, seed = 1) =>
  mbpo({ ...small, ...settings }, Rng.from(seed));
const view = { observation: Float32Array.of(0.3) };

/** N steps of the tightrope under random actions. */
function played(N: number): MemoryReplay<Box> {
  const replay = new MemoryReplay(rope);
  const rng = Rng.from(7);
  let state = rope.reset(rng);
  for (let n = 0; n < N; n++) {
    const action = sample(rope.action, rng);
    const { state: next, reward, discount } = rope.step(state, action, rng);
    const [observation, nextObservation] = [rope.observe(state), rope.observe(next)];
    replay.add({ observation, action, reward, nextObservation, discount });
    state = discount === 0 ? rope.reset(rng) : next;
  }
  return replay;
}

/** The replay, noting how many rows are asked for. */
function listening(replay: Replay) {
  const asked: number[] = [];
  const heard: Replay = {
    get size() {
      return replay.size;
    },
    get added() {
      return replay.added;
    },
    sample(B, rng) {
      asked.push(B);
      return replay.sample(B, rng);
    },
    sampleSequences: (B, T, rng) => replay.sampleSequences(B, T, rng),
    sampleStretches: (B, T, rng) => replay.sampleStretches(B, T, rng),
    all: () => replay.all(),
  };
  return { replay: heard, asked };
}

test('what cannot be used is refused', () => {
  const wrong = (settings: Partial<MbpoSettings>) => () => agentFor(settings);
  expect(wrong({ world: { ...world, action: discrete(2) as unknown as Box } })).toThrow(
    'mbpo: actions must be a box, got discrete(2).',
  );
  expect(wrong({ world: { ...world, cost: 'learned' } })).toThrow(
    'mbpo: the world must be given without a cost, as the policy learns from rewards alone',
  );
  expect(wrong({ options: { schedule: [5, 5, 1, 1] } })).toThrow(InputError);
  expect(wrong({ options: { realShare: 2 } })).toThrow(/realShare: .*got 2/);
  expect(wrong({ policy: { gamma: -1 } })).toThrow(/gamma: .*got -1/);
  expect(wrong({ model: { members: 0 } })).toThrow(/members: .*got 0/);
});

describe('learning', () => {
  test('waits for the model, then takes the shares asked for from what happened and what was imagined', async () => {
    const agent = agentFor();
    const early = listening(played(19));
    expect(await agent.learn?.(early.replay, Rng.from(1))).toBeUndefined();
    expect(early.asked).toEqual([]);
    const random = await agent.act(view, undefined, Rng.from(2), 'train');
    expect(random.action).toEqual(sample(world.action, Rng.from(2)));

    const due = listening(played(20));
    const metrics = await agent.learn?.(due.replay, Rng.from(1));
    // 30 branches begin at states that were seen; each of two updates takes a quarter of 20 from there
    expect(due.asked).toEqual([30, 5, 5]);
    expect(metrics).toMatchObject({ 'model/branch length': 1, 'model/imagined rows': 30, 'model/rows': 20 });
    expect(metrics).toHaveProperty('critic/loss'); // 20 is a step to report at
    expect((await agent.act(view, undefined, Rng.from(2), 'train')).action).not.toEqual(random.action);

    const between = listening(played(23));
    expect(await agent.learn?.(between.replay, Rng.from(1))).toBeUndefined();
    expect(between.asked).toEqual([5, 5]);
  });

  test('imagines longer branches as it is told, keeps so many rounds, and only what follows from states seen', async () => {
    const agent = agentFor();
    const rounds: number[] = [];
    for (const steps of [20, 30, 40]) {
      const metrics = await agent.learn!(played(steps), Rng.from(steps));
      rounds.push(metrics!['model/imagined rows']);
      expect(metrics!['model/branch length']).toBe({ 20: 1, 30: 2, 40: 3 }[steps]);
    }
    // nobody ends in one step from everywhere, but some fall within three
    expect(rounds[0]).toBe(30);
    expect(rounds[1]).toBeGreaterThan(30);
    expect(rounds[1]).toBeLessThanOrEqual(60);
    expect(rounds[2]).toBeLessThanOrEqual(90);
    const { arrays, facts } = agent.save();
    expect(facts.imagined).toEqual({ rounds: rounds.slice(1) });

    const column = (name: string) => Array.from(arrays[`imagined.${name}`].data);
    const [now, next, discounts, rewards] = ['observations', 'nextObservations', 'discounts', 'rewards'].map(
      column,
    );
    const seen = new Set(played(40).all().observations);
    const begun = now.slice(0, 30); // the first 30 rows of a round begin its branches
    expect(begun.every((x) => seen.has(x))).toBe(true);
    // every further row goes on from a row of its own round that did not end
    const open = new Set(next.slice(0, rounds[1]).filter((_, n) => discounts[n] === 1));
    expect(now.slice(30, rounds[1]).every((x) => open.has(x))).toBe(true);
    next.forEach((x, n) => {
      expect(discounts[n]).toBe(Math.abs(x) <= 1 ? 1 : 0);
      expect(rewards[n]).toBeCloseTo(Math.max(0, 1 - x * x), 5);
    });
  });

  test.each([
    [0, [30]],
    [1, [30, 20, 20]],
  ])('a real share of %d', async (realShare, asked) => {
    const due = listening(played(20));
    await agentFor({ options: { ...small.options, realShare } }).learn?.(due.replay, Rng.from(1));
    expect(due.asked).toEqual(asked);
  });
});

test('its model shows what it expects, and it hands out both networks', async () => {
  const agent = agentFor();
  await agent.learn?.(played(40), Rng.from(3));
  const actions = [0.5, -0.5, 1].map((a) => Float32Array.of(a));
  const root = await agent.model!.infer(view);
  const { states } = await agent.model!.step([root, root], actions.slice(0, 2), Rng.from(1));
  const seen = agent.model!.observe!([root, ...states]);
  expect(seen[0]).toEqual(view.observation);
  expect(seen[1]).not.toEqual(seen[2]);
  expect(Object.keys(await agent.networks!()).sort()).toEqual(['policy', 'world']);
});

async function collect(agent: Agent<Box>, steps: number, restore?: Checkpoint) {
  const evaluation = { every: 25, episodes: 1 };
  return runThrough({ environment: rope, agent, seed: 4, steps, evaluation, ...(restore && { restore }) });
}

const bits = ({ agent }: Checkpoint) => ({
  facts: agent.facts,
  ...Object.fromEntries(Object.entries(agent.arrays).map(([name, { data }]) => [name, Array.from(data)])),
});

// before, at and after the first training
test.each([10, 20, 33])('a run restored after step %i goes on to the last bit', async (stop) => {
  const whole = await collect(agentFor(), 50);
  const half = await collect(agentFor(), stop);
  // an agent drawn from another seed: all that matters is in the checkpoint
  const rest = await collect(agentFor({}, 9), 50, half.last);
  const cut = whole.events.findIndex((event) => event.type === 'step' && event.step === stop);
  expect(rest.events.filter(isKept)).toEqual(whole.events.slice(cut + 1).filter(isKept));
  expect(bits(rest.last)).toEqual(bits(whole.last));
});

test('what another agent saved is refused', () => {
  expect(() => agentFor().load({ arrays: {}, facts: {} })).toThrow(InputError);
});
