/**
 * MBPO: model-based policy optimisation. An ensemble learns the world; from states that were really seen it imagines
 * short branches under the policy; soft actor-critic learns from those far more often than real steps alone would bear.
 *
 * Janner et al., When to Trust Your Model: Model-Based Policy Optimization (2019), algorithm 2.
 *
 * Differs from the paper: branches are imagined in one round after each training of the model, as in the published
 * program; rounds are forgotten whole.
 */
import type { Agent, Metrics } from '../../core/agent.ts';
import { demand } from '../../core/errors.ts';
import { checkOptions } from '../../core/options.ts';
import type { Batch, Replay } from '../../core/replay.ts';
import type { Rng } from '../../core/rng.ts';
import { joinSaved, partOf } from '../../core/saved.ts';
import { type Box, elementSize, sample } from '../../core/spaces.ts';
import { type EnsembleOptions, type EnsembleWorld, ensemble } from '../../models/ensemble/index.ts';
import { demandBoundedBox, sacLearner } from '../sac/learner.ts';
import { type SacOptions, sacOptions } from '../sac/options.ts';
import { branch, branchLength, ImaginedRows, joined } from './imagined.ts';
import { type MbpoOptions, mbpoModelDefaults, mbpoOptions, mbpoPolicyDefaults } from './options.ts';

export {
  type MbpoOptions,
  mbpoDefaults,
  mbpoModelDefaults,
  mbpoOptions,
  mbpoPolicyDefaults,
} from './options.ts';

export interface MbpoSettings {
  /**
   * Spaces of the world, and its reward and ending where they are given. Actions must be a box with finite bounds. No
   * cost: soft actor-critic climbs rewards alone.
   */
  readonly world: EnsembleWorld<Box>;
  /** Of the learned model, over {@link mbpoModelDefaults}. Until its first training actions are random. */
  readonly model?: Partial<EnsembleOptions>;
  /** Of soft actor-critic, over {@link mbpoPolicyDefaults}; `firstSteps` does not count here. */
  readonly policy?: Partial<SacOptions>;
  readonly options?: Partial<MbpoOptions>;
}

/**
 * An MBPO agent. It heeds no costs, neither the world's nor imagined ones: a run counts violations, but nothing keeps the
 * policy from them.
 * @param rng draws the first weights
 * @example mbpo({ world: { ...pendulum(), reward: pendulumReward } }, Rng.from(1))
 * @throws InputError where actions have no bounds, or the world is given a cost
 */
export function mbpo({ world, ...given }: MbpoSettings, rng: Rng): Agent<Box, undefined> {
  demandBoundedBox('mbpo', world.action);
  demand(
    world.cost === undefined,
    () =>
      'mbpo: the world must be given without a cost, as the policy learns from rewards alone, got one. Leave it out (runs count violations all the same), subtract it from the reward, or use pets with a planner that has a costLimit.',
  );
  const options = checkOptions('mbpo', mbpoOptions, given.options ?? {});
  const policyOptions = checkOptions('mbpo, policy', sacOptions, { ...mbpoPolicyDefaults, ...given.policy });
  const model = ensemble(world, { ...mbpoModelDefaults, ...given.model }, rng.fork('model'));
  const policy = sacLearner('mbpo', world, policyOptions, rng.fork('policy'));
  const [D, A] = [elementSize(world.observation), elementSize(world.action)];
  const imagined = new ImaginedRows({ D, A, retain: options.retain });
  const real = Math.round(options.realShare * policyOptions.batch);

  /** One round of branches from states drawn evenly among those seen. */
  const imagine = async (replay: Replay, rng: Rng): Promise<Metrics> => {
    const length = branchLength(replay.added, options.schedule);
    const { observations } = replay.sample(options.branches, rng);
    const rows = await branch(observations, {
      length,
      D,
      act: (seen) => policy.actions(seen, rng, 'train'),
      step: (seen, actions) => model.imagine(seen, actions, rng),
    });
    imagined.add(rows);
    return { 'model/branch length': length, 'model/imagined rows': rows.rewards.length };
  };

  const draw = (replay: Replay, rng: Rng): Batch => {
    const happened = real > 0 ? [replay.sample(real, rng)] : [];
    const rest = policyOptions.batch - real;
    return joined(rest > 0 ? [...happened, imagined.sample(rest, rng)] : happened);
  };

  return {
    name: 'mbpo',
    model,
    async act({ observation }, _carry, rng, mode) {
      if (mode === 'train' && !model.trained) return { action: sample(world.action, rng), carry: undefined };
      return { action: await policy.actions(observation, rng, mode), carry: undefined };
    },
    async learn(replay, rng) {
      const trained = await model.learn(replay, rng);
      if (!model.trained) return undefined;
      const round = trained && (await imagine(replay, rng));
      const practised = await policy.practise(replay.added, () => draw(replay, rng), rng);
      return trained || practised ? { ...trained, ...round, ...practised } : undefined;
    },
    networks: async () => ({ ...(await model.networks()), ...(await policy.networks()) }),
    save: () => joinSaved({ model: model.save(), policy: policy.save(), imagined: imagined.save() }),
    load(saved) {
      model.load(partOf(saved, 'model'));
      policy.load(partOf(saved, 'policy'));
      imagined.load(partOf(saved, 'imagined'));
    },
  };
}
