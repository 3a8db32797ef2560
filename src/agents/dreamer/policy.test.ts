import { describe, expect, test } from 'vitest';
import { InputError } from '../../core/errors.ts';
import { Rng } from '../../core/rng.ts';
import { box, discrete, type Space } from '../../core/spaces.ts';
import { compile, tensor } from '../../engine/index.ts';
import type { Traced } from '../../engine/tree.ts';
import { policyForm } from './policy.ts';

const plain = { policy: 'normal', unimix: 0 } as const;
const f32 = (shape: readonly number[], ...values: number[]) => tensor(Float32Array.from(values), shape);

describe('discrete actions', () => {
  const form = policyForm('test', discrete(3), { policy: 'normal', unimix: 0.3 });
  const program = compile((raw: Traced, dice: Traced, legal: Traced) => {
    const policy = form.of(raw);
    const masked = form.of(raw, legal);
    const drawn = policy.sample(dice);
    return {
      drawn,
      mode: policy.mode(),
      log: policy.logProbability(drawn),
      entropy: policy.entropy(),
      legal: masked.sample(dice),
      best: masked.mode(),
    };
  });

  test('are one-hot, mixed with the uniform distribution; what is not legal is never drawn', async () => {
    // probabilities [1/8 2/8 5/8], with 30 % uniform [0.1875 0.275 0.5375]
    const raw = f32([2, 3], 0, Math.log(2), Math.log(5), 0, Math.log(2), Math.log(5));
    const out = await program(raw, f32([2, 1], 0.4, 0.5), f32([2, 3], 1, 0, 1, 1, 1, 0));
    expect([...out.drawn.data]).toEqual([0, 1, 0, 0, 0, 1]); // 0.4 falls into the second, 0.5 into the third
    expect([...out.mode.data]).toEqual([0, 0, 1, 0, 0, 1]);
    expect(out.log.data[0]).toBeCloseTo(Math.log(0.275), 5);
    expect(out.log.data[1]).toBeCloseTo(Math.log(0.5375), 5);
    const entropy = -[0.1875, 0.275, 0.5375].reduce((sum, p) => sum + p * Math.log(p), 0);
    expect(out.entropy.data[0]).toBeCloseTo(entropy, 5);
    // of the first and the third, 1/6 and 5/6, 0.4 falls into the third; of the first two, 1/3 and 2/3, 0.5 into the second
    expect([...out.legal.data]).toEqual([0, 0, 1, 0, 1, 0]);
    expect([...out.best.data]).toEqual([0, 0, 1, 0, 1, 0]);
  });

  test('become integers and back', () => {
    expect(form.action(Float32Array.of(9, 0, 1, 0), 1)).toBe(1);
    const out = new Float32Array(4);
    form.write(2, out, 1);
    expect([...out]).toEqual([0, 0, 0, 1]);
  });
});

describe('a box', () => {
  const form = policyForm('test', box([-1, 0], [3, 10]), plain);

  test('is a normal distribution of bounded mean and spread', async () => {
    const program = compile((raw: Traced, dice: Traced) => {
      const policy = form.of(raw);
      const drawn = policy.sample(dice);
      return { drawn, mode: policy.mode(), log: policy.logProbability(drawn), entropy: policy.entropy() };
    });
    const out = await program(f32([1, 4], 0.5, -100, -2, -50), f32([1, 2], 1, 2));
    // means tanh 0.5 and -1; deviations 0.9 sigmoid(0) + 0.1 = 0.55, and 0.1 at the least
    const [mean, std] = [Math.tanh(0.5), 0.55];
    expect(out.mode.data[0]).toBeCloseTo(mean, 5);
    expect(out.mode.data[1]).toBeCloseTo(-1, 5);
    expect(out.drawn.data[0]).toBeCloseTo(mean + std, 5);
    expect(out.drawn.data[1]).toBeCloseTo(-1 + 0.2, 5);
    const half = 0.5 * Math.log(2 * Math.PI);
    expect(out.log.data[0]).toBeCloseTo(-0.5 - Math.log(std) - half - 2 - Math.log(0.1) - half, 4);
    expect(out.entropy.data[0]).toBeCloseTo(Math.log(std) + Math.log(0.1) + 2 * half + 1, 4);
  });

  test("fills the world's bounds, and never leaves them", () => {
    expect([...form.action(Float32Array.of(0, 1), 0)]).toEqual([1, 10]);
    expect([...form.action(Float32Array.of(-3, 0.5), 0)]).toEqual([-1, 7.5]);
    const out = new Float32Array(2);
    form.write(Float32Array.of(3, 2.5), out, 0);
    expect([...out]).toEqual([1, -0.5]);
  });
});

