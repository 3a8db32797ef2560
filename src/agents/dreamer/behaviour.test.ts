import { grad, numpy as np } from '@jax-js/jax';
import { describe, expect, test } from 'vitest';
import { checkOptions } from '../../core/options.ts';
import { Rng } from '../../core/rng.ts';
import { box, discrete, type Space } from '../../core/spaces.ts';
import { compile, isTensor, type Tensor, tensor, zeros } from '../../engine/index.ts';
import { mapTree, type Traced, type TracedTree, type Tree } from '../../engine/tree.ts';
import { symexpBins, twoHot } from '../../math/two-hot.ts';
import { type RssmParams, rssmNetwork } from '../../models/rssm/network.ts';
import { gradientError } from '../../nn/finite-differences.ts';
import type { MlpParams } from '../../nn/index.ts';
import { toArrays } from '../../nn/saving.ts';
import {
  BEHAVIOUR_TERMS,
  type BehaviourTerm,
  behaviourLosses,
  behaviourNetworks,
  type DreamDice,
} from './behaviour.ts';
import { dreamerOptions } from './options.ts';
import { policyForm } from './policy.ts';
import { lambdaReturns, noRange, type ReturnRange, spreadOf, widened } from './returns.ts';

const f32 = (shape: readonly number[], ...values: number[]) => tensor(Float32Array.from(values), shape);
const options = checkOptions('dreamer', dreamerOptions, {
  model: { deterministic: 4, variables: 2, classes: 3, blocks: 2, hidden: 4, units: 4, layers: 1, bins: 9 },
  units: 4,
  layers: 1,
  bins: 9,
  horizon: 2,
  gamma: 0.9,
  lambda: 0.8,
  entropy: 0.1,
  unimix: 0,
  slowScale: 0.5,
  returnRate: 0.25,
});
const [K, B, N] = [2, 1, 2];

function made(space: Space) {
  const form = policyForm('test', space, options);
  const net = rssmNetwork({ D: 2, F: space.kind === 'discrete' ? space.n : space.low.length }, options.model);
  const nets = behaviourNetworks(net, form, options);
  return { form, net, nets, losses: behaviourLosses(net, nets, options) };
}

interface All {
  world: RssmParams;
  actor: MlpParams;
  critic: MlpParams;
}

interface Given {
  features: Tensor;
  rewards: Tensor;
  continues: Tensor;
  last: Tensor;
}

/** One sequence of two moments. */
const given = (rng: Rng): Given => ({
  features: tensor(rng.fillNormal(new Float32Array(K * B * 10)), [K, B, 10]),
  rewards: f32([K, B], 0.5, 2),
  continues: f32([K, B], 1, 1),
  last: f32([K, B], 0, 0),
});

const diceFor = (rng: Rng, width: number) => ({
  model: tensor(rng.fillUniform(new Float32Array(2 * N * 2)), [2, N, 2]),
  action: tensor(rng.fillUniform(new Float32Array(2 * N * width)), [2, N, width]),
});

describe('returns', () => {
  test('lambda returns, by hand', async () => {
    const program = compile((r: Traced, d: Traced, v: Traced) => {
      const rows = (x: Traced) => [0, 1, 2].map((t) => x.slice(t));
      return lambdaReturns({
        rewards: rows(r),
        discounts: rows(d),
        lambdas: [0.5, 0.5, 0.5],
        values: rows(v),
      });
    });
    const returns = await program(f32([3, 1], 1, 2, 3), f32([3, 1], 0.5, 1, 0.5), f32([3, 1], 4, 6, 8));
    // R_2 = 3 + 0.5 * 8 = 7; R_1 = 2 + (6 + 7) / 2 = 8.5; R_0 = 1 + 0.5 (4 + 8.5) / 2 = 4.125
    expect(returns.map(({ data }) => data[0])).toEqual([4.125, 8.5, 7]);
  });

  test('their range is between percentiles, averaged without a start at zero', async () => {
    const program = compile((range: TracedTree<ReturnRange>, x: Traced) => {
      const next = widened(range, x, 0.25);
      return { next, spread: spreadOf(next, 1) };
    });
    // of 0 .. 100 in any order, the 5th and the 95th percentile are 5 and 95
    const shuffled = Float32Array.from(Rng.from(1).permutation(101));
    const first = await program(noRange(), tensor(shuffled));
    expect(first.spread.data[0]).toBeCloseTo(90, 4);
    // half as wide: (0.75 * 0.25 * 90 + 0.25 * 45) / (0.75 * 0.25 + 0.25)
    const second = await program(first.next as ReturnRange, tensor(shuffled.map((x) => x / 2)));
    expect(second.spread.data[0]).toBeCloseTo((0.1875 * 90 + 0.25 * 45) / 0.4375, 4);
    // between two numbers in proportion: 0.05 of 0 .. 1 is 0.05; and the least is 1
    const narrow = await program(noRange(), f32([2], 1, 0));
    expect(narrow.next.low.data[0]).toBeCloseTo(0.25 * 0.05, 6);
    expect(narrow.spread.data[0]).toBe(1);
  });
});

