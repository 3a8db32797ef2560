import { describe, expect, test } from 'vitest';
import { runThrough } from '../../../test/run-through.ts';
import { tightrope, tightropeInSteps } from '../../../test/worlds/tightrope.ts';
import type { Mode } from '../../core/agent.ts';
import { InputError, NumericalError } from '../../core/errors.ts';
import type { View } from '../../core/model.ts';
import { Rng } from '../../core/rng.ts';
import { type Box, box, contains, type Discrete, type Space } from '../../core/spaces.ts';
import { runOnnx } from '../../engine/backends/onnxruntime.ts';
import { catchBall } from '../../envs/catch.ts';
import { pixels } from '../../envs/pixels.ts';
import { type Checkpoint, isKept } from '../../run/events.ts';
import { MemoryReplay } from '../../run/replay.ts';
import { type Dreamer, type DreamerSettings, dreamer } from './index.ts';

const small = {
  model: { deterministic: 8, variables: 2, classes: 3, blocks: 2, hidden: 8, units: 8, layers: 1, bins: 9 },
  units: 8,
  layers: 1,
  bins: 9,
  batch: 3,
  length: 4,
  starts: 2,
  horizon: 2,
  firstSteps: 20,
  trainRatio: 6, // an update every two steps
  reportEvery: 10,
} as const;
const world = tightrope();
const agentFor = (options: DreamerSettings<Box>['options'] = {}, seed = 1) =>
  dreamer({ world, options: { ...small, ...options } }, Rng.from(seed));

/** Random play on a world, remembered. */
function remembered(environment: typeof world, rows: number) {
  const replay = new MemoryReplay(environment);
  const rng = Rng.from('random play');
  let state = environment.reset(rng);
  while (replay.added < rows) {
    const action = Float32Array.of(2 * rng.uniform() - 1);
    const next = environment.step(state, action, rng);
    replay.add({
      observation: environment.observe(state),
      action,
      reward: next.reward,
      nextObservation: environment.observe(next.state),
      discount: next.discount,
    });
    state = next.discount === 0 ? environment.reset(rng) : next.state;
  }
  return replay;
}

describe('what cannot be used is refused', () => {
  test('spaces', () => {
    const of = (part: object) => () => dreamer({ world: { ...world, ...part } }, Rng.from(1));
    expect(of({ action: box(-1, Infinity) })).toThrow(InputError);
    expect(of({ action: box(-1, Infinity) })).toThrow('dreamer-v3: bounds of actions must be finite');
    expect(of({ action: [box(0, 1)] as unknown as Space })).toThrow(
      'must be discrete, or a box, got a mixture',
    );
    expect(of({ observation: box(0, 1, [3, 8, 8]) })).toThrow(
      'the observation must be a vector, or a picture [height, width, 1 or 3] of 4 x 4 or more',
    );
  });

  test('options', () => {
    expect(() => agentFor({ lenght: 3 } as object)).toThrow(
      'lenght: there is no such option. Did you mean "length"?',
    );
    expect(() => agentFor({ starts: 5 })).toThrow('starts must be at most length');
    expect(() => agentFor({ firstSteps: 3 })).toThrow('firstSteps must be at least length');
    expect(() => agentFor({ model: { blocks: 3 } })).toThrow(
      'model.blocks: blocks must divide deterministic',
    );
  });
});

describe('acting', () => {
  const view = (x: number): View => ({ observation: Float32Array.of(x) });

  test('goes by what was seen before, in as many worlds as are shown', async () => {
    const agent = agentFor();
    const first = await agent.act(view(0.1), undefined, Rng.from(1), 'evaluate');
    expect(contains(world.action, first.action)).toBe(true);
    expect(first).toEqual(await agent.act(view(0.1), undefined, Rng.from(1), 'evaluate'));
    const later = await agent.act(view(0.1), first.carry, Rng.from(1), 'evaluate');
    expect(later.carry.features).not.toEqual(first.carry.features);
    const rngs = [3, 1, 1].map((seed) => Rng.from(seed));
    const views = [0.7, 0.1, 0.1].map(view);
    const many = await agent.actMany!(views, [undefined, undefined, first.carry], rngs, 'evaluate');
    [first, later].forEach((alone, i) => {
      alone.carry.features.forEach((x, k) => {
        expect(many[i + 1].carry.features[k]).toBeCloseTo(x, 5);
      });
    });
  });

  test('is random before the first update, then draws; never what is not legal', async () => {
    const agent = dreamer({ world: tightropeInSteps(), options: small }, Rng.from(1));
    const seen = { ...view(0.3), legal: Uint8Array.of(0, 1, 1) };
    for (const mode of ['train', 'evaluate'] as const) {
      const drawn = new Set<number>();
      for (let i = 0; i < 30; i++) drawn.add((await agent.act(seen, undefined, Rng.from(i), mode)).action);
      expect(drawn.has(0)).toBe(false);
      if (mode === 'train') expect(drawn.size).toBe(2);
    }
  });
});

