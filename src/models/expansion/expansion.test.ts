import { numpy as np } from '@jax-js/jax';
import { describe, expect, it } from 'vitest';
import { type Box, box, type Environment, type Expansion, Rng } from '../../core/index.ts';
import { feature, features, type TracedDynamics } from '../../engine/rules.ts';
import { exact } from '../exact.ts';
import { traced } from '../traced.ts';

/** A world of two numbers and two actions in which every second derivative of the reward is another. */
const bent: Environment<readonly [number, number], Box> = {
  name: 'bent',
  observation: box(-9, 9, [2]),
  action: box([-1, -0.5], [1, Infinity]),
  maxSteps: 10,
  reset: () => [0.3, -0.4],
  step([x, y], [u, v]) {
    const next = [Math.sin(x) + 0.3 * y * u, 0.9 * y + v * v * x] as const;
    const reward = Math.sin(x * u) + y * y * v - 0.5 * x * y - Math.exp(0.5 * u) * v + 0.2 * next[0] * y;
    return { state: next, reward, discount: 0.9 };
  },
  observe: (state) => Float32Array.from(state),
  coordinates: { size: 2, read: (state) => Float64Array.from(state), write: ([x, y]) => [x, y] },
};

const bentDynamics: TracedDynamics = (state, action) => {
  const [x, y, u, v] = [feature(state, 0), feature(state, 1), feature(action, 0), feature(action, 1)];
  const next = features(np.sin(x).add(y.mul(u).mul(0.3)), y.mul(0.9).add(v.mul(v).mul(x)));
  const reward = np
    .sin(x.mul(u))
    .add(y.mul(y).mul(v))
    .sub(x.mul(y).mul(0.5))
    .sub(np.exp(u.mul(0.5)).mul(v))
    .add(feature(next, 0).mul(y).mul(0.2));
  return { next, reward, discount: np.onesLike(reward).mul(0.9) };
};

/** The derivatives of a step of `bent`, by hand. z = (x, y, u, v) */
function byHand(x: number, y: number, u: number, v: number) {
  const [s, c, e] = [Math.sin(x * u), Math.cos(x * u), Math.exp(0.5 * u)];
  // 0.2 x' y = 0.2 y sin x + 0.06 y^2 u
  const hessian = [
    [-u * u * s - 0.2 * y * Math.sin(x), -0.5 + 0.2 * Math.cos(x), c - x * u * s, 0],
    [-0.5 + 0.2 * Math.cos(x), 2 * v + 0.12 * u, 0.12 * y, 2 * y],
    [c - x * u * s, 0.12 * y, -x * x * s - 0.25 * e * v, -0.5 * e],
    [0, 2 * y, -0.5 * e, 0],
  ];
  return {
    gradient: [
      u * c - 0.5 * y + 0.2 * y * Math.cos(x),
      2 * y * v - 0.5 * x + 0.2 * Math.sin(x) + 0.12 * y * u,
      x * c - 0.5 * e * v + 0.06 * y * y,
      y * y - e,
    ],
    hessian,
    jacobian: [
      [Math.cos(x), 0.3 * u, 0.3 * y, 0],
      [v * v, 0.9, 0, 2 * v * x],
    ],
  };
}

// the second and third steps lie on bounds, where actions can be moved to one side only
const actions = Float64Array.of(0.25, 0.75, 1, -0.5, -1, 0.125);
const horizon = 3;

async function expectByHand(expansion: Expansion, tolerance: number, mixed: number) {
  let state = bent.reset(Rng.from(1));
  let weight = 1;
  const close = (found: number, wanted: number, limit: number) => {
    expect(Math.abs(found - wanted)).toBeLessThan(limit);
  };
  for (let h = 0; h < horizon; h++) {
    const [x, y] = state;
    const [u, v] = actions.subarray(2 * h, 2 * h + 2);
    const { gradient, hessian, jacobian } = byHand(x, y, u, v);
    const { state: next, reward, discount } = bent.step(state, Float32Array.of(u, v), Rng.from(1));
    expect([...expansion.states.subarray(2 * h, 2 * h + 4)]).toEqual([x, y, ...next]);
    expect(expansion.rewards[h]).toBeCloseTo(weight * reward, 12);
    for (let i = 0; i < 2; i++) {
      close(expansion.rewardByState[2 * h + i], weight * gradient[i], tolerance);
      close(expansion.rewardByAction[2 * h + i], weight * gradient[2 + i], tolerance);
      for (let j = 0; j < 2; j++) {
        const at = (2 * h + i) * 2 + j;
        close(expansion.stateByState[at], jacobian[i][j], tolerance);
        close(expansion.stateByAction[at], jacobian[i][2 + j], tolerance);
        close(expansion.rewardByStateState[at], weight * hessian[i][j], mixed);
        close(expansion.rewardByActionState[at], weight * hessian[2 + i][j], mixed);
        close(expansion.rewardByActionAction[at], weight * hessian[2 + i][2 + j], mixed);
      }
    }
    weight *= discount;
    state = next;
  }
}

