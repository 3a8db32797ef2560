/**
 * The contract of an Environment, checked by playing it: for the worlds that come with the library and for yours.
 *
 * What must hold is written at each method of Environment; these checks see what a type cannot: purity, determinism,
 * finite numbers, observations inside their bounds.
 */
import type { Environment, Transition } from '../core/environment.ts';
import { InputError } from '../core/errors.ts';
import type { Ink, Picture, Shape } from '../core/picture.ts';
import { Rng } from '../core/rng.ts';
import { complaint, type Element, elementSize, legalActions, type Space, sample } from '../core/spaces.ts';
import { descriptionProblems, maskProblem, show } from '../envs/checked.ts';
import { difference, snapshot } from './compare.ts';

export interface CheckEnvironmentOptions {
  /** Decides resets and actions. Default 0. */
  readonly seed?: number | string;
  /** Default 3. */
  readonly episodes?: number;
  /** At most so many steps an episode. Default 100. */
  readonly steps?: number;
}

/**
 * Plays a world with random legal actions and throws one InputError that lists everything it does against its contract,
 * each problem once, with the episode and step where it first showed. Needs no test framework.
 * @example test('my world keeps the contract', () => checkEnvironment(maze(), { seed: 1 }));
 */
export function checkEnvironment<S, A extends Space>(
  environment: Environment<S, A>,
  options: CheckEnvironmentOptions = {},
): void {
  const problems = environmentProblems(environment, options);
  if (problems.length === 0) return;
  throw new InputError(
    `world "${environment.name}" breaks its contract:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
  );
}

/** What {@link checkEnvironment} would say, one problem an entry; empty where the contract holds. */
export function environmentProblems<S, A extends Space>(
  environment: Environment<S, A>,
  { seed = 0, episodes = 3, steps = 100 }: CheckEnvironmentOptions = {},
): string[] {
  const described = descriptionProblems(environment);
  if (described.length > 0) return described;
  const root = Rng.from(seed).fork('checkEnvironment');
  const found = new Map<string, string>();
  for (let episode = 1; episode <= episodes; episode++) {
    const rng = root.fork(episode);
    const first = play(environment, rng, steps, `episode ${episode}`, found);
    // whatever a world broke while it was looked at closely, it must do the same when it is just played
    if (first && found.size === 0) replay(environment, rng, first, `episode ${episode}`, found);
  }
  return [...found.values()];
}

/** What an episode showed. */
interface Course<A extends Space> {
  readonly actions: Element<A>[]; // [T]
  readonly observations: Float32Array[]; // [T + 1]
  readonly outcomes: { readonly reward: number; readonly discount: number }[]; // [T]
}

/** Takes down a problem, only the first of its kind. */
type Report = (kind: string, where: string, what: string) => void;

function play<S, A extends Space>(
  environment: Environment<S, A>,
  rng: Rng,
  steps: number,
  episode: string,
  found: Map<string, string>,
): Course<A> | undefined {
  const report: Report = (kind, where, what) => {
    if (!found.has(kind)) found.set(kind, `${where}: ${what}.`);
  };
  const choosing = rng.fork('actions');
  const dice = rng.fork('dice');
  const course: Course<A> = { actions: [], observations: [], outcomes: [] };
  let where = `${episode}, reset`;
  try {
    let state = environment.reset(rng.fork('reset'));
    if (state === undefined || state === null || state instanceof Promise) {
      report('reset', where, `\`reset\` must return a state at once, got ${show(state)}`);
      return undefined;
    }
    const apart = difference(state, environment.reset(rng.fork('reset')));
    if (apart !== undefined) {
      report('seed', where, `the same seed must give the same state, got ${apart}`);
    }
    const origin = { state, copy: snapshot(state) };
    let mask = look(environment, state, where, report, course.observations);
    for (let t = 1; t <= Math.min(steps, environment.maxSteps); t++) {
      where = `${episode}, step ${t}`;
      const action = choose(environment.action, mask, choosing);
      const transition = take(environment, state, action, dice, where, report);
      if (!transition) return undefined;
      course.actions.push(action);
      course.outcomes.push({ reward: transition.reward, discount: transition.discount });
      state = transition.state;
      const ended = transition.discount === 0;
      mask = look(environment, state, where, report, course.observations, ended);
      if (ended) {
        where = `${episode}, past the end`;
        if (!mask || mask.includes(1)) {
          const beyond = environment.step(
            state,
            choose(environment.action, mask, choosing),
            rng.fork('beyond'),
          );
          checkOutcome(beyond, where, report);
        }
        break;
      }
      if (environment.truncated?.(state) === true) break;
    }
    where = `${episode}, back at its first state`;
    const changed = difference(origin.copy, origin.state);
    if (changed !== undefined) {
      report('purity', where, `later steps must leave it as it was, and changed ${changed}`);
    }
    return course;
  } catch (error) {
    report('throw', where, `must not throw, and threw ${error}`);
    return undefined;
  }
}

