import { numpy as np } from '@jax-js/jax';
import { describe, expect, test } from 'vitest';
import { checkOptions } from '../../core/options.ts';
import { Rng } from '../../core/rng.ts';
import { compile, type Tensor, tensor, zeros } from '../../engine/index.ts';
import type { Traced, TracedTree } from '../../engine/tree.ts';
import { gradientError } from '../../nn/finite-differences.ts';
import { toArrays } from '../../nn/saving.ts';
import { rssmNetwork, type Seen, type TracedRssm } from './network.ts';
import { type RssmOptions, rssmOptions } from './options.ts';
import {
  type BlockCoreParams,
  blockCore,
  type CoreParams,
  gruCore,
  type RecurrentCore,
} from './recurrent.ts';

const normals = (rng: Rng, ...shape: number[]) =>
  tensor(rng.fillNormal(new Float32Array(shape.reduce((a, b) => a * b))), shape);
const uniform = (rng: Rng, ...shape: number[]) =>
  tensor(rng.fillUniform(new Float32Array(shape.reduce((a, b) => a * b))), shape);
const s = (x: number) => 1 / (1 + Math.exp(-x));

const options = checkOptions('rssm', rssmOptions, {
  deterministic: 4,
  variables: 2,
  classes: 3,
  blocks: 2,
  hidden: 3,
  units: 5,
  layers: 1,
  bins: 5,
} satisfies Partial<RssmOptions>);
const [D, F, T, B] = [2, 1, 4, 3];
const net = rssmNetwork({ D, F }, options);

describe('the recurrent core', () => {
  const [H, Z, hidden, G, epsilon] = [4, 3, 2, 2, 1e-3];
  const core = blockCore(
    { deterministic: H, stochastic: Z, action: 1, hidden, epsilon, memorySpan: null },
    G,
  );

  test('is the loop over units', async () => {
    const rng = Rng.from('core');
    const params = core.init(rng);
    const own = [params.deterministic, params.stochastic, params.action];
    for (const { layers } of own)
      for (const leaf of [layers[0].dense.bias!, layers[0].norm!.scale])
        rng.fillNormal(leaf.data as Float32Array);
    for (const leaf of [params.block.bias!, params.gates.bias!, params.norm.scale])
      rng.fillNormal(leaf.data as Float32Array);
    const [h, z, a] = [normals(rng, 1, H), normals(rng, 1, Z), normals(rng, 1, 1)];
    const program = compile((p: TracedTree<BlockCoreParams>, h: Traced, z: Traced, a: Traced) =>
      core.step(p, h, z, core.prepare(p, a)),
    );
    const next = await program(params, h, z, a);

    const times = (x: readonly number[], w: ArrayLike<number>, columns: number) =>
      Array.from({ length: columns }, (_, j) =>
        x.reduce((sum, value, i) => sum + value * w[i * columns + j], 0),
      );
    const normalised = (x: readonly number[], scale: ArrayLike<number>) => {
      const root = Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / x.length + epsilon);
      return x.map((value, i) => (value / root) * scale[i]).map((value) => value * s(value));
    };
    const plus = (x: readonly number[], y: ArrayLike<number>) => x.map((value, i) => value + y[i]);
    const inputs = [h, z, a].flatMap((x, i) => {
      const { dense, norm } = own[i].layers[0];
      return normalised(
        plus(times([...x.data], dense.weight.data, hidden), dense.bias!.data),
        norm!.scale.data,
      );
    });
    const blockOf = (x: readonly number[], w: ArrayLike<number>, g: number, columns: number) =>
      times(x.slice(g * 2, g * 2 + 2), Array.from(w).slice(g * 2 * columns, (g + 1) * 2 * columns), columns);
    const ofH = [0, 1].flatMap((g) => blockOf([...h.data], params.block.weight.data, g, 2));
    const mixed = normalised(
      plus(plus(times(inputs, params.mixed.weight.data, H), ofH), params.block.bias!.data),
      params.norm.scale.data,
    );
    for (let g = 0; g < G; g++) {
      const gates = plus(
        blockOf(mixed, params.gates.weight.data, g, 6),
        params.gates.bias!.data.slice(g * 6, g * 6 + 6),
      );
      for (let i = 0; i < 2; i++) {
        const candidate = Math.tanh(s(gates[i]) * gates[2 + i]);
        const update = s(gates[4 + i] - 1);
        const before = h.data[g * 2 + i];
        expect(next.data[g * 2 + i]).toBeCloseTo(update * candidate + (1 - update) * before, 5);
      }
    }
  });

  test('gradients over two steps', async () => {
    const rng = Rng.from('core gradients');
    const at = {
      params: core.init(rng),
      h: normals(rng, 2, H),
      z: normals(rng, 2, Z),
      a: normals(rng, 2, 1),
    };
    const twice = ({ params, h, z, a }: TracedTree<typeof at>) => {
      const prepared = core.prepare(params, a);
      return core.step(params, core.step(params, h, z, prepared), z, prepared);
    };
    // root mean squares of two numbers bend sharply where both are small: h is small
    expect(await gradientError(twice, at, 4e-3)).toBeLessThan(2e-3);
  });
});

