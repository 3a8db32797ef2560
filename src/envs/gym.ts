/**
 * To and from the Gymnasium habit: worlds that keep their state to themselves and answer `reset` and `step` with
 * observation, reward, terminated, truncated and info.
 *
 * Towers et al. (2024), Gymnasium: A Standard Interface for Reinforcement Learning Environments. `terminated` is the
 * end by the rules (discount 0); `truncated` stops an episode that could have gone on (discount 1).
 */
import type { Environment } from '../core/environment.ts';
import { demand, InputError } from '../core/errors.ts';
import { Rng, type RngState } from '../core/rng.ts';
import {
  type Box,
  complaint,
  type Element,
  elementSize,
  readElement,
  type Space,
  writeElement,
} from '../core/spaces.ts';
import { maskProblem, show } from './checked.ts';

/** What a world tells on the side. `action_mask` holds 1 for each legal action, where not all are. */
export type GymInfo = Readonly<Record<string, unknown>>;

/** [observation, info], or the same by name. */
export type GymReset = readonly unknown[] | { readonly observation: unknown; readonly info?: GymInfo };

/** [observation, reward, terminated, truncated, info], or the same by name; info may be left out. */
export type GymStep =
  | readonly unknown[]
  | {
      readonly observation: unknown;
      readonly reward: number;
      readonly terminated: boolean;
      readonly truncated: boolean;
      readonly info?: GymInfo;
    };

/** A world in the Gymnasium habit. Observations are numbers, arrays or typed arrays of them, nested or not. */
export interface GymLike<A extends Space = Space> {
  /** @param options.seed a whole number from 0: the same seed, the same episode */
  reset(options?: { readonly seed?: number }): GymReset;
  step(action: Element<A>): GymStep;
  /** A copy of everything the world would need to go on from here, its dice included. */
  getState?(): unknown;
  /** Goes back to where `getState` was. Must leave `state` as it is. */
  setState?(state: unknown): void;
  /** A second world at the same point, independent from then on. */
  clone?(): GymLike<A>;
}

/** How {@link fromGym} is to understand a world. */
export interface FromGymOptions<A extends Space> {
  /** Names the world in errors and run folders. */
  readonly name: string;
  readonly observation: Box;
  readonly action: A;
  /** Decisions after which an episode is cut off; a world that truncates by itself may do so earlier. */
  readonly maxSteps: number;
  /** Whether `info.action_mask` tells which actions are legal. Default false. */
  readonly masked?: boolean;
}

/** A moment of a Gymnasium-style world: what it said there, and how to come back. Plain data, if `saved` is. */
export interface GymState {
  readonly observation: Float32Array; // [D]
  readonly terminated: boolean;
  readonly truncated: boolean;
  /** 1 = allowed. */
  readonly legal?: Uint8Array; // [n]
  /** What `getState` gave. */
  readonly saved?: unknown;
  /** Where there is no `getState`: the seed of the episode and the actions that led here. */
  readonly path?: { readonly seed: number; readonly actions: Float32Array }; // [t, element size]
}

/**
 * A world of the Gymnasium habit as an Environment.
 *
 * Stepping on from the latest state is passed straight through. To step from an older one, as branching, resuming and
 * an evaluation amid an episode do, the world is first taken back there: with `setState`, or to a `clone`, or, where it
 * offers neither, by playing the episode again from its seed, which is slow and needs a world that does the same
 * again. One that does not is an InputError. A world rolls dice of its own, seeded at reset: its steps ignore the
 * stream they are given.
 *
 * @param gym from here on used by the Environment alone
 * @example fromGym(new Maze(), { name: 'maze', observation: box(0, 9, [2]), action: discrete(4), maxSteps: 100 })
 */
