import { expect, it } from 'vitest';
import { Rng } from '../../core/rng.ts';
import { discrete } from '../../core/spaces.ts';
import { neverEnds } from '../../engine/rules.ts';
import { pendulum, pendulumReward } from '../../envs/pendulum.ts';
import { ensemble } from './index.ts';

// a discount of 0.9, so that later steps weigh less
const world = {
  ...pendulum(),
  reward: pendulumReward,
  discount: (next: Parameters<typeof neverEnds>[0]) => neverEnds(next).mul(0.9),
};
const options = { members: 3, elites: 2, hidden: [16, 16], threads: 1 } as const;
const model = ensemble(world, options, Rng.from(1));
const [H, D] = [4, 3];
const root = { observation: Float32Array.of(Math.cos(2), Math.sin(2), 0.5) };
const actions = Float64Array.of(0.5, -1, 1.25, 0.25);

/** Without a member, a state is moved by the mean of all elites. */
async function stepFrom(observation: ArrayLike<number>, action: number) {
  const state = { observation: Float32Array.from(observation) };
  const { states, rewards } = await model.step([state], [Float32Array.of(action)], Rng.from(0));
  return { next: states[0].observation, reward: rewards[0] };
}

it('expand follows the mean of the elites and tells the slopes of its steps', async () => {
  const found = await model.expand!(root, actions, H);
  let weight = 1;
  let observation: ArrayLike<number> = root.observation;
  for (let h = 0; h < H; h++) {
    const middle = await stepFrom(observation, actions[h]);
    for (let i = 0; i < D; i++) expect(found.states[(h + 1) * D + i]).toBeCloseTo(middle.next[i], 5);
    expect(found.rewards[h]).toBeCloseTo(weight * middle.reward, 4);
    // central differences over 2 e, in float32: their own error is about 1e-7 / 0.02
    const e = 0.01;
    for (let z = 0; z <= D; z++) {
      const moved = (by: number) => {
        const numbers = Float32Array.from(observation);
        if (z < D) numbers[z] += by;
        return stepFrom(numbers, actions[h] + (z === D ? by : 0));
      };
      const [up, down] = [await moved(e), await moved(-e)];
      const slope = (weight * (up.reward - down.reward)) / (2 * e);
      const told = z < D ? found.rewardByState[h * D + z] : found.rewardByAction[h];
      expect(Math.abs(told - slope)).toBeLessThan(0.01 * (1 + Math.abs(slope)));
      for (let k = 0; k < D; k++) {
        const wanted = (up.next[k] - down.next[k]) / (2 * e);
        const there = z < D ? found.stateByState[(h * D + k) * D + z] : found.stateByAction[h * D + k];
        expect(Math.abs(there - wanted)).toBeLessThan(2e-3);
      }
    }
    observation = middle.next;
    weight *= 0.9;
  }
  // the reward has 0.001 a^2 and its angle, which the action moves
  expect(Math.max(...found.stateByAction.map(Math.abs))).toBeGreaterThan(1e-3);
});

it('track follows a feedback by the same steps, held by the bounds, once for each scale', async () => {
  const { states, rewards } = await model.expand!(root, actions, H);
  const gains = Float64Array.from({ length: H * D }, (_, i) => 0.1 * (i - 5));
  const offsets = Float64Array.of(0.25, 5, 0, 0);
  const [none, full] = await model.track!(root, { actions, states, offsets, gains }, [0, 1]);
  // nothing strays
  expect(none.value).toBeCloseTo(
    rewards.reduce((a, b) => a + b),
    4,
  );
  none.states.forEach((x, i) => {
    expect(x).toBeCloseTo(states[i], 5);
  });
  let observation: ArrayLike<number> = root.observation;
  let value = 0;
  for (let h = 0; h < H; h++) {
    let wanted = actions[h] + offsets[h];
    for (let i = 0; i < D; i++) wanted += gains[h * D + i] * (observation[i] - states[h * D + i]);
    const action = Math.max(-2, Math.min(2, wanted));
    expect(full.actions[h]).toBeCloseTo(action, 4);
    const { next, reward } = await stepFrom(observation, full.actions[h]);
    value += 0.9 ** h * reward;
    observation = next;
  }
  expect(full.actions[0]).toBeCloseTo(0.75, 6);
  expect(full.actions[1]).toBe(2);
  expect(full.value).toBeCloseTo(value, 3);
});

it('discrete actions have neither', () => {
  const chosen = ensemble({ ...world, action: discrete(2) }, options, Rng.from(1));
  expect(chosen.expand).toBeUndefined();
  expect(chosen.track).toBeUndefined();
});
