/**
 * How an actor and a critic learn in dreams.
 *
 * Hafner et al., Mastering Diverse Domains through World Models (2023), "Critic learning" and "Actor learning": from
 * every state that was seen the
 * actor imagines H steps; the critic learns what they return, the actor takes more often what returned more than the
 * critic thought, in proportion to how widely returns are spread, and stays as random as that leaves it. The critic also
 * learns from the rewards that were seen, and is held to a slow copy of itself.
 *
 * Gradients through the dream: Hafner et al., Dream to Control (2019), equations 6-8. Both mixed, and values of a slow critic as
 * targets: Hafner et al., Mastering Atari with Discrete World Models (2020), section 2.2.
 *
 * N = K B states that were seen: the last K of each of B sequences.
 *
 * Differs from the paper: the weight of an imagined state begins with what is known of the state it was imagined from: nothing
 * is learned from dreams that begin after the end. No gradient of the critic's replay loss reaches the model.
 */
import { lax, numpy as np } from '@jax-js/jax';
import type { Rng } from '../../core/rng.ts';
import type { Space } from '../../core/spaces.ts';
import { isTraced, mapTree, type Traced, type TracedTree, type Tree } from '../../engine/tree.ts';
import { symexpBins } from '../../math/two-hot.ts';
import { type Foreseen, type RssmNetwork, type TracedRssm, unitNormal } from '../../models/rssm/index.ts';
import { type MlpParams, mlp, twoHotDistribution, varianceScaling, zeroInitialiser } from '../../nn/index.ts';
import type { DreamerOptions } from './options.ts';
import type { Policy, PolicyForm } from './policy.ts';
import { lambdaReturns, type ReturnRange, spreadOf, widened } from './returns.ts';

const EPSILON = 1e-4;

/** The networks that act and judge, both of a model's features. */
export function behaviourNetworks(net: RssmNetwork, form: PolicyForm<Space>, options: DreamerOptions) {
  const { norm, activation } = options.model;
  const twoHot = options.critic === 'twoHot';
  const sizes = [net.H + net.Z, ...new Array<number>(options.layers).fill(options.units)];
  const style = { norm, activation, epsilon: EPSILON };
  const actor = mlp({
    sizes: [...sizes, form.outputs],
    ...style,
    // at first all actions are nearly alike
    outputInitial: varianceScaling({ scale: 1e-4, mode: 'in', distribution: 'truncatedNormal' }),
  });
  const critic = mlp({
    sizes: [...sizes, twoHot ? options.bins : 1],
    ...style,
    outputInitial: zeroInitialiser,
  });
  const bins = symexpBins(options.bins);
  return {
    initActor: (rng: Rng) => actor.init(rng),
    initCritic: (rng: Rng) => critic.init(rng),
    policy: (params: TracedTree<MlpParams>, features: Traced, legal?: Traced) =>
      form.of(actor.apply(params, features), legal),
    value(params: TracedTree<MlpParams>, features: Traced): Foreseen {
      const out = critic.apply(params, features);
      return twoHot ? twoHotDistribution(out, bins) : unitNormal(out.reshape(out.shape.slice(0, -1)));
    },
  };
}

export type BehaviourNetworks = ReturnType<typeof behaviourNetworks>;

export interface BehaviourParams {
  world: TracedRssm;
  actor: TracedTree<MlpParams>;
  critic: TracedTree<MlpParams>;
  slowCritic: TracedTree<MlpParams>;
}

/** States that were seen, in their sequences. */
export interface Replayed {
  features: Traced; // [K, B, H + Z]
  rewards: Traced; // [K, B]
  continues: Traced; // [K, B]
  /** 1 at the last moment of an episode. */
  last: Traced; // [K, B]
}

export interface DreamDice {
  model: Traced; // [H, N, S]
  action: Traced; // [H, N, dice]
}

const stop = lax.stopGradient;
/** The same parameters, held still. */
const still = <T>(tree: T): T => mapTree(isTraced, stop, tree as Tree<Traced>) as T;

/** Terms of the loss, as they are weighted; each a mean over states. */
export const BEHAVIOUR_TERMS = ['actor', 'critic', 'replayed critic'] as const;
export type BehaviourTerm = (typeof BEHAVIOUR_TERMS)[number];
/** Without the last where its weight is 0. */
type BehaviourTerms = Record<'actor' | 'critic', Traced> & Partial<Record<BehaviourTerm, Traced>>;

