/**
 * AlphaZero: a network learns from the searches that it leads, in games that it plays against itself from the rules alone.
 *
 * Silver et al., A General Reinforcement Learning Algorithm that Masters Chess, Shogi and Go through Self-play (2018).
 */
import type { Agent, Collected } from '../../core/agent.ts';
import type { Environment } from '../../core/environment.ts';
import { checkOptions } from '../../core/options.ts';
import type { Rng } from '../../core/rng.ts';
import { joinSaved, partOf, type Saved } from '../../core/saved.ts';
import { type Discrete, elementSize } from '../../core/spaces.ts';
import { exportOnnx } from '../../engine/export.ts';
import { compile, zeros } from '../../engine/index.ts';
import type { Traced, TracedTree } from '../../engine/tree.ts';
import { evaluated } from '../../models/index.ts';
import { fromArrays, toArrays } from '../../nn/index.ts';
import type { WorldSource } from '../../parallel/source.ts';
import { puct, type SearchCarry } from '../../planners/index.ts';
import { type PlanningCarry, planning } from '../planning.ts';
import { searchCrew, type Underway } from './crew.ts';
import { holding } from './evaluator.ts';
import { alphaZeroLearner } from './learner.ts';
import { type PolicyValueParams, policyValueNetwork } from './network.ts';
import { type AlphaZeroOptions, alphaZeroOptions } from './options.ts';
import { selfPlay } from './self-play.ts';
import { Window } from './window.ts';

export { type NetworkEvaluator, type NetworkEvaluatorSettings, networkEvaluator } from './evaluator.ts';
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
  alphaZeroGumbelOptions,
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
  /** Where other threads get the rules from, for `selfPlay.workers` above 1: the world's name, or a module that exports it. */
  readonly source?: WorldSource;
}

/** An agent whose self-play may go on in other threads. */
export interface AlphaZeroAgent<S = unknown>
  extends Agent<Discrete, PlanningCarry<S, Discrete, SearchCarry>> {
  /** Lets those threads end. @returns when they have ended */
  dispose(): Promise<void>;
}

/**
 * An AlphaZero agent. It needs the world's true state in its view. In `evaluate` it searches without noise and takes the most
 * visited move; it learns in games of its own (`collect`), not from the run's replay.
 * @param rng draws the first weights; all of self-play forks from it
 * @example alphaZero({ environment: connectFour(), options: { search: { simulations: 100 } } }, Rng.from(1))
 */
export function alphaZero<S>(
  { environment, options: given = {}, source }: AlphaZeroSettings<S>,
  rng: Rng,
): AlphaZeroAgent<S> {
  const options = checkOptions('alphaZero', alphaZeroOptions, given) as AlphaZeroOptions;
  const { search, training } = options;
  const network = policyValueNetwork(environment, options.network);
  const learner = alphaZeroLearner(network, training, rng.fork('network'));
  const games = selfPlay(environment, options.selfPlay, training.searchValueShare, rng.fork('self-play'));
  const window = new Window(training.window, elementSize(environment.observation), environment.action.n);
  const symmetries = training.symmetries ? (environment.symmetries ?? []) : [];

  const crew = searchCrew(environment, options, source);

  /** What self-play goes by; the learner is ahead of it. */
  let playing: Weights = { params: learner.params, updates: 0 };
  /** What it goes by after the next round. */
  let coming: Weights = playing;
  let sums = { policy: 0, value: 0, updates: 0 };
  /** The next round, where other threads have begun it. Nothing of it need be saved: `games` would ask the same again. */
  let underway: Underway | undefined;
  const begin = () => crew.begin(games.ask(), playing.params);

  const thoughtful = puct({ ...search, simulations: options.evaluationSimulations, noise: 0 });
  const held = holding(environment, network, { remembered: options.remembered });
  const inPlay = evaluated(
    environment,
    (states, dice) => held(learner.params).evaluate(states, dice),
    (state) => held(learner.params).recall(state),
  );
  const player = planning(inPlay, thoughtful, { name: 'alphazero' });
  /** A decision must not depend, not even in its last bits, on which others came before it. */
  const afresh = () => {
    held(learner.params).forget();
    return player;
  };

  return {
    name: player.name,
    act: (...asked) => afresh().act(...asked),
    actMany: (...asked) => afresh().actMany!(...asked),
    async collect(): Promise<Collected> {
      const round = underway ?? begin();
      underway = undefined;
      const { moves, ended } = games.play(await round.finish());
      playing = coming;
      for (const game of ended) for (const position of game.positions) window.add(position);
      const warnings = crew.news();
      return { steps: moves, episodes: ended, ...(warnings.length > 0 && { warnings }) };
    },
    async learn(_replay, dice) {
      if (window.added < training.firstPositions) return undefined;
      if (crew.threads > 1) underway ??= begin();
      const due = Math.floor((window.added * training.samplesPerPosition) / training.batch);
      while (learner.updates < due) {
        const losses = await learner.update(window.sample(training.batch, symmetries, dice));
        sums = {
          policy: sums.policy + losses.policy,
          value: sums.value + losses.value,
          updates: sums.updates + 1,
        };
      }
      if (learner.updates - coming.updates < training.refreshEvery) return undefined;
      coming = { params: learner.params, updates: learner.updates };
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
    acting: {
      save: () => saveWeights({ params: learner.params, updates: learner.updates }),
      load: (saved) => learner.adopt(loadWeights(saved, playing).params),
    },
    save: () =>
      joinSaved({
        learner: learner.save(),
        window: window.save(),
        games: games.save(),
        playing: saveWeights(playing),
        coming: saveWeights(coming),
        sums: { arrays: {}, facts: sums },
      }),
    load(saved) {
      // threads amid a round would answer what is no longer asked: others take their places
      if (underway) void crew.dispose();
      underway = undefined;
      learner.load(partOf(saved, 'learner'));
      window.load(partOf(saved, 'window'));
      games.load(partOf(saved, 'games'));
      playing = loadWeights(partOf(saved, 'playing'), playing);
      coming = loadWeights(partOf(saved, 'coming'), coming);
      sums = { ...(partOf(saved, 'sums').facts as typeof sums) };
    },
    dispose: () => crew.dispose(),
  };
}

/** Weights after so many updates. */
interface Weights {
  readonly params: PolicyValueParams;
  readonly updates: number;
}

function saveWeights({ params, updates }: Weights): Saved {
  return { arrays: toArrays(params), facts: { updates } };
}

function loadWeights({ arrays, facts }: Saved, like: Weights): Weights {
  return { params: fromArrays(arrays, like.params), updates: (facts as { updates: number }).updates };
}
