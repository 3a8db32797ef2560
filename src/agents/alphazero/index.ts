/**
 * AlphaZero: a network learns from the searches that it leads, in games that it plays against itself from the rules alone.
 *
 * Silver et al., A General Reinforcement Learning Algorithm that Masters Chess, Shogi and Go through Self-play (2018).
 */
import type { Agent, Collected } from '../../core/agent.ts';
import { decideMany } from '../../core/decide.ts';
import type { Environment } from '../../core/environment.ts';
import { checkOptions } from '../../core/options.ts';
import type { Rng } from '../../core/rng.ts';
import { joinSaved, partOf } from '../../core/saved.ts';
import { type Discrete, elementSize } from '../../core/spaces.ts';
import { exportOnnx } from '../../engine/export.ts';
import { compile, zeros } from '../../engine/index.ts';
import type { Traced, TracedTree } from '../../engine/tree.ts';
import { type Evaluator, evaluated } from '../../models/index.ts';
import { fromArrays, toArrays } from '../../nn/index.ts';
import { puct, type SearchCarry } from '../../planners/index.ts';
import { type PlanningCarry, planning } from '../planning.ts';
import { type NetworkEvaluator, networkEvaluator } from './evaluator.ts';
import { alphaZeroLearner } from './learner.ts';
import { type PolicyValueNetwork, type PolicyValueParams, policyValueNetwork } from './network.ts';
import { type AlphaZeroOptions, alphaZeroOptions } from './options.ts';
import { selfPlay, type Thinker } from './self-play.ts';
import { Window } from './window.ts';

export { type NetworkEvaluator, networkEvaluator } from './evaluator.ts';
export { alphaZeroLosses } from './learner.ts';
export {
  type PolicyValueNetwork,
  type PolicyValueOptions,
  type PolicyValueParams,
  policyValueDefaults,
  policyValueNetwork,
  policyValueOptions,
} from './network.ts';
export {
  type AlphaZeroOptions,
  alphaZeroDefaults,
  alphaZeroOptions,
  alphaZeroSearchOptions,
  type SelfPlayOptions,
  selfPlayOptions,
  type TrainingOptions,
  trainingOptions,
} from './options.ts';

export interface AlphaZeroSettings<S> {
  /** The rules. */
  readonly environment: Environment<S, Discrete>;
  readonly options?: Parameters<typeof alphaZeroOptions.parse>[0];
}

type Carry<S> = PlanningCarry<S, Discrete, SearchCarry>;

/**
 * An AlphaZero agent. It needs the world's true state in its view. In `evaluate` it searches without noise and takes the most
 * visited move; it learns in games of its own (`collect`), not from the run's replay.
 * @param rng draws the first weights; all of self-play forks from it
 * @example alphaZero({ environment: connectFour(), options: { search: { simulations: 100 } } }, Rng.from(1))
 */
export function alphaZero<S>(
  { environment, options: given = {} }: AlphaZeroSettings<S>,
  rng: Rng,
): Agent<Discrete, Carry<S>> {
  const options = checkOptions('alphaZero', alphaZeroOptions, given) as AlphaZeroOptions;
  const { search, training } = options;
  const network = policyValueNetwork(environment, options.network);
  const learner = alphaZeroLearner(network, training, rng.fork('network'));
  const games = selfPlay(environment, options.selfPlay, training.searchValueShare, rng.fork('self-play'));
  const window = new Window(training.window, elementSize(environment.observation), environment.action.n);
  const symmetries = training.symmetries ? (environment.symmetries ?? []) : [];

  /** What self-play goes by; the learner is ahead of it. */
  let playing: PolicyValueParams = learner.params;
  let playingSince = 0;
  let sums = { policy: 0, value: 0, updates: 0 };

  const inSelfPlay = evaluated(
    environment,
    current(environment, network, () => playing),
  );
  const full = puct(search);
  const fast = puct({ ...search, simulations: options.selfPlay.fastSimulations, noise: 0 });
  const think: Thinker<S> = async (requests, inFull) => {
    const plans = await decideMany(inSelfPlay, inFull ? full : fast, requests);
    return plans.map(({ policy, value }) => ({ policy: policy!, value }));
  };
  const thoughtful = puct({ ...search, simulations: options.evaluationSimulations, noise: 0 });
  const inPlay = evaluated(
    environment,
    current(environment, network, () => learner.params),
  );
  const { name, act, actMany } = planning(inPlay, thoughtful, { name: 'alphazero' });

  return {
    name,
    act,
    actMany,
    async collect(): Promise<Collected> {
      const { moves, ended } = await games.advance(think);
      for (const game of ended) for (const position of game.positions) window.add(position);
      return { steps: moves, episodes: ended };
    },
    async learn(_replay, dice) {
      if (window.added < training.firstPositions) return undefined;
      const due = Math.floor((window.added * training.samplesPerPosition) / training.batch);
      while (learner.updates < due) {
        const losses = await learner.update(window.sample(training.batch, symmetries, dice));
        sums = {
          policy: sums.policy + losses.policy,
          value: sums.value + losses.value,
          updates: sums.updates + 1,
        };
      }
      if (learner.updates - playingSince < training.refreshEvery) return undefined;
      playing = learner.params;
      playingSince = learner.updates;
      const { policy, value, updates } = sums;
      sums = { policy: 0, value: 0, updates: 0 };
      return {
        'policy/loss': policy / updates,
        'value/loss': value / updates,
        'window/positions': window.size,
        updates: learner.updates,
      };
    },
    async networks() {
      const planes = zeros([1, ...network.shape]);
      const apply = (params: TracedTree<PolicyValueParams>, input: Traced) => network.apply(params, input);
      const onnx = await exportOnnx(apply, [learner.params, planes], {
        name: 'policy and value',
        constants: [0],
        inputNames: ['planes'],
        outputNames: ['logits', 'value'],
      });
      const { logits, value } = await compile(apply)(learner.params, planes);
      return { 'policy-value': { onnx, inputs: { planes }, outputs: { logits, value } } };
    },
    save: () =>
      joinSaved({
        learner: learner.save(),
        window: window.save(),
        games: games.save(),
        playing: { arrays: toArrays(playing), facts: { playingSince, sums } },
      }),
    load(saved) {
      learner.load(partOf(saved, 'learner'));
      window.load(partOf(saved, 'window'));
      games.load(partOf(saved, 'games'));
      const own = partOf(saved, 'playing');
      playing = fromArrays(own.arrays, playing);
      const facts = own.facts as unknown as { playingSince: number; sums: typeof sums };
      playingSince = facts.playingSince;
      sums = { ...facts.sums };
    },
  };
}

/** Evaluates by the network with the weights of the moment. Programs of those before are freed. */
function current<S>(
  environment: Environment<S, Discrete>,
  network: PolicyValueNetwork,
  weights: () => PolicyValueParams,
): Evaluator<S> {
  let held: { readonly params: PolicyValueParams; readonly evaluator: NetworkEvaluator<S> } | undefined;
  return (states, rng) => {
    const params = weights();
    if (held?.params !== params) {
      held?.evaluator.dispose();
      held = { params, evaluator: networkEvaluator(environment, network, params) };
    }
    return held.evaluator.evaluate(states, rng);
  };
}