export function fromGym<A extends Space>(
  gym: GymLike<A>,
  options: FromGymOptions<A>,
): Environment<GymState, A> {
  const { name, observation, action, maxSteps, masked = false } = options;
  const size = elementSize(observation);
  const width = elementSize(action);
  const saves = gym.getState !== undefined && gym.setState !== undefined;
  /** Beside the states and not in them, so that these stay plain data. */
  const clones = new WeakMap<GymState, GymLike<A>>();
  /** The world as it is at `latest`. */
  let live = gym;
  let latest: GymState | undefined;
  const where = (method: string) => `fromGym("${name}"), ${method}`;

  const begin = (seed: number) => {
    latest = undefined;
    return resetParts(live.reset({ seed }), where('reset'));
  };

  const moment = (
    { observation: seen, terminated, truncated, info }: StepParts,
    path: GymState['path'],
    method: string,
  ): GymState => {
    latest = {
      observation: flat(seen, size, where(method)),
      terminated,
      truncated,
      ...(masked && { legal: maskOf(info, action, where(method)) }),
      ...(saves ? { saved: live.getState?.() } : { path }),
    };
    if (!saves && live.clone) clones.set(latest, live.clone());
    return latest;
  };

  const goBack = (state: GymState): void => {
    const clone = clones.get(state)?.clone?.();
    if (clone) live = clone;
    else if (state.path) playAgain(state, state.path);
    else live.setState?.(state.saved);
  };

  const playAgain = (state: GymState, { seed, actions }: NonNullable<GymState['path']>): void => {
    let seen = begin(seed).observation;
    for (let at = 0; at < actions.length; at += width) {
      seen = stepParts(live.step(readElement(action, actions, at)), where('step')).observation;
    }
    const again = flat(seen, size, where('step'));
    demand(
      again.every((value, i) => Object.is(value, state.observation[i])),
      () =>
        `${where('step')}: to step from an older state the world was reset with the same seed and given the same ` +
        `${actions.length / width} actions, and showed something else. Give it getState() and setState(state), or ` +
        'clone(), or let reset({ seed }) decide all its dice; or learn a model of it and plan in that.',
    );
  };

  return {
    name,
    observation,
    action,
    maxSteps,
    reset(rng) {
      const seed = rng.integer(2 ** 31);
      return moment(begin(seed), { seed, actions: new Float32Array(0) }, 'reset');
    },
    step(state, chosen) {
      // the end leads nowhere: most worlds refuse to go on
      if (state.terminated) return { state, reward: 0, discount: 0 };
      if (state !== latest) goBack(state);
      // until it has answered, the world is at no state that anyone holds
      latest = undefined;
      const answer = stepParts(live.step(chosen), where('step'));
      const path = state.path && {
        seed: state.path.seed,
        actions: extended(state.path.actions, action, chosen),
      };
      const next = moment(answer, path, 'step');
      return { state: next, reward: answer.reward, discount: answer.terminated ? 0 : 1 };
    },
    observe: (state) => state.observation.slice(),
    truncated: (state) => state.truncated,
    ...(masked && { legal: (state: GymState) => state.legal!.slice() }),
  };
}

/** A world in the Gymnasium habit, made by {@link toGym}. */
export interface Gym<A extends Space = Space> {
  readonly observationSpace: Box;
  readonly actionSpace: A;
  /** Starts an episode: [observation, info]. A seed starts the dice anew; without one they roll on. */
  reset(options?: { readonly seed?: number }): [observation: Float32Array, info: GymInfo];
  step(
    action: Element<A>,
  ): [observation: Float32Array, reward: number, terminated: boolean, truncated: boolean, info: GymInfo];
  /** Everything needed to go on from here. */
  getState(): unknown;
  /** Goes back to where `getState` was. */
  setState(state: unknown): void;
}

/** What {@link toGym} keeps between calls. Plain data, if the world's states are. */
interface Position<S> {
  readonly state: S;
  readonly steps: number;
  readonly over: boolean;
  readonly episode: number;
  /** What episodes are forked from. */
  readonly stream: RngState;
  /** The dice of this episode's steps. */
  readonly dice: RngState;
}

/**
 * An Environment in the Gymnasium habit. Legal actions, where the world knows them, are told as `info.action_mask`.
 * @param rng forked for each episode; `reset({ seed })` replaces it
 */