describe.each(['blocks', 'gru', 'normalisedGru'] as const)(
  'what units of a core of kind %s keep at first',
  (kind) => {
    const [H, span] = [256, 20];
    /** Of each unit in a step in which nothing but first biases speaks. [H] */
    async function kept(memorySpan: number | null): Promise<number[]> {
      const shape = { deterministic: H, stochastic: 2, action: 1, hidden: 4, epsilon: 1e-3, memorySpan };
      const core = (
        kind === 'blocks'
          ? blockCore(shape, 4)
          : gruCore(shape, { normalised: kind === 'normalisedGru', activation: 'elu' })
      ) as RecurrentCore;
      const params = core.init(Rng.from('kept'));
      for (const [path, { data }] of Object.entries(toArrays(params)))
        if (path.endsWith('weight')) data.fill(0);
      const step = compile((p: TracedTree<CoreParams>, h: Traced, z: Traced, a: Traced) =>
        core.step(p, h, z, core.prepare(p, a)),
      );
      const ones = tensor(new Float32Array(H).fill(1), [1, H]);
      return [...(await step(params, ones, zeros([1, 2]), zeros([1, 1]))).data];
    }

    test('is as published', async () => {
      const published = kind === 'gru' ? 1 / 2 : 1 - s(-1);
      for (const share of await kept(null)) expect(share).toBeCloseTo(published, 5);
    });

    test('is spread over a span of memory', async () => {
      const times = (await kept(span)).map((share) => 1 / (1 - share));
      const sorted = [...times].sort((a, b) => a - b);
      // uniform from 2 to 20; of 256 draws the median is known to 0.6 (one sigma)
      expect(sorted[0]).toBeGreaterThanOrEqual(2 - 1e-4);
      expect(sorted[0]).toBeLessThan(2.6);
      expect(sorted[H / 2]).toBeGreaterThan(9);
      expect(sorted[H / 2]).toBeLessThan(13);
      expect(sorted[H - 1]).toBeGreaterThan(19.4);
      expect(sorted[H - 1]).toBeLessThanOrEqual(20 + 1e-3);
      // each unit's own, in no order
      const rising = times.filter((time, i) => i > 0 && time > times[i - 1]).length;
      expect(Math.abs(rising / (H - 1) - 1 / 2)).toBeLessThan(0.15);
    });
  },
);

test('gradients of what is said of a state: prior, posterior, their divergence, and what features look like', async () => {
  const rng = Rng.from('heads');
  const params = net.init(rng);
  // the reward's last layer begins at zero, where its first has no gradient to check
  rng.fillNormal(params.reward.layers[1].dense.weight.data as Float32Array);
  const at = { params, h: normals(rng, 2, 4), z: normals(rng, 2, 6), seen: normals(rng, 2, D) };
  const said = ({ params, h, z, seen }: TracedTree<typeof at>) => {
    const prior = net.prior(params, h);
    const posterior = net.posterior(params, h, net.token(params, seen));
    const features = net.join(h, z);
    const looks = net.decode(params, features).sum(-1);
    const tells = net.continuation(params, features).logProbability(looks.mul(0).add(1));
    const earns = net.reward(params, features).logProbability(looks.mul(0).add(0.3));
    return net.latents.divergence(posterior, prior).add(looks).add(tells).add(earns.mul(0.1));
  };
  expect(await gradientError(said, at, 5e-3)).toBeLessThan(3e-3);
});