test('it learns so many updates as the train ratio asks for, reports their means, and stops where a number goes wrong', async () => {
  const agent = agentFor();
  const reports: [number, readonly string[]][] = [];
  const replay = new MemoryReplay(world);
  for (const row of rowsOf(remembered(world, 41))) {
    replay.add(row);
    const metrics = await agent.learn?.(replay, Rng.from(replay.added));
    if (metrics) reports.push([replay.added, Object.keys(metrics)]);
  }
  // (41 - 20) steps * 6 moments / (3 * 4) an update
  expect(agent.save().facts.updates).toBe(10);
  expect(reports.map(([at]) => at)).toEqual([30, 40]);
  for (const name of [
    'model/reconstruction',
    'model/divergence',
    'model/latent use',
    'model/reward',
    'behaviour/actor',
    'behaviour/policy entropy',
    'behaviour/value error',
    'gradient norm',
  ])
    expect(reports[0][1]).toContain(name);
  // its model can be looked around in, whatever it knows by now
  const root = await agent.model.infer({ observation: Float32Array.of(0.1) });
  const { states } = await agent.model.step([root], [Float32Array.of(1)], Rng.from(1));
  expect(agent.model.observe(states).map(({ length }) => length)).toEqual([1]);
  // and acted in, by what is believed alone: in training by chance
  const from = (seed: number, mode: Mode) => agent.actFrom(states[0], undefined, Rng.from(seed), mode);
  expect(contains(world.action, await from(1, 'evaluate'))).toBe(true);
  expect(await from(1, 'evaluate')).toEqual(await from(2, 'evaluate'));
  expect(await from(1, 'train')).not.toEqual(await from(2, 'train'));

  // its networks as other programs run them, step by step, say what it says
  const { policy, world: step } = await agent.networks!();
  for (const file of [policy, step]) {
    const out = await runOnnx(file.onnx, file.inputs as never);
    for (const [name, ours] of Object.entries(file.outputs)) {
      expect(out[name].shape).toEqual(ours.shape);
      ours.data.forEach((value, i) => {
        expect(out[name].data[i]).toBeCloseTo(value, 4);
      });
    }
  }
  const { action } = await agent.act(
    { observation: Float32Array.of(0) },
    undefined,
    Rng.from('example'), // the same dice
    'evaluate',
  );
  expect(policy.outputs.best.data[0]).toBeCloseTo(action[0], 5);
  expect(Object.keys(step.outputs)).toEqual(['nextBelief', 'reward', 'continuation', 'observation']);

  // a number gone wrong stops it, names the term and the update, and changes nothing
  const before = plain(agent.save());
  for (const row of rowsOf(remembered(world, 12))) replay.add({ ...row, reward: Number.NaN });
  const failed = agent.learn!(replay, Rng.from(2));
  await expect(failed).rejects.toThrow(NumericalError);
  await expect(failed).rejects.toThrow(
    /dreamer-v3, update 1[1-6]: .*(model|behaviour)\/.*: every number must be finite, got NaN/,
  );
  const after = plain(agent.save());
  if (after.facts.updates === 10) expect(after.params).toEqual(before.params);
  expect(after.params.every(([, numbers]) => numbers.every(Number.isFinite))).toBe(true);
});

test.each([1, 2] as const)(
  'version %i acts and learns over boxes and integers, by its own losses',
  async (version) => {
    // what depends on sizes stays small
    const model = { deterministic: 8, variables: 2, classes: 3, hidden: 8, units: 8, layers: 1 };
    const options = { ...small, model, slowEvery: 2 };
    const agent = dreamer({ world, version, options }, Rng.from(1));
    expect(agent.name).toBe(`dreamer-v${version}`);
    const replay = new MemoryReplay(world);
    const same: boolean[] = [];
    for (const row of rowsOf(remembered(world, 26))) {
      replay.add(row);
      await agent.learn?.(replay, Rng.from(replay.added));
      const { arrays } = agent.save();
      const of = (network: string) => arrays[`${network}.layers.1.dense.weight`].data;
      if (replay.added % 2 === 0 && replay.added > 20)
        same.push(of('slowCritic').every((x, i) => x === of('params.critic')[i]));
    }
    // the first of the updates foresees rewards of 0 alone, as the critic does; the second moves the slow critic, or copies it
    expect(same).toEqual([true, version === 2, false]);
    const { facts } = agent.save();
    expect(facts.updates).toBe(3);
    expect(Object.keys(facts.sums as object)).not.toContain('behaviour/replayed critic');
    const { action } = await agent.act(
      { observation: Float32Array.of(0.2) },
      undefined,
      Rng.from(2),
      'train',
    );
    expect(contains(world.action, action)).toBe(true);
    const steps = dreamer({ world: tightropeInSteps(), version, options }, Rng.from(1));
    const chosen = await steps.act({ observation: Float32Array.of(0.2) }, undefined, Rng.from(2), 'evaluate');
    expect([0, 1, 2]).toContain(chosen.action);
  },
);

async function collect(agent: Dreamer<Box>, steps: number, restore?: Checkpoint) {
  const evaluation = { every: 25, episodes: 1 };
  return runThrough({ environment: world, agent, seed: 4, steps, evaluation, ...(restore && { restore }) });
}

