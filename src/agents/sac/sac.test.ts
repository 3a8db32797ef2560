import { describe, expect, test } from 'vitest';
import { runThrough } from '../../../test/run-through.ts';
import { tightrope } from '../../../test/worlds/tightrope.ts';
import type { Agent } from '../../core/agent.ts';
import { InputError, NumericalError } from '../../core/errors.ts';
import type { Batch, Replay } from '../../core/replay.ts';
import { Rng } from '../../core/rng.ts';
import { type Box, box, contains, discrete, sample } from '../../core/spaces.ts';
import { runOnnx } from '../../engine/backends/onnxruntime.ts';
import type { Tensor } from '../../engine/tensor.ts';
import { type Checkpoint, isKept } from '../../run/events.ts';
import { type SacOptions, sac, sacDefaults } from './index.ts';
import { sacLearner } from './learner.ts';

const world = tightrope();
const small: Partial<SacOptions> = { hidden: [8], batch: 16, firstSteps: 20, reportEvery: 10 };
const agentFor = (options: Partial<SacOptions> = {}, seed = 1) =>
  sac({ world, options: { ...small, ...options } }, Rng.from(seed));
const view = { observation: Float32Array.of(0.3) };

/** A replay that counts how often it was asked. */
function listening(added: number, B = 16) {
  let asked = 0;
  const batch: Batch = {
    observations: new Float32Array(B).fill(0.1),
    actions: new Float32Array(B).fill(0.5),
    rewards: new Float32Array(B).fill(1),
    nextObservations: new Float32Array(B).fill(0.2),
    discounts: new Float32Array(B).fill(1),
  };
  const sample = () => {
    asked++;
    return batch;
  };
  const replay = { added, size: added, sample } as unknown as Replay;
  return { replay, batch, asked: () => asked };
}

describe('what cannot be used is refused', () => {
  test.each([
    [discrete(3), 'sac: actions must be a box, got discrete(3).'],
    [box([-1, -Infinity], [1, 1]), 'bounds of actions must be finite, got [-Infinity, 1] at element 1.'],
  ])('%o', (action, says) => {
    const wrong = () => sac({ world: { ...world, action: action as Box } }, Rng.from(1));
    expect(wrong).toThrow(InputError);
    expect(wrong).toThrow(says);
  });

  test('options', () => {
    const wrong = () => agentFor({ gamma: 1.5, bacth: 3 } as Partial<SacOptions>);
    expect(wrong).toThrow(/gamma: .*got 1.5/);
    expect(wrong).toThrow('bacth: there is no such option. Did you mean "batch"?');
  });
});

describe('acting', () => {
  test('is random at first, then the policy with noise; its median when told to do its best', async () => {
    const agent = agentFor();
    const random = await agent.act(view, undefined, Rng.from(2), 'train');
    expect(random.action).toEqual(sample(world.action, Rng.from(2)));
    const before = await agent.act(view, undefined, Rng.from(2), 'evaluate');
    expect(before.action).toEqual((await agent.act(view, undefined, Rng.from(3), 'evaluate')).action);

    await agent.learn?.(listening(20).replay, Rng.from(4));
    const drawn = await agent.act(view, undefined, Rng.from(2), 'train');
    expect(drawn.action).not.toEqual(random.action);
    expect(drawn).toEqual(await agent.act(view, undefined, Rng.from(2), 'train'));
    expect(drawn.action).not.toEqual((await agent.act(view, undefined, Rng.from(3), 'train')).action);
    expect(contains(world.action, drawn.action)).toBe(true);
  });

  test('in bounds of any place and width, also where tanh is 1', async () => {
    const action = box([-0.3, 5], [0.1, 7.7]);
    const options: SacOptions = { ...sacDefaults, hidden: [8] };
    const learner = sacLearner('test', { observation: box(-1, 1), action }, options, Rng.from(1));
    const observations = Float32Array.from({ length: 200 }, (_, i) => (i - 100) * 1e3);
    const actions = await learner.actions(observations, Rng.from(2), 'train');
    expect(actions).toHaveLength(400);
    const each = Array.from({ length: 200 }, (_, n) => actions.slice(2 * n, 2 * n + 2));
    expect(each.every((one) => contains(action, one))).toBe(true);
    const atBounds = each.filter((one) => one.some((a, i) => a === action.low[i] || a === action.high[i]));
    expect(atBounds.length).toBeGreaterThan(50);
  });
});

