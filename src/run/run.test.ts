import { expect, test } from 'vitest';
import { aimless, type DriftState, drift, driftAgent } from '../../test/worlds/drift.ts';
import { planning } from '../agents/planning.ts';
import { randomAgent } from '../agents/random.ts';
import {
  type Agent,
  type Box,
  type Discrete,
  discrete,
  type Environment,
  InputError,
  NumericalError,
  Rng,
} from '../core/index.ts';
import { ticTacToe } from '../envs/games/index.ts';
import { pendulum } from '../envs/pendulum.ts';
import { exact } from '../models/exact.ts';
import { cem } from '../planners/cem.ts';
import { type Evaluated, evaluate } from './evaluate.ts';
import { type Checkpoint, type EvaluationEvent, isKept, type KeptEvent, type RunEvent } from './events.ts';
import { matchJudge } from './judge.ts';
import { MemoryReplay } from './replay.ts';
import { type RunOptions, run } from './run.ts';

type Options = Partial<RunOptions<DriftState, Box>>;

const options = (changes: Options = {}): RunOptions<DriftState, Box> => ({
  environment: drift(),
  agent: driftAgent(),
  seed: 1,
  steps: 130,
  evaluation: { every: 50, episodes: 3 },
  ...changes,
});

async function collect<T>(events: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const event of events) list.push(event);
  return list;
}

/** A checkpoint as files would carry it. */
const throughText = (checkpoint: Checkpoint): Checkpoint => {
  const part = (saved: Checkpoint['run']) => ({
    arrays: saved.arrays,
    facts: JSON.parse(JSON.stringify(saved.facts)),
  });
  return {
    step: checkpoint.step,
    agent: part(checkpoint.agent),
    replay: part(checkpoint.replay),
    run: part(checkpoint.run),
  };
};

async function evaluated(
  changes: Partial<Parameters<typeof evaluate<DriftState, Box>>[0]> = {},
): Promise<Evaluated> {
  return ending(
    evaluate({
      environment: drift(),
      agent: driftAgent(),
      episodes: 3,
      rng: Rng.from(0),
      step: 7,
      ...changes,
    }),
  );
}

async function ending<T>(playing: AsyncGenerator<unknown, T>): Promise<T> {
  for (;;) {
    const moment = await playing.next();
    if (moment.done) return moment.value;
  }
}

test('tells the story in order', async () => {
  const events = await collect(run(options()));
  const kept = events.filter(isKept);
  expect(events.filter((event) => event.type === 'step').map((event) => event.step)).toEqual(
    Array.from({ length: 130 }, (_, i) => i + 1),
  );
  const episodes = kept.filter((event) => event.type === 'episode');
  expect(episodes.map((event) => event.episode)).toEqual(episodes.map((_, i) => i + 1));
  episodes.forEach((event, i) => {
    expect(event.step).toBe((episodes[i - 1]?.step ?? 0) + event.length);
  });
  expect(kept.filter((event) => event.type === 'evaluation').map((event) => event.step)).toEqual([
    50, 100, 130,
  ]);
  expect(kept.filter((event) => event.type === 'learn').map((event) => event.step)).toEqual([
    10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130,
  ]);
  expect(kept.at(-1)).toEqual({ type: 'done', step: 130 });
  const places = events.map((event) => event.step);
  expect(places).toEqual([...places].sort((a, b) => a - b));
});

test('the same seed tells the same story, another seed another', async () => {
  const story = async (seed: number) => (await collect(run(options({ seed })))).filter(isKept);
  expect(await story(1)).toEqual(await story(1));
  expect(await story(1)).not.toEqual(await story(2));
});

test('evaluation does not disturb training', async () => {
  const training = async (evaluation: Options['evaluation']) =>
    (await collect(run(options({ evaluation }))))
      .filter(isKept)
      .filter((event) => event.type !== 'evaluation');
  expect(await training({ every: 7, episodes: 2 })).toEqual(await training(undefined));
});

test('a draw added in the agent does not change the dice of its world', async () => {
  const starts = async (draws: number) => {
    const world = drift();
    const seen: number[] = [];
    const agent = aimless(world.action);
    const environment: typeof world = {
      ...world,
      maxSteps: 3,
      reset: (rng) => {
        const state = world.reset(rng);
        seen.push(state.x);
        return state;
      },
    };
    const greedy: Agent<Box> = {
      ...agent,
      act: (view, carry, rng, mode) => {
        for (let i = 0; i < draws; i++) rng.uniform();
        return agent.act(view, carry as undefined, rng, mode);
      },
    };
    await collect(run({ environment, agent: greedy, seed: 4, steps: 30 }));
    return seen;
  };
  expect(await starts(5)).toEqual(await starts(0));
});