/** One step, taken twice from the same state with the same dice. */
function take<S, A extends Space>(
  environment: Environment<S, A>,
  state: S,
  action: Element<A>,
  dice: Rng,
  where: string,
  report: Report,
): Transition<S> | undefined {
  const before = snapshot(state);
  const given = snapshot(action);
  const twin = Rng.restore(dice.save());
  const transition = environment.step(state, action, dice);
  if (!checkOutcome(transition, where, report)) return undefined;
  const copy = snapshot(transition);
  const changed = difference(before, state);
  if (changed !== undefined) {
    report('purity', where, `\`step\` must leave the state it is given as it is, and changed ${changed}`);
  }
  const touched = difference(given, action);
  if (touched !== undefined) {
    report('action', where, `\`step\` must leave the action it is given as it is, and changed ${touched}`);
  }
  const again = environment.step(state, action, twin);
  const apart = difference(transition, again);
  if (apart !== undefined) {
    report(
      'repeat',
      where,
      `two steps from one state with one action and the same dice must agree, got ${apart}. ` +
        'All chance must come from `rng`, everything else from the state',
    );
  }
  const later = difference(copy, transition);
  if (later !== undefined) {
    report('alias', where, `a transition must stay as it was returned, and the next step changed ${later}`);
  }
  return transition;
}

function checkOutcome(transition: unknown, where: string, report: Report): boolean {
  if (typeof transition !== 'object' || transition === null || !('state' in transition)) {
    report('transition', where, `\`step\` must return { state, reward, discount }, got ${show(transition)}`);
    return false;
  }
  const { reward, discount } = transition as Transition<unknown>;
  if (!Number.isFinite(reward)) {
    report('reward', where, `the reward must be a finite number, got ${show(reward)}`);
  }
  if (discount !== 1 && discount !== 0 && discount !== -1) {
    report(
      'discount',
      where,
      `the discount must be 1 (go on), 0 (the end) or -1 (the opponent's turn), got ${show(discount)}`,
    );
  }
  return true;
}

/** Everything that is shown of a state. Returns its mask of legal actions, where it has one that can be used. */
function look<S, A extends Space>(
  environment: Environment<S, A>,
  state: S,
  where: string,
  report: Report,
  observations: Float32Array[],
  ended = false,
): Uint8Array | undefined {
  const before = snapshot(state);
  const seen = environment.observe(state);
  const size = elementSize(environment.observation);
  if (!(seen instanceof Float32Array) || seen.length !== size) {
    report('shape', where, `\`observe\` must return a Float32Array of ${size}, got ${show(seen)}`);
  } else {
    const odd = seen.find((value) => !Number.isFinite(value));
    const outside = complaint(environment.observation, seen);
    if (odd !== undefined) report('finite', where, `an observation must have finite numbers, got ${odd}`);
    else if (outside !== undefined) report('bounds', where, `the observation ${outside}`);
    observations.push(seen.slice());
    const kept = seen.slice();
    // written to, the array must neither show in the next one nor be written over by it
    seen.fill(-1);
    const apart = difference(kept, environment.observe(state));
    if (apart !== undefined || seen.some((value) => value !== -1)) {
      report(
        'fresh',
        where,
        `\`observe\` must return the same numbers in a fresh array each time, got ${apart ?? 'the same array twice'}`,
      );
    }
    checkReturn(environment, kept, where, report);
  }
  if (environment.picture) checkPicture(environment.picture(state), where, report);
  const cut = environment.truncated?.(state);
  if (environment.truncated && typeof cut !== 'boolean') {
    report('truncated', where, `\`truncated\` must return true or false, got ${show(cut)}`);
  }
  let mask: Uint8Array | undefined;
  if (environment.legal) {
    mask = environment.legal(state);
    const wrong = maskProblem(environment.action, mask);
    if (wrong !== undefined) {
      report('legal', where, `\`legal\` ${wrong}`);
      mask = undefined;
    } else if (!ended && !mask.includes(1)) {
      report('stuck', where, 'there must be a legal action unless the episode has ended, got none');
      mask = undefined;
    }
  }
  const changed = difference(before, state);
  if (changed !== undefined) {
    report('looking', where, `to look at a state must not change it, and changed ${changed}`);
  }
  return mask;
}

