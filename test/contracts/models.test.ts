/** Every model keeps the models' contract, and broken ones are caught. */
import { describe, expect, it } from 'vitest';
import {
  type Box,
  checkOptions,
  type Environment,
  elementSize,
  featureSize,
  type Model,
  Rng,
  type View,
  writeFeatures,
} from '../../src/core/index.ts';
import { cartPole, environments, gameEnvironments, pendulum, pendulumReward } from '../../src/envs/index.ts';
import { ensemble } from '../../src/models/ensemble/index.ts';
import { type ExactModel, exact } from '../../src/models/exact.ts';
import { rssmModel } from '../../src/models/rssm/model.ts';
import { rssmNetwork } from '../../src/models/rssm/network.ts';
import { rssmOptions } from '../../src/models/rssm/options.ts';
import { checkModel, modelProblems } from '../../src/testing/index.ts';
import { type DriftState, drift } from '../worlds/drift.ts';
import { chain } from '../worlds/problems.ts';

const viewsOf = <S>(environment: Environment<S>, count = 3): View[] =>
  Array.from({ length: count }, (_, i) => {
    const state = environment.reset(Rng.from(i));
    return { observation: environment.observe(state), state };
  });

describe('every model keeps its contract', () => {
  for (const [name, { make }] of Object.entries(environments)) {
    // sequences of actions drawn beforehand break the rules of games
    if (name in gameEnvironments) continue;
    it(`exact: ${name}`, async () => checkModel(exact(await make()), viewsOf(await make()), { horizon: 20 }));
  }
  it('exact: chain, which ends', () =>
    checkModel(exact(chain()), viewsOf(chain()), { horizon: 12, candidates: 200 }));
  it('exact: drift, which has dice and an end', () =>
    checkModel(exact(drift()), viewsOf(drift()), { horizon: 20, candidates: 20 }));

  const rules = { ...pendulum(), reward: pendulumReward };
  const small = { members: 3, elites: 2, hidden: [16, 16], particles: 4, threads: 1 };
  it('ensemble: by its mean', () =>
    checkModel(ensemble(rules, { ...small, propagation: 'mean' }, Rng.from(1)), viewsOf(pendulum()), {
      tolerance: 1e-5,
    }));
  for (const propagation of ['fixedMember', 'everyStep'] as const) {
    it(`ensemble: by particles, ${propagation}`, () => {
      const model = ensemble(rules, { ...small, propagation }, Rng.from(1));
      return checkModel(model, viewsOf(pendulum(), 1), {
        tolerance: 1e-5,
        horizon: 3,
        candidates: 3,
        streams: 50,
        particles: ({ observation }, rng) => model.particles(observation, 4, rng),
      });
    });
  }
});

describe('a recurrent state-space model keeps its contract', () => {
  const options = checkOptions('rssm', rssmOptions, {
    deterministic: 8,
    variables: 3,
    classes: 4,
    hidden: 8,
    units: 8,
  });
  for (const world of [pendulum(), cartPole()] as readonly Environment[]) {
    it(`on ${world.name}`, async () => {
      const net = rssmNetwork({ D: elementSize(world.observation), F: featureSize(world.action) }, options);
      const params = net.init(Rng.from(1));
      // at first all rewards are 0, which would be no test
      Rng.from(2).fillNormal(params.reward.layers.at(-1)!.dense.weight.data as Float32Array);
      const write = (action: number | ArrayLike<number>, out: Float32Array, offset: number) =>
        writeFeatures(world.action, action, out, offset);
      const model = rssmModel(net, { space: world.action, write }, () => params, { threads: 1 });
      await checkModel(model, viewsOf(world), { tolerance: 1e-4, candidates: 20 });
    });
  }
});

describe('a broken model is caught', () => {
  const world = drift();
  const good = exact(world);
  const problemsOf = (broken: Partial<ExactModel<DriftState, Box>>) =>
    modelProblems<DriftState, Box>({ ...good, ...broken } as Model<DriftState, Box>, viewsOf(world));

  it('and a good one is not', async () => expect(await problemsOf({})).toEqual([]));

  it('changing the states it is given', async () => {
    const problems = await problemsOf({
      step(states, actions, rng) {
        for (const state of states) state.past[0] += 1;
        return good.step(states, actions, rng);
      },
    });
    expect(problems.join()).toContain('what is given must be left as it is, and changed [0].past[0]');
  });

  it('with dice of its own', async () => {
    const own = Rng.from('own');
    const problems = await problemsOf({ step: (states, actions) => good.step(states, actions, own) });
    expect(problems.join()).toContain('two steps with the same stream must agree');
  });

  it('whose batch is not its states one by one', async () => {
    const problems = await problemsOf({
      step(states, actions, rng) {
        const steps = good.step(states, actions, rng);
        return { ...steps, rewards: steps.rewards.map((reward) => reward / states.length) };
      },
    });
    expect(problems.join()).toContain('a batch must give what its states give one by one');
  });

  it('whose rollout is not repeated steps', async () => {
    const problems = await problemsOf({
      rollout: (root, actions, horizon, rng) => {
        const { returns } = good.rollout(root, actions, horizon, rng);
        return { returns: returns.map((total, k) => (k === 5 ? total + 1e-6 : total)) };
      },
    });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('rollout from view 0: a rollout must equal repeated steps');
  });

  it('by its means, where streams may differ', async () => {
    const shifted = {
      ...good,
      rollout: (root: DriftState, actions: Float32Array, horizon: number, rng: Rng) => {
        const { returns } = good.rollout(root, actions, horizon, rng);
        return { returns: returns.map((total) => total - 0.05) };
      },
    };
    const options = { streams: 50, horizon: 3 };
    expect(await modelProblems(good, viewsOf(world), options)).toEqual([]);
    expect((await modelProblems(shifted, viewsOf(world), options)).join()).toContain('means over 50 streams');
  });

  it('with the wrong number of answers, or numbers that are none', async () => {
    const short = await problemsOf({ observe: (states) => good.observe(states.slice(1)) });
    expect(short.join()).toContain('3 states must give 3 observations, got 2');
    const none = await problemsOf({ observe: (states) => states.map(() => Float32Array.of(Number.NaN)) });
    expect(none.join()).toContain('observe must be finite, got NaN at index 0');
    const doubled = await problemsOf({
      rollout: (_root, actions) => ({ returns: new Float32Array(actions.length) }),
    });
    expect(doubled.join()).toContain('6 sequences must have 6 returns, got 30');
  });

  it('throwing', async () => {
    const problems = await modelProblems(good, [{ observation: Float32Array.of(0) }]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain("the view must hold the world's true state, got none");
  });
});