test('a worked example of every term, of networks that say the same of everything', async () => {
  const { net, nets, losses } = made(discrete(2));
  const blank = <T>(tree: T): T =>
    mapTree(isTensor, ({ shape }) => zeros(shape), tree as unknown as Tree<Tensor>) as unknown as T;
  const rng = Rng.from(1);
  const world = blank(net.init(rng));
  const actor = blank(nets.initActor(rng));
  const critic = blank(nets.initCritic(rng));
  const slowCritic = blank(nets.initCritic(rng));
  // bins of rewards and values at symexp of -20, -15, .. 20
  const bins = symexpBins(9);
  const say = (logits: readonly number[]) => {
    const odds = logits.map(Math.exp);
    const sum = odds.reduce((a, b) => a + b);
    return {
      logs: odds.map((x) => Math.log(x / sum)),
      mean: odds.reduce((total, x, i) => total + (x / sum) * bins[i], 0),
    };
  };
  const rewardSays = [0, 0, 0, 0, 20, 10.5, 0, 0, 0].map((x, i) => (i < 4 || i > 5 ? -40 : x));
  const valueSays = [0, 0, 0, 0, 20, 10.2, 0, 0, 0].map((x, i) => (i < 4 || i > 5 ? -40 : x));
  const slowSays = [0, 0, 0, 0, 20, 10.8, 0, 0, 0].map((x, i) => (i < 4 || i > 5 ? -40 : x));
  world.reward.layers[1].dense.bias = f32([9], ...rewardSays);
  world.continuation.layers[1].dense.bias = f32([1], Math.log(4)); // goes on with 0.8
  critic.layers[1].dense.bias = f32([9], ...valueSays);
  slowCritic.layers[1].dense.bias = f32([9], ...slowSays);
  actor.layers[1].dense.bias = f32([2], Math.log(3), 0);

  const program = compile(
    (
      all: TracedTree<All & { slowCritic: MlpParams }>,
      range: TracedTree<ReturnRange>,
      seen: TracedTree<Given>,
      dice: DreamDice,
    ) => {
      const { loss, terms, figures } = losses(all, range, seen, dice);
      return { loss, terms, figures };
    },
  );
  const seen = { ...given(rng), continues: f32([K, B], 1, 0) };
  // below 3/4 the first action is drawn
  const dice = { ...diceFor(rng, 1), action: f32([2, N, 1], 0.1, 0.9, 0.5, 0.7) };
  const { loss, terms, figures } = await program({ world, actor, critic, slowCritic }, noRange(), seen, dice);

  const [r, v, slow] = [say(rewardSays).mean, say(valueSays).mean, say(slowSays).mean];
  const d = 0.9 * 0.8;
  const last = r + d * v;
  const returns = [r + d * (0.2 * v + 0.8 * last), last];
  // the second state is an end: nothing is learned from dreams that begin there
  const weights = [
    [1, 0],
    [d, 0],
  ];
  // returns lie closer together than 1, which they are divided by then
  expect(Math.abs(returns[0] - returns[1])).toBeLessThan(1);
  const drawn = [
    [0.75, 0.25],
    [0.75, 0.75],
  ];
  const entropy = -(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25));
  const surprise = (target: number, of: { logs: number[] }) =>
    -twoHot(target, bins).reduce((sum, weight, i) => sum + weight * of.logs[i], 0);
  let actorLoss = 0;
  let criticLoss = 0;
  for (const t of [0, 1]) {
    for (const n of [0, 1]) {
      actorLoss -= (weights[t][n] * (Math.log(drawn[t][n]) * (returns[t] - v) + 0.1 * entropy)) / 4;
      criticLoss +=
        (weights[t][n] * (surprise(returns[t], say(valueSays)) + 0.5 * surprise(slow, say(valueSays)))) / 4;
    }
  }
  expect(terms.actor.data[0]).toBeCloseTo(actorLoss, 4);
  expect(terms.critic.data[0]).toBeCloseTo(criticLoss, 4);
  // from the first moment to the second, which is the end: 2 was earned, and no more
  const replayed = surprise(2, say(valueSays)) + 0.5 * surprise(slow, say(valueSays));
  expect(terms['replayed critic']!.data[0]).toBeCloseTo(replayed, 4);
  expect(loss.data[0]).toBeCloseTo(actorLoss + criticLoss + 0.3 * replayed, 4);
  expect(figures['policy entropy'].data[0]).toBeCloseTo(entropy, 5);
  expect(figures.value.data[0]).toBeCloseTo(v, 4);
});