test('a run restored in the middle of an episode, between reports, goes on to the last bit', async () => {
  const whole = await collect(agentFor(), 46);
  expect(whole.events.filter(({ type }) => type === 'learn').map(({ step }) => step)).toEqual([30, 40]);
  const half = await collect(agentFor(), 33);
  // an agent drawn from another seed: all that matters is in the checkpoint
  const rest = await collect(agentFor({}, 9), 46, half.last);
  const cut = whole.events.findIndex((event) => event.type === 'step' && event.step === 33);
  expect(rest.events.filter(isKept)).toEqual(whole.events.slice(cut + 1).filter(isKept));
  expect(plain(rest.last.agent)).toEqual(plain(whole.last.agent));
});

describe('with actors: 1, updates are made beside acting', () => {
  const beside = { actors: 1 };

  /** Learns from the same rows, with the same dice. */
  async function taught(agent: Dreamer<Box>, rows: number, after?: (step: number) => Promise<void>) {
    const replay = new MemoryReplay(world);
    for (const row of rowsOf(remembered(world, rows))) {
      replay.add(row);
      await agent.learn?.(replay, Rng.from(replay.added));
      await after?.(replay.added);
    }
    const { params, facts } = plain(agent.save());
    return { params, facts };
  }

  test('they are the same, each taking effect when the next begins, also where the thread ends amid one', async () => {
    const alone = await taught(agentFor(), 38);
    const agent = agentFor(beside);
    const other = await taught(agent, 40, async (step) => {
      if (step === 32) await agent.dispose();
    });
    expect(alone.facts).toMatchObject({ updates: 9, begun: 9 });
    expect(other.facts).toMatchObject({ updates: 9, begun: 10 });
    expect(other.params).toEqual(alone.params);
    await agent.dispose();
  });

  test('a run restored amid an update goes on to the last bit', async () => {
    const agents = [agentFor(beside), agentFor(beside), agentFor(beside, 9)];
    const whole = await collect(agents[0], 46);
    const half = await collect(agents[1], 33);
    expect(half.last.agent.facts.begun).toBe((half.last.agent.facts.updates as number) + 1);
    const rest = await collect(agents[2], 46, half.last);
    expect(plain(rest.last.agent)).toEqual(plain(whole.last.agent));
    await Promise.all(agents.map((agent) => agent.dispose()));
  });
});

test('it sees pictures beside vectors, and a run with them goes on to the last bit', async () => {
  const seen = pixels(catchBall(), { size: [6, 5], beside: true });
  const agentOf = (seed: number) =>
    dreamer({ world: seen, options: { ...small, model: { ...small.model, depth: 2 } } }, Rng.from(seed));
  const playOn = (agent: Dreamer<Discrete>, steps: number, restore?: Checkpoint) =>
    runThrough({
      environment: seen,
      agent,
      seed: 4,
      steps,
      evaluation: { every: 50, episodes: 1 },
      ...(restore && { restore }),
    });
  const whole = await playOn(agentOf(1), 31);
  const half = await playOn(agentOf(1), 25);
  const rest = await playOn(agentOf(9), 31, half.last);
  expect(plain(rest.last.agent)).toEqual(plain(whole.last.agent));
  expect(rest.last.replay).toEqual(whole.last.replay);
  const encoded = Object.keys(whole.last.agent.arrays).filter((name) =>
    name.startsWith('params.world.encoder.'),
  );
  expect(encoded).toContain('params.world.encoder.pictures.picture.0.dense.weight');
  expect(encoded).toContain('params.world.encoder.vectors.layers.0.dense.weight');
  // what it imagines is made of the same parts: light in [0, 1], then a board
  const { model } = agentOf(1);
  const state = await model.infer({ observation: seen.observe(seen.reset(Rng.from(1))) });
  const { states } = await model.step([state], [1], Rng.from(2));
  const [first, next] = [state, states[0]].map(({ observation }) => observation);
  expect([first.length, next.length]).toEqual([80, 80]);
  expect(next.slice(0, 30).every((light) => light > 0 && light < 1)).toBe(true);
});

test('what another agent saved, or one of other sizes, is refused, and the field named', () => {
  expect(() => agentFor().load({ arrays: {}, facts: {} })).toThrow(InputError);
  expect(() => agentFor({ units: 4 }).load(agentFor().save())).toThrow(
    '"params.actor.layers.0.dense.weight" must have shape [14,4], got [14,8]',
  );
});

function* rowsOf(replay: MemoryReplay<Box>) {
  const all = replay.all();
  for (let i = 0; i < replay.size; i++) {
    yield {
      observation: all.observations.slice(i, i + 1),
      action: all.actions.slice(i, i + 1),
      reward: all.rewards[i],
      nextObservation: all.nextObservations.slice(i, i + 1),
      discount: all.discounts[i],
    };
  }
}

/** All that is saved, as plain numbers; the parameters together. */
function plain({ arrays, facts }: Checkpoint['agent']) {
  const numbers = Object.entries(arrays).map(([name, { data }]) => [name, Array.from(data)] as const);
  return { numbers, facts, params: numbers.filter(([name]) => name.startsWith('params')) };
}