test('normal draws pressed through tanh, with their density', async () => {
  const form = policyForm('test', box(-1, 1), { policy: 'tanhNormal', unimix: 0 });
  const program = compile((raw: Traced, dice: Traced) => {
    const policy = form.of(raw);
    return { drawn: policy.draw(dice), mode: policy.mode(), log: policy.logProbability(policy.sample(dice)) };
  });
  const out = await program(f32([1, 2], 0.5, -4), f32([1, 1], 0.3));
  // the mean before tanh is 5 tanh(0.1); the deviation softplus(log(e^5 - 1) - 4) + 1e-4
  const mean = 5 * Math.tanh(0.1);
  const std = Math.log1p(Math.exp(Math.log(Math.expm1(5)) - 4)) + 1e-4;
  const u = mean + 0.3 * std;
  expect(out.mode.data[0]).toBeCloseTo(Math.tanh(mean), 5);
  expect(out.drawn.data[0]).toBeCloseTo(Math.tanh(u), 5);
  const before = -0.5 * 0.09 - Math.log(std) - 0.5 * Math.log(2 * Math.PI);
  expect(out.log.data[0]).toBeCloseTo(before - Math.log(1 - Math.tanh(u) ** 2), 4);
});

// figures by Python's `statistics.NormalDist`, as in the distribution's own test
test('normal draws within the bounds alone', async () => {
  const form = policyForm('test', box(-1, 1, [2]), { policy: 'truncatedNormal', unimix: 0 });
  const program = compile((raw: Traced, dice: Traced) => {
    const policy = form.of(raw);
    const drawn = policy.draw(dice);
    return { drawn, mode: policy.mode(), log: policy.logProbability(drawn), entropy: policy.entropy() };
  });
  // one all but even over the bounds: a mean of 0, the greatest deviation; one at a bound, with the least
  const out = await program(f32([1, 4], 0, 100, 60, -60), f32([1, 2], 0, -1.2));
  expect([...out.mode.data]).toEqual([0, 1]);
  expect(out.drawn.data[0]).toBeCloseTo(0, 5);
  expect(out.drawn.data[1]).toBeCloseTo(0.842419, 4);
  expect(out.log.data[0]).toBeCloseTo(-0.655921 + 0.835206, 3);
  expect(out.entropy.data[0]).toBeCloseTo(0.692584 - 1.576794, 4);
});

test.each([
  [box([-1, -Infinity], [1, 1]), 'bounds of actions must be finite, got [-Infinity, 1] at element 1'],
  [
    { kind: 'tuple', spaces: [discrete(2), box(0, 1)] } as unknown as Space,
    'actions must be discrete, or a box, got tuple',
  ],
  [[discrete(2), box(0, 1)] as unknown as Space, 'actions must be discrete, or a box, got a mixture'],
])('what cannot be acted in is refused: %o', (space, says) => {
  expect(() => policyForm('test', space, plain)).toThrow(InputError);
  expect(() => policyForm('test', space, plain)).toThrow(says);
});

test('dice are of the kind that the form needs', () => {
  const many = new Float32Array(1000);
  expect(
    policyForm('test', discrete(2), plain)
      .fill(many, Rng.from(1))
      .every((x) => x >= 0 && x < 1),
  ).toBe(true);
  expect(
    policyForm('test', box(0, 1), plain)
      .fill(many, Rng.from(1))
      .some((x) => x < -1),
  ).toBe(true);
});