test.each([1, 9, 20, 49, 50, 77, 100, 129, 130])(
  'restored after step %i it goes on the same',
  async (stop) => {
    const whole: RunEvent[] = [];
    let end: Checkpoint | undefined;
    for await (const event of run(options())) {
      whole.push(event);
      if (event.type === 'step') end = event.save();
    }
    let restore: Checkpoint | undefined;
    for await (const event of run(options())) {
      if (event.type === 'step' && event.step === stop) {
        restore = throughText(event.save());
        break;
      }
    }
    const rest: RunEvent[] = [];
    let restoredEnd = restore;
    for await (const event of run(options({ restore }))) {
      rest.push(event);
      if (event.type === 'step') restoredEnd = event.save();
    }
    // an evaluation due at the checkpoint's step comes after its step event
    const cut = whole.findIndex((event) => event.type === 'step' && event.step === stop);
    expect(rest.filter(isKept)).toEqual(whole.slice(cut + 1).filter(isKept));
    expect(restoredEnd).toEqual(end);
  },
);

test('a step can be saved while the evaluation after it goes on', async () => {
  let early: Checkpoint | undefined;
  let late: Checkpoint | undefined;
  let save: (() => Checkpoint) | undefined;
  for await (const event of run(options())) {
    if (event.type === 'step') save = event.save;
    if (event.type === 'step' && event.step === 50) early = event.save();
    if (event.type === 'evaluating' && event.episode === 2) {
      late = save!();
      break;
    }
  }
  expect(late).toEqual(early);
});

test('a judge can be stopped amid its match, and the run goes on with the match anew', async () => {
  const environment = ticTacToe();
  const judge = matchJudge(environment, { simulations: 3, games: 6 });
  const play = (restore?: Checkpoint) =>
    run({
      environment,
      agent: randomAgent(environment.action),
      seed: 1,
      steps: 7,
      evaluation: { every: 4, episodes: 1, judge },
      restore,
    });
  const whole = await collect(play());
  const [evaluation] = whole.filter(({ type }) => type === 'evaluation') as EvaluationEvent[];
  expect(evaluation).toMatchObject({ step: 4, episodes: 6 });
  let step: Extract<RunEvent, { type: 'step' }> | undefined;
  for await (const event of play()) {
    if (event.type === 'step') step = event;
    if (event.type === 'evaluating' && event.episode > 2) break;
  }
  expect(step?.step).toBe(4);
  const rest = await collect(play(throughText(step!.save())));
  expect(rest.filter(isKept)).toEqual(whole.slice(whole.indexOf(evaluation)).filter(isKept));
});

test('a step cannot be saved once the next has begun', async () => {
  let save: (() => Checkpoint) | undefined;
  for await (const event of run(options())) {
    if (event.type === 'episode')
      expect(save).toThrow(/step 19 must be saved before the next one begins, got step 20/);
    if (event.type === 'episode') break;
    if (event.type === 'step') save = event.save;
  }
});

test('learns: random -2.56, best -0.17', async () => {
  const events = await collect(run(options({ steps: 300, evaluation: { every: 300, episodes: 50 } })));
  const evaluation = events.find((event): event is EvaluationEvent => event.type === 'evaluation')!;
  expect(evaluation.mean).toBeGreaterThan(-0.4);
  expect(evaluation.low).toBeLessThan(evaluation.mean);
  expect(evaluation.high).toBeGreaterThan(evaluation.mean);
});

test('an episode is cut at maxSteps with discount 1, and ended with 0', async () => {
  const replay = new MemoryReplay(drift());
  const world = drift();
  const environment: typeof world = {
    ...world,
    maxSteps: 4,
    step: (state, action, rng) => ({ ...world.step(state, action, rng), discount: state.x > 0.5 ? 0 : 1 }),
  };
  const events = await collect(run(options({ environment, replay, steps: 200, evaluation: undefined })));
  const episodes = events.filter((event) => event.type === 'episode');
  expect(new Set(episodes.map((event) => event.terminated))).toEqual(new Set([true, false]));
  const { discounts } = replay.all();
  for (const { step, terminated, length } of episodes) {
    expect(discounts[step - 1]).toBe(terminated ? 0 : 1);
    if (!terminated) expect(length).toBe(4);
  }
});

test('an episode is also cut where the world says so', async () => {
  const environment: Environment<DriftState, Box> = {
    ...drift(),
    truncated: ({ past }) => past[1] !== 0 && past[0] !== 0,
  };
  const events = await collect(
    run(options({ environment, steps: 10, evaluation: { every: 10, episodes: 2 } })),
  );
  expect(events.filter((event) => event.type === 'episode')).toMatchObject(
    Array(5).fill({ length: 2, terminated: false }),
  );
  expect(events.find((event) => event.type === 'recording')!.recording.actions).toHaveLength(2);
});

