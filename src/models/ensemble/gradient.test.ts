import { expect, it } from 'vitest';
import { Rng } from '../../core/rng.ts';
import { discrete } from '../../core/spaces.ts';
import { pendulum, pendulumReward } from '../../envs/pendulum.ts';
import { ensemble } from './index.ts';

const world = { ...pendulum(), reward: pendulumReward };
const options = { members: 3, elites: 2, hidden: [16, 16], propagation: 'mean' } as const;
const [K, H] = [5, 4];

it("the ensemble's gradients are the slopes of its returns, and come with them", async () => {
  const model = ensemble(world, options, Rng.from(1));
  const rng = Rng.from(2);
  const root = { observation: Float32Array.of(Math.cos(2), Math.sin(2), 0.5) };
  const actions = rng.fillUniform(new Float32Array(K * H)).map((x) => 3 * x - 1.5);
  const returnsOf = async (u: Float32Array) => (await model.rollout(root, u, H, rng)).returns;
  const { returns, gradients } = await model.gradient(root, actions, H, rng);
  const middle = await returnsOf(actions);
  for (let k = 0; k < K; k++) expect(returns[k]).toBeCloseTo(middle[k], 3);
  for (let i = 0; i < K * H; i++) {
    const k = Math.floor(i / H);
    const [up, down] = [actions.with(i, actions[i] + 0.1), actions.with(i, actions[i] - 0.1)];
    const slope = ((await returnsOf(up))[k] - (await returnsOf(down))[k]) / (up[i] - down[i]);
    expect(Math.abs(gradients[i] - slope)).toBeLessThan(0.02 * (1 + Math.abs(slope)));
  }
  expect(Math.max(...gradients.map(Math.abs))).toBeGreaterThan(0.05);
});

it('discrete actions have none', async () => {
  const model = ensemble({ ...world, action: discrete(2) }, options, Rng.from(1));
  await expect(
    model.gradient({ observation: new Float32Array(3) }, new Float32Array(4), 4, Rng.from(1)),
  ).rejects.toThrow('ensemble: returns have gradients by continuous actions only, got discrete ones.');
});
