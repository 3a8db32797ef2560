import { numpy as np } from '@jax-js/jax';
import { describe, expect, test } from 'vitest';
import { runThrough } from '../../../test/run-through.ts';
import { InputError, Rng } from '../../core/index.ts';
import { compile, tensor } from '../../engine/index.ts';
import type { Traced, TracedTree } from '../../engine/tree.ts';
import { connectFour, ticTacToe } from '../../envs/index.ts';
import { gradientError } from '../../nn/finite-differences.ts';
import { toArrays } from '../../nn/index.ts';
import { type Checkpoint, isKept } from '../../run/index.ts';
import { networkEvaluator } from './evaluator.ts';
import { alphaZero, type PolicyValueParams, policyValueDefaults, policyValueNetwork } from './index.ts';
import { alphaZeroLearner, alphaZeroLosses } from './learner.ts';
import type { PolicyValueNetwork } from './network.ts';
import { alphaZeroDefaults, selfPlayOptions } from './options.ts';
import { selfPlay } from './self-play.ts';
import { Window } from './window.ts';

const game = ticTacToe();
const small = { kind: 'plain', channels: 16, blocks: 1, valueHidden: 8 } as const;

describe('losses', () => {
  test('are those of a worked example', async () => {
    // logits 0 and ln 3: p = 1/4, 3/4. A row that wants it so, and one that wants the first move alone.
    const stub = {
      apply: (_params: unknown, planes: Traced) => ({ logits: planes, value: np.array([0.5, -0.5]) }),
    };
    const losses = compile((planes: Traced, policies: Traced, values: Traced) =>
      alphaZeroLosses(stub as unknown as PolicyValueNetwork, {} as TracedTree<PolicyValueParams>, {
        planes,
        policies,
        values,
      }),
    );
    const row = [0, Math.log(3)];
    const { policy, value } = await losses(
      tensor(Float32Array.from([...row, ...row]), [2, 2]),
      tensor(Float32Array.of(0.25, 0.75, 1, 0), [2, 2]),
      tensor(Float32Array.of(1, -1)),
    );
    const first = -(0.25 * Math.log(0.25) + 0.75 * Math.log(0.75));
    expect(policy.data[0]).toBeCloseTo((first - Math.log(0.25)) / 2, 5);
    expect(value.data[0]).toBeCloseTo(0.25, 6); // (1 - 0.5)^2 and (-1 + 0.5)^2
  });

  test.each(['plain', 'residual'] as const)('have the gradient of finite differences, %s', async (kind) => {
    const network = policyValueNetwork(game, {
      ...policyValueDefaults,
      kind,
      channels: 4,
      blocks: 1,
      headChannels: 2,
      valueHidden: 3,
    });
    // a seed with which no rectifier changes sides within the differences; all weights away from their zeros at first
    const rng = Rng.from(6);
    const params = jittered(network.init(rng), rng);
    const planes = rng.fillNormal(new Float32Array(3 * 18));
    const error = await gradientError(
      (p: TracedTree<PolicyValueParams>) => {
        const losses = alphaZeroLosses(network, p, {
          planes: np.array(planes).reshape([3, ...network.shape]),
          policies: np.array(new Float32Array(27).fill(1 / 9)).reshape([3, 9]),
          values: np.array([1, 0, -1]),
        });
        return losses.policy.add(losses.value);
      },
      params,
      0.002,
    );
    expect(error).toBeLessThan(0.02);
  });
});

function jittered(params: PolicyValueParams, rng: Rng): PolicyValueParams {
  for (const { data } of Object.values(toArrays(params)))
    for (let i = 0; i < data.length; i++) (data as Float32Array)[i] += 0.3 * rng.normal();
  return params;
}