test('a return is what the first player gets when turns pass', async () => {
  const environment: Environment<number, Discrete> = {
    name: 'turns',
    observation: drift().observation,
    action: discrete(1),
    maxSteps: 3,
    reset: () => 0,
    step: (state) => ({ state: state + 1, reward: 10 ** state, discount: -1 }),
    observe: (state) => Float32Array.of(state),
  };
  const agent: Agent<Discrete> = {
    name: 'one',
    act: () => ({ action: 0, carry: undefined }),
    save: () => ({ arrays: {}, facts: {} }),
    load: () => {},
  };
  const events = await collect(run({ environment, agent, seed: 0, steps: 3 }));
  expect(events.find((event) => event.type === 'episode')).toMatchObject({
    return: 1 - 10 + 100,
    terminated: false,
  });
});

test('evaluation: mean, 95 % interval of three, and of one', async () => {
  const { event, returns, lengths } = await evaluated();
  const mean = (returns[0] + returns[1] + returns[2]) / 3;
  const deviation = Math.sqrt(returns.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2);
  expect(event).toMatchObject({ type: 'evaluation', step: 7, episodes: 3 });
  expect(event.mean).toBeCloseTo(mean, 12);
  expect(event.high! - event.mean).toBeCloseTo((4.302652729911275 * deviation) / Math.sqrt(3), 9);
  expect(lengths).toEqual([20, 20, 20]);
  expect((await evaluated({ episodes: 1 })).event).toMatchObject({ low: null, high: null });
});

test('the recording holds what was seen, done, expected and drawn', async () => {
  const { returns, ...others } = await evaluated();
  const recording = others.recording!;
  expect(recording.observations).toHaveLength(21);
  expect(recording.actions).toHaveLength(20);
  expect(recording.rewards.reduce((sum, reward) => sum + reward)).toBeCloseTo(returns[2], 12);
  expect(recording.pictures).toHaveLength(21);
  expect(recording.imagined[3]![0]).toEqual(recording.observations[3]);
  const expected = recording.imaginedPictures![3]![1].shapes[0];
  expect(expected).toMatchObject({ kind: 'disc', center: [recording.imagined[3]![1][0], 0] });
});

test('the recording holds what planning cost, and fans whose paths lie in the pictures', async () => {
  const environment = pendulum();
  const agent = planning(exact(environment), cem({ horizon: 4, population: 30, iterations: 2 }));
  const { recording, effort } = await ending(
    evaluate({
      environment: { ...environment, maxSteps: 250 },
      agent,
      episodes: 1,
      rng: Rng.from(1),
      step: 1,
    }),
  );
  // two rounds of 30 sequences of 4 steps
  expect(effort).toEqual({ questions: 2, steps: 240 });
  expect(recording!.plans).toHaveLength(250);
  expect(recording!.plans![9]).toEqual({ questions: 2, steps: 240, value: expect.any(Number) });
  // of 250 decisions a hundred at most
  expect(recording!.fans!.flatMap((fan, t) => (fan ? [t] : []))).toEqual(
    Array.from({ length: 84 }, (_, i) => 3 * i),
  );
  const fan = recording!.fans![6]!;
  const returns = fan.map((candidate) => candidate.return);
  expect(returns).toEqual([...returns].sort((a, b) => b - a));
  for (const { observations, path } of fan) {
    expect(observations[0]).toEqual(recording!.observations[6]);
    expect(path).toHaveLength(5);
    // the tip of the pole is drawn at its sine and cosine
    observations.forEach(([cos, sin], h) => {
      const [x, y] = path![h]!;
      expect(Math.hypot(x + sin, y - cos)).toBeLessThan(1e-5);
    });
  }
  expect(recording!.paths![6]).toHaveLength(5);
});

test('what happens does not depend on whether it is recorded, and unrecorded nothing is foreseen', async () => {
  const environment = drift(); // has dice
  const asked: number[] = [];
  const planner = planning(exact(environment), cem({ horizon: 4, population: 30, iterations: 2 }));
  const agent: typeof planner = {
    ...planner,
    async act(...given) {
      const decision = await planner.act(...given);
      return {
        ...decision,
        foresee(candidates, rng) {
          asked.push(candidates);
          return decision.foresee!(candidates, rng);
        },
      };
    },
  };
  const play = (recorded: boolean) =>
    ending(evaluate({ environment, agent, episodes: 2, rng: Rng.from(5), step: 1, recorded }));
  const without = await play(false);
  expect(without.recording).toBeUndefined();
  expect(asked).toEqual([]);
  const recorded = await play(true);
  expect(recorded.event).toEqual(without.event);
  // the last episode alone
  expect(asked).toHaveLength(recorded.recording!.actions.length);
});

