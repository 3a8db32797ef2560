import { describe, expect, test } from 'vitest';
import { runThrough } from '../../test/run-through.ts';
import {
  tightrope,
  tightropeDiscount,
  tightropeInSteps,
  tightropeReward,
} from '../../test/worlds/tightrope.ts';
import type { Agent } from '../core/agent.ts';
import type { Environment } from '../core/environment.ts';
import { InputError } from '../core/errors.ts';
import { Rng } from '../core/rng.ts';
import { contains, type Space, sample } from '../core/spaces.ts';
import { cartPole, cartPoleDiscount, cartPoleReward } from '../envs/cart-pole.ts';
import type { EnsembleOptions, EnsembleWorld } from '../models/ensemble/index.ts';
import { cem } from '../planners/cem.ts';
import { randomShooting } from '../planners/shooting.ts';
import { type Checkpoint, isKept, type RunEvent } from '../run/events.ts';
import { MemoryReplay } from '../run/replay.ts';
import { pets } from './pets.ts';

const model: Partial<EnsembleOptions> = {
  members: 2,
  elites: 2,
  particles: 2,
  hidden: [8],
  batch: 16,
  epochs: 2,
  firstTraining: 30,
  trainEvery: 10,
  threads: 1,
};
const HORIZON = 4;

function agentFor<A extends Space>(world: EnsembleWorld<A>, seed = 1): Agent<A> {
  const planner = cem<A>({ horizon: HORIZON, population: 16, iterations: 2 });
  return pets({ world, planner, model }, Rng.from(seed)) as Agent<A>;
}

const rope = tightrope();
const ropeRules = { reward: tightropeReward, discount: tightropeDiscount };
const ropeAgent = (seed?: number) =>
  agentFor({ observation: rope.observation, action: rope.action, ...ropeRules }, seed);

/** N steps of the tightrope under random actions. */
function played(N: number): MemoryReplay<typeof rope.action> {
  const replay = new MemoryReplay(rope);
  const rng = Rng.from(7);
  let state = rope.reset(rng);
  for (let n = 0; n < N; n++) {
    const action = sample(rope.action, rng);
    const { state: next, reward, discount } = rope.step(state, action, rng);
    replay.add({
      observation: rope.observe(state),
      action,
      reward,
      nextObservation: rope.observe(next),
      discount,
    });
    state = discount === 0 ? rope.reset(rng) : next;
  }
  return replay;
}

const view = { observation: Float32Array.of(0.3) };

describe('before there is a model', () => {
  test.each(['train', 'evaluate'] as const)('actions are drawn from the space: %s', async (mode) => {
    const agent = ropeAgent();
    const rng = Rng.from(2);
    const same = Rng.from(2);
    for (let i = 0; i < 5; i++) {
      const decision = await agent.act(view, undefined, rng, mode);
      expect(decision).toEqual({ action: sample(rope.action, same) });
    }
  });

  test('it learns when enough has been seen, and not before', async () => {
    const agent = ropeAgent();
    expect(await agent.learn?.(played(29), Rng.from(3))).toBeUndefined();
    expect(await agent.act(view, undefined, Rng.from(2), 'train')).not.toHaveProperty('plan');
    expect(await agent.learn?.(played(30), Rng.from(3))).toMatchObject({ 'model/rows': 30 });
    expect(await agent.act(view, undefined, Rng.from(2), 'train')).toHaveProperty('plan');
  });
});

test('once there is a model it plans in it, also from the middle of an episode', async () => {
  const agent = ropeAgent();
  const random = await agent.act(view, undefined, Rng.from(2), 'train');
  await agent.learn?.(played(30), Rng.from(3));

  const first = await agent.act(view, random.carry, Rng.from(2), 'train');
  expect(contains(rope.action, first.action)).toBe(true);
  expect(first.plan?.trace.candidates).toHaveLength(16 * HORIZON);
  expect(first.foresee).toBeUndefined();
  // the next plan begins where this one ended, so it is not what a fresh one would be
  const warm = await agent.act(view, first.carry, Rng.from(5), 'train');
  const fresh = await agent.act(view, undefined, Rng.from(5), 'train');
  expect(warm.action).not.toEqual(fresh.action);
  expect(await agent.act(view, first.carry, Rng.from(5), 'train')).toEqual(warm);

  const told = await agent.act(view, undefined, Rng.from(5), 'evaluate');
  expect(told.action).toEqual(fresh.action);
  const { plan, candidates } = (await told.foresee?.(4, Rng.from(6)))!;
  expect(candidates).toHaveLength(4);
  for (const seen of [plan, ...candidates.map(({ observations }) => observations)]) {
    expect(seen[0]).toEqual(view.observation);
    expect(seen).toHaveLength(HORIZON + 1);
  }
});