test('what was earned stops where an episode was cut off, and the cut moment teaches nothing', async () => {
  const { net, nets, losses } = made(discrete(2));
  const rng = Rng.from(2);
  const all = { world: net.init(rng), actor: nets.initActor(rng), critic: nets.initCritic(rng) };
  // returns stay small, so that a reward more can be told
  all.critic.layers[1].dense.bias = f32([9], -40, -40, -40, -40, 20, 10, -40, -40, -40);
  const program = compile(
    (a: TracedTree<All>, range: TracedTree<ReturnRange>, seen: TracedTree<Given>, dice: DreamDice) =>
      losses({ ...a, slowCritic: a.critic }, range, seen, dice).terms,
  );
  const [seen, dice] = [given(rng), diceFor(rng, 1)];
  const term = async (changed: Partial<Given>) =>
    (await program(all, noRange(), { ...seen, ...changed }, dice))['replayed critic']!.data[0];
  expect(await term({})).toBeGreaterThan(0);
  expect(await term({ last: f32([K, B], 1, 0) })).toBe(0);
  // the first reward led to the first moment, from where nothing is known
  expect(await term({ rewards: f32([K, B], 9, 2) })).toBe(await term({}));
  expect(Math.abs((await term({ rewards: f32([K, B], 0.5, 3) })) - (await term({})))).toBeGreaterThan(1e-3);
});

describe.each([
  ['discrete actions', discrete(3), 1],
  ['a box', box(-2, 2, [2]), 2],
] as const)('gradients go where the paper says and nowhere else: %s', (_, space, width) => {
  const { net, nets, losses } = made(space);
  const rng = Rng.from(3);
  const all: All = { world: net.init(rng), actor: nets.initActor(rng), critic: nets.initCritic(rng) };
  for (const layer of [all.critic.layers[1], all.world.reward.layers[1]])
    rng.fillNormal(layer.dense.weight.data as Float32Array);
  const [seen, dice] = [given(rng), diceFor(rng, width)];
  const slow = nets.initCritic(rng);

  async function reached(term: BehaviourTerm) {
    const program = compile(
      (
        a: TracedTree<All>,
        s: TracedTree<MlpParams>,
        range: TracedTree<ReturnRange>,
        seen: TracedTree<Given>,
        dice: DreamDice,
      ) =>
        grad(
          ({ a, seen }: { a: TracedTree<All>; seen: TracedTree<Given> }) =>
            losses({ ...a, slowCritic: s }, range, seen, dice).terms[term]!,
        )({ a, seen }) as unknown as { a: TracedTree<All>; seen: TracedTree<Given> },
    );
    const gradients = await program(all, slow, noRange(), seen, dice);
    const moved = new Set<string>();
    for (const [path, { data }] of Object.entries(
      toArrays({ ...gradients.a, features: gradients.seen.features }),
    ))
      if (data.some((x) => x !== 0)) moved.add(path.split('.')[0]);
    return [...moved].sort();
  }

  test.each(BEHAVIOUR_TERMS)('%s', async (term) => {
    expect(await reached(term)).toEqual([term === 'actor' ? 'actor' : 'critic']);
  });
});