/** A state made from an observation must look like it. */
function checkReturn<S, A extends Space>(
  environment: Environment<S, A>,
  seen: Float32Array,
  where: string,
  report: Report,
): void {
  if (!environment.stateFrom) return;
  const back = environment.observe(environment.stateFrom(seen.slice()));
  const worst = seen.findIndex((value, i) => !(Math.abs(back[i] - value) <= 1e-5 * (1 + Math.abs(value))));
  if (worst >= 0) {
    report(
      'stateFrom',
      where,
      `observing \`stateFrom\` must show what it was made from, got ${back[worst]} for ${seen[worst]} at element ${worst}`,
    );
  }
}

const INKS: readonly Ink[] = ['body', 'accent', 'ground', 'muted', 'goal', 'imagined'];

function checkPicture(picture: Picture, where: string, report: Report): void {
  const { left, right, bottom, top } = picture.view;
  if (!(left < right && bottom < top && [left, right, bottom, top].every(Number.isFinite))) {
    report(
      'view',
      where,
      `a picture's view must be finite, left of right and bottom below top, got left ${left}, right ${right}, ` +
        `bottom ${bottom}, top ${top}`,
    );
  }
  for (const [i, shape] of picture.shapes.entries()) {
    const wrong = numbersOf(shape)?.find((value) => !Number.isFinite(value));
    if (numbersOf(shape) === undefined) {
      report(
        'shape kind',
        where,
        `shape ${i} must be a line, polygon, disc or text, got ${show(shape.kind)}`,
      );
    } else if (wrong !== undefined) {
      report(
        'picture',
        where,
        `a picture must have finite numbers, got ${wrong} in shape ${i}, a ${shape.kind}`,
      );
    }
    if (!INKS.includes(shape.ink)) {
      report('ink', where, `an ink must be one of ${INKS.join(', ')}, got ${show(shape.ink)} in shape ${i}`);
    }
  }
}

function numbersOf(shape: Shape): readonly number[] | undefined {
  switch (shape.kind) {
    case 'line':
      return [...shape.points.flat(), shape.width];
    case 'polygon':
      return shape.points.flat();
    case 'disc':
      return [...shape.center, shape.radius];
    case 'text':
      return [...shape.at, shape.size];
    default:
      return undefined;
  }
}

/** The same seed and the same actions must show the same again. */
function replay<S, A extends Space>(
  environment: Environment<S, A>,
  rng: Rng,
  course: Course<A>,
  episode: string,
  found: Map<string, string>,
): void {
  const dice = rng.fork('dice');
  let state = environment.reset(rng.fork('reset'));
  for (const [t, action] of course.actions.entries()) {
    const transition = environment.step(state, action, dice);
    state = transition.state;
    const now = {
      observation: environment.observe(state),
      reward: transition.reward,
      discount: transition.discount,
    };
    const apart = difference({ observation: course.observations[t + 1], ...course.outcomes[t] }, now);
    if (apart !== undefined) {
      found.set(
        'determinism',
        `${episode}, step ${t + 1}: an episode played again with the same seed and actions must be the same, got ${apart}.`,
      );
      return;
    }
  }
}

/** A random action, legal where the world tells what is. */
function choose<A extends Space>(space: A, mask: Uint8Array | undefined, rng: Rng): Element<A> {
  if (!mask || space.kind !== 'discrete') return sample(space, rng);
  const allowed = legalActions(space, mask);
  return allowed[rng.integer(allowed.length)] as Element<A>;
}
