import { describe, expect, it } from 'vitest';
import { Rng } from '../../core/index.ts';
import { SequenceCategoricals } from './categoricals.ts';

describe('SequenceCategoricals', () => {
  it('begins uniform, or around what it is given', () => {
    expect([...new SequenceCategoricals(4, 1, 0.5, 0).probabilities]).toEqual([0.25, 0.25, 0.25, 0.25]);
    // half of [1, 0] and half of [0.5, 0.5]
    expect([...new SequenceCategoricals(2, 1, 0.5, 0, [1, 0]).probabilities]).toEqual([0.75, 0.25]);
  });

  it('draws each action as often as it is likely', () => {
    const categoricals = new SequenceCategoricals(3, 2, 1e-12, 0, [0.2, 0, 0.8, 0, 1, 0]);
    const K = 20_000;
    const out = new Float32Array(K * 2); // [K, 2]
    categoricals.sample(out, Rng.from(1));
    const share = (step: number, action: number) =>
      out.filter((drawn, i) => i % 2 === step && drawn === action).length / K;
    // five standard errors: 5 * sqrt(0.16 / 20000) = 0.014
    expect(Math.abs(share(0, 0) - 0.2)).toBeLessThan(0.014);
    expect(share(0, 1)).toBe(0);
    expect(share(0, 0) + share(0, 2)).toBe(1);
    expect(share(1, 1)).toBe(1);
  });

  it("moves to the elites' shares, less momentum, and keeps some chance", () => {
    const candidates = Float32Array.of(0, 1, 2, 2, 2, 1); // [3, 2]
    const elites = Int32Array.of(1, 2);
    const plain = new SequenceCategoricals(3, 2, 0.5, 0);
    plain.fit(candidates, elites, 0.25);
    // first step: both elites take 2, 0.25 / 3 stays of each; second: one takes 2, one takes 1
    const third = 0.25 / 3;
    const expected = [third, third, third + 0.75, third, third + 0.375, third + 0.375];
    expected.forEach((p, i) => {
      expect(plain.probabilities[i]).toBeCloseTo(p, 12);
    });
    const mixed = new SequenceCategoricals(3, 2, 0.5, 0.3);
    mixed.fit(candidates, elites, 0.25);
    expected.forEach((p, i) => {
      expect(mixed.probabilities[i]).toBeCloseTo(0.7 * p + 0.1, 12);
    });
  });

  it('has the likeliest action of each step as its centre, the lowest among equals', () => {
    const categoricals = new SequenceCategoricals(
      3,
      3,
      1e-12,
      0,
      [0.2, 0.3, 0.5, 0.4, 0.4, 0.2, 0.1, 0.8, 0.1],
    );
    expect([...categoricals.centre()]).toEqual([2, 0, 1]);
  });
});