export function behaviourLosses(net: RssmNetwork, nets: BehaviourNetworks, options: DreamerOptions) {
  const { gamma, lambda, horizon, reinforce } = options;
  /** Whether the actor's gradient comes through the dream too. */
  const through = reinforce < 1;

  /** H steps under the actor from features [N, H + Z], which no gradient leaves. */
  const dream = (params: BehaviourParams, start: Traced, dice: DreamDice) => {
    const world = still(params.world);
    const features = [start]; // [H + 1][N, H + Z]
    const policies: Policy[] = []; // [H]
    const drawn: Traced[] = []; // [H][N, F]
    // where no gradient comes through the dream, the actor is asked once more, of all steps at once, for what it learns from
    const actor = through ? params.actor : still(params.actor);
    for (let t = 0; t < horizon; t++) {
      const policy = nets.policy(actor, stop(features[t]));
      const thrown = dice.action.slice(t);
      const sample = stop(policy.sample(thrown));
      const action = through ? policy.draw(thrown) : sample;
      policies.push(policy);
      drawn.push(sample);
      const next = net.imagine(world, features[t], within(action), dice.model.slice(t));
      features.push(through ? next : stop(next));
    }
    if (!through) {
      const policy = nets.policy(params.actor, stop(np.concatenate(features.slice(0, horizon), 0)));
      return {
        features,
        likelihood: policy.logProbability(np.concatenate(drawn, 0)),
        entropy: policy.entropy(),
      };
    }
    const likelihoods = policies.map((policy, t) => policy.logProbability(drawn[t]));
    const entropies = policies.map((policy) => policy.entropy());
    return {
      features,
      likelihood: np.concatenate(likelihoods, 0), // [H N]
      entropy: np.concatenate(entropies, 0), // [H N]
    };
  };

  /** The critic's loss: what states return, and what its slow copy says of them. @param value of `features` [...] */
  const criticLoss = (
    params: BehaviourParams,
    value: Foreseen,
    features: Traced,
    returns: Traced,
  ): Traced => {
    const loss = value.logProbability(stop(returns)).neg();
    if (options.slowScale === 0) return loss;
    const slow = stop(nets.value(params.slowCritic, features).mean());
    return loss.sub(value.logProbability(slow).mul(options.slowScale));
  };

  /** What was really earned from each state on, cut short by what was imagined from there. @param ahead [K, B] */
  const replayedLoss = (
    params: BehaviourParams,
    { features, rewards, continues, last }: Replayed,
    ahead: Traced,
  ) => {
    const [K, B] = rewards.shape;
    const carriesOn = np.subtract(1, last).mul(lambda);
    const earned = lambdaReturns({
      rewards: unstacked(rewards).slice(1),
      discounts: unstacked(continues.mul(gamma)).slice(1),
      lambdas: unstacked(carriesOn).slice(1),
      values: unstacked(ahead).slice(1),
    });
    const before = stop(features)
      .slice([0, K - 1])
      .reshape([(K - 1) * B, net.H + net.Z]);
    const goesOn = np.subtract(1, last.slice([0, K - 1])).reshape([(K - 1) * B]);
    const value = nets.value(params.critic, before);
    return np.mean(criticLoss(params, value, before, np.concatenate(earned, 0)).mul(goesOn));
  };

  return function losses(
    params: BehaviourParams,
    range: TracedTree<ReturnRange>,
    replayed: Replayed,
    dice: DreamDice,
  ) {
    const [K, B] = replayed.rewards.shape;
    const N = K * B;
    const world = still(params.world);
    const start = stop(replayed.features).reshape([N, net.H + net.Z]);
    const { features, likelihood, entropy } = dream(params, start, dice);
    const imagined = np.concatenate(features.slice(1), 0); // [H N, H + Z]
    const bySteps = (x: Traced): Traced[] => unstacked(x.reshape([horizon, N]));
    const rewards = bySteps(net.reward(world, imagined).mean());
    const continues = bySteps(net.continuation(world, imagined).mean());
    const dreamt = stop(np.concatenate(features.slice(0, horizon), 0)); // [H N, H + Z]
    const foreseen = nets.value(params.critic, dreamt);
    // what the critic learns from is what it judges by, unless gradients pass through its judgement, or another judges
    const judge = still(options.slowTarget ? params.slowCritic : params.critic);
    const judged =
      through || options.slowTarget
        ? nets.value(judge, np.concatenate(features, 0)).mean()
        : np.concatenate([stop(foreseen.mean()), nets.value(judge, features[horizon]).mean()], 0);
    const values = unstacked(judged.reshape([horizon + 1, N]));

    const discounts = continues.map((goesOn) => goesOn.mul(gamma));
    const lambdas = new Array<number>(horizon).fill(lambda);
    const returns = lambdaReturns({ rewards, discounts, lambdas, values: values.slice(1) }).map((x) =>
      through ? x : stop(x),
    );
    const weights = [replayed.continues.reshape([N])];
    for (let t = 1; t < horizon; t++) weights.push(weights[t - 1].mul(discounts[t - 1]));
    const weight = stop(np.concatenate(weights, 0)); // [H N]
    const value = stop(np.concatenate(values.slice(0, horizon), 0)); // [H N]
    const target = np.concatenate(returns, 0); // [H N]
    const known = stop(target);

    const nextRange = options.scaleReturns ? widened(range, known, options.returnRate) : range;
    const spread = options.scaleReturns ? stop(spreadOf(nextRange, options.returnLimit)) : np.ones([]);
    let gain = entropy.mul(options.entropy);
    if (through) gain = gain.add(target.div(spread).mul(1 - reinforce));
    if (reinforce > 0) {
      const advantage = known.sub(value).div(spread);
      gain = gain.add(likelihood.mul(advantage).mul(reinforce));
    }

    const terms: BehaviourTerms = {
      actor: np.mean(gain.mul(weight)).neg(),
      critic: np.mean(criticLoss(params, foreseen, dreamt, known).mul(weight)),
    };
    if (options.replayScale > 0)
      terms['replayed critic'] = replayedLoss(params, replayed, stop(returns[0]).reshape([K, B]));
    const sum = Object.entries(terms).map(([term, loss]) =>
      term === 'replayed critic' ? loss.mul(options.replayScale) : loss,
    );
    const figures = {
      'policy entropy': np.mean(stop(entropy)),
      return: np.mean(known),
      value: np.mean(stop(values[0])),
      'value error': np.mean(np.absolute(known.sub(value))),
      'imagined reward': np.mean(stop(np.concatenate(rewards, 0))),
      ...(options.scaleReturns && { 'return range': spreadOf(nextRange, 0) }),
    };
    return { loss: sum.reduce((total, loss) => total.add(loss)), terms, figures, range: nextRange };
  };
}

/** Actions as the world takes them: normal draws beyond the bounds are cut to them. */
function within(features: Traced): Traced {
  return np.clip(features, -1, 1);
}

/** The rows of the first axis. */
function unstacked(x: Traced): Traced[] {
  return Array.from({ length: x.shape[0] }, (_, i) => x.slice(i));
}