describe('observing sequences', () => {
  const rng = Rng.from('sequences');
  const params = net.init(rng);
  const observe = compile((p: TracedRssm, seen: Seen) => net.observe(p, seen));
  const seen = {
    observations: normals(rng, T, B, D),
    actions: normals(rng, T, B, F),
    first: tensor(Float32Array.of(1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0), [T, B]), // one border, in the second sequence
    dice: uniform(rng, T, B, 2),
  };
  const column = (x: { data: ArrayLike<number>; shape: readonly number[] }, t: number, b: number) => {
    const width = x.data.length / (T * B);
    return Array.from({ length: width }, (_, i) => x.data[(t * B + b) * width + i]);
  };
  const close = (left: readonly number[], right: readonly number[]) => {
    expect(left.length).toBe(right.length);
    left.forEach((value, i) => {
      expect(value).toBeCloseTo(right[i], 5);
    });
  };

  test('gives states, and what the prior and the posterior said', async () => {
    const { features, posterior, prior } = await observe(params, seen);
    expect([features.shape, posterior.shape, prior.shape]).toEqual([
      [T, B, 10],
      [T, B, 6],
      [T, B, 6],
    ]);
    for (let t = 0; t < T; t++) {
      for (let b = 0; b < B; b++) {
        const z = column(features, t, b).slice(4);
        // one class of three in each of two variables
        expect(
          [z.slice(0, 3), z.slice(3)].map((one) => one.filter((x) => Math.abs(x - 1) < 1e-6).length),
        ).toEqual([1, 1]);
        expect(z.reduce((sum, x) => sum + x)).toBeCloseTo(2, 5);
      }
    }
  });

  test('forgets all that came before an episode began', async () => {
    const whole = await observe(params, seen);
    const changed = {
      ...seen,
      observations: {
        ...seen.observations,
        data: seen.observations.data.map((x, i) => (i < 2 * B * D ? -x : x)),
      },
      dice: { ...seen.dice, data: seen.dice.data.map((x, i) => (i < 2 * B * 2 ? 1 - x : x)) },
      // not even the action that led there counts
      actions: { ...seen.actions, data: seen.actions.data.map((x, i) => (i < 3 * B * F ? x + 1 : x)) },
    };
    const other = await observe(params, changed);
    for (const name of ['features', 'posterior', 'prior'] as const) {
      for (const t of [2, 3]) close(column(whole[name], t, 1), column(other[name], t, 1));
    }
    expect(column(whole.features, 3, 0)).not.toEqual(column(other.features, 3, 0));
    // and it is the state that every episode begins with
    close(column(whole.prior, 0, 0), column(whole.prior, 2, 1));
  });

  test('without memory a state is told by two observations and the action between them', async () => {
    const states = async (memory: boolean, seen: { [K in keyof Seen]: Tensor }) => {
      const net = rssmNetwork({ D, F }, { ...options, memory });
      return compile((p: TracedRssm, seen: Seen) => net.observe(p, seen))(params, seen);
    };
    const before = (x: Tensor, moments: number) => {
      const width = x.data.length / T;
      return tensor(
        Float32Array.from(x.data, (value, i) => (i < moments * width ? 1 - value : value)),
        x.shape,
      );
    };
    const { observations, actions, first, dice } = seen;
    const changed = {
      observations: before(observations, 2),
      actions: before(actions, 3),
      first,
      dice: before(dice, 2),
    };
    const [forgetful, other] = [await states(false, seen), await states(false, changed)];
    for (const name of ['features', 'posterior', 'prior'] as const)
      for (let b = 0; b < B; b++) close(column(forgetful[name], 3, b), column(other[name], 3, b));
    expect(column(forgetful.prior, 2, 0)).not.toEqual(column(other.prior, 2, 0));
    // which is not so where h goes on
    const [whole, changedWhole] = [await states(true, seen), await states(true, changed)];
    expect(column(whole.prior, 3, 0)).not.toEqual(column(changedWhole.prior, 3, 0));
  });

  test('step by step as all at once', async () => {
    const whole = await observe(params, seen);
    const step = compile(
      (p: TracedRssm, h: Traced, z: Traced, action: Traced, observation: Traced, dice: Traced) => {
        const next = net.recur(p, h, z, action);
        const posterior = net.posterior(p, next, net.token(p, observation));
        return { features: net.join(next, net.latents.sample(posterior, dice)), prior: net.prior(p, next) };
      },
    );
    for (let t = 1; t < T; t++) {
      const before = column(whole.features, t - 1, 0);
      const row = (x: readonly number[]) => tensor(Float32Array.from(x), [1, x.length]);
      const { features, prior } = await step(
        params,
        row(before.slice(0, 4)),
        row(before.slice(4)),
        row(column(seen.actions, t, 0)),
        row(column(seen.observations, t, 0)),
        row(column(seen.dice, t, 0)),
      );
      close([...features.data], column(whole.features, t, 0));
      close([...prior.data], column(whole.prior, t, 0));
    }
  });
});