export function toGym<S, A extends Space>(environment: Environment<S, A>, rng: Rng): Gym<A> {
  const { name, observation, action: actions, maxSteps } = environment;
  let stream = rng;
  let dice = rng;
  let episode = 0;
  let state: S;
  let steps = 0;
  let over = true;
  const infoOf = (of: S): GymInfo => (environment.legal ? { action_mask: environment.legal(of) } : {});

  return {
    observationSpace: observation,
    actionSpace: actions,
    reset(options) {
      if (options?.seed !== undefined) {
        stream = Rng.from(options.seed);
        episode = 0;
      }
      dice = stream.fork('episode').fork(episode++);
      state = environment.reset(dice.fork('reset'));
      steps = 0;
      over = false;
      return [environment.observe(state), infoOf(state)];
    },
    step(action) {
      demand(!over, () => `toGym("${name}"), step: an episode must be going on. Call reset first.`);
      const wrong = complaint(actions, action);
      demand(wrong === undefined, () => `toGym("${name}"), step: the action ${wrong}.`);
      const transition = environment.step(state, action, dice);
      demand(
        transition.discount >= 0,
        () =>
          `toGym("${name}"), step: the Gymnasium habit knows one player, and here the turn passed to an opponent. ` +
          'Use the Environment itself.',
      );
      state = transition.state;
      steps++;
      const terminated = transition.discount === 0;
      const truncated = steps >= maxSteps || (environment.truncated?.(state) ?? false);
      over = terminated || truncated;
      return [environment.observe(state), transition.reward, terminated, truncated, infoOf(state)];
    },
    getState(): Position<S> {
      return { state, steps, over, episode, stream: stream.save(), dice: dice.save() };
    },
    setState(position) {
      const saved = position as Position<S>;
      ({ state, steps, over, episode } = saved);
      stream = Rng.restore(saved.stream);
      dice = Rng.restore(saved.dice);
    },
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/** What a world answered, whichever the form. */
interface StepParts {
  readonly observation: unknown;
  readonly reward: number;
  readonly terminated: boolean;
  readonly truncated: boolean;
  readonly info: unknown;
}

function resetParts(answer: unknown, where: string): StepParts {
  const named = isRecord(answer) && 'observation' in answer;
  demand(
    named || (Array.isArray(answer) && answer.length === 2 && isRecord(answer[1])),
    () =>
      `${where}: must return [observation, info] or { observation, info }, got ${show(answer)}. ` +
      'An info with nothing in it is {}.',
  );
  const [observation, info] = named ? [answer.observation, answer.info] : (answer as unknown[]);
  return { observation, reward: 0, terminated: false, truncated: false, info };
}

function stepParts(answer: unknown, where: string): StepParts {
  demand(
    !(Array.isArray(answer) && answer.length === 4 && typeof answer[3] !== 'boolean'),
    () =>
      `${where}: must return observation, reward, terminated, truncated and info, got the old form of four. ` +
      'Say with `terminated` that the rules ended the episode, with `truncated` that time ran out.',
  );
  const named = Array.isArray(answer) ? byName(answer) : answer;
  demand(
    isRecord(named) && 'observation' in named,
    () =>
      `${where}: must return [observation, reward, terminated, truncated, info] or the same by name, got ` +
      `${show(answer)}. A world must answer at once.`,
  );
  const { observation, reward, terminated, truncated, info } = named;
  demand(typeof reward === 'number', () => `${where}: the reward must be a number, got ${show(reward)}.`);
  demand(
    typeof terminated === 'boolean' && typeof truncated === 'boolean',
    () =>
      `${where}: terminated and truncated must be true or false, got ${show(terminated)} and ${show(truncated)}.`,
  );
  return { observation, reward, terminated, truncated, info };
}

function byName([observation, reward, terminated, truncated, info]: readonly unknown[]) {
  return { observation, reward, terminated, truncated, info };
}

/** Another action after those before it. [t + 1, element size] */
function extended<A extends Space>(before: Float32Array, space: A, action: Element<A>): Float32Array {
  const longer = new Float32Array(before.length + elementSize(space));
  longer.set(before);
  writeElement(space, action, longer, before.length);
  return longer;
}

/** An observation's numbers in row-major order, copied. [size] */
function flat(seen: unknown, size: number, where: string): Float32Array {
  const out = new Float32Array(size);
  let count = 0;
  const walk = (part: unknown): void => {
    if (typeof part === 'number') {
      if (count < size) out[count] = part;
      count++;
    } else if (Array.isArray(part) || (ArrayBuffer.isView(part) && !(part instanceof DataView))) {
      for (const inner of part as Iterable<unknown>) walk(inner);
    } else {
      throw new InputError(`${where}: an observation must be made of numbers, got ${show(part)}.`);
    }
  };
  walk(seen);
  demand(
    count === size,
    () =>
      `${where}: the observation must hold ${size} numbers, got ${count}. ` +
      'Correct it, or the observation space given to fromGym.',
  );
  return out;
}

function maskOf(info: unknown, action: Space, where: string): Uint8Array {
  const given = isRecord(info) ? info.action_mask : undefined;
  const mask =
    Array.isArray(given) || ArrayBuffer.isView(given)
      ? Uint8Array.from(given as ArrayLike<number>)
      : undefined;
  const wrong = mask === undefined ? undefined : maskProblem(action, mask);
  if (mask === undefined || wrong !== undefined) {
    throw new InputError(
      `${where}: info.action_mask must hold 1 for each legal action and 0 for the others, got ${show(given)}. ` +
        'Give it at every reset and step, or leave out `masked`.',
    );
  }
  return mask;
}
