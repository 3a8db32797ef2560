/**
 * A world under watch: whatever it does against the rules of an Environment stops with one clear error, where it happens.
 *
 * Each call is looked at by itself, which costs little; what takes several calls to see (a step that changes the state
 * it is given, a reset that ignores its seed) is for `checkEnvironment` of forethought/testing.
 */
import type { Environment, Transition } from '../core/environment.ts';
import { demand, demandFinite, InputError, NumericalError } from '../core/errors.ts';
import type { Rng } from '../core/rng.ts';
import { complaint, type Element, elementSize, type Space } from '../core/spaces.ts';

/**
 * The same world, raising an InputError for a wrong shape, kind or action and a NumericalError for a number that is NaN
 * or infinite, naming the world, the step, what was expected and what came. Throws an InputError at once where the
 * world's own description is unusable.
 */
export function checked<S, A extends Space>(environment: Environment<S, A>): Environment<S, A> {
  const problems = descriptionProblems(environment);
  if (problems.length > 0) throw new InputError(problems.join('\n'));
  const { name, observation, action: actions, maxSteps } = environment;
  const size = elementSize(observation);
  /** Steps since reset, of each state that is an object. */
  const ages = new WeakMap<object, number>();
  const remember = (state: S, age: number) => {
    if (typeof state === 'object' && state !== null) ages.set(state, age);
  };
  const ageOf = (state: S) => (typeof state === 'object' && state !== null ? ages.get(state) : undefined);
  const at = (age: number | undefined) => `world "${name}"${age === undefined ? '' : `, step ${age}`}`;

  const checkState = (state: S, where: string, what: string) => {
    demand(
      state !== undefined && state !== null,
      () => `${where}: ${what} must give a state, got ${state}. Return it, and change none that exists.`,
    );
    demand(
      !(state instanceof Promise),
      () => `${where}: ${what} must answer at once, got a promise. Load what is slow before the run.`,
    );
  };

  const legal =
    environment.legal &&
    ((state: S) => {
      const mask = environment.legal!(state);
      const wrong = maskProblem(actions, mask);
      demand(wrong === undefined, () => `${at(ageOf(state))}: \`legal\` ${wrong}.`);
      return mask;
    });

  const checkAction = (state: S, action: Element<A>, where: string) => {
    if (action instanceof Float32Array) demandFinite(action, `${where}, action`);
    const wrong = complaint(actions, action);
    demand(
      wrong === undefined,
      () => `${where}: the action ${wrong}. Correct whoever chose it, or the world's \`action\` space.`,
    );
    const mask = typeof action === 'number' ? legal?.(state) : undefined;
    demand(
      mask === undefined || mask[action as number] === 1,
      () => `${where}: the action must be legal, got ${action}. Choose among those where \`legal\` is 1.`,
    );
  };

  return {
    name,
    observation,
    action: actions,
    maxSteps,
    actionRepeat: environment.actionRepeat,
    coordinates: environment.coordinates,
    codec: environment.codec,
    symmetries: environment.symmetries,
    notation: environment.notation,
    reset(rng: Rng) {
      const state = environment.reset(rng);
      checkState(state, at(0), '`reset`');
      remember(state, 0);
      return state;
    },
    step(state: S, action: Element<A>, rng: Rng): Transition<S> {
      const before = ageOf(state);
      const age = before === undefined ? undefined : before + 1;
      const where = at(age);
      checkAction(state, action, where);
      const transition = environment.step(state, action, rng);
      demand(
        typeof transition === 'object' && transition !== null && 'state' in transition,
        () =>
          `${where}: \`step\` must return { state, reward, discount }, got ${show(transition)}. ` +
          'For a world that returns observation, reward, terminated, truncated, use fromGym.',
      );
      const { state: next, reward, discount } = transition;
      checkState(next, where, '`step`');
      checkNumber(reward, `${where}, reward`);
      if (transition.cost !== undefined) {
        checkNumber(transition.cost, `${where}, cost`);
        demand(
          transition.cost >= 0,
          () =>
            `${where}: the cost must be 0 or more, got ${transition.cost}. What is welcome belongs into the reward.`,
        );
      }
      demand(
        discount === 1 || discount === 0 || discount === -1,
        () =>
          `${where}: the discount must be 1 (go on), 0 (the end) or -1 (the opponent's turn), got ` +
          `${show(discount)}. Discounting over time belongs to the agent.`,
      );
      remember(next, age ?? 1);
      return transition;
    },
    observe(state: S) {
      const seen = environment.observe(state);
      const where = at(ageOf(state));
      demand(
        seen instanceof Float32Array && seen.length === size,
        () =>
          `${where}: \`observe\` must return a Float32Array of ${size} (shape [${observation.shape}]), got ` +
          `${show(seen)}. Correct it, or the world's \`observation\` space.`,
      );
      demandFinite(seen, `${where}, observation`);
      return seen;
    },
    legal,
    truncated:
      environment.truncated &&
      ((state: S) => {
        const cut = environment.truncated!(state);
        demand(
          typeof cut === 'boolean',
          () => `${at(ageOf(state))}: \`truncated\` must return true or false, got ${show(cut)}.`,
        );
        return cut;
      }),
    picture: environment.picture && ((state: S) => environment.picture!(state)),
    stateFrom: environment.stateFrom && ((seen: Float32Array) => environment.stateFrom!(seen)),
  };
}