test('model error by horizon: none for a true model, and compounding as written out', async () => {
  // x' = 0.9 x + 0.2 a without dice; a model that forgets the action errs by 0.2 |a| (1 + 0.9 + ... ) in h steps
  const environment: Environment<DriftState, Box> = { ...drift(), maxSteps: 12 };
  const still: typeof environment = {
    ...environment,
    step: (state, action, rng) => {
      const x = 0.9 * state.x + 0.2 * action[0];
      return { ...environment.step(state, action, rng), state: { ...state, x } };
    },
  };
  const push: Agent<Box> = {
    ...aimless(environment.action),
    act: () => ({ action: Float32Array.of(0.5), carry: undefined }),
  };
  const imagining = (effect: number): Agent<Box> => ({
    ...push,
    model: {
      action: environment.action,
      infer: ({ observation }) => observation[0],
      step: (states, actions) => ({
        states: states.map((x, i) => 0.9 * (x as number) + effect * actions[i][0]),
        rewards: new Float32Array(states.length),
        discounts: new Float32Array(states.length).fill(1),
      }),
      observe: (states) => states.map((x) => Float32Array.of(x as number)),
    },
  });
  const errors = async (effect: number, horizon: number) =>
    (await evaluated({ environment: still, agent: imagining(effect), spread: [2], horizon })).event
      .modelError!;
  for (const error of await errors(0.2, 5)) expect(error).toBeLessThan(1e-6);
  const wrong = await errors(0, 3);
  [0.1, 0.1 * 1.9, 0.1 * (1 + 0.9 + 0.81)].forEach((error, h) => {
    expect(wrong[h]).toBeCloseTo(error / 2, 6);
  });
  expect(await errors(0.2, 50)).toHaveLength(12);
  expect((await evaluated({ spread: [0] })).event.modelError).toBeUndefined();
});

const broken = (change: (world: Environment<DriftState, Box>) => Partial<Environment<DriftState, Box>>) => ({
  environment: { ...drift(), ...change(drift()) },
});

test.each<[string, Options, RegExp]>([
  [
    'a reward',
    broken((world) => ({ step: (...given) => ({ ...world.step(...given), reward: Number.NaN }) })),
    /world "drift", step 1, reward: must be finite, got NaN/,
  ],
  [
    'an observation',
    broken(() => ({ observe: () => Float32Array.of(Number.NaN) })),
    /world "drift".*observation.*NaN/,
  ],
  [
    'a loss',
    { agent: driftAgent({ fail: 42 }) },
    /weights of drift-agent: every number must be finite, got NaN/,
  ],
  [
    'a metric',
    { agent: { ...driftAgent(), learn: () => ({ 'model/loss': Number.NaN }) } },
    /model\/loss of agent drift-agent at environment step 1: .*NaN/,
  ],
  [
    'an action',
    { agent: { ...driftAgent(), act: () => ({ action: Float32Array.of(Number.NaN), carry: undefined }) } },
    /agent drift-agent: its action .*NaN/,
  ],
  [
    'an imagined observation',
    {
      agent: {
        ...driftAgent(),
        model: {
          ...driftAgent().model!,
          observe: (states) => states.map(() => Float32Array.of(Number.NaN)),
        },
      },
    },
    /agent drift-agent: observation imagined 1 steps ahead: .*NaN/,
  ],
])('a NaN in %s stops the run', async (_, changes, message) => {
  const failed = collect(run(options(changes)));
  await expect(failed).rejects.toThrow(NumericalError);
  await expect(failed).rejects.toThrow(message);
});

test.each<[string, Options, RegExp]>([
  [
    'an observation of a wrong shape',
    broken(() => ({ observe: () => new Float32Array(2) })),
    /world "drift".*must return a Float32Array of 1 .*got a Float32Array of 2/,
  ],
  ['seed', { seed: 0.5 }, /seed must be an integer, got 0.5/],
  ['steps', { steps: 0 }, /steps must be a positive integer, got 0/],
  [
    'evaluation.every',
    { evaluation: { every: 0, episodes: 1 } },
    /evaluation.every must be a positive integer, got 0/,
  ],
  [
    'evaluation.episodes',
    { evaluation: { every: 1, episodes: -1 } },
    /episodes must be a positive integer, got -1/,
  ],
  [
    'an action outside its space',
    { agent: { ...driftAgent(), act: () => ({ action: Float32Array.of(3), carry: undefined }) } },
    /its action must lie in \[-1, 1\] at element 0, got 3/,
  ],
])('bad input: %s', async (_, changes, message) => {
  const failed = collect(run(options(changes)));
  await expect(failed).rejects.toThrow(InputError);
  await expect(failed).rejects.toThrow(message);
});

test('kept events are what JSON can say', async () => {
  const kept: KeptEvent[] = (await collect(run(options()))).filter(isKept);
  expect(JSON.parse(JSON.stringify(kept))).toEqual(kept);
});