describe('the network', () => {
  test('begins without prejudice, and blocks begin by changing nothing', async () => {
    const of = (blocks: number) => {
      const network = policyValueNetwork(connectFour(), { ...policyValueDefaults, channels: 8, blocks });
      return networkEvaluator(connectFour(), network, network.init(Rng.from(1)));
    };
    const states = [connectFour().reset(Rng.from(0))];
    const shallow = await of(1).evaluate(states, Rng.from(0));
    const deep = await of(4).evaluate(states, Rng.from(0));
    expect(Array.from(shallow.logits)).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect(deep.values[0]).toBeCloseTo(shallow.values[0], 6);
  });

  test('judges a board alike in any company, and masks what is not legal', async () => {
    const network = policyValueNetwork(game, { ...policyValueDefaults, channels: 8 });
    const { evaluate } = networkEvaluator(game, network, jittered(network.init(Rng.from(1)), Rng.from(2)));
    const states = [0];
    for (const action of [4, 0, 8]) states.push(game.step(states.at(-1)!, action, Rng.from(0)).state);
    const together = await evaluate([...states, ...states, ...states], Rng.from(0));
    for (const [i, state] of states.entries()) {
      const alone = await evaluate([state], Rng.from(0));
      expect(together.values[i]).toBeCloseTo(alone.values[0], 5);
      expect(together.values[4 + i]).toBe(together.values[i]);
    }
    const legal = (i: number) => Array.from(together.logits.subarray(9 * i, 9 * i + 9), Number.isFinite);
    expect(legal(0)).toEqual(new Array(9).fill(true));
    expect(legal(3)).toEqual([false, true, true, true, false, true, true, true, false]);
  });

  test('of convolutions needs planes', () => {
    const flat = { ...game, observation: { ...game.observation, shape: [18] } };
    expect(() => alphaZero({ environment: flat }, Rng.from(0))).toThrow(
      'a residual network needs observations of planes, rows and columns, got shape [18]',
    );
  });
});

describe('self-play', () => {
  const options = selfPlayOptions.parse({ games: 1, temperatureMoves: 0, lateTemperature: 0 });
  /** The first player takes the top row, the second squares 3 and 4. */
  const script = [0, 3, 1, 4, 2];
  const scripted = (share: number) => {
    let at = 0;
    const games = selfPlay(game, options, share, Rng.from(1));
    return () => {
      const policy = new Float32Array(9);
      policy[script[at++ % script.length]] = 1;
      return games.play([{ policy, value: 0.5, action: 0 }]);
    };
  };

  test('tells each position how its game ended, as the player to move there counts', () => {
    const advance = scripted(0);
    for (let t = 0; t < 4; t++) expect(advance().ended).toEqual([]);
    const { moves, ended } = advance();
    expect(moves).toBe(1);
    expect(ended).toHaveLength(1);
    expect(ended[0]).toMatchObject({ return: 1, length: 5, terminated: true });
    expect(ended[0].positions.map(({ value }) => value)).toEqual([1, -1, 1, -1, 1]);
    // before the last move: 0 and 1 are the mover's, 3 and 4 the other's
    expect(Array.from(ended[0].positions[4].observation)).toEqual([
      1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0,
    ]);
  });

  test("mixes in the search's value where asked", () => {
    const advance = scripted(0.5);
    for (let t = 0; t < 4; t++) advance();
    const { ended } = advance();
    // half of 0.5, and half of the outcome
    expect(ended[0].positions.map(({ value }) => value)).toEqual([0.75, -0.25, 0.75, -0.25, 0.75]);
  });

  test('learns from the share of moves that is searched in full', () => {
    const games = selfPlay(game, { ...options, games: 32, fullShare: 0.25 }, 0, Rng.from(1));
    const seen = { full: 0, positions: 0, moves: 0 };
    for (let round = 0; round < 200; round++) {
      const { full, searches } = games.ask();
      seen.full += full ? 1 : 0;
      const { ended } = games.play(
        searches.map(({ root }) => {
          const policy = new Float32Array(9);
          policy[game.legal!(root).indexOf(1)] = 1;
          return { policy, value: 0, action: 0 };
        }),
      );
      for (const { positions, length } of ended) {
        seen.positions += positions.length;
        seen.moves += length;
      }
    }
    expect(seen.full).toBeGreaterThan(30); // 50 +- 3 * 6
    expect(seen.full).toBeLessThan(70);
    expect(seen.positions / seen.moves).toBeCloseTo(seen.full / 200, 1);
  });
});

describe('the window', () => {
  const position = (i: number) => ({
    observation: Float32Array.of(i, 10 + i),
    policy: Float32Array.of(i, 20 + i, 30 + i),
    value: i,
  });

  test('keeps the newest, and shows them under symmetries', () => {
    const window = new Window(4, 2, 3);
    for (let i = 0; i < 6; i++) window.add(position(i));
    expect(window.size).toBe(4);
    const turned = { name: 'turned', observation: Int32Array.of(1, 0), actions: Int32Array.of(1, 2, 0) };
    const { observations, policies, values } = window.sample(400, [turned], Rng.from(1));
    let turns = 0;
    for (let b = 0; b < 400; b++) {
      const i = values[b];
      expect(i).toBeGreaterThanOrEqual(2);
      const seen = [...observations.subarray(2 * b, 2 * b + 2), ...policies.subarray(3 * b, 3 * b + 3)];
      const isTurned = seen[0] !== i;
      if (isTurned) turns++;
      expect(seen).toEqual(isTurned ? [10 + i, i, 30 + i, i, 20 + i] : [i, 10 + i, i, 20 + i, 30 + i]);
    }
    expect(turns).toBeGreaterThan(140); // 200 +- 6 * 10
    expect(turns).toBeLessThan(260);
  });

  test('is restored as it was, and only where it fits', () => {
    const window = new Window(4, 2, 3);
    for (let i = 0; i < 5; i++) window.add(position(i));
    const again = new Window(4, 2, 3);
    again.load(window.save());
    expect(again.sample(20, [], Rng.from(2))).toEqual(window.sample(20, [], Rng.from(2)));
    expect(() => new Window(4, 3, 3).load(window.save())).toThrow(InputError);
  });
});