/** What is wrong with a world before it has played: its names, spaces and methods. */
export function descriptionProblems(environment: Environment): string[] {
  const problems: string[] = [];
  const { name, observation, action, maxSteps } = environment;
  const where = typeof name === 'string' && name !== '' ? `world "${name}"` : 'world';
  const must = (holds: boolean, what: string, got: unknown) => {
    if (!holds) problems.push(`${where}: ${what}, got ${show(got)}.`);
  };
  must(where !== 'world', '`name` must be some text', name);
  must(observation?.kind === 'box', '`observation` must be a box, as box(-1, 1, [4])', observation);
  must(
    action?.kind === 'box' || action?.kind === 'discrete',
    '`action` must be a box or discrete, as discrete(2)',
    action,
  );
  must(
    Number.isInteger(maxSteps) && maxSteps >= 1,
    '`maxSteps` must be a whole number of steps from 1',
    maxSteps,
  );
  for (const method of ['reset', 'step', 'observe'] as const) {
    must(typeof environment[method] === 'function', `\`${method}\` must be a function`, environment[method]);
  }
  for (const method of ['legal', 'truncated', 'picture', 'stateFrom'] as const) {
    const given = environment[method];
    must(given === undefined || typeof given === 'function', `\`${method}\` must be a function`, given);
  }
  return problems;
}

/** What is wrong with a mask of legal actions, in words, or undefined. */
export function maskProblem(actions: Space, mask: unknown): string | undefined {
  if (actions.kind !== 'discrete') return 'must be absent where actions are not discrete';
  if (!(mask instanceof Uint8Array) || mask.length !== actions.n) {
    return `must return a Uint8Array of ${actions.n}, got ${show(mask)}`;
  }
  const odd = mask.find((value) => value > 1);
  return odd === undefined ? undefined : `must hold only 1 (allowed) and 0, got ${odd}`;
}

function checkNumber(value: unknown, where: string): void {
  if (typeof value !== 'number') {
    throw new InputError(`${where}: must be a number, got ${show(value)}.`);
  }
  if (!Number.isFinite(value)) throw new NumericalError(`${where}: must be finite, got ${value}.`);
}

/** A value in a few words, for errors. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `"${value}"`;
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Promise) return 'a promise';
  const kind = value.constructor?.name ?? 'Object';
  if (ArrayBuffer.isView(value) || Array.isArray(value)) {
    return `${/^[AEIO]/.test(kind) ? 'an' : 'a'} ${kind} of ${(value as unknown as { length: number }).length}`;
  }
  return kind === 'Object' ? `an object with ${listed(Object.keys(value))}` : `a ${kind}`;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'nothing in it' : names.join(', ');
}
