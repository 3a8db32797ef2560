import { describe, expect, it } from 'vitest';
import { box, discrete, InputError, Rng } from '../core/index.ts';
import { randomAgent } from './random.ts';

describe('randomAgent', () => {
  const act = async <A extends ReturnType<typeof box> | ReturnType<typeof discrete>>(
    space: A,
    seed: number,
    legal?: Uint8Array,
  ) =>
    (
      await randomAgent(space).act(
        { observation: Float32Array.of(0), legal },
        undefined,
        Rng.from(seed),
        'train',
      )
    ).action;

  it('acts anywhere in a box', async () => {
    const actions = await Promise.all(
      Array.from({ length: 2000 }, (_, seed) => act(box([-1, 4], [1, 8]), seed)),
    );
    const mean = (i: number) => actions.reduce((sum, action) => sum + action[i] / 2000, 0);
    // five standard errors: 5 * range / sqrt(12 * 2000)
    expect(Math.abs(mean(0))).toBeLessThan(0.065);
    expect(Math.abs(mean(1) - 6)).toBeLessThan(0.13);
  });

  it('takes legal actions only, all alike', async () => {
    const counts = new Map<number, number>();
    for (let seed = 0; seed < 900; seed++) {
      const action = await act(discrete(5), seed, Uint8Array.of(0, 1, 0, 1, 1));
      counts.set(action, (counts.get(action) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([1, 3, 4]);
    // five standard errors: 5 * sqrt(900 * 2 / 9) = 71
    for (const count of counts.values()) expect(Math.abs(count - 300)).toBeLessThan(71);
  });

  it('takes any where there is no mask, and says so where nothing is legal', async () => {
    const seen = new Set(await Promise.all(Array.from({ length: 50 }, (_, seed) => act(discrete(3), seed))));
    expect(seen).toEqual(new Set([0, 1, 2]));
    await expect(act(discrete(2), 1, Uint8Array.of(0, 0))).rejects.toThrow(InputError);
  });
});