test('its model shows what it expects under given actions', async () => {
  const agent = ropeAgent();
  await agent.learn?.(played(60), Rng.from(3));
  const { model } = agent;
  const root = await model!.infer(view);
  const step = (seed: number) => model!.step([root], [Float32Array.of(0.5)], Rng.from(seed));
  const { states } = await step(1);
  expect(model!.observe!([root])).toEqual([view.observation]);
  expect(model!.observe!(states)[0]).not.toEqual(view.observation);
  // the mean of all elites: without chance
  expect((await step(2)).states).toEqual(states);
});

async function collect<S, A extends Space>(
  environment: Environment<S, A>,
  agent: Agent<A>,
  steps: number,
  restore?: Checkpoint,
): Promise<{ events: RunEvent[]; last: Checkpoint | undefined }> {
  const evaluation = { every: 25, episodes: 1 };
  return runThrough({ environment, agent, seed: 4, steps, evaluation, ...(restore && { restore }) });
}

const bits = (checkpoint: Checkpoint | undefined) => ({
  ...checkpoint!.agent.facts,
  ...Object.fromEntries(
    Object.entries(checkpoint!.agent.arrays).map(([name, { data }]) => [name, Array.from(data)]),
  ),
});

// before, at and after the first training
test.each([20, 30, 43])('a run restored after step %i goes on to the last bit', async (stop) => {
  const whole = await collect(rope, ropeAgent(), 60);
  expect(whole.events.filter((event) => event.type === 'learn').map((event) => event.step)).toEqual([
    30, 40, 50, 60,
  ]);
  // an agent drawn from another seed: all that matters is in the checkpoint
  const half = await collect(rope, ropeAgent(), stop);
  const rest = await collect(rope, ropeAgent(9), 60, half.last);
  const cut = whole.events.findIndex((event) => event.type === 'step' && event.step === stop);
  const after = (events: RunEvent[]) => events.filter(isKept);
  expect(after(rest.events)).toEqual(after(whole.events.slice(cut + 1)));
  expect(bits(rest.last)).toEqual(bits(whole.last));
});

describe('discrete actions', () => {
  test.each([
    { rules: { reward: cartPoleReward, discount: cartPoleDiscount }, says: 'given' },
    { rules: { discount: 'learned' as const }, says: 'learned' },
  ])('cart-pole runs through, with its rules $says', async ({ rules }) => {
    const world = cartPole();
    const agent = agentFor({ observation: world.observation, action: world.action, ...rules });
    const { events } = await collect(world, agent, 60);
    const evaluations = events.filter((event) => event.type === 'evaluation');
    expect(evaluations.map((event) => event.step)).toEqual([25, 50, 60]);
    for (const { mean } of evaluations) expect(mean).toBeGreaterThan(0);
    const recording = events.findLast((event) => event.type === 'recording')!.recording;
    expect(recording.actions.every((action) => action === 0 || action === 1)).toBe(true);
    expect(recording.imagined.every((seen) => seen !== undefined && seen.length > 1)).toBe(true);
  });

  test('the plan has a policy, and other planners do as well', async () => {
    const world = tightropeInSteps();
    const { observation, action } = world;
    const agent = agentFor({ observation, action, ...ropeRules });
    await collect(world, agent, 30);
    const { plan } = await agent.act(view, undefined, Rng.from(1), 'train');
    expect(plan?.policy).toHaveLength(3);
    const shooting = pets(
      {
        world: { observation, action, ...ropeRules },
        planner: randomShooting({ horizon: 3, candidates: 8 }),
        model,
      },
      Rng.from(1),
    );
    const { events } = await collect(world, shooting as Agent<typeof action>, 40);
    expect(events.some((event) => event.type === 'learn')).toBe(true);
  });
});

test('what is wrong with the options is told at once', () => {
  const world = { observation: rope.observation, action: rope.action };
  const wrong = () => pets({ world, planner: cem(), model: { members: 2, epochs: 0 } }, Rng.from(1));
  expect(wrong).toThrow(InputError);
  expect(wrong).toThrow('epochs: expected number to be >=1, got 0.');
});