describe('expand', () => {
  const root = bent.reset(Rng.from(1));

  it('by trying steps tells the derivatives', async () => {
    // the step is 1.2e-4: its square in first derivatives, itself in second ones that are mixed or on one side
    await expectByHand(await exact(bent).expand!(root, actions, horizon), 1e-7, 5e-4);
  });

  it('by traced dynamics tells the derivatives', async () => {
    const model = traced(bent, bentDynamics);
    await expectByHand(await model.expand!(root, actions, horizon), 1e-6, 1e-6);
  });

  it("uses the world's own derivatives and reward where it has them", async () => {
    let steps = 0;
    const own: typeof bent = {
      ...bent,
      step: (state, action, rng) => {
        steps++;
        return bent.step(state, action, rng);
      },
      coordinates: {
        ...bent.coordinates!,
        jacobians: ([x, y], [u, v]) => {
          const { jacobian } = byHand(x, y, u, v);
          return {
            stateByState: Float64Array.from(jacobian.flatMap((row) => row.slice(0, 2))),
            stateByAction: Float64Array.from(jacobian.flatMap((row) => row.slice(2))),
          };
        },
        reward: ([x, y], [u, v], next) =>
          Math.sin(x * u) + y * y * v - 0.5 * x * y - Math.exp(0.5 * u) * v + 0.2 * next[0] * y,
      },
    };
    const expansion = await exact(own).expand!(root, actions, horizon);
    expect(steps).toBe(horizon);
    const tried = await exact(bent).expand!(root, actions, horizon);
    for (const name of ['rewardByState', 'rewardByAction', 'stateByState', 'stateByAction'] as const)
      expansion[name].forEach((value, i) => {
        expect(value).toBeCloseTo(tried[name][i], 6);
      });
    // but for the dynamics' own second derivatives: x' has -sin x by x and 0.3 by y and u, times 0.2 y
    const [x, y] = root;
    expect(expansion.rewardByStateState[0] - tried.rewardByStateState[0]).toBeCloseTo(
      0.2 * y * Math.sin(x),
      4,
    );
    expect(expansion.rewardByActionState[1] - tried.rewardByActionState[1]).toBeCloseTo(-0.2 * y * 0.3, 4);
  });
});

describe('track', () => {
  it('follows a feedback, held by the bounds, once for each scale', () => {
    const root = bent.reset(Rng.from(1));
    const feedback = {
      actions: Float64Array.of(0.5, 0, 0, 0),
      states: Float64Array.of(0.3, -0.4, 0, 0, 0, 0),
      offsets: Float64Array.of(0.25, -2, 0, 0),
      gains: Float64Array.of(9, 9, 9, 9, 0.5, 0, 0, 0.25),
    };
    const [none, full] = exact(bent).track!(root, feedback, [0, 1]);
    expect([...none.actions.subarray(0, 2)]).toEqual([0.5, 0]);
    expect([...full.actions.subarray(0, 2)]).toEqual([0.75, -0.5]);
    const first = bent.step(root, Float32Array.of(0.75, -0.5), Rng.from(1));
    const [x, y] = first.state;
    const action = Float32Array.of(0.5 * x, 0.25 * y);
    expect([...full.actions.subarray(2)]).toEqual([...action]);
    const second = bent.step(first.state, action, Rng.from(1));
    expect([...full.states]).toEqual([...root, ...first.state, ...second.state]);
    expect(full.value).toBe(first.reward + 0.9 * second.reward);
  });
});
