/**
 * Dreamer: an agent that learns a latent model of its world from sequences, and how to act from dreams in that model alone.
 *
 * Hafner et al., Dream to Control (2019), Mastering Atari with Discrete World Models (2020), Mastering Diverse Domains through
 * World Models (2023): three versions, of which the last is what is made unless told.
 */
import type { Agent, Decision, Mode } from '../../core/agent.ts';
import type { View } from '../../core/model.ts';
import { checkOptions, type OptionsSchema } from '../../core/options.ts';
import type { Rng } from '../../core/rng.ts';
import type { Element, Space } from '../../core/spaces.ts';
import type { RssmModel, RssmState } from '../../models/rssm/index.ts';
import { randomAgent } from '../random.ts';
import { type Belief, dreamerLearner } from './learner.ts';
import { type DreamerOptions, dreamerOptions } from './options.ts';
import type { DreamerWorld } from './program.ts';
import { type DreamerVersion, type GivenOptions, overlaid, versionOptions } from './versions.ts';

export type { Belief } from './learner.ts';
export { type DreamerOptions, dreamerDefaults, dreamerOptions } from './options.ts';
export type { DreamerWorld } from './program.ts';
export type { DreamerVersion } from './versions.ts';

export interface DreamerSettings<A extends Space> {
  /** Spaces of the world. Observations are vectors, pictures, or both joined; actions discrete, or a box with finite bounds. */
  readonly world: DreamerWorld<A>;
  /** Whose settings are the defaults; see `versions.ts` for how they differ. Default 3. */
  readonly version?: DreamerVersion;
  readonly options?: GivenOptions;
}

export interface Dreamer<A extends Space> extends Agent<A, Belief> {
  /** What it has learned of the world so far, to plan or look around in. */
  readonly model: RssmModel<A>;
  /** Acts from what its model believes, seen or imagined. */
  actFrom(state: RssmState, legal: Uint8Array | undefined, rng: Rng, mode: Mode): Promise<Element<A>>;
  /** Lets the thread end that `actors` asked for. @returns when it has ended */
  dispose(): Promise<void>;
}

/**
 * A Dreamer agent. In `evaluate` it takes the likeliest action of its policy.
 * @param rng draws the first weights
 * @example dreamer({ world: pendulum() }, Rng.from(1))
 */
export function dreamer<A extends Space>(
  { world, version = 3, options: given = {} }: DreamerSettings<A>,
  rng: Rng,
): Dreamer<A> {
  const name = `dreamer-v${version}`;
  const settings = overlaid(versionOptions(version, world.action), given);
  const options = checkOptions(name, dreamerOptions as OptionsSchema<DreamerOptions>, settings);
  const learner = dreamerLearner(name, world, options, rng);
  const random = randomAgent(world.action);
  const perUpdate = options.batch * options.length;

  const actMany = async (
    views: readonly View[],
    carries: readonly (Belief | undefined)[],
    rngs: readonly Rng[],
    mode: Mode,
  ): Promise<Decision<A, Belief>[]> => {
    if (mode === 'train' && learner.updates === 0) {
      // no belief is due yet: one formed later in this episode begins afresh
      const decisions = views.map((view, i) => random.act(view, undefined, rngs[i], mode));
      return (await Promise.all(decisions)) as unknown as Decision<A, Belief>[];
    }
    const situations = views.map(({ observation, legal }, i) => ({ observation, legal, before: carries[i] }));
    const beliefs = await learner.act(situations, rngs, mode === 'evaluate');
    return beliefs.map((belief) => ({
      action: learner.form.action(belief.action, 0) as Element<A>,
      carry: belief,
    }));
  };

  const { model } = learner;

  return {
    name,
    model,
    actMany,
    act: async (view, carry, rng, mode) => (await actMany([view], [carry], [rng], mode))[0],
    async learn(replay, rng) {
      const { firstSteps, trainRatio, reportEvery } = options;
      // the small number mends products such as 10 times 0.1
      const due = Math.floor(((replay.added - firstSteps) * trainRatio) / perUpdate + 1e-9);
      while (learner.begun < due) await learner.update(replay, rng);
      return replay.added % reportEvery === 0 ? learner.report() : undefined;
    },
    async actFrom({ features }, legal, rng, mode) {
      const chosen = await learner.actFrom(features, legal, rng, mode === 'evaluate');
      return learner.form.action(chosen, 0) as Element<A>;
    },
    networks: () => learner.networks(),
    save: () => learner.save(),
    load: (saved) => learner.load(saved),
    dispose: () => learner.dispose(),
  };
}