test("the gradient of the actor's loss agrees with finite differences, as long as the actions drawn stay the same", async () => {
  const { net, nets, losses } = made(discrete(3));
  const rng = Rng.from(4);
  const all: All = { world: net.init(rng), actor: nets.initActor(rng), critic: nets.initCritic(rng) };
  for (const layer of [all.critic.layers[1], all.world.reward.layers[1]])
    for (let i = 0; i < layer.dense.weight.data.length; i++) layer.dense.weight.data[i] = 0.02 * rng.normal();
  const constant = <T>(tree: T) =>
    mapTree(
      isTensor,
      ({ data, shape }: Tensor) => np.array(data as Float32Array).reshape([...shape]),
      tree as unknown as Tree<Tensor>,
    ) as unknown as TracedTree<T>;
  const [seen, dice, range] = [given(rng), diceFor(rng, 1), noRange()];
  const error = await gradientError(
    (actor: TracedTree<MlpParams>) => {
      const { world, critic } = constant({ world: all.world, critic: all.critic });
      return losses(
        { world, critic, slowCritic: critic, actor },
        constant(range),
        constant(seen),
        constant(dice),
      ).terms.actor;
    },
    all.actor,
    2e-3,
  );
  expect(error).toBeLessThan(3e-3);
});

describe('through the dream', () => {
  const through = {
    ...options,
    model: {
      ...options.model,
      latents: 'normal',
      core: 'gru',
      norm: 'none',
      activation: 'elu',
      reward: 'normal',
    } as const,
    reinforce: 0,
    scaleReturns: false,
    policy: 'tanhNormal',
    critic: 'normal',
    replayScale: 0,
    horizon: 1,
  } as const;
  const form = policyForm('test', box(-1, 1), through);
  const net = rssmNetwork({ D: 2, F: 1 }, through.model);
  const nets = behaviourNetworks(net, form, through);
  const losses = behaviourLosses(net, nets, through);
  const rng = Rng.from(7);
  const all: All = { world: net.init(rng), actor: nets.initActor(rng), critic: nets.initCritic(rng) };
  for (const layer of [all.critic.layers[1], all.world.reward.layers[1]])
    rng.fillNormal(layer.dense.weight.data as Float32Array);
  const seen = { ...given(rng), features: tensor(rng.fillNormal(new Float32Array(K * B * 6)), [K, B, 6]) };
  const dice = {
    model: tensor(rng.fillNormal(new Float32Array(N * 2)), [1, N, 2]),
    action: tensor(rng.fillNormal(new Float32Array(N)), [1, N, 1]),
  };
  const constant = <T>(tree: T) =>
    mapTree(
      isTensor,
      ({ data, shape }: Tensor) => np.array(data as Float32Array).reshape([...shape]),
      tree as unknown as Tree<Tensor>,
    ) as unknown as TracedTree<T>;
  const actorLoss = (actor: TracedTree<MlpParams>, world: TracedTree<RssmParams>) => {
    const critic = constant(all.critic);
    return losses(
      { world, critic, slowCritic: critic, actor },
      constant(noRange()),
      constant(seen),
      constant(dice),
    ).terms.actor;
  };

  test("the actor's gradient is that of what the dream returns, by finite differences", async () => {
    const f = (actor: TracedTree<MlpParams>) => actorLoss(actor, constant(all.world));
    expect(await gradientError(f, all.actor, 4e-3)).toBeLessThan(3e-3);
  });

  test('and nothing reaches the model', async () => {
    const program = compile((world: TracedTree<RssmParams>) =>
      grad((world: TracedTree<RssmParams>) => actorLoss(constant(all.actor), world))(world),
    );
    const moved = Object.values(toArrays(await program(all.world))).flatMap(({ data }) => Array.from(data));
    expect(moved.every((x) => x === 0)).toBe(true);
  });
});