describe.each(['gru', 'normalisedGru'] as const)('normal latents and a core of kind %s', (core) => {
  const first = checkOptions('rssm', rssmOptions, {
    ...options,
    latents: 'normal',
    core,
    norm: 'none',
    activation: 'elu',
    symlog: false,
    reward: 'normal',
  });
  const net = rssmNetwork({ D, F }, first);

  test('carry gradients through draws, from one moment to the next', async () => {
    const rng = Rng.from(`${core} gradients`);
    const params = net.init(rng);
    rng.fillNormal(params.reward.layers[1].dense.weight.data as Float32Array);
    const at = { params, observations: normals(rng, 2, 1, D) };
    const [actions, dice] = [normals(rng, 2, 1, F), normals(rng, 2, 1, 2)];
    const said = ({ params, observations }: TracedTree<typeof at>) => {
      const fixed = (x: { data: Float32Array | unknown; shape: readonly number[] }) =>
        np.array(x.data as Float32Array).reshape([...x.shape]);
      const first = np.array([1, 0]).reshape([2, 1]);
      const { features, posterior, prior } = net.observe(params, {
        observations,
        actions: fixed(actions),
        first,
        dice: fixed(dice),
      });
      const earns = net.reward(params, features).mean();
      return net.latents
        .divergence(posterior, prior)
        .mul(0.2)
        .add(earns)
        .add(net.decode(params, features).sum(-1));
    };
    expect(await gradientError(said, at, 4e-3)).toBeLessThan(5e-3);
  });

  test('tell draws, divergence and entropy of normal distributions', async () => {
    const program = compile((p: Traced, q: Traced, dice: Traced) => ({
      drawn: net.latents.sample(p, dice),
      divergence: net.latents.divergence(p, q),
      entropy: net.latents.entropy(p),
    }));
    const raw = (...x: number[]) => tensor(Float32Array.from(x), [1, 4]);
    // deviations softplus(0) + 0.1 = 0.793147 everywhere; means 1 and 0 against 0 and 0
    const std = Math.log(2) + 0.1;
    const out = await program(raw(1, 0, 0, 0), raw(0, 0, 0, 0), tensor(Float32Array.of(1, -2), [1, 2]));
    expect(out.drawn.data[0]).toBeCloseTo(1 + std, 5);
    expect(out.drawn.data[1]).toBeCloseTo(-2 * std, 5);
    expect(out.divergence.data[0]).toBeCloseTo(1 / (2 * std * std), 5);
    expect(out.entropy.data[0]).toBeCloseTo(2 * (Math.log(std) + 0.5 * Math.log(2 * Math.PI * Math.E)), 5);
  });
});

test('options that do not fit are refused', () => {
  expect(() => checkOptions('rssm', rssmOptions, { deterministic: 10, blocks: 4 })).toThrow(
    'blocks must divide deterministic',
  );
});