describe('when it learns', () => {
  test.each([
    { updatesPerStep: 1, updateEvery: 1, expected: [1, 1, 1, 1, 1, 1] },
    { updatesPerStep: 3, updateEvery: 1, expected: [3, 3, 3, 3, 3, 3] },
    { updatesPerStep: 0.5, updateEvery: 1, expected: [0, 1, 0, 1, 0, 1] },
    // at steps 20, 24: the one that is due, then four more
    { updatesPerStep: 1, updateEvery: 4, expected: [1, 0, 0, 0, 4, 0] },
  ])('$updatesPerStep updates a step, every $updateEvery', async ({ expected, ...options }) => {
    const agent = agentFor(options);
    const none = listening(19);
    await agent.learn?.(none.replay, Rng.from(1));
    expect(none.asked()).toBe(0);
    const made: number[] = [];
    for (let step = 20; step < 26; step++) {
      const { replay, asked } = listening(step);
      await agent.learn?.(replay, Rng.from(step));
      made.push(asked());
    }
    expect(made).toEqual(expected);
  });

  test('it reports averages, every so many steps', async () => {
    const agent = agentFor({ updatesPerStep: 2 });
    const reports: number[] = [];
    for (let step = 18; step <= 45; step++) {
      const metrics = await agent.learn?.(listening(step).replay, Rng.from(step));
      if (!metrics) continue;
      reports.push(step);
      expect(Object.keys(metrics).sort()).toEqual([
        'actor/loss',
        'critic/loss',
        'policy/entropy',
        'temperature',
      ]);
      // alpha begins at 1, changed by no more than 3e-4 of itself an update
      expect(Math.abs(metrics.temperature - 1)).toBeLessThan(0.02);
    }
    expect(reports).toEqual([20, 30, 40]);
  });

  test('a number gone wrong stops it, and changes nothing', async () => {
    const agent = agentFor();
    await agent.learn?.(listening(20).replay, Rng.from(1));
    const before = bits(agent);
    const { replay, batch } = listening(21);
    batch.rewards[3] = Number.NaN;
    const failed = agent.learn!(replay, Rng.from(2));
    await expect(failed).rejects.toThrow(NumericalError);
    await expect(failed).rejects.toThrow('sac, update 2: critic/loss: every number must be finite, got NaN.');
    expect(bits(agent).policy).toEqual(before.policy);
  });
});

test('the exported policy says what its median is', async () => {
  const agent = agentFor();
  const { policy } = await agent.networks!();
  const asked = { observation: { dtype: 'float32', shape: [1, 1], data: view.observation } } as const;
  const { action } = await runOnnx(policy.onnx, asked);
  const { action: ours } = await agent.act(view, undefined, Rng.from(1), 'evaluate');
  expect(action.data[0]).toBeCloseTo(ours[0], 5);
  const again = await runOnnx(policy.onnx, policy.inputs as Record<string, Tensor>);
  expect(again.action.data[0]).toBeCloseTo(policy.outputs.action.data[0], 5);
});

async function collect(agent: Agent<Box>, steps: number, restore?: Checkpoint) {
  const evaluation = { every: 25, episodes: 1 };
  return runThrough({ environment: world, agent, seed: 4, steps, evaluation, ...(restore && { restore }) });
}

/** All that is saved, as plain numbers; the policy's together. */
function bits(agent: Agent<Box> | Checkpoint['agent']) {
  const { arrays, facts } = 'save' in agent ? agent.save() : agent;
  const plain = Object.entries(arrays).map(([name, { data }]) => [name, Array.from(data)] as const);
  return { ...Object.fromEntries(plain), facts, policy: plain.filter(([name]) => name.startsWith('policy')) };
}

// among the random steps, at the first update, between reports, at a report
test.each([10, 20, 27, 40])('a run restored after step %i goes on to the last bit', async (stop) => {
  const options = { updatesPerStep: 0.75 };
  const whole = await collect(agentFor(options), 60);
  const reports = whole.events.filter(({ type }) => type === 'learn').map(({ step }) => step);
  expect(reports).toEqual([30, 40, 50, 60]); // at step 20 no update was due yet
  const half = await collect(agentFor(options), stop);
  // an agent drawn from another seed: all that matters is in the checkpoint
  const rest = await collect(agentFor(options, 9), 60, half.last);
  const cut = whole.events.findIndex((event) => event.type === 'step' && event.step === stop);
  expect(rest.events.filter(isKept)).toEqual(whole.events.slice(cut + 1).filter(isKept));
  expect(bits(rest.last.agent)).toEqual(bits(whole.last.agent));
});

test('what another agent saved is refused', () => {
  expect(() => agentFor().load({ arrays: {}, facts: {} })).toThrow(InputError);
  expect(() => agentFor({ hidden: [4] }).load(agentFor().save())).toThrow('must have shape');
});