const agentOf = (seed = 1) =>
  alphaZero(
    {
      environment: game,
      options: {
        network: small,
        search: { simulations: 8 },
        evaluationSimulations: 8,
        selfPlay: { games: 6, fullShare: 0.5, fastSimulations: 4, randomMoves: 2 },
        training: { firstPositions: 30, batch: 16, window: 100, refreshEvery: 3, averageRate: 0.1 },
      },
    },
    Rng.from(seed),
  );

async function play(steps: number, seed = 1, restore?: Checkpoint) {
  const evaluation = { every: 100, episodes: 2 };
  const agent = agentOf(seed);
  return runThrough({ environment: game, agent, seed: 4, steps, evaluation, ...(restore && { restore }) });
}

const bits = ({ agent: { arrays, facts } }: Checkpoint) => ({
  ...facts,
  ...Object.fromEntries(Object.entries(arrays).map(([name, { data }]) => [name, Array.from(data)])),
});

// before, amid and after the first learning
test.each([60, 102, 150])('a run restored after step %i goes on to the last bit', async (stop) => {
  const whole = await play(240);
  expect(whole.events.some((event) => event.type === 'learn')).toBe(true);
  const half = await play(stop);
  // self-play forks from the agent's own stream, so the seed must be the same: weights come from the checkpoint
  const rest = await play(240, 1, half.last);
  const cut = whole.events.findIndex((event) => event.type === 'step' && event.step === half.last.step);
  expect(rest.events.filter(isKept)).toEqual(whole.events.slice(cut + 1).filter(isKept));
  expect(bits(rest.last)).toEqual(bits(whole.last));
});

test('the weights that play are the mean of those that learned, until there are more than the average holds', async () => {
  const network = policyValueNetwork(game, { ...policyValueDefaults, ...small });
  const batch = {
    observations: Rng.from(1).fillNormal(new Float32Array(4 * 18)),
    policies: new Float32Array(4 * 9).fill(1 / 9),
    values: Float32Array.of(1, -1, 0, 1),
  };
  const learned = async (averageRate: number, updates: number) => {
    const learner = alphaZeroLearner(network, { ...alphaZeroDefaults.training, averageRate }, Rng.from(2));
    for (let i = 0; i < updates; i++) await learner.update(batch);
    const arrays = Object.entries(toArrays(learner.params));
    return arrays.find(([name]) => name.startsWith('trunk') && name.endsWith('weight'))![1]
      .data as Float32Array;
  };
  const [first, second, third] = await Promise.all([1, 2, 3].map((updates) => learned(1, updates)));
  // rates 1, 1/2, then 0.4 instead of 1/3
  const slow = await learned(0.4, 3);
  expect(Math.abs(third[0] - first[0])).toBeGreaterThan(1e-6);
  slow.forEach((x, i) => {
    expect(x).toBeCloseTo(0.6 * ((first[i] + second[i]) / 2) + 0.4 * third[i], 6);
  });
});

test('it plays by the weights that it loaded, also where others learned for as long', async () => {
  const view = { observation: game.observe(0), state: 0, legal: game.legal!(0) };
  const value = async (agent: ReturnType<typeof agentOf>) =>
    (await agent.act(view, undefined, Rng.from(1), 'evaluate')).plan!.value;
  const [one, other] = [agentOf(1), agentOf(2)];
  const theirs = await value(other);
  expect(await value(one)).not.toBe(theirs);
  one.load(other.save());
  expect(await value(one)).toBe(theirs);
});

test('options that cannot be used are told at once', () => {
  expect(() =>
    alphaZero(
      { environment: game, options: { search: { simulations: 0 }, training: { batch: -1 } } },
      Rng.from(0),
    ),
  ).toThrow(/2 options cannot be used[\s\S]*search.simulations[\s\S]*training.batch/);
  expect(alphaZeroDefaults.search.noise).toBe(0.25);
});
